"""The guard: which URLs are refused as written, and which after the look-up of their name."""

import asyncio
import contextlib
from collections.abc import Sequence
from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.net import check_url, guarded_client, next_hop, shown
from connectors.http.networks import is_private
from streams.contract.errors import UsageError
from tests.connectors.http.serving import Answer, serve
from tests.contract.broken_urls import broken_urls
from tests.fuzz.amount import inputs

PRIVATE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0/",
    "http://10.1.2.3/",
    "http://172.16.0.9/",
    "http://192.168.1.1:8080/",
    "http://100.64.0.1/",
    "http://169.254.7.7/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://printer.localhost/",
    "http://127。0。0。1/",
    "http://192.0.0.170/",
    "http://192.88.99.1/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[4000::1]/",
    "http://[::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2600::5efe:a00:1]/",
    "http://[2600::200:5efe:192.168.1.1]/",
    "http://[2001:0:808:808::f5ff:fffe]/",
    "http://[2001:20::1]/",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_address_is_refused_in_any_spelling(url: str) -> None:
    with pytest.raises(UsageError, match="--allow-private") as caught:
        check_url(url)
    assert "\n" not in str(caught.value)
    assert check_url(url, allow_private=True).host


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("ftp://paper.example/x", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("javascript:alert(1)", "not an http or https URL"),
        ("paper.example/x", "not an http or https URL"),
        ("", "not an http or https URL"),
        ("http://", "no host"),
        ("http:///x", "no host"),
        ("http://reader:geheim@paper.example/", "user name or password"),
        ("http://paper.example:0/", "port 0"),
        ("http://paper.example:70000/", "port 70000"),
        ("http://paper.example:http/", "not a URL"),
        ("http://pa per.example/", "not a host name"),
        ("http://paper.example/\nX-Header: 1", "not a URL"),
    ],
)
def test_what_is_no_web_address_is_refused_with_one_line(url: str, line: str) -> None:
    with pytest.raises(UsageError, match=line) as caught:
        check_url(url, allow_private=True)
    assert "\n" not in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://paper.example/a?b=c", "http://8.8.8.8:8080/", "https://[2606:4700::1111]/"])
def test_a_public_address_passes(url: str) -> None:
    assert str(check_url(url)) == url


METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2600::5efe:a9fe:a9fe]",
    "2852039166",
    "0xa9.254.169.254",
]


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("allow_private", [False, True])
def test_no_option_opens_a_metadata_address(host: str, allow_private: bool) -> None:
    with pytest.raises(UsageError, match="never asked"):
        check_url(f"http://{host}/latest/meta-data", allow_private=allow_private)


def test_a_name_at_a_metadata_address_is_always_refused() -> None:
    for allowed in (True, ["http://paper.example/feed"]):
        with pytest.raises(UsageError, match="metadata address"):
            _get("http://paper.example/", ["169.254.169.254"], allow_private=allowed)


@pytest.mark.parametrize("named", ["http://Desk.example.:8000/feed", "desk.example", "http://desk.example/other?path"])
def test_the_host_that_was_named_is_opened_and_no_other(named: str) -> None:
    with serve({"/": Answer(b"inside")}) as site:
        url = f"http://desk.example:{site.port}/"
        assert _get(url, ["127.0.0.1"], allow_private=[named]) == "inside"
        for other in (f"http://paper.example:{site.port}/", f"http://sub.desk.example:{site.port}/"):
            with pytest.raises(UsageError, match="--allow-private"):
                _get(other, ["127.0.0.1"], allow_private=[named])
        with pytest.raises(UsageError, match="--allow-private"):
            _get(site.url("/"), ["127.0.0.1"], allow_private=[named])
        assert _get(site.url("/"), ["127.0.0.1"], allow_private=[site.url("/feed")]) == "inside"


def test_public_addresses_are_not_private() -> None:
    assert not any(
        is_private(ip_address(address))
        for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "192.0.1.1")
    )


def test_a_shown_url_hides_passwords_and_control_characters() -> None:
    assert shown("http://me:geheim@paper.example/\x1b[31m") == "http://paper.example/?[31m"
    assert len(shown("http://paper.example/" + "x" * 5_000)) < 300


def _get(
    url: str, addresses: Sequence[str] | None, *, allow_private: bool | Sequence[str], timeout_seconds: float = 5.0
) -> str:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses or ()

    async def run() -> str:
        async with guarded_client(
            allow_private=allow_private, timeout_seconds=timeout_seconds, user_agent="Test/1", resolve=resolve
        ) as client:
            return (await client.get(url)).text

    return asyncio.run(run())


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.7"], ["::1"], ["fe80::1%eth0"], ["::ffff:127.0.0.1"]]
)
def test_a_name_with_any_private_address_is_refused_first(addresses: list[str]) -> None:
    with serve({"/": Answer(b"inside")}) as site:
        with pytest.raises(UsageError, match=r"paper\.example is at .* --allow-private"):
            _get(f"http://paper.example:{site.port}/", addresses, allow_private=False)
        assert site.asked == []


def test_the_connection_goes_to_the_checked_address() -> None:
    with serve({"/": Answer(b"inside")}) as site:
        assert _get(f"http://paper.example:{site.port}/", ["127.0.0.1"], allow_private=True) == "inside"
        assert site.asked[0][1]["host"] == f"paper.example:{site.port}"
        assert site.asked[0][1]["user-agent"] == "Test/1"


def test_the_next_address_is_tried_when_the_first_is_dead() -> None:
    with serve({"/": Answer(b"inside")}) as site:
        assert _get(f"http://paper.example:{site.port}/", ["::1", "127.0.0.1"], allow_private=True) == "inside"


def test_a_name_without_address_is_a_connection_error() -> None:
    with pytest.raises(httpx.ConnectError, match=r"paper\.example has no address"):
        _get("http://paper.example/", None, allow_private=False)


def test_the_client_checks_urls_as_written_too() -> None:
    with pytest.raises(UsageError, match="user name"):
        _get("http://me:geheim@paper.example/", ["8.8.8.8"], allow_private=False)


def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    with (
        serve({"/": Answer(b"x" * 1_000, drip_seconds=0.05)}) as site,
        pytest.raises(httpx.TimeoutException, match="did not end in time"),
    ):
        _get(site.url("/"), ["127.0.0.1"], allow_private=True, timeout_seconds=0.3)


def test_no_cookie_of_one_page_is_sent_with_the_next() -> None:
    async def run(url: str) -> None:
        async with guarded_client(allow_private=True, timeout_seconds=5, user_agent="Test/1") as client:
            await client.get(url)
            await client.get(url)

    with serve({"/": Answer(b"x", headers={"Set-Cookie": "id=1"})}) as site:
        asyncio.run(run(site.url("/")))
        assert ["cookie" in headers for _, headers in site.asked] == [False, False]


@inputs()
@given(broken_urls(), st.booleans())
def test_no_broken_url_raises_but_our_error(url: str, allow_private: bool) -> None:
    with contextlib.suppress(UsageError):
        checked = check_url(url, allow_private=allow_private)
        assert checked.host == check_url(str(checked), allow_private=allow_private).host


@inputs()
@given(broken_urls())
def test_no_broken_location_raises_but_our_error(location: str) -> None:
    with contextlib.suppress(UsageError):
        assert next_hop(httpx.URL("https://paper.example/a"), location).scheme in ("http", "https")

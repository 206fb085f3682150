"""URLs of strangers, broken in every way: each function gives a value or None, never an exception."""

from hypothesis import example, given
from hypothesis import strategies as st

from streams.cleaning.page import canonical_url
from streams.cleaning.who.registry import Registry
from streams.contract import urls
from tests.contract.broken_urls import broken_urls
from tests.fuzz.amount import inputs


@inputs()
@given(broken_urls(), broken_urls())
@example("http://paper.example/a", "//[")
@example("http://paper.example/\ud800", "\udfff")
def test_no_url_raises(one: str, other: str) -> None:
    found = (
        urls.canonical(one),
        urls.canonical(one, base=other),
        urls.join(one, other),
        canonical_url.choose(one, other),
    )
    for address in found:
        if address is not None:
            assert urls.split(address) is not None
            assert urls.host_of(address)
    canonical_url.choose(None, one, other)
    for url in (one, other, *filter(None, found)):
        urls.registered_domain(url)
        urls.key(url)
        urls.is_root(url)
        urls.host_of(url)
    canonical_url.site_address(one, other)
    registry = Registry.of(())
    registry.find_by_url(one)
    registry.author_space(one)


@inputs()
@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_none(text: str) -> None:
    joined = urls.join("https://paper.example/news/", text)
    assert joined is None or urls.split(joined) is not None


def test_a_url_of_a_megabyte_is_none() -> None:
    long = "https://paper.example/" + "a" * 1_000_000
    assert urls.canonical(long) is None
    assert urls.join("https://paper.example/", long) is None
    assert urls.host_of(long) == ""


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert urls.canonical("http://[2606:4700::1111]:80/a") == "http://[2606:4700::1111]/a"
    assert urls.canonical("http://[::1]x/") is None

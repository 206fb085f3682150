"""Secrets and signatures."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.webhooks.signing import check_secret, new_secret, sign, verify
from streams.contract.errors import Rejected, UsageError
from tests.connectors.webhooks.fiction import SECRET

BODY = b'{"test": 2432232314}'


def now() -> datetime:
    return datetime.now(UTC)


def test_the_specifications_own_example() -> None:
    headers = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), BODY)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_zone_of_the_time_makes_no_difference() -> None:
    there = timezone(timedelta(hours=9))
    assert sign(SECRET, "a", now().replace(microsecond=0), BODY) == sign(
        SECRET, "a", now().replace(microsecond=0).astimezone(there), BODY
    )


def test_new_secrets_are_32_bytes_and_differ() -> None:
    first, second = new_secret(), new_secret()
    assert first != second
    assert first == check_secret(first)
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize("text", [SECRET.removeprefix("whsec_"), f"  {SECRET}\n"])
def test_a_secret_may_have_no_prefix_or_surrounding_spaces(text: str) -> None:
    assert check_secret(text) == SECRET


def test_padding_may_be_missing() -> None:
    full = new_secret()
    assert full.endswith("=")
    assert check_secret(full.rstrip("=")) == full


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "correct horse battery staple",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_" + "-_" * 20,  # URL-safe base64: a lenient reader would drop these letters and sign with another key
        "whsec_" + "é" * 40,
    ],
)
def test_what_is_no_secret_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(UsageError, match="it looks like whsec_") as refused:
        check_secret(text)
    assert "\n" not in str(refused.value)
    assert len(text) < 10 or text not in str(refused.value)


def test_verification_ignores_the_case_of_header_names() -> None:
    headers = {name.title(): value for name, value in sign(SECRET, "id", now(), BODY).items()}
    verify(SECRET, headers, BODY)
    with pytest.raises(Rejected, match="bad signature"):
        verify(new_secret(), headers, BODY)


def test_while_a_secret_is_replaced_both_count() -> None:
    old, new = new_secret(), new_secret()
    headers = sign(old, "id", now(), BODY)
    verify([new, old], headers, BODY)
    with pytest.raises(Rejected, match="signature"):
        verify([new], headers, BODY)


def test_several_signatures_of_which_one_fits() -> None:
    headers = sign(SECRET, "id", now(), BODY)
    other = sign(new_secret(), "id", now(), BODY)["webhook-signature"]
    verify(SECRET, headers | {"webhook-signature": f"{other} v1a,abcd {headers['webhook-signature']}"}, BODY)
    with pytest.raises(Rejected, match="bad signature"):
        verify(SECRET, headers | {"webhook-signature": f"{other} v1a,abcd"}, BODY)


@pytest.mark.parametrize(
    ("change", "body", "reason"),
    [
        ({}, b'{"test": 1}', "bad signature"),
        ({}, b"\xff\xfe", "bad signature"),
        ({"webhook-id": "another"}, BODY, "bad signature"),
        ({"webhook-signature": "nonsense"}, BODY, "bad signature"),
        ({"webhook-signature": "v1,%%%"}, BODY, "bad signature"),
        ({"webhook-signature": ""}, BODY, "no webhook-signature header"),
        ({"webhook-id": ""}, BODY, "no webhook-id header"),
        ({"webhook-timestamp": ""}, BODY, "no webhook-timestamp header"),
        ({"webhook-timestamp": "soon"}, BODY, "bad signature"),
        ({"webhook-timestamp": "9" * 400}, BODY, "whole number of seconds"),
        ({"webhook-timestamp": "1_9"}, BODY, "whole number of seconds"),
        ({"webhook-signature": "v1,AAAA " * 5_000}, BODY, "bad signature"),
        ({"webhook-signature": "v1,\u00e9"}, BODY, "bad signature"),
    ],
)
def test_what_does_not_fit_is_rejected_with_the_reason(change: dict[str, str], body: bytes, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        verify(SECRET, sign(SECRET, "id", now(), BODY) | change, body)


@pytest.mark.parametrize(("shift", "reason"), [(-360, "too old"), (360, "too new")])
def test_a_signature_counts_for_five_minutes(shift: int, reason: str) -> None:
    headers = sign(SECRET, "id", now() + timedelta(seconds=shift), BODY)
    with pytest.raises(Rejected, match=reason):
        verify(SECRET, headers, BODY)


@pytest.mark.parametrize("change", [".5", "_", "0", "+"])
def test_a_time_that_is_no_whole_number_of_seconds_is_refused(change: str) -> None:
    now = datetime.now(UTC)
    good = sign(SECRET, "msg_1", now, BODY)
    seconds = good["webhook-timestamp"]
    spellings = {".5": f"{seconds}.5", "_": f"{seconds[0]}_{seconds[1:]}", "0": f"{seconds}000", "+": f"+{seconds}"}
    with pytest.raises(Rejected):
        verify(SECRET, {**good, "webhook-timestamp": spellings[change]}, BODY)


def test_digits_of_another_script_are_no_time() -> None:
    good = sign(SECRET, "msg_1", datetime.now(UTC), BODY)
    arabic = good["webhook-timestamp"].translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    with pytest.raises(Rejected):
        verify(SECRET, {**good, "webhook-timestamp": arabic}, BODY)


@pytest.mark.parametrize("before", ["v1,a,b", "v1", "nonsense", "v2,AAAA", "v1a,AAAA", ",", "v1,"])
def test_a_malformed_entry_does_not_hide_the_one_that_fits(before: str) -> None:
    good = sign(SECRET, "msg_1", datetime.now(UTC), BODY)
    verify(SECRET, {**good, "webhook-signature": f" {before}   {good['webhook-signature']} "}, BODY)
    with pytest.raises(Rejected, match="bad signature"):
        verify(SECRET, {**good, "webhook-signature": f" {before} "}, BODY)


@pytest.mark.parametrize("secret", ["ab" * 32, "whsec_" + "0F" * 24, "123e4567e89b12d3a456426614174000"])
def test_hexadecimal_is_refused_and_says_so(secret: str) -> None:
    with pytest.raises(UsageError, match="hexadecimal") as caught:
        check_secret(secret)
    assert secret not in str(caught.value)

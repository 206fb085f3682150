"""Webhooks encrypted for the topic of tracks: what is hidden, who can open it, and a change of keys."""

import asyncio

import pytest

from connectors.http.net import GuardedClient
from connectors.webhooks.sealing import Seal, new_key
from connectors.webhooks.sending import Sender
from streams.alerts.receivers import receiver_id
from streams.contract.codec import decode, encode
from streams.contract.errors import UsageError
from streams.contract.messages import Track, Webhook
from streams.runtime.settings import Settings
from tests.connectors.webhooks.fiction import NOON, SECRET, an_alert

HOOK = Webhook(url="https://desk.example:8443/hook/T0PSECRETPATH?key=T0PSECRETKEY", secret=SECRET, allow_private=True)


def stored(webhook: Webhook) -> bytes:
    return encode(Track(id="t1", name="Harbour", created_at=NOON, story="s1", webhook=webhook))


def test_what_is_stored_tells_host_and_receiver_and_no_more() -> None:
    value = stored(Seal(new_key()).close(HOOK))
    assert b"https://desk.example:8443/" in value
    for hidden in ("T0PSECRETPATH", "T0PSECRETKEY", SECRET, SECRET.removeprefix("whsec_")):
        assert hidden.encode() not in value
    closed = decode(value, Track).webhook
    assert closed is not None
    assert receiver_id(closed) == receiver_id(HOOK)
    assert closed.allow_private


def test_the_key_opens_it() -> None:
    key = new_key()
    closed = Seal(key).close(HOOK)
    assert Seal(key).open(closed) == HOOK
    assert Seal(key).close(closed) == closed, "once is enough"


def test_without_a_key_it_stays_open_as_before() -> None:
    assert Seal(None).close(HOOK) == HOOK
    assert Seal(new_key()).open(HOOK) == HOOK
    assert not Seal.of(Settings()).has_key


def test_a_new_first_key_encrypts_and_the_old_one_still_opens() -> None:
    old, new = new_key(), new_key()
    by_old = Seal(old).close(HOOK)
    both = Seal(f"{new}, {old}")
    assert both.open(by_old) == HOOK
    by_new = both.close(both.open(by_old))
    assert Seal(new).open(by_new) == HOOK
    with pytest.raises(UsageError, match="another key"):
        Seal(old).open(by_new)


@pytest.mark.parametrize("keys", ["", "short", "x" * 80, "ä" * 44])
def test_what_is_no_key_is_one_line_without_it(keys: str) -> None:
    with pytest.raises(UsageError, match="STORYWATCH_SECRETS_KEY_FILE") as caught:
        Seal(keys)
    assert not keys or keys not in str(caught.value)


@pytest.mark.parametrize("keys", [None, new_key()], ids=["none", "another"])
def test_a_worker_without_the_key_waits_and_names_the_setting(keys: str | None) -> None:
    def nobody(webhook: Webhook) -> GuardedClient:
        raise AssertionError("nothing may be asked")

    sender = Sender(client_for=nobody, seal=Seal(keys))
    attempt = asyncio.run(sender.send(an_alert(), Seal(new_key()).close(HOOK)))
    assert (attempt.outcome, attempt.code) == ("wait", None)
    assert "STORYWATCH_SECRETS_KEY" in (attempt.error or "")
    assert "T0PSECRET" not in (attempt.error or "")

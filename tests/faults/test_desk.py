"""The receiver of the fault suite: what it has stored counts, whatever it says, and an event meets one bad mood."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from connectors.webhooks.signing import new_secret
from tests.faults.desk import Desk

SECRET = new_secret()
BODY = '{"type": "alert"}'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(SECRET, tmp_path / "desk.jsonl") as desk:
        yield desk


def post(desk: Desk, id_: str, secret: str = SECRET) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, now, BODY),
    }
    return httpx.post(f"{desk.url}1", content=BODY, headers=headers).status_code


def test_what_is_stored_counts_also_when_the_sender_cannot_know(desk: Desk) -> None:
    desk.mood = "rude"
    with pytest.raises(httpx.TransportError):
        post(desk, "a")
    assert post(desk, "a") == 204
    desk.mood = "broken"
    assert [post(desk, "b"), post(desk, "b")] == [500, 204]
    assert desk.heard == {"a": 2, "b": 1}


def test_what_is_not_signed_is_counted_and_not_heard(desk: Desk) -> None:
    assert post(desk, "a", secret=new_secret()) == 401
    assert (desk.unsigned, desk.heard) == (1, {})


def test_it_can_be_down_and_comes_back_at_the_same_address(desk: Desk) -> None:
    url = desk.url
    desk.close()
    with pytest.raises(httpx.ConnectError):
        post(desk, "a")
    desk.open()
    assert (post(desk, "a"), desk.url) == (204, url)


def test_one_receiver_can_be_gone_and_answers_can_be_odd(desk: Desk) -> None:
    desk.gone.add("1")
    assert post(desk, "a") == 410
    desk.gone.clear()
    desk.mood = "odd"
    assert post(desk, "b") in (302, 429, 503)
    desk.mood = "resetting"
    with pytest.raises(httpx.TransportError):
        post(desk, "c")
    assert desk.heard == {}
    assert [post(desk, id_) for id_ in "bc"] == [204, 204]

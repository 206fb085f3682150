"""Kills, jumping clocks and failing receivers while alerts are made, held and sent: none is missing or made twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from connectors.cli.receivers.deliveries import send_again
from streams.contract.messages import Digest, NamedReceiver, Quiet, Track
from tests.conftest import MakeSystem
from tests.pipeline.alert_desk import BAD, GOOD, STORY, AlertDesk, Receivers, receiving
from tests.pipeline.runs import until

KINDS = ("webhook", "template", "slack", "mattermost", "teams", "discord", "email", "apprise")
OUTLETS = tuple(f"Outlet {number}" for number in range(100, 104))
DAY = 86_400.0


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    with receiving() as found:
        yield found


@pytest.fixture
def desk(make_system: MakeSystem, tmp_path: Path) -> Iterator[AlertDesk]:
    with AlertDesk(make_system(webhook_timeout_seconds=30.0), tmp_path) as made:
        yield made


def track(id_: str, **fields: object) -> Track:
    made = Track(id=id_, name=id_, created_at=datetime.now(UTC) - timedelta(hours=1), story=STORY)
    return replace(made, **fields)


def on_webhook(desk: AlertDesk, receivers: Receivers, id_: str, **fields: object) -> Track:
    """A track on the story whose alerts go to a webhook."""
    made = track(id_, webhook=receivers.hook("webhook"), **fields)
    desk.save(made)
    return made


def test_a_kill_before_in_and_after_a_post(desk: AlertDesk, receivers: Receivers) -> None:
    on_webhook(desk, receivers, "t1")
    shots = iter(("in", "after"))

    def answer(kind: str) -> int | None:
        when = next(shots, None)
        if when is not None:
            desk.shoot()  # the outcome of the POST is in no log
        return None if when == "in" else 200

    receivers.answer = answer
    desk.start()
    desk.report(OUTLETS[0])
    until(lambda: len(desk.alerts()) == 1, "no alert was made")
    for attempts in (1, 2):
        until(lambda n=attempts: len(receivers.got.get("webhook", ())) >= n, "nothing was posted")  # type: ignore[misc]
        until(desk.is_dead, "the process was not killed")
        desk.start()
    until(lambda: desk.statuses() == {"delivered": 1}, "the alert was not delivered")
    desk.kill()
    desk.report(OUTLETS[1])  # while nobody is there
    desk.start()
    until(lambda: desk.statuses() == {"delivered": 2}, "the second alert was not delivered")
    posted = receivers.got["webhook"]
    assert posted[-1] == OUTLETS[1]
    assert set(posted[:-1]) == {OUTLETS[0]}
    assert len(posted) >= 3


def test_what_a_track_holds_comes_once_over_kills(desk: AlertDesk, receivers: Receivers) -> None:
    """Quiet hours over a restart, and kills while the digest is made: one summary each, of all alerts."""
    now = datetime.now(UTC)
    all_day = (Quiet(start="00:00", end="00:00"),)
    later = Digest(at=(f"{now + timedelta(hours=6):%H:%M}",))
    quiet = on_webhook(desk, receivers, "quiet", quiet=all_day)
    daily = on_webhook(desk, receivers, "daily", digest=later)
    desk.start()
    desk.report(*OUTLETS[:3])
    until(lambda: desk.statuses() == {"held": 6}, "the alerts were not held")
    desk.kill()
    desk.report(OUTLETS[3])
    desk.start()
    until(lambda: desk.statuses() == {"held": 8}, "an alert that came meanwhile was not held")
    assert receivers.got == {}
    for made in (quiet, daily):
        desk.save(replace(made, quiet=(), digest=None))
    for _ in range(2):  # as soon as the first summary is in the log, and once more while it is sent
        until(lambda: any(one.condition == "summary" for one in desk.alerts().values()), "no summary was made")
        desk.kill()
        desk.start()
    until(lambda: desk.statuses() == {"summed": 8, "delivered": 2}, "what was held was not told")
    for name in ("quiet", "daily"):
        of = [one for one in desk.alerts().values() if one.track == name]
        [summary] = [one for one in of if one.condition == "summary"]
        summed = {one.id for one in of if one.delivery.status == "summed"}
        assert {one.id for one in summary.summary} == summed
        assert sorted(one.source for one in summary.summary) == sorted(OUTLETS)


def test_a_clock_that_jumps_changes_no_alert(desk: AlertDesk, receivers: Receivers) -> None:
    """What is held waits for the time of the log, what is due is sent once, whatever the clock of the worker says."""
    now = datetime.now(UTC)
    on_webhook(desk, receivers, "held", digest=Digest(at=(f"{now + timedelta(hours=6):%H:%M}",)))
    on_webhook(desk, receivers, "plain")
    desk.set_clock(DAY)
    desk.start()
    desk.report(OUTLETS[0])
    until(lambda: desk.statuses("plain") == {"delivered": 1}, "an alert was not delivered")
    desk.set_clock(-DAY)
    desk.report(OUTLETS[1])
    until(lambda: desk.statuses("held") == {"held": 2}, "nothing was held")
    desk.set_clock(0)
    until(lambda: desk.statuses("plain") == {"delivered": 2}, "an alert waits for a clock that was wrong")
    assert desk.statuses("held") == {"held": 2}, "the log is not there yet"
    assert receivers.got == {"webhook": list(OUTLETS[:2])}


def test_a_receiver_of_each_kind_fails_and_recovers(desk: AlertDesk, receivers: Receivers) -> None:
    pytest.importorskip("apprise")
    for kind in KINDS:
        desk.save(NamedReceiver(name=kind, created_at=datetime.now(UTC), hook=receivers.hook(kind)))
    desk.save(track("all", receivers=KINDS))
    receivers.answer = lambda kind: BAD
    desk.start()
    desk.report(*OUTLETS[:2])
    until(lambda: desk.statuses() == {"retrying": 2 * len(KINDS)}, "not every receiver was asked")
    desk.kill()
    receivers.answer = lambda kind: GOOD.get(kind, 200)
    desk.start()
    send_again(desk.system.settings, list(desk.alerts().values()), datetime.now(UTC), by="test")
    until(lambda: desk.statuses() == {"delivered": 2 * len(KINDS)}, "not every alert was delivered")
    assert {kind: set(found) for kind, found in receivers.got.items()} == {kind: set(OUTLETS[:2]) for kind in KINDS}
    facts = {(one.receiver_name, one.source.name) for one in desk.alerts().values()}
    assert len(facts) == len(desk.alerts()) == 2 * len(KINDS)

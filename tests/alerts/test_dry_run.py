"""A dry run decides as the stages do, from updates alone, and says what was left out."""

from datetime import date, timedelta

from msgspec.structs import replace

from streams.alerts.dry_run import MOST_LISTED, DryRun, Outcome
from streams.contract.messages import Digest, Lane, Muted, Quiet, StoryUpdate, Track
from tests.fiction import NOON, after, coverage, track, update

SINCE = NOON - timedelta(days=1)


def ran(tracks: list[Track], *updates: StoryUpdate) -> list[Outcome]:
    run = DryRun(tracks, SINCE)
    for offset, one in enumerate(updates):
        run.take(one, offset, one.filed_at)
    run.finish(after(days=3))
    assert run.updates == len(updates)
    return list(run.outcomes)


def wall(**changes: object) -> Track:
    return replace(track("t1", words=("wall",)), created_at=after(days=50), **changes)


def test_each_new_source_is_a_message_and_copies_are_left_out() -> None:
    first, second = update(by="Tarn Post"), update(by="Dunmoor Echo", filed_at=after(hours=20))
    copied = update(by="Quay Mail", covers=coverage("Quay Mail", new=False))
    [outcome] = ran([wall()], first, copied, second, second)
    assert [(one.source, one.at) for one in outcome.sent] == [("Tarn Post", NOON), ("Dunmoor Echo", after(hours=20))]
    assert outcome.silent == {"not_independent": 1, "already_fired": 1}
    assert outcome.examples["not_independent"] == [copied.article.title]
    assert (outcome.total, outcome.stories) == (2, {"s1"})


def test_days_are_those_of_the_track() -> None:
    [outcome] = ran([wall(time_zone="Pacific/Auckland")], update(), update("s2", filed_at=after(days=1)))
    assert outcome.days(SINCE, after(days=1)) == [
        (date(2031, 5, 4), 0),
        (date(2031, 5, 5), 1),  # noon in UTC is midnight there
        (date(2031, 5, 6), 1),
    ]


def test_what_is_only_true_now_is_left_out() -> None:
    now = {"paused": True, "snoozed_until": after(days=9), "expires_at": SINCE + timedelta(seconds=1)}
    [outcome] = ran([wall(**now)], update())
    assert outcome.total == 1


def test_several_tracks_are_tried_at_once() -> None:
    others = [replace(track("t2", words=("ferry",)), backfill=True), replace(track("t3"), story="s1")]
    old = update("s9", by="Tarn Post", lane=Lane.BACKFILL)
    first, second, third = ran([wall(), *others], update(), old)
    assert (first.total, first.silent) == (1, {"backfill": 1})
    assert (second.total, third.total) == (0, 1)


def test_a_track_that_drowns_its_reader_is_counted_to_the_end() -> None:
    [outcome] = ran([wall()], *(update(f"s{number}") for number in range(MOST_LISTED + 10)))
    assert (outcome.total, len(outcome.sent)) == (MOST_LISTED + 10, MOST_LISTED)


def test_what_is_held_is_sent_when_it_is_due() -> None:
    updates = [update(f"s{number}", filed_at=after(minutes=number)) for number in range(5)]
    [quiet] = ran([wall(quiet=(Quiet(start="11:00", end="13:00"),))], *updates)
    assert quiet.held == {"quiet hours": 5}
    assert [(one.at, one.condition) for one in quiet.sent] == [(after(hours=1), "summary")]
    [paced] = ran([wall(most_per_hour=2)], *updates)
    assert paced.held == {"most per hour": 3}
    assert [one.condition for one in paced.sent] == ["new source", "new source", "summary"]
    [daily] = ran([wall(digest=Digest(at=("08:00",)))], *updates, update("s9", filed_at=after(days=2, hours=22)))
    assert [one.at for one in daily.sent] == [after(hours=20)]
    assert daily.waiting == 1, "its digest is after the end"


def test_muted_articles_are_counted() -> None:
    [outcome] = ran([wall(muted=Muted(articles=(update().article.id,)))], update(), update(by="Tarn Post"))
    assert (outcome.total, outcome.silent) == (1, {"muted": 1})

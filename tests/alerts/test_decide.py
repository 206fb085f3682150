"""When a track fires, when and why it does not, and that one fact is one alert."""

from typing import Any

import pytest
from msgspec.structs import replace

from streams.alerts.decide import AlertLedger
from streams.alerts.receivers import without_secrets
from streams.contract.messages import Candidate, Coverage, Lane, StoryUpdate
from tests.fiction import NOON, SECRET, after, candidate, coverage, source, track, update

HOUR_LATER = after(hours=1)


def outcome(of: Candidate) -> str:
    decision = AlertLedger().decide(of, 0, HOUR_LATER)
    assert (decision.alert is not None) == (decision.outcome == "fired") == bool(decision.rows)
    return decision.outcome


OLD, KNOWN, COPY = coverage(new=False), coverage(new=False, new_publisher=False), coverage(new=False)
NOBODY = Coverage(source=None, new=True, new_publisher=True, reason="no publisher is known")


@pytest.mark.parametrize(
    ("tracked", "about", "expected"),
    [
        ({}, {}, "fired"),
        ({"created_at": NOON}, {"filed_at": NOON}, "before_track"),
        ({"created_at": NOON}, {"filed_at": after(seconds=-1)}, "before_track"),
        ({"created_at": NOON}, {"filed_at": after(seconds=1)}, "fired"),
        ({}, {"lane": Lane.BACKFILL}, "backfill"),
        ({"backfill": True}, {"lane": Lane.BACKFILL}, "fired"),
        ({}, {"covers": COPY}, "not_independent"),
        ({"independent": False}, {"covers": COPY}, "fired"),
        ({"independent": False}, {"covers": KNOWN}, "known_publisher"),
        ({"independent": False}, {"covers": coverage(new=True, new_publisher=False)}, "known_publisher"),
        ({"at_sources": 3}, {}, "too_few_sources"),
        ({"at_sources": 2}, {}, "fired"),
        ({"at_sources": 1}, {}, "fired"),
        ({}, {"covers": NOBODY}, "no_publisher"),
        ({"independent": False}, {"by": None, "covers": NOBODY}, "no_publisher"),
        ({"webhook": None}, {}, "fired"),
    ],
)
def test_every_reason_to_fire_or_not(tracked: dict[str, Any], about: dict[str, Any], expected: str) -> None:
    assert outcome(candidate(track(**tracked), update(**about))) == expected


def test_the_alert_says_who_is_new_and_for_whom() -> None:
    made = AlertLedger().decide(candidate(), 0, HOUR_LATER).alert
    assert made is not None
    assert (made.track, made.track_name, made.source.name) == ("t1", "Track t1", "Dunmoor Echo")
    assert (made.sources, made.condition) == (2, "new source")
    assert made.reason == "independent source number 2: Dunmoor Echo is new"
    assert (made.received_at, made.made_at, made.delivery.status) == (NOON, HOUR_LATER, "pending")
    assert made.filing == update().filing


def test_the_alert_has_the_host_and_neither_path_nor_secret() -> None:
    made = AlertLedger().decide(candidate(), 0, HOUR_LATER).alert
    assert made is not None
    assert made.url == "https://desk.example/"
    assert SECRET not in repr(made)
    assert "hook" not in repr(made)


def test_a_candidate_without_tokens_makes_the_same_alert() -> None:
    whole = track()
    assert whole.webhook is not None
    slim = replace(whole, webhook=without_secrets(whole.webhook))
    alerts = [AlertLedger().decide(candidate(one), 0, HOUR_LATER).alert for one in (whole, slim)]
    assert alerts[0] == alerts[1]


def test_tracks_with_one_webhook_share_a_receiver() -> None:
    def receiver(**fields: Any) -> str:
        made = AlertLedger().decide(candidate(track(**fields)), 0, HOUR_LATER).alert
        assert made is not None
        return made.receiver

    assert receiver(id_="t1") == receiver(id_="t2")
    assert receiver(id_="t1", webhook=None) != receiver(id_="t2", webhook=None)


def test_without_a_webhook_the_alert_is_recorded() -> None:
    made = AlertLedger().decide(candidate(track(webhook=None)), 0, HOUR_LATER).alert
    assert made is not None
    assert (made.url, made.delivery.status) == (None, "recorded")


def test_a_track_of_all_publishers_names_the_publisher() -> None:
    about = update(
        by="Tarn Post", covers=Coverage(source=source("Northfell"), new=False, new_publisher=True, reason="x")
    )
    made = AlertLedger().decide(candidate(track(independent=False), about), 0, HOUR_LATER).alert
    assert made is not None
    assert made.source.name == "Tarn Post"
    assert made.reason == "publisher number 2: x"


# --- one fact, one alert ------------------------------------------------------------------------------------------


def decided(ledger: AlertLedger, of: Candidate, offset: int) -> tuple[str, str | None]:
    decision = ledger.decide(of, offset, HOUR_LATER)
    return decision.outcome, decision.alert.id if decision.alert else None


def test_the_same_candidate_again_is_the_same_alert_again() -> None:
    """The process may have ended before it sent the first one."""
    ledger = AlertLedger()
    assert decided(ledger, candidate(), 4) == decided(ledger, candidate(), 4)
    assert decided(ledger, candidate(), 4)[0] == "fired"


def test_the_same_fact_from_another_candidate_fires_nothing() -> None:
    ledger = AlertLedger()
    decided(ledger, candidate(), 4)
    assert decided(ledger, candidate(), 5) == ("already_fired", None)
    assert decided(ledger, candidate(about=update(filed_at=after(days=1))), 6) == ("already_fired", None)


def test_the_ledger_is_known_after_a_restart() -> None:
    decision = AlertLedger().decide(candidate(), 4, HOUR_LATER)
    again = AlertLedger()
    for key, row in decision.rows.items():
        assert row is not None
        assert (row.offset, row.at) == (4, HOUR_LATER)
        again.restore(key, row)
    again.build_indexes()
    assert decided(again, candidate(), 5) == ("already_fired", None)
    assert decided(again, candidate(), 4)[0] == "fired"


def test_another_source_track_or_story_is_another_alert() -> None:
    ledger = AlertLedger()
    of = [
        candidate(),
        candidate(track("t2")),
        candidate(about=update("s2")),
        candidate(about=update(by="Tarn Post")),
    ]
    found = [decided(ledger, one, number) for number, one in enumerate(of)]
    assert [outcome for outcome, _ in found] == ["fired"] * 4
    assert len({alert for _, alert in found}) == 4


def test_ids_known_by_heart_do_not_change_between_versions() -> None:
    """Receivers recognise repetitions by them, also across an upgrade."""
    assert decided(AlertLedger(), candidate(), 0)[1] == "e6b7c680d6eb47de0ffddedfaee1c08d"


def of_sources(names: tuple[str, ...]) -> StoryUpdate:
    return update(by=names[-1], names=names)


def test_a_number_of_sources_fires_once_when_it_is_reached() -> None:
    ledger, counting = AlertLedger(), track(at_sources=3)
    names = ("Tarn Post", "Dunmoor Echo", "Calder Mail", "Veska Times")
    outcomes = [decided(ledger, candidate(counting, of_sources(names[:count])), count)[0] for count in range(1, 5)]
    assert outcomes == ["too_few_sources", "too_few_sources", "fired", "already_fired"]


def test_a_number_passed_before_the_track_fires_with_the_next() -> None:
    about = of_sources(("Tarn Post", "Dunmoor Echo", "Calder Mail", "Veska Times"))
    made = AlertLedger().decide(candidate(track(at_sources=3), about), 0, HOUR_LATER).alert
    assert made is not None
    assert (made.condition, made.sources) == ("sources >= 3", 4)
    assert made.reason == "4 sources reached: Veska Times is new"


def test_sources_count_also_beyond_those_that_a_story_lists() -> None:
    about = of_sources(("Tarn Post", "Dunmoor Echo"))
    about = replace(about, story=replace(about.story, source_count=250, publisher_count=400))
    ledger = AlertLedger()
    assert decided(ledger, candidate(track(at_sources=251), about), 0)[0] == "too_few_sources"
    made = ledger.decide(candidate(track(at_sources=250), about), 1, HOUR_LATER).alert
    assert made is not None
    assert made.sources == 250
    everyone = track(at_sources=400, independent=False)
    assert decided(ledger, candidate(everyone, about), 2)[0] == "fired"

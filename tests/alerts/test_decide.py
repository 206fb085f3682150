"""When a track fires, when and why it does not, and that one fact is one alert."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from streams.alerts.decide import AlertLedger
from streams.alerts.receivers import without_secrets
from streams.contract.messages import (
    Alert,
    Candidate,
    Conditions,
    Coverage,
    Edit,
    EditKind,
    Fires,
    Growth,
    Kind,
    Lane,
    Muted,
    StoryUpdate,
    Track,
)
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


# --- holds and corrections ----------------------------------------------------------------------------------------

SNOOZED = track(snoozed_until=after(hours=8))


def look(ledger: AlertLedger, of: Track, offset: int, at: datetime, ended: str = "") -> list[tuple[str, str]]:
    """What a look at the held alerts of a track releases: condition and status of each alert."""
    decision = ledger.decide(Candidate(track=of, why="look", ended=ended), offset, at)
    return [(one.condition, one.delivery.status) for one in decision.alerts]


def left(about: StoryUpdate, to: str | None = "s9") -> StoryUpdate:
    """The update of the story that the article of ``about`` left."""
    article = about.article if to else replace(about.article, title="")
    quiet = coverage("Dunmoor Echo", new=False, new_publisher=False)
    return replace(about, kind="revised", coverage=quiet, left=article, left_to=to, filed_at=after(hours=1))


def test_one_held_alert_is_sent_as_it_is() -> None:
    ledger = AlertLedger()
    held = ledger.decide(candidate(SNOOZED), 0, NOON)
    assert held.alert is not None
    assert (held.outcome, held.alert.delivery.next_at) == ("held", after(hours=8))
    assert look(ledger, SNOOZED, 1, after(hours=7)) == []
    assert look(ledger, SNOOZED, 2, after(hours=8)) == [("new source", "pending")]
    assert look(ledger, SNOOZED, 3, after(hours=9)) == []


def test_several_held_alerts_are_one_summary() -> None:
    ledger = AlertLedger()
    for number, by in enumerate(("Echo", "Times", "Voice")):
        ledger.decide(candidate(SNOOZED, update(by=by, covers=coverage(by))), number, NOON)
    sent = ledger.decide(Candidate(track=SNOOZED, why="look"), 3, after(hours=8)).alerts
    assert [one.delivery.status for one in sent] == ["pending", "summed", "summed", "summed"]
    assert (sent[0].condition, sent[0].summed) == ("summary", 3)
    assert [one.id for one in sent[0].summary] == [one.id for one in sent[1:]]


def test_a_track_that_holds_no_more_sends_at_once() -> None:
    ledger = AlertLedger()
    ledger.decide(candidate(SNOOZED), 0, NOON)
    assert look(ledger, replace(SNOOZED, paused=True, snoozed_until=None), 1, after(hours=1)) == []
    assert look(ledger, replace(SNOOZED, snoozed_until=None), 2, after(hours=1)) == [("new source", "pending")]


@pytest.mark.parametrize(("fields", "ended"), [({}, "the track was removed"), ({"expires_at": after(hours=1)}, "")])
def test_what_a_track_without_a_future_holds_is_cancelled(fields: dict[str, datetime], ended: str) -> None:
    ledger, of = AlertLedger(), replace(SNOOZED, **fields)
    ledger.decide(candidate(of), 0, NOON)
    assert look(ledger, of, 1, after(hours=2), ended) == [("new source", "cancelled")]
    assert ledger.held.count() == 0


def test_an_article_that_left_is_corrected_and_may_be_told_again() -> None:
    ledger, about = AlertLedger(), update()
    first = ledger.decide(candidate(about=about), 0, NOON).alert
    decision = ledger.decide(candidate(about=left(about)), 1, NOON)
    assert first is not None
    assert decision.alert is not None
    assert (decision.outcome, decision.alert.corrects) == ("corrected", (first.id,))
    assert "moved to story s9" in decision.alert.reason
    assert ledger.decide(candidate(about=left(about)), 2, NOON).alerts == ()
    again = ledger.decide(candidate(about=about), 3, NOON).alert
    assert again is not None
    assert again.id != first.id
    assert ledger.decide(candidate(about=about), 4, NOON).outcome == "already_fired"


def test_a_held_alert_that_is_not_true_is_never_sent() -> None:
    ledger, about = AlertLedger(), update()
    ledger.decide(candidate(SNOOZED, about), 0, NOON)
    [cancelled] = ledger.decide(candidate(SNOOZED, left(about)), 1, NOON).alerts
    assert cancelled.delivery.status == "cancelled"
    assert look(ledger, SNOOZED, 2, after(hours=9)) == []


def test_a_held_alert_quotes_no_erased_article() -> None:
    ledger, about = AlertLedger(), update()
    other = replace(update(by="Times", covers=coverage("Times")), story=replace(about.story, title="Erased headline"))
    ledger.decide(candidate(SNOOZED, other), 0, NOON)
    ledger.decide(candidate(SNOOZED, left(about, to=None)), 1, NOON)
    [sent] = ledger.decide(Candidate(track=SNOOZED, why="look"), 2, after(hours=8)).alerts
    assert (sent.story.title, sent.filing.reasons) == (about.story.title, ())


def test_an_erased_alert_says_so_and_names_no_headline() -> None:
    ledger, about = AlertLedger(), update()
    ledger.decide(candidate(about=about), 0, NOON)
    [correction] = ledger.decide(candidate(about=left(about, to=None)), 1, NOON).alerts
    assert correction.reason == "the article was removed"
    assert (correction.article.id, correction.article.title, correction.article.url) == (about.article.id, "", None)


@pytest.mark.parametrize(
    ("fires", "about", "conditions"),
    [
        (Fires(first_countries=("gb",)), {}, []),
        (Fires(first_publishers=("Dunmoor Echo",), first_owners=("*",)), {}, ["first publisher: Dunmoor Echo"]),
        (Fires(first_languages=("*",), new_source=True), {}, ["new source", "first language: en"]),
        (Fires(silence=timedelta(hours=1)), {"filed_at": after(hours=2)}, ["silence broken"]),
        (Fires(silence=timedelta(hours=9)), {"filed_at": after(hours=2)}, []),
        (Fires(merges=True), {"moved_to": "s2"}, ["merged"]),
        (Fires(edits=(EditKind.ADDS,)), {"edit": Edit(number=1, added=("More.",))}, ["edit adds"]),
        (Fires(edits=(EditKind.CORRECTS,)), {"edit": Edit(number=1, added=("More.",))}, []),
        (Fires(edits=(EditKind.CORRECTS,)), {"edit": Edit(number=1, title_before="Old")}, ["edit corrects"]),
        (Fires(edits=(EditKind.CORRECTS,)), {"edit": Edit(number=2, added=("Correction: two.",))}, ["edit corrects"]),
        (Fires(edits=tuple(EditKind)), {"edit": Edit(number=1, added=("It was retracted.",))}, ["edit withdraws"]),
        (Fires(at_sources=(2, 1, 9)), {}, ["sources >= 2", "sources >= 1"]),
    ],
)
def test_each_kind_of_fact_fires(fires: Fires, about: dict[str, Any], conditions: list[str]) -> None:
    made = update()
    made = replace(made, article=replace(made.article, excerpt="The wall gave way."), **about)
    alert = AlertLedger().decide(candidate(track(fires=fires), made), 0, NOON).alert
    assert ([] if alert is None else list(alert.fired)) == conditions


def test_growth_fires_once_until_it_grows_again() -> None:
    growing = track(fires=Fires(growth=Growth(sources=3, within=timedelta(hours=2))))
    ledger, fired = AlertLedger(), []
    for number in range(8):
        by = f"Paper {number}"
        about = update(by=by, covers=coverage(by), filed_at=after(minutes=number))
        fired.append(ledger.decide(candidate(growing, about), number, after(minutes=number)).outcome)
    assert fired == ["no_growth"] * 2 + ["fired"] + ["no_growth"] * 2 + ["fired"] + ["no_growth"] * 2


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"paused": True}, "paused"),
        ({"expires_at": NOON}, "expired"),
        ({"muted": Muted(sources=("dunmoor echo",))}, "muted"),
        ({"muted": Muted(stories=("s1",))}, "muted"),
        ({"muted": Muted(articles=("s1-Dunmoor Echo",))}, "muted"),
        ({"muted": Muted(sources=("Tarn Post",), stories=("s2",))}, "fired"),
        ({"conditions": Conditions(kinds=(Kind.LIVE,))}, "kind"),
        ({"conditions": Conditions(languages=("DE", "EN"))}, "fired"),
        ({"conditions": Conditions(languages=("de",))}, "language"),
        ({"conditions": Conditions(countries=("NZ",))}, "country"),
        ({"conditions": Conditions(publishers_only=("Dunmoor Echo",))}, "fired"),
        ({"conditions": Conditions(publishers_never=("Dunmoor Echo",))}, "publisher"),
        ({"conditions": Conditions(entities=("Dunmoor",))}, "fired"),
        ({"conditions": Conditions(entities=("person:Jane Doe",))}, "entity"),
        ({"conditions": Conditions(least_sources=3)}, "least_sources"),
    ],
)
def test_a_condition_that_is_not_met_says_so(fields: dict[str, Any], outcome: str) -> None:
    of = candidate(track(**fields))
    ledger = AlertLedger()
    checks = ledger.explain(of, 0, NOON)
    assert ledger.decide(of, 0, NOON).outcome == outcome
    stopped = [check.rule for check in checks if not check.passed]
    assert stopped[:1] == ([] if outcome == "fired" else [outcome])


def test_alerts_link_to_the_console_where_there_is_one() -> None:
    linked = AlertLedger("https://news.example.org/").decide(candidate(), 0, NOON).alert
    plain = AlertLedger().decide(candidate(), 0, NOON).alert
    assert linked is not None
    assert plain is not None
    assert (linked.story_url, plain.story_url) == ("https://news.example.org/stories/s1", None)
    assert linked.id == plain.id


def test_late_alerts_say_so_and_many_gather() -> None:
    ledger, at = AlertLedger(), after(hours=3)
    made: list[Alert] = []
    for number in range(14):
        by = f"Paper {number}"
        made += ledger.decide(candidate(about=update(by=by, covers=coverage(by))), number, at).alerts
    assert {one.late_by for one in made} == {3 * 3600.0}
    assert [one.delivery.status for one in made] == ["pending"] * 10 + ["held"] * 4
    assert len(look(ledger, track(), 20, at + timedelta(minutes=2))) == 5

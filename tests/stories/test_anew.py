"""A revision of a thin text or of a copy is filed anew, whatever its address held first."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.match import QueryFollows
from streams.contract.messages import CopyVerdict, Edit, EditKind, Fires, Kind, Relation, TaggedArticle, Track
from streams.stories.publish import FilingResult
from streams.stories.similarity.terms import fold
from tests.stories import fiction
from tests.stories.fiction import START, Desk, story_of, tagged

CALL, SAME_CALL = fiction.CALLS[0], fiction.CALLS[1]
SOON = ("Breaking news from the Sarn valley", "More soon.")
BARE = ("Breaking news from the Sarn valley", "")


def later(text: tuple[str, str], relation: Relation = Relation.ORIGINAL, of: str | None = None) -> TaggedArticle:
    """A revision of article 2, by another outlet, whose text has this relation to other articles."""
    one = tagged(text, "2", by="courier", relation=Relation.REVISION, of=of, edit=1, at=START + timedelta(hours=1))
    verdict = CopyVerdict(relation=Relation.REVISION, group=of or "2", of=of, text_relation=relation)
    return TaggedArticle(article=one.article, copy=verdict, first_seen=one.first_seen, edit=one.edit)


def first(text: tuple[str, str], **more: object) -> TaggedArticle:
    return tagged(text, "2", by="courier", **more)  # type: ignore[arg-type]


class Watch:
    """A desk whose updates go to one track; ``alerts`` counts its alerts, ``corrections`` those that correct one."""

    def __init__(self, **track: object) -> None:
        self.desk = Desk()
        self.tracks = Catalogue([Track(id="t", name="t", created_at=START - timedelta(days=1), **track)])  # type: ignore[arg-type]
        self.follows, self.ledger, self.alerts = QueryFollows(), AlertLedger(), 0
        self.corrections = 0

    def file(self, article: TaggedArticle) -> FilingResult:
        filed = self.desk.file(article)
        for update in (filed.update, filed.left):
            if update is not None:
                for one in self.follows.match(update, self.desk.offset, self.tracks).candidates:
                    decision = self.ledger.decide(one, self.desk.offset, article.article.fetched_at)
                    self.alerts += any(not alert.corrects for alert in decision.alerts)
                    self.corrections += sum(len(alert.corrects) for alert in decision.alerts)
        return filed


@pytest.mark.parametrize(
    ("before", "more"),
    [
        (SOON, {}),
        (BARE, {"kind": Kind.HEADLINE}),
        (fiction.ELECTION, {}),
        (CALL, {"relation": Relation.EXACT, "of": "1", "group": "1"}),
        (SOON, {"kind": Kind.LISTING}),
    ],
    ids=["a few lines", "a headline", "another text", "a copy", "teasers"],
)
def test_a_later_report_is_a_new_source_and_fires_once(before: tuple[str, str], more: dict[str, object]) -> None:
    watch = Watch(words=fold("smuggling"))
    lead = watch.file(tagged(CALL, "1"))
    watch.file(first(before, **more))
    fired = watch.alerts
    said = watch.file(later(SAME_CALL))
    assert said.filed is not None
    assert said.filed.coverage.new
    assert story_of(said) == story_of(lead)
    assert "judged anew" in said.filed.filing.reasons[0]
    assert watch.alerts == fired + 1
    longer = (SAME_CALL[0], f"{SAME_CALL[1]}\n\nTalks go on.")
    again = watch.file(later(longer))
    assert again.filed is not None
    assert not again.filed.coverage.new
    assert again.filed.brought is not None
    assert again.filed.brought.source.name == "Courier"
    assert watch.alerts == fired + 1


def test_a_line_that_is_filled_with_a_copy_is_no_source() -> None:
    watch = Watch(words=fold("smuggling"))
    lead = watch.file(tagged(CALL, "1"))
    watch.file(first(SOON))
    said = watch.file(later(CALL, Relation.EXACT, of="1"))
    assert story_of(said) == story_of(lead)
    assert said.filed is not None
    assert not said.filed.coverage.new
    assert watch.alerts == 1


def test_a_thin_report_that_was_a_source_already_is_told_once() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1"))
    thin = desk.file(first(fiction.FIRE_AGAIN))
    assert thin.filed is not None
    assert thin.filed.coverage.new
    said = desk.file(later((fiction.FIRE_AGAIN[0], f"{fiction.FIRE_AGAIN[1]} {fiction.FIRE[1]}")))
    assert said.filed is not None
    assert said.update is not None
    assert (said.outcome, said.filed.coverage.new) == ("revised", False)
    assert said.filed.brought is not None
    assert len(said.update.story.sources) == 2


def test_a_full_report_is_not_judged_anew() -> None:
    desk = Desk()
    desk.file(tagged(CALL, "1"))
    desk.file(first(SAME_CALL))
    said = desk.file(later(fiction.CALLS[2]))
    assert said.outcome == "revised"
    assert desk.file(later(("Back soon", "This page is being rebuilt."))).outcome == "revised"


def test_a_track_on_edits_fires_for_those_that_it_asks_for() -> None:
    watch = Watch(words=fold("smuggling"), fires=Fires(edits=(EditKind.CORRECTS, EditKind.WITHDRAWS)))
    watch.file(tagged(CALL, "1"))
    assert watch.alerts == 0
    for number, added in enumerate(("More soon.", "Correction: five ships, not six.", "This report was retracted."), 1):
        one = tagged((CALL[0], f"{CALL[1]} {added}"), "1", relation=Relation.REVISION, edit=number)
        revised = replace(one, edit=Edit(number=number, added=(added,)))
        assert watch.file(revised).outcome == "revised"
        assert watch.file(revised).outcome == "repeated"
    assert (watch.alerts, watch.corrections) == (1, 1)  # the withdrawal corrects what was said of the edit


def test_the_story_that_it_leaves_is_told_without_it() -> None:
    desk = Desk()
    lead = desk.file(tagged(CALL, "1"))
    alone = desk.file(first(SOON))
    said = desk.file(later(SAME_CALL))
    assert said.outcome == "moved"
    assert said.filed is not None
    assert said.filed.filing.moved_from == story_of(alone)
    assert said.left is not None
    assert (said.left.story.id, said.left.story.articles, said.left.moved_to) == (story_of(alone), 0, story_of(lead))

    desk = Desk()
    one = desk.file(tagged(fiction.ELECTION, "9", by="herald"))
    desk.file(first(fiction.ELECTION, relation=Relation.EXACT, of="9", group="9"))
    desk.file(tagged(CALL, "1"))
    said = desk.file(later(SAME_CALL))
    assert said.left is not None
    assert (said.left.story.id, said.left.story.articles, said.left.moved_to) == (story_of(one), 1, None)
    assert said.left.article.id == "9"


def test_tracks_follow_a_placeholder_into_its_new_story() -> None:
    watch = Watch()
    watch.file(tagged(CALL, "1"))
    alone = watch.file(first(SOON))
    watch.tracks["s"] = Track(id="s", name="s", created_at=START, story=story_of(alone))
    watch.file(later(SAME_CALL))
    assert watch.alerts == 1
    third = tagged(fiction.CALLS[2], "3", by="herald", at=START + timedelta(hours=2))
    watch.file(third)
    assert watch.alerts == 2


def test_a_source_that_fired_before_a_move_fires_no_more() -> None:
    watch = Watch(words=fold("sarn"))
    watch.file(tagged(CALL, "1"))
    watch.file(first(SOON))
    assert watch.alerts == 2
    assert watch.file(later(SAME_CALL)).outcome == "moved"
    assert (watch.alerts, watch.corrections) == (2, 1)


def test_what_was_said_before_the_move_is_said_again_alike() -> None:
    desk = Desk()
    log = [
        tagged(CALL, "1"),
        first(SOON),
        tagged(fiction.ELECTION, "9", by="herald"),
        later(SAME_CALL),
        tagged(fiction.CALLS[2], "3", by="herald", at=START + timedelta(hours=2)),
    ]
    said = [desk.file(one) for one in log]
    desk.restart()
    again = [desk.file_at(one, offset) for offset, one in enumerate(log, 1)]
    assert [(one.filed, one.update, one.left) for one in again] == [(one.filed, one.update, one.left) for one in said]


def test_a_headline_that_recurs_is_another_event() -> None:
    desk = Desk()
    title = "Weather: what to expect this weekend"

    def bare(title: str, key: str, by: str, hours: float) -> str:
        at = START + timedelta(hours=hours)
        return story_of(desk.file(tagged((title, ""), key, by=by, at=at, kind=Kind.HEADLINE)))

    start = bare(title, "1", "gazette", 0)
    assert bare(title, "2", "courier", 3) == start
    assert bare(title, "3", "courier", 168) != start
    assert bare(f"{title}, 12 May", "4", "gazette", 336) != start
    column = bare("Your morning briefing from Tarn", "5", "gazette", 340)
    assert bare("Your morning briefing from Tarn", "6", "gazette", 364) != column

"""At-least-once delivery: replayed events, restarts at any point, and expired stories."""

import dataclasses
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

from hypothesis import Phase, given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.contract.messages import Relation, TaggedArticle, digest
from streams.stories.publish import FilingResult
from streams.stories.similarity.features import measure
from tests.fuzz.amount import inputs
from tests.stories import fiction
from tests.stories.fiction import Desk, story_of, tagged

TEXTS = (fiction.FIRE, fiction.FIRE_AGAIN, fiction.ELECTION, fiction.CALLS[1], fiction.CALLS[2], fiction.VISIT)
SECOND = timedelta(seconds=1)
NAMES = ("Odile Brandt", "Ines Karvonen", "Tomas Abreu")


def test_a_replayed_event_gets_the_same_answer_and_counts() -> None:
    desk = Desk()
    log = [
        tagged(fiction.FIRE, "1", names=["Odile Brandt"]),
        tagged(fiction.FIRE_AGAIN, "2", by="courier", names=["Odile Brandt", "Jonas Okafor"]),
        tagged(fiction.ELECTION, "1", relation=Relation.REVISION, of="1", edit=1, names=["Astrid Lindqvist"]),
        tagged(fiction.FIRE, "3", by="herald"),
    ]
    said = [desk.file(article) for article in log]
    desk.restart()
    again = [desk.file_at(article, offset) for offset, article in enumerate(log, 1)]
    assert [_public(one) for one in again] == [_public(one) for one in said]
    assert all(not answer.rows for answer in again)
    assert said[1].update is not None
    assert said[1].update.story.articles == 2


def test_a_repeated_revision_is_silent_and_a_reverted_one_is_not() -> None:
    desk = Desk()
    first = tagged(fiction.FIRE, "1")
    changed = tagged(fiction.FIRE_AGAIN, "1", relation=Relation.REVISION, of="1", edit=1)
    back = tagged(fiction.FIRE, "1", relation=Relation.REVISION, of="1", edit=2)
    outcomes = [desk.file(article) for article in (first, first, changed, first, changed, back)]
    assert [answer.outcome for answer in outcomes] == [
        "created", "repeated", "revised", "repeated", "repeated", "revised",
    ]  # fmt: skip
    assert (outcomes[1].filed, outcomes[1].update, dict(outcomes[1].rows)) == (None, None, {})


def test_revisions_that_swapped_while_tagged_end_in_the_latest() -> None:
    first = tagged(fiction.FIRE, "1")
    second = tagged(fiction.FIRE_AGAIN, "1", relation=Relation.REVISION, of="1", edit=1)
    third = tagged(fiction.ELECTION, "1", relation=Relation.REVISION, of="1", edit=2, at=fiction.START + SECOND)
    for log in ((second, first), (second, third, first), (first, third, second), (third, second, first)):
        desk = Desk()
        said = [desk.file(article) for article in log]
        latest = max(log, key=lambda one: one.edit.number if one.edit else 0)
        assert [one.filed.article for one in said if one.filed][-1] == latest.article
        assert said[-1].outcome == "repeated"


def test_a_revision_whose_number_began_anew_is_news() -> None:
    """Dedup forgets an article after some days, its story later."""
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "1"))
    for number in (1, 2):
        text = (f"{fiction.FIRE[0]}, {number}", fiction.FIRE[1])
        desk.file(tagged(text, "1", relation=Relation.REVISION, of="1", edit=number))
    forgotten = tagged(fiction.FIRE_AGAIN, "1", at=fiction.START + timedelta(days=5))
    changed = tagged(
        fiction.FIRE, "1", relation=Relation.REVISION, of="1", edit=1, at=fiction.START + timedelta(days=6)
    )
    assert [desk.file(one).outcome for one in (forgotten, forgotten, changed)] == ["revised", "repeated", "revised"]


def test_an_article_revised_often_keeps_a_small_row() -> None:
    desk = Desk()
    desk.file(tagged(fiction.CALLS[0], "1"))
    size = len(desk.rows["1"])
    for number in range(1, 60):
        text = (f"{fiction.CALLS[0][0]}, {number}", fiction.CALLS[0][1])
        assert desk.file(tagged(text, "1", relation=Relation.REVISION, of="1", edit=number)).outcome == "revised"
    assert len(desk.rows["1"]) < size + 4_000


def test_idle_stories_expire_row_by_row_and_may_come_again() -> None:
    desk = Desk()
    many = 450
    for n in range(many):
        desk.file(tagged(fiction.FIRE, f"a{n}", relation=Relation.EXACT, of="a0", group="a0"))
    late = fiction.START + timedelta(days=14, seconds=1)
    removed = desk.file(tagged(fiction.ELECTION, "b", at=late))
    assert 0 < list(removed.rows.values()).count(None) < many
    desk.restart()
    again = desk.file(tagged(fiction.FIRE, "a0", at=late))
    assert again.update is not None
    assert (again.outcome, again.update.story.articles) == ("created", 1)
    for n in range(4):
        desk.file(tagged(fiction.ELECTION, f"c{n}", at=late))
    assert set(desk.rows) == {"a0", "b", "c0", "c1", "c2", "c3"}


class Event(NamedTuple):
    """One message of a log, reduced to the choices that matter."""

    wait: int  # hours since the one before
    late: int  # hours between arrival and log
    key: str
    text: int
    by: str | None
    relation: Relation
    other: str
    edit: int
    names: frozenset[str]
    twice: bool

    def article(self, hour: int) -> TaggedArticle:
        revision = self.relation is Relation.REVISION
        of = self.key if revision else None if self.relation is Relation.ORIGINAL else self.other
        return tagged(
            TEXTS[self.text],
            self.key,
            by=self.by,
            at=fiction.START + timedelta(hours=hour - self.late),
            relation=self.relation,
            of=of,
            edit=self.edit if revision else None,
            names=sorted(self.names),
        )


KEYS = st.sampled_from("01234567")
EVENTS = st.builds(
    Event,
    wait=st.sampled_from((0, 0, 1, 30, 24 * 8, 24 * 15)),
    late=st.sampled_from((0, 0, 5, 24 * 20)),
    key=KEYS,
    text=st.integers(0, len(TEXTS) - 1),
    by=st.sampled_from(("gazette", "courier", "herald", None)),
    relation=st.sampled_from((*([Relation.ORIGINAL] * 4), *Relation)),
    other=KEYS,
    edit=st.integers(1, 3),
    names=st.frozensets(st.sampled_from(NAMES)),
    twice=st.sampled_from((False, False, False, True)),
)


def _log(events: list[Event]) -> list[tuple[TaggedArticle, int]]:
    """The messages, each with its hour in the log."""
    hour, log = 0, []
    for event in events:
        hour += event.wait
        log += [(event.article(hour), hour)] * (1 + event.twice)
    return log


@inputs(60, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(EVENTS, min_size=2, max_size=14), st.randoms(use_true_random=False))
def test_restarts_and_redelivery_change_nothing(events: list[Event], chance: Random) -> None:
    plain, broken = Desk(), Desk()
    said: list[FilingResult] = []
    log = _log(events)
    for offset, (article, hour) in enumerate(log):
        at = fiction.START + timedelta(hours=hour)
        said.append(plain.file_at(article, offset, at))
        # measured beside the tagging or only now: it is filed alike
        measured = replace(article, measured=measure(article.article))
        assert _public(broken.file_at(measured, offset, at)) == _public(said[-1])
        if chance.random() < 0.4:
            broken.restart()
            for past in range(max(0, offset - chance.randrange(4)), offset + 1):
                again, then = log[past]
                given_up = then + 24 * 14 < hour or any(None in one.rows.values() for one in said[past + 1 :])
                if then == hour or not (given_up or said[past].outcome == "repeated"):  # else its rows are gone
                    answer = broken.file_at(again, past, fiction.START + timedelta(hours=then))
                    if answer.left is None:  # the story that an article left may be given up as well
                        answer = dataclasses.replace(answer, left=said[past].left)
                    assert _public(answer) == _public(said[past])
    for n in range(3):  # rows of stories that are given up leave over a few calls
        for desk in (plain, broken):
            desk.file_at(tagged(fiction.ELECTION, f"end{n}", at=fiction.START), len(log) + n, at)
    assert broken.rows == plain.rows


def _public(answer: FilingResult) -> Any:
    return answer.filed, answer.update, answer.left, answer.outcome


def test_the_story_id_comes_from_its_first_article_alone() -> None:
    desk = Desk()
    first = desk.file(tagged(fiction.FIRE, "1"))
    desk.file(tagged(fiction.FIRE_AGAIN, "2"))
    desk.restart()
    third = desk.file(tagged(fiction.FIRE, "3"))
    assert story_of(first) == story_of(third) == digest("story", "1")
    assert third.update is not None
    assert third.update.id == digest("update", digest("story", "1"), "3", digest(*fiction.FIRE))

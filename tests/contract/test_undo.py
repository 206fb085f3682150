"""A state in which messages failed goes on as one that never saw them, whatever they had changed by then."""

import random
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import FrameType

import pytest

from streams.contract.messages import CleanArticle, Lane, Relation, TaggedArticle
from streams.contract.undo import Undo
from streams.copies import Copies
from streams.stories.state import Stories
from tests.copies import fiction as copies_fiction
from tests.stories import fiction as stories_fiction

SOON = ("Breaking news from the Sarn valley", "More soon.")  # a revision of it is judged anew
KEPT = 8  # messages, so that a short log is long enough to drop rows


class Odd(Exception):
    """What nobody expected."""


def fail(undo: Undo, *changes: Callable[[], object]) -> None:
    """An attempt that makes these changes and fails."""
    with undo.attempt():
        for change in changes:
            change()
        raise Odd


def test_what_is_taken_back_is_as_it_was() -> None:
    undo, numbers, lists = Undo(), {"a": 1, "b": 2}, {"c": [1]}

    def change() -> None:
        for key, value in (("a", 7), ("new", 8), ("a", 9)):
            undo.item(numbers, key)
            numbers[key] = value
        undo.item(numbers, "b")
        del numbers["b"]
        undo.item(lists, "c", list)
        lists["c"].append(2)

    with pytest.raises(Odd):
        fail(undo, change)
    assert (numbers, lists) == ({"a": 1, "b": 2}, {"c": [1]})


def test_what_cannot_be_taken_back_is_said() -> None:
    undo = Undo()
    with pytest.raises(Odd):
        fail(undo, partial(undo.note, list[int]().pop))
    assert undo.failed


def test_what_went_well_stays_and_later_errors_leave_it() -> None:
    undo, numbers = Undo(), {"a": 1}
    with undo.attempt():
        undo.item(numbers, "a")
        numbers["a"] = 2
    undo.item(numbers, "a")
    numbers["a"] = 3
    with pytest.raises(Odd):
        fail(undo)
    assert numbers == {"a": 3}


# --- copies -------------------------------------------------------------------------------------------------------


def arrivals(seed: int, count: int) -> list[CleanArticle]:
    """Originals, copies, revisions and repeats, some of them a day later."""
    chance, hours, log = random.Random(seed), 0.0, []
    for _ in range(count):
        hours += chance.choice((0, 0.1, 1, 30))
        body = copies_fiction.prose(chance.randrange(6)) + "\n\n" + copies_fiction.prose(chance.randrange(1000), 15)
        log.append(
            copies_fiction.article(
                f"a{chance.randrange(12)}",
                body,
                title=f"Title {chance.randrange(20)}",
                hours=hours,
                by=copies_fiction.publisher(chance.choice("ABC")),
                lane=chance.choice((Lane.LIVE, Lane.LIVE, Lane.BACKFILL)),
            )
        )
    return log


@pytest.mark.parametrize("seed", range(6))
def test_failed_messages_leave_nothing_among_the_copies(seed: int) -> None:
    copies, undisturbed = Copies(retained=KEPT), Copies(retained=KEPT)
    chance, odd = random.Random(seed), arrivals(seed + 100, 120)
    for offset, article in enumerate(arrivals(seed, 120)):
        judged, forgotten = partial(copies.judge, odd[offset], offset), partial(copies.forget, article.id)
        with pytest.raises(Odd):
            fail(copies.undo, forgotten if chance.random() < 0.2 else judged)
        assert copies.judge(article, offset) == undisturbed.judge(article, offset)


# --- stories ------------------------------------------------------------------------------------------------------


def tagged(seed: int, count: int) -> list[TaggedArticle]:
    """Articles of some events, revisions and copies, with pauses in which stories are given up."""
    chance, at, log = random.Random(seed), stories_fiction.START, []
    texts = (stories_fiction.FIRE, stories_fiction.FIRE_AGAIN, stories_fiction.ELECTION, stories_fiction.VISIT, SOON)
    for number in range(count):
        at += timedelta(hours=chance.choice((0, 1, 5, 60)))
        of = f"a{chance.randrange(15)}"
        log.append(
            stories_fiction.tagged(
                chance.choice(texts),
                f"a{chance.randrange(15)}",
                by=chance.choice(("gazette", "courier", "herald")),
                at=at,
                relation=(relation := chance.choice((Relation.ORIGINAL, Relation.ORIGINAL, Relation.NEAR))),
                of=of if relation is Relation.NEAR else None,
                edit=number if chance.random() < 0.3 else None,
                language=chance.choice(("en", "en", "de")),
                names=chance.sample(("Odile Brandt", "Ines Karvonen", "Tomas Abreu"), 2),
            )
        )
    return log


@pytest.mark.parametrize("seed", range(6))
def test_failed_messages_leave_nothing_in_the_stories(seed: int) -> None:
    window = timedelta(days=3)
    stories, undisturbed = Stories(window=window), Stories(window=window)
    chance, odd = random.Random(seed), tagged(seed + 100, 120)
    for offset, article in enumerate(tagged(seed, 120)):
        at = article.article.fetched_at
        filed = partial(stories.file, odd[offset], offset, at + timedelta(days=chance.choice((0, 0, 5))))
        forgotten = partial(stories.forget, article.article.id, offset, at)
        with pytest.raises(Odd):
            fail(stories.undo, forgotten if chance.random() < 0.2 else filed)
        assert stories.file(article, offset, at) == undisturbed.file(article, offset, at)


@pytest.mark.parametrize("seed", range(6))
def test_a_failure_anywhere_leaves_nothing_in_the_stories(seed: int) -> None:
    """Wherever in the code it fails, and whatever the message is; the same as the state that its rows make."""
    chance, desk, odd = random.Random(seed), stories_fiction.Desk(timedelta(days=30)), tagged(seed + 100, 60)
    for number, article in enumerate(tagged(seed, 60)):
        at, undo = article.article.fetched_at, desk.stories.undo
        for one in (article, odd[number]):
            forgotten = partial(desk.stories.forget, one.article.id, number + 1, at)
            filed = partial(desk.stories.file, one, number + 1, at + timedelta(days=chance.choice((0, 0, 50))))
            with pytest.raises(Odd):
                fail(undo, partial(failing, chance.randrange(1, 150), forgotten if chance.random() < 0.2 else filed))
            assert not undo.failed
        said = desk.stories
        desk.restart()
        built = desk.stories.file(article, number + 1, at)
        desk.stories = said
        assert desk.file(article) == built


def failing(call: int, change: Callable[[], object]) -> None:
    """Make a change that fails in this call of a function of the package, if it comes so far."""
    left, before = call, sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> None:
        nonlocal left
        left -= event == "call" and "/streams/stories/" in frame.f_code.co_filename
        if left == 0:
            raise Odd

    sys.settrace(trace)
    try:
        change()
    finally:
        sys.settrace(before)

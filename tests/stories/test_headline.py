"""A story's title is the headline of its most central report, and changes for a reason only."""

from datetime import timedelta

import pytest

from streams.contract.messages import Kind, Relation, StoryUpdate
from tests.stories.fiction import CALLS, START, Desk, tagged

ODD = ("Diplomats busy again", CALLS[0][1])


def update_of(desk: Desk, text: tuple[str, str], key: str, by: str, hours: int, **given: object) -> StoryUpdate:
    result = desk.file(tagged(text, key, by=by, at=START + timedelta(hours=hours), **given))  # type: ignore[arg-type]
    assert result.update is not None
    return result.update


def title(desk: Desk, text: tuple[str, str], key: str, by: str, hours: int, **given: object) -> str:
    return update_of(desk, text, key, by, hours, **given).story.title


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_most_central_headline_takes_the_place_of_an_odd_one(desk: Desk) -> None:
    assert title(desk, ODD, "a", "gazette", 0) == ODD[0]
    assert title(desk, CALLS[1], "b", "echo", 1) == ODD[0], "not before the third article"
    assert title(desk, CALLS[2], "c", "post", 2) in {CALLS[1][0], CALLS[2][0]}


def test_a_headline_that_is_as_central_stays(desk: Desk) -> None:
    for place, text in enumerate(CALLS):
        assert title(desk, text, str(place), f"outlet{place}", place) == CALLS[0][0]


def test_bare_headlines_choose_none(desk: Desk) -> None:
    told = [title(desk, (CALLS[0][0], ""), str(n), f"outlet{n}", n, kind=Kind.HEADLINE) for n in range(7)]
    assert set(told) == {CALLS[0][0]}


def test_a_copy_gives_no_title(desk: Desk) -> None:
    copied = {"relation": Relation.NEAR, "of": "a"}
    for place, key in enumerate("abcdef"):
        told = title(desk, ODD if key == "a" else CALLS[1], key, key * 4, place, **({} if key == "a" else copied))
    assert told == ODD[0]


def test_a_restart_and_a_replay_give_the_same_title(desk: Desk) -> None:
    texts = [ODD, CALLS[1], CALLS[2]]
    first = [update_of(desk, text, str(n), f"outlet{n}", n) for n, text in enumerate(texts)]
    desk.restart()
    again = [
        desk.file_at(tagged(text, str(n), by=f"outlet{n}", at=START + timedelta(hours=n)), n + 1).update
        for n, text in enumerate(texts)
    ]
    assert again == first
    assert title(desk, CALLS[0], "d", "mail", 4) == first[-1].story.title


def test_the_title_follows_edits_of_its_article(desk: Desk) -> None:
    chosen = [
        title(desk, text, key, key * 4, n) for n, (key, text) in enumerate(zip("abc", [ODD, *CALLS[1:]], strict=True))
    ]
    key, text = ("b", CALLS[1]) if chosen[-1] == CALLS[1][0] else ("c", CALLS[2])
    assert title(desk, (f"UPDATE: {text[0]}", text[1]), key, key * 4, 3, edit=1) == f"UPDATE: {text[0]}"


def test_an_edit_of_another_article_changes_no_title(desk: Desk) -> None:
    for n, (key, text) in enumerate(zip("abc", CALLS, strict=True)):
        title(desk, text, key, key * 4, n)
    assert title(desk, (f"UPDATE: {CALLS[2][0]}", CALLS[2][1]), "c", "cccc", 3, edit=1) == CALLS[0][0]

"""What a page shows of revisions: both texts can be read from it, it stays short, and it says what it leaves out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.console.text_diff import Part, ShownRevision, replaced, shown_revision, shown_revisions, word_changes
from connectors.elastic.diff import hunks
from connectors.views.articles import Hunk, Revision
from tests.fuzz.amount import inputs

NOON = datetime(2031, 5, 14, 12, tzinfo=UTC)


def revision(before: list[str], after: list[str], number: int = 1, **changed: object) -> Revision:
    found = tuple(Hunk(after=one.unchanged, removed=one.removed, added=one.added) for one in hunks(before, after))
    fields = {"number": number, "at": NOON + timedelta(hours=number), "title_before": None, "left_out": 0}
    return Revision(**{**fields, "hunks": found, **changed})  # type: ignore[arg-type]


def texts(shown: ShownRevision) -> list[str]:
    """The paragraphs, with what was removed in [brackets] and what was added in {braces}."""
    return [written(one.parts) for one in shown.paragraphs]


def written(parts: tuple[Part, ...]) -> str:
    forms = {"same": "%s", "removed": "[%s]", "added": "{%s}"}
    return "".join(forms[kind] % text for kind, text in parts)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("The wall is closed.", "The wall is open.", "The wall is [closed]{open}."),
        ("The wall is closed.", "The old wall is closed.", "The {old }wall is closed."),
        (
            "Ferry with 241 aboard aground",
            "Ferry with 238 aboard freed",
            "Ferry with [241]{238} aboard [aground]{freed}",
        ),
        ("A B", "Nothing in common", "[A B]{Nothing in common}"),
        ("", "A title", "{A title}"),
        ("港の壁が月曜に崩れた。", "港の壁が火曜に崩れた。", "港の壁が[月]{火}曜に崩れた。"),
        ("भारत की सरकार ने कहा", "भारत की नई सरकार ने कहा", "भारत की {नई }सरकार ने कहा"),
        ("أغلق الجسر يوم الاثنين", "أغلق الجسر يوم الثلاثاء", "أغلق الجسر يوم [الاثنين]{الثلاثاء}"),
    ],
)
def test_a_change_is_shown_word_by_word(before: str, after: str, shown: str) -> None:
    assert written(replaced(before, after)) == shown


def test_single_words_do_not_tear_long_changes_apart() -> None:
    before = "The council of the town met on Monday and talked for hours about the collapsed wall of the harbour."
    after = before.replace("met on Monday and talked for hours", "will not meet before Friday and says nothing")
    assert written(replaced(before, after)).count("[") <= 2


@inputs(300)
@given(st.text(max_size=300), st.text(max_size=300))
def test_both_texts_can_be_read_from_a_change(before: str, after: str) -> None:
    parts = replaced(before, after)
    assert "".join(text for kind, text in parts if kind != "added") == before
    assert "".join(text for kind, text in parts if kind != "removed") == after


@inputs(100)
@given(st.lists(st.sampled_from(["one two", "one two three", "four", "five six"]), max_size=9).map(tuple), st.data())
def test_every_paragraph_of_a_change_is_shown(before: tuple[str, ...], data: st.DataObject) -> None:
    after = data.draw(st.permutations([*before, "one two three four"]))
    found = revision(list(before), after)
    shown = shown_revision(found, "", 10_000)
    assert shown.left_out == 0
    told = [
        "".join(text for kind, text in one.parts if kind != out)
        for out in ("added", "removed")
        for one in shown.paragraphs
    ]
    assert [one for one in told if one] == [
        *(text for hunk in found.hunks for text in hunk.removed),
        *(text for hunk in found.hunks for text in hunk.added),
    ]


def test_a_new_paragraph_before_a_changed_one_is_shown_first() -> None:
    found = revision(["Same.", "The wall is closed."], ["Same.", "Nobody was hurt.", "The wall is open."])
    shown = shown_revision(found, "", 1_000)
    assert texts(shown) == ["{Nobody was hurt.}", "The wall is [closed]{open}."]
    assert [one.unchanged for one in shown.paragraphs] == [1, 0]
    assert (shown.removed, shown.added) == (1, 2)


def test_the_middle_of_a_long_unchanged_text_is_left_out() -> None:
    filler = " ".join(f"word{number}" for number in range(400))
    [text] = texts(shown_revision(revision([f"{filler} closed"], [f"{filler} open"]), "", 10_000))
    assert text.startswith(" … ")
    assert text.endswith("word399 [closed]{open}")
    assert len(text) < 150


def test_a_long_change_is_cut_and_says_how_much_is_left_out() -> None:
    found = revision([], [f"{number} " + "x" * 90 for number in range(100)], left_out=5)
    shown = shown_revision(found, "", 1_000)
    assert 0 < len(shown.paragraphs) < 12
    assert len(shown.paragraphs) + shown.left_out == 105


def test_revisions_share_the_room_and_the_latest_comes_first() -> None:
    found = [revision([], [f"{number} " + "x" * 400], number, title_before=f"Title {number}") for number in range(1, 6)]
    shown = shown_revisions(found, "Title 6", 900)
    assert [one.number for one in shown] == [5, 4, 3, 2, 1]
    assert written(shown[0].title) == "Title [5]{6}"
    assert written(shown[4].title) == "Title [1]{2}"
    assert [len(one.paragraphs) for one in shown] == [1, 1, 1, 0, 0]
    assert [one.left_out for one in shown] == [0, 0, 0, 1, 1]


def test_texts_made_to_be_slow_are_compared_all_the_same() -> None:
    before, after = "a b " * 12_000, "b b a a " * 6_000
    assert word_changes(before, after) is None

"""A patience diff: its hunks turn one text into the other, whatever the two are."""

import string
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from connectors.elastic.diff import Hunk, hunks
from tests.fuzz.amount import inputs

ITEMS = st.lists(st.sampled_from("abcdefgh"), max_size=40)


def applied(before: Sequence[str], found: Sequence[Hunk]) -> list[str]:
    """``before`` after these changes. Fails if a hunk removes what is not there."""
    after: list[str] = []
    at = 0
    for hunk in found:
        after += before[at : at + hunk.unchanged]
        at += hunk.unchanged
        assert tuple(before[at : at + len(hunk.removed)]) == hunk.removed
        after += hunk.added
        at += len(hunk.removed)
    return [*after, *before[at:]]


@inputs(300)
@given(ITEMS, ITEMS)
def test_hunks_turn_one_text_into_the_other(before: list[str], after: list[str]) -> None:
    found = list(hunks(before, after))
    assert applied(before, found) == after
    assert all(hunk.removed or hunk.added for hunk in found)
    assert all(hunk.unchanged for hunk in found[1:]), "two hunks in a row are one"


@inputs(100)
@given(ITEMS)
def test_equal_texts_have_no_hunk(items: list[str]) -> None:
    assert list(hunks(items, items)) == []


def test_one_hunk_a_change_with_what_stands_between() -> None:
    before = list(string.ascii_lowercase)
    after = [one for one in before if one != "c"]
    after[after.index("m")] = "M"
    after.append("!")
    assert list(hunks(before, after)) == [
        Hunk(2, ("c",), ()),
        Hunk(9, ("m",), ("M",)),
        Hunk(13, (), ("!",)),
    ]


def test_a_moved_item_is_removed_and_added() -> None:
    assert applied("abcd", found := list(hunks("abcd", "bcda"))) == list("bcda")
    assert sum(len(one.removed) + len(one.added) for one in found) == 2

"""A changed article at a known address: its edit and its verdict."""

from datetime import timedelta

from streams.contract.messages import Relation, UniqueArticle
from streams.copies import Copies
from tests.copies.fiction import FERRY, REWRITTEN, START, article, prose, publisher

GAZETTE = publisher("Harbour Gazette")
LANTERN = publisher("Daily Lantern")


def told(copies: Copies, offset: int, *args: str, title: str | None = None, lantern: bool = False) -> UniqueArticle:
    each = article(*args, title=title, by=LANTERN if lantern else GAZETTE, hours=offset)
    unique = copies.judge(each, offset).unique
    assert unique is not None
    return unique


def test_a_revision_lists_new_and_counts_removed_paragraphs() -> None:
    copies = Copies()
    told(copies, 0, "a", FERRY, title="Ferry aground")
    paragraphs = FERRY.split("\n\n")
    changed = [
        paragraphs[0],
        "Two new tugs are on their way.",
        paragraphs[2],
        "The tide is late.",
        paragraphs[3].upper(),
    ]
    revised = told(copies, 3, "a", "\n\n".join(changed), title="Ferry still aground")
    assert revised.edit is not None
    assert revised.edit.number == 1
    assert revised.edit.title_before == "Ferry aground"
    assert revised.edit.added == ("Two new tugs are on their way.", "The tide is late.")
    assert revised.edit.removed == 2
    assert revised.copy.relation is Relation.REVISION
    assert revised.first_seen == START
    assert "2 paragraphs new, 2 gone, title was “Ferry aground”" in revised.copy.reason


def test_a_moved_paragraph_is_no_change_and_a_repeated_one_is() -> None:
    copies = Copies()
    told(copies, 0, "a", "First here.\n\nSecond here.")
    moved = told(copies, 1, "a", "Second here.\n\nFirst here.\n\nFirst here.")
    assert moved.edit is not None
    assert (moved.edit.added, moved.edit.removed) == (("First here.",), 0)


def test_revisions_are_numbered() -> None:
    copies = Copies()
    told(copies, 0, "a", FERRY)
    numbers = [told(copies, n, "a", f"{FERRY}\n\nUpdate {n}.").edit for n in range(1, 4)]
    assert [edit and edit.number for edit in numbers] == [1, 2, 3]


def test_an_older_revision_that_comes_late_changes_nothing() -> None:
    copies = Copies()
    told(copies, 0, "a", FERRY)
    told(copies, 1, "a", f"{FERRY}\n\nA second tug has come.")
    late = copies.judge(article("a", FERRY, by=GAZETTE, hours=0), 2)
    assert (late.unique, late.rows, late.outcome) == (None, {}, "repeated")
    back = told(copies, 3, "a", FERRY)  # fetched again: the page was changed back
    assert back.edit is not None
    assert back.edit.number == 2


def test_a_revision_is_no_copy_of_itself_or_of_its_copies() -> None:
    copies = Copies()
    told(copies, 0, "a", FERRY)
    told(copies, 1, "b", FERRY, lantern=True)
    revised = told(copies, 2, "a", FERRY + "\n\nMore soon.")
    assert (revised.copy.group, revised.copy.of) == (revised.article.id, None)


def test_a_revised_copy_is_not_a_copy_of_its_own_copies() -> None:
    copies = Copies()
    wire = told(copies, 0, "wire", FERRY)
    told(copies, 1, "x", f"{FERRY}\n\n{prose(1, 30)}", lantern=True)
    told(copies, 2, "y", f"{FERRY}\n\n{prose(1, 30)}\n\n{prose(2, 30)}")
    revised = told(copies, 3, "x", f"{FERRY}\n\n{prose(1, 30)}\n\n{prose(2, 30)}", lantern=True)
    assert (revised.copy.group, revised.copy.of) == (wire.article.id, wire.article.id)


def test_an_original_with_copies_keeps_its_group() -> None:
    copies = Copies()
    told(copies, 0, "wire", FERRY)
    told(copies, 1, "a", prose(1), lantern=True)
    told(copies, 2, "b", prose(1))
    revised = told(copies, 3, "a", FERRY, lantern=True)
    assert (revised.copy.group, revised.copy.of) == (revised.article.id, None)


def test_a_stub_that_is_filled_with_a_wire_becomes_its_copy() -> None:
    copies = Copies()
    wire = told(copies, 0, "wire", FERRY)
    told(copies, 1, "stub", "A ferry has run aground. More soon.", lantern=True)
    filled = told(copies, 2, "stub", FERRY, lantern=True)
    assert filled.copy.relation is Relation.REVISION
    assert (filled.copy.group, filled.copy.of) == (wire.article.id, wire.article.id)
    assert filled.copy.of_publisher == "Harbour Gazette"


def test_a_wire_copy_that_is_rewritten_becomes_a_text_of_its_own() -> None:
    copies = Copies()
    wire = told(copies, 0, "wire", FERRY)
    assert told(copies, 1, "b", REWRITTEN, lantern=True).copy.group == wire.article.id
    rewritten = told(copies, 2, "b", prose("own"), lantern=True)
    assert (rewritten.copy.group, rewritten.copy.of) == (rewritten.article.id, None)


def test_a_copy_stays_one_when_what_it_copied_has_grown_too_old() -> None:
    copies = Copies(window=timedelta(hours=6), retained=1)
    wire = told(copies, 0, "wire", FERRY)
    told(copies, 1, "b", FERRY, lantern=True)
    for offset in range(2, 8):
        told(copies, offset, f"other {offset}", prose(offset))
    late = told(copies, 8, "b", FERRY + "\n\nMore soon.", lantern=True)
    assert (late.copy.group, late.copy.of) == (wire.article.id, wire.article.id)


def test_later_articles_are_compared_with_the_newest_revision() -> None:
    copies = Copies()
    told(copies, 0, "a", FERRY)
    told(copies, 1, "a", prose("new"))
    assert told(copies, 2, "b", FERRY, lantern=True).copy.relation is Relation.ORIGINAL
    assert told(copies, 3, "c", prose("new"), lantern=True).copy.relation is Relation.EXACT


def test_a_revision_says_what_its_text_is_by_itself() -> None:
    copies = Copies()
    told(copies, 0, "wire", FERRY)
    assert told(copies, 1, "b", prose(1), lantern=True).copy.text_relation is None
    copied = told(copies, 2, "b", FERRY, lantern=True).copy
    assert (copied.relation, copied.text_relation, copied.of_text) == (
        Relation.REVISION,
        Relation.EXACT,
        Relation.EXACT,
    )
    assert told(copies, 3, "b", f"{FERRY}\n\nMore soon.", lantern=True).copy.of_text is Relation.NEAR
    assert told(copies, 4, "b", prose(2), lantern=True).copy.of_text is Relation.ORIGINAL


def test_a_shared_headline_becomes_a_copy_when_a_wire_fills_it() -> None:
    copies = Copies()
    title = "Ferry runs aground outside the harbour of Osterby at dawn"
    wire = told(copies, 0, "wire", FERRY)
    told(copies, 1, "a", "", title=title, lantern=True)
    told(copies, 2, "b", "", title=title)
    filled = told(copies, 3, "a", FERRY, title=title, lantern=True)
    assert (filled.copy.of, filled.copy.of_text) == (wire.article.id, Relation.EXACT)

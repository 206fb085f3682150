"""Reprocessed articles are judged as at their first arrival, and never make an edit or a new row."""

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, CopyVerdict, Coverage, Filing, Relation, Stored, UniqueArticle
from streams.copies import Copies
from tests.copies.fiction import FERRY, START, Table, article, prose


def again(unique: UniqueArticle, now: CleanArticle | None = None) -> CleanArticle:
    """The article of a verdict, as it runs again; ``now`` is how new code cleans it."""
    one = unique.article
    stored = Stored(
        run="r",
        id=one.id,
        language=one.language,
        revision=one.revision,
        first_seen=unique.first_seen,
        copy=unique.copy,
        filing=Filing(story="s", decision="created", score=1.0, threshold=0.5, reasons=()),
        coverage=Coverage(source=None, new=False, new_publisher=False, reason=""),
        edit=unique.edit,
    )
    return replace(now or one, stored=stored)


def test_it_gets_the_verdict_that_it_had_whatever_came_after_it() -> None:
    copies = Copies()
    first = told(copies, article("a", FERRY), 0)
    copy = told(copies, article("b", FERRY, hours=1), 1)
    assert told(copies, again(first), 2).copy == first.copy
    assert told(copies, again(copy), 3).copy == copy.copy
    assert copy.copy.relation is Relation.EXACT


def test_a_recleaned_text_gets_a_new_verdict_and_no_edit() -> None:
    copies = Copies()
    wire = told(copies, article("wire", FERRY), 0)
    noise = told(copies, article("a", prose(1), hours=1), 1)
    assert noise.copy.relation is Relation.ORIGINAL
    better = article("a", FERRY, hours=1)
    judged = told(copies, again(noise, better), 2)
    assert (judged.copy.relation, judged.copy.of, judged.edit) == (Relation.EXACT, wire.article.id, None)
    assert judged.first_seen == noise.first_seen
    assert copies.judge(better, 3).outcome == "repeated"  # what the new code finds from now on is known


def test_a_recleaned_revision_keeps_its_edit() -> None:
    copies = Copies()
    told(copies, article("a", FERRY), 0)
    revised = told(copies, article("a", f"Menu of the page\n\n{FERRY}\n\nA tug has come.", hours=1), 1)
    assert revised.edit is not None
    better = article("a", f"{FERRY}\n\nA tug has come.", hours=1)
    judged = told(copies, again(revised, better), 2)
    assert judged.edit is not None
    assert (judged.edit.number, judged.edit.added) == (1, ("A tug has come.",))
    assert judged.copy == revised.copy


def test_a_change_that_came_meanwhile_wins() -> None:
    copies = Copies()
    old = told(copies, article("a", FERRY), 0)
    told(copies, article("a", f"{FERRY}\n\nMore.", hours=1), 1)
    judged = copies.judge(again(old), 2)
    assert (judged.unique, judged.rows, judged.outcome) == (None, {}, "outdated")


def test_a_reprocessed_article_without_a_row_keeps_its_verdict() -> None:
    judged = Copies().judge(again(UniqueArticle(article=article("a"), copy=OLD, first_seen=START)), 7)
    assert judged.unique is not None
    assert (judged.unique.copy, judged.unique.first_seen, judged.rows) == (OLD, START, {})


def test_read_again_it_is_answered_alike_also_after_a_restart() -> None:
    table, copies = Table(), Copies()
    first = copies.judge(article("a", FERRY), 0)
    table.write(first)
    assert first.unique is not None
    one = again(first.unique, article("a", f"{FERRY}\n\nFound by new code."))
    judged = copies.judge(one, 1)
    table.write(judged)
    assert table.restored().judge(one, 1).unique == judged.unique


OLD = CopyVerdict(relation=Relation.NEAR, group="g", of="o", similarity=0.9, reason="nearly the same text")


def told(copies: Copies, one: CleanArticle, offset: int) -> UniqueArticle:
    unique = copies.judge(one, offset).unique
    assert unique is not None
    return unique


def test_a_forgotten_article_is_in_no_reason_and_matches_nothing() -> None:
    copies = Copies()
    told(copies, article("a", FERRY), 0)
    copy = told(copies, article("b", FERRY, hours=1), 1)
    assert "What happened at a" in copy.copy.reason
    rows = copies.forget(article("a").id)
    assert rows[article("a").id] is None
    changed = rows[copy.article.id]
    assert changed is not None
    assert "What happened at a" not in changed.copy.reason
    assert told(copies, article("c", FERRY, hours=2), 2).copy.of == copy.article.id
    assert copies.forget(article("a").id) == {}


def test_a_forgotten_copy_takes_nobody_elses_headline_along() -> None:
    copies = Copies()
    first = article("a", FERRY)
    told(copies, first, 0)
    told(copies, replace(article("b", FERRY, hours=1), title=first.title), 1)
    third = told(copies, article("c", FERRY, hours=2), 2)
    assert third.copy.of == first.id
    assert first.title in third.copy.reason
    assert copies.forget(article("b").id) == {article("b").id: None}

"""Documents are written as earlier versions wrote them, and articles stored by those become messages again.

`documents.json` holds the documents of `CASES`. A new field may change it: `python -m
tests.connectors.elastic.test_stored_documents` writes it anew, and its diff shows what else changed.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from connectors.elastic.read.to_messages import tagged
from connectors.elastic.records import ArticleRecord, HunkFields, RevisionFields
from connectors.elastic.write.documents import alert_document, article_document, notice_document, story_document
from connectors.elastic.write.letters import from_letter, from_resolution, merged
from streams.contract import messages as m
from tests.connectors.elastic import samples

FILE = Path(__file__).with_name("documents.json")
NOTHING: dict[str, Any] = {
    **dict.fromkeys(("body", "body_source", "lane_reason", "origin"), ""),
    **dict.fromkeys(("url", "fetched_url", "summary", "section", "image", "published", "modified", "received_at")),
    **dict.fromkeys(("authors", "tags", "credits", "links", "entities", "quotes", "numbers"), ()),
}
PLAIN = samples.filed(
    "article-one",
    kind=m.Kind.HEADLINE,
    body_confidence=0.0,
    words=0,
    publisher=m.Publisher(id="plain", name="Plain"),
    copy=m.CopyVerdict(relation=m.Relation.ORIGINAL, group="article-one"),
    coverage=m.Coverage(source=None, new=False, new_publisher=False, reason=""),
    filing=m.Filing(story="story-one", decision="created", score=0.0, threshold=0.5, reasons=()),
    edit=m.Edit(number=1),
    brought=None,
    **NOTHING,
)
DAY = m.Timestamp(value=samples.NOON, precision="day", source="url")
STORED = m.Stored(
    run="run",
    id="article-one",
    language="en",
    revision="revision-one",
    first_seen=samples.NOON,
    copy=PLAIN.copy,
    filing=PLAIN.filing,
    coverage=PLAIN.coverage,
)
ANSWERED = m.Answer(at=samples.NOON)
CASES = {
    "article": article_document(samples.filed(), samples.AT).source,
    "article: plain": article_document(PLAIN).source,
    "article: no publisher": article_document(replace(PLAIN, article=replace(PLAIN.article, publisher=None))).source,
    "article: revised": article_document(
        PLAIN,
        revisions=(
            RevisionFields(number=1, fetched_at=samples.NOON, title_before="Bridge closed"),
            RevisionFields(
                number=2,
                fetched_at=samples.NOON,
                hunks=(HunkFields(after=1, removed=("It is closed.",)), HunkFields(after=0, added=("It is open.",))),
                left_out=1,
            ),
        ),
    ).source,
    "article: dated by day, runs again": article_document(
        samples.filed(published=DAY, modified=DAY, fetched_url=None, stored=STORED, edit=None), samples.AT
    ).source,
    "story": story_document(samples.update(), samples.AT).source,
    "story: plain": story_document(
        replace(
            samples.update(source_count=7, sources=(), publishers=(), entities=()),
            article=replace(samples.reference(), url=None, publisher=None, published=None, relation=m.Relation.UPDATE),
            filing=PLAIN.filing,
            coverage=PLAIN.coverage,
            moved_to=None,
        )
    ).source,
    "alert": alert_document(samples.alert(), samples.AT).source,
    "alert: pending": alert_document(samples.alert(url=None, delivery=m.Delivery(status="pending"))).source,
    "alert: delivered": alert_document(
        samples.alert(delivery=m.Delivery(status="delivered", attempts=1, at=samples.NOON, answers=(ANSWERED,)))
    ).source,
    "notice": notice_document(samples.notice()).source,
    "letter": merged(from_letter(samples.letter(attempt=1)), from_resolution(samples.resolution(), samples.AT)),
    "letter: plain": from_letter(
        samples.letter(source="", origin="", key="", partition="?", offset="9" * 19, stage="s" * 501)
    ),
    "letter: resolution alone": from_resolution(samples.resolution("sent", by="", reason="", attempt=2), samples.AT),
}


def content(record: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(record))


@pytest.mark.parametrize("case", CASES)
def test_documents_are_those_of_earlier_versions(case: str) -> None:
    assert content(CASES[case]) == msgspec.json.decode(FILE.read_bytes())[case]


@pytest.mark.parametrize(
    ("case", "filed"),
    [("article", samples.filed()), ("article: plain", PLAIN), ("article: revised", PLAIN)],
)
def test_a_stored_article_becomes_the_messages_it_was_made_from(case: str, filed: m.FiledArticle) -> None:
    found = msgspec.convert(msgspec.json.decode(FILE.read_bytes())[case], ArticleRecord)
    again = tagged(found, "run")
    assert again.article.stored is not None
    assert again.article.stored.filing == filed.filing
    assert again.article.stored.coverage == filed.coverage
    assert again.article.stored.brought == filed.brought
    assert replace(again.article, stored=None) == filed.article
    for name in ("copy", "first_seen", "edit", "entities", "quotes", "numbers"):
        assert getattr(again, name) == getattr(filed, name)


if __name__ == "__main__":
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode({case: content(one) for case, one in CASES.items()})))

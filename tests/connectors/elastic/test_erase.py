"""An article is taken out by what it is and not by its headline; what went by mistake comes back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.admin.erase import Eraser, headlines
from connectors.elastic.write.documents import alert_document, article_document, story_document
from connectors.elastic.write.writer import WriteResult
from streams.contract import messages as m
from streams.runtime.settings import Settings
from streams.stories.reasons import REMOVED
from tests.connectors.elastic import samples
from tests.connectors.elastic.samples import NOON, TITLE

OWN = "Bridge shut: what commuters can do"
COPY = m.CopyVerdict(relation=m.Relation.ORIGINAL, group="first")


def filing(nearest: str | None) -> m.Filing:
    return replace(samples.FILING, nearest=nearest, reasons=(f'has the words of "{TITLE}": bridge, crack',))


def copy_of(of: str) -> m.CopyVerdict:
    told = f"the same text, word for word, as “{TITLE}” (The Gazette), first seen 12:00 UTC on 2031-05-14"
    return m.CopyVerdict(relation=m.Relation.EXACT, group="first", of=of, reason=told)


@pytest.fixture
def desk(client: Elasticsearch, settings: Settings, written: Callable[..., list[WriteResult]]) -> "Desk":
    """A story of four: the first and a wire copy of its text have one headline, the others quote one of the two."""
    documents = [
        samples.filed("first", copy=COPY, filing=replace(samples.FILING, nearest=None, reasons=("a story begins",))),
        samples.filed("wire", copy=copy_of("first"), filing=filing("first"), first_seen=NOON + timedelta(minutes=1)),
        samples.filed(
            "of-first", title=OWN, copy=copy_of("first"), filing=filing("first"), first_seen=NOON + timedelta(minutes=2)
        ),
        samples.filed(
            "of-wire", title=OWN, copy=copy_of("wire"), filing=filing("wire"), first_seen=NOON + timedelta(minutes=3)
        ),
    ]
    about = replace(samples.reference(), id="of-first")
    written(
        *map(article_document, documents),
        story_document(samples.update()),
        alert_document(samples.alert("alert", filing=filing("first"), article=about)),
    )
    return Desk(client, settings.index_prefix)


class Desk:
    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self.client, self.prefix = client, prefix
        self.eraser = Eraser(client, prefix)

    def forget(self, id_: str) -> int:
        return self.eraser.erase(id_, self.eraser.quotations(id_, (TITLE,), "story-one"))

    def take_everywhere(self, title: str) -> None:
        query: dict[str, Any] = {"match_all": {}}
        for hit in self.client.search(index=f"{self.prefix}*", query=query, size=100, version=True)["hits"]["hits"]:
            source = hit["_source"]
            source["story"] = json.loads(json.dumps(source["story"]).replace(f'\\"{title}\\"', REMOVED))
            if source["story"].get("title") == title:
                source["story"]["title"] = REMOVED
            if "reason" in source["article"]["copy"]:
                source["article"]["copy"]["reason"] = source["article"]["copy"]["reason"].replace(f"“{title}”", REMOVED)
            where = {"index": hit["_index"], "id": hit["_id"], "version": hit["_version"]}
            self.client.index(document=source, version_type="external_gte", **where)

    def quotes(self) -> dict[str, str]:
        """Article -> its reasons, as text; "alert" and "story" -> the title of the story."""
        self.client.indices.refresh(index=f"{self.prefix}*")
        found = self.client.search(index=f"{self.prefix}*", query={"match_all": {}}, size=100)["hits"]["hits"]
        told: dict[str, str] = {}
        for hit in found:
            source: dict[str, Any] = hit["_source"]
            if "alert" in source:
                told["alert"] = source["story"]["title"]
            elif "title" in source["story"]:
                told["story"] = source["story"]["title"]
            else:
                reasons = [source["story"]["filing"]["reasons"], source["article"]["copy"].get("reason")]
                told[source["article"]["id"]] = json.dumps(reasons, ensure_ascii=False)
        return told


def test_a_shared_headline_stays_where_the_other_is_quoted(desk: Desk) -> None:
    before = desk.quotes()
    desk.forget("wire")
    told = desk.quotes()
    assert told == {
        **{key: before[key] for key in ("first", "of-first", "story", "alert")},
        "of-wire": before["of-wire"].replace(f'\\"{TITLE}\\"', REMOVED).replace(f"“{TITLE}”", REMOVED),
    }
    assert TITLE not in told["of-wire"]


def test_the_other_article_with_the_headline_titles_the_story(desk: Desk) -> None:
    desk.forget("first")
    told = desk.quotes()
    assert (told["story"], told["alert"]) == (TITLE, TITLE)
    assert TITLE not in told["of-first"]
    assert TITLE in told["of-wire"]


def test_with_the_last_one_the_headline_is_gone(desk: Desk) -> None:
    desk.forget("wire")
    desk.quotes()
    desk.forget("first")
    assert not [key for key, said in desk.quotes().items() if TITLE in said]
    assert desk.quotes()["story"] == OWN


def test_restore_puts_back_only_what_was_redacted_by_mistake(desk: Desk) -> None:
    before = desk.quotes()
    desk.forget("wire")
    right = desk.quotes()
    desk.take_everywhere(TITLE)  # as an older version did
    assert REMOVED in desk.quotes()["of-first"]
    assert desk.quotes()["alert"] == REMOVED
    assert desk.eraser.restore() == 3  # what quotes the first, the alert and the story
    assert desk.quotes() == right
    assert desk.quotes()["of-first"] == before["of-first"]
    assert desk.eraser.restore() == 0


def test_earlier_headlines_are_taken_out_of_what_quotes_them(
    client: Elasticsearch, settings: Settings, written: Callable[..., list[WriteResult]]
) -> None:
    """Another article joined the story because of a headline that the article had two revisions ago."""
    revisions = (
        r.RevisionFields(number=1, fetched_at=NOON, title_before=TITLE),
        r.RevisionFields(number=2, fetched_at=NOON, title_before="Bridge of Ostrava Bay may open"),
    )
    revised = article_document(samples.filed("first", title="Bridge open", edit=m.Edit(number=2)), revisions=revisions)
    quoting = article_document(samples.filed("other", title=OWN, copy=COPY, filing=filing("first")))
    written(revised, quoting, story_document(samples.update()))
    assert isinstance(revised.source, r.ArticleRecord)
    titles = headlines(revised.source)
    assert titles == ("Bridge open", TITLE, "Bridge of Ostrava Bay may open")
    eraser = Eraser(client, settings.index_prefix)
    eraser.erase("first", eraser.quotations("first", titles, "story-one"))
    client.indices.refresh(index=f"{settings.index_prefix}*")
    left = client.search(index=f"{settings.index_prefix}*", query={"match_all": {}}, size=100)["hits"]["hits"]
    assert {hit["_id"] for hit in left} == {"other", "story-one"}
    assert not [hit["_id"] for hit in left for title in titles if title in json.dumps(hit["_source"])]

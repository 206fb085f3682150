"""The documents hold what search needs, the same on every replay, and nothing that the mappings do not know."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from connectors.elastic.names import Family
from connectors.elastic.records import RevisionFields
from connectors.elastic.write.documents import (
    IndexDocument,
    alert_document,
    article_document,
    change_document,
    link_document,
    notice_document,
    story_document,
)
from connectors.elastic.write.letters import from_letter, from_resolution, merged
from streams.contract import messages as m
from streams.contract import trace
from streams.contract.codec import decode, encode
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import mapped

REVISION = RevisionFields(number=1, fetched_at=samples.NOON, title_before="Bridge closed")
WHOLE = {
    Family.ARTICLES: article_document(samples.filed(), samples.AT, (REVISION,)),
    Family.STORIES: story_document(samples.update(), samples.AT),
    Family.ALERTS: alert_document(samples.alert(), samples.AT),
    Family.DEADLETTERS: IndexDocument(
        "deadletters-v1",
        "letter-one",
        1,
        merged(from_letter(samples.letter(attempt=1)), from_resolution(samples.resolution(), samples.AT)),
    ),
    Family.AUDIT: change_document(samples.change()),
    Family.LINKS: link_document(samples.link()),
    Family.NOTICES: notice_document(samples.notice()),
}


STORED = {"entities.details", "delivery.answers", "change.details", "story.history", "article.revisions"}


def content(document: IndexDocument) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document.source))
    return found


def fields_of(document: IndexDocument) -> set[str]:
    """Dotted paths as the server sees them; what it only stores counts as one field."""

    def walk(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, dict) and path not in STORED:
            for name, inner in value.items():
                yield from walk(inner, f"{path}.{name}" if path else name)
        else:
            yield path

    return set(walk(content(document), ""))


@pytest.mark.parametrize("family", Family)
def test_every_field_of_a_document_is_in_the_strict_mapping(family: Family) -> None:
    assert fields_of(WHOLE[family]) - mapped(family) == set()


def test_every_mapped_field_is_written_by_some_document() -> None:
    written = set().union(*(fields_of(document) for document in WHOLE.values()))
    assert set().union(*(mapped(family) for family in Family)) - written == set()


def test_an_article_goes_to_the_utc_month_of_first_seen() -> None:
    evening = datetime(2031, 1, 31, 22, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert article_document(samples.filed(first_seen=evening)).index == "articles-v1-2031.02"


def test_a_revision_goes_to_the_same_document() -> None:
    first = article_document(samples.filed())
    later = article_document(samples.filed(revision="revision-two", fetched_at=samples.NOON + timedelta(days=60)))
    assert (first.index, first.id) == (later.index, later.id)


def test_versions_come_from_the_log_and_from_deliveries() -> None:
    assert [WHOLE[family].version for family in Family] == [7, 7, 5, 1, 1, 7, 5]
    assert alert_document(samples.alert(delivery=m.Delivery(status="pending"))).version == 1


def test_a_replay_writes_the_same_document() -> None:
    again = decode(encode(samples.filed()), m.FiledArticle)
    assert article_document(again, samples.AT, (REVISION,)) == WHOLE[Family.ARTICLES]
    assert story_document(decode(encode(samples.update()), m.StoryUpdate), samples.AT) == WHOLE[Family.STORIES]
    assert alert_document(decode(encode(samples.alert()), m.Alert), samples.AT) == WHOLE[Family.ALERTS]
    assert notice_document(decode(encode(samples.notice()), m.SourceNotice)) == WHOLE[Family.NOTICES]


def test_an_article_holds_what_a_desk_looks_for() -> None:
    found = content(WHOLE[Family.ARTICLES])
    assert found["@timestamp"] == found["article"]["first_seen"] == "2031-05-14T12:00:00Z"
    assert found["article"]["published"] == "2031-05-14T11:00:00Z"
    assert found["article"]["published_by"] == {"precision": "second", "source": "jsonld", "confidence": 0.9}
    assert found["article"]["copy"]["group"] == "article-zero"
    assert found["article"]["stages"]["tag"] == {
        "arrived": "2031-05-14T12:00:03Z",
        "left": "2031-05-14T12:00:03.500000Z",
        "version": "0.1.0",
    }
    assert found["article"]["seconds_to_file"] == 4.5
    assert found["story"]["id"] == "story-one"
    assert found["story"]["filing"]["reasons"] == ["shares the phrase 'harbour bridge'"]
    assert found["entities"]["persons"] == ["Élodie Fontaine"]
    assert found["entities"]["keys"][0] == "person:elodie fontaine"
    assert found["entities"]["details"][0]["offsets"] == [[44, 59], [80, 88]]
    assert found["url"] == {
        "full": "https://gazette.example/news/bridge",
        "original": "https://gazette.example/news/bridge?from=feed",
        "scheme": "https",
        "domain": "gazette.example",
        "path": "/news/bridge",
    }


def test_times_of_unknown_stages_are_left_out() -> None:
    newer = replace(
        samples.AT, trace=(trace.open_hop("translate", samples.NOON), trace.open_hop("story", samples.NOON))
    )
    assert set(content(article_document(samples.filed(), newer))["article"]["stages"]) == {"story"}


def test_no_is_stored_as_no() -> None:
    assert content(WHOLE[Family.ARTICLES])["story"]["coverage"]["new_source"] is False
    assert content(WHOLE[Family.ARTICLES])["publisher"]["agency"] is False


def test_a_headline_without_publisher_and_url_is_a_document() -> None:
    bare = samples.filed(
        kind=m.Kind.HEADLINE,
        body="",
        url=None,
        fetched_url=None,
        publisher=None,
        published=None,
        received_at=None,
        edit=None,
    )
    found = content(article_document(bare))
    assert "publisher" not in found
    assert "url" not in found
    assert found["@timestamp"] == "2031-05-14T12:00:00Z"


def test_an_address_that_cannot_be_split_is_kept_whole() -> None:
    assert content(article_document(samples.filed(url="http://[broken/")))["url"]["full"] == "http://[broken/"


def test_a_webhooks_token_never_reaches_the_search() -> None:
    document = WHOLE[Family.ALERTS]
    assert content(document)["receiver"] == {"id": "receiver-one", "name": "desk", "domain": "hooks.example"}
    assert b"token-of-the-desk" not in msgspec.json.encode(document.source)


def test_a_story_counts_its_sources() -> None:
    found = content(WHOLE[Family.STORIES])["story"]
    assert (found["articles"], found["source_count"]) == (3, 2)
    assert found["sources"] == ["Northern Papers", "The Herald"]

"""The articles and queries of docs/queries.md, and articles in the forms in which tracks and searches see them."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from msgspec.structs import replace

from streams.contract import identity
from streams.contract.messages import (
    CleanArticle,
    CopyVerdict,
    Entity,
    EntityType,
    FiledArticle,
    Kind,
    Lane,
    Publisher,
    Relation,
    StoryCounts,
    StoryUpdate,
    TaggedArticle,
    Timestamp,
)
from streams.stories.state import Stories

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
NOW = datetime(2031, 5, 10, 12, 0, tzinfo=UTC)  # of "now-2d" in the table
_ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (none|[A-Z](?: [A-Z])*) \|$", re.MULTILINE)
_ENTITIES = {
    "persons": EntityType.PERSON,
    "orgs": EntityType.ORGANISATION,
    "places": EntityType.PLACE,
    "groups": EntityType.GROUP,
}


class Both(NamedTuple):
    """One article as the store and as tracks get it, from the same filing."""

    filed: FiledArticle
    update: StoryUpdate


class Row(NamedTuple):
    query: str
    meaning: str
    found: frozenset[str]


def rows() -> list[Row]:
    """Return the rows of the table."""
    table = PAGE.read_text().partition("## Examples")[2]
    return [
        Row(query.replace("\\|", "|"), meaning, frozenset(found.split()) - {"none"})
        for query, meaning, found in _ROW.findall(table)
    ]


def articles() -> dict[str, Both]:
    """Return the articles of the page by their letters."""
    return {one["id"]: both(one) for one in given()}


def given() -> list[dict[str, Any]]:
    """Return the articles as the page has them."""
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    found: list[dict[str, Any]] = yaml.safe_load(block[1])
    return found


def both(given: Mapping[str, Any]) -> Both:
    """File an article with these fields, alone, and set the counts of its story."""
    tagged = _tagged(given)
    filing = Stories(window=timedelta(days=14)).file(tagged, 0, NOW)
    assert filing.filed is not None
    assert filing.update is not None
    counts = StoryCounts(**{name: given.get(name, 1) for name in ("articles", "sources", "publishers")})
    story = replace(
        filing.update.story,
        articles=counts.articles,
        sources=(),
        source_count=counts.sources,
        publishers=(),
        publisher_count=counts.publishers,
    )
    return Both(replace(filing.filed, counts=counts), replace(filing.update, story=story, filed_at=NOW))


def _tagged(given: Mapping[str, Any]) -> TaggedArticle:
    key, body = str(given["id"]), given.get("body", "")
    relation, text_relation = given.get("copies", "original"), given.get("text_relation")
    return TaggedArticle(
        article=CleanArticle(
            id=(identity.of_url(given["url"]) if "url" in given else None) or key,
            url=given.get("url"),
            revision=f"{key}-1",
            arrival=f"{key}-arrival",
            origin="invented",
            lane=Lane(given.get("lane", "live")),
            fetched_at=given["seen"],
            kind=Kind(given.get("kind", "article")),
            title=given["title"],
            summary=given.get("summary"),
            body=body,
            language=given["language"],
            publisher=Publisher(**given["publisher"]) if given.get("publisher") else None,
            words=len(body.split()),
            published=_time(given.get("published")),
            modified=_time(given.get("modified")),
            section=given.get("section"),
            tags=tuple(given.get("tags", ())),
            labels=tuple(given.get("labels", ())),
            authors=tuple(given.get("authors", ())),
            credits=tuple(given.get("credits", ())),
        ),
        copy=CopyVerdict(
            relation=Relation(relation),
            group=key,
            of=None if relation == "original" else "another",
            text_relation=Relation(text_relation) if text_relation else None,
        ),
        first_seen=given["seen"],
        entities=tuple(_entities(given)),
    )


def _entities(given: Mapping[str, Any]) -> Iterator[Entity]:
    """``keys``: the canonical keys of the names, if they are not the names themselves."""
    names = [(kind, name) for field, kind in _ENTITIES.items() for name in given.get(field, ())]
    keys = list(given.get("keys", ()))
    for number, (kind, name) in enumerate(names):
        yield Entity(key=keys[number] if number < len(keys) else f"{kind}:{name.lower()}", name=name, type=kind)


def _time(value: datetime | None) -> Timestamp | None:
    return None if value is None else Timestamp(value=value, precision="second", source="feed")

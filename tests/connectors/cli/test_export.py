"""`export`: lines with whole texts, chosen as a search chooses, which can be gone on with where they broke off."""

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.elastic.names import Family
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.walk import Cursor, Walk
from connectors.elastic.records import ArticleRecord
from connectors.elastic.write.documents import article_document
from connectors.files.objects import read_object
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings
from tests.connectors.cli import fiction
from tests.connectors.cli.conftest import store
from tests.connectors.cli.running import Command, Inside, Ran


def lines(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.lines]


def exported(storywatch: Inside, *options: str) -> list[int]:
    """The numbers of the invented articles; other tests may have stored more."""
    ran = storywatch("export", *options)
    assert ran.code == 0, ran.err
    return [number for one in lines(ran) if (number := int(one["id"], 16)) < 5]


def test_articles_come_with_their_texts_the_oldest_first(storywatch: Inside) -> None:
    ran = storywatch("export", "--publisher", "gazette.example")
    assert ran.code == 0
    first = next(one for one in lines(ran) if one["id"] == f"{1:032x}")
    assert first["storywatch"] == "article"
    assert first["body"] == fiction.ARTICLES[0].article.body
    assert (first["url"], first["publisher"]) == ("https://gazette.example/pier-1", "Tarn Gazette")
    assert (first["story"], first["new_source"]) == (fiction.STORY, True)
    assert ran.err == f"{len(ran.lines)} line{'s' if len(ran.lines) > 1 else ''}\n"
    assert exported(storywatch, "--until", "2026-03-05") == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--query", "crane falls"), [2]),
        (("--language", "sv"), [4]),
        (("--entity", "Elin Varga", "--publisher", "echo.example"), [2]),
        (("--story", fiction.STORY[:8], "--since", "2026-03-04T13:30:00Z"), [2, 3]),
    ],
)
def test_articles_are_filtered(storywatch: Inside, options: tuple[str, ...], numbers: list[int]) -> None:
    assert exported(storywatch, *options) == numbers


def test_articles_of_several_months_come_page_by_page(stack: Settings) -> None:
    first = fiction.ARTICLES[0]
    elsewhere = replace(first.filing, story="e" * 32)  # other tests read the stories of these articles
    old = [
        replace(
            first,
            first_seen=first.first_seen - timedelta(days=40 * n),
            article=replace(first.article, id=f"{n:031x}e"),
            filing=elsewhere,
        )
        for n in range(1, 6)
    ]
    store(stack, [article_document(one) for one in old])
    with SearchClient(stack) as client:
        client.refresh(f"{stack.index_prefix}*")
        walk = Walk(client, stack.index_prefix, Family.ARTICLES, ArticleRecord, "article.id")
        ids = [one.article.id for one, _ in walk.each([], page=2)]
        assert len(ids) == walk.count([])
    assert [one for one in ids if one.endswith("e")] == [one.article.id for one in reversed(old)]


def test_stories_and_alerts_are_exported_too(storywatch: Inside) -> None:
    stories = lines(storywatch("export", "stories", "--language", "en", "--until", "2026-03-05"))
    assert [one["id"] for one in stories] == [fiction.STORY]
    alerts = lines(storywatch("export", "alerts", "--track", "Pier"))
    assert [one["id"] for one in alerts] == [one.id for one in fiction.ALERTS]
    assert "token-0123456789" not in json.dumps(alerts)


def test_a_filter_that_does_not_apply_is_said(storywatch: Inside) -> None:
    ran = storywatch("export", "stories", "--track", "Pier")
    assert ran.code == 2
    assert "stories have no filter --track" in ran.one_line()


def test_an_export_continues_after_a_place(storywatch: Inside) -> None:
    place = Cursor(int(fiction.ARTICLES[1].first_seen.timestamp() * 1000), f"{2:032x}")
    assert exported(storywatch, "--until", "2026-03-05", "--after", str(place)) == [3, 4]
    assert Cursor.parse(str(place)) == place
    with pytest.raises(UsageError, match="no place"):
        Cursor.parse("yesterday")
    assert storywatch("export", "--after", "3:").code == 2


def test_ingest_accepts_an_exported_line_completely(storywatch: Inside) -> None:
    for line in storywatch("export", "--until", "2026-03-05").lines:
        arrival = read_object(line.encode(), now=fiction.NOON.replace(year=2027))
        assert arrival.warnings == ()
        assert arrival.given.id == json.loads(line)["id"]


def test_ingest_refuses_exported_stories_alerts_and_hits(process: Command) -> None:
    for command in (("export", "stories"), ("export", "alerts"), ("search", "pier", "--json")):
        ran = process("ingest", "-", stdin=process(*command).out)
        assert ran.code == 1
        assert ran.out.startswith("0 accepted")
        assert "`storywatch export` writes those" in ran.err


def test_an_absent_server_is_one_line(inside: Inside) -> None:
    ran = inside("export")
    assert ran.code == 3
    assert "does not answer" in ran.one_line()

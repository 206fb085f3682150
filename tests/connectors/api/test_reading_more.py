"""Alerts, names, sources, dead letters, status and exports by `GET`."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.cli.invoke import run
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.messages import SourceStatus, WatchedSource
from streams.runtime.settings import Settings
from tests.connectors.api.library import FIRST, GONE, LIBRARY, NOW, PIER
from tests.connectors.api.local_hub import local_hub
from tests.connectors.api.serving import Served
from tests.connectors.cli.running import NOWHERE, Inside, Ran, wait_for


def asked(client: httpx.Client, path: str, **parameters: Any) -> Any:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_alerts_tell_their_story_and_their_delivery(reader: httpx.Client) -> None:
    second, first = asked(reader, "/v1/alerts")["items"]
    assert (first["track_name"], first["story"], first["delivery"]["status"]) == ("Pier", PIER, "delivered")
    assert (second["delivery"]["code"], second["delivery"]["attempts"]) == (500, 3)


@pytest.mark.parametrize(
    ("parameters", "number"),
    [
        ({"track": "Pier"}, 2),
        ({"track": "another"}, 0),
        ({"story": PIER}, 2),
        ({"status": "retrying"}, 1),
        ({"receiver": "receiver.example"}, 2),
        ({"since": "2h"}, 0),
        ({"limit": 1}, 1),
    ],
)
def test_alerts_are_chosen(reader: httpx.Client, parameters: dict[str, Any], number: int) -> None:
    assert len(asked(reader, "/v1/alerts", **parameters)["items"]) == number


def test_the_next_part_of_alerts_has_the_rest(reader: httpx.Client) -> None:
    first = asked(reader, "/v1/alerts", limit=1)
    second = asked(reader, "/v1/alerts", limit=1, cursor=first["next"])
    assert second["next"] is None
    assert {one["id"] for one in (*first["items"], *second["items"])} == {f"{n:032x}" for n in (1, 2)}


def test_names_in_most_articles_come_first(reader: httpx.Client) -> None:
    [one] = asked(reader, "/v1/entities")["items"]
    assert one == {"key": "person:elin varga", "name": "Elin Varga", "type": "person", "articles": 3, "stories": 1}
    assert asked(reader, "/v1/entities", type="place")["items"] == []
    assert asked(reader, "/v1/entities", since="7d", type="person")["items"][0]["stories"] == 2


def test_a_name_has_its_days_and_stories(reader: httpx.Client) -> None:
    told = asked(reader, "/v1/entities/person:elin varga")
    assert (told["name"], told["articles"], told["stories"]) == ("Elin Varga", 4, 2)
    assert [one["id"] for one in told["timeline"]] == [PIER, LIBRARY]
    assert sum(one["articles"] for one in told["days"]) == 4
    assert told["beside"] == []
    answer = reader.get("/v1/entities/person:nobody at all")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "there is no such name in the articles of this period",
    )


def test_sources_that_need_a_look_come_first(settings: Settings, reader: httpx.Client) -> None:
    sources = [
        WatchedSource(
            id=name,
            url=f"https://{name}.example/feed",
            site=name,
            created_at=NOW - timedelta(days=9),
            labels=("coast",),
        )
        for name in ("tarn", "dunmoor")
    ]
    with Producer(settings) as producer:
        for one in sources:
            producer.send(topics.SOURCES, one)
        producer.send(topics.STATUS, SourceStatus(source="tarn", at=NOW, health="ok", articles=12))
        producer.send(
            topics.STATUS, SourceStatus(source="dunmoor", at=NOW, health="broken", why="404", failures=3, error="404")
        )
    wait_for(lambda: asked(reader, "/v1/sources", label="coast")["health"] == {"ok": 1, "broken": 1})
    first, second = asked(reader, "/v1/sources", label="coast")["items"]
    assert (first["id"], first["health"], first["why"], first["failures"]) == ("dunmoor", "broken", "404", 3)
    assert (second["id"], second["articles"]) == ("tarn", 12)
    assert [one["id"] for one in asked(reader, "/v1/sources", health=["broken", "silent"])["items"]] == ["dunmoor"]


def test_a_dead_letter_has_its_reason_and_place(reader: httpx.Client) -> None:
    [one] = asked(reader, "/v1/deadletters", stage="store_articles")["items"]
    assert (one["id"], one["error"], one["reason"]) == ("letter-one", "Rejected", "the mapping refuses it")
    assert (one["topic"], one["partition"], one["offset"]) == ("articles.filed.v1", 3, 41)
    assert (one["source"], one["state"], one["resolved"]) == ("gazette.example", "refused", None)
    assert asked(reader, "/v1/deadletters", resolved=True)["items"] == []


def test_the_status_names_servers_and_processes(reader: httpx.Client) -> None:
    told = asked(reader, "/v1/status")
    assert [(one["name"], one["answers"]) for one in told["servers"]] == [("Kafka", True), ("Elasticsearch", True)]
    assert told["ok"] is False
    assert {one["app"] for one in told["worker"]} == {"work", "state", "store", "sources"}
    assert set(told["lag"]) >= {"clean", "story", "deliver"}


def lines(client: httpx.Client, what: str, **parameters: Any) -> list[Any]:
    answer = client.get(f"/v1/export/{what}", params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_an_export_has_every_line_with_its_text(reader: httpx.Client) -> None:
    articles = lines(reader, "articles")
    assert [one["id"][-1] for one in articles] == ["4", "1", "2", "3"]
    assert articles[1]["body"] == FIRST.article.body
    assert articles[1]["storywatch"] == "article"
    assert [one["id"][-1] for one in lines(reader, "articles", query="crane", publisher="Quay Mail")] == ["3"]
    assert {one["id"] for one in lines(reader, "stories")} == {PIER, LIBRARY}
    assert len(lines(reader, "alerts", track="Pier")) == 2
    assert lines(reader, "alerts", since="1h") == []


@pytest.mark.parametrize(
    "path", ["/v1/export/everything", "/v1/export/articles?query=(", "/v1/export/stories?query=body:x"]
)
def test_an_export_of_nothing_known_is_400(reader: httpx.Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.fixture
def remote(
    served: Served,
    reader: httpx.Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Inside:
    """The command where no Kafka and no Elasticsearch is, with the address of the server and its key."""
    key = reader.headers["authorization"].removeprefix("Bearer ")
    settings = {
        **NOWHERE,
        "STORYWATCH_DATA_DIR": str(tmp_path),
        "STORYWATCH_API": served.url,
        "STORYWATCH_API_KEY": key,
    }
    monkeypatch.chdir(tmp_path)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run_inside(*arguments: str | Path) -> Ran:
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return run_inside


def test_commands_ask_a_server(remote: Inside, reader: httpx.Client) -> None:
    assert remote("stories", "--all", "--json").json == asked(reader, "/v1/stories")["items"]
    assert (
        remote("stories", "show", PIER[:8], "--json").json["timeline"]
        == asked(reader, f"/v1/stories/{PIER}")["timeline"]
    )
    assert "Crane falls on ferry pier" in remote("stories", "show", GONE).out, "its articles are in another story"
    assert remote("search", "crane", "--json").json == asked(reader, "/v1/articles", query="crane")["items"]
    assert remote("alerts", "--story", PIER[:8], "--json").json == asked(reader, "/v1/alerts", story=PIER)["items"]
    assert remote("search", "zeppelin").err == "nothing found\n"
    assert len(remote("stories", "--all", "--limit", "300", "--json").json) == 2


def test_what_a_server_refuses_is_one_line(remote: Inside, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no story ffffffff" in remote("stories", "show", "ffffffff").one_line()
    assert "query: column" in remote("search", "title:(").one_line()
    monkeypatch.setenv("STORYWATCH_API_KEY", "sw_none")
    assert "this API key is not valid" in remote("stories").one_line()
    monkeypatch.setenv("STORYWATCH_API_KEY", "")
    assert "STORYWATCH_API is set without a key" in remote("stories").one_line()
    monkeypatch.setenv("STORYWATCH_API_KEY", "sw_none")
    monkeypatch.setenv("STORYWATCH_API", "http://127.0.0.1:9")
    away = remote("alerts")
    assert (away.code, "does not answer" in away.one_line()) == (3, True)
    monkeypatch.setenv("STORYWATCH_API", "news.example")
    assert "is not an address" in remote("alerts").one_line()
    with local_hub() as other:
        monkeypatch.setenv("STORYWATCH_API", other.base)
        assert "something else than Storywatch" in remote("stories").one_line()

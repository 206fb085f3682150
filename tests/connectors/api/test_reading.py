"""Stories and articles by `GET`: what is found, in which order, and what is said of what cannot be asked."""

import base64
import contextlib
import http.client
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from connectors.elastic.write.documents import story_document
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.messages import Scope, Track
from streams.runtime.settings import Settings
from tests.connectors.api.library import COPY, FIRST, GONE, LIBRARY, NOW, PIER, SECOND, STORIES, store
from tests.connectors.api.serving import add_key, environment, serving
from tests.connectors.cli.running import wait_for
from tests.pipeline.proxy import proxied_elasticsearch


def asked(client: httpx.Client, path: str, **parameters: Any) -> Any:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(client: httpx.Client, **parameters: Any) -> list[str]:
    return [one["id"] for one in asked(client, "/v1/stories", **parameters)["items"]]


def test_the_latest_stories_come_first_with_their_growth(reader: httpx.Client) -> None:
    first, second = asked(reader, "/v1/stories")["items"]
    assert (first["id"], second["id"]) == (PIER, LIBRARY)
    assert (first["title"], first["articles"], first["source_count"]) == ("Ferry pier closed at Dunmoor", 3, 2)
    assert (first["growth"]["articles"], first["growth"]["sources"]) == (3, 2)
    assert (sum(first["growth"]["counts"]), len(first["growth"]["counts"])) == (3, 24)
    assert (first["state"], second["state"]) == ("steady", "steady")
    assert (first["languages"], first["countries"]) == ({"en": 3}, {"GB": 1})
    assert (second["growth"]["articles"], second["languages"]) == (0, {"sv": 1})


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"query": "crane"}, [PIER]),
        ({"query": "body:library -crane"}, [LIBRARY]),
        ({"query": "zeppelin"}, []),
        ({"country": "gb"}, [PIER]),
        ({"section": ["sport", "regions"]}, [PIER]),
        ({"publisher": "Quay Mail"}, [PIER, LIBRARY]),
        ({"publisher": "Quay Mail", "language": "sv"}, [LIBRARY]),
        ({"entity": "Elin Varga"}, [PIER, LIBRARY]),
        ({"sources": 2}, [PIER]),
        ({"since": "30h"}, [PIER]),
        ({"until": NOW.isoformat(), "language": "en"}, [PIER]),
        ({"sort": "growth"}, [PIER]),
        ({"sort": "sources"}, [PIER, LIBRARY]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_stories_are_chosen_by_their_articles(
    reader: httpx.Client, parameters: dict[str, Any], found: list[str]
) -> None:
    assert ids(reader, **parameters) == found


def test_a_story_names_its_tracks_and_is_chosen_by_them(settings: Settings, reader: httpx.Client) -> None:
    track = Track(id="abcdef012345", name="The pier", created_at=NOW, story=PIER)
    with Producer(settings) as producer:
        producer.send(topics.TRACKS, track)
    wait_for(lambda: ids(reader, tracked=True) == [PIER])
    [one] = asked(reader, "/v1/stories", tracked=True)["items"]
    assert one["tracks"] == [{"id": "abcdef012345", "name": "The pier"}]
    with Producer(settings) as producer:
        producer.remove(topics.TRACKS, track.id)
    wait_for(lambda: ids(reader, tracked=True) == [])


@pytest.mark.parametrize("sort", ["time", "sources", "growth"])
def test_a_cursor_goes_on_where_the_part_ended(settings: Settings, reader: httpx.Client, sort: str) -> None:
    whole = ids(reader, sort=sort)
    found, cursor = [], None
    while True:
        part = asked(reader, "/v1/stories", sort=sort, limit=1, **({"cursor": cursor} if cursor else {}))
        found += [one["id"] for one in part["items"]]
        cursor = part["next"]
        if cursor is None:
            break
    assert found == whole


def packed(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "////", packed([]), packed(["0" * 12, [1, "a"]]), packed(["", [10**400, "a"]]), "A" * 499],
    ids=["empty", "short", "not ascii", "slashes", "no position", "made up", "large", "long"],
)
def test_a_cursor_that_was_made_up_is_one_sentence(reader: httpx.Client, cursor: str) -> None:
    for path in ("/v1/stories", "/v1/articles"):
        answer = reader.get(path, params={"cursor": cursor})
        assert answer.status_code == 400
        assert answer.json()["detail"] == "this cursor is not one that this list has given: begin without it"


def test_a_cursor_of_another_list_is_refused(reader: httpx.Client) -> None:
    cursor = asked(reader, "/v1/stories", limit=1)["next"]
    assert reader.get("/v1/articles", params={"cursor": cursor}).status_code == 400
    assert reader.get("/v1/stories", params={"cursor": cursor, "language": "en"}).status_code == 400


def test_a_story_is_summed_up_from_its_own_reports(reader: httpx.Client) -> None:
    told = asked(reader, f"/v1/stories/{PIER}")
    bodies = {one["id"]: reader.get(f"/v1/articles/{one['id']}").json()["body"] for one in told["timeline"]}
    assert told["summary"]
    for sentence in told["summary"]:
        assert sentence["text"] in " ".join(bodies[sentence["article"]].split())
        assert sentence["publisher"] in {"Tarn Gazette", "Dunmoor Echo"}


def test_an_article_has_what_each_revision_changed(reader: httpx.Client) -> None:
    told = asked(reader, f"/v1/articles/{SECOND.article.id}")
    first, second = told["revisions"]
    assert (first["number"], first["title_before"], first["hunks"], first["left_out"]) == (1, "Crane falls", [], 0)
    assert second["hunks"] == [
        {
            "after": 1,
            "removed": ["The crane weighs 9 t.", "The <b>mayor</b> is silent."],
            "added": ["The crane weighs 12 t."],
        }
    ]
    assert asked(reader, f"/v1/articles/{FIRST.article.id}")["revisions"] == []
    listed = asked(reader, "/v1/articles", query="crane")["items"]
    assert all("revisions" not in one for one in listed), "a list would be too long with them"


def test_a_story_has_its_copies_figures_and_edits(reader: httpx.Client) -> None:
    told = asked(reader, f"/v1/stories/{PIER}")
    assert [one["title"] for one in told["timeline"]] == [
        "Ferry pier closed at Dunmoor",
        "Crane falls on ferry pier",
        "Pier closed after crane fall",
    ]
    assert [(one["publisher"], one["relation"], one["new_source"]) for one in told["entered"]] == [
        ("Tarn Gazette", "original", True),
        ("Dunmoor Echo", "original", True),
        ("Quay Mail", "wire", False),
    ]
    [group] = told["copies"]
    assert (group["original"], group["publisher"]) == (FIRST.article.id, "Tarn Gazette")
    assert [(one["publisher"], one["of"]) for one in group["copies"]] == [("Quay Mail", FIRST.article.id)]
    assert told["figures"][0]["figure"] == "12 t"
    assert told["figures"][0]["publishers"] == ["Tarn Gazette", "Dunmoor Echo"]
    [edit] = told["edits"]
    assert (edit["article"], edit["title_before"]) == (SECOND.article.id, "Crane falls")
    assert edit["added"] == ["The crane weighs 12 t."]
    assert (edit["change"]["number"], edit["change"]["title_before"], edit["change"]["left_out"]) == (2, None, 3)
    assert len(told["alerts"]) == 2
    assert asked(reader, f"/v1/stories/{PIER[:8]}")["id"] == PIER


def test_a_story_without_articles_leads_to_the_one_that_has_them(reader: httpx.Client) -> None:
    answer = reader.get(f"/v1/stories/{GONE}")
    assert answer.status_code == 308
    assert answer.headers["location"] == f"/v1/stories/{PIER}"
    assert reader.get(f"/v1/stories/{GONE}", follow_redirects=True).json()["id"] == PIER


def test_articles_are_found_as_search_finds_them(reader: httpx.Client) -> None:
    first, second = asked(reader, "/v1/articles", query="ferry crane")["items"][:2]
    assert first["score"] >= second["score"] > 0
    assert first["story"] == PIER
    by_time = asked(reader, "/v1/articles", story=PIER)["items"]
    assert [one["id"][-1] for one in by_time] == ["3", "2", "1"]


def test_an_article_says_where_everything_is_from(reader: httpx.Client) -> None:
    told = asked(reader, f"/v1/articles/{FIRST.article.id}")
    assert told["body"] == FIRST.article.body
    assert told["publisher_by"] == {"precision": None, "source": "url", "confidence": 1.0}
    assert told["names"] == [{"key": "person:elin varga", "name": "Elin Varga", "type": "person", "offsets": [[0, 10]]}]
    assert told["story"]["id"] == PIER
    assert (COPY.article.id, "wire", FIRST.article.id) in [
        (one["id"], one["relation"], one["of"]) for one in told["copies"]
    ]
    assert asked(reader, f"/v1/articles/{SECOND.article.id}")["edit"]["added"] == ["The crane weighs 12 t."]


@pytest.mark.parametrize("path", ["/v1/stories/ffffffffffff", "/v1/articles/ffffffffffff"])
def test_an_unknown_id_is_404(reader: httpx.Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"there is no such {'story' if 'stories' in path else 'article'}"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/stories?query=title:(", "query: column"),
        ("/v1/stories?query=colour:red", "there is no field colour"),
        ("/v1/articles?query=a%20AND", "query: column"),
        ("/v1/articles?sort=relevance", "without a query"),
        ("/v1/stories?since=yesterday", "since: 'yesterday' is not a date"),
        ("/v1/stories?limit=0", "limit: expected a whole number of at least 1"),
        ("/v1/stories?limit=201", "limit: expected a whole number of at most 200"),
        ("/v1/stories?limit=1&limit=2", "limit: give it once"),
        ("/v1/stories?sort=beauty", "sort: 'beauty' is unknown: give one of time, sources, growth"),
        ("/v1/deliveries?status=lost", "status: 'lost' is unknown: give one of pending, delivered"),
        ("/v1/stories?sources=many", "sources: expected a whole number, got text"),
        ("/v1/stories?" + "&".join(f"language={n}" for n in range(1_000)), "language: expected at most 20 entries"),
        ("/v1/stories/5a", "too short"),
        ("/v1/stories?languge=en", "there is no parameter 'languge' here: country, cursor, entity, language"),
        ("/v1/status?x=1", "there is none"),
        ("/v1/stories?query=" + "a" * 20_000, "query"),
    ],
)
def test_what_cannot_be_asked_is_400_in_one_sentence(reader: httpx.Client, path: str, says: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_an_address_or_method_that_is_none_is_one_sentence(reader: httpx.Client) -> None:
    answer = reader.get("/v1/stroies")
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (404, "there is nothing at this address")
    answer = reader.delete("/v1/stories")
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (
        405,
        "this address does not take this method",
    )
    assert "GET" in answer.headers["allow"]


def test_ten_thousand_filters_cost_their_connection(reader: httpx.Client) -> None:
    connection = http.client.HTTPConnection(reader.base_url.host, reader.base_url.port or 80, timeout=30)
    # the head is too large: a client that still sends may find the connection closed before it reads the answer
    with contextlib.suppress(ConnectionError):
        connection.request("GET", "/v1/stories?" + "&".join(f"language=a{number}" for number in range(10_000)))
        assert connection.getresponse().status == 400
    connection.close()
    assert reader.get("/v1/stories").status_code == 200


def test_what_a_client_has_already_is_not_sent_again(settings: Settings, reader: httpx.Client) -> None:
    first = reader.get(f"/v1/stories/{LIBRARY}")
    tag = first.headers["etag"]
    again = reader.get(f"/v1/stories/{LIBRARY}", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert reader.get(f"/v1/stories/{LIBRARY}", headers={"If-None-Match": '"other"'}).status_code == 200
    store(settings, [story_document(replace(STORIES[1], version=2, story=replace(STORIES[1].story, title="Opened")))])
    wait_for(lambda: reader.get(f"/v1/stories/{LIBRARY}", headers={"If-None-Match": tag}).status_code == 200)
    assert asked(reader, f"/v1/stories/{LIBRARY}")["title"] == "Opened"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_answers_are_packed_for_who_unpacks_them(reader: httpx.Client, encoding: str) -> None:
    plain = reader.get(f"/v1/stories/{PIER}", headers={"Accept-Encoding": "identity"})
    packed_ = reader.get(f"/v1/stories/{PIER}", headers={"Accept-Encoding": encoding})
    assert packed_.headers["content-encoding"] == encoding
    assert "Accept-Encoding" in packed_.headers["vary"]
    assert packed_.json() == plain.json()
    assert int(packed_.headers["content-length"]) < len(plain.content) / 2


def test_reading_needs_its_scope(settings: Settings, pusher: httpx.Client) -> None:
    answer = pusher.get("/v1/stories")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "this API key does not have the scope read"


def test_without_elasticsearch_it_says_so_and_comes_back(settings: Settings, stack_folder: Path) -> None:
    _, text = add_key(settings, Scope.READ)
    with (
        proxied_elasticsearch(stack_folder) as proxy,
        serving(environment(settings, elasticsearch=proxy.url)) as served,
        served.client(text) as client,
    ):
        wait_for(lambda: client.get("/v1/stories").status_code == 200)
        proxy.close_all()
        wait_for(lambda: client.get("/v1/stories").status_code == 503)
        answer = client.get("/v1/articles", params={"query": "pier"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "127.0.0.1" not in answer.text
        assert "does not answer" in answer.json()["detail"]
        assert client.get("/v1/sources").status_code == 200, "what Kafka knows is told"
        proxy.open = True
        wait_for(lambda: client.get("/v1/stories").status_code == 200)

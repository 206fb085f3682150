"""Tracks and dead letters that programs change: as the commands do it, with a record of who did it."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import httpx
import pytest

from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.messages import (
    Change,
    ContentType,
    LinkRequest,
    RawArticle,
    Resolution,
    Scope,
    StoryCorrection,
    TaggedArticle,
    Track,
)
from streams.runtime.settings import Settings
from tests.connectors.api.library import COPY, FIRST, LIBRARY, NOW, PIER, stored_for_a_while
from tests.connectors.api.serving import Served, add_key, records
from tests.connectors.cli import fiction
from tests.connectors.cli.running import wait_for

HOOK = "https://desk.example/hook"


@pytest.fixture(scope="module")
def desk(settings: Settings, served: Served) -> Iterator[httpx.Client]:
    """A client with a key that may change tracks, which the server knows already."""
    _, text = add_key(settings, Scope.DESK, name="night-desk")
    with served.client(text) as client:
        wait_for(lambda: client.get("/v1/tracks").status_code == 200)
        yield client


def added(client: httpx.Client, **fields: Any) -> Any:
    answer = client.post("/v1/tracks", json=fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/tracks/{answer.json()['track']['id']}"
    return answer.json()


def changes(settings: Settings, subject: str) -> list[Change]:
    found = [decode(one.value, Change) for one in records(settings, topics.AUDIT)]
    return [one for one in found if one.subject == subject]


def stored(settings: Settings, track: str) -> Track | None:
    """The track in Kafka."""
    found = [one.value for one in records(settings, topics.TRACKS) if one.key == track.encode()]
    return None if not found or found[-1] is None else decode(found[-1], Track)


def test_a_track_is_added_changed_paused_and_removed(settings: Settings, desk: httpx.Client) -> None:
    told = added(desk, name="Harbour wall", query="harbour wall", webhook={"url": HOOK})
    key, secret = told["track"]["id"], told["secret"]
    assert secret.startswith("whsec_")
    known = stored(settings, key)
    assert known is not None
    assert known.webhook is not None
    assert (known.name, known.query, known.webhook.secret) == ("Harbour wall", "harbour wall", secret)
    changed = desk.put(
        f"/v1/tracks/{key}", json={"name": "The wall", "query": "harbour wall", "webhook": {"url": HOOK}}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["track"]["name"], changed.json()["secret"]) == ("The wall", None)
    assert desk.patch(f"/v1/tracks/{key}", json={"paused": True}).status_code == 200
    known = stored(settings, key)
    assert known is not None
    assert known.webhook is not None
    assert (known.paused, known.name, known.webhook.secret) == (True, "The wall", secret)
    assert secret not in desk.get(f"/v1/tracks/{key}").text
    assert desk.delete(f"/v1/tracks/{key}").status_code == 204
    assert stored(settings, key) is None
    assert desk.get(f"/v1/tracks/{key}").status_code == 404
    log = changes(settings, key)
    assert [log[0].action, log[1].action, log[-1].action] == ["added", "changed", "removed"]
    assert {one.by for one in log} == {"API key night-desk"}


def test_a_track_is_tried_out_and_nothing_is_stored(settings: Settings, desk: httpx.Client) -> None:
    before = desk.get("/v1/tracks").json()
    answer = desk.post("/v1/tracks/dry-run", json={"name": "Wall", "query": "harbour wall"}, params={"since": "3d"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["messages"], told["sent"], told["cut"]) == (0, [], None)
    assert {"since", "until", "updates", "days", "held", "still_held", "not_sent"} <= told.keys()
    assert desk.get("/v1/tracks").json() == before
    refused = desk.post("/v1/tracks/dry-run", json={"name": "Wall", "query": "wall AND ("})
    assert (refused.status_code, "query: " in refused.json()["detail"]) == (400, True)
    future = desk.post("/v1/tracks/dry-run", json={"name": "Wall", "query": "wall"}, params={"since": "2999-01-01"})
    assert future.status_code == 400


def test_a_track_of_a_story_is_listed(settings: Settings, desk: httpx.Client, reader: httpx.Client) -> None:
    told = added(desk, name="Pier", story=PIER)
    assert told["secret"] is None
    key = told["track"]["id"]
    assert key in [one["id"] for one in desk.get("/v1/tracks").json()["items"]]
    wait_for(lambda: [one["id"] for one in reader.get("/v1/stories?tracked=true").json()["items"]] == [PIER])
    again = desk.post("/v1/tracks", json={"name": "Pier again", "story": PIER})
    assert again.status_code == 409
    assert again.json()["detail"] == f"track {key} (Pier) does the same already"
    other = desk.put(f"/v1/tracks/{key}", json={"name": "Pier", "query": "pier crane"})
    assert other.status_code == 409
    assert "cannot be changed" in other.json()["detail"]
    assert desk.delete(f"/v1/tracks/{key}").status_code == 204


def test_a_text_and_an_article_lead_to_their_stories(settings: Settings, desk: httpx.Client) -> None:
    with stored_for_a_while(settings, *fiction.bridge_documents()):
        tried = desk.post("/v1/tracks/dry-run", json={"name": "Bridge", "text": fiction.RETOLD})
        assert tried.status_code == 200, tried.text
        told = added(desk, name="Bridge", text=fiction.RETOLD)["track"]
    assert (told["story"], told["query"]) == (fiction.BRIDGE, None)
    by_article = added(desk, name="Pier", article=FIRST.article.url)["track"]
    assert by_article["story"] == PIER
    awaited = added(desk, name="Later", article="https://tarn.example/later")["track"]
    assert (awaited["story"], awaited["query"]) == (None, 'url:"https://tarn.example/later"')
    unknown = added(desk, name="Choir", text="Choir sings in Oslo\n\nThe choir of Northfell sang for an hour.")["track"]
    assert unknown["query"] == '"Choir sings in Oslo" | "The choir of Northfell sang for an hour."'
    changed = desk.put(f"/v1/tracks/{told['id']}", json={"name": "Bridge", "text": fiction.RETOLD})
    assert (changed.status_code, "cannot be changed" in changed.json()["detail"]) == (400, True)
    for one in (told, by_article, awaited, unknown):
        assert desk.delete(f"/v1/tracks/{one['id']}").status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"not json", 400, ""),
        (b"[]", 400, ""),
        (b'{"name": "x", "query": "a", "colour": 1}', 400, "colour"),
        (b'{"name": "", "query": "harbour"}', 400, "name"),
        (b'{"name": "x"}', 400, "follows nothing"),
        (b'{"name": "x", "query": "title:("}', 400, "query"),
        (b'{"name": "x", "story": "5aa1"}', 400, "whole id"),
        (b'{"name": "x", "text": "A report.", "query": "harbour"}', 400, "one of story"),
        (b'{"name": "x", "text": ""}', 400, "text: "),
        (b'{"name": "x", "text": "' + b"word " * 30_000 + b'"}', 400, "text"),
        (b'{"name": "x", "article": "dead"}', 400, "article"),
        (b'{"name": "x", "article": "/etc/passwd"}', 400, "no article's id or URL"),
        (b'{"name": "x", "query": "harbour", "webhook": {"url": "env:HOME"}}', 400, "env:"),
        (
            b'{"name": "x", "query": "harbour", "webhook": {"url": "https://a.example/", "secret": "file:/etc/x"}}',
            400,
            "env:",
        ),
        (
            b'{"name": "x", "query": "harbour", "webhook": {"url": "https://a.example/", "secret": "short"}}',
            400,
            "webhook",
        ),
        (b'{"name": "x", "query": "harbour", "webhook": {"url": "http://127.0.0.1/"}}', 400, "webhook"),
        (
            b'{"name": "x", "query": "harbour", "webhook": {"url": "http://10.1.1.1/", "allow_private": true}}',
            403,
            "admin",
        ),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', 413, ""),
    ],
)
def test_what_cannot_be_a_track_is_one_sentence(desk: httpx.Client, body: bytes, status: int, says: str) -> None:
    answer = desk.post("/v1/tracks", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_changes_need_their_scopes(reader: httpx.Client, desk: httpx.Client) -> None:
    assert reader.post("/v1/tracks", json={"name": "x", "query": "harbour"}).status_code == 403
    assert reader.get("/v1/tracks").status_code == 403, "a webhook's address may be a secret"
    assert desk.post("/v1/deadletters/x/replay").status_code == 403
    assert desk.post("/v1/deadletters/x/drop", json={"because": "x"}).status_code == 403


def test_a_dead_letter_is_sent_again_or_dropped(settings: Settings, everything: httpx.Client) -> None:
    from connectors.cli.maintenance.dead_letter_list import read_all

    before = {one.id for one in read_all(settings)}  # of other tests
    article = RawArticle.arrive(b"No news.", ContentType.TEXT, fetched_at=datetime.now(UTC), origin="dead-letter")
    headers = [
        (name, text.encode())
        for name, text in {
            "stage": "clean",
            "error": "Rejected",
            "reason": "no",
            "topic": topics.RAW.name(settings.topic_prefix),
        }.items()
    ]
    with Producer(settings) as producer:
        producer.confirm(producer.start_again(topics.DEADLETTERS, b"k", encode(article), headers, None))
    [letter] = [one for one in read_all(settings) if one.id not in before]
    again = everything.post(f"/v1/deadletters/{letter.id}/replay")
    assert again.status_code == 200, again.text
    assert again.json() == {"id": letter.id, "state": "sent"}
    assert everything.post(f"/v1/deadletters/{letter.id}/drop", json={"because": " "}).status_code == 400
    dropped = everything.post(f"/v1/deadletters/{letter.id}/drop", json={"because": "a test page"})
    assert dropped.json() == {"id": letter.id, "state": "dropped"}
    once_more = everything.post(f"/v1/deadletters/{letter.id}/drop", json={"because": "a test page"})
    assert (once_more.status_code, "dropped" in once_more.json()["detail"]) == (409, True)
    assert everything.post("/v1/deadletters/nothing/replay").status_code == 404
    told = [decode(one.value, Resolution) for one in records(settings, topics.RESOLUTIONS)]
    assert [(one.state, one.by, one.reason) for one in told] == [
        ("sent", "API key owner", ""),
        ("dropped", "API key owner", "a test page"),
    ]


def test_a_story_is_renamed_with_an_entry_of_the_audit_log(settings: Settings, desk: httpx.Client) -> None:
    answer = desk.post(f"/v1/stories/{PIER}/rename", json={"title": "The pier", "reason": "shorter"})
    assert answer.status_code == 202, "no worker runs, so that nobody decides it"
    told = answer.json()
    assert (told["state"], told["by"], told["title"], told["story"]) == (
        "asked",
        "API key night-desk",
        "The pier",
        PIER,
    )
    sent = [decode(one.value, TaggedArticle).correction for one in records(settings, topics.TAGGED)]
    assert [one.title for one in sent if one is not None and one.id == told["id"]] == ["The pier"]
    entry = changes(settings, PIER)[-1]
    assert (entry.kind, entry.by) == ("story", "API key night-desk")
    assert {one.name: one.after for one in entry.fields} == {
        "action": "rename",
        "title": "The pier",
        "reason": "shorter",
    }


def test_what_workers_decided_is_listed_and_can_be_undone(
    settings: Settings, desk: httpx.Client, reader: httpx.Client
) -> None:
    for number in range(3):
        save_correction(settings, number, "applied")
    wait_for(lambda: len(reader.get(f"/v1/corrections?story={LIBRARY}").json()["items"]) == 3)
    first = reader.get(f"/v1/corrections?story={LIBRARY}&limit=2").json()
    rest = reader.get("/v1/corrections", params={"story": LIBRARY, "limit": 2, "cursor": first["next"]}).json()
    assert [one["title"] for one in first["items"] + rest["items"]] == ["Pier 2", "Pier 1", "Pier 0"]
    assert rest["next"] is None
    asked = desk.post(f"/v1/corrections/{first['items'][0]['id']}/undo", json={})
    assert (asked.status_code, asked.json()["undoes"]) == (202, first["items"][0]["id"])
    assert desk.post("/v1/corrections/nothing-here/undo", json={}).status_code == 404
    assert reader.post(f"/v1/corrections/{first['items'][0]['id']}/undo", json={}).status_code == 403


def save_correction(settings: Settings, number: int, state: Literal["applied", "refused"]) -> None:
    at = NOW + timedelta(seconds=number)
    made = StoryCorrection(
        id=f"c0{number}c" * 8, at=at, by="jo", action="rename", story=LIBRARY, title=f"Pier {number}", state=state
    )
    with Producer(settings) as producer:
        producer.send(topics.CORRECTIONS, made)


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        (f"/v1/stories/{'0' * 32}/rename", {"title": "x"}, 404, "no such story"),
        (f"/v1/stories/{PIER}/rename", {"title": " "}, 400, "title"),
        (f"/v1/stories/{PIER}/rename", {"titel": "x"}, 400, ""),
        (f"/v1/stories/{PIER}/split", {"articles": []}, 400, "articles"),
        (f"/v1/stories/{PIER}/split", {"articles": ["nothing-stored"]}, 409, "is not stored"),
        (f"/v1/stories/{PIER}/merge", {"other": LIBRARY}, 409, "only stories of one language"),
        (f"/v1/stories/{PIER}/merge", {"other": "0" * 32}, 409, "there is no story"),
        (f"/v1/articles/{'0' * 32}/move", {"story": PIER}, 404, "no such article"),
        (f"/v1/articles/{COPY.article.id}/move", {"story": LIBRARY}, 409, "only stories of one language"),
        (f"/v1/stories/{PIER}/link", {"other": PIER}, 409, "the same story"),
        (f"/v1/stories/{'0' * 32}/link", {"other": PIER}, 404, "no such story"),
    ],
)
def test_a_correction_that_cannot_be_is_one_sentence(
    desk: httpx.Client, path: str, body: dict[str, Any], status: int, says: str
) -> None:
    answer = desk.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]


def test_a_link_is_made_and_cut_with_a_record_of_it(
    settings: Settings, desk: httpx.Client, reader: httpx.Client
) -> None:
    assert reader.get(f"/v1/stories/{PIER}/links").json() == {"items": []}
    assert reader.post(f"/v1/stories/{PIER}/link", json={"other": LIBRARY}).status_code == 403
    for what, state in (("link", "linked"), ("unlink", "cut")):
        answer = desk.post(f"/v1/stories/{PIER}/{what}", json={"other": LIBRARY[:8], "reason": "a test"})
        assert (answer.status_code, answer.json()) == (202, {"stories": [PIER, LIBRARY], "state": state})
    sent = [decode(one.value, LinkRequest).correction for one in records(settings, topics.SKETCHES)]
    by = "API key night-desk"
    assert [(one.state, one.other) for one in sent if one and one.by == by] == [("linked", LIBRARY), ("cut", LIBRARY)]
    log = [one for one in changes(settings, PIER) if one.by == by and one.fields[0].name == "linked"]
    assert [(one.fields[0].before, one.fields[0].after) for one in log] == [("", LIBRARY), (LIBRARY, "")]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "the body is empty: a JSON object was expected"),
        (b"{", "the body is not JSON: Input data was truncated"),
        (b"wall=1", "the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b'{"name": "\xff"}', "the body is not JSON: it is not in UTF-8"),
        (b'{"name": "\\ud800"}', "the body is not JSON: "),
        (b"[" * 100_000, "the body is nested too deeply"),
        (b"5", "the body: expected an object with fields, got a whole number"),
        (b"null", "the body: expected an object with fields, got null"),
        (b'{"name": ["wall"]}', "name: expected text, got a list"),
        (b'{"nam": "wall"}', "the body: unknown field `nam`"),
    ],
    ids=["empty", "cut", "form", "latin", "surrogate", "deep", "number", "null", "list as name", "unknown"],
)
@pytest.mark.parametrize("path", ["/v1/tracks", f"/v1/stories/{PIER}/rename"])
def test_what_is_wrong_with_a_body_is_one_line(desk: httpx.Client, path: str, body: bytes, says: str) -> None:
    if path.endswith("rename"):
        body, says = body.replace(b"nam", b"titl"), says.replace("nam", "titl")
    answer = desk.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(says)


def test_a_compressed_body_is_refused_where_none_is_taken(desk: httpx.Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = desk.post("/v1/tracks", content=gzip.compress(b'{"name": "wall"}'), headers=headers)
    assert answer.status_code == 415
    assert answer.json()["detail"] == "this route takes no compressed body: send it without Content-Encoding"

"""`POST /v1/articles`: what is taken, what is refused and how that is said."""

import gzip
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from connectors.api.push.articles import MOST_LINES
from connectors.files.line_schema import schema
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, digest
from streams.runtime.settings import Settings
from tests.connectors.api.serving import arrivals, ids

NDJSON = {"Content-Type": "application/x-ndjson"}
HTML = {"Content-Type": "text/html; charset=iso-8859-1"}
_numbers = itertools.count()


def article(**fields: object) -> dict[str, object]:
    """Another one each time."""
    number = next(_numbers)
    return {
        "title": "Harbour wall gives way",
        "url": f"https://news.example/{number}",
        "body": f"Text {number}.",
        **fields,
    }


def lines(*items: object) -> bytes:
    return b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in items)


def test_an_object_arrives_as_ingest_would_send_it(settings: Settings, pusher: httpx.Client) -> None:
    sent = article(published="2026-01-12T10:00:00Z", publisher={"name": "Northfell Media"}, authors=["Ruth Adair"])
    answer = pusher.post("/v1/articles", json=sent)
    assert answer.status_code == 202
    [arrival] = ids(answer)
    got = arrivals(settings)[arrival]
    assert arrival == digest(str(sent["url"]))
    assert (got.form, got.lane, got.url) == (ContentType.BODY, Lane.LIVE, sent["url"])
    assert got.page() == str(sent["body"]).encode()
    assert (got.given.publisher, got.given.authors) == ("Northfell Media", ("Ruth Adair",))
    assert got.origin == "push cms:1"


def test_a_page_keeps_its_bytes_and_its_charset(settings: Settings, pusher: httpx.Client) -> None:
    page = "<html><title>Überschwemmung</title><p>Text</p></html>".encode("latin-1")
    parameters = {"url": "https://news.example/flut", "fetched_at": "2026-01-12T10:00:00Z"}
    answer = pusher.post("/v1/articles", content=page, headers=HTML, params=parameters)
    assert answer.status_code == 202
    got = arrivals(settings)[ids(answer)[0]]
    assert (got.page(), got.form, got.charset, got.url) == (page, ContentType.HTML, "iso-8859-1", parameters["url"])
    assert got.fetched_at.isoformat() == "2026-01-12T10:00:00+00:00"


def test_a_batch_is_taken_line_by_line(settings: Settings, pusher: httpx.Client) -> None:
    sent = [article() for _ in range(250)]
    answer = pusher.post("/v1/articles?lane=backfill", content=lines(*sent), headers=NDJSON)
    assert answer.status_code == 202
    assert ids(answer) == [digest(str(one["url"])) for one in sent]
    assert [one["line"] for one in answer.json()["accepted"]] == list(range(1, 251))
    known = arrivals(settings)
    assert {known[arrival].lane for arrival in ids(answer)} == {Lane.BACKFILL}


def test_bad_lines_are_named_and_the_good_ones_taken(settings: Settings, pusher: httpx.Client) -> None:
    good = [article(), article(colour="red")]
    body = lines(
        good[0],
        b"{",
        article(url=3),
        article(html=["x"]),
        {"url": "https://news.example/empty"},
        b"",
        article(fetched_at="2099-01-01"),
        article(url="ftp://news.example/"),
        b"[" * 100_000,
        article(title="\ud800"),
        [article()],
        b"\xff\xfe",
        good[1],
    )
    answer = pusher.post("/v1/articles", content=body, headers=NDJSON)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert [(one["line"], one.get("field")) for one in told["errors"]] == [
        (2, None),
        (3, "url"),
        (4, "html"),
        (5, None),
        (7, "fetched_at"),
        (8, "url"),
        (9, None),
        (10, None),
        (11, None),
        (12, None),
    ]
    assert all(one["detail"] for one in told["errors"])
    assert [one["line"] for one in told["accepted"]] == [1, 13]
    assert "colour" in told["accepted"][1]["ignored"][0]
    assert {digest(str(one["url"])) for one in good} <= set(arrivals(settings))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {"Content-Type": "application/json"}),
        (b"not json", {"Content-Type": "application/json"}),
        (b'[{"title": "a"}]', {"Content-Type": "application/json"}),
        (b"\n \n", NDJSON),
        (b"  ", HTML),
        (b"\x1f\x8bnot gzip at all", NDJSON | {"Content-Encoding": "gzip"}),
        (gzip.compress(b'{"title": "a"}')[:-9], NDJSON | {"Content-Encoding": "gzip"}),
    ],
    ids=["empty", "no json", "list", "empty lines", "blank page", "no gzip", "half gzip"],
)
def test_what_cannot_be_read_is_400_in_one_line(pusher: httpx.Client, body: bytes, headers: dict[str, str]) -> None:
    answer = pusher.post("/v1/articles", content=body, headers=headers)
    assert answer.status_code == 400
    told = answer.json()
    assert told["status"] == 400
    assert told["detail"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("parameters", ["lane=later", "url=https://a.example/", "fetched_at=2026-01-01", "lanes=live"])
def test_parameters_that_do_not_fit_are_400(pusher: httpx.Client, parameters: str) -> None:
    answer = pusher.post(f"/v1/articles?{parameters}", json=article())
    assert answer.status_code == 400
    assert parameters.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
    ],
    ids=["plain", "none", "brotli"],
)
def test_other_types_and_encodings_are_415(pusher: httpx.Client, headers: dict[str, str]) -> None:
    answer = pusher.post("/v1/articles", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert {"accept-post", "accept-encoding"} & set(answer.headers)


def test_gzip_is_unpacked(pusher: httpx.Client) -> None:
    sent = [article(), article()]
    packed = gzip.compress(lines(sent[0]) + b"\n") + gzip.compress(lines(sent[1]))
    answer = pusher.post("/v1/articles", content=packed, headers=NDJSON | {"Content-Encoding": "gzip"})
    assert answer.status_code == 202
    assert ids(answer) == [digest(str(one["url"])) for one in sent]


def endless() -> Iterator[bytes]:
    """A body without a length."""
    while True:
        yield b"x" * 1_000_000


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * (MAX_PAGE_BYTES + 1), HTML),
        (gzip.compress(b" " * 100_000_000), NDJSON | {"Content-Encoding": "gzip"}),
        (lines(*({"title": "a"} for _ in range(MOST_LINES + 1))), NDJSON),
    ],
    ids=["page", "bomb", "lines"],
)
def test_what_is_too_large_is_413(pusher: httpx.Client, body: bytes, headers: dict[str, str]) -> None:
    answer = pusher.post("/v1/articles", content=body, headers=headers)
    assert answer.status_code == 413
    assert "several requests" in answer.json()["detail"]


def test_an_endless_body_is_cut_off(pusher: httpx.Client) -> None:
    try:
        answer = pusher.post("/v1/articles", content=endless(), headers=HTML)
    except httpx.WriteError:  # the connection is closed while the client still sends
        return
    assert answer.status_code == 413


def test_an_idempotency_key_gives_the_same_answer(settings: Settings, pusher: httpx.Client) -> None:
    sent, key = lines(article(), b"{"), {"Idempotency-Key": "batch-1"}
    first, again = (pusher.post("/v1/articles", content=sent, headers=NDJSON | key) for _ in range(2))
    assert first.status_code == again.status_code == 400
    assert first.content == again.content
    other = pusher.post("/v1/articles", content=lines(article()), headers=NDJSON | key)
    assert other.status_code == 422
    too_long = pusher.post("/v1/articles", json=article(), headers={"Idempotency-Key": "x" * 256})
    assert too_long.status_code == 400


def test_a_repeated_article_has_the_same_id(pusher: httpx.Client) -> None:
    sent = article()
    assert ids(pusher.post("/v1/articles", json=sent)) == ids(pusher.post("/v1/articles", json=sent))


def test_many_at_once_are_all_confirmed(settings: Settings, pusher: httpx.Client) -> None:
    sent = [article() for _ in range(120)]
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda one: pusher.post("/v1/articles", json=one), sent))
    assert {one.status_code for one in answers} == {202}
    assert {ids(one)[0] for one in answers} <= set(arrivals(settings))


def test_every_field_of_the_schema_is_understood(pusher: httpx.Client) -> None:
    """The API, the schema and `storywatch ingest` know one shape."""
    for name in schema()["properties"]:
        told = pusher.post("/v1/articles", json={"title": "x", "body": "y", name: None}).json()["accepted"]
        assert "ignored" not in told[0], name

"""Reading files, folders and standard input: what becomes an article, and the one line for what does not."""

import gzip
import io
import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from connectors.files import json_stream, line_schema, objects
from connectors.files.read import RefusedInput, measured, read
from streams.contract.errors import TooLarge, UsageError
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, RawArticle, SenderFields

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
PAGE = b"<!DOCTYPE html><html><head><title>Harbour reopens</title></head><body><p>Ships are back.</p></body></html>"


def _read(*paths: Path | str, **options: Any) -> list[RawArticle | RefusedInput]:
    return list(read(paths, **{"lane": Lane.BACKFILL, "now": lambda: NOW, **options}))


def _one(*paths: Path | str, **options: Any) -> RawArticle:
    (got,) = _read(*paths, **options)
    assert isinstance(got, RawArticle), got
    return got


def _refused(*paths: Path | str, **options: Any) -> RefusedInput:
    (got,) = _read(*paths, **options)
    assert isinstance(got, RefusedInput), got
    assert "\n" not in got.reason
    return got


def _write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _lines(path: Path, *objects: Any) -> Path:
    return _write(path, "".join(json.dumps(one) + "\n" for one in objects))


# --- pages and texts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.html", PAGE, ContentType.HTML),
        ("a.HTM", b"only words", ContentType.HTML),
        ("a.xhtml", PAGE, ContentType.HTML),
        ("a.txt", b"Harbour reopens\n\nShips are back.", ContentType.TEXT),
        ("a.md", b"# Harbour reopens", ContentType.TEXT),
        ("page.txt", PAGE, ContentType.HTML),
        ("saved", PAGE, ContentType.HTML),
        ("notes", b"RIFF and other words", ContentType.TEXT),
        ("a.txt", b'{"quoted": "words", and so on', ContentType.TEXT),
        ("a.html.gz", gzip.compress(PAGE), ContentType.HTML),
        ("a.txt.gz", gzip.compress(b"Ships are back."), ContentType.TEXT),
        ("packed.html", gzip.compress(PAGE), ContentType.HTML),
    ],
)
def test_a_file_is_read_as_what_it_is(tmp_path: Path, name: str, content: bytes, form: ContentType) -> None:
    got = _one(_write(tmp_path / name, content))
    assert got.form is form
    assert got.page() == (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content)
    assert (got.origin, got.lane, got.fetched_at, got.received_at) == (name, Lane.BACKFILL, NOW, NOW)


def test_zeros_in_a_file_of_lines_cost_their_line(tmp_path: Path) -> None:
    content = b'{"url": "https://a.example/1", "body": "One."}\n' + bytes(64) + b'\n{"body": "Two.", "title": "T"}\n'
    found = _read(_write(tmp_path / "a.jsonl", content))
    assert [isinstance(one, RefusedInput) for one in found] == [False, True, False]


def test_text_in_utf_16_says_so(tmp_path: Path) -> None:
    got = _one(_write(tmp_path / "a.txt", "Schiffe für den Hafen".encode("utf-16")))
    assert (got.form, got.charset) == (ContentType.TEXT, "utf-16")


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.html", b"", "empty"),
        ("a.txt", b" \n\t\n", "empty"),
        ("a.jsonl", b"\n\n", "empty"),
        ("a.json", b"", "empty"),
        ("a.gz", b"", "empty"),
        ("a.txt", b"%PDF-1.7 ...", "this is a PDF"),
        ("a.html", b"\x89PNG\r\n\x1a\n\0\0", "this is a PNG image"),
        ("a.txt", b"PK\x03\x04\x14\0", "this is a ZIP archive or an office document"),
        ("a.jsonl", b"a\0b", "this is binary data"),
        ("a.txt.gz", gzip.compress(b"%PDF-1.7"), "this is a PDF"),
        ("a.xml", b'<?xml version="1.0"?><rss version="2.0"></rss>', "an RSS or Atom feed"),
        ("a.warc", b"A text.", "its name ends in .warc, but it is not a web archive (WARC 1.0 or 1.1)"),
        ("a.warc.gz", gzip.compress(b"A text."), "its name ends in .warc, but it is not a web archive"),
        ("a.wacz", b"A text.", "its name ends in .wacz, but it is not a WACZ file"),
        ("a.mbox", b"A text.", "its name ends in .mbox, but it is not an mbox file"),
        ("a.html.gz", b"<html>not packed", "damaged gzip"),
        ("a.html.gz", gzip.compress(PAGE)[:-12], "damaged gzip"),
        ("a.html", b"x" * (MAX_PAGE_BYTES + 1), "over the limit of 10,000,000 bytes"),
        ("a.json", b'{\n"text": "' + b"x" * MAX_PAGE_BYTES + b'"}', "over the limit of 10,000,000 bytes"),
        ("a.json", b"\n \n", "empty"),
        ("a.html.gz", gzip.compress(b"\0" * 3 + b"x" * 10), "binary"),
        ("a.html.gz", gzip.compress(b"x" * 200_000_000, 1), "over the limit of 10,000,000 bytes"),
    ],
)
def test_what_is_no_article_is_refused_with_one_line(tmp_path: Path, name: str, content: bytes, line: str) -> None:
    path = _write(tmp_path / name, content)
    got = _refused(path)
    assert got.origin == str(path)
    assert line in got.reason


def test_a_missing_file_is_one_line_and_the_others_are_read(tmp_path: Path) -> None:
    page = _write(tmp_path / "a.html", PAGE)
    first, second = _read(tmp_path / "gone.html", page)
    assert first == RefusedInput(str(tmp_path / "gone.html"), "there is no such file")
    assert isinstance(second, RawArticle)


def test_what_looks_like_an_address_is_no_missing_file() -> None:
    assert "http:// or https://" in _refused("htps://paper.example/a").reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_one_line(tmp_path: Path) -> None:
    page = _write(tmp_path / "a.html", PAGE)
    page.chmod(0)
    assert _refused(page).reason == "may not be read: permission denied"


# --- folders ------------------------------------------------------------------------------------------------------


def test_a_folder_is_read_in_natural_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("day2/page10.txt", "day2/page9.txt", "day10/a.txt", "b.txt", ".hidden.txt", ".git/x.txt"):
        _write(tmp_path / name, f"text of {name}")
    assert [got.origin for got in _read(tmp_path)] == ["b.txt", "day2/page9.txt", "day2/page10.txt", "day10/a.txt"]


def test_in_a_folder_links_pipes_and_emptiness_are_reported(tmp_path: Path) -> None:
    assert _refused(tmp_path).reason == "a folder without files"
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    got = {Path(one.origin).name: one.reason for one in _read(tmp_path) if isinstance(one, RefusedInput)}
    assert got["loop"].startswith("a link to a folder")
    assert got["nowhere"] == "there is no such file"
    assert got["pipe"].startswith("not a file")


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_a_json_line_brings_its_fields(tmp_path: Path) -> None:
    line = {
        "url": " https://paper.example/harbour ",
        "text": "Ships are back.\n\nThe gates opened.",
        "title": "Harbour reopens",
        "description": "After a week",
        "publishedAt": "3 May 2031",
        "author": ["Ada Quill", {"name": "Bo Reed"}],
        "source": {"id": 7, "name": "The Paper"},
        "lang": "en",
        "labels": ["world", "papers"],
        "fetched_at": "2031-05-04T09:00:00+02:00",
        "likes": 12,
    }
    got = _one(_lines(tmp_path / "a.jsonl", line), fetched_at=NOW - timedelta(days=1))
    assert (got.form, got.page()) == (ContentType.BODY, b"Ships are back.\n\nThe gates opened.")
    assert (got.url, got.origin, got.charset) == ("https://paper.example/harbour", "a.jsonl:1", "utf-8")
    assert got.fetched_at == datetime(2031, 5, 4, 7, 0, tzinfo=UTC)
    assert got.given == SenderFields(
        title="Harbour reopens",
        summary="After a week",
        authors=("Ada Quill", "Bo Reed"),
        publisher="The Paper",
        published="3 May 2031",
        language="en",
        labels=("world", "papers"),
    )


@pytest.mark.parametrize(
    ("line", "form", "content"),
    [
        ({"html": "<p>Ships</p>", "text": "other"}, ContentType.HTML, "<p>Ships</p>"),
        ({"html": " ", "body": "Ships"}, ContentType.BODY, "Ships"),
        ({"content": "<p>Ships &amp; gates</p><p>Open</p>"}, ContentType.BODY, "Ships & gates\n\nOpen"),
        ({"content": PAGE.decode()}, ContentType.HTML, PAGE.decode()),
        ({"text": "2 < 3 & so on"}, ContentType.BODY, "2 < 3 & so on"),
        ({"title": "Harbour reopens", "text": "", "url": None}, ContentType.TEXT, "Harbour reopens"),
    ],
)
def test_the_form_follows_the_field(tmp_path: Path, line: dict[str, Any], form: ContentType, content: str) -> None:
    got = _one(_lines(tmp_path / "a.jsonl", line))
    assert (got.form, got.page().decode()) == (form, content)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": "a"', "not JSON"),
        ("words", "not JSON"),
        ('["text"]', "a JSON object was expected, this is a list"),
        ("3", "a JSON object was expected, this is a number"),
        ('{"summary": "x"}', "there is no text in it"),
        ('{"text": 3}', "the field text is a number, text was expected"),
        ('{"text": "a", "storywatch": "story"}', "of Storywatch itself (a story)"),
        ('{"title": "a", "storywatch": "hit"}', "`storywatch export` writes those"),
        ('{"text": "a", "url": "paper.example/x"}', "not an http or https URL"),
        ('{"text": "a", "url": "ftp://paper.example/x"}', "not an http or https URL"),
        ('{"text": "a", "fetched_at": "yesterday"}', "the field fetched_at is not an ISO 8601 date: yesterday"),
        ('{"text": "a", "fetched_at": "2031-05-04T12:06:00Z"}', "is in the future"),
        ('{"text": "a", "fetched_at": "1989-12-31"}', "is before 1990"),
        ('{"text": "a", "crawled": 1e300}', "the field crawled is not a time"),
        ('{"a":' + "[" * 100_000, "nested too deep"),
        ('{"text": "\\ud800"}', "not JSON"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_the_rest_is_read(tmp_path: Path, line: str, reason: str) -> None:
    good = '{"text": "Ships are back."}\n'
    got = _read(_write(tmp_path / "a.jsonl", good + "\n" + line + "\n" + good))
    assert [isinstance(one, RefusedInput) for one in got] == [False, True, False]
    assert isinstance(got[1], RefusedInput)
    assert got[1].origin == f"{tmp_path / 'a.jsonl'}:3"
    assert reason in got[1].reason
    assert "\n" not in got[1].reason
    assert got[2].origin == "a.jsonl:4"


def test_times_of_fetching_at_the_edges_pass(tmp_path: Path) -> None:
    times = ["2031-05-04T12:04:00Z", "1990-01-01", 1_900_000_000, 1_900_000_000_000]
    got = _read(_lines(tmp_path / "a.jsonl", *({"text": "a", "fetched_at": when} for when in times)))
    assert [one.fetched_at.year for one in got if isinstance(one, RawArticle)] == [2031, 1990, 2030, 2030]


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        ({"URL": "https://paper.example/x"}, "unknown field URL: did you mean url?"),
        ({"pubdate": "2031-05-03"}, "unknown field pubdate: did you mean pubDate?"),
        ({"likes": 12}, "unknown field likes: it is passed over"),
        ({"authors": [3]}, "the field authors holds a number, names were expected"),
        ({"summary": {"text": "x"}}, "the field summary is an object, text was expected"),
        ({"published": True}, "the field published is true or false, text was expected"),
        ({"published": "yesterday"}, "the field published is no date that can be read: yesterday"),
        ({"date": "2031-13-45"}, "the field published is no date that can be read: 2031-13-45"),
        ({"language": "klingon"}, "the field language is no language code such as en or pt-BR: klingon"),
    ],
)
def test_what_is_passed_over_is_told_and_the_article_goes_in(tmp_path: Path, extra: dict[str, Any], line: str) -> None:
    told: list[tuple[str, str]] = []
    path = _lines(tmp_path / "a.jsonl", {"text": "Ships are back."}, {"text": "Ships are back.", **extra})
    got = _read(path, warn=lambda where, line: told.append((where, line)))
    assert [type(one) for one in got] == [RawArticle, RawArticle]
    assert told == [(f"{path}:2", line)]


@pytest.mark.parametrize(
    "published", ["2031-05-03", "Sat, 03 May 2031 10:00:00 GMT", "3 May 2031", 1_900_000_000, "3. Mai 2031", ""]
)
def test_a_date_that_cleaning_reads_is_no_doubt(tmp_path: Path, published: object) -> None:
    told: list[str] = []
    line = {"text": "Ships are back.", "published": published, "language": "de-AT"}
    _one(_lines(tmp_path / "a.jsonl", line), warn=lambda where, line: told.append(line))
    assert told == []


def test_every_alias_is_read_and_in_the_schema() -> None:
    schema = line_schema.schema()
    assert set(schema["properties"]) == {name for names in objects.FIELDS.values() for name in names}
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(line_schema.SCHEMA_FILE.read_text()) == schema, "line_schema.write_schema() makes it anew"
    valid = jsonschema.Draft202012Validator(schema).is_valid
    assert valid({"link": "https://paper.example/x", "content": "Ships", "pubDate": "2031-05-03", "byline": ["A"]})
    assert not valid({"url": "https://paper.example/x"})
    assert not valid({"text": 3})


def test_the_page_lists_every_name_of_a_field() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operating" / "articles.md").read_text()
    for names in objects.FIELDS.values():
        assert ", ".join(f"`{name}`" for name in names) + " |" in page


def test_how_far_reading_has_come_is_known_for_files(tmp_path: Path) -> None:
    _lines(tmp_path / "in" / "a.jsonl", *({"text": f"Ships {n}"} for n in range(50)))
    _write(tmp_path / "in" / "b.html.gz", gzip.compress(PAGE))
    meter = measured([tmp_path / "in", tmp_path / "gone"])
    shares = [meter.share for _ in read([tmp_path / "in"], lane=Lane.LIVE, meter=meter)]
    assert shares == sorted(shares, key=lambda share: share or 0.0)
    assert meter.share == 1.0
    assert measured(["-"]).share is None


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "one"}\n{"text": "two"}\n',
        '\ufeff{"text": "one"}\r\n\r\n{"text": "two"}',
        '[{"text": "one"}, {"text": "two"}]',
        '\ufeff\n[\n  {\n    "text": "one"\n  },\n  {"text": "two"}\n]\n',
    ],
)
def test_json_comes_as_lines_or_as_an_array(tmp_path: Path, text: str) -> None:
    for name in ("a.json", "without-ending"):
        got = _read(_write(tmp_path / name, text))
        assert [one.page() for one in got if isinstance(one, RawArticle)] == [b"one", b"two"], got


def test_json_may_be_one_object_over_several_lines(tmp_path: Path) -> None:
    assert _one(_write(tmp_path / "a.json", json.dumps({"title": "x", "text": "one"}, indent=2))).page() == b"one"


def test_a_broken_array_keeps_what_came_before_the_break(tmp_path: Path) -> None:
    got = _read(_write(tmp_path / "a.json", '[{"text": "one"}, {"text": "two"'))
    assert [type(one) for one in got] == [RawArticle, RefusedInput]
    assert got[1].origin == f"{tmp_path / 'a.json'} item 2"
    empty = _write(tmp_path / "b.json", "[]")
    assert _read(empty) == [RefusedInput(str(empty), "empty: there is no text in it")]


def test_standard_input_is_told_by_its_content() -> None:
    assert _one("-", stdin=io.BytesIO(b'{"text": "one"}\n')).origin == "stdin:1"
    assert _one("-", stdin=io.BytesIO(PAGE)).form is ContentType.HTML
    assert _one("-", stdin=io.BytesIO(gzip.compress(b"Ships are back."))).page() == b"Ships are back."
    assert _refused("-", stdin=io.BytesIO(b"")).origin == "stdin"


def test_lines_of_json_that_hold_pages_are_no_page() -> None:
    lines = b"".join(
        json.dumps({"html": PAGE.decode(), "url": f"https://paper.example/{n}"}).encode() + b"\n" for n in "ab"
    )
    got = _read("-", stdin=io.BytesIO(lines))
    assert [(one.form, one.page()) for one in got if isinstance(one, RawArticle)] == [(ContentType.HTML, PAGE)] * 2


def test_a_line_over_the_limit_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"text": "' + b"x" * 60_000_000 + b'"}\n{"text": "after"}\n')
    tracemalloc.start()
    got = _read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert got[0] == RefusedInput(f"{path}:1", "a line over the limit of 10,000,000 bytes")
    assert isinstance(got[1], RawArticle)
    assert got[1].origin == "a.jsonl:2"
    assert peak < 35_000_000


def test_an_array_is_taken_apart_without_reading_it_whole() -> None:
    text = b"[" + b",".join(b'{"text": "%d"}' % number for number in range(50_000)) + b"]"
    stream = io.BytesIO(text)
    first = next(json_stream.items(stream, 1_000))
    assert first.value == b'{"text": "0"}'
    assert stream.tell() < len(text) / 5
    big = list(json_stream.items(io.BytesIO(b'[1, "' + b"x" * 200_000 + b'"'), 1_000))
    assert isinstance(big[-1].value, TooLarge)


# --- the time of fetching -----------------------------------------------------------------------------------------


def test_the_given_fetch_time_is_the_default_of_articles(tmp_path: Path) -> None:
    then = datetime(2030, 1, 1, tzinfo=UTC)
    assert _one(_write(tmp_path / "a.html", PAGE), fetched_at=then).fetched_at == then
    assert _one(_lines(tmp_path / "a.jsonl", {"text": "a"}), fetched_at=then).fetched_at == then
    with pytest.raises(UsageError, match="in the future"):
        _read(fetched_at=NOW + timedelta(hours=1))


@pytest.mark.parametrize("url", ["http://xn--ls8h.la/", "http://xn--/", "http://[", "http://a:99999/"])
def test_a_line_with_an_impossible_address_costs_that_line(tmp_path: Path, url: str) -> None:
    lines = [
        {"url": address, "title": "A", "body": "Text"}
        for address in ("https://a.example/1", url, "https://a.example/2")
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    first, bad, last = read([tmp_path / "a.jsonl"], lane=Lane.LIVE)
    assert isinstance(bad, RefusedInput)
    assert bad.origin == f"{tmp_path / 'a.jsonl'}:2"
    assert [one.url for one in (first, last) if isinstance(one, RawArticle)] == [
        "https://a.example/1",
        "https://a.example/2",
    ]

"""WARC and WACZ files: every page is an article, everything else is counted, and damage costs what lies after it."""

import gzip
import io
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.archives.progress import ProgressStore
from connectors.archives.warc import Found
from connectors.files.items import Checkpoint, RefusedInput
from connectors.files.read import read, read_resumable
from streams.contract.messages import MAX_PAGE_BYTES, ContentType, Lane, RawArticle
from tests.connectors.archives.writing import DATE, http, page, pages, record, wacz, warc_gz

FETCHED = datetime(2026, 1, 12, 10, tzinfo=UTC)


def found_in(path: Path, notes: list[str] | None = None, progress: ProgressStore | None = None) -> list[Found]:
    said = notes if notes is not None else []
    return list(read_resumable([path], lane=Lane.LIVE, note=lambda where, line: said.append(line), progress=progress))


def articles(found: Sequence[Found]) -> list[RawArticle]:
    return [one for one in found if isinstance(one, RawArticle)]


def refused(found: Sequence[Found]) -> list[RefusedInput]:
    return [one for one in found if isinstance(one, RefusedInput)]


def written(folder: Path, content: bytes, name: str = "crawl.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "packed"), [("crawl.warc.gz", True), ("crawl.warc", False), ("crawl", True)], ids=["gz", "plain", "name"]
)
def test_each_page_is_an_article_of_its_address_and_time(tmp_path: Path, name: str, packed: bool) -> None:
    records = [
        *pages(2),
        record(
            http("<p>Fähre</p>".encode("iso-8859-1"), content_type="text/html; charset=ISO-8859-1"), "<http://a.test/>"
        ),
    ]
    path = written(tmp_path, warc_gz(records) if packed else b"".join(records), name)
    first, second, third = articles(found_in(path))
    assert (first.url, first.page(), first.form) == ("https://tarn.example/0", page(0), ContentType.HTML)
    assert (first.fetched_at, first.origin) == (FETCHED, name)
    assert second.page() == page(1)
    assert (third.url, third.charset, third.page().decode("iso-8859-1")) == (
        "http://a.test/",
        "iso-8859-1",
        "<p>Fähre</p>",
    )


def test_standard_input_is_read_as_an_archive_too() -> None:
    stream = io.BytesIO(warc_gz(pages(3)))
    assert len(list(read(["-"], lane=Lane.LIVE, stdin=stream))) == 3


def test_what_is_not_a_page_is_counted_by_kind(tmp_path: Path) -> None:
    records = [
        *pages(1),
        *[record(http(b"\x89PNG", content_type="image/png"), f"https://tarn.example/{n}.png") for n in range(3)],
        *[record(http(b"", "304 Not Modified"), f"https://tarn.example/r{n}", "revisit") for n in range(2)],
        record(http(b"<p>gone</p>", "404 Not Found")),
        record(http(b"<p>moved</p>", "301 Moved Permanently", Location="/b")),
        record(http(b"  ")),
        record(http(page(7)), url="ftp://tarn.example/a"),
        record(http(page(8)), date="2999-01-01T00:00:00Z"),
        record(http(b"<p>" + b"x" * MAX_PAGE_BYTES)),
        record(b"tarn.example. 300 IN A 192.0.2.1", "dns:tarn.example", content_type="text/dns"),
    ]
    notes: list[str] = []
    found = found_in(written(tmp_path, warc_gz(records)), notes)
    assert len(articles(found)) == 1
    assert refused(found) == []
    assert set(notes) == {
        "left out: 3 records that are not HTML",
        "left out: 2 revisit records, whose page is stored elsewhere",
        "left out: 1 responses with status 404",
        "left out: 1 responses with status 301",
        "left out: 2 pages without text, or with an impossible date",
        "left out: 1 pages without a web address",
        "left out: 1 pages over the limit of size",
        "left out: 1 responses that are not HTTP",
    }


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(page(1)), {"Content_Encoding": "gzip"}),
        (b"%x\r\n%s\r\n0\r\n\r\n" % (len(page(1)), page(1)), {"Transfer_Encoding": "chunked"}),
        (page(1), {"Content_Encoding": "gzip", "Transfer_Encoding": "chunked"}),
        (page(1), {"Content_Encoding": "compress"}),
    ],
    ids=["gzip", "chunked", "decoded before", "unknown"],
)
def test_the_encoding_of_an_answer_is_undone(tmp_path: Path, body: bytes, headers: dict[str, str]) -> None:
    records = [record(http(body, **headers)), *pages(1)]
    assert [one.page() for one in articles(found_in(written(tmp_path, warc_gz(records))))] == [page(1), page(0)]


def test_a_gzip_bomb_in_an_archive_costs_its_record(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(200_000_000))
    notes: list[str] = []
    path = written(tmp_path, warc_gz([record(http(bomb, Content_Encoding="gzip")), *pages(1)]))
    assert len(articles(found_in(path, notes))) == 1
    assert notes == ["left out: 1 pages over the limit of size"]


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("cut", [30, 150, 400])
def test_a_truncated_archive_gives_what_lies_before(tmp_path: Path, packed: bool, cut: int) -> None:
    records = pages(20)
    whole = warc_gz(records) if packed else b"".join(records)
    path = written(tmp_path, whole[: -cut if packed else -2 * cut], "crawl.warc.gz" if packed else "crawl.warc")
    found = found_in(path)
    assert 18 <= len(articles(found)) <= 20
    [line] = refused(found)
    assert "damaged or truncated after byte" in line.reason
    assert f"the {len(articles(found))} articles before are in" in line.reason


def test_damage_in_the_middle_costs_what_lies_after_it(tmp_path: Path) -> None:
    before, after = warc_gz(pages(10)), warc_gz(pages(10))
    found = found_in(written(tmp_path, before + b"\x1f\x8b" + bytes(300) + after))
    assert len(articles(found)) == 10
    assert len(refused(found)) == 1


def test_a_member_that_unpacks_without_end_is_not_read(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"WARC/1.0\r\nX: ") + b"".join(packer.compress(b"x" * 1_000_000) for _ in range(300))
    found = found_in(written(tmp_path, warc_gz(pages(2)) + bomb + packer.flush()))
    assert len(articles(found)) == 2
    assert len(refused(found)) == 1


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.wacz", wacz({"archive/data.warc.gz": warc_gz(pages(3))})[:-200], "damaged or truncated WACZ"),
        ("a.wacz", wacz({"pages/pages.jsonl": b"{}"}), "without a WARC file"),
        ("a.warc.gz", warc_gz([record(b"x", kind="metadata")]), "without any page"),
        ("a.warc", b"WARC/1.0\r\nnothing", "not a readable web archive"),
        ("a.warc", b"WARC/1.0\r\n" + b"x" * 5_000_000, "not a readable web archive"),
    ],
    ids=["truncated wacz", "empty wacz", "no page", "no record", "endless"],
)
def test_an_archive_without_pages_is_one_line(tmp_path: Path, name: str, content: bytes, line: str) -> None:
    [found] = found_in(written(tmp_path, content, name))
    assert isinstance(found, RefusedInput)
    assert line in found.reason


def test_all_archives_inside_a_wacz_are_read(tmp_path: Path) -> None:
    content = wacz(
        {
            "datapackage.json": b"{}",
            "archive/one.warc.gz": warc_gz(pages(2, "one.test")),
            "archive/two.warc": b"".join(pages(1, "two.test")),
        }
    )
    urls = [one.url for one in articles(found_in(written(tmp_path, content, "site.wacz")))]
    assert urls == ["https://one.test/0", "https://one.test/1", "https://two.test/0"]


# --- progress ---------------------------------------------------------------------------------------------------------


def interrupted_after(count: int, path: Path, store: ProgressStore) -> list[RawArticle]:
    """What a run gets that confirms everything at once and is killed after ``count`` articles."""
    got: list[RawArticle] = []
    for one in read_resumable([path], lane=Lane.LIVE, progress=store):
        if isinstance(one, Checkpoint):
            one.reached()
        elif isinstance(one, RawArticle):
            got.append(one)
            if len(got) == count:
                break
    return got


@pytest.mark.parametrize("name", ["crawl.warc.gz", "crawl.warc", "site.wacz"])
def test_reading_resumes_after_the_last_checkpoint(tmp_path: Path, name: str) -> None:
    content = warc_gz(pages(50))
    if name.endswith("wacz"):
        content = wacz(
            {"archive/1.warc.gz": warc_gz(pages(20, "a.test")), "archive/2.warc.gz": warc_gz(pages(30, "b.test"))}
        )
    elif name.endswith("warc"):
        content = b"".join(pages(50))
    path = written(tmp_path, content, name)
    store = ProgressStore(tmp_path / "progress", "")
    first = interrupted_after(33, path, store)
    path = path.rename(tmp_path / f"moved-{name}")
    notes: list[str] = []
    rest = articles(found_in(path, notes, store))
    assert notes == ["resumed after 30 articles"]
    assert len({one.url for one in [*first, *rest]}) == 50
    assert len(rest) == 20, "at most what came after the last checkpoint is read again"


def test_an_archive_packed_as_a_whole_begins_anew_and_loses_none(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"".join(pages(50))))
    store = ProgressStore(tmp_path / "progress", "")
    first = interrupted_after(33, path, store)
    notes: list[str] = []
    again = found_in(path, notes, store)
    assert (len(first), len(articles(again)), refused(again), notes) == (33, 50, [], [])
    for one in again:
        if isinstance(one, Checkpoint):
            one.reached()
    assert found_in(path, notes, store) == []
    assert "read to its end" in notes[0]


def test_an_archive_packed_as_a_whole_that_breaks_off_says_so(tmp_path: Path) -> None:
    found = found_in(written(tmp_path, gzip.compress(b"".join(pages(50)))[:-200]))
    assert 0 < len(articles(found)) <= 50
    [line] = refused(found)
    assert "it breaks off" in line.reason


def test_a_finished_archive_is_not_read_again_unless_asked(tmp_path: Path) -> None:
    path = written(tmp_path, warc_gz([*pages(7), record(http(b"", content_type="image/png"))]))
    store = ProgressStore(tmp_path / "progress", "")
    assert len(interrupted_after(99, path, store)) == 7
    notes: list[str] = []
    assert found_in(path, notes, store) == []
    assert "7 articles; --again reads it again" in notes[0]
    assert len(articles(found_in(path, progress=ProgressStore(tmp_path / "progress", "", again=True)))) == 7
    assert len(articles(found_in(path, progress=ProgressStore(tmp_path / "progress", "other-")))) == 7


def test_damaged_progress_begins_anew(tmp_path: Path) -> None:
    path = written(tmp_path, warc_gz(pages(7)))
    store = ProgressStore(tmp_path / "progress", "")
    interrupted_after(99, path, store)
    for file in (tmp_path / "progress" / "ingest").iterdir():
        assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0, "what was read is private"
        file.write_bytes(b'{"name": 7')
    assert len(articles(found_in(path, progress=store))) == 7


def test_the_counts_of_an_interrupted_run_go_on(tmp_path: Path) -> None:
    image = record(http(b"x", content_type="image/png"))
    records = pages(10)
    path = written(tmp_path, warc_gz([image, image, *records, image]))
    store = ProgressStore(tmp_path / "progress", "")
    interrupted_after(8, path, store)
    notes: list[str] = []
    found_in(path, notes, store)
    assert notes == ["resumed after 5 articles", "left out: 3 records that are not HTML"]
    assert DATE.startswith("2026")

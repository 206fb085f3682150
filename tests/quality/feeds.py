"""Feeds -> how many of feedparser's own test feeds are read as feedparser itself reads them.

Its tests are in its source distribution, which is downloaded from the package index at each run.
What feedparser reads of a feed is what its own tests expect; only entries, links, titles and dates are compared.
"""

import calendar
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import html_text

from connectors.feeds.parse.feed import parse
from connectors.http.net import check_url
from streams.contract.errors import StorywatchError, UsageError
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

VERSION = "6.0.14"
SHA256 = "088679b0c4b543ee211a820dd544698c76a402122eae7473c04a43425f283d06"
SOURCE = f"feedparser-{VERSION}.tar.gz"
FOLDERS = {"feeds_wellformed": "wellformed", "feeds_illformed": "illformed"}
SECONDS = 600.0  # for the download, and for pip to read what it got
_HEADER = re.compile(rb"^Header:\s*([\w-]+):\s*(.*)$", re.MULTILINE)
_ENCODING = re.compile(rb"^Expect:.*\bencoding\s*==\s*u?'([\w-]+)'", re.MULTILINE)
_ADDRESS = "http://127.0.0.1:8097/"  # of the server in feedparser's own tests


class NotFetched(UsageError):
    """The source distribution cannot be downloaded."""


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """Raises `NotFetched`."""
    feeds = test_feeds(downloaded() if data.feeds is None else stored(data.feeds))
    for name, folder in FOLDERS.items():
        found = {path: content for path, content in feeds.items() if path.startswith(f"{folder}/")}
        cases = list(workers.map(case, found, found.values(), chunksize=50))
        yield Figure(name, sum(one.score for one in cases) / len(cases), f"{len(cases)} feeds of {SOURCE}", cases)


def stored(path: Path) -> bytes:
    """Raises `NotFetched`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFetched(f"{path} cannot be read: {error.strerror}") from error


def downloaded() -> bytes:
    """The source distribution, from pip's cache or the package index. Raises `NotFetched`."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(f"feedparser=={VERSION} --hash=sha256:{SHA256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "feedparser"]
        command += ["--require-hashes", "--disable-pip-version-check", "--dest", folder, "--requirement", str(wanted)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise NotFetched(f"{SOURCE} was not downloaded within {SECONDS:g} s") from error
        file = Path(folder, SOURCE)
        if not file.is_file():
            said = done.stderr.strip().splitlines() or ["pip says nothing"]
            raise NotFetched(f"{SOURCE} cannot be downloaded: {said[-1]}")
        content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise NotFetched(f"{SOURCE} is another one than expected")
    return content


def test_feeds(archive: bytes) -> dict[str, bytes]:
    """The feeds of the two folders by their path below ``tests/``."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files:
            path = member.name.partition("/tests/")[2]
            if path.startswith(tuple(f"{folder}/" for folder in FOLDERS.values())) and path.endswith(".xml"):
                content = files.extractfile(member)
                assert content is not None
                found[path] = content.read()
    return found


@dataclass(frozen=True)
class Read:
    """What counts of an entry. The title is compared by its words."""

    title: str
    link: str | None
    dated: datetime | None


NOTHING = Read("", None, None)  # whether an entry with nothing to compare counts as one does not matter


def case(path: str, content: bytes) -> Case:
    """One feed: 1 where all its entries are read as they should be."""
    headers = {name.decode().lower(): value.decode("latin-1").strip() for name, value in _HEADER.findall(content)}
    encoding = _ENCODING.search(content)
    if encoding:  # found by detection, which needs a package that we do not install
        headers["content-type"] = f"application/xml; charset={encoding[1].decode()}"
    wanted = _by_feedparser(content, headers)
    if encoding:
        del headers["content-type"]
    try:
        read = _by_storywatch(content, headers)
    except StorywatchError as error:
        return Case(path, float(not wanted), f"refused: {error}")
    missing = [one for one in wanted if one not in read and one != NOTHING]
    more = [one for one in read if one not in wanted and one != NOTHING]
    return Case(path, float(not missing and not more), f"wanted {missing}, got {more}")


def _by_storywatch(content: bytes, headers: Mapping[str, str]) -> list[Read]:
    declared = headers.get("content-type", "")
    charset = re.search(r"charset=\"?([\w-]+)", declared)
    feed = parse(
        content,
        url=headers.get("content-location", _ADDRESS),
        content_type=declared.partition(";")[0].strip() or None,
        charset=charset[1] if charset else None,
    )
    return [Read(_words(entry.given.title or ""), entry.url, entry.dated) for entry in feed.entries]


def _by_feedparser(content: bytes, headers: Mapping[str, str]) -> list[Read]:
    """The entries, each once; links to the web only."""
    parsed = feedparser.parse(io.BytesIO(content), response_headers={"content-location": _ADDRESS, **headers})
    read = [
        Read(_words(_plain(str(entry.get("title", "")))), _web(entry.get("link")), _date(entry))
        for entry in parsed.entries
    ]
    return list(dict.fromkeys(read))


def _plain(title: str) -> str:
    return str(html_text.extract_text(title)) if "<" in title or "&" in title else title


def _words(text: str) -> str:
    return " ".join(text.split())


def _web(link: Any) -> str | None:
    try:
        return str(check_url(str(link), allow_private=True))
    except UsageError:
        return None


def _date(entry: Any) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        if entry.get(name):
            return datetime.fromtimestamp(calendar.timegm(entry[name]), UTC)
    return None

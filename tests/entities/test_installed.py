"""Taggers of other packages: what they return or raise costs one article at most, what is wrong with them one line."""

import importlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.agents.support import pool_check
from streams.contract import plugins
from streams.contract.errors import Failed, Unavailable, UsageError
from streams.contract.messages import EntityType
from streams.entities import installed
from streams.entities.spans import Span

TEXT = "Ilse Brandt met Jane Doe."
PERSON = EntityType.PERSON
MODULE = """
import os, time
from streams.api import UsageError

def nothing(text):
    return []

def lacks(text):
    raise UsageError("the tagger needs its model: pip install it")

def ends(text):
    os._exit(3)

def waits(text):
    time.sleep(600)

number = 5
"""


def raising(error: BaseException) -> Any:
    def tagger(text: str) -> Iterator[Span]:
        yield Span(0, 4, PERSON)
        raise error

    return tagger


def endless(text: str) -> Iterator[Span]:
    while True:
        yield Span(0, 4, PERSON)


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        ([], []),
        ([Span(-5, 3, PERSON), Span(2, 10**9, PERSON), Span(5, 5, PERSON), Span(9, 3, PERSON)], []),
        ([Span(4, 5, PERSON), Span(11, 16, PERSON)], ["met"]),
        (iter([Span(16, 24, PERSON)]), ["Jane Doe"]),
    ],
)
def test_spans_are_names_inside_the_text(returned: Iterable[Span], names: list[str]) -> None:
    assert [span.of(TEXT) for span in installed.find(lambda text: returned, TEXT, "en")] == names


@pytest.mark.parametrize(
    "returned",
    [
        None,
        7,
        [(0, 4, "person")],
        [Span(0, 4, "person")],  # type: ignore[arg-type]
        [Span(0.0, 4.5, PERSON)],  # type: ignore[arg-type]
        [Span("0", "4", PERSON)],  # type: ignore[arg-type]
        [Span(0, 4, PERSON, confidence=700)],
        endless(TEXT),
    ],
)
def test_what_is_no_spans_costs_the_article(returned: Any) -> None:
    with pytest.raises(Failed, match=r"^the tagger of en [^\n]+$"):
        installed.find(lambda text: returned, TEXT, "en")


@pytest.mark.parametrize(
    "error", [ValueError("two\nlines"), SystemExit(3), KeyboardInterrupt(), UsageError("no model"), RecursionError()]
)
def test_an_exception_costs_the_article(error: BaseException) -> None:
    with pytest.raises(Failed, match=r"^the tagger of en failed \([^\n]+\)$"):
        installed.find(raising(error), TEXT, "en")


def test_a_tagger_whose_server_is_away_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        installed.find(raising(Unavailable("the server is away")), TEXT, "en")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs packages, each with one tagger of Esperanto."""

    def install(*values: str) -> None:
        (tmp_path / "storywatch_test_taggers.py").write_text(MODULE)
        for number, value in enumerate(values):
            about = tmp_path / f"package{number}-1.0.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: package{number}\nVersion: 1.0\n")
            (about / "entry_points.txt").write_text(f"[storywatch.taggers]\neo = storywatch_test_taggers:{value}\n")

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH")))))
    caches = (plugins.load, plugins.names, plugins._declared)
    for cache in caches:
        cache.cache_clear()
    importlib.invalidate_caches()
    yield install
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize(
    ("values", "line"),
    [
        (["absent"], "cannot be loaded from the package package0 (AttributeError"),
        (["number"], "in the package package0 is no function: repair"),
        (["nothing", "lacks"], "two installed packages declare eo of storywatch.taggers (package0 and package1)"),
        (["lacks"], "the tagger needs its model: pip install it"),
        (["ends"], "ended its process: repair or uninstall the packages with taggers (eo)"),
        (["waits"], "took longer than 3 s: repair or uninstall the packages with taggers (eo)"),
    ],
)
def test_a_worker_says_what_is_wrong_with_a_tagger(packages: Any, values: list[str], line: str) -> None:
    packages(*values)
    with pytest.raises(UsageError) as caught:
        pool_check.check(None, None, seconds=3 if values == ["waits"] else 600)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_wrong_weights_are_one_line_of_the_start(tmp_path: Path) -> None:
    (tmp_path / "de.crf").write_bytes(b"no weights")
    with pytest.raises(UsageError, match=r"de\.crf has no weights of a tagger"):
        pool_check.check(None, tmp_path)

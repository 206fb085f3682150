"""Measures the figures, prints a line for each, writes the reports and returns the exit code."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from streams.contract.errors import UsageError
from tests.quality import alerts, cleaning, copies, corpus_figures, entities, feeds, languages, links, stories
from tests.quality.data import Data
from tests.quality.figures import FIGURES, TASKS, Figure, report
from tests.quality.floors import Floors

CORPUS = "corpus"  # the task whose data are in the repository
FEEDS = "feeds"  # the task whose data are downloaded
Task = Callable[[Data, Executor], Iterator[Figure]]
RUNS: dict[str, Task] = {
    "cleaning": cleaning.figures,
    "copies": copies.figures,
    "entities": entities.figures,
    "stories": stories.figures,
    "alerts": alerts.figures,
    "languages": languages.figures,
    "links": links.figures,
    FEEDS: feeds.figures,
    CORPUS: corpus_figures.figures,
}

OK, BELOW, MISUSE = 0, 1, 2
NOT_MEASURED = BELOW  # a run that measures nothing shows nothing


@dataclass(frozen=True)
class Request:
    """What one run shall do. ``only`` names tasks; ``lower`` a figure, which then needs a ``reason``."""

    data: Data
    floors: Path
    build: Path
    only: Sequence[str] = TASKS
    raises: bool = False
    lower: str | None = None
    reason: str = ""


def tasks(only: str) -> tuple[str, ...]:
    """The tasks of a comma-separated list, in their order; all for "". Raises `UsageError` for another name."""
    named = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in named if name not in TASKS]
    if unknown:
        raise UsageError(f"ONLY={only}: there is no task {', '.join(unknown)}; there are {', '.join(TASKS)}")
    return tuple(task for task in TASKS if task in named) or TASKS


def run(request: Request, workers: Executor, out: TextIO = sys.stdout) -> int:
    """Measure, print and write. 0 when there are figures and all floors hold, else 1. Raises `UsageError`."""
    floors = Floors.load(request.floors)
    if request.lower is not None:
        _check_lowering(request)
    figures: list[Figure] = []
    for task in _measurable(request, out):
        measured = _measure(task, request, workers, floors, out)
        _write(request.build / "quality" / f"{task}.md", report(measured))
        figures += measured
    if request.raises:
        changed = floors.raised(figures)
        _say(out, f"raised: {', '.join(changed) or 'nothing'}")
    if request.lower is not None:
        floors.lower(next(_named(figures, request.lower)), request.reason)
        _say(out, f"lowered: {request.lower}, because {request.reason}")
    if request.raises or request.lower is not None:
        floors.save(request.floors)
    _write(request.build / "quality.json", _json(figures, floors))
    return _verdict(figures, floors, out)


def _measurable(request: Request, out: TextIO) -> list[str]:
    """The tasks of the request without those whose folder of labelled data is absent, which are printed."""
    if request.data.eval.is_dir():
        return list(request.only)
    skipped = [task for task in request.only if task not in (CORPUS, FEEDS)]
    if skipped:
        where = f"there are no labelled data at {request.data.eval} (EVAL=DIR names another)"
        _say(out, f"not measured: {', '.join(skipped)}: {where}")
    return [task for task in request.only if task in (CORPUS, FEEDS)]


def _measure(task: str, request: Request, workers: Executor, floors: Floors, out: TextIO) -> list[Figure]:
    started = time.monotonic()
    measured = []
    try:
        for figure in RUNS[task](request.data, workers):
            floor = floors.floors.get(figure.name)
            shown = "-" if floor is None else f"{floor:.3f}"
            mark = "" if floors.holds(figure) else "  WORSE THAN ITS FLOOR"
            _say(out, f"{figure.name} {figure.value:.4f} {shown}  ({figure.sample}){mark}")
            measured.append(figure)
    except feeds.NotFetched as error:
        _say(out, f"not measured: {task}: {error}")
    missing = [name for name, meaning in FIGURES.items() if meaning.task == task]
    missing = [name for name in missing if name not in {figure.name for figure in measured}]
    if missing:
        _say(out, f"not measured, there are no data for it: {', '.join(missing)}")
    _say(out, f"{task}: {time.monotonic() - started:.0f} s")
    return measured


def _check_lowering(request: Request) -> None:
    name = request.lower or ""
    if name not in FIGURES:
        raise UsageError(f"--lower {name}: there is no such figure; there are {', '.join(FIGURES)}")
    if not request.reason.strip():
        raise UsageError(f'--lower {name}: say why it has to be lowered: --reason "..."')
    if FIGURES[name].task not in request.only:
        raise UsageError(f"--lower {name}: it is measured by {FIGURES[name].task}, which ONLY leaves out")


def _named(figures: Sequence[Figure], name: str) -> Iterator[Figure]:
    yield from (figure for figure in figures if figure.name == name)
    raise UsageError(f"--lower {name}: there are no data to measure it on")


def _verdict(figures: Sequence[Figure], floors: Floors, out: TextIO) -> int:
    below = [figure.name for figure in figures if not floors.holds(figure)]
    if not figures:
        _say(out, "QUALITY NOT MEASURED: there are no labelled data for what was asked")
        return NOT_MEASURED
    if below:
        _say(out, f"worse than the floor: {', '.join(below)}; see build/quality/*.md for the worst cases")
    else:
        _say(out, f"all {len(figures)} figures hold")
    return BELOW if below else OK


def _json(figures: Sequence[Figure], floors: Floors) -> str:
    stated = {
        figure.name: {"value": round(figure.value, 6), "floor": floors.floors.get(figure.name)} for figure in figures
    }
    return f"{json.dumps(stated, indent=2)}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _say(out: TextIO, line: str) -> None:
    out.write(f"{line}\n")
    out.flush()

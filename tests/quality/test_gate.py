"""The gate on invented data: what it prints and writes, when it fails, and how floors move."""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from streams.contract.errors import UsageError
from tests.quality import fiction, gate
from tests.quality.__main__ import main
from tests.quality.data import Data
from tests.quality.figures import FIGURES
from tests.quality.floors import FLOORS, Floors

Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fiction.write(tmp_path_factory.mktemp("labelled"))


@pytest.fixture
def run(labelled: Path, tmp_path: Path) -> Iterator[Run]:
    """Runs the gate in this process; gives its exit code and what it printed."""
    with ThreadPoolExecutor(1) as workers:

        def start(only: str = "copies", folder: Path = labelled, **options: Any) -> tuple[int, str]:
            data = Data(folder, tmp_path / "no samples", tmp_path / "no corpus", tmp_path / "no feeds")
            out = io.StringIO()
            request = gate.Request(data, tmp_path / "floors.json", tmp_path / "build", gate.tasks(only), **options)
            return gate.run(request, workers, out), out.getvalue()

        yield start


def pin(folder: Path, **floors: float) -> None:
    (folder / "floors.json").write_text(json.dumps({"floors": floors, "lowered": []}))


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "floors.json").read_text())
    return found


def test_every_task_scores_a_folder_with_other_file_names(run: Run, tmp_path: Path) -> None:
    code, printed = run("")
    values = json.loads((tmp_path / "build" / "quality.json").read_text())
    assert code == gate.OK
    absent = {"samples_fields_ok", "basil_bcubed_f1", "ecbplus_merged", "language_accuracy"}
    absent |= {"links_cross_precision", "links_cross_recall", "ecbplus_bcubed_f1_cv", "ecbplus_merged_cv"}
    absent |= {"pair_calibration", "unrelated_joined"}
    of_other_data = {name for name in FIGURES if FIGURES[name].task in ("corpus", "feeds", "entities", "languages")}
    assert set(values) == set(FIGURES) - absent - of_other_data
    assert [name for name in values if values[name]["value"] == 0] == [
        "cleaning_lost",
        "date_wrong",
        "cleaning_crashes",
        "stories_relabelled",
        "alerts_doubled",
    ]
    assert "not measured, there are no data for it: language_accuracy, samples_fields_ok" in printed
    assert "body_zyte_f1 1.0000 -  (1 pages)" in printed
    assert sorted(path.stem for path in (tmp_path / "build" / "quality").glob("*.md")) == sorted(gate.RUNS)


def test_a_figure_below_its_floor_fails(run: Run, tmp_path: Path) -> None:
    pin(tmp_path, copies_recall_50=1.0, alert_recall=1.1)
    assert run()[0] == gate.OK
    pin(tmp_path, copies_recall_50=1.001)
    code, printed = run()
    assert code == gate.BELOW
    assert "copies_recall_50 1.0000 1.001  (2 reports, 1 wanted)  WORSE THAN ITS FLOOR" in printed
    assert "worse than the floor: copies_recall_50" in printed
    written = json.loads((tmp_path / "build" / "quality.json").read_text())
    assert written["copies_recall_50"] == {"value": 1.0, "floor": 1.001}
    assert written["copies_recall_70"]["floor"] is None


def test_raising_pins_what_is_better_and_keeps_what_is_worse(run: Run, tmp_path: Path) -> None:
    pin(tmp_path, copies_recall_50=0.5, copies_recall_70=1.5, entities_strict_f1=0.2)
    code, printed = run(raises=True)
    assert code == gate.BELOW
    assert "raised: copies_recall_50, copies_recall_90" in printed
    floors = stored(tmp_path)["floors"]
    assert (floors["copies_recall_50"], floors["copies_recall_70"], floors["entities_strict_f1"]) == (1.0, 1.5, 0.2)


def test_lowering_needs_a_reason_that_is_kept(run: Run, tmp_path: Path) -> None:
    pin(tmp_path, copies_recall_50=1.5, copies_recall_70=1.5)
    for reason in ("", "  "):
        with pytest.raises(UsageError, match="--reason"):
            run(lower="copies_recall_50", reason=reason)
    assert stored(tmp_path)["floors"]["copies_recall_50"] == 1.5
    run(lower="copies_recall_50", reason="a label was wrong")
    assert stored(tmp_path)["floors"] == {"copies_recall_50": 1.0, "copies_recall_70": 1.5}
    assert stored(tmp_path)["lowered"] == [
        {"name": "copies_recall_50", "from": 1.5, "to": 1.0, "reason": "a label was wrong"}
    ]


@pytest.mark.parametrize(
    ("only", "lower", "said"),
    [("copies", "copies_recal", "no such figure"), ("entities", "copies_recall_50", "ONLY leaves out")],
)
def test_lowering_what_is_not_measured_is_a_mistake(run: Run, only: str, lower: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(only, lower=lower, reason="why not")


def test_where_there_are_no_data_at_all_it_says_so_and_fails(run: Run, tmp_path: Path) -> None:
    code, printed = run(folder=tmp_path / "nowhere")
    assert code == gate.NOT_MEASURED != gate.OK
    assert printed.startswith("not measured: copies: there are no labelled data at ")
    (tmp_path / "empty").mkdir()
    for only in ("copies", "cleaning,copies,entities,stories"):  # those of links are in the repository
        code, printed = run(only, folder=tmp_path / "empty")
        assert code == gate.NOT_MEASURED
        assert printed.endswith("QUALITY NOT MEASURED: there are no labelled data for what was asked\n")


def test_an_unknown_task_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ONLY", "copies,cleanin")
    assert main([]) == gate.MISUSE
    said = capsys.readouterr().err
    assert (
        said == "ONLY=copies,cleanin: there is no task cleanin; "
        "there are cleaning, copies, entities, stories, alerts, languages, links, feeds, corpus\n"
    )


def test_floors_are_not_moved_by_other_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], labelled: Path
) -> None:
    monkeypatch.setenv("EVAL", str(labelled))
    assert main(["--raise"]) == gate.MISUSE
    assert capsys.readouterr().err.startswith("the floors are those of ../shared/eval")


def test_tasks_may_be_named_in_any_order() -> None:
    assert gate.tasks(" stories, copies ") == ("copies", "stories")
    assert gate.tasks("") == tuple(gate.RUNS)


def test_a_floors_file_that_is_none_or_names_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    for text, said in (
        ("{", "not a file of floors"),
        ('{"floors": {"body": 1}, "lowered": []}', "nothing measures body"),
    ):
        path.write_text(text)
        with pytest.raises(UsageError, match=said):
            Floors.load(path)


def test_the_pinned_floors_cover_every_figure() -> None:
    assert set(Floors.load(FLOORS).floors) == set(FIGURES)

"""deploy/systemd: units that systemd understands, whose settings and commands exist, and that leave little open."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streams.runtime.settings import Settings

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
WORKER, SERVE = UNITS / "storywatch.service", UNITS / "storywatch-serve.service"
RETENTION, TIMER = UNITS / "storywatch-retention.service", UNITS / "storywatch-retention.timer"
MOST_EXPOSED = 3.0  # of 10, as systemd counts; it calls what is under 3 well protected
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
each_service = pytest.mark.parametrize("unit", [WORKER, SERVE, RETENTION], ids=["worker", "serve", "retention"])


def analyse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def options(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))


@needs_systemd
@pytest.mark.parametrize("units", [(WORKER,), (SERVE,), (RETENTION, TIMER)], ids=["worker", "serve", "retention"])
def test_systemd_understands_every_line(tmp_path: Path, units: tuple[Path, ...]) -> None:
    for unit in units:
        installed = options(unit).get("ExecStart", "-").split()[0]
        (tmp_path / unit.name).write_text(unit.read_text().replace(installed, sys.executable))  # which has to exist
    done = analyse("verify", "--man=no", "--recursive-errors=no", *(tmp_path / unit.name for unit in units))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
@each_service
def test_little_is_left_open(unit: Path) -> None:
    done = analyse("security", "--offline=true", f"--threshold={int(MOST_EXPOSED * 10)}", unit)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


@each_service
def test_settings_that_it_names_exist(unit: Path) -> None:
    named = {name.lower() for name in re.findall(r"STORYWATCH_([A-Z_]+)=", unit.read_text())}
    assert "data_dir" in named
    assert {name.removesuffix("_file") for name in named} <= {
        name.removesuffix("_file") for name in Settings.model_fields
    }


@each_service
def test_its_command_exists(unit: Path) -> None:
    _, *arguments = options(unit)["ExecStart"].split()
    done = subprocess.run(
        [sys.executable, "-m", "connectors.cli", *arguments, "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in arguments if option.startswith("--"))


def test_it_starts_again_for_ever_and_leaves_time_to_end() -> None:
    from streams.runtime.processes.supervisor import GRACE_SECONDS

    found = options(WORKER)
    assert (found["Restart"], found["StartLimitIntervalSec"]) == ("always", "0")
    assert float(found["TimeoutStopSec"]) > 2 * GRACE_SECONDS


def test_the_api_starts_again_for_ever_and_ends_its_requests() -> None:
    from connectors.api.server import STOP_SECONDS

    found = options(SERVE)
    assert (found["Restart"], found["StartLimitIntervalSec"]) == ("always", "0")
    assert float(found["TimeoutStopSec"]) > STOP_SECONDS


def test_the_timer_starts_the_service_of_its_name_every_day() -> None:
    assert TIMER.stem == RETENTION.stem
    assert "Unit" not in options(TIMER)
    assert options(TIMER)["OnCalendar"] == "daily"
    assert options(RETENTION)["Type"] == "oneshot"

"""deploy/systemd: a unit that systemd understands, whose settings exist, and that leaves little open."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streams.settings import Settings

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "storywatch.service"
MOST_EXPOSED = 3.0  # of 10, as systemd counts; it calls what is under 3 well protected
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")


def analyse(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


@needs_systemd
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    here = tmp_path / "storywatch.service"
    installed = re.search(r"^ExecStart=(\S+)", UNIT.read_text(), re.MULTILINE)
    assert installed
    here.write_text(UNIT.read_text().replace(installed.group(1), sys.executable))  # the program has to exist
    done = analyse("verify", "--man=no", "--recursive-errors=no", here)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@needs_systemd
def test_little_is_left_open() -> None:
    done = analyse("security", "--offline=true", f"--threshold={int(MOST_EXPOSED * 10)}", UNIT)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_settings_that_it_names_exist() -> None:
    named = {name.lower() for name in re.findall(r"STORYWATCH_([A-Z_]+)=", UNIT.read_text())}
    assert "data_dir" in named
    assert {name.removesuffix("_file") for name in named} <= {
        name.removesuffix("_file") for name in Settings.model_fields
    }


def test_it_starts_again_for_ever_and_leaves_time_to_end() -> None:
    from streams.supervisor import GRACE_SECONDS

    options = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE))
    assert (options["Restart"], options["StartLimitIntervalSec"]) == ("always", "0")
    assert float(options["TimeoutStopSec"]) > 2 * GRACE_SECONDS

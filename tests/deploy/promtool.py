"""Prometheus' own checker, where it is. In CI it has to be; elsewhere what needs it is skipped and says so."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

# `.ci/run` unpacks it into build/tools from Debian's package `prometheus`, amtool from `prometheus-alertmanager`
TOOLS = Path(__file__).resolve().parents[2] / "build" / "tools" / "usr" / "bin"


def run(program: str, *arguments: str | Path, folder: Path | None = None) -> str:
    """What promtool or amtool says; the test fails with that when it is not content."""
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), str(TOOLS)]))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} has to be there in CI: .ci/run brings it")
        pytest.skip(f"{program} is not there (Debian's packages prometheus and prometheus-alertmanager have it)")
    done = subprocess.run([found, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr

"""Packages that extend Storywatch, installed as users install them: see `docs/extending.md`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the three example packages are installed."""
    folder = tmp_path_factory.mktemp("installed")
    packages = [str(HERE / name) for name in ("tagger", "channel", "source")]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(folder), *packages], check=True, capture_output=True)
    return folder


def run(installed: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A Python process that has the packages."""
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)

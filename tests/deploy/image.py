"""Runs the steps of the first stage of deploy/Dockerfile in a clean folder, without Docker.

`python -m tests.deploy.image` does it, which takes minutes: it installs every package anew.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PROGRAMS = "/opt/storywatch"


@dataclass(frozen=True)
class Step:
    stage: int  # from 0
    word: str
    rest: str


def steps() -> list[Step]:
    found: list[Step] = []
    stage = -1
    for line in DOCKERFILE.read_text().splitlines():
        if match := re.match(r"([A-Z]+) (.+)", line):
            stage += match.group(1) == "FROM"
            found.append(Step(stage, match.group(1), match.group(2)))
    return found


def run(folder: Path) -> Path:
    """Run what the first stage copies and runs; its programs are in the returned folder."""
    source, programs = folder / "src", folder / "programs"
    source.mkdir()
    for step in (one for one in steps() if one.stage == 0):
        if step.word == "COPY":
            *names, target = step.rest.split()
            for name in names:
                _copy(ROOT / name, source / target / (name if target == "./" else ""))
        elif step.word == "RUN":
            command = step.rest.replace(PROGRAMS, str(programs))
            words = [sys.executable if word == "python" else word for word in shlex.split(command)]
            print("+", shlex.join(words), flush=True)
            subprocess.run(words, cwd=source, check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(folder)})
    return programs


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".env"), dirs_exist_ok=True)
    else:
        shutil.copy(source, target)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as clean:
        program = run(Path(clean)) / "bin" / "storywatch"
        subprocess.run([program, "--version"], cwd=clean, check=True, env={"PATH": "/usr/bin:/bin", "HOME": clean})
    print("the image's steps run in a clean folder")

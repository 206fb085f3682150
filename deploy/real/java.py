"""Finds a Java installation of a minimum version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from streams.contract.errors import UsageError

INSTALLED = Path("/usr/lib/jvm")
ANSWER_SECONDS = 20.0  # for a JVM on a loaded machine


def home(oldest: int, variables: Sequence[str], service: str) -> Path:
    """The home of a Java of version ``oldest`` or newer, from ``variables``, PATH or /usr/lib/jvm, in this order.

    Raises `UsageError` with the versions that were found instead.
    """
    found: dict[Path, int] = {}
    for candidate in _candidates(variables):
        if candidate not in found and (candidate / "bin" / "java").is_file():
            found[candidate] = _version(candidate)
            if found[candidate] >= oldest:
                return candidate
    others = ", ".join(f"{version} in {place}" for place, version in found.items() if version) or "none"
    raise UsageError(
        f"the real stack's {service} needs Java {oldest} or newer, and here is {others}: install one (for example "
        f"openjdk-{oldest}-jre-headless, or a Temurin JDK) and set {variables[0]} to its folder"
    )


def _candidates(variables: Sequence[str]) -> Iterator[Path]:
    for variable in variables:
        if value := os.environ.get(variable):
            yield Path(value)
    if program := shutil.which("java"):
        yield Path(program).resolve().parent.parent
    if INSTALLED.is_dir():
        yield from dict.fromkeys(sorted(path.resolve() for path in INSTALLED.iterdir() if path.is_dir()))


def _version(place: Path) -> int:
    """The feature version, 21 for "21.0.4"; 0 if it is unknown."""
    try:
        text = (place / "release").read_text()
    except OSError:
        text = _version_output(place / "bin" / "java")
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d+)(?:\.(\d+))?', text)
    if match is None:
        return 0
    first, second = int(match[1]), int(match[2] or 0)
    return second if first == 1 else first  # Java 8 reports 1.8


def _version_output(program: Path) -> str:
    try:
        done = subprocess.run(
            [str(program), "-version"], check=False, capture_output=True, text=True, timeout=ANSWER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr

"""The versions in pom.xml in, the unpacked programs in the cache folder out; Maven fetches them, once."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from streams.errors import Misuse, StorywatchError

POM = Path(__file__).parent / "pom.xml"
FETCH_SECONDS = 900.0  # 160 MB over a slow line
DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Programs:
    """``kafka``: a folder of jars. ``elasticsearch``: its home."""

    kafka: Path
    elasticsearch: Path


def unpacked() -> Programs:
    """What the POM names, from the cache folder ($XDG_CACHE_HOME or ~/.cache); fetched when it is not there.

    Raises `Misuse` when Maven is missing or the folder cannot be written, `StorywatchError` when Maven fails.
    """
    place = folder()
    if not place.is_dir():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with (place.parent / "fetch.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not place.is_dir():
                    _fetch(place)
        except OSError as error:
            raise Misuse(
                f"the cache folder {place.parent} cannot be written ({error.strerror}): choose another with "
                f"XDG_CACHE_HOME"
            ) from error
    return Programs(kafka=place / "kafka", elasticsearch=next(place.glob("elasticsearch-*")))


def folder() -> Path:
    """Where the programs of this POM are, or will be: other versions have another place."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:DIGEST_LENGTH]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "storywatch" / "real" / digest


def _fetch(place: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Misuse(
            "the real stack needs Maven, which fetches Kafka and Elasticsearch once: install it (apt install maven)"
        )
    print("Fetching Kafka and Elasticsearch, once (160 MB) ...", file=sys.stderr)  # noqa: T201 - it may take minutes
    with tempfile.TemporaryDirectory(dir=place.parent) as partial:
        into = Path(partial) / "programs"
        command = [maven, "-q", "-B", "-C", "-Dstyle.color=never", "-f", str(POM), "generate-resources"]
        try:
            done = subprocess.run(
                [*command, f"-Dinto={into}"],
                check=False,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                cwd=partial,
            )
        except subprocess.TimeoutExpired as error:
            raise StorywatchError(f"Maven did not fetch the real stack within {FETCH_SECONDS:g} s") from error
        if done.returncode != 0:
            raise StorywatchError(
                f"Maven could not fetch the real stack (no network, or no Java for Maven?): {_reason(done)}"
            )
        into.rename(place)


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [re.sub(r"^\[ERROR\]\s*", "", line) for line in said if line.startswith("[ERROR]")]
    return next(iter(errors or said[-1:]), "it said nothing")

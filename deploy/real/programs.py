"""The jars of Kafka and the home of Elasticsearch in the cache folder: fetched once by Maven, verified, unpacked.

pom.xml has the versions, SHA256SUMS the digest of every file. A file is unpacked or run only if its digest is listed
there, so neither the files nor the checksums of a repository have to be trusted.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.contract.errors import StorywatchError, UsageError

POM = Path(__file__).parent / "pom.xml"
SHA256SUMS = POM.with_name("SHA256SUMS")
FETCH_SECONDS = 900.0  # for 160 MB over a slow line
PAUSES_SECONDS = (2.0, 10.0)  # between attempts, for a repository that is busy or restarts
DIGEST_LENGTH = 12
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")  # Maven writes colour resets even without colours


@dataclass(frozen=True)
class Programs:
    """Where the programs are. ``kafka``: a folder of jars. ``elasticsearch``: its home."""

    kafka: Path
    elasticsearch: Path


def unpacked(sums: Path = SHA256SUMS, pauses: Sequence[float] = PAUSES_SECONDS) -> Programs:
    """The programs that the POM names, in the cache folder ($XDG_CACHE_HOME or ~/.cache); fetched if they are missing.

    ``sums``: the expected digests, in the format of ``sha256sum``. ``pauses``: seconds before each further attempt.
    Raises `UsageError` if Maven is missing or the folder cannot be written, `StorywatchError` if Maven fails or a
    file has another digest than the expected one.
    """
    place = folder()
    if not place.is_dir():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with (place.parent / "fetch.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not place.is_dir():
                    _fetch(place, sums, pauses)
        except OSError as error:
            raise UsageError(
                f"the cache folder {place.parent} cannot be written ({error.strerror}): choose another with "
                f"XDG_CACHE_HOME"
            ) from error
    return Programs(kafka=place / "kafka", elasticsearch=next(place.glob("elasticsearch-*")))


def folder() -> Path:
    """The folder for the programs of this POM; other versions have other folders."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:DIGEST_LENGTH]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "storywatch" / "real" / digest


def _fetch(place: Path, sums: Path, pauses: Sequence[float]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise UsageError(
            "the real stack needs Maven, which fetches Kafka and Elasticsearch once: install it (apt install maven)"
        )
    print("Fetching Kafka and Elasticsearch, once (160 MB) ...", file=sys.stderr)  # noqa: T201 - it may take minutes
    # A repository of its own, kept until all files are verified: an attempt continues where the last one ended, and a
    # damaged file stays out of the repository of the user.
    repository, partial = place.parent / "maven", place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        _run_maven([maven, f"-Dmaven.repo.local={repository}", f"-Dinto={partial}"], place.parent, pauses)
        try:
            _verify(partial, sums)
        except StorywatchError:
            shutil.rmtree(repository, ignore_errors=True)  # otherwise the next attempt would find the same file
            raise
        for archive in partial.glob("*.zip"):
            _unpack(archive, partial)
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(repository, ignore_errors=True)


def _run_maven(command: list[str], working_folder: Path, pauses: Sequence[float]) -> None:
    """Run Maven until it succeeds or the attempts are used up, at most `FETCH_SECONDS` in all."""
    command = [*command, "-q", "-B", "-Dstyle.color=never", "-f", str(POM), "generate-resources"]
    deadline = time.monotonic() + FETCH_SECONDS
    for pause in (*pauses, None):
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                timeout=max(1.0, deadline - time.monotonic()),
                cwd=working_folder,
            )
        except subprocess.TimeoutExpired as error:
            raise StorywatchError(
                f"Maven did not fetch the real stack within {FETCH_SECONDS:g} s: run the same command again, it "
                f"continues with the files that are missing"
            ) from error
        if done.returncode == 0:
            return
        if pause is None:
            raise StorywatchError(
                f"Maven could not fetch the real stack (no network, or no Java for Maven?): {_reason(done)}"
            )
        time.sleep(pause)


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    """The first non-empty error line of Maven; without errors the last line of its output."""
    lines = [line.strip() for line in ESCAPES.sub("", done.stdout + done.stderr).splitlines()]
    errors = [line.removeprefix("[ERROR]").strip() for line in lines if line.startswith("[ERROR]")]
    return next((line for line in errors if line), next((line for line in reversed(lines) if line), "it said nothing"))


def _verify(fetched: Path, sums: Path) -> None:
    """Check that ``fetched`` holds exactly the files of ``sums`` with their digests. Raises `StorywatchError`."""
    expected = {name: digest for digest, name in (line.split(maxsplit=1) for line in sums.read_text().splitlines())}
    found = {str(path.relative_to(fetched)): path for path in fetched.rglob("*") if path.is_file()}
    for name in sorted(expected.keys() | found.keys()):
        if name not in found:
            raise StorywatchError(f"Maven did not fetch {name} of the real stack: run the same command again")
        if name not in expected:
            raise StorywatchError(f"Maven fetched {name}, which {sums.name} does not list: nothing of it was run")
        with found[name].open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != expected[name]:
            raise StorywatchError(
                f"{name} of the real stack is not the expected file: its SHA-256 is {digest}, not {expected[name]}. "
                f"It was deleted and nothing of it was run: run the same command again; if the digest differs again, "
                f"the repository serves another file"
            )


def _unpack(archive: Path, into: Path) -> None:
    """Unpack ``archive`` with the file permissions, which `zipfile` drops, and delete it."""
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            path = Path(members.extract(member, into))
            if permissions := (member.external_attr >> 16) & 0o777:
                path.chmod(permissions)
    archive.unlink()

"""deploy/Dockerfile, as far as it can be known without Docker; `make image` runs its steps in a clean folder."""

import fnmatch
import re
from pathlib import Path

from tests.deploy.image import DOCKERFILE, ROOT, steps

LOCKED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def rest_of(word: str, stage: int | None = None) -> list[str]:
    return [step.rest for step in steps() if step.word == word and stage in (None, step.stage)]


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    names = [name for rest in rest_of("COPY", 0) for name in rest.split()[:-1]]
    assert [name for name in names if not (ROOT / name).exists()] == []
    lines = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    kept = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert {name.split("/")[0] for name in names} == kept
    ignored = [line for line in lines if line and line[0] not in "!#*"]
    assert not [name for name in names for pattern in ignored if fnmatch.fnmatch(name, pattern)]


def test_the_bases_are_pinned_and_alike() -> None:
    bases = {re.sub(r" AS \w+$", "", rest) for rest in rest_of("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", bases.pop())


def test_it_runs_as_nobody_special_and_says_how_it_is() -> None:
    words = [step.word for step in steps()]
    (user,) = rest_of("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert words.index("USER") > max(place for place, word in enumerate(words) if word == "RUN")
    assert any('CMD ["storywatch", "status"]' in rest for rest in rest_of("HEALTHCHECK"))


def test_packages_come_by_their_hashes_alone() -> None:
    for line in rest_of("RUN"):
        if " pip install " in line:
            assert "--no-deps" in line
            assert "--require-hashes" in line or "--no-build-isolation ." in line


def test_the_image_has_the_versions_that_are_tested() -> None:
    """What fails here is mended by `make lock`."""
    ours, tested = locked(ROOT / "deploy" / "requirements.lock"), locked(ROOT / "requirements.lock")
    assert {name: version for name, version in ours.items() if tested.get(name) != version} == {}
    assert not {"pytest", "mypy", "ruff"} & set(ours)
    assert "noida-db" not in ours, "a program without source is no part of what is deployed"
    runtime = (ROOT / "pyproject.toml").read_text().split("[project.scripts]")[0]
    declared = re.findall(r'^    "([\w-]+)[\[=<>]', runtime, re.MULTILINE)
    assert {name.lower() for name in declared} <= set(ours)


def locked(file: Path) -> dict[str, str]:
    return dict(LOCKED.findall(file.read_text()))

"""What the real stack lacks here is one line that says what to do; its servers are tested by `make test-real`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.real import java, programs
from streams.errors import Misuse, StorywatchError
from tests.cli.running import Command

MakeJava = Callable[..., Path]


@pytest.fixture
def make_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeJava:
    """Makes a Java home of a version; none of this machine's is found."""
    monkeypatch.setattr(java, "INSTALLED", tmp_path / "jvm")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for variable in ("JAVA_HOME", "ES_JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)

    def make(version: str, *, release: bool = True) -> Path:
        home = tmp_path / "jvm" / version
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "java"
        program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
        program.chmod(0o755)
        if release:
            (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
        return home

    return make


def test_a_java_that_is_new_enough_is_taken_and_the_variable_comes_first(
    make_java: MakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, newer, newest = make_java("1.8.0_392"), make_java("21.0.4"), make_java("25", release=False)
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newer
    monkeypatch.setenv("JAVA_HOME", str(newest))
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newest
    monkeypatch.setenv("JAVA_HOME", str(old))
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newer


def test_without_a_fitting_java_the_line_names_those_that_are_there(make_java: MakeJava) -> None:
    with pytest.raises(Misuse, match=r"Elasticsearch needs Java 21 or newer, and here is none: .*set ES_JAVA_HOME"):
        java.home(21, ["ES_JAVA_HOME"], "Elasticsearch")
    home = make_java("17.0.15")
    with pytest.raises(Misuse, match=rf"here is 17 in {home}: "):
        java.home(21, ["ES_JAVA_HOME"], "Elasticsearch")


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "cache"


def maven(folder: Path, script: str) -> None:
    program = folder / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("empty_cache")
def test_without_maven_the_line_says_how_to_get_it() -> None:
    with pytest.raises(Misuse, match=r"needs Maven.*apt install maven"):
        programs.unpacked()


def test_when_maven_fails_its_reason_is_in_the_line_and_nothing_half_stays(empty_cache: Path, tmp_path: Path) -> None:
    maven(tmp_path, 'echo "[ERROR] Unknown host repository.example"; exit 1')
    with pytest.raises(StorywatchError, match=r"no network.*Unknown host repository.example"):
        programs.unpacked()
    assert not programs.folder().exists()
    assert [path.name for path in programs.folder().parent.iterdir()] == ["fetch.lock"]
    assert empty_cache in programs.folder().parents


@pytest.mark.usefixtures("empty_cache")
def test_programs_are_fetched_once(tmp_path: Path) -> None:
    maven(
        tmp_path,
        "for one; do case $one in -Dinto=*) into=${one#-Dinto=};; esac; done\n"
        "/bin/mkdir -p $into/kafka $into/elasticsearch-9.9.9\n"
        f"echo fetched >> {tmp_path}/fetched",
    )
    first, second = programs.unpacked(), programs.unpacked()
    assert first == second
    assert first.elasticsearch.name == "elasticsearch-9.9.9"
    assert first.kafka.is_dir()
    assert (tmp_path / "fetched").read_text() == "fetched\n"


def test_a_cache_folder_that_cannot_be_written_is_named(empty_cache: Path) -> None:
    empty_cache.write_text("a file where the folder should be")
    with pytest.raises(Misuse, match=r"cache folder .* cannot be written.*XDG_CACHE_HOME"):
        programs.unpacked()


def test_up_says_what_is_missing_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    nowhere = {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    ran = Command(tmp_path / "data", nowhere)("up", "--real", "--kafka-port", "0", "--elasticsearch-port", "0")
    assert ran.code in (1, 2)
    line = ran.one_line()
    assert "needs Java" in line or "needs Maven" in line  # by what this machine has in /usr/lib/jvm

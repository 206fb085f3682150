"""What the real stack lacks here is one line that says what to do; its servers are tested by `make test-real`."""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.real import java, programs
from streams.contract.errors import StorywatchError, UsageError
from tests.connectors.cli.running import Command

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


def test_the_java_of_the_variable_comes_first_if_new_enough(
    make_java: MakeJava, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, newer, newest = make_java("1.8.0_392"), make_java("21.0.4"), make_java("25", release=False)
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newer
    monkeypatch.setenv("JAVA_HOME", str(newest))
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newest
    monkeypatch.setenv("JAVA_HOME", str(old))
    assert java.home(17, ["JAVA_HOME"], "Kafka") == newer


def test_without_a_fitting_java_the_error_names_the_others(make_java: MakeJava) -> None:
    with pytest.raises(UsageError, match=r"Elasticsearch needs Java 21 or newer, and here is none: .*set ES_JAVA_HOME"):
        java.home(21, ["ES_JAVA_HOME"], "Elasticsearch")
    home = make_java("17.0.15")
    with pytest.raises(UsageError, match=rf"here is 17 in {home}: "):
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
    with pytest.raises(UsageError, match=r"needs Maven.*apt install maven"):
        programs.unpacked()


# what Maven would copy: a jar, and an archive that has a program and its folder
FETCH = """\
for one; do case $one in
-Dinto=*) into=${one#-Dinto=};;
-Dmaven.repo.local=*) repository=${one#-Dmaven.repo.local=};;
esac; done
/bin/mkdir -p $into/kafka $repository
echo jar > $into/kafka/one.jar
/bin/cp %s $into/elasticsearch-9.9.9.zip
echo fetched >> %s
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    place = tmp_path / "served.zip"
    with zipfile.ZipFile(place, "w") as members:
        program = zipfile.ZipInfo("elasticsearch-9.9.9/bin/elasticsearch")
        program.external_attr = 0o100755 << 16
        members.writestr(program, "#!/bin/sh\n")
    return place


def sums_of(tmp_path: Path, **files: bytes) -> Path:
    place = tmp_path / "SHA256SUMS"
    place.write_text("".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()))
    return place


@pytest.fixture
def sums(tmp_path: Path, archive: Path) -> Path:
    return sums_of(tmp_path, **{"elasticsearch-9.9.9.zip": archive.read_bytes(), "kafka/one.jar": b"jar\n"})


def left_in_cache() -> list[str]:
    return sorted(path.name for path in programs.folder().parent.iterdir())


def test_when_maven_fails_its_reason_is_in_the_line(empty_cache: Path, tmp_path: Path) -> None:
    # as Maven prints it: a reset of colours before the first error, and lines that are empty but for their mark
    maven(
        tmp_path,
        r"""printf '\033[0m\033[0m[ERROR] Unknown host repository.example\n[ERROR] \n[ERROR] Re-run\n'; exit 1""",
    )
    with pytest.raises(StorywatchError, match=r"no network.*: Unknown host repository.example$"):
        programs.unpacked(pauses=())
    assert not programs.folder().exists()
    assert left_in_cache() == ["fetch.lock"]
    assert empty_cache in programs.folder().parents


@pytest.mark.usefixtures("empty_cache")
def test_a_fetch_that_failed_is_tried_again(tmp_path: Path, archive: Path, sums: Path) -> None:
    count = tmp_path / "count"
    maven(
        tmp_path,
        f"echo x >> {count}\n[ -e {tmp_path}/once ] || {{ echo > {tmp_path}/once; exit 1; }}\n"
        + FETCH % (archive, count),
    )
    assert programs.unpacked(sums, pauses=(0.0,)).kafka.is_dir()
    assert count.read_text() == "x\nx\nfetched\n"


@pytest.mark.usefixtures("empty_cache")
def test_programs_are_fetched_once_and_can_be_run(tmp_path: Path, archive: Path, sums: Path) -> None:
    maven(tmp_path, FETCH % (archive, tmp_path / "fetched"))
    first, second = programs.unpacked(sums, pauses=()), programs.unpacked(sums, pauses=())
    assert first == second
    assert first.elasticsearch.name == "elasticsearch-9.9.9"
    assert os.access(first.elasticsearch / "bin" / "elasticsearch", os.X_OK)
    assert (first.kafka / "one.jar").is_file()
    assert (tmp_path / "fetched").read_text() == "fetched\n"
    assert left_in_cache() == sorted([programs.folder().name, "fetch.lock"])


@pytest.mark.usefixtures("empty_cache")
def test_a_file_with_another_digest_is_refused_and_deleted(tmp_path: Path, archive: Path) -> None:
    maven(tmp_path, FETCH % (archive, tmp_path / "fetched"))
    wrong = sums_of(tmp_path, **{"elasticsearch-9.9.9.zip": b"another", "kafka/one.jar": b"jar\n"})
    with pytest.raises(StorywatchError, match=r"elasticsearch-9.9.9.zip .*not the expected file.*run the same command"):
        programs.unpacked(wrong, pauses=())
    assert left_in_cache() == ["fetch.lock"]


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ({"kafka/one.jar": b"jar\n"}, "fetched elasticsearch-9.9.9.zip, which SHA256SUMS does not list"),
        ({"kafka/two.jar": b"jar\n"}, "fetched elasticsearch-9.9.9.zip, which"),
        ({"a.jar": b"jar\n"}, "did not fetch a.jar"),
    ],
)
def test_only_the_listed_files_are_taken(tmp_path: Path, archive: Path, listed: dict[str, bytes], line: str) -> None:
    maven(tmp_path, FETCH % (archive, tmp_path / "fetched"))
    with pytest.raises(StorywatchError, match=line):
        programs.unpacked(sums_of(tmp_path, **listed), pauses=())
    assert not programs.folder().exists()


def test_every_file_of_the_real_stack_has_a_digest() -> None:
    lines = programs.SHA256SUMS.read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  \S+", line) for line in lines)
    names = [line.split()[1] for line in lines]
    versions = dict(
        re.findall(r"<artifactId>([\w.-]+)</artifactId>\s*<version>([\d.]+)</version>", programs.POM.read_text())
    )
    assert f"elasticsearch-{versions['elasticsearch']}.zip" in names
    assert f"kafka/kafka_2.13-{versions['kafka_2.13']}.jar" in names


def test_a_cache_folder_that_cannot_be_written_is_named(empty_cache: Path) -> None:
    empty_cache.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match=r"cache folder .* cannot be written.*XDG_CACHE_HOME"):
        programs.unpacked()


def test_up_says_what_is_missing_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    nowhere = {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    ran = Command(tmp_path / "data", nowhere)("up", "--real", "--kafka-port", "0", "--elasticsearch-port", "0")
    assert ran.code in (1, 2)
    line = ran.one_line()
    assert "needs Java" in line or "needs Maven" in line  # by what this machine has in /usr/lib/jvm

"""The data folder: nobody but its user reads what is in it, also what an older version left there."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import stack
from streams.runtime.files import atomic_write, keep_private
from streams.runtime.processes import supervisor
from streams.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _an_open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_left_open_is_closed_and_what_is_new_is_private(tmp_path: Path) -> None:
    old = tmp_path / "embedded" / "kafka" / "tracks.log"
    program = tmp_path / "real" / "bin" / "kafka"
    for path in (old, program):
        path.parent.mkdir(parents=True)
        path.write_text("whsec_")
    program.chmod(0o755)
    tmp_path.chmod(0o755)
    keep_private(tmp_path)
    assert mode(tmp_path) == 0o700
    assert (mode(old), mode(old.parent), mode(tmp_path / "embedded")) == (0o600, 0o700, 0o700)
    assert mode(program) == 0o700
    new = tmp_path / "worker" / "state.json"
    new.parent.mkdir()
    new.write_text("{}")
    assert (mode(new), mode(new.parent)) == (0o600, 0o700)


def test_other_files_and_link_targets_keep_their_permissions(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    data = tmp_path / "data"
    (data / "feeds").mkdir(parents=True)
    (data / "feeds" / "link").symlink_to(outside)
    (data / "notes.txt").write_text("mine")
    keep_private(data)
    assert (mode(outside), mode(data / "notes.txt")) == (0o644, 0o644)


def test_whoever_uses_the_folder_closes_it(tmp_path: Path) -> None:
    with stack.locked(tmp_path / "stack"):
        assert mode(tmp_path / "stack") == 0o700
        assert mode(tmp_path / "stack" / "stack.lock") == 0o600
    with supervisor.exclusive_lock(Settings(data_dir=tmp_path / "worker", metrics_port=0), embedded=True):
        assert mode(tmp_path / "worker") == 0o700
        assert mode(tmp_path / "worker" / "worker" / "lock") == 0o600


def test_an_atomic_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"old and longer")
    path.chmod(0o644)
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_atomic_write_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        atomic_write(path, "text")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_after_the_rename_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def interrupted(draft: Path, target: Path) -> None:
        rename(draft, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    path = tmp_path / "state.json"
    with pytest.raises(KeyboardInterrupt):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]

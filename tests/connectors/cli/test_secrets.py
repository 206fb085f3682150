"""Secrets of webhooks: from a file, standard input or the environment, and never in what is printed."""

import io
from pathlib import Path

import pytest

from connectors.cli.common.webhook_secret import read_secret
from streams.contract.errors import UsageError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    monkeypatch.delenv("STORYWATCH_WEBHOOK_SECRET", raising=False)


def test_a_secret_comes_from_a_file_stdin_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text(f"  {SECRET}\r\n")
    assert read_secret(None, file) == SECRET
    assert read_secret("-", None) == SECRET
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
    assert read_secret(None, Path("-")) == SECRET
    assert read_secret(None, None) is None
    monkeypatch.setenv("STORYWATCH_WEBHOOK_SECRET", SECRET)
    assert read_secret(None, None) == SECRET
    assert read_secret("whsec_other", None) == "whsec_other"
    assert read_secret(None, file) == SECRET


@pytest.mark.parametrize("content", [b"", b"\n\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 20_000])
def test_a_file_that_holds_no_secret_is_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="secret"):
        read_secret(None, file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_secret(None, tmp_path / "missing")
    with pytest.raises(UsageError, match="twice"):
        read_secret(SECRET, file)

"""What docs/webhooks.md tells people to run does what it says."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.webhooks.examples import example_alerts, example_notice
from connectors.webhooks.notes import note_payload
from connectors.webhooks.payload import payload
from connectors.webhooks.signing import new_secret, sign
from streams.sources.notices import to_note
from tests.connectors.webhooks.fiction import an_alert

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_are_those_of_the_code() -> None:
    example, notice = blocks("json")
    first = msgspec.json.format(payload(example_alerts()[0])).decode()
    assert example == first + "\n", "write the first of payload.examples.json there"
    last = msgspec.json.format(note_payload(to_note(example_notice()))).decode()
    assert notice == last + "\n", "write the last of payload.examples.json there"


def test_the_python_lines_tell_right_from_wrong() -> None:
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)  # noqa: S102 - our own page
    secret, body = new_secret(), payload(an_alert())
    headers = sign(secret, "id", datetime.now(UTC), body)
    assert names["verify"](secret, headers, body)
    assert not names["verify"](secret, headers, body + b" ")
    assert not names["verify"](new_secret(), headers, body)
    assert not names["verify"](secret, sign(secret, "id", datetime.now(UTC) - timedelta(minutes=6), body), body)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_the_shell_lines_compute_the_same_signature(tmp_path: Path) -> None:
    secret, body, at = new_secret(), payload(an_alert()), datetime.now(UTC)
    headers = sign(secret, "id", at, body)
    (tmp_path / "body.json").write_bytes(body)
    given = f"secret={secret} id=id timestamp={headers['webhook-timestamp']}\n"
    done = subprocess.run(["sh", "-euc", given + blocks("sh")[0]], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == headers["webhook-signature"], done.stderr

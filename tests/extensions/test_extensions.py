"""Packages that extend Storywatch, installed as users install them: see `docs/extending.md`."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import streams.api
from tests.conftest import MakeSystem
from tests.connectors.webhooks.fiction import an_alert

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the three example packages are installed."""
    folder = tmp_path_factory.mktemp("installed")
    packages = [str(HERE / name) for name in ("tagger", "channel", "source")]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*command, "--target", str(folder), *packages], check=True, capture_output=True)
    return folder


def run(installed: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A Python process that has the packages."""
    environment = os.environ | variables | {"PYTHONPATH": str(installed)}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


TAG = """
from streams.entities.tagging import spans

text = "Hieraŭ sinjorino Ana Ĝojulo vizitis la urbo Lumvalo. Ana Ĝojulo estis kontenta."
print([(text[span.start : span.end], span.type.value) for span in spans(text, "eo")])
"""

SEND = """
import asyncio, json
from connectors.webhooks.receiving import Receiver
from streams.contract.messages import Webhook
from tests.connectors.webhooks.fiction import SECRET, send

async def main():
    received = []
    async with Receiver(SECRET, on_event=received.append) as receiver:
        for channel in ("pager", "fax"):
            attempt = await send(Webhook(url=receiver.url, secret=SECRET, allow_private=True, channel=channel))
            print(attempt.outcome, attempt.error)
    print(len(received), received[0].verified, received[0].payload["text"].splitlines()[0])

asyncio.run(main())
"""


def test_a_tagger_takes_over_its_language(installed: Path) -> None:
    done = run(installed, "-c", TAG)
    names = [("Ana Ĝojulo", "person"), ("Lumvalo", "place"), ("Ana Ĝojulo", "person")]
    assert done.stdout.strip() == str(names), done.stderr


def test_a_channel_writes_the_signed_body(installed: Path) -> None:
    done = run(installed, "-c", SEND)
    assert done.stdout.splitlines() == [
        "delivered None",
        "wait the channel fax is not installed in this worker",
        f"1 True *Harbour wall*: {an_alert().reason}",
    ], done.stderr


def test_a_source_is_read_by_ingest(installed: Path, make_system: MakeSystem, tmp_path: Path) -> None:
    system = make_system()
    (tmp_path / "2026-01-12.txt").write_text("The wall\nThe harbour wall of Dunmoor gave way.")
    (tmp_path / "2026-01-13.txt").write_text("Nothing\n")
    command = ("-m", "connectors.cli", "ingest", f"diary:{tmp_path}", "--json")
    done = run(installed, *command, **system.environment())
    assert done.returncode == 1, done.stderr
    [sent] = json.loads(done.stdout)["articles"]
    assert sent["origin"] == "2026-01-12.txt"
    assert "2026-01-13.txt has no text after its title" in done.stderr


def test_a_track_names_only_an_installed_channel(installed: Path, make_system: MakeSystem) -> None:
    environment = make_system().environment()
    add = ("-m", "connectors.cli", "track", "add", "--query", "harbour wall", "--webhook", "https://desk.example/hook")
    refused = run(installed, *add, "--channel", "fax", **environment)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "there is no channel fax (installed: " in refused.stderr
    assert run(installed, *add, "--channel", "pager", **environment).returncode == 0
    listed = json.loads(run(installed, "-m", "connectors.cli", "track", "list", "--json", **environment).stdout)
    assert [one["webhook"]["channel"] for one in listed] == ["pager"]


def test_a_package_that_cannot_be_imported_is_one_line(tmp_path: Path) -> None:
    metadata = tmp_path / "broken-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[storywatch.channels]\nbroken = no_such_module:message\n")
    code = "from streams.contract import plugins; plugins.load('storywatch.channels', 'broken')"
    done = run(tmp_path, "-c", code)
    assert done.stderr.splitlines()[-1] == (
        "streams.contract.errors.UsageError: broken of storywatch.channels cannot be loaded from the package broken "
        "(ModuleNotFoundError: No module named 'no_such_module'): repair or uninstall it"
    )


def test_the_public_api_is_what_the_page_lists() -> None:
    page = (ROOT / "docs" / "extending.md").read_text()
    listed = re.search(r"<!-- public api -->\n(.*?)\n\n", page, re.DOTALL)
    assert listed is not None
    assert sorted(re.findall(r"`(\w+)`", listed[1])) == sorted(streams.api.__all__)
    assert all(hasattr(streams.api, name) for name in streams.api.__all__)
    assert (ROOT / "streams" / "py.typed").exists()

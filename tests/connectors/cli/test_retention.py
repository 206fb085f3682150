"""`retention`: what it shows is what the servers do, and what it deletes is whole months that are too old."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connectors.elastic.client import sync_client
from connectors.elastic.write.letters import from_letter
from deploy.system import System
from streams.contract import topics
from tests.conftest import MakeSystem
from tests.connectors.cli.conftest import inside_with
from tests.connectors.elastic.samples import letter


@pytest.fixture
def system(make_system: MakeSystem) -> System:
    return make_system()


Lines = Callable[..., dict[str, tuple[str, str]]]


@pytest.fixture
def lines(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What the command says of each topic and index: what it keeps, and what changes."""

    def say(*arguments: str, **changed: str) -> dict[str, tuple[str, str]]:
        storywatch = inside_with({**system.environment(), **changed}, tmp_path, monkeypatch, capsys)
        ran = storywatch("retention", *arguments, "--json")
        for name in changed:
            monkeypatch.delenv(name)
        assert ran.code == 0, ran.err
        return {line["name"]: (line["keeps"], line["change"]) for line in ran.json}

    return say


def test_apply_sets_topics_to_their_settings(system: System, lines: Lines) -> None:
    raw, alerts = (topic.name(system.settings.topic_prefix) for topic in (topics.RAW, topics.ALERTS))
    assert lines()[raw] == ("7 days", "")
    assert lines(STORYWATCH_RAW_DAYS="3")[raw] == ("7 days", "keeps 3 days")
    lines("--apply", STORYWATCH_RAW_DAYS="3")
    after = lines(STORYWATCH_RAW_DAYS="3")
    assert (after[raw], after[alerts]) == (("3 days", ""), ("90 days", ""))
    assert after[topics.TRACKS.name(system.settings.topic_prefix)] == ("the latest of each key", "")


def test_only_months_older_than_the_setting_are_deleted(system: System, lines: Lines) -> None:
    prefix = system.settings.index_prefix
    with sync_client(system.settings) as client:
        for month in ("2011.01", "2999.01"):
            client.indices.create(index=f"{prefix}articles-v1-{month}")
        client.indices.create(index=f"{prefix}alerts-v1-2011.01")
    old = f"{prefix}articles-v1-2011.01"
    assert lines("--apply")[old] == ("0 documents", "")
    assert lines(STORYWATCH_ARTICLE_MONTHS="12")[old] == ("0 documents", "deleted")
    lines("--apply", STORYWATCH_ARTICLE_MONTHS="12")
    left = [name for name in lines() if name.startswith(prefix)]
    assert left == [f"{prefix}alerts-v1-2011.01", f"{prefix}articles-v1-2999.01", f"{prefix}deadletters-v1"]


def test_dead_letters_are_deleted_with_those_of_their_topic(system: System, lines: Lines) -> None:
    index = f"{system.settings.index_prefix}deadletters-v1"
    assert lines()[index] == ("0 documents", "")
    with sync_client(system.settings) as client:
        half = msgspec.to_builtins(from_letter(letter(time=datetime(2011, 1, 1, tzinfo=UTC))))
        client.index(index=index, id="letter-one", document=half)
    assert lines()[index] == ("1 documents", "1 documents deleted")
    lines("--apply")
    assert lines()[index] == ("0 documents", "")

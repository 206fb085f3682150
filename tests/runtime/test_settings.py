"""Settings come from the environment; a bad one is named; the page lists them all."""

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from deploy import load_settings
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(STORYWATCH_[A-Z_]+)` \| (.*?) \| (.*) \|$", re.MULTILINE)
CHOICES = {
    "kafka": "broker:9092",
    "second_thoughts": "calm",
    "log_format": "json",
    "log_level": "ERROR",
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "PLAIN",
    "console_access": "open",
    "console_proxies": "192.0.2.7",
}
NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"STORYWATCH_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORYWATCH_DATA_DIR", str(tmp_path))


def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, field in Settings.model_fields.items():
        by_kind: dict[object, str] = {int: "7", float: "7.5", bool: "true"}
        given = CHOICES.get(name) or by_kind.get(field.annotation, "text")
        monkeypatch.setenv(f"STORYWATCH_{name.upper()}", given)
    settings = load_settings.settings()
    assert set(settings.model_fields_set) == set(Settings.model_fields)
    assert (settings.partitions, settings.commit_seconds, settings.accept_deleted) == (7, 7.5, True)
    assert (settings.kafka, settings.publishers_file) == ("broker:9092", Path("text"))


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STORYWATCH_PARTITIONS=3\nSTORYWATCH_REPLICATION=2\nOTHER=x\n")
    monkeypatch.setenv("STORYWATCH_PARTITIONS", "5")
    settings = load_settings.settings()
    assert (settings.partitions, settings.replication) == (5, 2)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["many", "-1", ""])
def test_a_bad_number_is_refused_by_the_name_of_its_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"STORYWATCH_{name.upper()}", value)
    with pytest.raises(UsageError, match=f"^STORYWATCH_{name.upper()}: .*{value}[^\n]*$"):
        load_settings.settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORYWATCH_PARTITIONS", "0"),
        ("STORYWATCH_METRICS_PORT", "65536"),
        ("STORYWATCH_KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("STORYWATCH_KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("STORYWATCH_LOG_FORMAT", "xml"),
        ("STORYWATCH_LOG_LEVEL", "loud"),
        ("STORYWATCH_ACCEPT_DELETED", "perhaps"),
    ],
)
def test_a_value_that_cannot_be_is_refused(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=rf"{variable}: .*'{value}'"):
        load_settings.settings()


@pytest.mark.parametrize("value", ["nonsense", "", "host:", "host:0", "host:99999", "one:9092,two", "http://host:9092"])
def test_an_invalid_kafka_address_is_refused_at_the_start(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWATCH_KAFKA", value)
    with pytest.raises(UsageError, match=r"^STORYWATCH_KAFKA: not host:port, such as"):
        load_settings.settings()


@pytest.mark.parametrize("value", ["broker:9092", "one:9092, two:9093", "[::1]:9092"])
def test_addresses_of_kafka_are_taken(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWATCH_KAFKA", value)
    assert load_settings.settings().kafka == value


@pytest.mark.parametrize("name", ["LOG_LEVEL", "LOG_FORMAT", "TOPIC_PREFIX", "KAFKA_SECURITY_PROTOCOL"])
def test_a_refusal_says_what_may_be_in_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"STORYWATCH_{name}", "A loud one")
    with pytest.raises(UsageError) as caught:
        load_settings.settings()
    assert "pattern" not in str(caught.value)
    assert "Value error" not in str(caught.value)
    assert {"LOG_LEVEL": "'WARNING'", "LOG_FORMAT": "'json'", "TOPIC_PREFIX": "a-z"}.get(name, "'SSL'") in str(
        caught.value
    )


def test_an_unknown_variable_is_reported_with_a_suggestion(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STORYWATCH_RAW_DAY=3\nOTHER=x\n")
    monkeypatch.setenv("STORYWATCH_NONSENSE", "1")
    monkeypatch.setenv("STORYWATCH_DEBUG", "1")
    assert list(load_settings.unknown()) == [
        "there is no setting STORYWATCH_NONSENSE: docs/settings.md lists them",
        "there is no setting STORYWATCH_RAW_DAY: did you mean STORYWATCH_RAW_DAYS?",
    ]


def test_systems_with_prefixes_share_no_group_topic_or_index() -> None:
    one, other = Settings(topic_prefix="one-"), Settings(topic_prefix="other-")
    assert one.app_id("state") == "one-storywatch-state"
    assert one.index_prefix == "one-storywatch-"
    assert one.app_id("state") != other.app_id("state")


def test_the_page_lists_every_setting_with_default_and_meaning() -> None:
    listed = {variable: (default, meaning) for variable, default, meaning in ROW.findall(PAGE.read_text())}
    assert list(listed) == [f"STORYWATCH_{name.upper()}" for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        default, meaning = listed[f"STORYWATCH_{name.upper()}"]
        assert meaning == field.description
        if field.default is not PydanticUndefined and name != "pool_processes":  # that one is the machine's
            assert default == shown(field.default)


def shown(default: object) -> str:
    """A default as the page has it."""
    if default is None or default == "":
        return "none" if default is None else "empty"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

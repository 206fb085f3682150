"""Settings, read once at start from ``STORYWATCH_*`` variables and an ``.env`` file. Names end with the unit.

Each description gives the reason for the default. A test holds `docs/settings.md` to this file.
"""

import ipaddress
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _state_home() -> Path:
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "storywatch"


def _none_if_empty(given: object) -> object:
    return None if given == "" else given


_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|(?<![^\s:/\[\]])[^\s:/\[\]]{1,255}):([0-9]{1,5})")
_PREFIX = re.compile(r"([a-z0-9][a-z0-9._-]{0,49})?")  # valid at the start of names in both Kafka and Elasticsearch


def _addresses(given: str) -> str:
    for address in given.split(","):
        found = _ADDRESS.fullmatch(address.strip())
        if found is None or not 1 <= int(found.group(2)) <= 65_535:
            raise ValueError("not host:port, such as 127.0.0.1:9092, or several of them, parted by commas")
    return given


def _ips(given: str) -> str:
    for one in given.split(","):
        ipaddress.ip_address(one.strip())
    return given


def _prefix(given: str) -> str:
    if not _PREFIX.fullmatch(given):
        raise ValueError("only a-z, 0-9, '.', '_' and '-' may be in it, a letter or figure first, 50 at most")
    return given


# compose files and unit files pass unset variables as empty ones
File = Annotated[Path | None, BeforeValidator(_none_if_empty)]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_empty)]

Name = Annotated[str | None, BeforeValidator(_none_if_empty)]


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="STORYWATCH_", env_file=".env", extra="ignore", frozen=True)

    kafka: Annotated[str, AfterValidator(_addresses)] = Field(
        "127.0.0.1:9092", description="Kafka bootstrap servers, host:port, parted by commas."
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",  # the embedded stack has nothing else, and listens on loopback only
        description="How Kafka is spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as its listener is set up.",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512",  # the strongest of the three; it never sends the password
        description="How the password is shown to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
    )
    kafka_username: Name = Field(None, description="User at Kafka, for SASL_PLAINTEXT and SASL_SSL.")
    kafka_password: Secret = Field(None, description="That user's password.")
    kafka_password_file: File = Field(None, description="A file that holds the password, instead of it.")
    kafka_ca_file: File = Field(
        None, description="Certificates (PEM) of the authorities that may vouch for Kafka. The system's when not set."
    )
    kafka_cert_file: File = Field(
        None, description="Certificate (PEM) that shows Kafka who we are, where a listener asks for one."
    )
    kafka_key_file: File = Field(
        None, description="The key (PEM, without a password) of that certificate, when not in the same file."
    )
    elasticsearch: str = Field("http://127.0.0.1:9200", description="Elasticsearch URL; it may hold user and password.")
    elasticsearch_api_key: Secret = Field(
        None, description="API key for Elasticsearch, in the encoded form that it was given out in."
    )
    elasticsearch_api_key_file: File = Field(None, description="A file that holds the API key, instead of it.")
    elasticsearch_ca_file: File = Field(
        None,
        description="Certificates (PEM) of the authorities that may vouch for Elasticsearch. The system's when not "
        "set.",
    )
    api: Annotated[str | None, BeforeValidator(_none_if_empty)] = Field(
        None,
        description="Where a `storywatch serve` answers, such as https://news.example.org. With it `search`, `stories` "
        "and `alerts` ask that, and need neither Kafka nor Elasticsearch.",
    )
    api_key: Secret = Field(None, description="API key for that server, with the scope read.")
    api_key_file: File = Field(None, description="A file that holds the API key, instead of it.")
    topic_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "",
        description="Put before every topic, group and index name: two systems, one cluster.",
    )
    data_dir: Path = Field(
        default_factory=_state_home,
        description="Where the stack of `storywatch up`, feed states and locks live.",
    )
    partitions: int = Field(4, ge=1, description="Of every topic; fixed once made. 4 lets four workers share the load.")
    replication: int = Field(
        1, ge=1, description="Copies of each partition. 3 on a real cluster; the embedded has 1 node."
    )

    pool_processes: int = Field(
        max(1, (os.cpu_count() or 2)),
        ge=1,
        description="Processes for cleaning and tagging: one a core, since both only compute.",
    )
    pool_timeout_seconds: float = Field(
        20.0,
        gt=0,
        description="Most CPU time for one article in the pool. The slowest hostile page needs 10; more is a hang.",
    )
    batch_messages: int = Field(
        100, ge=1, description="Most messages handled at once. Beyond 100 throughput grew little and replays grew."
    )
    commit_seconds: float = Field(
        1.0, gt=0, description="Pause between offset commits. Shorter replays less after a crash; 0.5 costs throughput."
    )
    session_seconds: float = Field(
        10.0, gt=0, description="After this silence Kafka gives a worker's partitions to another."
    )
    standstill_seconds: float = Field(
        120.0,
        gt=0,
        description="A partition with lag and no progress for this long: unhealthy; the process starts over. More than "
        "two hangs in the pool take, or a page that hangs would never become a dead letter.",
    )
    transient_seconds: float = Field(
        30.0,
        gt=0,
        description="How long a stage retries a server that is away before it starts over. The store waits on.",
    )
    restart_pause_seconds: float = Field(
        2.0, ge=0, description="Pause before a stage process that ended is started again."
    )

    backfill_messages: int = Field(
        20,
        ge=1,
        description="Old articles of a backfill or a reprocessing in the pipeline at a time, at most; fewer while they "
        "take long.",
    )
    flood_messages: int = Field(
        200,
        ge=1,
        description="How many of a stage's last messages tell whether it refuses too much. At 20 articles/s, 10 s.",
    )
    flood_percent: float = Field(
        50.0,
        gt=0,
        le=100,
        description="A stage pauses with an alarm instead of making dead letters of more than this share, refused over "
        "at least five publishers. 100 lets all of them go: for one start, by hand.",
    )
    raw_days: int = Field(
        7,
        ge=1,
        description="How long pages are kept as they arrived: so far back can cleaning run again, and so long may a "
        "worker be away.",
    )
    stream_days: int = Field(
        7,
        ge=1,
        description="How long the topics between the stages keep an article's text: so long may a worker be away.",
    )
    article_months: int = Field(
        0,
        ge=0,
        description="Whole months of articles, beside the current one, that `storywatch retention --apply` leaves; "
        "0: all.",
    )
    alert_months: int = Field(
        0,
        ge=0,
        description="Whole months of alerts and of notices about sources, beside the current one, that "
        "`storywatch retention --apply` leaves; 0: all.",
    )
    deadletter_days: int = Field(
        30, ge=1, description="How long dead letters are kept: a holiday, and time to mend the cause."
    )
    deadletter_megabytes: int = Field(
        1024, ge=1, description="Most room for dead letters, for each partition; the oldest go first."
    )

    accept_deleted: bool = Field(
        False, description="Go on although messages, or what a stage remembers, were deleted. For one start, by hand."
    )

    story_window_days: float = Field(
        14.0,
        gt=0,
        le=90,
        description="How long after its last article a story still takes new ones. At most 90: what has fired for it "
        "is remembered for 100.",
    )
    second_thoughts: Literal["off", "calm", "eager"] = Field(
        "eager",
        description="How readily stories merge and articles move after they were filed: `calm` changes 3 % of the "
        "articles of similar events, `eager` 4 %, `off` none. What was said of a story stays true longer with `calm`.",
    )
    links: bool = Field(
        False,
        description="Link stories of different languages that report the same event. Needs the extra `links` "
        "(`pip install 'storywatch[links]'`) and 180 MB for each process of the pool.",
    )
    live_days: float = Field(
        3.0,
        gt=0,
        description="What was surely published longer than this before it was fetched is treated as backfill: it fires "
        "only tracks that ask for that. Reports of a weekend are still news on Monday.",
    )
    copy_window_hours: float = Field(
        72.0, gt=0, description="How far back copies are looked for: 98.9 % of near copies came within 72 h."
    )

    publishers_file: File = Field(
        None, description="A YAML file with publishers of your own, beside those that Storywatch knows."
    )

    tagger_weights: File = Field(
        None,
        description="A folder with files of weights for the tagger, which are used before the shipped ones: those that "
        "you have learnt, or streams/entities/crf/data/silver.",
    )

    metrics_host: str = Field("127.0.0.1", description="Address of /metrics and /healthz. Loopback unless you open it.")
    metrics_port: int = Field(
        9464,
        ge=0,
        le=65535,
        description="First of four ports, one a process (work, state, store, sources). 0: free ports.",
    )
    serve_host: str = Field("127.0.0.1", description="Address of `storywatch serve`. Loopback unless you open it.")
    serve_port: int = Field(8470, ge=0, le=65535, description="Port of `storywatch serve`. 0: a free port.")
    public_url: Annotated[str | None, BeforeValidator(_none_if_empty)] = Field(
        None,
        description="Where the internet reaches `storywatch serve`, such as https://news.example.org. With it watched "
        'feeds are subscribed at their WebSub hubs, and alerts link to the console and to "not my story". Set it for '
        "one server, and for the workers.",
    )
    kibana_url: Annotated[str | None, BeforeValidator(_none_if_empty)] = Field(
        None, description="Where people reach Kibana, such as https://kibana.example.org: stories link to it."
    )
    console_access: Literal["key", "open"] = Field(
        "key",
        description="key: the console asks for an API key. open: everybody on this machine may look and act, under "
        "an address of this machine only.",
    )
    console_user_header: Name = Field(
        None,
        description="A header in which a proxy that logs people in names the user, such as X-Forwarded-User. It is "
        "believed if the request comes from one of STORYWATCH_CONSOLE_PROXIES.",
    )
    console_proxies: Annotated[str, AfterValidator(_ips)] = Field(
        "127.0.0.1,::1", description="IP addresses of such proxies, parted by commas."
    )
    serve_requests_per_second: float = Field(
        50.0,
        gt=0,
        description="Most requests of one API key to one `storywatch serve`, on average; twice as many in a burst. A "
        "sender with more than that puts articles into batches.",
    )
    push_waiting_messages: int = Field(
        5000,
        ge=1,
        description="`storywatch serve` refuses live articles while more messages than this wait before the stages up "
        "to the alert: some minutes of work.",
    )
    log_format: Literal["auto", "json", "text"] = Field("auto", description="json, text, or text on a terminal only.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much is logged.")

    secrets_key: Secret = Field(
        None,
        description="Key that encrypts webhooks' URLs and secrets in Kafka; several, parted by commas, to change it.",
    )
    secrets_key_file: File = Field(None, description="A file that holds that key, instead of it.")
    webhook_timeout_seconds: float = Field(10.0, gt=0, description="Longest wait for a receiver's answer.")
    fetch_timeout_seconds: float = Field(15.0, gt=0, description="Longest wait for a feed or page, in all.")
    host_delay_seconds: float = Field(
        1.0, ge=0, description="Least pause between two requests to one host: what a polite reader does."
    )
    fetch_proxy: Secret = Field(
        None,
        description="HTTP proxy for feeds and pages, http://[user:password@]host:port. Sources at private addresses "
        "are asked directly. The proxy has to refuse private addresses itself: it looks names up.",
    )
    source_alerts: str = Field(
        "",
        description="Name of the receiver that is told when a source turns silent or broken, and when that ends, "
        "unless the source names another. Set it for the workers. Empty: nobody.",
    )
    spool_megabytes: int = Field(
        1000,
        ge=1,
        description="Most room on disk for what polls bring while Kafka is away: for each process that polls, some "
        "thousands of pages.",
    )
    user_agent: str = Field(
        "Storywatch/0.1 (news monitor; respects robots.txt)", description="How feeds and pages are asked for."
    )

    @cached_property
    def index_prefix(self) -> str:
        return f"{self.topic_prefix}storywatch-"

    def app_id(self, app: str) -> str:
        """Consumer group and changelog prefix of one of the four apps."""
        return f"{self.topic_prefix}storywatch-{app}"

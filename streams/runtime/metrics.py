"""All metrics, with units and meanings. Label values are bounded: never an article, story, track or URL."""

import logging
import traceback

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from streams.contract.errors import Rejected

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each counter has a second series, with the time of its first use

_log = logging.getLogger("storywatch.unexpected")

MOST_FRAMES = 12  # the innermost ones: where an exception was raised and what called it

SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)

MESSAGES = Counter(
    "storywatch_messages", "Messages that a stage has handled, by what came of them.", ["stage", "outcome"]
)
STAGE_SECONDS = Histogram(
    "storywatch_stage_seconds", "Time that a stage spent on one message, sends included.", ["stage"], buckets=SECONDS
)
END_TO_END_SECONDS = Histogram(
    "storywatch_end_to_end_seconds",
    "Time from an article's arrival to the named moment (stored, alerted, delivered).",
    ["moment"],
    buckets=SECONDS,
)
LAG = Gauge("storywatch_lag_messages", "Messages waiting before a stage, by partition.", ["stage", "partition"])
STANDING = Gauge(
    "storywatch_standing_seconds",
    "Time since a partition with waiting messages moved on; 0 while a stage waits for a server.",
    ["stage", "partition"],
)
WAITING = Gauge(
    "storywatch_waiting",
    "1 while a stage waits on purpose: for a server that is away, or because it refuses too much.",
    ["stage"],
)
ROWS = Gauge("storywatch_rows", "Rows that a stage keeps in memory and in its changelog.", ["stage"])
DEAD_LETTERS = Counter("storywatch_dead_letters", "Messages that became dead letters.", ["stage", "error"])
UNEXPECTED_ERRORS = Counter(
    "storywatch_unexpected_errors",
    "Exceptions that nobody expected where strangers' text comes in; each cost one item there.",
    ["where"],
)
CRASHES = Counter(
    "storywatch_crashes", "Times that handling a message ended the process of its stage, kill -9 included.", ["stage"]
)
HEADERS_IGNORED = Counter("storywatch_headers_ignored", "Headers of messages that nobody of us has written; ignored.")
CANDIDATES_LEFT_OUT = Counter(
    "storywatch_candidates_left_out", "Tracks that a story update concerns and that are too many for one; not told."
)
TRACKS = Gauge(
    "storywatch_tracks",
    "Tracks that match knows: indexed by a story or term, or unindexed, which are evaluated for every update.",
    ["kind"],
)
STORIES_REGROUPED = Counter(
    "storywatch_stories_regrouped",
    "Stories that merged and articles that moved, by what decided it.",
    ["fact", "reason"],
)
PAUSED = Gauge("storywatch_paused", "1 while a stage pauses because too much would become dead letters.", ["stage"])
RETRIES = Counter("storywatch_retries", "Times a stage tried again because a server was away.", ["stage"])
LATE_ROWS = Counter(
    "storywatch_late_rows", "Rows that a worker wrote after it had lost the partition; overruled.", ["table"]
)
ALERTS = Counter("storywatch_alerts", "Candidates for alerts, by what was decided.", ["decision"])
ALERTS_HELD = Gauge("storywatch_alerts_held", "Alerts that wait for the end of quiet hours, for a digest and the like.")
DELIVERIES = Counter("storywatch_deliveries", "Attempts to deliver an alert, by outcome.", ["outcome"])
DELIVERIES_WAITING = Gauge("storywatch_deliveries_waiting", "Alerts that are not delivered yet.")
DELIVERIES_OLDEST = Gauge(
    "storywatch_deliveries_oldest_seconds", "Age of the oldest alert that is not delivered yet; 0 without one."
)
RECEIVERS_FAILING = Gauge(
    "storywatch_receivers_failing", "Receivers that refused or missed an alert which still waits."
)
RECEIVERS_OFF = Gauge(
    "storywatch_receivers_off", "Receivers of tracks that are switched off, because they answered 410."
)
RECEIVERS_PAUSED = Gauge(
    "storywatch_receivers_paused", "Receivers that kept failing: one alert at a time probes each until it accepts."
)
HEARTBEATS = Counter("storywatch_heartbeats", "Heartbeats to receivers that asked for them, by outcome.", ["outcome"])
SOURCES_USUAL = Gauge("storywatch_sources_usual", "Publishers heard often enough to know what is usual of them.")
SOURCES_SILENT = Gauge("storywatch_sources_silent", "Those of them that have been silent for unusually long.")
SOURCES_WATCHED = Gauge("storywatch_watched_sources", "Sources that the workers watch, paused ones included.")
POLLS_RUNNING = Gauge("storywatch_polls_running", "Polls of sources that this process is making.")
POLLS_WAITING = Gauge("storywatch_polls_waiting", "Sources that are due and wait because too many polls are running.")
SPOOLED = Gauge("storywatch_spooled_messages", "Messages that wait on disk until Kafka answers again.")
SPOOL_USED = Gauge("storywatch_spool_used_ratio", "Share of the room for such messages that is used.")
SOURCE_HEALTH = Gauge("storywatch_source_health", "Sources that this process polls, by how they are.", ["health"])
SOURCE_ARTICLES = Counter("storywatch_source_articles", "Articles that polls of watched sources have sent in.")
ARTICLES = Counter("storywatch_articles", "Live articles that were cleaned, by language.", ["language"])
LAST_ARTICLE = Gauge("storywatch_last_article_timestamp_seconds", "When the latest live article was fetched; 0: never.")
HTTP_REQUESTS = Counter(
    "storywatch_http_requests",
    "Requests to `storywatch serve`, by route (none: there is none) and status code.",
    ["route", "method", "status"],
)
HTTP_SECONDS = Histogram(
    "storywatch_http_seconds", "Time that `storywatch serve` took to answer a request.", ["route"], buckets=SECONDS
)
EVENT_CLIENTS = Gauge("storywatch_event_clients", "Clients of `GET /v1/events` of `storywatch serve`.")
PUSHED = Counter(
    "storywatch_pushed_articles", "Articles of requests to `storywatch serve`, by what came of them.", ["outcome"]
)
CHILDREN_MEMORY = Gauge(
    "storywatch_children_memory_bytes", "Memory of the pool's processes; what they share is counted once."
)
DISK_FREE = Gauge("storywatch_disk_free_bytes", "Room on the disk of the data folder.")
RESTARTS = Counter("storywatch_restarts", "Times the supervisor had to start this process again.")
UP = Gauge("storywatch_healthy", "1 while no stage stands still although messages wait, else 0.")
CLOCK = Gauge(
    "storywatch_clock_ahead_seconds",
    "How far this machine's clock was ahead of the broker's, at least, when tables were last read; negative: behind.",
)
BUILD = Gauge("storywatch_build_info", "1; the labels tell the version.", ["version", "app"])


# Prometheus sees no increase in a counter whose first value is 1: the counters that alerting rules use start at 0.

ALERTS.labels("fired")
for _outcome in ("delivered", "retrying", "failed"):
    DELIVERIES.labels(_outcome)

for _outcome in ("accepted", "refused", "delayed"):
    PUSHED.labels(_outcome)

# what an unexpected error costs: one fetch, one poll of a feed, one entry of it, one line of a file, one attempt at a
# webhook, one request, one step of a subscription at a hub; in a stage, whose name is the label, one message, and in
# `poll` one poll
BORDERS = ("fetch", "feed", "entry", "line", "webhook", "request", "hub")
for _border in BORDERS:
    UNEXPECTED_ERRORS.labels(_border)


def expect(stage: str) -> None:
    """Create the error counters of a stage with the value 0."""
    RETRIES.labels(stage)
    UNEXPECTED_ERRORS.labels(stage)
    refusals: list[type[Rejected]] = [Rejected, *Rejected.__subclasses__()]
    for error in refusals:
        DEAD_LETTERS.labels(stage, error.label)


def report_unexpected(where: str, error: Exception) -> str:
    """Count and log an exception from external input, which costs one item; the caller backs off as after any failure.

    Returns the reason for the item, with the name of the exception, whose text is neither returned nor logged: it may
    quote the input, or a URL with tokens. ``where`` is one of `BORDERS` or a stage. Exceptions of the runtime itself
    are not reported here: they end the process.
    """
    name = type(error).__name__
    UNEXPECTED_ERRORS.labels(where).inc()
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    at = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    _log.error("unexpected %s at the border '%s': %s", name, where, at)
    return f"unexpected {name}"

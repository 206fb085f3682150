"""Every metric, with its unit and meaning. Labels are bounded: no article, story, track or URL ever is one."""

from prometheus_client import Counter, Gauge, Histogram

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
DEAD_LETTERS = Counter("storywatch_dead_letters", "Messages that became dead letters.", ["stage", "error"])
RETRIES = Counter("storywatch_retries", "Times a stage tried again because a server was away.", ["stage"])
ALERTS = Counter("storywatch_alerts", "Candidates for alerts, by what was decided.", ["decision"])
DELIVERIES = Counter("storywatch_deliveries", "Attempts to deliver an alert, by outcome.", ["outcome"])
DELIVERIES_WAITING = Gauge("storywatch_deliveries_waiting", "Alerts that are not delivered yet.")
UP = Gauge("storywatch_healthy", "1 while no stage stands still although messages wait, else 0.")
BUILD = Gauge("storywatch_build_info", "1; the labels tell the version.", ["version", "app"])

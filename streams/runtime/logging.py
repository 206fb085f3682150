"""Log configuration: one JSON line per event, or a readable line on a terminal; repeated lines are dropped."""

import logging
import sys
import time
from typing import Any

import structlog

from streams.runtime.settings import Settings

# while a broker is unreachable, these log hundreds of equal lines per second
CHATTY = ("aiokafka", "faust", "mode", "elastic_transport", "httpx", "httpcore")
SAME_LINE_SECONDS = 10.0


class RepeatFilter(logging.Filter):
    """Passes each message template of a logger at most once in `SAME_LINE_SECONDS`, whatever its arguments are."""

    def __init__(self) -> None:
        super().__init__()
        self.last_passed: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.msg if isinstance(record.msg, str) else type(record.msg))
        now = time.monotonic()
        if now - self.last_passed.get(key, -SAME_LINE_SECONDS) < SAME_LINE_SECONDS:
            return False
        if len(self.last_passed) > 1000:  # messages made with f-strings all differ
            self.last_passed.clear()
        self.last_passed[key] = now
        return True


def configure(settings: Settings, app: str | None = None) -> None:
    """Configure logging to stderr. Every line has ``app``, since the processes of a worker share one stderr."""
    for_people = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    render = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if for_people else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        _add_app(app),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                render,
            ],
        )
    )
    handler.addFilter(_own_or_not_repeated())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("storywatch").setLevel(settings.log_level)
    # at INFO, Faust logs every step of normal operation
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its failures are raised as errors, which the callers report


def _add_app(app: str | None) -> structlog.typing.Processor:
    def name(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if app is not None:
            event.setdefault("app", app)  # a line about another app has the name of that one
        return event

    return name


def _own_or_not_repeated() -> logging.Filter:
    repeats = RepeatFilter()

    class OwnOrNotRepeated(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            return record.name.startswith("storywatch") or bool(repeats.filter(record))

    return OwnOrNotRepeated()

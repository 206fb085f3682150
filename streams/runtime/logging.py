"""Logs: one JSON line an event, or a line for people on a terminal; never a secret, never a flood."""

import logging
import sys
import time
from typing import Any

import structlog

from streams.runtime.settings import Settings

# what these say while a broker is away: hundreds of lines a second, which tell one thing
CHATTY = ("aiokafka", "faust", "mode", "elastic_transport", "httpx", "httpcore")
SAME_LINE_SECONDS = 10.0


class Sparing(logging.Filter):
    """Lets each logger say a thing once in a while, whatever its arguments are."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.msg if isinstance(record.msg, str) else type(record.msg))
        now = time.monotonic()
        if now - self._last.get(key, -SAME_LINE_SECONDS) < SAME_LINE_SECONDS:
            return False
        if len(self._last) > 1000:  # messages made with f-strings are all different
            self._last.clear()
        self._last[key] = now
        return True


def configure(settings: Settings, app: str | None = None) -> None:
    """Set up logging of this process, to stderr. ``app`` is on every line: a worker's processes share one stderr."""
    for_people = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    render = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if for_people else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        _naming(app),
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
    handler.addFilter(_only_own_or_sparing())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("storywatch").setLevel(settings.log_level)
    # Faust's own account of a normal life is long; its warnings are ours to see
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its failures come as errors that we report ourselves


def _naming(app: str | None) -> structlog.typing.Processor:
    def name(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if app is not None:
            event.setdefault("app", app)  # a line about another app names that one
        return event

    return name


def _only_own_or_sparing() -> logging.Filter:
    sparing = Sparing()

    class OnlyOwnOrSparing(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            return record.name.startswith("storywatch") or bool(sparing.filter(record))

    return OnlyOwnOrSparing()

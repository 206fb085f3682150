"""What a stage refused or took in; its dead letter, or why there would be too many, out; and what became of one sent
again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from streams.contract import deadletter, letters
from streams.contract.about import article_in
from streams.contract.errors import CrashLoop, Rejected
from streams.contract.messages import Resolution
from streams.runtime import metrics
from streams.runtime.delivery.rejection_limit import Flood
from streams.runtime.settings import Settings

log = structlog.get_logger("storywatch.refusals")

WAY_OUT = (
    "Mend the cause, and start this worker again to try at once; or let them become dead letters: start it with "
    "STORYWATCH_FLOOD_PERCENT=100"
)


class Refusals:
    """The account of one stage; ``folder`` is where it outlives the process."""

    def __init__(self, stage: str, settings: Settings, folder: Path) -> None:
        self._stage = stage
        self._flood = Flood(folder / f"{stage}.flood.json", settings.flood_messages, settings.flood_percent)
        self._paused = metrics.PAUSED.labels(stage)
        self._paused.set(0)

    def too_many(self, message: Any, error: Rejected) -> str | None:
        """Count a refusal; a line when it is one too many, so that the stage has to pause instead.

        What was sent again by hand does not count: to try a thousand old letters must not stop what is new.
        """
        if deadletter.replay_of(self._stage, message.headers):
            return None
        flood = self._flood.refuse(deadletter.source_of(message.value), deadly=isinstance(error, CrashLoop))
        self._paused.set(1 if flood else 0)
        if flood is None:
            return None
        line = f"{flood}, the last one because: {error}. {WAY_OUT}"
        log.error("paused", stage=self._stage, reason=line)
        return line

    def letter(self, message: Any, error: Rejected) -> dict[str, bytes]:
        """The headers of the message's dead letter, which is counted and logged."""
        headers = deadletter.headers(self._stage, message, error)
        metrics.DEAD_LETTERS.labels(self._stage, error.label).inc()
        metrics.MESSAGES.labels(self._stage, "rejected").inc()
        log.warning("dead letter", article=article_in(message.value), **headers)
        return {
            name: text.encode(errors="backslashreplace") for name, text in headers.items()
        } | deadletter.own_headers(message)

    def left_out(self, message: Any, error: Rejected) -> None:
        """Count and log a dead letter that is refused itself. It stays on its topic, and no letter is made of it: that
        one would be read by the same stage and be refused alike, for ever."""
        letter = letters.refused(message).letter.id
        metrics.MESSAGES.labels(self._stage, "refused").inc()
        log.error("dead letter left out", stage=self._stage, letter=letter, error=error.label, reason=str(error))

    def passed(self, message: Any) -> Resolution | None:
        """Count a message that was taken; the resolution of its letter if it was sent again."""
        replay = deadletter.replay_of(self._stage, message.headers)
        if replay is None:
            self._flood.passed()
            self._paused.set(0)
            return None
        log.info("dead letter passed", stage=self._stage, letter=replay.letter, attempt=replay.attempt)
        return Resolution(
            letter=replay.letter, state="passed", attempt=replay.attempt, at=datetime.now(UTC), by=self._stage
        )

"""Follows the topics of a running pipeline: which article was cleaned, filed or refused, and which alerts fired."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from connectors.kafka.reader import KafkaRecord, Reader
from streams.alerts.outcomes import is_current
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Alert, CleanArticle, Deliverable, FiledArticle
from streams.runtime.settings import Settings


@dataclass(frozen=True)
class RejectedInput:
    """An input that became a dead letter, or was refused before it was sent (stage "ingest")."""

    input: str
    stage: str
    error: str


@dataclass
class PipelineOutput:
    """Everything seen so far. ``cleaned`` has a list for each arrival id, since the same bytes may be sent twice."""

    cleaned: dict[str, list[CleanArticle]] = field(default_factory=dict)
    filed: dict[tuple[str, str], FiledArticle] = field(default_factory=dict)  # by article id and revision
    dead: dict[tuple[str, str, str], tuple[str, RejectedInput]] = field(default_factory=dict)  # place -> key, input
    alerts: dict[str, Alert] = field(default_factory=dict)  # in their latest state

    def filed_as(self, arrival: str, number: int) -> FiledArticle | None:
        """The filed article of the ``number``-th sending (from 1) of an arrival; None until it is filed."""
        seen = self.cleaned.get(arrival, ())
        if len(seen) < number:
            return None
        article = seen[number - 1]
        return self.filed.get((article.id, article.revision))

    def dead_of(self, arrival: str, origin: str) -> RejectedInput | None:
        """The dead letter of an arrival. At the first stage its key is the arrival id; later its header has the
        origin."""
        return next((dead for key, dead in self.dead.values() if key == arrival or dead.input == origin), None)

    def unsettled(self) -> int:
        """The number of alerts whose delivery has not ended."""
        return sum(alert.delivery.status in ("pending", "retrying") for alert in self.alerts.values())


class PipelineFollower:
    """Follows a pipeline from its construction on."""

    def __init__(self, settings: Settings) -> None:
        self.seen = PipelineOutput()
        read: list[topics.Topic] = [topics.CLEAN, topics.FILED, topics.ALERTS, topics.DEADLETTERS]
        self._reader = Reader(settings, read, from_now=True)
        self._take: dict[str, Callable[[KafkaRecord], None]] = {
            topics.CLEAN.name(settings.topic_prefix): self._cleaned,
            topics.FILED.name(settings.topic_prefix): self._filed,
            topics.ALERTS.name(settings.topic_prefix): self._alert,
            topics.DEADLETTERS.name(settings.topic_prefix): self._dead,
        }

    def poll(self) -> PipelineOutput:
        """Process the records that have arrived; waits a moment if there are none."""
        for record in self._reader.poll():
            self._take[record.topic](record)
        return self.seen

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    def _cleaned(self, record: KafkaRecord) -> None:
        article = decode(record.value, CleanArticle)
        self.seen.cleaned.setdefault(article.arrival, []).append(article)

    def _filed(self, record: KafkaRecord) -> None:
        filed = decode(record.value, FiledArticle)
        if not filed.refiled:
            self.seen.filed[filed.article.id, filed.article.revision] = filed

    def _alert(self, record: KafkaRecord) -> None:
        alert = decode(record.value, Deliverable)
        if not isinstance(alert, Alert):
            return
        if is_current(alert, self.seen.alerts.get(alert.id)):
            self.seen.alerts[alert.id] = alert

    def _dead(self, record: KafkaRecord) -> None:
        head = record.headers
        dead = RejectedInput(head.get("origin", ""), head.get("stage", ""), head.get("reason", ""))
        place = (head.get("topic", ""), head.get("partition", ""), head.get("offset", ""))
        self.seen.dead[place] = ((record.key or b"").decode(errors="replace"), dead)

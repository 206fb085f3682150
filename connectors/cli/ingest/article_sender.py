"""Arrivals -> messages on Kafka's topic, counted when the broker has confirmed them; and what became of them."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.cli.common import output
from connectors.cli.common.times import parse_time_or_none
from connectors.files.read import RefusedInput
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Lane, RawArticle

if TYPE_CHECKING:
    from connectors.cli.ingest.outcomes import Outcome, OutcomeTracker

MOST_DOUBTS = 10  # lines about what was passed over; the rest is counted
OLD = timedelta(days=3)  # published so long before it came in: material of an archive
MANY_OLD = 20  # that a person who loads an archive should hear of the other lane
MOST_WAITING = 200  # sends under way: enough to hide the broker's answer time, few to be unsure of when it goes away

VERDICTS = {"filed": "filed", "known": "known already", "refused": "refused by a stage"}


class ArticleSender:
    """Sends without waiting for each, confirms in order. ``accepted`` holds only what the broker has.

    ``following``, where given, expects what was sent.
    """

    def __init__(self, producer: Producer, following: "OutcomeTracker | None" = None) -> None:
        self._producer = producer
        self._following = following
        self._doubts: Counter[str] = Counter()
        self._old = 0
        self._outcomes: Mapping[str, Outcome] = {}
        self._waiting: deque[tuple[RawArticle, Any]] = deque()
        self.accepted: list[tuple[str, str]] = []  # origin, arrival id
        self.refused: list[RefusedInput] = []

    def take(
        self, found: Iterable[RawArticle | RefusedInput], told: Callable[[str], None] = lambda summary: None
    ) -> None:
        """Send all there is; ``told`` hears how far it has come.

        Raises `Unavailable` when Kafka goes away; ``accepted`` is right also then, and after Ctrl-C.
        """
        try:
            for one in found:
                if isinstance(one, RefusedInput):
                    self._refuse(one)
                else:
                    self._send(one)
                told(self.summary())
            while self._waiting:
                self._confirm_oldest()
        except Unavailable as error:
            self._settle()
            raise Unavailable(f"{str(error).rstrip('.')}. Taken in before that: {len(self.accepted)}") from error
        except KeyboardInterrupt:
            self._settle()
            raise

    def doubt(self, where: str, line: str) -> None:
        """Something of an article was passed over: each kind of it is told once, up to a number of lines."""
        self._doubts[line] += 1
        if self._doubts[line] == 1 and len(self._doubts) <= MOST_DOUBTS:
            output.problem(f"{where}: {line}")

    def tell_of_doubts(self) -> None:
        """How often what was told, where a line stands for more than itself."""
        told, times = len(self._doubts), self._doubts.total()
        if times > min(told, MOST_DOUBTS):
            often = "; ".join(f"{line} ({count:,})" for line, count in self._doubts.most_common(3))
            more = " and others" if told > 3 else ""
            output.problem(f"{times:,} values were passed over in all: {often}{more}")

    def tell_outcomes(self, outcomes: "Mapping[str, Outcome]") -> None:
        """Say why each article was refused that a stage refused."""
        self._outcomes = outcomes
        for origin, arrival in self.accepted:
            one = outcomes[arrival]
            if one.verdict == "refused":
                output.problem(f"refused {origin}: {one.stage}: {one.reason}")

    @property
    def all_taken(self) -> bool:
        return not self.refused and all(one.verdict != "refused" for one in self._outcomes.values())

    def _refuse(self, refused: RefusedInput) -> None:
        self.refused.append(refused)
        output.problem(f"refused {refused.origin}: {refused.reason}")

    def _send(self, article: RawArticle) -> None:
        try:
            self._waiting.append((article, self._producer.start(topics.RAW, article)))
        except Rejected as error:
            self._refuse(RefusedInput(article.origin, str(error)))
        while self._waiting and (len(self._waiting) >= MOST_WAITING or self._waiting[0][1].is_done):
            self._confirm_oldest()

    def _confirm_oldest(self) -> None:
        article, future = self._waiting[0]
        sent = self._producer.confirm(future)
        self._waiting.popleft()
        self._accept(article)
        if self._following is not None:
            self._following.expect(article.id, sent)

    def _settle(self) -> None:
        """Of what was under way, count what the broker has taken."""
        for article, future in self._waiting:
            if future.succeeded():
                self._accept(article)
        self._waiting.clear()

    def _accept(self, article: RawArticle) -> None:
        self.accepted.append((article.origin, article.id))
        if article.lane is Lane.LIVE and is_old(article):
            self._old += 1
            if self._old == MANY_OLD:
                output.note(
                    f"note: {MANY_OLD} of these were published more than {OLD.days} days ago; `--lane backfill` lets "
                    f"live articles go first and fires no alerts for old ones"
                )

    def summary(self) -> str:
        counts = Counter(str(one.verdict) for one in self._outcomes.values())
        told = "".join(f", {counts[verdict]} {words}" for verdict, words in VERDICTS.items() if counts[verdict])
        return f"{len(self.accepted)} accepted, {len(self.refused)} refused{told}"

    def report(self) -> dict[str, Any]:
        """The outcome for programs."""
        return {
            "accepted": len(self.accepted),
            "refused": [{"origin": one.origin, "reason": one.reason} for one in self.refused],
            "passed_over": self._doubts.total(),
            "articles": [
                {"origin": origin, "arrival": arrival, **self._outcome(arrival)} for origin, arrival in self.accepted
            ],
        }

    def _outcome(self, arrival: str) -> dict[str, Any]:
        one = self._outcomes.get(arrival)
        if one is None:
            return {}
        return {
            "outcome": one.verdict,
            "article": one.article,
            "story": one.story,
            "stage": one.stage,
            "reason": one.reason,
        }


def is_old(article: RawArticle) -> bool:
    """Whether its sender says so, in a date of ISO 8601."""
    published = parse_time_or_none(article.given.published)
    return published is not None and article.received_at - published > OLD

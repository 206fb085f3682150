"""Sends articles to Kafka, counts those that the broker confirms, and reports their outcomes."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.cli.common import output
from connectors.cli.common.times import parse_time_or_none
from connectors.files.items import Checkpoint, RefusedInput
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.errors import Rejected, Unavailable
from streams.contract.messages import Lane, RawArticle

if TYPE_CHECKING:
    from connectors.cli.ingest.outcomes import Outcome, OutcomeTracker

MOST_IGNORED_LINES = 10  # lines about ignored values; the rest is only counted
OLD = timedelta(days=3)  # between publication and arrival: material of an archive
MANY_OLD = 20  # old articles after which a note recommends the backfill lane
MOST_IN_FLIGHT = 200  # enough to hide the broker's latency; few whose fate is unknown if the broker goes away

VERDICTS = {"filed": "filed", "known": "known already", "refused": "refused by a stage"}


class ArticleSender:
    """Sends without waiting for each, confirms in order. ``accepted`` holds only articles that the broker confirmed.

    ``tracker``, if given, follows the articles sent.
    """

    def __init__(self, producer: Producer, tracker: "OutcomeTracker | None" = None) -> None:
        self._producer = producer
        self._tracker = tracker
        self._ignored: Counter[str] = Counter()
        self._old = 0
        self._outcomes: Mapping[str, Outcome] = {}
        self._in_flight: deque[tuple[RawArticle, Any] | Checkpoint] = deque()
        self.accepted: list[tuple[str, str]] = []  # origin, arrival id
        self.refused: list[RefusedInput] = []

    def send_all(
        self,
        found: Iterable[RawArticle | RefusedInput | Checkpoint],
        progress: Callable[[str], None] = lambda summary: None,
    ) -> None:
        """Send all articles; ``progress`` gets the summary after each. Checkpoints wait for the articles before them.

        Raises `Unavailable` if Kafka goes away; ``accepted`` is exact also then and after Ctrl-C.
        """
        try:
            for one in found:
                if isinstance(one, RefusedInput):
                    self._refuse(one)
                elif isinstance(one, Checkpoint):
                    self._in_flight.append(one)
                else:
                    self._send(one)
                progress(self.summary())
            while self._in_flight:
                self._confirm_oldest()
        except Unavailable as error:
            self._count_confirmed()
            raise Unavailable(f"{str(error).rstrip('.')}. Accepted before that: {len(self.accepted)}") from error
        except KeyboardInterrupt:
            self._count_confirmed()
            raise

    def report_ignored(self, where: str, line: str) -> None:
        """Report a value of an article that is ignored: each kind once, up to `MOST_IGNORED_LINES` lines."""
        self._ignored[line] += 1
        if self._ignored[line] == 1 and len(self._ignored) <= MOST_IGNORED_LINES:
            output.error(f"{where}: {line}")

    def report_ignored_totals(self) -> None:
        """Report how many values were ignored, if it is more than one per line."""
        kinds, total = len(self._ignored), self._ignored.total()
        if total > min(kinds, MOST_IGNORED_LINES):
            most = "; ".join(f"{line} ({count:,})" for line, count in self._ignored.most_common(3))
            more = " and others" if kinds > 3 else ""
            output.error(f"{total:,} values were ignored in all: {most}{more}")

    def report_outcomes(self, outcomes: "Mapping[str, Outcome]") -> None:
        """Report each article that a stage refused, with the reason."""
        self._outcomes = outcomes
        for origin, arrival in self.accepted:
            one = outcomes[arrival]
            if one.verdict == "refused":
                output.error(f"refused {origin}: {one.stage}: {one.reason}")

    @property
    def nothing_refused(self) -> bool:
        return not self.refused and all(one.verdict != "refused" for one in self._outcomes.values())

    def _refuse(self, refused: RefusedInput) -> None:
        self.refused.append(refused)
        output.error(f"refused {refused.origin}: {refused.reason}")

    def _send(self, article: RawArticle) -> None:
        try:
            self._in_flight.append((article, self._producer.start(topics.RAW, article)))
        except Rejected as error:
            self._refuse(RefusedInput(article.origin, str(error)))
        while self._in_flight and (len(self._in_flight) >= MOST_IN_FLIGHT or self._oldest_is_done()):
            self._confirm_oldest()

    def _oldest_is_done(self) -> bool:
        oldest = self._in_flight[0]
        return isinstance(oldest, Checkpoint) or bool(oldest[1].is_done)

    def _confirm_oldest(self) -> None:
        oldest = self._in_flight[0]
        if isinstance(oldest, Checkpoint):
            oldest.reached()
            self._in_flight.popleft()
            return
        article, future = oldest
        sent = self._producer.confirm(future)
        self._in_flight.popleft()
        self._accept(article)
        if self._tracker is not None:
            self._tracker.expect(article.id, sent)

    def _count_confirmed(self) -> None:
        """Accept the articles in flight that the broker has confirmed, and drop the others."""
        for article, future in (one for one in self._in_flight if not isinstance(one, Checkpoint)):
            if future.succeeded():
                self._accept(article)
        self._in_flight.clear()

    def _accept(self, article: RawArticle) -> None:
        self.accepted.append((article.origin, article.id))
        if article.lane is Lane.LIVE and is_old(article):
            self._old += 1
            if self._old == MANY_OLD:
                output.note(
                    f"note: {MANY_OLD} of these are more than {OLD.days} days old; `--lane backfill` lets "
                    f"live articles go first and fires no alerts for old ones"
                )

    def summary(self) -> str:
        counts = Counter(str(one.verdict) for one in self._outcomes.values())
        outcomes = "".join(f", {counts[verdict]} {words}" for verdict, words in VERDICTS.items() if counts[verdict])
        return f"{len(self.accepted)} accepted, {len(self.refused)} refused{outcomes}"

    def report(self) -> dict[str, Any]:
        """The result as a JSON object."""
        return {
            "accepted": len(self.accepted),
            "refused": [{"origin": one.origin, "reason": one.reason} for one in self.refused],
            "passed_over": self._ignored.total(),
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
    """True if it was published, by its sender's ISO 8601 date, or fetched more than `OLD` before its arrival."""
    published = parse_time_or_none(article.given.published)
    return article.received_at - (published or article.fetched_at) > OLD

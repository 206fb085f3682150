"""Story updates of the past -> what tracks would have sent, had they been made before these; nothing is sent."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger, Decision
from streams.alerts.match import QueryFollows
from streams.contract.messages import Alert, Candidate, StoryUpdate, Track

MOST_LISTED = 1_000  # alerts of which more than a number is kept
MOST_EXAMPLES = 3  # articles for each reason why nothing was sent


class Sent(Struct, frozen=True):
    """One message that a track would have sent. ``at``: when."""

    at: datetime
    condition: str
    reason: str
    story: str
    story_title: str
    source: str
    article: str
    title: str

    @classmethod
    def of(cls, alert: Alert, at: datetime) -> "Sent":
        """The message of an alert that is sent at ``at``."""
        return cls(
            at=at,
            condition=alert.condition,
            reason=alert.reason,
            story=alert.story.id,
            story_title=alert.story.title,
            source=alert.source.name,
            article=alert.article.id,
            title=alert.article.title,
        )


@dataclass
class Outcome:
    """What became of one track. ``silent``: reasons with their numbers, as in ``storywatch_alerts_total``."""

    track: Track
    sent: list[Sent] = field(default_factory=list)  # the first `MOST_LISTED`
    by_day: Counter[date] = field(default_factory=Counter)  # in the track's time zone
    held: Counter[str] = field(default_factory=Counter)  # reason why a message waited -> number of alerts
    waiting: int = 0  # alerts that were still held at the end
    silent: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)  # reason -> titles of articles
    stories: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Number of messages, listed or not."""
        return self.by_day.total()

    def days(self, since: datetime, until: datetime) -> list[tuple[date, int]]:
        """The number of messages of each day from the first to the last one."""
        zone = ZoneInfo(self.track.time_zone)
        first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
        every = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [(day, self.by_day[day]) for day in every]

    def note(self, alert: Alert, at: datetime) -> None:
        """Count an alert that is sent at ``at``, or held then."""
        if alert.delivery.status == "held":
            self.held[alert.delivery.held_for] += 1
        elif alert.delivery.status not in ("summed", "cancelled"):  # those are in a summary, or never sent
            self.by_day[at.astimezone(ZoneInfo(self.track.time_zone)).date()] += 1
            self.stories.add(alert.story.id)
            if len(self.sent) < MOST_LISTED:
                self.sent.append(Sent.of(alert, at))

    def note_silence(self, reason: str, update: StoryUpdate) -> None:
        """Count an update for which nothing is sent."""
        self.silent[reason] += 1
        titles = self.examples.setdefault(reason, [])
        if len(titles) < MOST_EXAMPLES and update.article.title not in titles:
            titles.append(update.article.title)


class DryRun:
    """Tracks with an empty record of what they have fired, as if each had been made at ``since``.

    What is true only now (paused, snoozed, expired) is left out. Updates come in the order of the log.
    """

    def __init__(self, tracks: Iterable[Track], since: datetime) -> None:
        """Raises `Undecodable` for a track whose query is invalid."""
        fresh = [
            replace(one, created_at=since, paused=False, snoozed_until=None, expires_at=None, webhook=None)
            for one in tracks
        ]
        self._catalogue = Catalogue(fresh)
        self._follows = QueryFollows()
        self._ledger = AlertLedger()
        self._candidates = 0
        self._due: datetime | None = None  # when the first held alert may be sent
        self._outcomes = {track.id: Outcome(track) for track in fresh}
        self.updates = 0

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What became of each track, in the order given."""
        return list(self._outcomes.values())

    def take(self, update: StoryUpdate, offset: int, at: datetime) -> None:
        """Evaluate one update at its ``offset`` in its partition and its log time ``at``."""
        self.updates += 1
        self.pass_time(at)
        for candidate in self._follows.match(update, offset, self._catalogue).candidates:
            decision = self._decide(candidate, at)
            if not decision.alerts:
                self._outcomes[candidate.track.id].note_silence(decision.outcome, update)

    @property
    def waiting(self) -> int:
        """Number of alerts that are held."""
        return self._ledger.held.count()

    def finish(self, until: datetime) -> None:
        """Send what was held and is due by the end, and count what is still held."""
        self.pass_time(until)
        for id_, outcome in self._outcomes.items():
            outcome.waiting = len(self._ledger.held.of(id_))

    def pass_time(self, until: datetime) -> None:
        """Send what was held and is due by a moment, as the background work of a worker has it done."""
        while self._due is not None and self._due <= until:
            at, sent = self._due, False
            for id_, holds in list(self._ledger.held.tracks()):
                if min(holds.values()) <= at:
                    request = Candidate(track=self._outcomes[id_].track, why="alerts that were held are due")
                    sent |= bool(self._decide(request, at).alerts)
            ends = [end for _, holds in self._ledger.held.tracks() for end in holds.values()]
            self._due = min(ends if sent else (end for end in ends if end > at), default=None)

    def _decide(self, candidate: Candidate, at: datetime) -> Decision:
        self._candidates += 1
        decision = self._ledger.decide(candidate, self._candidates, at)
        for alert in decision.alerts:
            self._outcomes[candidate.track.id].note(alert, at)
            until = alert.delivery.next_at
            if alert.delivery.status == "held" and until is not None:
                self._due = until if self._due is None else min(self._due, until)
        return decision

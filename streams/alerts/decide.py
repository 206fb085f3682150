"""A candidate in; at most one alert out, made once: the ledger of what each track has fired.

The alert's id is a digest of the fact that it reports (track, story, source or count), so whatever is replayed or
sent twice upstream, the same fact is the same alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from streams.alerts import receivers
from streams.alerts.expiry import Ageing
from streams.alerts.size import check_size
from streams.contract.messages import Alert, Candidate, Delivery, Lane, Source, Track, digest


class Fired(Struct, frozen=True, array_like=True):
    """Row: an alert that was made, kept by alert id; ``offset`` is of the candidate that caused it.

    ``at``: the log's time, about, of the last candidate for the same fact.
    """

    offset: int
    at: datetime | None = None  # none in the rows of older versions


NEW_SOURCE = "new source"
SOURCES_REACHED = "sources >= "  # and the number


@dataclass(frozen=True)
class Decision:
    """``alert`` is None where ``outcome`` says why."""

    alert: Alert | None
    outcome: str
    rows: Mapping[str, Fired | None]


class Ledger:
    """What the tracks of one partition have fired."""

    Row: ClassVar = Fired

    def __init__(self) -> None:
        self._fired: dict[str, Fired] = {}
        self._ageing = Ageing()

    def restore(self, key: str, row: Fired) -> None:
        self._fired[key] = row
        self._ageing.restore(key, row.at)

    def build_indexes(self) -> None:
        """All rows are there: what was fired grows old in the order of the log."""
        self._ageing.settle()

    def decide(self, candidate: Candidate, offset: int, at: datetime) -> Decision:
        """``offset`` and ``at`` are the candidate's in its log: the same candidate again gives the same alert again,
        in case the first was not sent; another candidate for the same fact gives none."""
        refused = _refused(candidate)
        if refused:
            return Decision(None, refused, {})
        source = _source(candidate)
        if source is None:
            return Decision(None, "no_publisher", {})
        alert = _alert(candidate, source, at)
        before = candidate.update.filing.moved_from
        if before and candidate.update.counted_before and self._has_fired(candidate.track, before, source):
            return Decision(None, "already_fired", {})  # for the same article, in the story that it was in before
        fired = self._fired.get(alert.id)
        repeated = fired is not None and fired.offset != offset
        rows = self._removals(at)
        rows.pop(alert.id, None)
        if self._ageing.meet(alert.id, at) or fired is None or not repeated:
            row = Fired(fired.offset if fired is not None else offset, at)
            self._fired[alert.id] = rows[alert.id] = row
        return Decision(None, "already_fired", rows) if repeated else Decision(alert, "fired", rows)

    def _has_fired(self, track: Track, story: str, source: Source) -> bool:
        return track.at_sources is None and _alert_id(track, story, source.key) in self._fired

    def _removals(self, at: datetime) -> dict[str, Fired | None]:
        """The rows of facts that nothing can report any more."""
        old = self._ageing.removals(at)
        for key in old:
            del self._fired[key]
        return dict.fromkeys(old)


def _refused(candidate: Candidate) -> str | None:
    """Why this track does not fire for this update, as a label, or None."""
    track, update = candidate.track, candidate.update
    if update.filed_at <= track.created_at:
        return "before_track"
    if update.article.lane is Lane.BACKFILL and not track.backfill:
        return "backfill"
    if track.independent and not update.coverage.new:
        return "not_independent"
    if not track.independent and not update.coverage.new_publisher:
        return "known_publisher"
    if track.at_sources is not None and _sources(candidate) < track.at_sources:
        return "too_few_sources"
    return None


def _source(candidate: Candidate) -> Source | None:
    """Who is new: the independent source, or the publisher where the track counts every publisher."""
    publisher = candidate.update.article.publisher
    if candidate.track.independent:
        return candidate.update.coverage.source
    return Source(key=f"publisher:{publisher.id}", name=publisher.name) if publisher else None


def _sources(candidate: Candidate) -> int:
    story = candidate.update.story
    return story.all_sources if candidate.track.independent else story.all_publishers


def _alert_id(track: Track, story: str, fact: str) -> str:
    return digest("alert", track.id, story, fact)


def _alert(candidate: Candidate, source: Source, at: datetime) -> Alert:
    track, update = candidate.track, candidate.update
    story, article, count = update.story, update.article, _sources(candidate)
    if track.at_sources is None:
        condition = NEW_SOURCE
        fact = source.key
        kind = "independent source" if track.independent else "publisher"
        reason = f"{kind} number {count}: {update.coverage.reason}"
    else:
        condition = fact = f"{SOURCES_REACHED}{track.at_sources}"
        reason = f"{count} sources reached: {update.coverage.reason}"
    hook = track.webhook
    alert = Alert(
        id=_alert_id(track, story.id, fact),
        track=track.id,
        track_name=track.name,
        receiver=receivers.receiver_id(hook) if hook else f"none:{track.id}",
        story=story,
        article=article,
        source=source,
        sources=count,
        condition=condition,
        reason=reason,
        filing=update.filing,
        received_at=update.received_at,
        made_at=at,
        url=receivers.origin(hook.url) if hook else None,
        delivery=Delivery(status="pending" if hook else "recorded"),
    )
    check_size(alert)
    return alert

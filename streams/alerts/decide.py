"""Candidate -> at most one alert, once: the ledger of the alerts that each track has fired.

The id of an alert is a digest of the fact that it reports (track, story, source or count), so the same fact is the same
alert, whatever is replayed or sent twice upstream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from streams.alerts import receivers
from streams.alerts.expiry import ExpiringKeys
from streams.alerts.size import check_size
from streams.contract.messages import Alert, Candidate, Delivery, Lane, Source, Track, digest


class FiredAlert(Struct, frozen=True, array_like=True):
    """Row: an alert that was made, by alert id.

    ``offset``: of the candidate that caused it. ``at``: log time of the last candidate for the same fact, to about a
    day.
    """

    offset: int
    at: datetime | None = None  # None in rows of older versions


NEW_SOURCE = "new source"
SOURCES_REACHED = "sources >= "  # followed by the number


@dataclass(frozen=True)
class Decision:
    """An alert, or None and the reason in ``outcome``."""

    alert: Alert | None
    outcome: str
    rows: Mapping[str, FiredAlert | None]


class AlertLedger:
    """The alerts that the tracks of one partition have fired."""

    Row: ClassVar = FiredAlert

    def __init__(self) -> None:
        self._fired: dict[str, FiredAlert] = {}
        self._expiring = ExpiringKeys()

    def restore(self, key: str, row: FiredAlert) -> None:
        self._fired[key] = row
        self._expiring.restore(key, row.at)

    def build_indexes(self) -> None:
        """Order the alerts by log time once all rows are restored."""
        self._expiring.settle()

    def decide(self, candidate: Candidate, offset: int, at: datetime) -> Decision:
        """Decide on a candidate with its ``offset`` and log time ``at``.

        The same candidate again gives the same alert again, in case the first was not sent; another candidate for the
        same fact gives none. Raises `TooLarge` for an alert that leaves no room for its delivery.
        """
        reason = _rejection_reason(candidate)
        if reason:
            return Decision(None, reason, {})
        source = _source(candidate)
        if source is None:
            return Decision(None, "no_publisher", {})
        alert = _alert(candidate, source, at)
        before = candidate.update.filing.moved_from
        if before and candidate.update.counted_before and self._has_fired(candidate.track, before, source):
            return Decision(None, "already_fired", {})  # for the same article, in the story that it has left
        fired = self._fired.get(alert.id)
        repeated = fired is not None and fired.offset != offset
        rows = self._removals(at)
        rows.pop(alert.id, None)
        if self._expiring.touch(alert.id, at) or fired is None or not repeated:
            row = FiredAlert(fired.offset if fired is not None else offset, at)
            self._fired[alert.id] = rows[alert.id] = row
        return Decision(None, "already_fired", rows) if repeated else Decision(alert, "fired", rows)

    def _has_fired(self, track: Track, story: str, source: Source) -> bool:
        return track.at_sources is None and _alert_id(track, story, source.key) in self._fired

    def _removals(self, at: datetime) -> dict[str, FiredAlert | None]:
        """Remove the rows of facts that no message can report again."""
        old = self._expiring.removals(at)
        for key in old:
            del self._fired[key]
        return dict.fromkeys(old)


def _rejection_reason(candidate: Candidate) -> str | None:
    """Return the label of the reason why this track does not fire for this update, or None."""
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
    """Return the new source: the independent one, or the publisher if the track counts every publisher."""
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

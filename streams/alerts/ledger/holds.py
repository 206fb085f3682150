"""The alerts that the tracks of one partition hold, until when and why, and what is released at a moment.

A release writes one row with the ids of all that it released before it removes their rows: after a crash in between,
the rows that are left are known to be old.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice

from msgspec.structs import replace

from streams.alerts.ledger.rows import HELD, RELEASED, SENT, LedgerRow
from streams.alerts.rules.calendar import HOUR, MOST_LATE, Hold, is_due
from streams.contract.messages import MOST_PER_HOUR, Alert, Story, Track

MOST_RELEASED = 500  # alerts of one release, all of which are sent before the next message is handled
Rows = dict[str, LedgerRow | None]


class HeldAlerts:
    """The held alerts, and when the latest alerts of each track were sent."""

    def __init__(self) -> None:
        self._of_track: defaultdict[str, dict[str, LedgerRow]] = defaultdict(dict)  # track -> alert id -> row
        self._sent: dict[str, LedgerRow] = {}  # track -> row
        self._released: dict[str, LedgerRow] = {}  # track -> row
        self._stale: list[str] = []  # keys of rows that a release did not come to remove

    def restore(self, key: str, row: LedgerRow) -> bool:
        """Add a stored row; return whether it is one of these."""
        if key.startswith(HELD) and row.held is not None:
            self._of_track[row.held.track][row.held.id] = row
        elif key.startswith(SENT):
            self._sent[key.removeprefix(SENT)] = row
        elif key.startswith(RELEASED):
            self._released[key.removeprefix(RELEASED)] = row
        else:
            return False
        return True

    def drop_released(self) -> None:
        """Forget restored alerts that the last release of their track has sent."""
        for track, row in self._released.items():
            for id_ in row.ids:
                known = self._of_track.get(track, {}).get(id_)
                if known is not None and known.offset < row.offset:
                    self._forget(track, id_)
                    self._stale.append(f"{HELD}{id_}")

    def drop(self, ids: Collection[str]) -> None:
        """Forget restored alerts that were cancelled."""
        for track, id_ in [(track, id_) for track, rows in self._of_track.items() for id_ in rows if id_ in ids]:
            self._forget(track, id_)
            self._stale.append(f"{HELD}{id_}")

    def stale(self) -> Rows:
        """Return the rows to remove of those that were dropped, before any other row is written."""
        stale, self._stale = self._stale, []
        return dict.fromkeys(stale)

    def get(self, track: str, id_: str) -> Alert | None:
        row = self._of_track.get(track, {}).get(id_)
        return None if row is None else row.held

    def add(self, alert: Alert, offset: int, at: datetime) -> Rows:
        """Hold an alert, whose delivery says until when."""
        self._of_track[alert.track][alert.id] = row = LedgerRow(offset, at, held=alert)
        return {f"{HELD}{alert.id}": row}

    def remove(self, alert: Alert) -> Rows:
        """Hold an alert no more, without a release."""
        self._forget(alert.track, alert.id)
        return {f"{HELD}{alert.id}": None}

    def redact(self, track: str, story: Story, erased: str) -> dict[str, LedgerRow]:
        """Take what may quote an erased article out of the alerts about its story; return their rows by alert id."""
        rows: dict[str, LedgerRow] = {}
        for id_, row in self._of_track.get(track, {}).items():
            one = row.held
            if one is not None and one.story.id == story.id and one.article.id != erased:
                filing = replace(
                    one.filing, reasons=(), shared_entities=(), shared_terms=(), shared_quotes=(), shared_figures=()
                )
                rows[id_] = replace(row, held=replace(one, story=story, filing=filing))
        if rows:
            self._of_track[track].update(rows)
        return rows

    def of(self, track: str) -> list[Alert]:
        """Return the alerts that a track holds, in the order in which they were made."""
        rows = self._of_track.get(track, {})
        return [row.held for row in sorted(rows.values(), key=_order) if row.held is not None]

    def due(self, track: Track, offset: int, at: datetime, *, all_of: bool) -> list[Alert]:
        """Return what the message at ``offset`` releases at the log time ``at``, at most `MOST_RELEASED`.

        That is what was held before it, ``all_of`` it or what may be sent by what the track says now.
        """
        rows = sorted(self._of_track.get(track.id, {}).values(), key=_order)
        held = [row.held for row in rows if row.held is not None and row.offset < offset]
        return [one for one in held if all_of or is_due(track, hold_of(one), at)][:MOST_RELEASED]

    def release(self, track: str, alerts: list[Alert], offset: int, at: datetime) -> Rows:
        """Remove alerts that were sent, summed up or ended by the message at ``offset``."""
        self._released.pop(track, None)
        self._released[track] = row = LedgerRow(offset, at, ids=tuple(one.id for one in alerts))
        rows: Rows = {f"{RELEASED}{track}": row}
        for one in alerts:
            rows |= self.remove(one)
        return rows

    def was_released(self, track: str, offset: int) -> bool:
        """Return whether the message at ``offset`` has released alerts, all of which were sent."""
        row = self._released.get(track)
        return row is not None and row.offset == offset

    def sent(self, track: str, offset: int) -> list[datetime]:
        """Return when the latest alerts were sent because of messages before ``offset``."""
        row = self._sent.get(track)
        return [] if row is None else [moment for before, moment, _ in row.moments if before < offset]

    def note_sent(self, track: Track, offset: int, at: datetime) -> Rows:
        """Count an alert that is sent."""
        row = self._sent.get(track.id)
        most = max(track.most_per_hour or 0, MOST_LATE)
        before = row.moments if row is not None else ()
        kept = [one for one in before if one[0] != offset and at - one[1] < HOUR][-min(most, MOST_PER_HOUR) + 1 :]
        self._sent.pop(track.id, None)  # the longest unused first
        self._sent[track.id] = row = LedgerRow(offset, at, moments=(*kept, (offset, at, "")))
        return {f"{SENT}{track.id}": row}

    def forget_sent(self, at: datetime) -> Rows:
        """Remove a few rows of tracks that sent nothing for an hour, and of releases that no replay can repeat."""
        rows: Rows = {}
        for prefix, known in ((SENT, self._sent), (RELEASED, self._released)):
            oldest = list(islice(known.items(), 2))
            for track in [track for track, row in oldest if row.at is not None and at - row.at > 24 * HOUR]:
                del known[track]
                rows[f"{prefix}{track}"] = None
        return rows

    def tracks(self) -> Iterator[tuple[str, Mapping[str, datetime]]]:
        """Yield each track that holds alerts, with the earliest end for each reason."""
        for track, rows in self._of_track.items():
            earliest: dict[str, datetime] = {}
            for row in rows.values():
                if row.held is not None:
                    until, why = hold_of(row.held)
                    earliest[why] = min(until, earliest.get(why, until))
            yield track, earliest

    def count(self) -> int:
        return sum(map(len, self._of_track.values()))

    def _forget(self, track: str, id_: str) -> None:
        self._of_track[track].pop(id_, None)
        if not self._of_track[track]:
            del self._of_track[track]


def hold_of(alert: Alert) -> Hold:
    """Return until when an alert is held, and why."""
    return Hold(alert.delivery.next_at or alert.made_at, alert.delivery.held_for)


def _order(row: LedgerRow) -> tuple[int, str]:
    return row.offset, row.held.id if row.held is not None else ""

"""Candidate -> its alerts, each once: the ledger of what each track has reported, and of what it holds.

A candidate is decided by the rules (`streams.alerts.rules`), which are pure, and by rows that carry the offsets of what
made them. The same candidate again therefore gives the same alerts again, in case the first were not sent; another
candidate for the same fact gives none. Times are those of the log: a track's held alerts are released by a candidate
without an update, which the background work of the stage sends to its own input.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from streams.alerts.expiry import ExpiringKeys
from streams.alerts.ledger import compose
from streams.alerts.ledger.holds import HeldAlerts, Rows
from streams.alerts.ledger.rows import HELD, SEEN, LedgerRow, story_key, subject_key
from streams.alerts.rules import Check, Fact, Memory, conditions, facts, kinds_of
from streams.alerts.rules.calendar import PAUSED, Hold, hold
from streams.alerts.rules.fires import EVERYWHERE, PRESENT, count_elsewhere, is_report, source_of, sources_of
from streams.contract.messages import MOST_GROWTH, Alert, Candidate, Delivery, EditKind, StoryUpdate, Track, digest

MOST_LINKED = 300  # sources of a story and those linked with it, of which a track knows the stories
MOST_MERGED = 50  # redirects in a row that are followed: `story` leads each former story to the oldest
MOST_KEPT = 5  # of what happened again and again, of which only the latest counts, but for replays


@dataclass(frozen=True)
class Decision:
    """The alerts that a candidate makes or changes, and what became of it in ``outcome``."""

    alerts: tuple[Alert, ...]
    outcome: str
    rows: Mapping[str, LedgerRow | None] = field(default_factory=dict)

    @property
    def alert(self) -> Alert | None:
        """The first alert, None without one."""
        return self.alerts[0] if self.alerts else None


class AlertLedger:
    """What the tracks of one partition have reported, and what they hold."""

    Row: ClassVar = LedgerRow

    def __init__(self, public_url: str | None = None) -> None:
        """``public_url``: address of the console, to which alerts link."""
        self._public_url = public_url and public_url.rstrip("/")
        self.held = HeldAlerts()
        self._rows: dict[str, LedgerRow] = {}  # of facts and of what was seen of stories
        self._of_subject: defaultdict[str, list[str]] = defaultdict(list)  # subject -> keys of facts
        self._expiring = ExpiringKeys()

    def restore(self, key: str, row: LedgerRow) -> None:
        if self.held.restore(key, row):
            return
        self._keep(key, row)
        self._expiring.restore(key, row.at)

    def build_indexes(self) -> None:
        """Order the rows by log time once all are restored, and drop held alerts that were settled before a crash."""
        self._expiring.settle()
        self.held.drop_released()
        self.held.drop({row.alert for row in self._rows.values() if row.corrected is not None and row.was_held})

    def decide(self, candidate: Candidate, offset: int, at: datetime) -> Decision:
        """Decide on a candidate with its ``offset`` and log time ``at``.

        Raises `TooLarge` for an alert that leaves no room for its delivery.
        """
        if candidate.update is None:
            decision = self._release(candidate, offset, at)
        else:
            decision = self._judge(candidate, candidate.update, offset, at)
        rows = {**self.held.stale(), **self._removals(at, decision.rows), **decision.rows}
        return Decision(tuple(map(self._linked, decision.alerts)), decision.outcome, rows)

    def explain(self, candidate: Candidate, offset: int, at: datetime) -> list[Check]:
        """Return each rule in order with what it saw of a candidate, without changing anything.

        The last check says whether the facts were reported before; the rules after the first that did not pass would
        not have been asked.
        """
        if candidate.update is None:
            return []
        track, update = candidate.track, candidate.update
        memory = self._memory(candidate, update, offset)
        elsewhere = count_elsewhere(track, update, memory)
        checks = list(conditions(track, update, at, present=candidate.present, elsewhere=elsewhere))
        found: list[Fact] = []
        for check, given in self._facts(candidate, update, memory):
            checks.append(check)
            found += given
        if found:
            new = [fact for fact in found if self._is_new_of(candidate, update, fact, offset)]
            saw = ", ".join(fact.condition for fact in new) or "each fact was reported before"
            checks.append(Check("already_fired", saw, bool(new)))
            if new and (waits := self._hold(candidate, update, offset, at)) is not None:
                checks.append(Check("held", f"{waits.why}: until {waits.until:%Y-%m-%d %H:%M:%S} UTC", passed=True))
        return checks

    def _linked(self, alert: Alert) -> Alert:
        if self._public_url is None:
            return alert
        return replace(alert, story_url=f"{self._public_url}/stories/{alert.story.id}")

    # --- an update ----------------------------------------------------------------------------------------------

    def _judge(self, candidate: Candidate, update: StoryUpdate, offset: int, at: datetime) -> Decision:
        track = candidate.track
        memory = self._memory(candidate, update, offset)
        elsewhere = count_elsewhere(track, update, memory)
        checks = conditions(track, update, at, present=candidate.present, elsewhere=elsewhere)
        stopped = next((one for one in checks if not one.passed), None)
        if stopped is not None and stopped.rule == "expired":
            return Decision((), stopped.rule)
        corrected = self._correct(track, update, offset, at)
        seen = self._remember_sources(candidate, update, offset) if track.linked else {}
        if stopped is not None:
            return _with_rows(
                corrected or Decision((), stopped.rule), {**(corrected.rows if corrected else {}), **seen}
            )
        decision = self._fire_or_not(candidate, update, memory, offset, at, is_corrected=corrected is not None)
        if corrected is None:
            return _with_rows(decision, {**seen, **decision.rows})
        return Decision(
            (*corrected.alerts, *decision.alerts),
            decision.outcome if decision.alerts else corrected.outcome,
            {**seen, **corrected.rows, **decision.rows},
        )

    def _fire_or_not(
        self,
        candidate: Candidate,
        update: StoryUpdate,
        memory: Memory,
        offset: int,
        at: datetime,
        *,
        is_corrected: bool,
    ) -> Decision:
        track = candidate.track
        found: list[Fact] = []
        missed: list[Check] = []
        for check, given in self._facts(candidate, update, memory):
            found += given
            missed += [] if check.passed else [check]
        grown = any(fact.rule == "growth" for fact in found)
        said = {"merges", "edits"} if is_corrected else set()  # by the correction
        if self._has_fired_before_moving(track, update):
            said.add("new_source")
        told = [fact for fact in found if fact.rule not in said]
        if told:
            decision = self._fire(candidate, update, told, count_elsewhere(track, update, memory), offset, at)
        else:
            decision = Decision((), "already_fired" if found else missed[0].rule if missed else "no_fact")
        return _with_rows(decision, {**decision.rows, **self._remember(candidate, update, offset, grown=grown)})

    def _facts(
        self, candidate: Candidate, update: StoryUpdate, memory: Memory
    ) -> Iterator[tuple[Check, tuple[Fact, ...]]]:
        if candidate.present:
            yield Check("present", "the first message about a story", passed=True), (compose.present_fact(update),)
            return
        yield from facts(candidate.track, update, memory)

    def _fire(
        self,
        candidate: Candidate,
        update: StoryUpdate,
        found: Sequence[Fact],
        elsewhere: int,
        offset: int,
        at: datetime,
    ) -> Decision:
        """Make one alert for the facts that were not reported yet."""
        track = candidate.track
        keys = {compose.fact_id(track, fact): fact for fact in found}
        new = {key: fact for key, fact in keys.items() if self._is_new_of(candidate, update, fact, offset)}
        rows: Rows = {}
        for key in self._rows.keys() & (keys.keys() - new.keys()):
            if self._expiring.touch(key, at):
                rows[key] = self._keep(key, replace(self._rows[key], at=at))
        known = [self._rows[key] for key in keys if key in self._rows and self._rows[key].offset == offset]
        if not new or any(row.corrected is not None for row in known):  # corrected since: the candidate comes again
            return Decision((), "already_fired", rows)
        first = next(iter(new))
        id_ = compose.corrected_id(first, self._corrections(first, offset))
        alert = compose.alert_of(id_, candidate, update, list(new.values()), at, elsewhere=elsewhere)
        reported = LedgerRow(
            offset, at, alert=alert.id, subject=subject_key(track, update.story.id, update.article.id), was_held=True
        )
        if any(row.was_held for row in known):
            waiting = self.held.get(track.id, alert.id)  # None: it was released since
            # a crash may have come before the rows of the other facts were stored
            rows |= self._note_reported(new, reported, at)
            return Decision((waiting,) if waiting else (), "held", rows)
        waits = self._hold(candidate, update, offset, at)
        if waits is not None:
            alert = _held(alert, waits)
            rows |= self.held.add(alert, offset, at)
        elif track.most_per_hour is not None or alert.late_by:
            rows |= self.held.note_sent(track, offset, at)
        rows |= self._note_reported(new, replace(reported, was_held=waits is not None), at)
        return Decision((alert,), "held" if waits is not None else "fired", rows)

    def _note_reported(self, keys: Iterable[str], reported: LedgerRow, at: datetime) -> Rows:
        """Note that facts were reported at ``at``. ``reported``: what their rows have in common."""
        rows: Rows = {}
        for key in keys:
            corrections = self._corrections(key, reported.offset)
            row = replace(reported, corrections=corrections, was_corrected=self._was_corrected(key))
            rows[key] = self._keep(key, row)
            self._expiring.touch(key, at)
        return rows

    def _corrections(self, key: str, offset: int) -> int:
        """Return how often a fact that is new at ``offset`` was corrected before."""
        row = self._rows.get(key)
        if row is None:
            return 0
        return row.corrections if row.offset == offset else row.corrections + 1

    def _was_corrected(self, key: str) -> tuple[int, ...]:
        row = self._rows.get(key)
        if row is None:
            return ()
        return (*row.was_corrected, *(() if row.corrected is None else (row.corrected,)))[-MOST_KEPT:]

    def _hold(self, candidate: Candidate, update: StoryUpdate, offset: int, at: datetime) -> Hold | None:
        if candidate.present:
            return Hold(at, PRESENT)  # released at once: the stories that a query finds in one message
        sent = self.held.sent(candidate.track.id, offset)
        return hold(candidate.track, at, sent, late=bool(compose.late_by(update, at)))

    def _is_new_of(self, candidate: Candidate, update: StoryUpdate, fact: Fact, offset: int) -> bool:
        """Return whether a fact was reported of neither the story nor one that became part of it."""
        stories = {fact.story, *update.story.absorbed, *self._lineage(candidate, update, offset)}
        if fact.story == EVERYWHERE:
            stories = {EVERYWHERE}
        same = [Fact(fact.rule, fact.key, fact.condition, story) for story in stories]
        return all(self._is_new(compose.fact_id(candidate.track, one), offset) for one in same)

    def _is_new(self, key: str, offset: int) -> bool:
        """Return whether a fact was not reported by an earlier candidate, or is corrected since."""
        row = self._rows.get(key)
        if row is None or (row.offset == offset and row.corrected is None):
            return True
        return row.corrected is not None and row.corrected < offset

    def _has_fired_before_moving(self, track: Track, update: StoryUpdate) -> bool:
        """Return whether the same article was reported as a new source of the story that it has left."""
        before, source = update.filing.moved_from, source_of(track, update)
        if not before or not update.counted_before or source is None or not track.firing.new_source:
            return False
        return digest("alert", track.id, before, source.key) in self._rows

    # --- corrections --------------------------------------------------------------------------------------------

    def _correct(self, track: Track, update: StoryUpdate, offset: int, at: datetime) -> Decision | None:
        """Correct what the track said because of an article that left the story, or that withdraws its text.

        None if there is nothing to correct. A held alert is cancelled instead. Of the rows, those of held corrections
        come first and the removed ones last: whatever of them is stored, nothing is lost or sent twice.
        """
        reason = _why_wrong(update)
        if reason is None:
            return None
        subject = subject_key(track, update.story.id, (update.left or update.article).id)
        keys = self._of_subject.get(subject, ())
        # by this candidate, before a restart: what it said then was sent
        told = {self._rows[key].alert for key in keys if self._rows[key].corrected == offset}
        was_corrected = bool(told) or any(offset in self._rows[key].was_corrected for key in keys)
        alerts: dict[str, Alert] = {}
        held, corrected, removed = Rows(), Rows(), Rows()
        for key in keys:
            row = self._rows[key]
            if row.corrected is not None or row.offset >= offset:
                continue
            corrected[key] = self._keep(key, replace(row, corrected=offset))
            if row.alert in told:
                continue
            waiting = self.held.get(track.id, row.alert)
            if waiting is not None:
                alerts[row.alert] = compose.ended(waiting, "cancelled", reason)
                removed |= self.held.remove(waiting)
            elif row.alert not in alerts:
                alert = compose.correction_of(digest("correction", row.alert), row.alert, track, update, reason, at)
                waits = Hold(at, PAUSED) if track.paused else hold(track, at, self.held.sent(track.id, offset))
                if waits is not None:
                    alert = _held(alert, waits)
                    held |= self.held.add(alert, offset, at)
                alerts[row.alert] = alert
        if update.left is not None and not update.left.title:  # erased
            for id_, row in self.held.redact(track.id, update.story, update.left.id).items():
                held[f"{HELD}{id_}"] = row
                if row.held is not None:
                    alerts.setdefault(id_, row.held)
        if not corrected and not was_corrected and not held:
            return None
        return Decision(tuple(alerts.values()), "corrected", {**held, **corrected, **removed})

    # --- what is held -------------------------------------------------------------------------------------------

    def _release(self, candidate: Candidate, offset: int, at: datetime) -> Decision:
        """Send what is due, several alerts as one summary; end what a track without a future holds."""
        track = candidate.track
        if self.held.was_released(track.id, offset):
            return Decision((), "released")
        why = candidate.ended
        if track.expires_at is not None and track.expires_at <= at:
            why = why or "the track has expired"
        due = self.held.due(track, offset, at, all_of=bool(why))
        if not due:
            return Decision((), "nothing_due")
        if why:
            alerts = [compose.ended(one, "cancelled", why) for one in due]
            return Decision(tuple(alerts), "cancelled", self.held.release(track.id, due, offset, at))
        if len(due) == 1:
            alerts = [compose.to_send(track, due[0])]
        else:
            summary = compose.summary_of(track, due, at)
            summed = [compose.ended(one, "summed", f"sent in the summary {summary.id}") for one in due]
            alerts = [summary, *summed]
        rows = self.held.release(track.id, due, offset, at)
        if track.most_per_hour is not None:
            rows |= self.held.note_sent(track, offset, at)
        return Decision(tuple(alerts), "released" if len(due) == 1 else "summed", rows)

    # --- what is remembered -------------------------------------------------------------------------------------

    def _memory(self, candidate: Candidate, update: StoryUpdate, offset: int) -> Memory:
        """Return what the track knew of the story, and of those linked with it, before the candidate at ``offset``."""
        track, story = candidate.track, self._followed(candidate, update, offset)
        row = self._rows.get(f"{SEEN}{story_key(track, story)}")
        parts = [self._rows.get(f"{SEEN}{story_key(track, former)}") for former in update.story.absorbed]
        linked = {one for part in (row, *parts) if part is not None for one in part.linked}
        own = {update.story.id, *update.story.absorbed}
        elsewhere = frozenset(key for before, other, key in linked if before < offset and other not in own)
        if row is None:
            return Memory(story=story, elsewhere=elsewhere)
        source = source_of(track, update)
        since = max((before for before in row.grown if before < offset), default=-1)
        sources = [(before, at, key) for before, at, key in row.moments if before < offset]
        known = source is not None and any(key == source.key for _, _, key in sources)
        reports = [at for before, at in row.reports if before < offset]
        counted = () if known else tuple(at for before, at, _ in sources if before > since)
        # a candidate from before all that is kept comes again: what it fired was sent before these rows were stored
        if len(row.reports) == MOST_KEPT and not reports and row.offset < offset:
            reports = [update.filed_at]
        if len(row.grown) == MOST_KEPT and offset < row.grown[0]:
            counted = ()
        return Memory(counted, max(reports, default=None), story, elsewhere)

    def _remember(self, candidate: Candidate, update: StoryUpdate, offset: int, *, grown: bool) -> Rows:
        """Note the times of new sources and reports, of tracks that fire by them."""
        track = candidate.track
        fires = track.firing
        if fires.growth is None and fires.silence is None:
            return {}
        key = f"{SEEN}{story_key(track, self._followed(candidate, update, offset))}"
        before = self._rows.get(key) or LedgerRow(offset)
        source, at = source_of(track, update), update.filed_at
        is_new = update.coverage.new if track.independent else update.coverage.new_publisher
        moments, reports = before.moments, before.reports
        if is_new and source is not None and all(known != source.key for _, _, known in moments):
            moments = (*moments, (offset, at, source.key))[-MOST_GROWTH:]
        if is_report(update) and all(number != offset for number, _ in reports):
            reports = (*reports, (offset, at))[-MOST_KEPT:]
        marks = (*before.grown, offset)[-MOST_KEPT:] if grown and offset not in before.grown else before.grown
        row = replace(before, at=at, moments=moments, reports=reports, grown=marks)
        if row == replace(before, at=at):
            return {}
        self._expiring.touch(key, at)
        return {key: self._keep(key, row)}

    def _remember_sources(self, candidate: Candidate, update: StoryUpdate, offset: int) -> Rows:
        """Note which sources the story has, for those that are linked with it."""
        track, story = candidate.track, update.story.id
        followed = self._followed(candidate, update, offset)
        ended = self._remember_merges(track, update, followed, offset)
        key = f"{SEEN}{story_key(track, followed)}"
        before = self._rows.get(key) or LedgerRow(offset)
        known = [one for row in ended.values() for one in row.linked if one not in before.linked]
        before = replace(before, linked=tuple(sorted((*before.linked, *known))))
        have = {source for _, other, source in before.linked if other == story}
        new = tuple((offset, story, source) for source in sources_of(track, update) if source not in have)
        if not new and not ended:
            return {}
        self._expiring.touch(key, update.filed_at)
        kept = self._keep(key, replace(before, at=update.filed_at, linked=(*before.linked, *new)[-MOST_LINKED:]))
        return {key: kept, **ended}

    def _remember_merges(self, track: Track, update: StoryUpdate, followed: str, offset: int) -> dict[str, LedgerRow]:
        """Note that what the track knows of stories that became part of this one is known of this one from now on."""
        rows: dict[str, LedgerRow] = {}
        for former in update.story.absorbed:
            key = f"{SEEN}{story_key(track, former)}"
            row = self._rows.get(key)
            if row is not None and row.into is None and former != followed:
                self._expiring.touch(key, update.filed_at)
                rows[key] = self._keep(key, replace(row, at=update.filed_at, into=(offset, followed)))
        return rows

    def _followed(self, candidate: Candidate, update: StoryUpdate, offset: int) -> str:
        """Return the story by which the track follows that of the update: the one that it became part of, if it did."""
        return self._lineage(candidate, update, offset)[-1]

    def _lineage(self, candidate: Candidate, update: StoryUpdate, offset: int) -> list[str]:
        """Return that story after those that became part of it, as far as candidates before ``offset`` told."""
        stories = [candidate.through or update.story.id]
        while len(stories) < MOST_MERGED:
            row = self._rows.get(f"{SEEN}{story_key(candidate.track, stories[-1])}")
            if row is None or row.into is None or row.into[0] >= offset:
                break
            stories.append(row.into[1])
        return stories

    def _keep(self, key: str, row: LedgerRow) -> LedgerRow:
        former = self._rows.get(key)
        if former is None or former.subject != row.subject:
            self._leave_subject(key, former)  # the fact was corrected, and is reported because of another article
            if row.subject:
                self._of_subject[row.subject].append(key)
        self._rows[key] = row
        return row

    def _leave_subject(self, key: str, row: LedgerRow | None) -> None:
        if row is None or row.subject not in self._of_subject:
            return
        self._of_subject[row.subject].remove(key)
        if not self._of_subject[row.subject]:
            del self._of_subject[row.subject]

    def _removals(self, at: datetime, written: Mapping[str, LedgerRow | None]) -> Rows:
        """Remove the rows of facts that no message can report again."""
        rows: Rows = self.held.forget_sent(at)
        for key in self._expiring.removals(at):
            if key in written:
                self._expiring.touch(key, at)
                continue
            self._leave_subject(key, self._rows.pop(key))
            rows[key] = None
        return rows


def _with_rows(decision: Decision, rows: Mapping[str, LedgerRow | None]) -> Decision:
    return Decision(decision.alerts, decision.outcome, rows)


def _held(alert: Alert, waits: Hold) -> Alert:
    return replace(alert, delivery=Delivery(status="held", next_at=waits.until, held_for=waits.why))


def _why_wrong(update: StoryUpdate) -> str | None:
    """Return why what was said of the update's article is not true any more, None if it still is."""
    left = update.left
    if left is not None:
        name = f'"{left.title}"' if left.title else "the article"
        if update.left_to is not None:
            return f"{name} is not part of this story any more: it moved to story {update.left_to}"
        return f"{name} was removed"
    if update.edit is not None and EditKind.WITHDRAWS in kinds_of(update.edit, has_text=bool(update.article.excerpt)):
        return f'"{update.article.title}" was withdrawn by its publisher'
    return None

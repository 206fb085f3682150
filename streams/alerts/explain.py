"""Why a track did, or did not, fire for an article: each rule in order with what it saw.

The updates of the article's story are replayed as the stages have decided on them, so that what was known then (the
articles that answered a query before, the facts that were reported) is known here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts import query as q
from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.match import QueryFollows
from streams.alerts.receivers import for_receivers
from streams.alerts.rules import Check, conditions
from streams.alerts.rules.conditions import names_entity
from streams.contract.messages import Alert, Candidate, StoryUpdate, Track


class Explained(Struct, frozen=True):
    """What happened at one update.

    ``checks``: every rule in order, whether it would still have been asked or not. ``stopped``: the first rule that let
    nothing fire; None if an alert was made.
    """

    at: datetime
    kind: str  # created, joined, revised
    checks: tuple[Check, ...]
    stopped: Check | None
    alerts: tuple[Alert, ...]


class Explanation:
    """The replay of updates for one track, as it is now. Raises `Undecodable` for an invalid query."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._catalogue = Catalogue([track])
        self._follows = QueryFollows()
        self._ledger = AlertLedger()
        self._followed = {track.story}  # ids of stories, as `QueryFollows` knows them
        self._decided = 0

    def take(self, update: StoryUpdate, offset: int, at: datetime) -> Explained:
        """Decide on the next update of the log, at its ``offset`` in its partition and its log time ``at``."""
        candidate = next(iter(self._follows.match(update, offset, self._catalogue).candidates), None)
        self._decided += 1
        matching, follows = self._matching(update)
        judged = candidate or Candidate(track=self._track, update=replace(update, text="", details=None), why="")
        asked = tuple(conditions(self._track, update, at))
        rest = self._ledger.explain(judged, self._decided, at)[len(asked) :]
        decision = None if candidate is None else self._ledger.decide(candidate, self._decided, at)
        if decision is not None and decision.alerts:
            alerts = [one for alert in decision.alerts for one in for_receivers(alert, self._track)]
            return Explained(at, update.kind, (*matching, *asked, *rest), None, tuple(alerts))
        stopped = _first_failed(() if follows else matching, asked) or _nothing_new(rest)
        if stopped is None:  # such as a source that was reported for the story which the article has left
            stopped = Check(
                decision.outcome if decision is not None else "no_fact", "there is nothing new", passed=False
            )
            rest.append(stopped)
        return Explained(at, update.kind, (*matching, *asked, *rest), stopped, ())

    def _matching(self, update: StoryUpdate) -> tuple[tuple[Check, ...], bool]:
        """The checks of whether the track follows the story, and whether it does."""
        track, story = self._track, update.story.id
        if update.emptied and update.filing.moved_from in self._followed:
            self._followed.add(story)
        if track.story is not None:
            follows = story in self._followed
            return (Check("story", f"the article is in story {story}", follows),), follows
        article = q.QueriedArticle(update)
        checks = [
            Check("query", text, article.has_text and q.holds(query, article, update.filed_at))
            for text, query in _clauses(track)
        ]
        if q.typed(track) is None and track.words:
            checks.append(Check("query", " ".join(track.words), set(track.words) <= set(update.terms)))
        checks += [Check("names", name, names_entity(update.names, name)) for name in track.entities]
        if story in self._followed:
            checks.append(Check("followed", "an earlier article of the story answered the query", passed=True))
        elif all(one.passed for one in checks):
            self._followed.add(story)
        return tuple(checks), story in self._followed


def _first_failed(*groups: Iterable[Check]) -> Check | None:
    return next((one for group in groups for one in group if not one.passed), None)


def _nothing_new(checks: Sequence[Check]) -> Check | None:
    """The rule that leaves nothing to report: one fact is enough, and the last check says whether it is a new one."""
    repeated = next((one for one in checks if one.rule == "already_fired"), None)
    if repeated is not None:
        return None if repeated.passed else repeated
    return _first_failed(checks)


def _clauses(track: Track) -> Iterator[tuple[str, q.Query]]:
    """The parts of the track's query that all have to hold, with their text."""
    query = q.parsed(track)
    if query is not None:
        for clause in query.clauses if isinstance(query, q.All) else (query,):
            yield q.shown(clause), clause

"""A story update and all tracks in, one candidate for each track that it concerns out.

A track on a story concerns its updates, and those of the story into which its only article has moved. A track on a
query concerns every story in which an article answered the query, from that article on: the story is followed then,
also through articles that use other words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts import query as q
from streams.alerts import receivers
from streams.alerts.catalogue import Catalogue
from streams.alerts.expiry import Ageing
from streams.contract.messages import Candidate, StoryUpdate, Track

# tracks that one update can concern: each makes a message of some kilobytes, all of which must be sent before the next
# update is looked at, and all who follow by a query stand in one row
MOST_TRACKS = 2_000


class Followed(Struct, frozen=True, array_like=True):
    """Row: the query tracks that follow a story, kept by story id.

    ``since``: for each, the offset of the update from which on it does, so that an update from before is answered
    again as it was.
    """

    tracks: tuple[str, ...]
    since: tuple[int, ...] = ()  # none in the rows of older versions: from the beginning
    at: datetime | None = None  # the log's time, about, of the story's last update

    def begun(self) -> dict[str, int]:
        """Track -> the offset from which on it follows."""
        return {id_: self.since[place] if self.since else 0 for place, id_ in enumerate(self.tracks)}


@dataclass(frozen=True)
class Matched:
    candidates: tuple[Candidate, ...]
    rows: Mapping[str, Followed | None]
    left_out: int = 0  # tracks that it concerns as well


class Follows:
    """Which stories are followed by which query tracks, for the stories of one partition."""

    Row: ClassVar = Followed

    def __init__(self) -> None:
        self._begun: dict[str, dict[str, int]] = {}  # story -> track -> offset from which on it follows
        self._ageing = Ageing()

    def restore(self, key: str, row: Followed) -> None:
        self._begun[key] = row.begun()
        self._ageing.restore(key, row.at)

    def build_indexes(self) -> None:
        """All rows are there: stories grow old in the order of their updates."""
        self._ageing.settle()

    def match(self, update: StoryUpdate, offset: int, tracks: Catalogue) -> Matched:
        """Candidates in the order of track ids. ``offset`` is the update's place in its partition: the same again gives
        the same, whatever came after it. Of more than `MOST_TRACKS` the first by their ids are told.

        Replays may see more tracks than the first time, and never repeat alerts: the
        ledger of `decide` knows what was fired."""
        story = update.story.id
        known = self._begun.get(story, {})
        answers = {track.id for track in tracks.answering(update)}
        if update.emptied and update.filing.moved_from:
            answers |= {track.id for track in tracks.of_story(update.filing.moved_from)}
        begun = {id_: since for id_, since in known.items() if id_ in tracks}
        begin = sorted(answers - begun.keys())
        left_out = len(begin) - len(begin := begin[: max(0, MOST_TRACKS - len(begun))])
        begun |= {id_: min(offset, begun.get(id_, offset)) for id_ in (*(answers & begun.keys()), *begin)}
        rows = self._removals(update.filed_at)
        if begun and (self._ageing.meet(story, update.filed_at) or begun != known):
            rows[story] = _row(begun, update.filed_at)
            self._begun[story] = begun
        elif known and not begun:
            rows[story] = None
            self._begun.pop(story, None)
            self._ageing.forget(story)
        now = sorted(id_ for id_, since in begun.items() if since <= offset)
        if not (update.coverage.new or update.coverage.new_publisher):
            return Matched((), rows, left_out)
        chosen = [(track, "follows this story") for track in tracks.of_story(story)]
        chosen += [(tracks[id_], _why(tracks[id_], id_ in answers)) for id_ in now]
        chosen.sort(key=lambda pair: pair[0].id)
        left_out += max(0, len(chosen) - MOST_TRACKS)
        slim = replace(update, terms=(), names=(), text="")  # decided by now, and most of an update's bytes
        candidates = [Candidate(track=_shareable(track), update=slim, why=why) for track, why in chosen[:MOST_TRACKS]]
        return Matched(tuple(candidates), rows, left_out)

    def _removals(self, at: datetime) -> dict[str, Followed | None]:
        """The rows of stories that take no more articles."""
        old = self._ageing.removals(at)
        for key in old:
            del self._begun[key]
        return dict.fromkeys(old)


def _row(begun: Mapping[str, int], at: datetime) -> Followed:
    tracks = sorted(begun)
    return Followed(tuple(tracks), tuple(begun[id_] for id_ in tracks), at)


def _why(track: Track, now: bool) -> str:
    query = " ".join([q.typed(track.words) or " ".join(track.words), *track.entities]).strip()
    if now:
        return f"the article answers the query: {query}"
    return f"an earlier article of the story answered the query: {query}"


def _shareable(track: Track) -> Track:
    """The track without its secret and the tokens in its URL, which `deliver` reads from the track itself."""
    return replace(track, webhook=receivers.without_secrets(track.webhook)) if track.webhook else track

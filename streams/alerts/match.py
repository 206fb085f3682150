"""Story update -> one candidate for each track that it concerns.

A track on a story follows its updates, and those of the story that it became part of. A track on a query
follows every story in which an article matched the query, from that article on, also through articles with other words.
A track with ``linked`` also follows the stories of other languages that are linked with these, one link far.
Of the updates of a story a track gets those that may fire for it, and those that may make untrue what it said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts import query as q
from streams.alerts import receivers
from streams.alerts.catalogue import Catalogue
from streams.alerts.expiry import ExpiringKeys
from streams.alerts.rules import kinds_of
from streams.alerts.rules.fires import is_report
from streams.contract.messages import Candidate, EditKind, Linked, StoryUpdate, Track, digest

# tracks that one update can concern: each makes a message of some kilobytes, all of which are sent before the next
# update is handled, and the query tracks that follow one story are in one row
MOST_TRACKS = 2_000
LINKED = "the story is linked with one that the track follows"


class FollowedStory(Struct, frozen=True, array_like=True):
    """Row: the query tracks that follow a story, by story id.

    ``since``: for each track the offset of the first update that it follows, so that the replay of an earlier update
    gives the same answer. ``through``: for each the linked story by which it follows this one, "" for those that follow
    the story itself.
    """

    tracks: tuple[str, ...]
    since: tuple[int, ...] = ()  # none in the rows of older versions: from the beginning
    at: datetime | None = None  # log time of the story's last update, to about a day
    through: tuple[str, ...] = ()  # none in the rows of older versions: each follows the story itself

    def since_offset(self) -> dict[str, int]:
        """Return the offset from which on each track follows the story, by track id."""
        return {id_: self.since[place] if self.since else 0 for place, id_ in enumerate(self.tracks)}

    def through_story(self) -> dict[str, str]:
        """Return the story by which a track follows this one, by track id, of those that do not follow it itself."""
        return {id_: story for id_, story in zip(self.tracks, self.through, strict=False) if story}


@dataclass(frozen=True)
class Matched:
    candidates: tuple[Candidate, ...]
    rows: Mapping[str, FollowedStory | None]
    left_out: int = 0  # further tracks that the update concerns, or may concern
    followers: StoryUpdate | None = None  # tells another story who follows it too


class QueryFollows:
    """Which query tracks follow which stories, for the stories of one partition."""

    Row: ClassVar = FollowedStory

    def __init__(self) -> None:
        self._since_offset: dict[str, dict[str, int]] = {}  # story -> track -> first offset that it follows
        self._through: dict[str, dict[str, str]] = {}  # story -> track -> linked story by which it follows
        self._expiring = ExpiringKeys()

    def restore(self, key: str, row: FollowedStory) -> None:
        self._since_offset[key] = row.since_offset()
        if through := row.through_story():
            self._through[key] = through
        self._expiring.restore(key, row.at)

    def build_indexes(self) -> None:
        """Order the stories by their last updates once all rows are restored."""
        self._expiring.settle()

    def match(self, update: StoryUpdate, offset: int, tracks: Catalogue) -> Matched:
        """Return candidates by rising track id: of more than `MOST_TRACKS` tracks only the first.

        ``offset``: the update's offset in its partition; the same offset again gives the same candidates, whatever came
        after it. A replay may see more tracks than the first time, and repeats no alert: the ledger of `decide` has
        what was fired.
        """
        if update.linked is not None:
            return self._linked(update, update.linked, offset, tracks)
        story = update.story.id
        known = self._since_offset.get(story, {})
        through = {**update.through, **self._through.get(story, {})}
        answers = {track.id for track in tracks.answering(update)}
        if update.emptied and update.filing.moved_from:
            answers |= {track.id for track in tracks.of_story(update.filing.moved_from)}
        answers |= {track.id for former in update.story.absorbed for track in tracks.of_story(former)}
        answers |= {id_ for id_ in update.followers if id_ in tracks}
        following = {id_: since for id_, since in known.items() if id_ in tracks}
        begin = sorted(answers - following.keys())
        left_out = len(begin) - len(begin := begin[: max(0, MOST_TRACKS - len(following))]) + tracks.left_out
        following |= {id_: min(offset, following.get(id_, offset)) for id_ in (*(answers & following.keys()), *begin)}
        through = {
            id_: linked for id_, linked in through.items() if id_ in begin or id_ in self._through.get(story, {})
        }
        rows = self._removals(update.filed_at)
        rows |= self._follow(story, following, through, update.filed_at)
        now = sorted(id_ for id_, since in following.items() if since <= offset)
        if update.followers:
            return Matched((), rows, left_out)
        followers = _followers(update, [*now, *(track.id for track in tracks.of_story(story))], through)
        if not may_concern(update):
            return Matched((), rows, left_out, followers)
        chosen = [(track, "follows this story") for track in tracks.of_story(story)]
        chosen += [(tracks[id_], LINKED if id_ in through else _why(tracks[id_], id_ in answers)) for id_ in now]
        chosen = [(track, why) for track, why in chosen if concerns(track, update)]
        chosen.sort(key=lambda pair: pair[0].id)
        left_out += max(0, len(chosen) - MOST_TRACKS)
        candidates = _candidates(update, chosen[:MOST_TRACKS], through)
        return Matched(candidates, rows, left_out, followers)

    def _linked(self, update: StoryUpdate, link: Linked, offset: int, tracks: Catalogue) -> Matched:
        """Tell the linked story which tracks follow it too, and these of its first article; or end that."""
        story = update.story.id
        known, through = self._since_offset.get(story, {}), self._through.get(story, {})
        if link.state == "cut":
            kept = {id_: since for id_, since in known.items() if through.get(id_) != link.other}
            rows = {} if kept == known else self._follow(story, kept, through, update.filed_at)
            return Matched((), rows)
        ids = {id_ for id_, since in known.items() if since <= offset and id_ not in through and id_ in tracks}
        ids |= {track.id for former in (story, *update.story.absorbed) for track in tracks.of_story(former)}
        following = sorted(id_ for id_ in ids if tracks[id_].linked)[:MOST_TRACKS]
        if not following:
            return Matched((), {})
        other = replace(update, story=replace(update.story, id=link.other), linked=None)
        by_link = dict.fromkeys(following, story)
        followers = replace(other, id=digest("followers", update.id), followers=tuple(following), through=by_link)
        first: list[tuple[Track, str]] = []
        if update.filing.story == link.other and may_concern(other):
            first = [(tracks[id_], LINKED) for id_ in following if concerns(tracks[id_], other)]
        return Matched(_candidates(other, first, by_link), {}, followers=followers)

    def _follow(
        self, story: str, following: dict[str, int], through: Mapping[str, str], at: datetime
    ) -> dict[str, FollowedStory | None]:
        """Keep who follows a story; return its row if that changed."""
        known = self._since_offset.get(story, {})
        if following:
            changed = following != known
            if not (self._expiring.touch(story, at) or changed):
                return {}
            self._since_offset[story] = following
            by_link = {id_: linked for id_, linked in through.items() if id_ in following}
            if by_link:
                self._through[story] = by_link
            else:
                self._through.pop(story, None)
            return {story: _row(following, by_link, at)}
        if not known:
            return {}
        self._since_offset.pop(story, None)
        self._through.pop(story, None)
        self._expiring.forget(story)
        return {story: None}

    def _removals(self, at: datetime) -> dict[str, FollowedStory | None]:
        """Remove the rows of stories that take no more articles."""
        old = self._expiring.removals(at)
        for key in old:
            del self._since_offset[key]
            self._through.pop(key, None)
        return dict.fromkeys(old)


def _candidates(
    update: StoryUpdate, chosen: Iterable[tuple[Track, str]], through: Mapping[str, str]
) -> tuple[Candidate, ...]:
    # most of an update's bytes, and used only for matching
    slim = replace(update, terms=(), names=(), text="", details=None)
    named = replace(slim, names=update.names)
    return tuple(
        Candidate(
            track=receivers.shareable(track),
            update=named if track.conditions.entities else slim,
            why=why,
            through=through.get(track.id, ""),
        )
        for track, why in chosen
    )


def _followers(update: StoryUpdate, tracks: Iterable[str], through: Mapping[str, str]) -> StoryUpdate | None:
    """Return the message to the story that this one became part of, None without one or without tracks."""
    ids = tuple(sorted(set(tracks)))
    if update.refiled is None or update.refiled.fact != "story.merged" or update.moved_to is None or not ids:
        return None
    story = replace(update.story, id=update.moved_to)
    return replace(
        update,
        id=digest("followers", update.id),
        story=story,
        moved_to=None,
        followers=ids[:MOST_TRACKS],
        through={id_: through[id_] for id_ in ids[:MOST_TRACKS] if id_ in through},
    )


def may_concern(update: StoryUpdate) -> bool:
    """Return whether an update may fire or correct anything: most revisions and copies may not."""
    covers = update.coverage.new or update.coverage.new_publisher
    changed = update.edit is not None or update.left is not None or update.moved_to is not None
    return covers or changed or is_report(update)


def concerns(track: Track, update: StoryUpdate) -> bool:
    """Return whether an update may fire for a track, or correct what it said."""
    fires = track.firing
    if update.coverage.new or update.coverage.new_publisher or update.left is not None:
        return True
    if update.moved_to is not None:
        return fires.merges
    if update.edit is not None:
        kinds = kinds_of(update.edit, has_text=bool(update.article.excerpt))
        return EditKind.WITHDRAWS in kinds or any(kind in fires.edits for kind in kinds)
    return fires.silence is not None and is_report(update)


def _row(following: Mapping[str, int], through: Mapping[str, str], at: datetime) -> FollowedStory:
    tracks = sorted(following)
    linked = tuple(through.get(id_, "") for id_ in tracks) if through else ()
    return FollowedStory(tuple(tracks), tuple(following[id_] for id_ in tracks), at, linked)


def _why(track: Track, now: bool) -> str:
    query = " ".join([q.described(track) or " ".join(track.words), *track.entities]).strip()
    if now:
        return f"the article answers the query: {query}"
    return f"an earlier article of the story answered the query: {query}"

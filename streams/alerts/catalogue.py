"""An index of tracks: story update -> the few tracks that it may concern, however many there are.

A query is indexed by a term that it requires, of several by one that is not common and has the fewest tracks, so that
no term leads to many. A track with names only is indexed by the last word of one of them. The tracks found are
evaluated in full if the update has their guard too, another term that they require. Tracks that require no such term
are evaluated for every update, but only so many of them.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, MutableMapping
from datetime import datetime

from streams.alerts import query as q
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import StoryUpdate, Track

MOST_PREFIX = 12  # letters of a prefix that are indexed; few words share more
MOST_UNINDEXED = 1_000  # tracks that are evaluated for every update: some milliseconds
_STORY, _NAME = "story\n\n", "name\n\n"  # begin the keys of stories and of words in names; no term has an empty line


class Catalogue(MutableMapping[str, Track]):
    """Tracks by id, indexed by story and by query. Setting one with an invalid query raises `Undecodable`."""

    def __init__(self, tracks: Iterable[Track] = ()) -> None:
        self._tracks: dict[str, Track] = {}
        self._queries: dict[str, q.Query] = {}  # of the tracks that have one
        self._keys: dict[str, tuple[str, ...]] = {}  # the index keys of each track
        self._index: defaultdict[str, dict[str, _Guard]] = defaultdict(dict)  # key -> ids of tracks
        self._prefixes: defaultdict[str, Counter[int]] = defaultdict(Counter)  # field -> length of prefixes -> keys
        self._unindexed: list[tuple[datetime, str]] = []  # the oldest first: each worker evaluates the same ones
        for track in tracks:
            self[track.id] = track

    @property
    def unindexed(self) -> int:
        """Number of tracks that would have to be evaluated for every update."""
        return len(self._unindexed)

    @property
    def left_out(self) -> int:
        """Number of those above `MOST_UNINDEXED`, which are not evaluated: the latest."""
        return max(0, self.unindexed - MOST_UNINDEXED)

    def of_story(self, story: str) -> list[Track]:
        """Return the tracks on a story."""
        return [self._tracks[id_] for id_ in self._index.get(f"{_STORY}{story}", ())]

    def answering(self, update: StoryUpdate) -> list[Track]:
        """Return the tracks whose query the update's article matches."""
        article = q.QueriedArticle(update)
        terms = frozenset(update.terms)
        return [
            self._tracks[id_] for id_ in self._candidates(update, article) if self._matches(id_, article, terms, update)
        ]

    def __getitem__(self, id_: str) -> Track:
        return self._tracks[id_]

    def __setitem__(self, id_: str, track: Track) -> None:
        query = _query(track)
        self.pop(id_, None)
        self._tracks[id_] = track
        if query is not None:
            self._queries[id_] = query
        keys, guard = self._index_keys(track, query)
        self._keys[id_] = keys
        for key in keys:
            if key.endswith("*") and key not in self._index:
                field, _, beginning = _split(key[:-1])
                self._prefixes[field][len(beginning)] += 1
            self._index[key][id_] = guard
        if query is not None and not keys:
            insort(self._unindexed, (track.created_at, id_))

    def __delitem__(self, id_: str) -> None:
        track = self._tracks.pop(id_)
        self._queries.pop(id_, None)
        keys = self._keys.pop(id_)
        for key in keys:
            del self._index[key][id_]
            if not self._index[key]:
                del self._index[key]
                if key.endswith("*"):
                    self._forget_prefix(key)
        place = bisect_left(self._unindexed, (track.created_at, id_))
        if self._unindexed[place : place + 1] == [(track.created_at, id_)]:
            del self._unindexed[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracks)

    def __len__(self) -> int:
        return len(self._tracks)

    def _forget_prefix(self, key: str) -> None:
        field, _, beginning = _split(key[:-1])
        lengths = self._prefixes[field]
        lengths[len(beginning)] -= 1
        if not lengths[len(beginning)]:
            del lengths[len(beginning)]

    def _candidates(self, update: StoryUpdate, article: q.QueriedArticle) -> dict[str, None]:
        """Return the ids of the tracks to evaluate, in an order that does not depend on hashes."""
        words = {*article.terms(), *update.terms}
        keys = words | {f"{_NAME}{word}" for name in update.names for word in _words(name)}
        for field, line, word in map(_split, words):
            for length in self._prefixes.get(field, ()):
                if len(word) >= length:
                    keys.add(f"{field}{line}{word[:length]}*")
        found = {
            id_: None
            for key in sorted(self._index.keys() & keys)
            for id_, guard in self._index[key].items()
            if not guard or not keys.isdisjoint(guard)
        }
        return found | {id_: None for _, id_ in self._unindexed[:MOST_UNINDEXED]}

    def _matches(self, id_: str, article: q.QueriedArticle, terms: frozenset[str], update: StoryUpdate) -> bool:
        track = self._tracks[id_]
        query = self._queries.get(id_)
        if query is None:
            matches = all(word in terms for word in track.words)
        else:
            matches = article.has_text and q.holds(query, article, update.filed_at)
        return matches and all(_is_named(name, update.names) for name in track.entities)

    def _index_keys(self, track: Track, query: q.Query | None) -> tuple[tuple[str, ...], "_Guard"]:
        """Return the keys under which to find a track, and its guard."""
        if track.story is not None:
            return (f"{_STORY}{track.story}",), ()
        if query is not None and (choices := q.required(query, self._load)):
            first, *others = (tuple(dict.fromkeys(map(_key, terms))) for terms in choices)
            return first, others[0] if others else ()
        if query is None and track.words:
            return (min(track.words, key=lambda word: (q.is_common(word), self._load(word), -len(word))),), ()
        if track.entities:
            return (f"{_NAME}{_words(max(track.entities, key=len))[-1]}",), ()
        return (), ()

    def _load(self, term: str) -> int:
        return len(self._index.get(_key(term), ()))


_Guard = tuple[str, ...]  # keys of which an update that a track concerns has one; empty if there is no such condition


def _key(term: str) -> str:
    """Return the index key of a term: the term, of a long prefix its beginning."""
    if not term.endswith("*"):
        return term
    field, line, beginning = _split(term[:-1])
    return f"{field}{line}{beginning[:MOST_PREFIX]}*"


def _split(term: str) -> tuple[str, str, str]:
    """Split a term into its field ("" for a word of the text), the line break, and the word."""
    return term.rpartition("\n")


def _query(track: Track) -> q.Query | None:
    try:
        return q.parsed(track)
    except UsageError as error:
        raise Undecodable(f"track {track.id}: {error}") from error


def _is_named(folded: str, names: Iterable[str]) -> bool:
    """Return whether ``folded`` is among the keys: as a whole key ("person:jane doe"), or as whole words of a name."""
    for key in names:
        name = key.partition(":")[2]
        if folded in (key, name) or f" {folded} " in f" {name} ":
            return True
    return False


def _words(name: str) -> list[str]:
    """Split a name, or the name in a key ("person:jane doe"), into words."""
    return name.rpartition(":")[2].split(" ")

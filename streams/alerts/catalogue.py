"""An index of tracks: story update -> the few tracks that it may concern, however many there are.

A query is indexed by a word that it requires, of several by the one with the fewest tracks, so that no word, however
common, leads to many. A track without words is indexed by the last word of one of its names. The tracks found are then
evaluated in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping

from streams.alerts import query as q
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import StoryUpdate, Track

MOST_PREFIX = 12  # letters of a prefix that are indexed; few words share more


class Catalogue(MutableMapping[str, Track]):
    """Tracks by id, indexed by story and by query. Setting one with an invalid query raises `Undecodable`."""

    def __init__(self, tracks: Iterable[Track] = ()) -> None:
        self._tracks: dict[str, Track] = {}
        self._queries: dict[str, q.Query] = {}  # of the tracks that have one
        self._keys: dict[str, list[tuple[_TrackIds, str]]] = {}  # the index entries of each track
        self._by_story: _TrackIds = defaultdict(dict)
        self._by_word: _TrackIds = defaultdict(dict)
        self._by_prefix: _TrackIds = defaultdict(dict)
        self._by_name: _TrackIds = defaultdict(dict)
        for track in tracks:
            self[track.id] = track

    def of_story(self, story: str) -> list[Track]:
        """Return the tracks on a story."""
        return [self._tracks[id_] for id_ in self._by_story.get(story, ())]

    def answering(self, update: StoryUpdate) -> list[Track]:
        """Return the tracks whose query the update's article matches."""
        terms = frozenset(update.terms)
        text = update.text or "\n".join(f" {term} " for term in update.terms)
        words = terms.union(text.split())
        lengths = {len(prefix) for prefix in self._by_prefix}
        prefixes = {word[:length] for length in lengths for word in words}
        names = {word for name in update.names for word in _words(name)}
        found = {
            id_: None
            for index, keys in ((self._by_word, words), (self._by_prefix, prefixes), (self._by_name, names))
            for key in sorted(index.keys() & keys)
            for id_ in index[key]
        }
        return [self._tracks[id_] for id_ in found if self._matches(id_, text, terms, update.names)]

    def __getitem__(self, id_: str) -> Track:
        return self._tracks[id_]

    def __setitem__(self, id_: str, track: Track) -> None:
        query = _query(track)
        self.pop(id_, None)
        self._tracks[id_] = track
        if query is not None:
            self._queries[id_] = query
        self._keys[id_] = list(self._index_keys(track, query))
        for index, key in self._keys[id_]:
            index[key][id_] = None

    def __delitem__(self, id_: str) -> None:
        del self._tracks[id_]
        self._queries.pop(id_, None)
        for index, key in self._keys.pop(id_):
            del index[key][id_]
            if not index[key]:
                del index[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracks)

    def __len__(self) -> int:
        return len(self._tracks)

    def _matches(self, id_: str, text: str, terms: frozenset[str], names: Iterable[str]) -> bool:
        track = self._tracks[id_]
        query = self._queries.get(id_)
        words_match = all(word in terms for word in track.words) if query is None else q.holds(query, text)
        return words_match and all(_is_named(name, names) for name in track.entities)

    def _index_keys(self, track: Track, query: q.Query | None) -> Iterator[tuple["_TrackIds", str]]:
        if track.story is not None:
            yield self._by_story, track.story
        if query is not None:
            for word in q.needed(query, self._load):
                yield self._entry(word)
        elif track.words:
            yield self._by_word, min(track.words, key=lambda word: (self._load(word), -len(word)))
        elif track.entities:
            yield self._by_name, _words(max(track.entities, key=len))[-1]

    def _load(self, word: str) -> int:
        index, key = self._entry(word)
        return len(index.get(key, ()))

    def _entry(self, word: str) -> tuple["_TrackIds", str]:
        """Return the index and the key of a word that `streams.alerts.query.needed` returned."""
        if word.endswith("*"):
            return self._by_prefix, word[:-1][:MOST_PREFIX]
        return self._by_word, word


_TrackIds = defaultdict[str, dict[str, None]]  # key -> ids of tracks


def _query(track: Track) -> q.Query | None:
    typed = q.typed(track.words)
    if typed is None:
        return None
    try:
        return q.parse(typed)
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

"""Tracks, one by one -> for a story update the few that it may concern, however many there are.

A query is found by a word that it needs: of several the one that the fewest other tracks are found by, so that no
word, however common, leads to many. A track without words is found by the last word of one of its names. What is
found so is then asked in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping

from streams.alerts import query as q
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import StoryUpdate, Track

MOST_BEGINNING = 12  # letters of a word that begins so by which it is found: few words share more


class Catalogue(MutableMapping[str, Track]):
    """Tracks by id, found by story and by query. Setting one whose query cannot be read raises `Undecodable`."""

    def __init__(self, tracks: Iterable[Track] = ()) -> None:
        self._tracks: dict[str, Track] = {}
        self._queries: dict[str, q.Query] = {}  # of the tracks that have one
        self._places: dict[str, list[tuple[_Index, str]]] = {}  # where a track is found
        self._of_story: _Index = defaultdict(dict)
        self._by_word: _Index = defaultdict(dict)
        self._by_beginning: _Index = defaultdict(dict)
        self._by_name: _Index = defaultdict(dict)
        for track in tracks:
            self[track.id] = track

    def of_story(self, story: str) -> list[Track]:
        """The tracks on a story."""
        return [self._tracks[id_] for id_ in self._of_story.get(story, ())]

    def answering(self, update: StoryUpdate) -> list[Track]:
        """The tracks whose query the update's article answers."""
        terms = frozenset(update.terms)
        text = update.text or "\n".join(f" {term} " for term in update.terms)
        words = terms.union(text.split())
        lengths = {len(beginning) for beginning in self._by_beginning}
        beginnings = {word[:length] for length in lengths for word in words}
        names = {word for name in update.names for word in _words(name)}
        found = {
            id_: None
            for index, keys in ((self._by_word, words), (self._by_beginning, beginnings), (self._by_name, names))
            for key in sorted(index.keys() & keys)
            for id_ in index[key]
        }
        return [self._tracks[id_] for id_ in found if self._answers(id_, text, terms, update.names)]

    def __getitem__(self, id_: str) -> Track:
        return self._tracks[id_]

    def __setitem__(self, id_: str, track: Track) -> None:
        query = _query(track)
        self.pop(id_, None)
        self._tracks[id_] = track
        if query is not None:
            self._queries[id_] = query
        self._places[id_] = list(self._found_by(track, query))
        for index, key in self._places[id_]:
            index[key][id_] = None

    def __delitem__(self, id_: str) -> None:
        del self._tracks[id_]
        self._queries.pop(id_, None)
        for index, key in self._places.pop(id_):
            del index[key][id_]
            if not index[key]:
                del index[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracks)

    def __len__(self) -> int:
        return len(self._tracks)

    def _answers(self, id_: str, text: str, terms: frozenset[str], names: Iterable[str]) -> bool:
        track = self._tracks[id_]
        query = self._queries.get(id_)
        said = all(word in terms for word in track.words) if query is None else q.holds(query, text)
        return said and all(_named(name, names) for name in track.entities)

    def _found_by(self, track: Track, query: q.Query | None) -> Iterator[tuple["_Index", str]]:
        if track.story is not None:
            yield self._of_story, track.story
        if query is not None:
            for word in q.needed(query, self._load):
                yield self._place(word)
        elif track.words:
            yield self._by_word, min(track.words, key=lambda word: (self._load(word), -len(word)))
        elif track.entities:
            yield self._by_name, _words(max(track.entities, key=len))[-1]

    def _load(self, word: str) -> int:
        index, key = self._place(word)
        return len(index.get(key, ()))

    def _place(self, word: str) -> tuple["_Index", str]:
        """``word`` is one of `streams.alerts.query.needed`."""
        if word.endswith("*"):
            return self._by_beginning, word[:-1][:MOST_BEGINNING]
        return self._by_word, word


_Index = defaultdict[str, dict[str, None]]  # key -> ids of tracks


def _query(track: Track) -> q.Query | None:
    typed = q.typed(track.words)
    if typed is None:
        return None
    try:
        return q.parse(typed)
    except UsageError as error:
        raise Undecodable(f"track {track.id}: {error}") from error


def _named(folded: str, names: Iterable[str]) -> bool:
    """``folded`` is a whole key ("person:jane doe") or a name; a name also answers as whole words of a longer one."""
    for key in names:
        name = key.partition(":")[2]
        if folded in (key, name) or f" {folded} " in f" {name} ":
            return True
    return False


def _words(name: str) -> list[str]:
    """The words of a name, or of a key ("person:jane doe")."""
    return name.rpartition(":")[2].split(" ")

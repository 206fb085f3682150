"""All tracks in, one by one; for a story update the few that it may concern out, however many there are.

A query is found by one of its words (the longest, as a rule the rarest), or where it has none by the last word of one
of its names: what is found so is then asked in full.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, MutableMapping

from streams.messages import StoryUpdate, Track


class Catalogue(MutableMapping[str, Track]):
    """Tracks by id, found by story and by query."""

    def __init__(self, tracks: Iterable[Track] = ()) -> None:
        self._tracks: dict[str, Track] = {}
        self._of_story: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._by_word: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._by_name: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for track in tracks:
            self[track.id] = track

    def of_story(self, story: str) -> list[Track]:
        """The tracks on a story."""
        return [self._tracks[id_] for id_ in self._of_story.get(story, ())]

    def answering(self, update: StoryUpdate) -> list[Track]:
        """The tracks whose query the update's article answers."""
        terms = frozenset(update.terms)
        words_of_names = {word for name in update.names for word in _words(name)}
        found = {id_: None for term in update.terms for id_ in self._by_word.get(term, ())}
        found |= {id_: None for word in sorted(words_of_names) for id_ in self._by_name.get(word, ())}
        return [track for id_ in found if _answers(track := self._tracks[id_], terms, update.names)]

    def __getitem__(self, id_: str) -> Track:
        return self._tracks[id_]

    def __setitem__(self, id_: str, track: Track) -> None:
        if id_ in self._tracks:
            del self[id_]
        self._tracks[id_] = track
        for places, key in self._places(track):
            places[key][id_] = None

    def __delitem__(self, id_: str) -> None:
        for places, key in self._places(self._tracks.pop(id_)):
            del places[key][id_]
            if not places[key]:
                del places[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracks)

    def __len__(self) -> int:
        return len(self._tracks)

    def _places(self, track: Track) -> Iterator[tuple[defaultdict[str, dict[str, None]], str]]:
        if track.story is not None:
            yield self._of_story, track.story
        if track.words:
            yield self._by_word, max(track.words, key=len)
        elif track.entities:
            yield self._by_name, _words(max(track.entities, key=len))[-1]


def answers_query(track: Track, update: StoryUpdate) -> bool:
    """Whether an article has all words and names of a query. A track without a query answers nothing."""
    return bool(track.words or track.entities) and _answers(track, frozenset(update.terms), update.names)


def _answers(track: Track, terms: frozenset[str], names: Iterable[str]) -> bool:
    return all(word in terms for word in track.words) and all(_named(name, names) for name in track.entities)


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

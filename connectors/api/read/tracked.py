"""The tracks, followed in Kafka, by the story that they follow."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence

from connectors.kafka.following import Following
from connectors.views.stories import TrackName
from streams.contract import topics
from streams.contract.messages import Track
from streams.runtime.settings import Settings


class TracksByStory(MutableMapping[str, Track]):
    """Tracks by their id. ``names``: story -> the tracks that follow it by its id."""

    def __init__(self) -> None:
        self._tracks: dict[str, Track] = {}
        self._names: dict[str, tuple[TrackName, ...]] = {}

    @property
    def names(self) -> Mapping[str, Sequence[TrackName]]:
        return self._names

    def __getitem__(self, key: str) -> Track:
        return self._tracks[key]

    def __setitem__(self, key: str, track: Track) -> None:
        if key in self._tracks:
            del self[key]
        self._tracks[key] = track
        if track.story is not None:
            self._names[track.story] = (*self._names.get(track.story, ()), TrackName(id=track.id, name=track.name))

    def __delitem__(self, key: str) -> None:
        story = self._tracks.pop(key).story
        if story is not None:
            others = tuple(one for one in self._names[story] if one.id != key)
            if others:
                self._names[story] = others
            else:
                del self._names[story]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracks)

    def __len__(self) -> int:
        return len(self._tracks)


class Tracked:
    """Follows the tracks while a server runs."""

    def __init__(self, settings: Settings) -> None:
        self._tracks = TracksByStory()
        self._following = Following(settings, topics.TRACKS, Track, self._tracks)

    @property
    def by_story(self) -> Mapping[str, Sequence[TrackName]] | None:
        """Story -> the tracks that follow it by its id; None until they have been read."""
        return self._tracks.names if self._following.loaded else None

    @property
    def all(self) -> list[Track]:
        """All tracks. Raises `Unavailable` until they have been read."""
        self._following.check_loaded()
        return list(self._tracks.values())

    def find(self, id: str) -> Track | None:  # noqa: A002
        """Raises `Unavailable` until the tracks have been read."""
        self._following.check_loaded()
        return self._tracks.get(id)

    async def start(self) -> None:
        await self._following.start()

    async def stop(self) -> None:
        await self._following.stop()

"""The `Story` as it stands after any of its articles, counted one after another."""

from datetime import datetime

from streams.contract.messages import EntityCount, EntityType, Story
from streams.stories.coverage import SourceTally
from streams.stories.rows import AnyFiling

MOST_LISTED = 200  # sources and publishers in a snapshot: a message must fit its record
MOST_ENTITIES = 15  # what a person reads


class StoryTally:
    """The counts of one story. Fed in the order of the log, so that it can also be made again up to any offset."""

    def __init__(self) -> None:
        self.sources = SourceTally()
        self.articles = 0
        self.first_seen: datetime | None = None
        self.last_seen: datetime | None = None
        self._title = ""
        self._titled_by: str | None = None
        self._entities: dict[str, int] = {}
        self._names: dict[str, str] = {}

    def add(self, key: str, row: AnyFiling, version: int) -> None:
        """Count one version of the article ``key``: the first (0) is the article, later ones its revisions."""
        if version == 0:
            self._arrive(row)
        title = row.versions[version].title
        if title and self._titled_by in (None, key):
            self._titled_by, self._title = key, title
        since = row.versions[version - 1].offset if version else -1
        until = row.versions[version].offset
        for named in row.entities:
            if since < named.since <= until:
                self._entities[named.key] = self._entities.get(named.key, 0) + 1
                self._names.setdefault(named.key, named.name)

    def _arrive(self, row: AnyFiling) -> None:
        self.articles += 1
        self.first_seen = min(self.first_seen or row.fetched_at, row.fetched_at)
        self.last_seen = max(self.last_seen or row.fetched_at, row.fetched_at)
        self.sources.add(row.coverage, row.publisher, row.group)

    def story(self, identity: str, language: str) -> Story:
        """The snapshot. Its title is the headline of the story's first article that has one, as last revised."""
        if self.first_seen is None or self.last_seen is None:
            raise ValueError("a story has at least one article")
        order = sorted(self._entities, key=lambda key: -self._entities[key])  # stable: ties by first appearance
        return Story(
            id=identity,
            title=self._title,
            language=language,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            articles=self.articles,
            sources=tuple(self.sources.sources.values())[:MOST_LISTED],
            publishers=tuple(self.sources.publishers.values())[:MOST_LISTED],
            entities=tuple(
                EntityCount(key=key, name=self._names[key], type=_type(key), articles=self._entities[key])
                for key in order[:MOST_ENTITIES]
            ),
            source_count=len(self.sources.sources),
            publisher_count=len(self.sources.publishers),
        )


def _type(key: str) -> EntityType:
    return EntityType(key.partition(":")[0])

"""What is asked for in a list of stories, articles or alerts -> clauses of a query."""

from dataclasses import dataclass
from datetime import datetime

from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q


@dataclass(frozen=True)
class ArticleChoice:
    """Articles first seen in [since, until) that match all that is set; of several values of a field, one is enough.

    ``query``: in the language of `streams.alerts.query`; ``entity``: a name or a key; ``publishers``: ids, domains,
    owners or names; ``countries``: of publishers.
    """

    query: str | None = None
    entity: str | None = None
    publishers: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    story: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def words(self, now: datetime) -> q.Query | None:
        """What decides the order by relevance. Raises `InvalidRequest`."""
        return None if self.query is None else q.words_in(self.query, Family.ARTICLES, now)

    def filters(self) -> list[q.Query]:
        """Raises `InvalidRequest` for values that are too long."""
        return [
            *q.between(self.since, self.until),
            *_one_of([q.term("article.language", one.lower()) for one in self.languages]),
            *_one_of([q.term("publisher.country", one.upper()) for one in self.countries]),
            *_one_of([q.named("article.section", one) for one in self.sections]),
            *_one_of([q.from_publisher(one) for one in self.publishers]),
            *([q.names_entity(self.entity)] if self.entity is not None else []),
            *([q.term("story.id", self.story)] if self.story is not None else []),
        ]


@dataclass(frozen=True)
class StoryChoice:
    """Stories that took an article in [since, until), and have one that matches ``having``.

    ``languages``: of the story; ``ids``: only these; ``least_sources``: independent ones.
    """

    having: ArticleChoice = ArticleChoice()
    languages: tuple[str, ...] = ()
    least_sources: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[str, ...] | None = None

    def filters(self) -> list[q.Query]:
        return [
            q.at_least("story.articles", 1),  # a story is empty when its only article has moved to another
            *q.between(self.since, self.until),
            *_one_of([q.term("story.language", one.lower()) for one in self.languages]),
            *([q.at_least("story.source_count", self.least_sources)] if self.least_sources else []),
            *([{"terms": {"story.id": list(self.ids)}}] if self.ids is not None else []),
        ]


@dataclass(frozen=True)
class AlertChoice:
    """Alerts made in [since, until). ``track``: an id or a name; ``status``: of the delivery."""

    track: str | None = None
    story: str | None = None
    receiver: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def filters(self) -> list[q.Query]:
        return [
            *q.between(self.since, self.until),
            *([q.any_of(q.term("track.id", self.track), q.term("track.name", self.track))] if self.track else []),
            *([q.term("story.id", self.story)] if self.story is not None else []),
            *(
                [
                    q.any_of(
                        q.term("receiver.id", self.receiver),
                        q.term("receiver.domain", self.receiver),
                        q.term("receiver.name", self.receiver),
                    )
                ]
                if self.receiver
                else []
            ),
            *([q.term("delivery.status", self.status)] if self.status is not None else []),
        ]


def _one_of(queries: list[q.Query]) -> list[q.Query]:
    return [q.any_of(*queries)] if queries else []

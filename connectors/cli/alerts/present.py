"""The first message of a track about the sources that stories have already: candidates of what Elasticsearch has."""

from collections.abc import Iterator

from connectors.cli.common import connect
from connectors.elastic.document_part import copied
from connectors.elastic.read.queries import Search
from connectors.elastic.records import StoryRecord
from connectors.kafka.producer import Producer
from streams.alerts.receivers import shareable
from streams.contract import messages as m
from streams.contract import topics
from streams.runtime.settings import Settings

MOST_STORIES = 20  # of a query; they come as one summary
MOST_FOUND = 200  # articles that are looked at for their stories


def report(settings: Settings, track: m.Track) -> int:
    """Ask the workers for the first message, and return the number of stories that it is about.

    Raises `Unavailable`.
    """
    with connect.open_search(settings) as queries:
        candidates = [_candidate(track, story) for story in _stories(track, queries)]
    with Producer(settings) as producer:
        for one in candidates:
            producer.send(topics.CANDIDATES, one)
    return len(candidates)


def _stories(track: m.Track, queries: Search) -> Iterator[StoryRecord]:
    if track.story is not None:
        if (found := queries.story(track.story)) is not None:
            yield found
        return
    entity = next(iter(track.entities), None)
    ids: dict[str, None] = {}
    for typed in [track.query or None] if track.query or not track.queries else list(track.queries.values()):
        hits = queries.search(typed, entity=entity, limit=MOST_FOUND)
        ids.update(dict.fromkeys(hit.article.story.id for hit in hits))
    for id_ in list(ids)[:MOST_STORIES]:
        if (found := queries.story(id_)) is not None:
            yield found


def _candidate(track: m.Track, found: StoryRecord) -> m.Candidate:
    story, article = found.story, found.article
    sources = tuple(m.Source(key=key, name=name) for key, name in zip(story.source_keys, story.sources, strict=False))
    first_seen, last_seen = story.first_seen or found.timestamp, story.last_seen or found.timestamp
    publisher = None if found.publisher is None else copied(m.Publisher, found.publisher)
    update = m.StoryUpdate(
        id=m.digest("present", track.id, story.id),
        kind="revised",
        story=m.Story(
            id=story.id,
            title=story.title or "",
            language=story.language or article.language,
            first_seen=first_seen,
            last_seen=last_seen,
            articles=story.articles or 0,
            sources=sources,
            publishers=story.publishers,
            source_count=story.source_count or 0,
            publisher_count=story.publisher_count or 0,
        ),
        article=m.ArticleRef(
            id=article.id,
            title=article.title,
            kind=m.Kind(article.kind),
            language=article.language,
            lane=m.Lane(article.lane),
            fetched_at=article.fetched_at,
            url=found.url.full if found.url is not None else None,
            publisher=publisher,
            first_seen=article.first_seen,
        ),
        filing=copied(m.Filing, story.filing, story=story.id),
        coverage=m.Coverage(
            source=sources[0] if sources else None,
            new=False,
            new_publisher=False,
            reason="it was there before the track",
        ),
        version=0,
        received_at=track.created_at,
        filed_at=track.created_at,
    )
    return m.Candidate(track=shareable(track), update=update, why="the first message", present=True)

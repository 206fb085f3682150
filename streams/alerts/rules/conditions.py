"""The conditions that an update has to meet before anything of it can fire."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from streams.alerts.rules.check import Check
from streams.contract.messages import EntityType, Lane, Publisher, StoryUpdate, Track
from streams.entities.canonical import fold
from streams.stories.reasons import duration

GRACE = timedelta(minutes=10)  # an article that moves to a story within this time counts as one that arrived there
CERTAIN = 0.8  # confidence from which a date of publication counts, as for old news


def conditions(
    track: Track, update: StoryUpdate, at: datetime, *, present: bool = False, elsewhere: int = 0
) -> Iterator[Check]:
    """Yield a check for each condition that the track sets, in order, at the log time ``at``.

    ``present``: the update is from before the track, and is asked for. ``elsewhere``: number of further sources that
    stories linked with the update's have.
    """
    article, asked = update.article, track.conditions
    yield Check("paused", "the track is paused" if track.paused else "the track is not paused", not track.paused)
    if track.expires_at is not None:
        yield Check("expired", f"the track expires at {_written(track.expires_at)}", at < track.expires_at)
    if not present:
        saw = f"filed at {_written(update.filed_at)}, the track was made at {_written(track.created_at)}"
        yield Check("before_track", saw, update.filed_at > track.created_at)
        live = article.lane is not Lane.BACKFILL
        yield Check("backfill", f"the article is {article.lane.value}", live or track.backfill)
    if update.refiled is not None and update.refiled.arrived is not None:
        since = update.filed_at - update.refiled.arrived
        saw = f"the article came to this story {duration(since)} after it was filed first"
        yield Check("refiled", saw, since <= GRACE)
    yield from _muted(track, update)
    if asked.kinds:
        yield Check("kind", f"the article is of kind {article.kind.value}", article.kind in asked.kinds)
    if asked.languages:
        yield Check("language", f"the article is in {article.language}", is_in(article.language, asked.languages))
    if asked.countries:
        country = article.publisher.country if article.publisher else None
        saw = f"the publisher's country is {country or 'not known'}"
        yield Check("country", saw, country is not None and is_in(country, asked.countries))
    if asked.publishers_only or asked.publishers_never:
        names = list(names_of(article.publisher))
        wanted = not asked.publishers_only or any(is_in(name, asked.publishers_only) for name in names)
        refused = any(is_in(name, asked.publishers_never) for name in names)
        yield Check("publisher", f"the publisher is {names[-1] if names else 'not known'}", wanted and not refused)
    if asked.entities:
        found = [one for one in asked.entities if names_entity(update.names, _folded_entity(one))]
        saw = f"the article names {', '.join(found)}" if found else "the article names none of the entities"
        yield Check("entity", saw, bool(found))
    published = article.published
    if asked.not_older_than is not None and published is not None and published.confidence >= CERTAIN:
        saw = f"published at {_written(published.value)}, filed at {_written(update.filed_at)}"
        yield Check("too_old", saw, update.filed_at - published.value <= asked.not_older_than)
    if asked.least_sources:
        count = count_sources(track, update) + elsewhere
        yield Check("least_sources", f"{count} of {asked.least_sources} sources", count >= asked.least_sources)


def count_sources(track: Track, update: StoryUpdate) -> int:
    """Return how many sources the story has, as the track counts them."""
    return update.story.all_sources if track.independent else update.story.all_publishers


def names_of(publisher: Publisher | None) -> Iterator[str]:
    """Yield what a publisher may be called in a track: id, domain and name, in this order."""
    if publisher is not None:
        yield publisher.id
        if publisher.domain is not None:
            yield publisher.domain
        yield publisher.name


def is_in(name: str, names: Iterable[str]) -> bool:
    """Return whether a name is listed; case does not count."""
    folded = name.casefold()
    return any(folded == one.casefold() for one in names)


def names_entity(keys: Iterable[str], folded: str) -> bool:
    """Return whether ``folded`` is among the keys: as a whole key ("person:jane doe"), or as whole words of a name."""
    for key in keys:
        name = key.partition(":")[2]
        if folded in (key, name) or f" {folded} " in f" {name} ":
            return True
    return False


@lru_cache(10_000)
def _folded_entity(name: str) -> str:
    """Fold a name or key ("person:Jane Doe") as the keys of entities are folded."""
    kind, colon, rest = name.partition(":")
    is_key = bool(colon) and kind.strip().lower() in set(EntityType)
    return f"{kind.strip().lower()}:{fold(rest)}" if is_key else fold(name)


def _muted(track: Track, update: StoryUpdate) -> Iterator[Check]:
    muted, source = track.muted, update.coverage.source
    if muted.stories or muted.articles:
        out = update.story.id in muted.stories or update.article.id in muted.articles
        yield Check("muted", "the story or article is muted" if out else "story and article are not muted", not out)
    if muted.sources:
        names = [*names_of(update.article.publisher), *((source.key, source.name) if source else ())]
        found = next((name for name in names if is_in(name, muted.sources)), None)
        yield Check("muted", f"the source {found} is muted" if found else "the source is not muted", found is None)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")

"""What fires: the facts that an update gives a track to report, each of which it reports once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.alerts.rules.check import Check
from streams.alerts.rules.conditions import count_sources, is_in, names_of
from streams.alerts.rules.edits import kinds_of
from streams.contract.messages import ANY, COPIES, EditKind, Source, StoryUpdate, Track
from streams.stories.reasons import duration

NEW_SOURCE = "new source"
SOURCES_REACHED = "sources >= "  # followed by the number
EVERYWHERE = "*"  # in place of a story: a fact about all stories of a track
PRESENT = "present sources"


@dataclass(frozen=True)
class Fact:
    """``key``: hashed with the track and ``story`` it identifies the fact. ``condition``: what an alert calls it."""

    rule: str
    key: str
    condition: str
    story: str


@dataclass(frozen=True)
class Memory:
    """What a track remembers of a story. ``sources``: the times of the latest new sources before this update.

    ``story``: the one that the track follows, if that of the update is linked with it. ``elsewhere``: keys of the
    sources of the other linked stories.
    """

    sources: tuple[datetime, ...] = ()
    last_report: datetime | None = None
    story: str = ""
    elsewhere: frozenset[str] = frozenset()


def facts(track: Track, update: StoryUpdate, memory: Memory) -> Iterator[tuple[Check, tuple[Fact, ...]]]:
    """Yield a check for each kind of fact that the track fires for, in a fixed order, with the facts of it.

    The first fact of an alert gives it its id.
    """
    fires, story = track.firing, memory.story or update.story.id
    new = _new(track, update, memory)
    if fires.new_source:
        source = source_of(track, update)
        yield (
            new,
            (Fact("new_source", source.key, NEW_SOURCE, story),) if new.passed and source is not None else (),
        )
    if fires.at_sources:
        yield _counted(track, update, memory, new)
    publisher = update.article.publisher
    firsts: tuple[tuple[str, tuple[str, ...], list[str], str], ...] = (
        ("country", fires.first_countries, [publisher.country] if publisher and publisher.country else [], story),
        ("language", fires.first_languages, [update.article.language], EVERYWHERE),
        ("publisher", fires.first_publishers, list(names_of(publisher)), story),
        ("owner", fires.first_owners, [publisher.owner] if publisher and publisher.owner else [], story),
    )
    for what, wanted, names, where in firsts:
        if wanted:
            yield _first(what, wanted, names, where, new)
    if fires.growth is not None:
        yield _growth(fires.growth.sources, fires.growth.within, update, source_of(track, update), memory, new)
    if fires.silence is not None:
        yield _silence(fires.silence, track, update, memory)
    if fires.edits:
        yield _edited(fires.edits, update)
    if fires.merges:
        saw = f"merged into {update.moved_to}" if update.moved_to else "the story is not merged"
        merged = update.moved_to is not None
        yield Check("no_merge", saw, merged), (Fact("merges", f"merged:{update.moved_to}", "merged", story),) * merged


def source_of(track: Track, update: StoryUpdate) -> Source | None:
    """Return the source of an update: the independent one, or the publisher if the track counts every publisher."""
    publisher = update.article.publisher
    if track.independent:
        return update.coverage.source
    return Source(key=f"publisher:{publisher.id}", name=publisher.name) if publisher else None


def is_report(update: StoryUpdate) -> bool:
    """Return whether the update is an article with a text of its own that was filed for the first time."""
    return update.kind != "revised" and update.article.relation not in COPIES


def sources_of(track: Track, update: StoryUpdate) -> tuple[str, ...]:
    """Return the keys of the sources that the update's story lists, as the track counts them."""
    if track.independent:
        return tuple(source.key for source in update.story.sources)
    return update.story.publishers


def count_elsewhere(track: Track, update: StoryUpdate, memory: Memory) -> int:
    """Return how many sources only the stories have that are linked with the update's."""
    return len(memory.elsewhere - set(sources_of(track, update)))


def _new(track: Track, update: StoryUpdate, memory: Memory) -> Check:
    """Check whether the update brings a new source, as the track counts them."""
    coverage = update.coverage
    if not (coverage.new if track.independent else coverage.new_publisher):
        return Check("not_independent" if track.independent else "known_publisher", coverage.reason, passed=False)
    source = source_of(track, update)
    if source is None:
        return Check("no_publisher", "the text names no publisher", passed=False)
    if (source.key if track.independent else source.name) in memory.elsewhere:
        return Check("linked_source", f"{source.name} has a story that is linked with this one", passed=False)
    return Check("new_source", coverage.reason, passed=True)


def _counted(track: Track, update: StoryUpdate, memory: Memory, new: Check) -> tuple[Check, tuple[Fact, ...]]:
    if not new.passed:
        return new, ()
    count = count_sources(track, update) + count_elsewhere(track, update, memory)
    numbers = sorted(track.firing.at_sources, reverse=True)
    reached = [f"{SOURCES_REACHED}{number}" for number in numbers if number <= count]
    check = Check("too_few_sources", f"{count} of {numbers[-1]} sources", bool(reached))
    return check, tuple(
        Fact("at_sources", condition, condition, memory.story or update.story.id) for condition in reached
    )


def _first(
    what: str, wanted: Iterable[str], names: list[str], where: str, new: Check
) -> tuple[Check, tuple[Fact, ...]]:
    if not new.passed:
        return new, ()
    found = next((name for name in names if ANY in wanted or is_in(name, wanted)), None)
    if found is None:
        return Check("not_first", f"the {what} is {names[-1] if names else 'not known'}", passed=False), ()
    key = f"first {what}:{(names[0] if what == 'publisher' else found).casefold()}"
    return Check("first", f"the {what} is {found}", passed=True), (
        Fact(f"first_{what}", key, f"first {what}: {found}", where),
    )


def _growth(
    sources: int, within: timedelta, update: StoryUpdate, source: Source | None, memory: Memory, new: Check
) -> tuple[Check, tuple[Fact, ...]]:
    if not new.passed or source is None:
        return new, ()
    count = 1 + sum(update.filed_at - before <= within for before in memory.sources)
    check = Check("no_growth", f"{count} of {sources} new sources within {duration(within)}", count >= sources)
    key = f"growth:{source.key}"
    return check, (Fact("growth", key, f"{sources} sources within {duration(within)}", update.story.id),) * check.passed


def _silence(silence: timedelta, track: Track, update: StoryUpdate, memory: Memory) -> tuple[Check, tuple[Fact, ...]]:
    """Check whether a report ends a silence; of a track without memory, one since the track or the story began."""
    if not is_report(update):
        return Check("no_silence", "not a report of its own", passed=False), ()
    before = memory.last_report or max(track.created_at, update.story.first_seen)
    pause = max(update.filed_at - before, timedelta(0))
    check = Check("no_silence", f"{duration(pause)} without a report, {duration(silence)} needed", pause >= silence)
    return check, (Fact("silence", f"silence:{update.article.id}", "silence broken", update.story.id),) * check.passed


def _edited(wanted: tuple[EditKind, ...], update: StoryUpdate) -> tuple[Check, tuple[Fact, ...]]:
    if update.edit is None:
        return Check("no_edit", "no edit of an article", passed=False), ()
    kinds = kinds_of(update.edit, has_text=bool(update.article.excerpt))
    found = [kind for kind in kinds if kind in wanted]
    saw = f"an edit that {' and '.join(kinds)}" if kinds else "an edit that changes little"
    check = Check("no_edit", saw, bool(found))
    key = f"edit:{update.article.id}:{update.edit.number}"
    return check, tuple(Fact("edits", key, f"edit {kind.value}", update.story.id) for kind in found[:1])

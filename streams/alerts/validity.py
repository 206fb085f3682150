"""What is wrong with a track: conditions that cannot be met, times that do not exist, queries with errors."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from difflib import get_close_matches
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

from streams.alerts import query as q
from streams.contract.errors import UsageError
from streams.contract.messages import ANY, Conditions, Fires, Quiet, Track, Weekday

LEAST_TIME, MOST_TIME = timedelta(minutes=1), timedelta(days=90)  # rows of stories are kept a little longer
MOST_AGE = timedelta(days=36_500)
_DAY = 24 * 60  # minutes


def check(track: Track) -> None:
    """Raise `UsageError` with the first fault of a track."""
    for fault in faults(track):
        raise UsageError(fault)


def faults(track: Track) -> Iterator[str]:
    """Yield each fault as one line that begins with the field: ``quiet: these hours cover the whole week``."""
    yield from _of_subject(track)
    yield from _of_fires(track.firing)
    yield from _of_conditions(track.conditions)
    yield from _of_both(track)
    yield from _of_times(track)


def zone(name: str) -> ZoneInfo | None:
    """Return the time zone with an IANA name, None if there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no key, a path, a folder
        return None


def _of_subject(track: Track) -> Iterator[str]:
    by_query = bool(track.query or track.queries or track.words or track.entities)
    if track.story is None and not by_query:
        yield "story: the track follows nothing: give story, query, queries or entities"
    if track.story is not None and by_query:
        yield "story: a track follows either a story or a query: leave one out"
    for name, typed in (("query", track.query), *((f"queries.{key}", text) for key, text in track.queries.items())):
        if not typed and name == "query":
            continue
        try:
            q.parse(typed)
        except UsageError as error:
            yield f"{name}: {str(error).removeprefix('query: ')}"
    yield from _codes("queries", track.queries, ANY, "a language of two or three letters (ISO 639)", most=3)


def _of_fires(fires: Fires) -> Iterator[str]:
    if fires == Fires():
        yield (
            "fires: nothing fires: give one of new_source, at_sources, first_countries, first_languages, "
            "first_publishers, first_owners, growth, silence, edits, merges"
        )
    yield from _codes("fires.first_countries", fires.first_countries, "", "a country of two letters (ISO 3166)")
    yield from _codes("fires.first_languages", fires.first_languages, "", "a language (ISO 639)", most=3)
    yield from _time("fires.growth.within", fires.growth.within if fires.growth else None)
    yield from _time("fires.silence", fires.silence)


def _of_conditions(asked: Conditions) -> Iterator[str]:
    yield from _codes("conditions.countries", asked.countries, ANY, "a country of two letters (ISO 3166)")
    yield from _codes("conditions.languages", asked.languages, ANY, "a language (ISO 639)", most=3)
    for name in sorted(_folded(asked.publishers_only) & _folded(asked.publishers_never)):
        yield f"conditions.publishers_never: {name} is in publishers_only too: leave one out"
    yield from _time("conditions.not_older_than", asked.not_older_than, MOST_AGE)


def _of_both(track: Track) -> Iterator[str]:
    """Yield what can never fire under the conditions."""
    fires, asked = track.firing, track.conditions
    only_counts = fires == Fires(at_sources=fires.at_sources)
    if only_counts and fires.at_sources and max(fires.at_sources) < asked.least_sources:
        yield (
            f"conditions.least_sources: the track fires at {max(fires.at_sources)} sources, "
            f"so that at least {asked.least_sources} are never reached: raise fires.at_sources"
        )
    pairs = (
        ("countries", fires.first_countries, asked.countries),
        ("languages", fires.first_languages, asked.languages),
        ("publishers", fires.first_publishers, asked.publishers_only),
    )
    for name, first, allowed in pairs:
        for one in sorted(_folded(first) - _folded(allowed) - {ANY}) if allowed else ():
            yield f"fires.first_{name}: {one} never meets the conditions: add it there, or leave it out here"
    for one in sorted(_folded(fires.first_publishers) & _folded(asked.publishers_never)):
        yield f"fires.first_publishers: {one} is in conditions.publishers_never: leave one out"
    by_language = bool(track.queries and not track.query and asked.languages)
    if by_language and _folded(track.queries).isdisjoint(_folded(asked.languages)):
        yield "conditions.languages: the track has no query in any of these languages: add one to queries"


def _of_times(track: Track) -> Iterator[str]:
    if zone(track.time_zone) is None:
        near = get_close_matches(track.time_zone, available_timezones(), n=1)
        yield f"time_zone: there is no {track.time_zone!r}: " + (
            f"did you mean {near[0]}?" if near else "write a name such as Europe/Berlin"
        )
    if len(set().union(*map(_quiet_minutes, track.quiet))) == 7 * _DAY:
        yield "quiet: these hours cover the whole week, so that nothing would ever be sent: pause the track instead"
    digest = track.digest
    if digest is not None and digest.hourly == bool(digest.at):
        yield "digest: give either hourly or at, the times of day"
    if track.expires_at is not None and track.expires_at <= track.created_at:
        yield "expires_at: it is before the track was made: give a later moment"


def _quiet_minutes(quiet: Quiet) -> set[int]:
    """Return the minutes of the week that are quiet, on clocks that are not changed."""
    start, end = minute_of(quiet.start), minute_of(quiet.end)
    length = (end - start) % _DAY or _DAY
    days = [place for place, day in enumerate(Weekday) if not quiet.weekdays or day in quiet.weekdays]
    return {(day * _DAY + start + minute) % (7 * _DAY) for day, minute in product(days, range(length))}


def minute_of(time_of_day: str) -> int:
    """Return the minute of the day of ``hh:mm``."""
    hour, _, minute = time_of_day.partition(":")
    return int(hour) * 60 + int(minute)


def _codes(field: str, given: Iterable[str], refused: str, what: str, most: int = 2) -> Iterator[str]:
    for one in given:
        is_code = one.isascii() and one.isalpha() and 2 <= len(one) <= most
        if one == refused or not (is_code or one == ANY):
            yield f"{field}: {one!r} is not {what}"


def _time(field: str, given: timedelta | None, most: timedelta = MOST_TIME) -> Iterator[str]:
    if given is not None and not LEAST_TIME <= given <= most:
        yield f"{field}: it has to be from 1 minute to {most.days:,} days"


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}

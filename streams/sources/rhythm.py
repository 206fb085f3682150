"""When a source usually brings something: by hour of the day and by weekday, in UTC.

What is counted are active hours, at most one for each hour on the clock: news comes in bursts, and ten entries at once
say no more about the next hour than one. Counts lose half of their weight in two weeks, so a changed habit is learnt.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import Rhythm

HALF_LIFE_DAYS = 14.0
KNOWN_HOURS = 6.0  # active hours, below which nothing can be told
KNOWN_DAYS = 1.0  # a source known for a shorter time has not had a night yet
KNOWN_WEEKDAYS = 14.0  # days from which weekdays differ
LATE_HOURS = 2.5  # active hours missed; each of them is missed now and then
SILENT_HOURS = 5.0  # chance alone hardly misses so many
LONGEST = timedelta(days=21)  # that is looked back
_DAY = 86_400.0


def first(now: datetime) -> Rhythm:
    """The rhythm of a source that is read for the first time."""
    return Rhythm(since=now, at=now, hours=(0.0,) * 24, days=(0.0,) * 7)


def record(rhythm: Rhythm, now: datetime) -> Rhythm:
    """With news at ``now``."""
    if rhythm.last_news is not None and _hour(rhythm.last_news) >= _hour(now):
        return replace(rhythm, last_news=max(now, rhythm.last_news))
    weight: float = 0.5 ** (max(0.0, (now - rhythm.at).total_seconds()) / _DAY / HALF_LIFE_DAYS)
    hours = [count * weight for count in rhythm.hours]
    days = [count * weight for count in rhythm.days]
    hours[now.hour] += 1
    days[now.weekday()] += 1
    rounded = tuple(round(count, 3) for count in hours), tuple(round(count, 3) for count in days)
    return replace(rhythm, at=now, last_news=now, hours=rounded[0], days=rounded[1])


def is_known(rhythm: Rhythm, now: datetime) -> bool:
    """Whether enough was seen to expect anything."""
    return sum(rhythm.hours) >= KNOWN_HOURS and (now - rhythm.since).total_seconds() >= KNOWN_DAYS * _DAY


def chance(rhythm: Rhythm, at: datetime) -> float:
    """The share of such hours (hour of the day, weekday) that were active, from 0 to 1."""
    watched = (rhythm.at - rhythm.since).total_seconds() / _DAY
    days: float = max(KNOWN_DAYS, (1 - 0.5 ** (watched / HALF_LIFE_DAYS)) * HALF_LIFE_DAYS / 0.693)
    share = rhythm.hours[at.hour] / days
    if watched >= KNOWN_WEEKDAYS:
        usual = sum(rhythm.days) / 7
        share *= (rhythm.days[at.weekday()] + 1) / (usual + 1)
    return min(1.0, share)


def missed_hours(rhythm: Rhythm, now: datetime) -> float:
    """How many active hours were to be expected since the last news, and did not come."""
    if rhythm.last_news is None:
        return 0.0
    begin = max(rhythm.last_news, now - LONGEST).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    whole = int((now - begin).total_seconds() // 3_600)  # the present hour may still bring something
    return sum(chance(rhythm, begin + timedelta(hours=number)) for number in range(whole))


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3_600)

"""Texts of one form that are published again and again make no giant story."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest

from streams.contract.messages import Kind, TaggedArticle, UniqueArticle
from streams.entities import tag
from tests.stories import fiction
from tests.stories.fiction import Desk, tagged

DAY = timedelta(days=1)
PLACES = ("Tarn", "Tessin", "Marrow Bay", "Norderhaven", "Port Velland", "Camarro", "Sarn", "Valmont", "Puerto Velo")
FIRST = ("Odile", "Astrid", "Jonas", "Ines", "Tomas", "Ruben", "Marisol", "Ute", "Timo", "Irene", "Nuno", "Samir")
LAST = ("Brandt", "Lindqvist", "Okafor", "Karvonen", "Abreu", "Halloway", "Quint", "Gerlach", "Haack", "Salvat")
TOWNS = ("Aldermoor", "Birkfell", "Corran", "Dunmoor", "Eastling", "Farrow", "Garside", "Hexley", "Inverkip", "Kelby")
TRADES = ("teacher", "pilot", "baker", "surgeon", "printer", "violinist", "carpenter", "botanist", "judge", "welder")
FATES = ("patience with a colleague", "a letter from abroad", "an old debt", "a walk by the water", "a quarrel at home")


Form = Callable[[int, Random], tuple[str, str]]


def _tagged(text: tuple[str, str], key: str, at: datetime) -> TaggedArticle:
    plain = tagged(text, key, at=at)
    return tag(UniqueArticle(article=plain.article, copy=plain.copy, first_seen=at))


def _name(chance: Random) -> str:
    return f"{chance.choice(FIRST)} {chance.choice(LAST)}"


def _table(day: int, chance: Random) -> tuple[str, str]:
    teams = chance.sample(PLACES, 6)
    lines = [f"{team} {chance.randrange(60, 120)} {chance.randrange(60, 120)}" for team in teams]
    return f"League table, round {day}", "\n".join(lines)


def _horoscope(day: int, chance: Random) -> tuple[str, str]:
    at = fiction.START + day * DAY
    return f"Your stars for {at:%d %B}", f"Aries may expect {chance.choice(FATES)}, Taurus {chance.choice(FATES)}."


def _obituary(day: int, chance: Random) -> tuple[str, str]:
    name, place = _name(chance), chance.choice(PLACES)
    age = chance.randrange(61, 99)
    return (
        f"{name}, {chance.choice(TRADES)} of {place}, dies at {age}",
        f"{name}, a {chance.choice(TRADES)} from {place}, has died aged {age}.",
    )


def _weather(day: int, chance: Random) -> tuple[str, str]:
    at = fiction.START + day * DAY
    high = chance.randrange(5, 29)
    return (
        f"Weather for {at:%d %B}",
        f"Clouds over {chance.choice(PLACES)} with showers later and highs of {high} degrees.",
    )


def _newsletter(day: int, chance: Random) -> tuple[str, str]:
    told = [f"{_name(chance)} and the {chance.choice(TRADES)} of {chance.choice(PLACES)}." for _ in range(10)]
    return f"Ten things to know on {fiction.START + day * DAY:%d %B}", "\n".join(told)


def _stars(_day: int, chance: Random) -> tuple[str, str]:
    return "Your horoscope for today", f"Aries may expect {chance.choice(FATES)}, Taurus {chance.choice(FATES)}."


def _briefing(_day: int, chance: Random) -> tuple[str, str]:
    told = [f"{_name(chance)} and the {chance.choice(TRADES)} of {chance.choice(PLACES)}." for _ in range(10)]
    return "Morning briefing: what you need to know", "\n".join(told)


def _crash(_day: int, chance: Random) -> tuple[str, str]:
    here, there = chance.sample(TOWNS, 2)
    body = (
        f"A road was closed after a crash between {here} and {there}. {chance.randrange(2, 5)} cars collided, police "
        f"said, and {chance.randrange(1, 6)} people were taken to hospital. The road reopened after "
        f"{chance.randrange(1, 9)} hours. Witnesses are asked to call the police."
    )
    return f"Road closed after crash near {here}", body


def _forecast(_day: int, chance: Random) -> tuple[str, str]:
    sky, wind = chance.choice(("rain", "sun", "snow", "fog")), chance.choice(("north", "west", "south"))
    high, gusts, rain, later = (chance.randrange(10, 90) for _ in range(4))
    body = (
        f"Expect {sky} with highs of {high} degrees. Winds from the {wind} at {gusts} km/h, chance of rain {rain} "
        f"percent. Tomorrow it is {later} degrees."
    )
    return f"Weather: {sky} today", body


def _missing(_day: int, chance: Random) -> tuple[str, str]:
    name = _name(chance)
    body = (
        f"Police ask for help to find {name}, {chance.randrange(12, 80)}, last seen in {chance.choice(TOWNS)}. "
        f"Anyone with news should call 101."
    )
    return f"Police look for missing {name}", body


def _charged(_day: int, chance: Random) -> tuple[str, str]:
    home, place = chance.sample(TOWNS, 2)
    body = (
        f"Norderhaven Police have charged {_name(chance)}, {chance.randrange(18, 80)}, of {home} after an incident in "
        f"{place} on Friday. He will appear at Norderhaven Court."
    )
    return f"Man charged in {place}", body


FORMS = (
    _table,
    _horoscope,
    _obituary,
    _weather,
    _newsletter,
    _stars,
    _briefing,
    _crash,
    _forecast,
    _missing,
    _charged,
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__.strip("_"))
def test_a_column_makes_no_giant_story(form: Form) -> None:
    desk, chance = Desk(second_thoughts="eager"), Random(11)
    for day in range(60):
        desk.file(_tagged(form(day, chance), f"{day}", fiction.START + day * DAY))
    assert largest(desk, 60) <= 12


def test_an_event_of_days_stays_one_story_beside_columns() -> None:
    desk = Desk(second_thoughts="eager")
    for n, text in enumerate((fiction.FIRE, fiction.FIRE_AGAIN)):
        desk.file(_tagged(text, f"{n}", fiction.START + n * DAY))
    assert largest(desk, 2) == 2


def largest(desk: Desk, count: int) -> int:
    held = [desk.stories.holding(f"{n}") for n in range(count)]
    return max(len(one.rows) for one in held if one is not None)


def test_a_headline_of_years_is_no_one_story() -> None:
    desk = Desk(second_thoughts="eager")
    for week in range(150):
        at = fiction.START + 7 * week * DAY
        desk.file(tagged(("Weather for the weekend", ""), f"{week}", at=at, kind=Kind.HEADLINE))
    assert largest(desk, 150) == 1

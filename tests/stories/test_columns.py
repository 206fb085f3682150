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


FORMS = (_table, _horoscope, _obituary, _weather, _newsletter)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__.strip("_"))
def test_a_column_makes_no_giant_story(form: Form) -> None:
    desk, chance = Desk(second_thoughts="eager"), Random(11)
    for day in range(60):
        desk.file(_tagged(form(day, chance), f"{day}", fiction.START + day * DAY))
    assert largest(desk, 60) <= 12


def largest(desk: Desk, count: int) -> int:
    held = [desk.stories.holding(f"{n}") for n in range(count)]
    return max(len(one.rows) for one in held if one is not None)


def test_a_headline_of_years_is_no_one_story() -> None:
    desk = Desk(second_thoughts="eager")
    for week in range(150):
        at = fiction.START + 7 * week * DAY
        desk.file(tagged(("Weather for the weekend", ""), f"{week}", at=at, kind=Kind.HEADLINE))
    assert largest(desk, 150) == 1

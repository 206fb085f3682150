"""Quotes and numbers: whole, in one notation, within bounds."""

import pytest

from streams.entities.numbers import MOST, numbers
from streams.entities.quotes import LONGEST, quotes
from streams.entities.quotes import MOST as MOST_QUOTES


@pytest.mark.parametrize(
    "text",
    [
        "“{}”, she said.",
        '"{}," she said.',
        "„{}“, sagte sie.",
        "«{}», dijo.",
        "« {} », a-t-elle dit.",
        "»{}«, sagte sie.",
        "‘{}’, she said.",
        "She said: '{}'.",
        "‹{}›",
        "「{}」",
    ],
)
def test_all_quotation_marks(text: str) -> None:
    assert quotes(text.format("we will not give up")) == ("we will not give up",)


def test_apostrophes_do_not_end_a_quotation() -> None:
    assert quotes("‘We don’t know what they’re doing,’ he said.") == ("We don’t know what they’re doing",)
    assert quotes("The workers' union and the teachers' union didn't agree on it.") == ()


def test_short_quotations_are_left_out() -> None:
    assert quotes("The “so called deal” failed.") == ()


def test_a_quotation_within_one_belongs_to_it() -> None:
    assert quotes("“She told me ‘go away at once’ and left,” he said.") == ("She told me ‘go away at once’ and left",)


def test_a_quotation_over_two_paragraphs_gives_two_passages() -> None:
    assert quotes("“It began in the spring.\n\n“It ended before the summer.”") == (
        "It began in the spring.",
        "It ended before the summer.",
    )


def test_long_quotations_are_left_out_and_never_cut() -> None:
    long = "word " * 90
    assert quotes(f"“{long}” and “this one is short enough”") == ("this one is short enough",)
    many = " ".join(f"“one two three four {'x' * i}”" for i in range(60))
    kept = quotes(many)
    assert len(kept) == MOST_QUOTES
    assert kept[-1].endswith("x" * 59)
    assert all(len(said) <= LONGEST for said in kept)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("It cost $2.5 million.", "en", ("2500000 usd",)),
        ("It cost US$3bn.", "en", ("3000000000 usd",)),
        ("about 12 % or 12 percent or 12 per cent", "en", ("12 %",)),
        ("1,234 people and 1,234,567.5 tonnes", "en", ("1234", "1234567.5 t")),
        ("2,5 Millionen Euro und 1.234 Menschen, 3 Milliarden Dollar", "de", ("2500000 eur", "1234", "3000000000 usd")),
        ("1.500 millones de dólares y el 12 por ciento", "es", ("1500000000 usd", "12 %")),
        ("3,2 milliards d'euros, 10 000 personnes, 35 %", "fr", ("3200000000 eur", "10000", "35 %")),
        ("500 € und 20 €", "de", ("500 eur", "20 eur")),
        ("in 2019 and 2020, 45 people", "en", ("45",)),
        ("on Jan. 3, 2026 and 4 May 2025 and March 7", "en", ("2026-01-03", "2025-05-04", "--03-07")),
        ("am 3. Januar 2026", "de", ("2026-01-03",)),
        ("el 12 de marzo de 2025", "es", ("2025-03-12",)),
        ("le 14 juillet", "fr", ("--07-14",)),
        ("won 2-1 with Covid-19, a 5G phone and the F-16", "en", ("2-1",)),
        ("增长了12%。", "zh", ("12 %",)),
        ("nothing here", "xx", ()),
    ],
)
def test_numbers(text: str, language: str, wanted: tuple[str, ...]) -> None:
    assert numbers(text, language) == wanted


def test_numbers_are_bounded() -> None:
    assert len(numbers(" ".join(f"{n} people" for n in range(3000, 3200)), "en")) == MOST

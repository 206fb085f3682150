"""Spellings of names, and their one canonical form."""

import pytest

from streams.entities.canonical import fold, person_words
from streams.entities.lexicon import gazetteer
from streams.entities.resolve import organisations, people
from streams.entities.resolve.people import Mention


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("The U.S. State Department’s", "us state department"),
        ("Ana  Beltrán\nde la Roca", "ana beltran de la roca"),
        ("EE.UU.", "eeuu"),
        ("J. K. Smith", "j k smith"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("O'Neil's", "o'neil"),
        ("Jean-Pierre", "jean pierre"),
        ("中国", "中国"),
        ("서울", "서울"),
        ("हिन्दी", "हिन्दी"),
        ("“…”", ""),
    ],
)
def test_fold(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded


def test_initials_in_the_middle_carry_nothing() -> None:
    assert person_words("Jane Q. Doe") == person_words("Jane Doe")
    assert person_words("J. Doe") == ("j", "doe")


def resolved(*names: str) -> list[str]:
    return [" ".join(words) for words in people.resolve([Mention(i * 10, name) for i, name in enumerate(names)])]


def test_partial_names_are_followed_to_the_fullest() -> None:
    names = resolved("Ana Beltrán de la Roca", "Ana Beltran", "Ana", "de la Roca", "Roca")
    assert set(names) == {"ana beltran de la roca"}


def test_an_initial_joins_only_when_one_person_fits() -> None:
    assert resolved("J. Doe", "Jane Doe") == ["jane doe", "jane doe"]
    assert resolved("J. Doe", "Jane Doe", "John Doe")[0] == "j doe"


def test_father_and_son_differ_and_a_lone_surname_is_the_son() -> None:
    assert resolved("Omar Vance", "Omar Vance Jr.") == ["omar vance", "omar vance jr"]
    assert resolved("Omar Vance Jr.", "Vance") == ["omar vance jr", "omar vance jr"]


def test_a_lone_surname_stands_for_the_name_that_it_ends() -> None:
    assert resolved("Grant Mills", "Nora Grant", "Grant")[2] == "nora grant"


def test_places_have_one_key_across_languages() -> None:
    keys = {
        gazetteer.place(fold(name), language)
        for name, language in [
            ("Germany", "en"),
            ("Alemania", "es"),
            ("Deutschland", "de"),
            ("Allemagne", "fr"),
            ("德国", "zh"),
        ]
    }
    assert {place.name for place in keys if place} == {"germany"}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("word", "country"),
    [
        ("mexican", "mexico"), ("french", "france"), ("nigerian", "nigeria"), ("nigerien", "niger"),
        ("south korean", "south korea"), ("austrian", "austria"), ("australian", "australia"), ("us", "united states"),
        ("christian", ""), ("republican", ""), ("south american", ""), ("westerner", ""), ("jane", ""),
    ],
)  # fmt: skip
def test_a_demonym_tells_its_country(word: str, country: str) -> None:
    assert gazetteer.country_of(word) == country


def bodies(text: str, *names: str) -> list[str]:
    return organisations.resolve(text, [Mention(text.index(name), name) for name in names])


def test_banks_of_two_countries_stay_apart() -> None:
    names = bodies("Bank of Japan and Bank of Korea", "Bank of Japan", "Bank of Korea")
    assert names == ["bank of japan", "bank of korea"]


def test_the_same_words_in_another_order_are_one() -> None:
    names = bodies("University of Osaka, also Osaka University", "University of Osaka", "Osaka University")
    assert names[0] == names[1]


def test_well_known_acronyms_need_no_article() -> None:
    assert organisations.canonical("UN") == organisations.canonical("United Nations")
    assert organisations.canonical("Department of State") == organisations.canonical("U.S. State Department")

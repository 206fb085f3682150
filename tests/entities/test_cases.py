"""Names in languages with cases meet under the nominative, and no two different names do."""

from collections import Counter

import pytest

from streams.contract.messages import EntityType
from streams.entities.resolve.mentions import entities
from streams.entities.spans import Span
from tests.entities.cases import Pair, pairs

PAIRS = list(pairs())
ACROSS = 0.8  # share of names that meet across articles; reached: .81. Unknown names stay apart


def test_there_are_forty_pairs_a_language() -> None:
    count = Counter(pair.language for pair in PAIRS)
    assert set(count) == {"ru", "uk", "pl", "cs", "hr", "fi", "hu", "tr"}
    assert min(count.values()) >= 40
    assert len(set(PAIRS)) == len(PAIRS)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not pair.same], ids=lambda pair: "-".join(pair.names))
def test_names_that_look_alike_stay_apart(pair: Pair) -> None:
    assert not pair.meet_within()
    assert not pair.meet_across()


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair.same], ids=lambda pair: "-".join(pair.names))
def test_two_cases_of_a_name_meet_in_an_article(pair: Pair) -> None:
    assert pair.meet_within()


def test_most_meet_across_articles() -> None:
    same = [pair for pair in PAIRS if pair.same]
    apart = [pair.names for pair in same if not pair.meet_across()]
    assert 1 - len(apart) / len(same) >= ACROSS, apart


def named(language: str, *names: str, kind: EntityType = EntityType.PERSON) -> list[tuple[str, str, int]]:
    """The key, the shown name and the number of mentions of each entity of an article with these names."""
    text, spans = "", []
    for name in names:
        spans.append(Span(len(text), len(text) + len(name), kind))
        text += f"{name} – "
    return [(entity.key, entity.name, len(entity.mentions)) for entity in entities(text, spans, language)]


def test_a_surname_in_any_case_is_the_full_name() -> None:
    found = named("ru", "Ивана Петрова", "Петровым", "Петрова", "Иван Петров", "Петрову")
    assert found == [("person:иван петров", "Иван Петров", 5)]


def test_a_woman_with_the_same_surname_stays_herself() -> None:
    found = named("ru", "Иван Петров", "Анна Петрова", "Петрова", "Петровой")
    assert [(key, count) for key, _, count in found] == [("person:иван петров", 1), ("person:анна петрова", 3)]


def test_without_a_nominative_the_commonest_form_is_shown() -> None:
    found = named("ru", "Иваном Петровым", "Ивана Петрова", "Ивана Петрова")
    assert found == [("person:иван петров", "Ивана Петрова", 3)]


def test_two_forms_that_could_each_be_the_other_are_one() -> None:
    found = named("hr", "Vlade", "Vlada", kind=EntityType.ORGANISATION)
    assert [(key, count) for key, _, count in found] == [("organisation:vlada", 2)]


def test_places_keep_the_key_of_the_gazetteer() -> None:
    assert [key for key, *_ in named("uk", "Києві", "Київ", "Києва", kind=EntityType.PLACE)] == ["place:kyiv"]
    assert [key for key, *_ in named("fi", "Saksassa", "Saksa", kind=EntityType.PLACE)] == ["place:germany"]


def test_other_languages_are_as_they_were() -> None:
    assert [key for key, *_ in named("en", "Jane Doe", "Jane Does")] == ["person:jane doe", "person:jane does"]


def test_a_list_of_names_stays_fast_and_apart() -> None:
    letters = "бвгдж"
    names = [f"{a}{b}{c}{d}ов".capitalize() for a in letters for b in "аио" for c in letters for d in "аиоеу"]
    assert len(named("ru", *names)) == 300  # the most that an article has

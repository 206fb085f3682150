"""The tables of places: built from the packages' data as they are now, and what they answer."""

import pytest

from streams.entities.canonical import fold
from streams.entities.lexicon import build_gazetteer, gazetteer, tables, word_lists
from streams.entities.lexicon.gazetteer import GazetteerPlace, Level


def test_tables_are_those_of_the_packages_now() -> None:
    names, cities = build_gazetteer.build()
    again = "run python -m streams.entities.lexicon.build_gazetteer"
    assert names == tables.read(tables.NAMES, tables.StoredNames), again
    assert tuple(cities) == gazetteer.cities(), again


@pytest.mark.parametrize(
    ("name", "language", "place"),
    [
        ("holland", "en", GazetteerPlace("netherlands", Level.COUNTRY)),
        ("georgia", "en", GazetteerPlace("georgia", Level.CITY)),
        ("nairobi", "en", GazetteerPlace("nairobi", Level.CITY)),
        ("wiener neustadt", "en", GazetteerPlace("wiener neustadt", Level.TOWN)),
        ("киiв", "uk", None),
        ("київ", "uk", GazetteerPlace("kyiv", Level.TOWN)),
        ("القاهرة", "ar", GazetteerPlace("cairo", Level.TOWN)),
        ("\ud800", "en", None),
    ],
)
def test_places(name: str, language: str, place: GazetteerPlace | None) -> None:
    assert gazetteer.place(fold(name), language) == place


def test_a_language_without_a_list_has_no_frequent_words() -> None:
    assert word_lists.bands("tlh", "large") == []
    assert word_lists.most_frequent("tlh", 5) == []
    assert word_lists.most_frequent("en", 2) == ["the", "to"]

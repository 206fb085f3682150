"""English articles: who is named, under one key each, with the right mentions."""

import pytest

from streams.contract.messages import EntityType
from tests.entities.conftest import Tagger, keys, named, written

VISIT = """Foreign Minister Ana Beltrán de la Roca met Secretary of State Howard Pellman in Lisbon on Monday.

"We agreed on the main points of the treaty," de la Roca said. Pellman's office confirmed the talks, and the U.S.
State Department published a statement. The United States and Portugal have negotiated for years, but America wants
more, Ana Beltran said.

Mr. Pellman, a former senator, flies to Mexico City next. US officials declined to comment on Roca's remarks."""


def test_all_ways_to_write_a_person_are_one(tagged: Tagger) -> None:
    result = tagged("Ministers Meet in Lisbon", VISIT)
    roca = written(result, "person:ana beltran de la roca")
    assert roca[0] == "Ana Beltrán de la Roca"
    assert "de la Roca" in roca
    assert "Ana Beltran" in roca
    assert "Roca" in roca
    assert set(written(result, "person:howard pellman")) == {"Howard Pellman", "Pellman"}
    assert len(written(result, "person:howard pellman")) == 3


def test_titles_and_possessives_are_not_part_of_a_name(tagged: Tagger) -> None:
    result = tagged("", "Prime Minister Olga Sternwall’s visit to Canada ended. Sternwall's aides left with her.")
    assert written(result, "person:olga sternwall") == ["Olga Sternwall", "Sternwall"]


def test_all_ways_to_write_a_country_are_one(tagged: Tagger) -> None:
    result = tagged("Ministers Meet in Lisbon", VISIT)
    assert {"United States", "America"} <= set(written(result, "place:united states"))
    assert written(result, "place:mexico city") == ["Mexico City"]
    assert named(result, "place:united states").name == "United States"


@pytest.mark.parametrize("spelling", ["U.S.", "US", "USA", "United States", "America", "the United States of America"])
def test_the_key_of_a_country_does_not_depend_on_its_spelling(tagged: Tagger, spelling: str) -> None:
    result = tagged("", f"Officials in Tokyo said on Friday that they hope for a treaty with {spelling} this year.")
    assert "place:united states" in keys(result)


def test_a_surname_that_two_people_share_is_the_one_named_last(tagged: Tagger) -> None:
    body = (
        "Governor Miriam Castellane opened the debate on Tuesday. Castellane spoke for an hour.\n\n"
        "Her brother, the banker Victor Castellane, answered in the afternoon. Castellane left early."
    )
    result = tagged("", body)
    assert written(result, "person:miriam castellane") == ["Miriam Castellane", "Castellane"]
    assert written(result, "person:victor castellane") == ["Victor Castellane", "Castellane"]


def test_an_acronym_is_what_the_article_says_it_is(tagged: Tagger) -> None:
    body = (
        "The Northern Harbour Workers Association (NHWA) called a strike on Monday in Sydney. "
        "The NHWA said that its members would not go back. A spokesman for NHWA declined to comment."
    )
    result = tagged("", body)
    assert written(result, "organisation:northern harbour workers association").count("NHWA") == 3


def test_the_same_ministry_in_other_words_is_one(tagged: Tagger) -> None:
    body = (
        "Kenya's Foreign Ministry summoned the envoy on Sunday. The Kenyan Foreign Ministry gave no reason. "
        "Later the Ministry of Foreign Affairs of Kenya published a note."
    )
    assert len(written(tagged("", body), "organisation:kenya foreign ministry")) == 3


def test_ministries_of_two_countries_stay_apart(tagged: Tagger) -> None:
    body = "Kenya's Foreign Ministry summoned the envoy. The Brazilian Foreign Ministry in Brasilia protested at once."
    found = keys(tagged("", body))
    assert {"organisation:kenya foreign ministry", "organisation:brazil foreign ministry"} <= set(found)


def test_nationalities_are_groups_in_the_singular(tagged: Tagger) -> None:
    result = tagged("", "Two Norwegians and a Norwegian guide were found on Friday by a Peruvian patrol near Cusco.")
    assert written(result, "group:norwegian") == ["Norwegians", "Norwegian"]
    assert named(result, "group:peruvian").type is EntityType.GROUP


@pytest.mark.parametrize(
    "headline",
    ["JANE ROEHAMPTON WARNS SENATE OVER TORONTO BRIDGE", "Jane Roehampton Warns Senate Over Toronto Bridge Collapse"],
)
def test_headlines_in_capitals_name_the_same_as_the_text(tagged: Tagger, headline: str) -> None:
    body = "Engineer Jane Roehampton warned senators on Monday. The bridge in Toronto had collapsed, Roehampton said."
    result = tagged(headline, body)
    assert written(result, "person:jane roehampton")[0] == headline[:15]
    assert named(result, "person:jane roehampton").name == "Jane Roehampton"
    assert written(result, "place:toronto")[0].casefold() == "toronto"
    assert not [key for key in keys(result) if "warns" in key or "collapse" in key]


def test_a_headline_alone_has_its_names(tagged: Tagger) -> None:
    assert {"place:brazil", "place:france"} <= set(keys(tagged("Brazil and France sign a deal on uranium")))


def test_days_titles_and_bare_words_are_nobody(tagged: Tagger) -> None:
    body = "On Monday the President spoke. Covid-19 cases rose in March, the Ministry said. The GDP fell on Tuesday."
    assert keys(tagged("", body)) == []


def test_the_same_article_gives_the_same_result(tagged: Tagger) -> None:
    assert tagged("Ministers Meet in Lisbon", VISIT) == tagged("Ministers Meet in Lisbon", VISIT)


def test_the_article_and_its_verdict_come_through_unchanged(tagged: Tagger) -> None:
    result = tagged("Ministers Meet in Lisbon", VISIT)
    assert result.article.body == VISIT
    assert result.copy.group == "a"

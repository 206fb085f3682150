"""Folding, tokens and the weight of words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.stories.similarity import idf, terms
from streams.stories.similarity.terms import fold
from tests.fuzz.amount import inputs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ramón’s U.S. visit", ("ramon", "s", "us", "visit")),
        ("RAMON RAMON ramón", ("ramon",)),
        ("Straße, CAFÉ, 1,200 men and 3.5 %", ("1200", "3.5", "and", "cafe", "men", "strasse")),
        ("COVID-19 and G20", ("19", "and", "covid", "g20")),
        ("хлеб Йод", ("иод", "хлеб")),
        ("관세", ("관", "관세", "세")),
        ("", ()),
    ],
)
def test_fold(text: str, words: tuple[str, ...]) -> None:
    assert fold(text) == words


def test_queries_of_any_length_match_scripts_without_spaces() -> None:
    text = set(fold("政府は対中関税の引き上げを発表した。"))
    for query in ("関税", "税", "対中関税"):
        assert set(fold(query)) <= text
    assert not set(fold("関白")) <= text


@inputs()
@given(st.text(max_size=60))
def test_folding_is_idempotent_and_gives_sorted_unique_words(text: str) -> None:
    words = fold(text)
    assert list(words) == sorted(set(words))
    assert terms.fold_some(text, 10_000) == words


def test_of_too_many_words_the_first_stay() -> None:
    assert terms.fold_some("zebra yak ant bee", 2) == ("yak", "zebra")


def test_capitals_count_only_inside_sentences() -> None:
    seen = {token.word: token for token in terms.tokens("Rain fell. Later Quint spoke to farmers in old Tarn.", "en")}
    assert seen["quint"].capital
    assert not seen["quint"].opening
    assert seen["later"].opening
    title = terms.tokens("Prime Minister Quint Visits Flooded Valley", "en")
    assert not any(token.capital for token in title)


def test_rare_words_weigh_more_and_forms_of_a_word_the_same() -> None:
    common, rare, unknown = (idf.idf(terms.stem(word, "en"), "en") for word in ("government", "cannery", "zzkarvonen"))
    assert common < rare <= unknown
    assert terms.stem("cartels", "en") == terms.stem("cartel", "en")
    assert idf.idf("2019", "en") < idf.idf("8371", "en")


@pytest.mark.parametrize("language", ["de", "es", "fr", "ru", "pl", "ja", "zh", "ko", "ar", "no", "hr"])
def test_many_languages_have_a_table(language: str) -> None:
    assert idf.known(language)


@pytest.mark.parametrize("language", ["und", "th", "xx", "..", ""])
def test_without_a_table_every_word_tells_the_same(language: str) -> None:
    assert not idf.known(language)
    assert idf.idf("one", language) == idf.idf("other", language)


def test_accents_make_other_words_in_vietnamese_only() -> None:
    def words(text: str, language: str) -> list[str]:
        return [token.word for token in terms.tokens(text, language)]

    assert words("Bán bàn Bạn", "vi") == ["bán", "bàn", "bạn"]
    assert words("Bán bàn", "vi") == words("B\u0061\u0301n ba\u0300n", "vi")
    assert words("Ramón ramon", "es") == ["ramon", "ramon"]

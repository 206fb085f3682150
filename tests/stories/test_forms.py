"""The parts of words by which languages other than English are compared."""

import numpy as np
import pytest
from msgspec.structs import replace

from streams.contract.messages import TaggedArticle
from streams.stories.similarity import forms, pairs
from streams.stories.similarity.features import Compared, extract, measure
from tests.stories.fiction import Desk, story_of, tagged

BRAWL = (
    "Massenschlägerei auf dem Volksfest",
    "Bei einer Massenschlägerei auf dem Norderhavener Volksfest wurden vier Männer verletzt, teilte die Polizei mit.",
)
BRAWL_AGAIN = (
    "Verletzte bei Schlägerei",
    "Vier Verletzte hat eine Schlägerei gefordert, zu der die Polizeibeamten am Volksfestplatz Norderhaven eilten.",
)


def of(text: tuple[str, str], language: str = "de") -> Compared:
    return extract(tagged(text, language=language)).compared


def without_forms(one: Compared) -> Compared:
    """The article as one that was filed before there were forms."""
    return one._replace(forms=forms.unpack(b""), opening_forms=forms.unpack(b""))


def similarities(one: Compared, *others: Compared) -> np.ndarray:
    places = [pairs.FEATURES.index(name) for name in ("words", "opening", "cover")]
    return pairs.features(one, pairs.Recent.of(others))[:, places]


def test_compounds_and_endings_are_alike_by_their_forms() -> None:
    one, other = of(BRAWL), of(BRAWL_AGAIN)
    assert (similarities(one, other) > similarities(without_forms(one), without_forms(other))).all()


def test_an_article_without_forms_is_compared_by_words() -> None:
    one, other = of(BRAWL), of(BRAWL_AGAIN)
    words = similarities(without_forms(one), without_forms(other))
    assert np.array_equal(similarities(one, without_forms(other)), words)
    assert np.array_equal(similarities(without_forms(one), other), words)
    mixed = similarities(one, other, without_forms(other))
    assert np.array_equal(mixed[1:], words)
    assert np.array_equal(mixed[:1], similarities(one, other))


def test_forms_are_small_and_none_for_english() -> None:
    text = " ".join(f"wort{n:x}ung" for n in range(5_000))
    packed, opening = forms.measure(text, "de")
    assert (len(packed), len(opening)) == (2 * forms.MOST, 2 * forms.MOST_OPENING)
    assert forms.measure(text, "en") == (b"", b"")
    assert forms.measure("", "de") == (b"", b"")


def test_accents_and_characters_make_forms() -> None:
    assert forms.grams("Schläge", unspaced=False) == (" sch", "schl", "chlä", "hläg", "läge", "äge ")
    assert forms.grams("ﬁn", unspaced=False) == (" fin", "fin ")
    assert forms.grams("青波港", unspaced=True) == ("青波", "波港")


def test_equal_weights_keep_the_lowest_buckets() -> None:
    words = [f"q{chr(0x4E00 + n)}" for n in range(400)]
    one, other = forms.measure(" ".join(words), "de"), forms.measure(" ".join(reversed(words)), "de")
    assert one[0] == other[0]
    kept = forms.unpack(one[0])
    assert np.all(np.diff(kept.ids.astype(int)) > 0)
    assert kept.weights.min() >= 1
    assert kept.weights.max() == forms.LEVELS


@pytest.mark.parametrize("language", ["de", "ja", "ar", "xx"])
def test_a_story_is_the_same_after_a_restart(language: str) -> None:
    desk = Desk()
    first = desk.file(tagged(BRAWL, language=language))
    desk.restart()
    again = desk.file(tagged(BRAWL, "two", by="courier", language=language))
    assert again.filed is not None
    assert story_of(first) == story_of(again)


def test_articles_tagged_before_there_were_forms_are_filed() -> None:
    def older(article: TaggedArticle) -> TaggedArticle:
        return replace(article, measured=replace(measure(article.article), forms=b"", opening_forms=b""))

    desk = Desk()
    first = desk.file(older(tagged(BRAWL, language="de")))
    desk.restart()
    assert story_of(desk.file(tagged(BRAWL, "two", by="courier", language="de"))) == story_of(first)

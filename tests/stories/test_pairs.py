"""The probability that two articles report one event: its evidence, its exactness and its weights."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from streams.contract.messages import Kind, TaggedArticle, Timestamp
from streams.stories.similarity import features, pairs, terms, train
from streams.stories.similarity.features import Compared, amounts_in, extract
from streams.stories.similarity.vectors import term_id
from tests.stories import fiction
from tests.stories.fiction import Desk, story_of, tagged

EVAL = Path(__file__).resolve().parents[2].parent / "shared" / "eval"


def compared(title: str, body: str, language: str = "en", **more: object) -> Compared:
    return extract(tagged((title, body), language=language, **more)).compared  # type: ignore[arg-type]


def amounts(text: str, language: str = "en") -> dict[int, frozenset[float]]:
    return amounts_in(features.measure(tagged((text, "."), language=language).article).amounts)


def unit(word: str, side: str = "after", language: str = "en") -> int:
    return term_id(f"{terms.stem(word, language)} {side}")


def test_amounts_have_the_words_beside_them_as_units() -> None:
    found = amounts("The ferry carried seventeen crew, 40 passengers and four lifeboats, tonnage 1,200.")
    assert found[unit("passengers")] == {40}
    assert found[unit("lifeboats")] == {4}
    assert found[unit("tonnage", "before")] == {1200}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Council met 22/10 in Tarn", "en"),
        ("Council met on 22 October in Tarn", "en"),
        ("Council met October 22 in Tarn", "en"),
        ("Council met 2031-03-03 at 10:30 in Tarn", "en"),
        ("Rovers beat Albion 3-1 in Tarn", "en"),
        ("Founded 1987 in Tarn", "en"),
        ("Совет собрался 22 октября в Тарне", "ru"),
        ("Rat tagte am 22.10.2031 in Tarnstadt", "de"),
        ("市議会は10月22日に開かれた", "ja"),
    ],
)
def test_dates_times_scores_and_years_are_no_amounts(text: str, language: str) -> None:
    assert amounts(text, language) == {}


@pytest.mark.parametrize("number", ["7" * 31, "7" * 60, "7" * 400, "1." * 200 + "1", "0." + "0" * 40 + "1"])
def test_numbers_that_nobody_reads_are_no_amounts(number: str) -> None:
    assert amounts(f"The key {number} opens 40 crates") == amounts("The key opens 40 crates")


def test_long_lists_of_figures_and_names_stay_small() -> None:
    table = " ".join(f"{n} crates" for n in range(2_000, 5_000))
    names = [f"Person {n}" for n in range(300)]
    found = extract(tagged(("Crates", table), names=names))
    assert len(found.amounts) <= features.MOST_AMOUNTS * 12
    assert len(found.named) <= features.MOST_NAMED * 4


def test_amounts_of_one_unit_agree_or_contradict() -> None:
    one = compared("Ferry sinks", "The ferry sank with 40 passengers and 12 lifeboats.")
    other = compared("Ferry lost", "A ferry with 40 passengers and 9 lifeboats went down.")
    assert pairs.compare_amounts(one, other) == pairs.compare_amounts(other, one)
    found = pairs.evidence(one, other)
    assert any("figure" in phrase for phrase in found.agreeing)
    assert any("figure" in phrase for phrase in found.contradicting)


def test_pairs_are_judged_alike_in_a_stack_that_grew() -> None:
    texts = (*fiction.CALLS, fiction.VISIT, fiction.FIRE)
    members = [compared(*text) for text in texts]
    grown = pairs.Recent.of(members[:1])
    for member in members[1:]:
        grown = grown.extended(member)
    article = compared(*fiction.FIRE_AGAIN)
    at_once = pairs.features(article, pairs.Recent.of(members))
    assert np.array_equal(pairs.features(article, grown), at_once)
    alone = [pairs.features(article, pairs.Recent.of([member]))[0] for member in members]
    assert np.array_equal(at_once, alone)


def test_probabilities_rise_with_the_odds_and_are_half_at_none() -> None:
    found = pairs.sigmoid(np.arange(-20 * pairs.UNIT, 20 * pairs.UNIT, 7))
    assert (np.diff(found) >= 0).all()
    assert 0 < found[0] < found[-1] < pairs.CERTAIN
    assert pairs.probability(0.0) == 0.5


def test_a_filing_says_how_likely_it_is() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, names=["Odile Brandt"]))
    filed = desk.file(tagged(fiction.FIRE_AGAIN, by="courier", names=["Odile Brandt"])).filed
    assert filed is not None
    assert f"{filed.filing.score:.0%} likely the same event".replace("%", " %") in filed.filing.reasons
    assert any(reason.startswith("agrees on") and "person" in reason for reason in filed.filing.reasons)
    headline = desk.file(tagged((fiction.FIRE[0], ""), "h", kind=Kind.HEADLINE)).filed
    assert headline is not None
    assert not any("likely" in reason for reason in headline.filing.reasons)


SAME = [
    (
        (
            "Quake shakes Sarn valley",
            (
                "An earthquake shook the Sarn valley on Monday and killed three people in Tessin, the mayor, "
                "Odile Brandt, said. Rescuers search the ruins of the market hall."
            ),
        ),
        (
            "Sarn valley quake toll rises",
            (
                "The toll of the earthquake in the Sarn valley has risen to eleven, the mayor of Tessin, Odile "
                "Brandt, said. Rescuers found people in the ruins of the market hall."
            ),
        ),
    ),
    (
        (
            "Tarn council backs harbour levy",
            (
                "The council of Tarn has approved the harbour levy that mayor Astrid Lindqvist proposed for "
                "visiting ships after a debate of six hours."
            ),
        ),
        (
            "Harbour levy passes in Tarn",
            (
                "By 31 votes to 14 the council of Tarn approved the harbour levy on visiting ships, which mayor "
                "Astrid Lindqvist had proposed, after a six-hour debate."
            ),
        ),
    ),
    (
        (
            "Okafor to be harbour master",
            (
                "Jonas Okafor is to be the new harbour master of Marrow Bay, the port authority said. He "
                "succeeds Ines Karvonen, who retires after twenty years."
            ),
        ),
        (
            "Marrow Bay appoints Okafor",
            (
                "The port authority has appointed Jonas Okafor harbour master of Marrow Bay. He follows Ines "
                "Karvonen, who retires after twenty years in the post."
            ),
        ),
    ),
]


@pytest.mark.parametrize(("one", "two"), SAME, ids=["a toll that rises", "a vote and its count", "an appointment"])
def test_one_event_told_with_other_facts_is_one_story(one: tuple[str, str], two: tuple[str, str]) -> None:
    for first, second in ((one, two), (two, one)):
        desk = Desk()
        assert story_of(desk.file(tagged(first))) == story_of(desk.file(tagged(second, by="courier")))


def test_the_weights_are_what_the_script_gives() -> None:
    path = EVAL / train.SET
    if not path.is_file():
        pytest.skip(f"no labelled stories at {path}")
    assert train.written(train.train(path)) == train.OUT.read_bytes()


def test_training_needs_its_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--data", str(tmp_path)]) == 2
    assert "folder that has stories/" in capsys.readouterr().err


def dated(article: TaggedArticle, days_ago: int | None) -> TaggedArticle:
    """The article with a date that its publisher states."""
    if days_ago is None:
        return article
    stated = Timestamp(value=fiction.START - timedelta(days=days_ago), precision="day", source="meta")
    return replace(article, article=replace(article.article, published=stated))


@pytest.mark.parametrize(
    ("first", "second", "same"), [(0, 150, False), (150, 0, False), (0, 10, True), (None, 150, True), (0, -150, True)]
)
def test_dates_far_apart_are_of_other_events(first: int | None, second: int | None, same: bool) -> None:
    """Articles of an archive arrive at once; a date after the arrival is a mistake, and says nothing."""
    desk = Desk()
    one = desk.file(dated(tagged(fiction.FIRE), first))
    two = desk.file(dated(tagged(fiction.FIRE_AGAIN, by="courier"), second))
    assert (story_of(one) == story_of(two)) is same

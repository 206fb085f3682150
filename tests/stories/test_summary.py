"""The summary of a story and its key figures: what its reports say, in their words."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.stories.summary import MOST_KEY_FIGURES, Report, key_figures, summary

NINE = datetime(2031, 3, 4, 9, tzinfo=UTC)
HARBOUR = (
    "Two dead were brought ashore after the ferry Morsay ran aground on Varrick Reef. "
    "The coastguard sent four rafts. Trains were not affected."
)
LEDGER = (
    "The ferry Morsay ran aground on Varrick Reef in fog with 241 passengers on board. "
    "Two dead were named by Sen. Ida Tarn on Monday. The coastguard had sent four rafts."
)
GAZETTE = (
    "Varrick. The ferry Morsay hit a reef off Varrick, and three dead were found. "
    "Its 241 passengers were fetched with four rafts by the coastguard."
)


def report(text: str, outlet: str, hours: int = 0, language: str = "en") -> Report:
    return Report(f"{outlet}-{hours}", outlet, NINE + timedelta(hours=hours), language, text)


STORY = [report(HARBOUR, "Harbour Post"), report(LEDGER, "Northern Ledger", 1), report(GAZETTE, "Tarn Gazette", 2)]


def values(reports: list[Report]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    return {one.word: [(each.value, each.outlets) for each in one.counts] for one in key_figures(reports)}


def test_two_sentences_of_two_reports_sum_up() -> None:
    first, second = summary(STORY)
    assert first.text in LEDGER or first.text in HARBOUR
    assert "aground" in first.text
    assert "Morsay" in first.text
    assert second.article != first.article
    assert any(second.text in one.text for one in STORY)


def test_the_same_reports_give_the_same_summary() -> None:
    assert summary(STORY) == summary(list(STORY))


def test_one_report_gives_its_own_sentences() -> None:
    found = summary([report(LEDGER, "Northern Ledger")])
    assert len(found) == 2
    assert {one.outlet for one in found} == {"Northern Ledger"}


@pytest.mark.parametrize("text", ["", "Ferry.", "12 345 678", "\ue000" * 400, "word " * 5_000])
def test_nothing_to_quote_gives_no_summary(text: str) -> None:
    assert summary([report(text, "Harbour Post")]) == ()
    assert key_figures([report(text, "Harbour Post")]) == ()


def test_scripts_without_spaces_are_summed_up() -> None:
    text = "港の壁が月曜日の朝に大きな音とともに崩れた。けが人はいなかったと市長が記者会見で述べた。"
    assert [one.text for one in summary([report(text, "Minato", language="ja")])] != []


def test_outlets_that_disagree_come_first() -> None:
    assert values(STORY) == {
        "dead": [(2, ("Harbour Post", "Northern Ledger")), (3, ("Tarn Gazette",))],
        "rafts": [(4, ("Harbour Post", "Northern Ledger", "Tarn Gazette"))],
    }
    dead = key_figures(STORY)[0]
    assert dead.word == "dead"
    assert dead.counts[1].since == NINE + timedelta(hours=2)


def test_the_latest_report_of_an_outlet_counts() -> None:
    corrected = [*STORY, report(HARBOUR.replace("Two", "Three"), "Harbour Post", 4)]
    assert values(corrected)["dead"] == [(3, ("Tarn Gazette", "Harbour Post")), (2, ("Northern Ledger",))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The port shut on 3 March and in March 2031, says line {}.", "en"),
        ("Der Hafen blieb am 3. März und bis 10 Uhr geschlossen, 2 Millionen Gäste, Linie {}.", "de"),
        ("It cost 2 million crowns by 2031, at 10:30 and 3-1, line {}.", "en"),
        ("Of the 241 people 2 people and 9 people were named in line {}.", "en"),
    ],
)
def test_dates_and_ambiguous_figures_are_no_key_figures(text: str, language: str) -> None:
    assert key_figures([report(text.format(name), name, language=language) for name in "ABC"]) == ()


@pytest.mark.parametrize(
    ("text", "language", "word"),
    [
        ("Bei dem Unglück gab es {} Verletzte.", "de", "verletzte"),
        ("En el accidente hubo {} heridos.", "es", "heridos"),
        ("L'accident a fait {} blessés.", "fr", "blesses"),
        ("O acidente deixou {} feridos.", "pt", "feridos"),
    ],
)
def test_key_figures_of_other_languages(text: str, language: str, word: str) -> None:
    found = [
        report(text.format(value), name, place, language)
        for place, (name, value) in enumerate(zip("ABC", (12, 12, 14), strict=True))
    ]
    assert values(found) == {word: [(12, ("A", "B")), (14, ("C",))]}


def test_thousands_are_read_in_each_notation() -> None:
    texts = ["Some 1,200 visitors came.", "Some 1.200 visitors came.", "Some 1\u202f200 visitors came."]
    found = [report(text, name) for text, name in zip(texts, "ABC", strict=True)]
    assert values(found) == {"visitors": [(1200, ("A", "B", "C"))]}


def test_there_are_few_key_figures() -> None:
    things = [
        "rafts",
        "boats",
        "crews",
        "helmets",
        "ropes",
        "lamps",
        "masts",
        "sails",
        "anchors",
        "buoys",
        "nets",
        "oars",
    ]
    text = " ".join(f"There were {place + 2} {thing}." for place, thing in enumerate(things))
    assert len(key_figures([report(text, name) for name in "ABC"])) == MOST_KEY_FIGURES

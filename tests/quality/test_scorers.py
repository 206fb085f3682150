"""The scorers against cases worked out by hand."""

from collections import Counter

import pytest

from tests.quality import copies, scores, stories
from tests.quality.cleaning import difference, same_publisher
from tests.quality.figures import TASKS, Case, Figure, report
from tests.quality.gate import RUNS
from tests.quality.pages import site_names
from tests.quality.samples import checks
from tests.quality.scores import Headline, Ratio


def test_shingles_are_runs_of_words_or_one_short_text() -> None:
    assert scores.shingles("a b a b a b", 4) == Counter({("a", "b", "a", "b"): 2, ("b", "a", "b", "a"): 1})
    assert scores.shingles("Fire, again!") == Counter({("Fire", "again"): 1})
    assert scores.shingles(" ... ") == Counter()


def test_the_benchmark_takes_f1_of_the_means() -> None:
    # page 1: three of the four shingles found are right, three of three wanted; page 2: nothing of two
    pairs = [("a b c d e f x", "a b c d e f"), ("q r s t", "k l m n o")]
    precision, recall = (3 / 4 + 0) / 2, (1 + 0) / 2
    assert scores.benchmark_f1(pairs) == pytest.approx(2 * precision * recall / (precision + recall))


def test_an_empty_find_costs_recall_only() -> None:
    assert scores.benchmark_f1([("a b c d", "a b c d"), ("", "a b c d")]) == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert scores.benchmark_f1([("", "a b c d")]) == 0


def test_token_f1_ignores_case_and_counts_repeats() -> None:
    # found 4 words, wanted 3; shared: the, fire
    assert scores.token_f1("The THE fire out", "the fire burns") == pytest.approx(
        2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3)
    )
    assert scores.token_f1("", "") == 1
    assert scores.token_f1("", "fire") == 0


def test_sets_and_names() -> None:
    assert scores.set_f1({"a", "b"}, {"b", "c", "d"}) == pytest.approx(2 / 5)
    assert scores.set_f1((), ()) == 1
    assert scores.letters("Der  Séñal-Bote, 24!") == "dersenalbote24"
    assert scores.letters("Øystre Blaðið") == "oystrebladid"
    assert scores.plain("Cafe\u0301  opens\n") == "Café opens"


def test_bcubed_of_two_stories_of_which_one_loses_an_article() -> None:
    gold = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2"}
    found = {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y"}
    # precision: a, b 1; c 1/3; d, e 2/3. recall: a, b 2/3; c 1/3; d, e 1
    ratio = scores.bcubed(found, gold)
    assert ratio.precision == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert ratio.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert ratio.f1 == pytest.approx(2 * ratio.precision * ratio.recall / (ratio.precision + ratio.recall))
    assert scores.bcubed(gold, gold) == Ratio(1, 1)


def test_two_events_are_merged_from_a_quarter_of_each_on() -> None:
    gold = {**{f"a{n}": "1ecb" for n in range(4)}, **{f"b{n}": "1ecbplus" for n in range(4)}}
    apart = {item: gold[item] for item in gold}
    assert not scores.merged(apart, gold, "1ecb", "1ecbplus")
    assert scores.merged({**apart, "a0": "1ecbplus"}, gold, "1ecb", "1ecbplus")
    five = {**gold, "a4": "1ecb"}  # one of five is less than a quarter
    assert not scores.merged({**apart, "a4": "1ecb", "a0": "1ecbplus"}, five, "1ecb", "1ecbplus")


def test_events_of_one_topic() -> None:
    assert stories.topic("12ecbplus") == stories.topic("12ecb") == "12"


def test_alerts_are_due_for_new_sources_after_headline_three() -> None:
    def told(source: str, cluster: str, *, fired: bool, story: str = "s") -> Headline:
        return Headline(story, cluster, source, fired)

    headlines = [
        told("gazette", "x", fired=True),
        told("courier", "x", fired=True),
        told("gazette", "x", fired=False),  # three headlines, two sources: from here on
        told("herald", "x", fired=True),  # due, came
        told("courier", "x", fired=False),  # known
        told("herald", "x", fired=True),  # came, not due
        told("mirror", "y", fired=True),  # due; its cluster has no three headlines yet
        told("sun", "x", fired=True),  # due, came
        told("sun", "x", fired=True, story="t"),  # of another story, too small to be followed: not due
    ]
    assert scores.wanted_alerts(headlines) == {3, 6, 7}
    assert scores.fired_alerts(headlines) == {3, 5, 7, 8}
    assert scores.alerts(headlines) == Ratio(2 / 4, 2 / 3)
    assert scores.alerts([]) == Ratio(1, 1)


def test_the_nearest_earlier_text_is_found_by_comparing_all() -> None:
    texts = ["one two three four five six", "seven eight nine ten eleven", "One two three four five SIX seven", "no"]
    assert copies.nearest_earlier(texts) == [(None, 0.0), (None, 0.0), (0, pytest.approx(2 / 3)), (None, 0.0)]


def test_a_publisher_is_matched_by_its_letters() -> None:
    assert same_publisher("Northmere Gazette", ["NorthmereGazette"])
    assert same_publisher("gazette.co.uk", ["Gazette"])
    assert same_publisher("Gazette", ["NMG", "GAZETTE"])
    assert not same_publisher("Northmere Courier", ["NorthmereGazette"])
    assert not same_publisher("???", ["!!!"])


def test_a_page_names_its_site() -> None:
    page = """<html><head><meta property="og:site_name" content="The Gazette">
        <script type="application/ld+json">{"@graph": [{"publisher": {"name": "Gazette Ltd"}}]}</script>
        <script type="application/ld+json">{broken</script></head></html>"""
    assert list(site_names(page)) == ["The Gazette", "Gazette Ltd"]
    assert list(site_names("")) == []


def test_a_difference_shows_whole_lines_that_only_one_text_has() -> None:
    found = "The bridge closed on Tuesday night.\nSubscribe to our letter for more of this."
    gold = "The bridge closed on Tuesday night.\nNobody was hurt when the pier gave way."
    assert difference(found, gold).splitlines() == [
        "- too much: Subscribe to our letter for more of this.",
        "- missing: Nobody was hurt when the pier gave way.",
    ]


def test_a_refused_sample_has_no_field_right() -> None:
    assert {case.score for case in checks("000.txt", "no article", {}, [])} == {0.0}
    assert len(checks("000.txt", "no article", {}, [])) == 6


def test_every_figure_is_made_by_a_task_that_exists() -> None:
    assert set(TASKS) == set(RUNS)


def test_a_report_shows_only_faults_the_worst_first() -> None:
    cases = [Case("fine", 1.0, ""), *[Case(f"n{n:02}", n / 100, f"- {n}") for n in range(30)]]
    shown = report([Figure("title_exact", 0.5, "31 pages", cases)])
    headings = [line for line in shown.splitlines() if line.startswith("## ")]
    assert headings[0] == "## n00: 0.000"
    assert len(headings) == 20
    assert "fine" not in shown

"""The query language: valid queries, rejected ones with their columns, and arbitrary text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.contract import analyzer
from streams.contract.errors import UsageError
from tests.fiction import track
from tests.fuzz.amount import inputs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop", ["don't", "stop"]),
        ("the U.S. paid 1,400 at 10:30", ["the", "u.s", "paid", "1,400", "at", "10", "30"]),
        ("well-known AT&T", ["well", "known", "at", "t"]),
        ("Łódź, Ærø and STRAẞE", ["lodz", "aero", "and", "strasse"]),
        ("ΟΔΟΣ Йод", ["οδοσ", "йод"]),
        ("港の壁 テスト", ["港", "の", "壁", "テスト"]),
        ("\u17d2 \u0eb8 \u0301", ["\u17d2", "\u0eb8"]),
        ("snake_case ___ !?", ["snake_case"]),
        ("x" * 300, ["x" * 255, "x" * 45]),
        ("", []),
    ],
)
def test_words_are_cut_and_folded_as_the_server_does(text: str, words: list[str]) -> None:
    assert analyzer.words(text) == words


@pytest.mark.parametrize(
    ("typed", "column", "says"),
    [
        ("title:reef", 6, "fields"),
        ("reef 10:30", 8, "fields"),
        ("reef -", 6, "-word"),
        ("reef - yacht", 6, "-word"),
        ("reef –yacht", 6, "plain minus"),
        ("reef -yacht OR -tram", 16, "must occur as well"),
        ("-yacht", 1, "must occur as well"),
        ("NOT yacht", 1, "must occur as well"),
        ("reef (-yacht)", 7, "must occur as well"),
        ("reef --yacht", 6, "no word follows -"),
        ("*", 1, "begin*"),
        ("re*f", 3, "begin*"),
        ("r*", 1, "at least 2 letters"),
        ("well-kn*", 1, "2 words"),
        ("reef?", 5, "begin*"),
        ("reef~2", 5, "quotes"),
        ('"reef yacht"~2', 13, "blank"),
        ("reef^2", 5, "quotes"),
        ("reef \\-yacht", 6, "quotes"),
        ("[reef TO yacht]", 1, "ranges"),
        ("/re.f/", 1, "patterns"),
        ("reef !yacht", 6, "-word"),
        ("reef && yacht", 6, "AND"),
        ("'reef yacht'", 1, 'write "'),
        ('reef "yacht race', 6, "not closed"),
        ('reef ""', 6, "no letter or digit"),
        ("reef & yacht", 6, "no letter or digit"),
        ("reef (yacht", 6, "not closed"),
        ("reef) yacht", 5, "not opened"),
        ("()", 1, "nothing stands"),
        ("reef OR", 6, "no word follows OR"),
        ("OR reef", 1, "no word stands before OR"),
        ("AND reef", 1, "nothing stands before AND"),
        ("reef | | yacht", 6, "no word follows |"),
        ("reef （yacht）", 6, "write ("),
        ("reef\x00", 5, "leave it out"),
        ("reef \ud800", 6, "leave it out"),
        ("(" * 11 + "a" + ")" * 11, 11, "parentheses"),
        ("a " * 40, 65, "too many"),
    ],
)
def test_what_is_not_supported_is_refused_with_its_column(typed: str, column: int, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        query.parse(typed)
    said = str(refused.value)
    assert said.startswith(f"query: column {column}: ")
    assert says in said
    assert "\n" not in said


@pytest.mark.parametrize(("typed", "says"), [("", "empty"), (" \t", "empty"), ("x" * 501, "at most 500")])
def test_an_empty_or_endless_query_is_refused(typed: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        query.parse(typed)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("reef yacht", "reef AND yacht"),
        ("reef + yacht", "+reef +yacht"),
        ("reef -yacht", "reef NOT yacht"),
        ("reef | yacht", "reef OR yacht"),
        ("reef || yacht", "(reef) OR (yacht)"),
        ("“reef yacht”", '"reef yacht"'),
    ],
)
def test_two_ways_to_write_one_thing(typed: str, same: str) -> None:
    assert query.parse(typed) == query.parse(same)


def test_or_binds_less_than_and() -> None:
    assert query.parse("a b | c -d") == query.parse("(a b) | (c -d)")


def test_small_and_or_not_are_words() -> None:
    assert query.parse("this or that") == query.parse('"this" "or" "that"')


def test_a_track_keeps_its_query_as_typed() -> None:
    assert query.typed(query.stored('  reef  "yacht race" ')) == 'reef "yacht race"'
    assert query.typed(("ferry", "reef")) is None
    assert query.typed(()) is None


SIGNS = st.text(alphabet=st.sampled_from("ab \"-+|*()ORANDT:~^?[]{}\\/!&<>='“”–（\x00\ud800é港"), max_size=60)


def refusal(typed: str) -> str | None:
    try:
        query.parse(typed)
    except UsageError as error:
        return str(error)
    return None


@inputs()
@given(st.one_of(st.text(max_size=80), SIGNS))
@example("(" * 500)
@example('"' * 500)
@example("a|" * 250)
def test_any_text_is_a_query_or_one_line_with_its_column(typed: str) -> None:
    why = refusal(typed)
    if why is not None:
        assert re.fullmatch(r"query: (column \d+|it is empty|[\d,]+ characters).*", why)
        assert why.encode()
        return
    asked = query.parse(typed)
    text = analyzer.searchable(typed)
    assert isinstance(query.holds(asked, text), bool)
    assert query.needed(asked, len)
    assert query.parse(query.typed(query.stored(typed)) or "") is not None
    Catalogue([track("q", words=query.stored(typed))])


@inputs()
@given(SIGNS, st.text(max_size=60))
def test_what_answers_a_query_has_a_word_that_it_needs(typed: str, text: str) -> None:
    if refusal(typed) is not None:
        return
    asked = query.parse(typed)
    said = analyzer.searchable(text)
    words = said.split()
    if query.holds(asked, said):
        assert any(
            any(word.startswith(one[:-1]) for word in words) if one.endswith("*") else one in words
            for one in query.needed(asked, len)
        )

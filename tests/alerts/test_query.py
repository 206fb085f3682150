"""The query language: valid queries, rejected ones with their columns, and arbitrary text."""

import re
import subprocess
import sys
from pathlib import Path

import luqum
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.contract import analyzer
from streams.contract.errors import UsageError
from streams.contract.messages import StoryUpdate
from tests.fiction import NOON, track, update
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
        ("titel:reef", 1, "did you mean title:?"),
        ("reef -publischer:x", 7, "did you mean publisher:?"),
        ("reef 10:30", 6, "put the text in quotes"),
        ("http://reef.example/a", 1, "there is no field http"),
        ("title:", 1, "nothing follows title:"),
        ("title: OR reef", 1, "nothing follows title:"),
        ("title:author:x", 7, "within title"),
        ("title:(reef OR author:x)", 16, "within title"),
        (":reef", 1, "cannot be read"),
        ("kind:artcle", 6, "did you mean article?"),
        ("country:zealand", 9, "country:NZ"),
        ("country:n*", 9, "leave the * out"),
        ("language:english", 10, "language:en"),
        ("copies:many", 8, "wire"),
        ("sources:many", 9, "sources:>=3"),
        ("sources:>=1.5", 11, "sources:>=3"),
        ("sources:*", 9, "every article"),
        ("title:>3", 7, "no ranges"),
        (">3", 1, "no ranges"),
        ("[reef TO yacht]", 1, "no ranges"),
        ("published:[2031 TO", 19, "] at the end"),
        ("published:yesterday", 11, "now-7d"),
        ("published:2031-13", 11, "no such date"),
        ("published:2031-02-30", 11, "no such date"),
        ("published:>9999", 12, "no such date"),
        ("published:>=0000", 13, "no such date"),
        ("reef -", 6, "-word"),
        ("reef - yacht", 6, "-word"),
        ("reef –yacht", 6, "plain minus"),
        ("reef --yacht", 6, "no word follows -"),
        ("*", 1, "begin*"),
        ("re*f", 3, "begin*"),
        ("title:re*f", 9, "begin*"),
        ("r*", 1, "at least 2 letters"),
        ("well-kn*", 1, "2 words"),
        ("reef?", 5, "begin*"),
        ("reef~2", 5, "quotes"),
        ('"reef yacht"~2', 13, "quotes"),
        ('"reef"yacht', 7, "blank"),
        ("reef^2", 5, "quotes"),
        ("reef \\", 6, "nothing follows"),
        ("/re.f/", 1, "patterns"),
        ("reef &&yacht", 6, "AND"),
        ("'reef yacht'", 1, 'write "'),
        ('reef "yacht race', 6, "not closed"),
        ('reef ""', 6, "no letter or digit"),
        ("reef & yacht", 6, "no letter or digit"),
        ("reef (yacht", 6, "not closed"),
        ("reef) yacht", 5, "not opened"),
        ("()", 1, "nothing stands"),
        ("reef OR", 6, "no word follows OR"),
        ("OR reef", 1, "nothing stands before OR"),
        ("AND reef", 1, "nothing stands before AND"),
        ("reef | | yacht", 6, "no word follows OR"),
        ("reef （yacht）", 6, "write ("),
        ("reef\x00", 5, "leave it out"),
        ("reef \ud800", 6, "leave it out"),
        ("(" * 11 + "a" + ")" * 11, 11, "parentheses"),
        ("NOT " * 31 + "a", 125, "too many signs"),
        ("a " * 120, 201, "too many"),
    ],
)
def test_what_is_not_supported_is_refused_with_its_column(typed: str, column: int, says: str) -> None:
    with pytest.raises(UsageError) as refused:
        query.parse(typed)
    said = str(refused.value)
    assert said.startswith(f"query: column {column}: ")
    assert says in said
    assert "\n" not in said
    assert said.encode()


def test_the_place_of_an_error_is_marked_in_the_query() -> None:
    with pytest.raises(UsageError) as refused:
        query.parse("the harbour wall of Dunmoor AND titel:fell OR the ferry to Tarn")
    assert str(refused.value).endswith("[…our wall of Dunmoor AND ^titel:fell OR the ferry …]")


@pytest.mark.parametrize(("typed", "says"), [("", "empty"), (" \t", "empty"), ("x" * 2001, "at most 2,000")])
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


def test_a_query_of_an_older_version_is_read_as_then() -> None:
    assert query.typed(track("q", query=' reef  "yacht race" ')) == ' reef  "yacht race" '
    assert query.typed(track("q", words=("+reef -yacht",))) == "reef -yacht"
    assert query.typed(track("q", words=("ferry", "reef"))) is None
    assert query.typed(track("q")) is None


@pytest.mark.parametrize(
    ("stored", "answers"),
    [
        ("reef off", True),
        ("reef harbour", False),
        ("+reef +off -yacht", True),
        ("reef OR yacht race", True),
        ('"reef\\" "off\\varrick"', True),
        ("“reef off”", True),
        ('reef"off varrick"', True),
        ("reef && off", None),
        ("a<b | off/varrick", True),
        ("(reef|yacht) NOT (tram)", True),
    ],
)
def test_stored_queries_of_older_versions_mean_the_same(stored: str, answers: bool | None) -> None:
    """A backslash was one more sign between words; what was refused then cannot be stored."""
    one = track("q", words=(f"+{stored}",))
    found = Catalogue([one]).answering(said("Reef off Varrick closed"))
    assert answers is None or found == ([one] if answers else [])


SIGNS = st.text(alphabet=st.sampled_from("ab \"-+|*()ORANDT:~^?[]{}\\/!&<>='“”–（\x00\ud800é港title2"), max_size=60)


def said(text: str) -> StoryUpdate:
    return replace(update(terms=()), text=analyzer.searchable(text))


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
@example("-(" * 100)
@example("NOT " * 400)
@example("\\" * 500)
@example("[" * 500)
@example("a:" * 500)
def test_any_text_is_a_query_or_one_line_with_its_column(typed: str) -> None:
    why = refusal(typed)
    if why is not None:
        assert re.fullmatch(r"query: (column \d+|it is empty|[\d,]+ characters).*", why)
        assert why.encode()
        return
    asked = query.parse(typed)
    about = said(typed)
    assert isinstance(query.holds(asked, query.QueriedArticle(about), NOON), bool)
    assert query.why_broad(asked) is None or not query.required(asked, len)
    Catalogue([track("q", query=typed)])


@inputs()
@given(SIGNS, st.text(max_size=60))
def test_what_answers_a_query_has_a_term_that_it_requires(typed: str, text: str) -> None:
    if refusal(typed) is not None:
        return
    one, about = track("q", query=typed), said(f"a {text}")
    if query.holds(query.parse(typed), query.QueriedArticle(about), about.filed_at):
        assert Catalogue([one]).answering(about) == [one]


@pytest.mark.parametrize(
    ("typed", "broad"),
    [
        ("the and of", True),
        ("ferry the", False),
        ("ferry OR the", True),
        ("-ferry", True),
        ("kind:article", True),
        ("language:en published:>now-7d sources:>=3", True),
        ("language:en ferry", False),
        ("war", True),
        ("war language:en", False),
        ("war (language:en OR language:fr)", False),
        ('"of the"', True),
        ('"to be or not to be"', False),
        ("th*", True),
        ("ferr*", False),
        ("person:the", False),
        ("country:NZ", False),
        ("publisher:* -copies:yes", True),
    ],
)
def test_a_query_that_nearly_all_articles_answer_is_known(typed: str, broad: bool) -> None:
    assert (query.why_broad(query.parse(typed)) is not None) is broad


def test_luqum_writes_no_tables(tmp_path: Path) -> None:
    """Its parser is generated by PLY, which writes files beside its module or in the folder when they do not fit."""
    package = Path(luqum.__file__).parent
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*.py")}
    program = "from streams.alerts import query; query.parse('title:(reef OR yacht)')"
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr, list(tmp_path.iterdir())) == ("", "", [])
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*.py")} == before
    assert not list(package.rglob("parser.out"))

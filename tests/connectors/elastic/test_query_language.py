"""One query language: an article answers a query in memory, as a track's, exactly when a search finds it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.elastic.admin.install import detect_capabilities, install
from connectors.elastic.client import sync_client
from connectors.elastic.names import Family
from connectors.elastic.read import clauses
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import article_document, story_document
from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.contract.errors import UsageError
from streams.contract.messages import COPIES, Kind, Lane, Relation, StoryUpdate
from streams.runtime.settings import Settings
from tests.connectors.elastic.conftest import write
from tests.fiction import track
from tests.fuzz.amount import inputs
from tests.support import query_table

TEXTS = (
    ("Halden Group buys two shipyards", "The shipbuilder paid 1,400 crowns.", "Halden"),
    ("Walkers' group finds a dog near Halden", "It was thin, but well-known in the U.S. and e-mailed.", None),
    ("Reef off Varrick closed to divers", "Corals don’t recover: the council shut the reef.", "Reef"),
    ("Yacht strikes reef", "The yacht race went on. Reef off\n\nVarrick is sharp.", None),
    ("Trams in Łódź stop", "Élodie Fontaine's ÆRØ ferry, ΟΔΟΣ, Йод.", "Straße"),
    ("港の壁が崩れる", "テスト ประเทศไทย 서울특별시", None),
    ("3.5 million at 10:30", "snake_case a.b.c 2026-11-30 C++ AT&T #reef", None),
)
WORDS = (
    "halden", "Halden", "group", "shipyards", "ship*", "re*", "reef", "reefs", "varrick", "yacht", "don't", "don’t",
    "1,400", "1400", "well-known", "known", "U.S.", "us", "e-mailed", "Łódź", "lodz", "elodie", "fontaine's", "aero",
    "οδος", "ΟΔΟΣ", "йод", "strasse", "港", "港の", "壁が", "テスト", "ประเทศไทย", "서울", "서울*", "3.5", "10",
    "snake_case", "snake", "a.b.c", "C++", "AT&T", "#reef", "absent", "the", "fon*", "Łó*", "港*",
    '"halden group"', '"group halden"', '"reef off varrick"',
    '"council shut"', '"divers corals"', '"to divers"', '"the reef"', '"10:30"', '"reef yacht"',
)  # fmt: skip

# --- invented articles --------------------------------------------------------------------------------------------

PARTS = (
    "Reef",
    "reef off",
    "Halden",
    "Łódź",
    "yacht race",
    "the",
    "港の壁",
    "AT&T",
    "Jane",
    "Doe",
    "Ærø",
    "1,400",
    "don’t",
)
NAMES = ("Jane Doe", "Doe", "Halden Group", "Łódź", "港", "The U.S.", "Élodie Fontaine's", "Reef off Varrick")
PUBLISHERS: tuple[dict[str, Any] | None, ...] = (
    None,
    {
        "id": "gazette.example",
        "name": "The Gazette",
        "domain": "gazette.example",
        "country": "NZ",
        "owner": "Halden Group",
    },
    {"id": "herald", "name": "Halden Herald", "domain": "herald.example", "country": "AU"},
    {"id": "lodz.example", "name": "Głos Łodzi", "owner": "Example Wire"},
)
# around NOW, at full and half hours or some microseconds later
TIMES = st.tuples(st.integers(-110, 40), st.integers(0, 999_999)).map(
    lambda pair: query_table.NOW + timedelta(minutes=30 * pair[0], microseconds=pair[1])
)
SOME_NAMES = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
PROSE = st.lists(st.sampled_from(PARTS), max_size=5).map(" ".join)
ARTICLES = st.fixed_dictionaries(
    {
        "title": PROSE,
        "body": PROSE,
        "language": st.sampled_from(["en", "pl", "ja", "und"]),
        "kind": st.sampled_from(list(Kind)).map(str),
        "lane": st.sampled_from(list(Lane)).map(str),
        "copies": st.sampled_from(list(Relation)).map(str),
        "seen": TIMES,
        "publisher": st.sampled_from(PUBLISHERS),
        **dict.fromkeys(("sources", "publishers", "articles"), st.integers(0, 4)),
        **dict.fromkeys(("persons", "orgs", "places", "groups", "tags", "authors", "credits"), SOME_NAMES),
    },
    optional={
        "summary": PROSE.filter(bool),
        "section": st.sampled_from(NAMES),
        "published": TIMES,
        "modified": TIMES,
        "text_relation": st.sampled_from(sorted(COPIES)).map(str),
    },
)

# --- queries ------------------------------------------------------------------------------------------------------

NAMED = st.sampled_from(["doe", "jane*", '"jane doe"', '"doe jane"', "halden", '"halden group"', "łódź", "港", "U.S.",
                         "reef", '"reef off"', "example", "gazette.example", "gł*", "*", "Fontaine’s"])  # fmt: skip
NUMBERS = st.sampled_from(["2", ">=3", ">1", "<2", "<=2", "[1 TO 3]", "{1 TO 3}", "[2 TO *]", "{* TO 2}", "(>1 <4)"])
MOMENTS = st.sampled_from(["2031-05-09", "2031", "2031-06", ">2031-05-09", "<=2031-05-09", "[2031-05-09 TO *]", "*",
                           "{2031-05-08 TO 2031-05-10}", "2031-05-09T10:30", ">=now-1d", "<now-36h", "<=now",
                           '>"2031-05-09T12:30+02:00"', "[now-2d TO now-1d}"])  # fmt: skip
CODES: dict[str, list[str]] = {
    "language": ["en", "JA", "und", "de"],
    "country": ["nz", "AU", "de", "*"],
    "kind": list(Kind),
    "lane": list(Lane),
    "copies": [*Relation, "yes", "no", "*"],
    "id": ["87260a2a1f95a698e7aa3fea5e7b7755", "9d5ed678fe57bcca610140957afab571", "*"],
}
ADDRESSES = [
    '"https://gazette.example/reef"',
    '"http://www.gazette.example/reef/"',
    '"https://gazette.example"',
    "reef",
]


def of_field(one: query.Field) -> st.SearchStrategy[str]:
    match one.kind:
        case query.FieldKind.TEXT:
            return st.sampled_from(WORDS).map(lambda word: f"{one.name}:{word}")
        case query.FieldKind.NAME:
            return NAMED.map(lambda word: f"{one.name}:{word}")
        case query.FieldKind.CODE:
            return st.sampled_from(CODES[one.name]).map(lambda value: f"{one.name}:{value}")
        case query.FieldKind.NUMBER:
            return NUMBERS.map(lambda limits: f"{one.name}:{limits}")
        case query.FieldKind.MOMENT:
            return MOMENTS.map(lambda limits: f"{one.name}:{limits}")
        case query.FieldKind.ADDRESS:
            return st.sampled_from(ADDRESSES).map(lambda address: f"{one.name}:{address}")


TERMS = st.one_of(st.sampled_from(WORDS), st.one_of([of_field(field) for field in query.FIELDS]))


def ways(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(" AND ".join),
        st.tuples(inner, inner).map(" OR ".join),
        st.tuples(inner, inner).map(" | ".join),
        st.tuples(inner, TERMS).map(" -".join),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} NOT ({pair[1]})"),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"-({one})"),
    )


QUERIES = st.recursive(TERMS, ways, max_leaves=6)


PLAIN = str.maketrans({**dict(zip("ŁłóéøøźśÉ’", "LloeoozsE'", strict=True)), "Æ": "AE", "Ø": "O", "ß": "ss"})


@dataclass
class Shelf:
    """The same articles on a server and in memory; without accents, if the server does not fold them."""

    settings: Settings
    search: Search
    folding: bool
    updates: dict[str, StoryUpdate] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)  # id of an article -> as the test names it

    def plain(self, value: Any) -> Any:
        """Return a text, or what is made of texts, as both sides can have it."""
        if isinstance(value, str):
            return value if self.folding else value.translate(PLAIN)
        if isinstance(value, dict):
            return {name: self.plain(one) for name, one in value.items()}
        return [self.plain(one) for one in value] if isinstance(value, list | tuple) else value

    def put(self, given: Iterable[dict[str, Any]]) -> None:
        """Store articles, in place of those with the same ids."""
        articles = {one["id"]: query_table.both(self.plain(one)) for one in given}
        write(self.settings, *(article_document(one.filed) for one in articles.values()))
        self.search.refresh()
        self.updates |= {id_: one.update for id_, one in articles.items()}
        self.given |= {one.filed.article.id: id_ for id_, one in articles.items()}

    def assert_both_agree(self, typed: str) -> None:
        typed = self.plain(typed)
        why = refusal(typed)
        if why is not None:
            with pytest.raises(UsageError, match=f"^{re.escape(why)}$"):
                self.search.search(typed)
            return
        assert self.found(typed) == self.in_memory(typed), typed

    def found(self, typed: str) -> set[str]:
        return {
            self.given[hit.article.article.id] for hit in self.search.search(typed, now=query_table.NOW, limit=1000)
        }

    def in_memory(self, typed: str) -> set[str]:
        tracks = Catalogue([track("q", query=typed)])
        return {id_ for id_, update in self.updates.items() if tracks.answering(update)}


def refusal(typed: str) -> str | None:
    try:
        query.parse(typed)
    except UsageError as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def shelf(server: str) -> Iterator[Shelf]:
    """The articles of the page of queries, and some that show how words are split."""
    where = Settings(elasticsearch=server, topic_prefix="one-language-")
    plain = [{"title": title, "body": body, "summary": summary} for title, body, summary in TEXTS]
    others = [{"id": f"text{n}", "language": "en", "seen": query_table.NOW, **one} for n, one in enumerate(plain)]
    with sync_client(where) as client, SearchClient(where) as asking:
        install(client, where)
        made = Shelf(where, Search(asking, where.index_prefix), detect_capabilities(client).folding)
        made.put([*query_table.given(), *others])
        yield made
        client.indices.delete(index=[*client.indices.get(index=f"{where.index_prefix}*")])


@pytest.mark.parametrize("row", query_table.rows(), ids=lambda row: row.query)
def test_a_search_finds_what_the_page_says(row: query_table.Row, shelf: Shelf) -> None:
    assert {one for one in shelf.found(shelf.plain(row.query)) if not one.startswith("text")} == row.found


@pytest.mark.parametrize("typed", WORDS)
def test_a_word_or_phrase_is_found_by_both(typed: str, shelf: Shelf) -> None:
    shelf.assert_both_agree(typed)


@inputs(400)
@given(typed=QUERIES)
def test_any_query_finds_the_same_in_memory(typed: str, shelf: Shelf) -> None:
    shelf.assert_both_agree(typed)


@inputs(10)
@given(made=st.lists(ARTICLES, min_size=10, max_size=10), asked=st.lists(QUERIES, min_size=25, max_size=25))
def test_any_articles_are_found_by_both(made: list[dict[str, Any]], asked: list[str], shelf: Shelf) -> None:
    shelf.put({"id": f"text-made{n}", **one} for n, one in enumerate(made))
    for typed in asked:
        shelf.assert_both_agree(typed)


@inputs(200)
@given(typed=st.text(alphabet=st.sampled_from('reef ya"-+|*()ORNT:~é港<>[]2title'), max_size=40))
def test_any_text_is_refused_or_found_by_both(typed: str, shelf: Shelf) -> None:
    shelf.assert_both_agree(typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("yacht", {"B", "C"}),
        ("title:reef", {"A"}),
        ("sources:>=4 language:en", {"D", "I"}),
        ("country:nz -publisher:gazette", {"B", "G", "J"}),
        ("person:doe published:2031-05-02", {"B", "C"}),
        ("seen:*", set("ABCDEFGHIJ")),
    ],
)
def test_stories_are_asked_in_the_same_language(typed: str, found: set[str], shelf: Shelf) -> None:
    updates = {letter: one.update for letter, one in query_table.articles().items()}
    write(shelf.settings, *map(story_document, updates.values()))
    shelf.search.refresh()
    letters = {update.story.id: letter for letter, update in updates.items()}
    assert {letters[one.story.id] for one in shelf.search.stories(100, words=typed)} == found


def test_a_field_that_stories_lack_is_named() -> None:
    with pytest.raises(UsageError, match="stories have no section"):
        clauses.words_in("reef section:sport", Family.STORIES)

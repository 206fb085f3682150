"""One query language: an article answers a query in memory, as a track's, exactly when a search finds it."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.elastic.admin.install import detect_capabilities, install
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from connectors.elastic.write.documents import article_document
from streams.alerts import query
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings
from streams.stories.similarity.features import searchable
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import write
from tests.fuzz.amount import inputs

TEXTS = {
    "firm": ("Halden Group buys two shipyards", "The shipbuilder paid 1,400 crowns.", "Halden"),
    "dog": ("Walkers' group finds a dog near Halden", "It was thin, but well-known in the U.S. and e-mailed.", None),
    "reef": ("Reef off Varrick closed to divers", "Corals don’t recover: the council shut the reef.", "Reef"),
    "yacht": ("Yacht strikes reef", "The yacht race went on. Reef off\n\nVarrick is sharp.", None),
    "łódź": ("Trams in Łódź stop", "Élodie Fontaine's ÆRØ ferry, ΟΔΟΣ, Йод.", "Straße"),
    "港": ("港の壁が崩れる", "テスト ประเทศไทย 서울특별시", None),
    "numbers": ("3.5 million at 10:30", "snake_case a.b.c 2026-11-30 C++ AT&T #reef", None),
}
WORDS = (
    "halden", "Halden", "group", "shipyards", "ship*", "re*", "reef", "reefs", "varrick", "yacht", "don't", "don’t",
    "1,400", "1400", "well-known", "known", "U.S.", "us", "e-mailed", "Łódź", "lodz", "elodie", "fontaine's", "aero",
    "οδος", "ΟΔΟΣ", "йод", "strasse", "港", "港の", "壁が", "テスト", "ประเทศไทย", "서울", "서울*", "3.5", "10",
    "snake_case",     "snake", "a.b.c", "C++", "AT&T", "#reef", "absent", "the",
    '"halden group"', '"group halden"', '"reef off varrick"',
    '"council shut"', '"divers corals"', '"to divers"', '"the reef"', '"10:30"', '"reef yacht"',
)  # fmt: skip


def ways(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map(" ".join),
        st.tuples(inner, inner).map(" AND ".join),
        st.tuples(inner, inner).map(" OR ".join),
        st.tuples(inner, inner).map(" | ".join),
        st.tuples(inner, st.sampled_from(WORDS)).map(" -".join),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} NOT ({pair[1]})"),
        inner.map(lambda one: f"({one})"),
    )


QUERIES = st.recursive(st.sampled_from(WORDS), ways, max_leaves=6)


@pytest.fixture(scope="module")
def asked(server: str) -> Iterator[tuple[Search, dict[str, str]]]:
    """A search over the texts, and the same texts as tracks are asked of them."""
    where = Settings(elasticsearch=server, topic_prefix="one-language-")
    articles = [samples.filed(id_, title=title, body=body, summary=more) for id_, (title, body, more) in TEXTS.items()]
    with sync_client(where) as client, SearchClient(where) as asking:
        install(client, where)
        write(where, *map(article_document, articles))
        search = Search(asking, where.index_prefix)
        search.refresh()
        if not detect_capabilities(client).folding:
            pytest.skip("this server has no asciifolding filter: accents count in its searches")
        yield search, {one.article.id: searchable(one.article) for one in articles}
        client.indices.delete(index=[*client.indices.get(index=f"{where.index_prefix}*")])


def refusal(typed: str) -> str | None:
    try:
        query.parse(typed)
    except UsageError as error:
        return str(error)
    return None


def assert_both_agree(typed: str, asked: tuple[Search, dict[str, str]]) -> None:
    search, texts = asked
    why = refusal(typed)
    if why is not None:
        with pytest.raises(UsageError, match=f"^{re.escape(why)}$"):
            search.search(typed)
        return
    parsed = query.parse(typed)
    found = {hit.article.article.id for hit in search.search(typed)}
    assert found == {id_ for id_, text in texts.items() if query.holds(parsed, text)}, typed


@pytest.mark.parametrize("typed", WORDS)
def test_a_word_or_phrase_is_found_by_both(typed: str, asked: tuple[Search, dict[str, str]]) -> None:
    assert_both_agree(typed, asked)


@inputs(300)
@given(typed=QUERIES)
def test_any_query_finds_the_same_in_memory(typed: str, asked: tuple[Search, dict[str, str]]) -> None:
    assert_both_agree(typed, asked)


@inputs(200)
@given(typed=st.text(alphabet=st.sampled_from('reef ya"-+|*()ORNT:~é港'), max_size=40))
def test_any_text_is_refused_or_found_by_both(typed: str, asked: tuple[Search, dict[str, str]]) -> None:
    assert_both_agree(typed, asked)

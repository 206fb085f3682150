"""The queries of docs/queries.md as tracks: each finds in memory the articles that the page names."""

from itertools import islice

import pytest
from msgspec.structs import replace

from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.contract.codec import decode, encode
from streams.contract.messages import StoryUpdate
from tests.fiction import track
from tests.support import query_table

ROWS = query_table.rows()
ARTICLES = {letter: one.update for letter, one in query_table.articles().items()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.query)
def test_a_track_on_the_query_finds_these(row: query_table.Row) -> None:
    parsed = query.parse(row.query)
    articles = {letter: query.QueriedArticle(update) for letter, update in ARTICLES.items()}
    assert {one for one in articles if query.holds(parsed, articles[one], query_table.NOW)} == row.found


def test_all_tracks_at_once_find_the_same_through_the_index() -> None:
    catalogue = Catalogue(track(row.query, query=row.query) for row in ROWS)
    for letter, update in ARTICLES.items():
        read_again = decode(encode(update), StoryUpdate)
        assert {one.id for one in catalogue.answering(read_again)} == {row.query for row in ROWS if letter in row.found}


def test_the_table_is_long_and_names_every_field() -> None:
    assert len({row.query for row in ROWS}) >= 60
    assert [field.name for field in query.FIELDS if not any(f"{field.name}:" in row.query for row in ROWS)] == []


def test_the_page_lists_every_field_with_names_and_values() -> None:
    table = query_table.PAGE.read_text().partition("## Fields")[2].partition("\n- ")[0]
    listed = [[cell.strip() for cell in line.split("|")[1:-1]] for line in islice(table.splitlines(), 4, None)]
    assert [(name.strip("`"), other) for name, other, *_ in filter(None, listed)] == [
        (field.name, ", ".join(field.also)) for field in query.FIELDS
    ]
    for field, (*_, takes) in zip(query.FIELDS, filter(None, listed), strict=True):
        assert [value for value in field.values or () if value not in takes] == []


def test_an_update_of_older_code_is_matched_with_what_it_has() -> None:
    older = replace(ARTICLES["B"], details=None, names=("person:jane doe",))
    catalogue = Catalogue(
        track(one, query=one) for one in ("person:doe yacht", "title:yacht", "-section:sport", "tag:*")
    )
    assert {one.id for one in catalogue.answering(older)} == {"person:doe yacht", "title:yacht", "-section:sport"}

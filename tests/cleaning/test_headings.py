"""Titles of plain text pages among sections, captions, bylines and share bars."""

from streams.cleaning.body.headings import find_title, is_dateline_or_byline, spell_title

TEXT = [
    "The ferry Grey Heron struck a pier at Lower Quay on Monday, and nine people were taken to hospital by boat.",
    "Divers found a hole of two metres in the hull of the ferry, the harbour office said on Monday evening.",
    "The operator has stopped all sailings between the islands until the pier has been looked at again.",
]


def title(*above: str) -> str | None:
    page = [*above, *TEXT]
    place = find_title(page, range(len(above), len(page)))
    return None if place is None else spell_title(page, place, "en")


def test_the_line_above_a_byline_and_a_date_is_the_title() -> None:
    assert title("World", "Nine hurt as ferry hits pier", "By Ada Quill", "12 January 2026") == (
        "Nine hurt as ferry hits pier"
    )


def test_a_share_bar_is_no_title() -> None:
    assert title("Nine hurt as ferry hits pier", "Share Copy link Email") == "Nine hurt as ferry hits pier"


def test_a_correspondent_with_a_place_is_no_title() -> None:
    above = ("Abroad", "Ferry operator: ‘Pier was dark’", "Ada Quill in Lower Quay", "12 January 2026")
    assert title(*above) == "Ferry operator: ‘Pier was dark’"


def test_a_title_in_other_words_than_the_text_is_found() -> None:
    assert title("A morning nobody will forget for a long time") == "A morning nobody will forget for a long time"


def test_the_printing_with_the_colon_tells_how_a_title_is_spelt() -> None:
    page = ["Harbour: Nine hurt as ferry hits pier | The Lantern", "Menu", "Harbour Nine hurt as ferry hits pier"]
    assert title(*page) == "Harbour: Nine hurt as ferry hits pier"


def test_bylines_and_datelines_are_stamps() -> None:
    for line in ("By Ada Quill and Ben Marsh", "Von Ada Quill", "12 January 2026, 10:30", "3 hours ago"):
        assert is_dateline_or_byline(line), line
    assert not is_dateline_or_byline("By the sea, a town waits for its ferry to come back. Nobody knows when.")

"""Text at the head and tail of an article that does not belong to it."""

import pytest

from streams.cleaning import clean
from streams.cleaning.body.tidy import tidy
from streams.contract.messages import ContentType, Kind, Publisher
from tests.cleaning.arrivals import arrival

FIRST = "The ferry Grey Heron struck a pier at Lower Quay on Monday, and nine people were taken to hospital by boat."
SECOND = "Divers found a hole of two metres in the hull of the ferry, the harbour office said on Monday evening."
THIRD = "The operator has stopped all sailings between the islands until the pier has been looked at again."
BODY = [FIRST, SECOND, THIRD]


@pytest.mark.parametrize(
    "line",
    [
        "Do you know more? Write to our newsroom at tips@lantern.example.",
        "Send pictures of the harbour to pictures@lantern.example",
        "Activez les notifications pour ne rien manquer.",
        "Turn on notifications to never miss a story.",
        "Independent since 1888. Our reporting is paid for by readers.",
        "The Lantern gives no guarantee that this material is accurate or complete.",
        "Northern Wire",
        "Northern Wire/The Lantern",
        "Teilen Merken Drucken",
    ],
)
def test_a_closing_line_that_is_not_the_articles_goes(line: str) -> None:
    assert tidy([*BODY, line], [], "en", ["Northern Wire", "The Lantern"]) == BODY


@pytest.mark.parametrize(
    "line",
    [
        "This page could not be loaded. Go back or try the front page.",
        "Ada Quill and Northern Wire",
        "Two divers at the pier on Monday. Photo / Supplied",
        "1 of 4",
        "Faits divers",
        "Publié le",
    ],
)
def test_an_opening_line_that_is_not_the_articles_goes(line: str) -> None:
    assert tidy([line, *BODY], [], "fr", ["Ada Quill", "Northern Wire"]) == BODY


@pytest.mark.parametrize(
    "line",
    [
        "“Nobody expected it,” she said.",
        (
            "Passengers can write to refunds@ferries.example, and those who were on board on Monday will be "
            "paid at once, the operator said, while all others have to wait until the pier is open again."
        ),
    ],
)
def test_a_closing_line_of_the_article_stays(line: str) -> None:
    assert tidy([*BODY, line], [])[-1] == line


LINKS = frozenset({"ferry fares rise by a tenth in march", "max out your harbour dues"})


@pytest.mark.parametrize(
    "line",
    [
        "Ferry fares rise by a tenth in March",
        "- Ferry fares rise by a tenth in March",
        "FUNDA OLUNYE UDABA LAPHA | Ferry fares rise by a tenth in March",
        "Islands Ferry fares rise by a tenth in March",
    ],
)
def test_a_headline_that_is_a_link_goes_with_its_label(line: str) -> None:
    assert tidy([FIRST, line, SECOND, THIRD], [], linked=LINKS) == BODY


@pytest.mark.parametrize(
    "line",
    [
        "Since then, as we wrote, ferry fares rise by a tenth in March",
        "The operator says ferry fares rise by a tenth in March.",
        "6. Max out your harbour dues",
    ],
)
def test_a_sentence_or_numbered_heading_that_links_stays(line: str) -> None:
    assert tidy([FIRST, line, SECOND, THIRD], [], linked=LINKS) == [FIRST, line, SECOND, THIRD]


def test_captions_go_and_short_descriptions_stay() -> None:
    shown = "The hole in the hull of the Grey Heron, seen on Monday"
    page = (
        "<html><head><title>Nine hurt as ferry hits pier</title></head><body><article>"
        f"<p>{FIRST}</p><img alt='{shown}'>"
        f"<p>{shown}</p><h2>The divers</h2><img alt='The divers'><p>{SECOND}</p><p>{THIRD}</p></article></body></html>"
    )
    assert clean(arrival(page)).body.split("\n\n") == [FIRST, "The divers", SECOND, THIRD]


def test_a_paywalls_words_go_and_its_label_stays() -> None:
    cut = "Il vous reste 57 % de cet article à lire. La suite est réservée aux abonnés."
    page = (
        f"<html><head><title>Nine hurt as ferry hits pier</title></head><body><p>{FIRST}</p><p>{cut}</p></body></html>"
    )
    found = clean(arrival(page))
    assert (found.body, found.kind) == (FIRST, Kind.STUB)


def publisher(*footer: str, top: str = "Menu") -> Publisher | None:
    page = [top, "Nine hurt as ferry hits pier", *BODY, *footer]
    return clean(arrival("\n".join(page), ContentType.TEXT)).publisher


def test_a_copyright_line_gives_the_bare_publisher() -> None:
    found = publisher("© 2026 Lantern of Lowquay Pty. Contact Privacy Careers")
    assert found is not None
    assert found.name == "Lantern of Lowquay"


def test_a_line_of_the_page_ends_the_name_in_a_copyright_line() -> None:
    found = publisher("© Lantern of Lowquay Trust 2026", top="Lantern of Lowquay")
    assert found is not None
    assert found.name == "Lantern of Lowquay"


def test_a_known_name_at_the_start_of_a_copyright_line_wins() -> None:
    found = publisher("© Reuters Holdings Limited 2026")
    assert found is not None
    assert found.id == "reuters.com"

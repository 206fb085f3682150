"""Which of a page's titles is the article's."""

import json

import pytest

from streams.cleaning import title
from streams.cleaning.page import markup

TITLE = "Lower quay closes for three weeks"


def found(
    heads: tuple[str, ...] = (), name: str = "", og: str = "", site: str = "", linked: str = "", h2: str = "",
    url: str = "https://harbourpost.example/news/quay", given: str = "",
) -> str:  # fmt: skip
    head = f"<title>{name}</title>"
    head += f'<meta property="og:title" content="{og}">' if og else ""
    head += f'<meta property="og:site_name" content="{site}">' if site else ""
    node = {"@type": "NewsArticle", "headline": linked}
    head += f'<script type="application/ld+json">{json.dumps(node)}</script>' if linked else ""
    shown = "".join(f"<h1>{text}</h1>" for text in heads) + (f"<h2>{h2}</h2>" if h2 else "")
    return title.from_markup(markup.parse(f"<html><head>{head}</head><body>{shown}<p>x</p></body></html>"), url, given)


@pytest.mark.parametrize(
    ("name", "site"),
    [
        (f"{TITLE} - Harbour Post", ""),
        (f"{TITLE} – The Harbour Post", ""),
        (f"{TITLE}－Tidewater", "Tidewater"),
        (f"{TITLE}｜Tidewater Gazette", ""),
        (f"{TITLE} - News - Harbour Post", ""),
        (f"{TITLE} | Harbour Post | Sports", ""),
        (f"Harbour Post: {TITLE}", ""),
        (f"{TITLE}_Tidewater", "Tidewater"),
    ],
)
def test_the_sites_name_leaves_the_title(name: str, site: str) -> None:
    assert found(name=name, site=site) == TITLE


@pytest.mark.parametrize(
    "logo", ["Harbour Post", "Harbour Tribune", "Navigation", "Detail view", "Sports", "Home", "Menu", "Logo"]
)
def test_a_logo_or_a_section_as_heading_is_not_the_title(logo: str) -> None:
    assert found((logo,), f"{TITLE} - {logo}", TITLE) == TITLE
    assert found((logo, TITLE), f"{TITLE} - {logo}") == TITLE
    assert found((logo,), f"{TITLE} from Monday - Harbour Post", f"{TITLE} for repairs") != logo


def test_the_heading_counts_where_all_differ_a_little() -> None:
    heads = ("Harbour Tribune", "Eleven piles and a film: the quay that became a set")
    name, og = "How the quay became a film set - Harbour Tribune", "Eleven piles and a film: how a quay became a set"
    assert found(heads, name, og) == heads[1]


def test_a_page_that_only_names_its_site_has_its_first_headline() -> None:
    assert found(("Harbour Post",), "Harbour Post - News", "Harbour Post", h2=TITLE) == TITLE


def test_the_sender_is_asked_where_the_page_has_a_button() -> None:
    assert found(("Detail view",), "Detail view", given=TITLE) == TITLE
    assert found((f"{TITLE} at Ormley",), "x", given=TITLE) == f"{TITLE} at Ormley"


def test_a_dash_inside_a_headline_stays() -> None:
    long = f"{TITLE} - what it means for ferries"
    assert found(name=long) == long
    assert found((long,), f"{long} | Harbour Post") == long


def test_another_storys_headline_has_no_voice() -> None:
    assert found((TITLE,), f"{TITLE} | Harbour Post", linked="Eleven ships leave for the north") == TITLE

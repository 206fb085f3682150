"""Bylines in the forms that sites use: the names, or none."""

import json
from typing import Any

import pytest

from streams.cleaning import clean
from streams.cleaning.who import bylines
from streams.contract.messages import SenderFields
from tests.cleaning.arrivals import arrival
from tests.cleaning.gull_post import TITLE, URL, page, paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "By Dana Holm",
        "Von Dana Holm, Berlin",
        "Par Dana Holm, envoyée spéciale à Lyon",
        "Por Dana Holm, corresponsal en Madrid",
        "Text: Dana Holm",
        "By By Dana Holm",
        "dana@gullpost.example (Dana Holm)",
        "Dana Holm <dana@gullpost.example>",
        "Dana Holm @danaholm",
        "Dana Holm, https://gullpost.example/dana",
        "Dana Holm, Chief Reporter, in Ormley",
        "Dana Holm Chief Political Correspondent",
        "Dana Holm, Harbour Post Staff Writer",
        "Dana Holm November 26, 2026",
        "Dana Holm Thursday 26 November 2026",
        "Dana Holm 10:45 AM",
        "Dana Holm Updated 3 hours ago",
        "Dana Holm Link copied",
        "Dana Holm 5 min read",
        "Dana Holm, PhD",
        "Dana Holm is a reporter at the Harbour Post.",
        "Dana Holm and agencies",
        "Dana Holm - Harbour Post",
        "Dana Holm, Ph.D.",
        "Dana Holm Special to the Post",
        "Dana Holm on Monday",
        "Von Dana Holm Stand: 30.11.2026, 10:30 Uhr",
        "Words by Dana Holm, photographs by Piet Sandor",
        "Reporting by Dana Holm; Editing by Piet Sandor and Lu Moss",
        "Text: Dana Holm, Fotos: Piet Sandor",
        "Fotos: Piet Sandor, Text: Dana Holm",
        "Tekst: Dana Holm Foto: Piet Sandor",
        "Words: Dana Holm Photos: Piet Sandor",
        "Words & pictures: Dana Holm",
        "Words and photos by Dana Holm",
        "Text und Fotos: Dana Holm",
        "Texte et photos : Dana Holm",
        "Testo e foto: Dana Holm",
        "Text och bild: Dana Holm",
        "Reporter: Dana Holm",
        "Story by Dana Holm Photography by Piet Sandor",
        "Editor: Piet Sandor Words: Dana Holm",
    ],
)
def test_what_stands_around_a_name_goes(text: str) -> None:
    assert bylines.parse_names([text]) == ("Dana Holm",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Holm, Dana", ("Dana Holm",)),
        ("Holm, Dana M.", ("Dana M. Holm",)),
        ("Holm, Dana; Sandor, Piet", ("Dana Holm", "Piet Sandor")),
        ("Dana Holm, Piet Sandor", ("Dana Holm", "Piet Sandor")),
        ("Dana Holm; Piet Sandor", ("Dana Holm", "Piet Sandor")),
        ("Holm, Editor", ("Holm",)),
        ("Holm, PhD", ("Holm",)),
        ("Norwire, Tidewire", ("Norwire", "Tidewire")),
    ],
)
def test_names_with_the_surname_first(text: str, names: tuple[str, ...]) -> None:
    assert bylines.parse_names([text], frozenset({"norwire", "tidewire"})) == names


@pytest.mark.parametrize(
    "name",
    [
        "Mark Johnson", "Lena Harrison", "Fredric March", "Theresa May", "June Karst", "Oscar de la Renta", "De Vries",
        "Ursula von der Leyen",
        "Voice of America", "Center for Public Integrity", "France 24", "Dr. Max Kolter",
        "Deutsche Presse-Agentur", "dpa", "Gazette staff reporter", "배윤경",
        "Андрей Колесников", "Ana da Silva Santos",
    ],
)  # fmt: skip
def test_a_name_stays_whole(name: str) -> None:
    assert bylines.parse_names([name]) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "https://www.social.example/dana.holm", "social.example/dana.holm", "/staff/dana-holm", "dana-holm",
        "dana.holm",
        "@danaholm", "dana@gullpost.example",
        "Staff", "Staff Reporter", "News", "Politik", "admin", "{{author}}", "null",
        "Share", "12345",
    ],
)  # fmt: skip
def test_what_is_no_name_is_nobody(text: str) -> None:
    assert bylines.parse_names([text]) == ()


def test_several_names_in_one_text() -> None:
    assert bylines.parse_names(["By Lena Harrison, Piet Sandor & Lu Moss"]) == (
        "Lena Harrison",
        "Piet Sandor",
        "Lu Moss",
    )
    assert bylines.parse_names(["Von Lena Harrison und Piet Sandor"]) == ("Lena Harrison", "Piet Sandor")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("文・山田太郎", "山田太郎"),
        ("記者：山田太郎", "山田太郎"),
        ("本报记者 王小明", "王小明"),
        ("بقلم: دانا هولم", "دانا هولم"),
        ("كتبت: دانا هولم", "دانا هولم"),
        ("Oleh Dana Holm", "Dana Holm"),
    ],
)
def test_the_word_before_a_name_goes_in_other_scripts(text: str, name: str) -> None:
    assert bylines.parse_names([text]) == (name,)


def test_a_role_between_two_names_joins_no_word_to_the_second() -> None:
    assert bylines.parse_names(["By Dana Holm, political editor, and Piet Sandor"]) == ("Dana Holm", "Piet Sandor")


@pytest.mark.parametrize(
    "byline",
    [
        '<ul class="authors"><li>Dana Holm</li><li>Piet Sandor</li></ul>',
        '<div class="byline">By <a href="/by/dana">Dana Holm</a> <a href="/by/piet">Piet Sandor</a></div>',
    ],
)
def test_a_list_of_names_is_several_authors(byline: str) -> None:
    assert authors(byline) == ("Dana Holm", "Piet Sandor")


def authors(below: str = "", head: str = "", linked: Any = None, after: str = "") -> tuple[str, ...]:
    script = f'<script type="application/ld+json">{json.dumps(linked)}</script>' if linked else ""
    return clean(arrival(page(f"<h1>{TITLE}</h1>{below}{paragraphs()}{after}", head + script), url=URL)).authors


def test_an_address_as_author_is_nobody_and_the_byline_counts() -> None:
    head = '<meta property="article:author" content="https://www.social.example/dana.holm">'
    assert authors(head=head) == ()
    assert authors('<p class="byline">By Dana Holm</p>', head) == ("Dana Holm",)


@pytest.mark.parametrize(
    "byline",
    [
        "<div class=byline>By <span>Dana Holm</span> <span>November 26, 2026</span></div>",
        "<div class=byline>By <a>Dana Holm</a><span>Chief Reporter</span></div>",
        "<div class=byline>By <b>Dana</b> <b>Holm</b><button>Follow</button></div>",
        "<p>By Dana Holm<br>Ormley</p>",
        '<p><a rel="author">Dana Holm</a></p>',
        '<div itemprop="author"><meta itemprop="name" content="Dana Holm"><link itemprop="url" href="/by/dana"></div>',
    ],
)
def test_another_element_of_a_byline_is_another_thing(byline: str) -> None:
    assert authors(byline) == ("Dana Holm",)


def test_an_author_told_elsewhere_in_the_page_is_found() -> None:
    person = {"@type": "Person", "@id": "https://gullpost.example/#/person/7", "name": "Dana Holm"}
    article = {"@type": "NewsArticle", "headline": TITLE, "author": {"@id": person["@id"]}}
    assert authors(linked={"@graph": [article, person]}) == ("Dana Holm",)


def test_an_ordered_list_of_authors_in_linked_data_is_read() -> None:
    people = {"@list": [{"name": "Dana Holm"}, {"name": "Piet Sandor"}]}
    assert authors(linked={"@type": "NewsArticle", "headline": TITLE, "author": people}) == ("Dana Holm", "Piet Sandor")


def test_another_storys_author_is_not_this_ones() -> None:
    other = {"@type": "NewsArticle", "headline": "Eleven ships leave for the north", "author": {"name": "Piet Sandor"}}
    assert authors(linked=other) == ()
    assert authors(after='<aside class="related"><p class="byline">By Piet Sandor</p></aside>') == ()


def test_a_feeds_author_is_read_alike() -> None:
    given = SenderFields(authors=("dana@gullpost.example (Dana Holm)", "https://gullpost.example/dana"))
    assert clean(arrival(page(paragraphs()), url=URL, given=given)).authors == ("Dana Holm",)

"""Pages in place of an article are rejected; articles that look like them are not."""

import pytest

from streams.cleaning import clean
from streams.contract.errors import Rejected
from streams.contract.messages import Kind
from tests.cleaning.arrivals import arrival
from tests.cleaning.lantern import BODY, TEXT, TITLE, page

URL = "https://www.lantern.example/town/northmere-closes-its-bridge-4711"
HEADLINES = (
    "Dam gate broken near Ormley",
    "Bread is dearer again this spring",
    "Ferry fares rise by a tenth",
    "School roof mended at last",
    "Fish market moves to the quay",
    "Old mill sold to a brewer",
    "New bells for the church",
    "Road to be widened in May",
    "Bus line ends in June",
)
LINES = (
    "The gate of the dam broke on Monday and the village below it was cleared.",
    "A loaf costs two crowns more than it did a year ago, the bakers say.",
    "The company says that it has no choice since fuel is so dear.",
    "Pupils are back in their rooms after nine weeks in the town hall.",
    "Forty traders signed the contract with the harbour office last night.",
    "The brewer wants to begin in autumn, and the neighbours are glad of it.",
    "The largest of the four weighs two tons and was cast in the south.",
    "Eleven houses will lose a part of their gardens, the county admits.",
    "The last bus leaves on the third, and nothing is to follow it.",
)
ARTICLE_TYPE = '<meta property="og:type" content="article">'


def teasers(count: int, shape: str) -> str:
    return "".join(shape.format(n=n, head=HEADLINES[n], line=LINES[n]) for n in range(count))


LISTS = {
    "five teasers": teasers(5, "<h3><a href='/n{n}'>{head}</a></h3><p>{line}</p>"),
    "small headings": teasers(7, "<h5><a href='/n{n}'>{head}</a></h5><p>{line}</p>"),
    "items": f"<ul>{teasers(8, '<li><a href=/n{n}>{head}</a><p>{line}</p></li>')}</ul>",
    "no headings": teasers(8, "<div class='card'><a href='/n{n}'>{head}</a><div>{line}</div></div>"),
    "boxes that are links": teasers(6, "<a href='/n{n}'><h2>{head}</h2><p>{line}</p></a>"),
    "articles": teasers(6, "<article><h2><a href='/n{n}'>{head}</a></h2><p>{line}</p></article>"),
}


@pytest.mark.parametrize("head", ["", ARTICLE_TYPE], ids=["plain", "typed"])
@pytest.mark.parametrize("inner", LISTS.values(), ids=LISTS)
def test_a_list_of_teasers_is_no_article(inner: str, head: str) -> None:
    try:
        kind = clean(arrival(page(f"<main>{inner}</main>", head, title="News from Northmere", after=""), url=URL)).kind
    except Rejected:
        return
    assert kind is Kind.LISTING


BESIDE = {
    "linked headings": teasers(9, "<h3><a href='/n{n}'>{head}</a></h3>"),
    "teasers": teasers(9, "<h3><a href='/n{n}'>{head}</a></h3><p>{line}</p>"),
    "cards": teasers(9, "<a class=card href='/n{n}'><h4>{head}</h4><span>{line}</span></a>"),
}


@pytest.mark.parametrize("place", ["after", "before", "between"])
@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
def test_an_article_beside_teasers_is_an_article(beside: str, place: str) -> None:
    box = f'<div class="more">{beside}</div>'
    inner = {
        "after": f"<article>{TEXT}</article>{box}",
        "before": f"{box}<article><h1>{TITLE}</h1>{TEXT}</article>",
        "between": f"<article>{TEXT.replace(f'<p>{BODY[3]}', f'{box}<p>{BODY[3]}')}</article>",
    }[place]
    article = clean(arrival(page(inner, after=""), url=URL))
    assert article.kind is Kind.ARTICLE
    assert all(paragraph in article.body for paragraph in BODY)


def test_an_article_with_linked_subheadings_is_an_article() -> None:
    heads = "".join(f"<h2><a href='/{n}'>{HEADLINES[n]}</a></h2><p>{BODY[n]}</p><p>{LINES[n]}</p>" for n in range(5))
    assert clean(arrival(page(f"<article>{heads}</article>", after=""), url=URL)).kind is Kind.ARTICLE


NOTICES = {
    "expired": ("Page expired", "<p>The article you requested has expired and can no longer be read here.</p>"),
    "archived": ("Northmere Lantern", "<p>This article has been archived. Search our archive for older stories.</p>"),
    "abgelaufen": (
        "Nicht verfügbar",
        "<p>Dieser Artikel ist leider abgelaufen. Zurück zur Startseite der Zeitung.</p>",
    ),
    "back soon": (
        "Northmere Lantern",
        "<p>We'll be back soon! Our site is getting some care, please have patience.</p>",
    ),
    "maintenance": ("Maintenance", "<p>The site is down for maintenance and returns within a few hours of work.</p>"),
    "wartung": (
        "Wartungsarbeiten",
        "<p>Wegen Wartung ist die Seite zur Zeit nicht erreichbar, wir bitten um Geduld.</p>",
    ),
    "sign in": ("Sign in | Northmere Lantern", "<p>Enter your email address and your password to go on reading.</p>"),
    "account": (
        "Northmere Lantern",
        "<p>Sign in to your account to go on.</p><p>Forgot your password? Write to us today.</p>",
    ),
    "connexion": ("Connexion", "<p>Entrez votre adresse pour lire la suite de cet article. Mot de passe oublié ?</p>"),
}


@pytest.mark.parametrize(("title", "inner"), NOTICES.values(), ids=NOTICES)
@pytest.mark.parametrize("head", ["", ARTICLE_TYPE], ids=["plain", "typed"])
def test_a_notice_is_no_article(title: str, inner: str, head: str) -> None:
    with pytest.raises(Rejected, match=r"^no article found: [^\n]+$"):
        clean(arrival(page(f"<main>{inner}</main>", head, title=title, after=""), url=URL))


ABOUT = {
    "Sign-in for voters opens on Monday": "Voters can sign in at the town hall.",
    "Login system of the harbour fails": "The login of the harbour office failed on Tuesday.",
    "Ferry back soon, says its captain": "The ferry will be back soon, its captain told passengers.",
    "Bridge maintenance takes nine weeks": "The bridge is down for maintenance, and the road is closed.",
    "Permit of the old mill has expired": "The page in the register says that the permit has expired.",
}


@pytest.mark.parametrize(("title", "first"), ABOUT.items())
def test_an_article_about_such_things_is_one(title: str, first: str) -> None:
    article = clean(arrival(page(f"<article><p>{first}</p>{TEXT}</article>", title=title, after=""), url=URL))
    assert article.kind is Kind.ARTICLE


@pytest.mark.parametrize(
    "landed",
    [
        "https://www.lantern.example/",
        "https://www.lantern.example/index.html",
        "https://www.lantern.example/en/",
        "https://www.lantern.example/town",
        "https://www.lantern.example/login?next=/town/northmere",
        "https://www.lantern.example/account/sign-in",
        "https://www.lantern.example/error/404.html",
    ],
)
def test_a_redirect_away_from_the_article_is_refused(landed: str) -> None:
    with pytest.raises(Rejected, match=r"^no article found: the address leads to [^\n]+$"):
        clean(arrival(page(f"<article>{TEXT}</article>", ARTICLE_TYPE), url=URL, landed=landed))


@pytest.mark.parametrize(
    "landed",
    [
        "https://www.lantern.example/town/northmere-closes-its-bridge-for-spring-4711",
        "https://www.lantern.example/town/2026/northmere-closes-its-bridge-4711/",
        "https://lantern.example/town/northmere-closes-its-bridge-4711",
        "https://www.lantern.example/4711",
        "https://www.lantern.example/town/?id=4711",
    ],
)
def test_a_redirect_to_the_articles_new_address_is_followed(landed: str) -> None:
    assert clean(arrival(page(f"<article>{TEXT}</article>"), url=URL, landed=landed)).kind is Kind.ARTICLE

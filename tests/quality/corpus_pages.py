"""Pages for the articles of the corpus: each outlet's template puts furniture around the gold title and body."""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from babel.dates import format_date

from tests.quality.corpus_gold import Article, Corpus


@dataclass(frozen=True)
class Arrival:
    """What an outlet sends: the bytes of a page, or of a feed entry's text with the fields beside it."""

    content: bytes
    form: str
    url: str
    sender: dict[str, str] = field(default_factory=dict)


class Page:
    """The parts of one page, escaped for HTML where the name does not say ``plain``."""

    def __init__(self, article: Article, corpus: Corpus) -> None:
        self.article = article
        self.outlet = outlet = corpus.outlets[article.outlet]
        first = corpus.first_at(article)
        self.number = zlib.crc32(first.id.encode()) % 900_000 + 100_000
        path = outlet.path.format(slug=first.id, number=self.number, day=f"{first.published:%Y/%m/%d}")
        self.url = f"https://{outlet.domain}{path}"
        self.plain = corpus.furniture[article.language]
        self.words = {name: _escaped(value) for name, value in self.plain.items()}
        self.title, self.name = escape(article.title), escape(outlet.name)
        self.paragraphs = [escape(paragraph, quote=False) for paragraph in article.paragraphs]
        self.authors = escape(", ".join(article.authors))
        self.published = article.published
        self.day = format_date(article.published, "full", locale=article.language)
        self.direction = "rtl" if article.language == "ar" else "ltr"

    def byline(self) -> str:
        return f"{self.words['by']} {self.authors}" if self.authors else ""

    def teaser(self, place: int) -> tuple[str, str]:
        """Another article of the outlet; which ones are shown differs from page to page."""
        teasers: list[tuple[str, str]] = self.words["teasers"]
        return teasers[(self.number + place) % len(teasers)]

    def links(self, amount: int, item: str = '<li><a href="/{n}">{title}</a></li>') -> str:
        return "".join(item.format(n=self.number - n, title=self.teaser(n)[0]) for n in range(amount))

    def earlier(self, days: int) -> str:
        return format_date(self.published - timedelta(days=days), "long", locale=self.article.language)

    def nav(self, item: str = '<li><a href="/{n}">{name}</a></li>') -> str:
        return "".join(item.format(n=n, name=name) for n, name in enumerate(self.words["nav"]))

    def linked_data(self, **more: Any) -> str:
        """A NewsArticle as JSON-LD."""
        authors = [{"@type": "Person", "name": name} for name in self.article.authors]
        data = {
            "@type": "NewsArticle",
            "headline": self.article.title,
            "datePublished": self.published.isoformat(),
            "author": authors,
            "publisher": {"@type": "NewsMediaOrganization", "name": self.outlet.name},
            "mainEntityOfPage": self.url,
            **more,
        }
        return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    return [_escaped(one) for one in value]


def arrival(article: Article, corpus: Corpus) -> Arrival:
    """The article as its outlet shows it."""
    page = Page(article, corpus)
    template = TEMPLATES[page.outlet.template]
    content = template.write(page).encode(page.outlet.charset, "xmlcharrefreplace")
    return Arrival(content, template.form, page.url, template.sender(page) if template.sender else {})


# --- templates ----------------------------------------------------------------------------------------------------


def _broadsheet(page: Page) -> str:
    """A large site: JSON-LD, an article element, a link in the middle of the body, an author's note, comments."""
    words = page.words
    body = [f"<p>{paragraph}</p>" for paragraph in page.paragraphs]
    body.insert(2, f'<p><strong>{words["read"]}</strong> <a href="/{page.number - 7}">{page.teaser(4)[0]}</a></p>')
    body.insert(4, f'<aside class="signup"><h3>{words["letter"][0]}</h3><p>{words["letter"][1]}</p></aside>')
    note = f'<div class="author-note"><p>{page.authors} {words["bio"]}</p></div>' if page.authors else ""
    comments = "".join(f'<li class="comment"><p>{text}</p></li>' for text in words["comments"])
    return f"""<!DOCTYPE html>
<html lang="{page.article.language}"><head><meta charset="utf-8"><title>{page.title} | {page.name}</title>
<link rel="canonical" href="{page.url}">
<meta property="og:title" content="{page.title}"><meta property="og:site_name" content="{page.name}">
<meta property="og:type" content="article"><meta name="description" content="{page.paragraphs[0][:140]}…">
<script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [{page.linked_data()},
{{"@type": "WebSite", "name": {json.dumps(page.outlet.name, ensure_ascii=False)}}}]}}</script></head>
<body><a class="skip" href="#main">{words["skip"]}</a>
<div id="consent" role="dialog"><p>{words["cookies"]}</p><button>{words["accept"]}</button></div>
<header><a href="/"><img alt="{page.name}" src="/logo.svg"></a><nav><ul>{page.nav()}</ul></nav></header>
<main id="main"><article><h1>{page.title}</h1>
<div class="meta"><span class="byline">{page.byline()}</span>
<time datetime="{page.published.isoformat()}">{page.day}, {page.published:%H:%M}</time>
<ul class="share">{"".join(f"<li>{word}</li>" for word in words["share"])}</ul></div>
<figure><img src="/{page.number}.jpg" alt=""><figcaption>{words["caption"]} <span>{words["credit"]}</span></figcaption>
</figure><div class="story">{"".join(body)}</div>{note}</article>
<section class="related"><h2>{words["related"]}</h2><ul>{page.links(4)}</ul></section>
<section id="comments"><h2>{words["commenting"]}</h2><ol>{comments}</ol></section></main>
<footer><p>© {page.published.year} {page.name}. {words["footer"]}</p></footer></body></html>"""


def _table(page: Page) -> str:
    """A site of the nineties: a table for the layout, line breaks for paragraphs, no metadata, only a visible day."""
    words = page.words
    listed = "<br>".join(
        f'<font size="1">{page.earlier(n + 1)}</font><br><a href="/{page.number - n}">{page.teaser(n)[0]}</a>'
        for n in range(4)
    )
    menu = page.nav('<a href="/{n}">{name}</a><br>')
    byline = f"<i>{words['by']} {page.authors}</i><br>" if page.authors else ""
    text = "<br><br>\n".join(page.paragraphs)
    share = " | ".join(f'<a href="#">{word}</a>' for word in words["share"])
    return f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset={page.outlet.charset}">
<title>{page.name}: {page.title}</title></head><body bgcolor="#ffffff">
<table width="900" border="0"><tr><td colspan="3"><img src="/kopf.gif" alt="{page.name}"></td></tr>
<tr><td width="140" valign="top">{menu}<hr><small>{words["search"]}</small><form><input name="q"></form></td>
<td width="540" valign="top"><font size="5"><b>{page.title}</b></font><br>
<font size="2" color="#666666">{page.day}</font><br>{byline}
<table align="right" width="220"><tr><td><img src="/{page.number}.jpg" alt=""><br><font size="1">{words["caption"]}
{words["credit"]}</font></td></tr></table>
<font size="3">{text}</font><br><br><font size="1">{share}</font></td>
<td width="220" valign="top"><b>{words["most_read"]}</b><br>{listed}<br><br><b>{words["advertisement"]}</b></td></tr>
<tr><td colspan="3" align="center"><font size="1">{page.name} - {words["footer"]}</font></td></tr></table>
</body></html>"""


def _blocks(page: Page) -> str:
    """Boxes with generated class names: metadata in the head only, teasers between paragraphs."""
    words = page.words
    body = [f'<div class="c-5hx"><span class="s-0b">{paragraph}</span></div>' for paragraph in page.paragraphs]
    teaser = page.teaser(2)
    body.insert(
        1,
        f'<div class="c-9ad"><div class="c-lbl">{words["advertisement"]}</div></div><div class="c-2kk"><a href="/x">'
        f'<span class="s-h4">{teaser[0]}</span><span class="s-0b">{teaser[1]}</span></a></div>',
    )
    tiles = "".join(
        f'<div class="c-2kk"><a href="/{page.number - n}"><span class="s-h4">{page.teaser(n)[0]}</span>'
        f'<span class="s-0b">{page.teaser(n)[1]}</span></a></div>'
        for n in range(5)
    )
    authors = "".join(f'<meta name="author" content="{escape(name)}">' for name in page.article.authors)
    return f"""<!doctype html><html lang="{page.article.language}" dir="{page.direction}"><head><meta charset="utf-8">
<title>{page.title} – {page.name}</title><meta property="og:site_name" content="{page.name}">
<meta property="og:title" content="{page.title}"><meta property="og:url" content="{page.url}">{authors}
<meta property="article:published_time" content="{page.published.isoformat()}"></head>
<body><div id="root"><div class="c-top"><div class="c-nav">{page.nav('<a class="s-nv" href="/{n}">{name}</a>')}</div>
</div><div class="c-1fq"><div class="c-77z"><div class="s-h1" role="heading" aria-level="1">{page.title}</div>
<div class="c-mta"><span>{page.byline()}</span> <span>{page.day}</span> <span>{words["share"][0]}</span></div>
<div class="c-img"><img src="/{page.number}.webp" alt=""><span class="s-cap">{words["caption"]} {words["credit"]}</span>
</div>{"".join(body)}<div class="c-tag">{words["tags"]}: {page.nav("<span>{name}</span> ")}</div></div>
<div class="c-rail"><div class="s-h3">{words["most_read"]}</div>{tiles}</div></div>
<div class="c-ftr">{page.name}. {words["footer"]}</div>
<div class="c-gdpr"><div class="s-0b">{words["cookies"]}</div><button>{words["accept"]}</button></div></div>
</body></html>"""


def _tabloid(page: Page) -> str:
    """Teasers before, between and behind the paragraphs; a sentence that is repeated; a later time of change."""
    words = page.words
    hero = "".join(
        f'<div class="card"><h3><a href="/{page.number - n}">{page.teaser(n)[0]}</a></h3>'
        f"<p>{page.teaser(n)[1]}</p></div>"
        for n in range(3)
    )
    body = [f"<p>{paragraph}</p>" for paragraph in page.paragraphs]
    pull = page.paragraphs[1].split(". ")[0]
    body.insert(3, f'<blockquote class="pullquote"><p>{pull}</p></blockquote>')
    body.insert(2, f'<div class="ad-slot"><span>{words["advertisement"]}</span></div>')
    body.insert(1, f'<p class="inline-promo"><a href="/9">{words["read"]} {page.teaser(5)[0]}</a></p>')
    changed = page.published + timedelta(hours=2, minutes=11)
    return f"""<!DOCTYPE html><html lang="{page.article.language}"><head><meta charset="utf-8">
<title>{page.title} - {page.name}</title><meta name="twitter:title" content="{page.title}">
<meta property="og:title" content="{page.title}"><meta property="og:site_name" content="{page.name}">
<script type="application/ld+json">{page.linked_data(dateModified=changed.isoformat())}</script>
<script type="application/ld+json">{{"@type": "ItemList", "itemListElement": [{{"@type": "ListItem", "name": "x"}}]}}
</script></head><body class="article-page"><div class="cookie-wall"><h2>{page.name}</h2><p>{words["cookies"]}</p>
<a class="btn">{words["accept"]}</a></div><nav><ul>{page.nav()}</ul></nav><section class="hero">{hero}</section>
<header class="article-head"><span class="flag">{words["nav"][1]}</span><h1>{page.title}</h1>
<p class="byline">{page.byline()} <span class="ago">{words["ago"]}</span></p></header>
<div class="content-wrap"><div class="article-content">
<div class="media"><img src="/{page.number}.jpg" alt=""><p class="caption">{words["caption"]}</p></div>
{"".join(body)}</div><aside class="trending"><h2>{words["most_read"]}</h2><ol>{page.links(6)}</ol></aside></div>
<section class="newsletter"><h2>{words["letter"][0]}</h2><p>{words["letter"][1]}</p></section>
<section class="more"><h2>{words["related"]}</h2>{hero}</section><footer>{page.name} {words["footer"]}</footer>
</body></html>"""


def _microdata(page: Page) -> str:
    """A broadcaster: microdata, a player, a visible day with the time of the last change beside it."""
    words = page.words
    authors = "".join(
        '<span itemprop="author" itemscope itemtype="https://schema.org/Person">'
        f'<span itemprop="name">{escape(name)}</span></span> '
        for name in page.article.authors
    )
    body = "".join(f"<p>{paragraph}</p>" for paragraph in page.paragraphs)
    changed = page.published + timedelta(hours=1, minutes=5)
    return f"""<!DOCTYPE html><html lang="{page.article.language}"><head><meta charset="utf-8">
<title>{page.name} | {page.title}</title></head><body>
<header><div class="brand">{page.name}</div><ul class="menu">{page.nav()}</ul></header>
<div class="player"><p>{words["nav"][1]} 00:00 / 03:41</p><ul>{page.links(2)}</ul></div>
<section itemscope itemtype="https://schema.org/NewsArticle"><h2 itemprop="headline">{page.title}</h2>
<p class="dateline">{authors}<time itemprop="datePublished" datetime="{page.published.isoformat()}">{page.day}</time>
<span>{words["updated"]}: <time itemprop="dateModified" datetime="{changed.isoformat()}">{changed:%H:%M}</time></span>
</p>
<div class="photo"><img itemprop="image" src="/{page.number}.jpg" alt=""><small>{words["caption"]}</small></div>
<div itemprop="articleBody">{body}</div></section>
<section class="also"><h3>{words["related"]}</h3><ul>{page.links(5)}</ul></section>
<div class="cookie"><p>{words["cookies"]}</p></div><footer><small>{words["footer"]}</small></footer></body></html>"""


def _blog(page: Page) -> str:
    """A blog platform: tags, buttons and an author's box inside the entry, comments below."""
    words = page.words
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in page.paragraphs)
    author = page.authors
    comments = "".join(
        f'<li class="comment"><cite>reader{n}</cite> <a href="#c{n}">{page.earlier(0)}</a><p>{text}</p></li>'
        for n, text in enumerate(words["comments"])
    )
    return f"""<!DOCTYPE html><html lang="{page.article.language}"><head><meta charset="UTF-8">
<title>{page.title} &#8211; {page.name}</title><meta name="generator" content="Quill 6.2"></head>
<body class="post-template single"><header class="site-header"><p class="site-title"><a href="/">{page.name}</a></p>
<ul class="menu">{page.nav()}</ul></header><div id="primary"><article class="post hentry">
<header class="entry-header"><h1 class="entry-title">{page.title}</h1><div class="entry-meta">{words["published"]}
<a href="{page.url}" rel="bookmark"><time class="entry-date published" datetime="{page.published.isoformat()}">
{page.day}</time></a> <span class="author vcard"><a class="url fn n" href="/author/1">{author}</a></span></div></header>
<div class="entry-content"><figure class="wp-caption"><img src="/{page.number}.jpg" alt="">
<figcaption>{words["caption"]}</figcaption></figure>
{body}
<div class="sharing"><h3>{words["share"][0]}</h3><ul><li>{words["share"][1]}</li><li>{words["share"][2]}</li></ul></div>
<div class="related-posts"><h3>{words["related"]}</h3>{page.links(3, '<p><a href="/{n}">{title}</a></p>')}</div></div>
<footer class="entry-footer">{words["tags"]}: <a rel="tag">{words["nav"][1]}</a></footer>
<div class="author-box"><h4>{author}</h4><p>{author} {words["bio"]}</p></div></article>
<nav class="post-navigation">{page.links(2, '<a href="/{n}">{title}</a> ')}</nav>
<div id="comments"><ol class="comment-list">{comments}</ol></div></div>
<aside id="secondary"><h2>{words["most_read"]}</h2><ul>{page.links(6)}</ul></aside>
<footer>{page.name}. {words["footer"]}</footer></body></html>"""


def _agency(page: Page) -> str:
    """An agency's page: hardly any markup, the time in the text, other items with their times beside it."""
    words = page.words
    latest = "".join(
        f"<li><b>{(page.published - timedelta(minutes=17 * n + 9)).astimezone(UTC):%H:%M} GMT</b> "
        f'<a href="/{page.number - n}">{page.teaser(n)[0]}</a></li>'
        for n in range(6)
    )
    body = "".join(f"<p>{paragraph}</p>" for paragraph in page.paragraphs)
    utc = page.published.astimezone(UTC)
    return f"""<!DOCTYPE html><html lang="{page.article.language}"><head><meta charset="utf-8">
<title>{page.title}</title></head><body><h6>{page.name}</h6>{page.nav('<a href="/{n}">{name}</a> / ')}
<div class="ticker"><ul>{latest}</ul></div>
<div class="item"><h1>{page.title}</h1><div class="stamp">{utc:%H:%M} GMT, {utc.day} {utc:%B %Y}</div>
{body}<p class="slug">({page.name}/{page.number})</p></div><p>{words["footer"]}</p></body></html>"""


def _app(page: Page) -> str:
    """An application that a browser builds: the article stands in the state of a script only.

    The markup holds teasers, on half of the pages with their summaries.
    """
    words = page.words
    state = {
        "props": {
            "pageProps": {
                "nav": [{"id": n, "label": name} for n, name in enumerate(page.plain["nav"])],
                "article": {
                    "id": page.number,
                    "headline": page.article.title,
                    "firstPublished": int(page.published.timestamp() * 1000),
                    "bylines": [{"name": name} for name in page.article.authors],
                    "blocks": [
                        {"type": "paragraph", "model": {"text": paragraph}} for paragraph in page.article.paragraphs
                    ],
                },
                "recommended": [{"headline": title, "summary": text} for title, text in page.plain["teasers"]],
            }
        },
        "page": "/story/[slug]",
    }
    told = json.dumps(state, ensure_ascii=False).replace("</", "<\\/")
    summaries = page.number % 2 == 0
    tiles = "".join(
        f'<a href="/{n}"><h3>{title}</h3>{f"<p>{text}</p>" if summaries else ""}</a>'
        for n, (title, text) in enumerate(words["teasers"])
    )
    return f"""<!DOCTYPE html><html lang="{page.article.language}"><head><meta charset="utf-8">
<title>{page.title} | {page.name}</title><meta property="og:title" content="{page.title}">
<meta property="og:site_name" content="{page.name}"><meta property="og:type" content="article"></head>
<body><div id="__next"><header><nav>{page.nav('<a href="/{n}">{name}</a>')}</nav></header><main><h1>{page.title}</h1>
<p class="stamp">{page.byline()} · {page.day}</p><div class="skeleton"></div><div class="skeleton"></div>
<section><h2>{words["related"]}</h2>{tiles}</section></main><footer>{words["footer"]}</footer></div>
<script id="__NEXT_DATA__" type="application/json">{told}</script></body></html>"""


def _text(page: Page) -> str:
    """A whole page that somebody saved as text, menu and all."""
    words = page.plain
    listed = "\n".join(f"* {title}" for title, _ in words["teasers"][:4])
    byline = f"{words['by']} {', '.join(page.article.authors)}\n" if page.article.authors else ""
    body = "\n\n".join(page.article.paragraphs)
    menu = "\n".join(words["nav"])
    return f"""{page.outlet.name}
{menu}
{words["search"]}

{page.article.title}

{byline}{words["published"]} {page.day}
{" | ".join(words["share"])}

{words["caption"]} {words["credit"]}

{body}

{words["related"]}
{listed}

{words["letter"][0]}
{words["letter"][1]}

{words["comments"][0]}

© {page.published.year} {page.outlet.name}. {words["footer"]}
"""


def _feed(page: Page) -> str:
    """The text of a feed entry, with the line that a blog platform adds to it."""
    body = "\n\n".join(page.article.paragraphs)
    tail = page.plain["first_on"].format(title=page.article.title, name=page.outlet.name)
    return f"{body}\n\n{tail}"


def _entry(page: Page) -> dict[str, str]:
    """What a feed entry says beside its text."""
    written: datetime = page.published.astimezone(UTC)
    return {
        "title": page.article.title,
        "published": format_datetime(written, usegmt=True),
        "feed_title": page.outlet.name,
    }


@dataclass(frozen=True)
class Template:
    """``states_time``: a reader can tell the minute of publication and its zone, else the day only."""

    write: Callable[[Page], str]
    form: str = "html"
    states_time: bool = True
    sender: Callable[[Page], dict[str, str]] | None = None


TEMPLATES: dict[str, Template] = {
    "broadsheet": Template(_broadsheet),
    "table": Template(_table, states_time=False),
    "blocks": Template(_blocks),
    "tabloid": Template(_tabloid),
    "microdata": Template(_microdata),
    "blog": Template(_blog),
    "agency": Template(_agency),
    "app": Template(_app, states_time=False),
    "text": Template(_text, form="text", states_time=False),
    "feed": Template(_feed, form="body", sender=_entry),
}

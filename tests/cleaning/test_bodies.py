"""The body is found in any markup, and no word of it is lost."""

import json

import pytest

from streams.cleaning import clean
from streams.contract.errors import Rejected
from streams.contract.messages import CleanArticle, Kind
from tests.cleaning.arrivals import arrival
from tests.cleaning.lantern import BODY, TEXT, TITLE, URL, page


def cleaned(content: str) -> CleanArticle:
    return clean(arrival(content, url=URL))


BOXES = {
    "noscript": f'<div class="post"><noscript>{TEXT}</noscript></div>',
    "a script's template": f'<div class="post"><script type="text/template">{TEXT}</script></div>',
    "a shadow tree": f'<story-view><template shadowrootmode="open"><div>{TEXT}</div></template></story-view>',
    "a button left open": f"<article><button>Listen{TEXT}</article>",
    "an aside": f'<aside class="related">{TEXT}</aside>',
    "a menu left open": f'<nav><div class="breadcrumb"><a href="/">Home</a><section>{TEXT}</section></div></nav>',
    "a list item": f'<ul><li class="navigation">{TEXT}</li></ul>',
    "a form": f'<form id="page-form"><div>{TEXT}</div></form>',
    "a footer": f'<footer class="footer">{TEXT}</footer>',
    "a figure": f'<figure class="embed">{TEXT}</figure>',
    "a fold": f'<details class="expand"><summary>Read</summary>{TEXT}</details>',
    "a box that is not displayed": f'<div style="display: none">{TEXT}</div>',
    "a premium box": f'<div class="premium paywall hidden" hidden>{TEXT}</div>',
    "custom elements": f"<x-story>{TEXT.replace('<p>', '<x-par>').replace('</p>', '</x-par>')}</x-story>",
    "a layout table": f'<table><tr><td><a href="/">Home</a></td><td>{TEXT}</td></tr></table>',
    "plain boxes": f"<div>{TEXT.replace('p>', 'div>')}</div>",
    "plain spans": f"<div>{TEXT.replace('p>', 'span>')}</div>",
    "broken lines": f"<div>{'<br><br>'.join(BODY)}</div>",
}


@pytest.mark.parametrize("inner", BOXES.values(), ids=BOXES)
def test_the_article_is_found_in(inner: str) -> None:
    found = cleaned(page(inner)).body
    assert [paragraph for paragraph in BODY if paragraph not in found] == []
    assert "stay polite" not in found
    assert "Bread dearer" not in found


EMPTY = (
    '<span id="more-7"></span>',
    '<i class="icon"></i>',
    "<b></b>",
    '<a name="top"></a>',
    "<em></em><strong></strong>",
    '<span><svg><path d="M0"/></svg></span>',
    '<span class="ad"><b></b></span>',
    "<small></small>",
    '<span><img src="a.png"></span>',
)


@pytest.mark.parametrize("mark", EMPTY)
@pytest.mark.parametrize("place", ["head", "middle"])
def test_text_behind_an_empty_element_stays(mark: str, place: str) -> None:
    changed = f"{mark}{BODY[1]}" if place == "head" else BODY[1].replace("another way", f"another {mark}way")
    found = cleaned(page(f"<article>{TEXT.replace(BODY[1], changed)}</article>")).body
    assert BODY[1] in found


APART = (
    '<span class="link"><a href="/t">{}</a></span>',
    "<time>{}</time>",
    '<span class="tooltip">{}</span>',
    "<label>{}</label>",
    '<abbr class="popover" title="x">{}</abbr>',
    "<x-term>{}</x-term>",
    '<span class="share-text">{}</span>',
    "<ins>{}</ins>",
    '<span class="tooltip">{}<span class="tooltip-box">A plan of ninety pages in all</span></span>',
    "<output>{}</output>",
    '<span class="author">{}</span>',
    '<button class="term">{}</button>',
)


@pytest.mark.parametrize("shape", APART)
def test_words_in_an_element_of_their_own_stay_in_the_sentence(shape: str) -> None:
    changed = BODY[2].replace("the province", shape.format("the province"))
    found = cleaned(page(f"<article>{TEXT.replace(BODY[2], changed)}</article>")).body
    assert BODY[2] in " ".join(found.split())
    assert "ninety pages" not in found


def test_a_lead_that_is_a_pictures_description_too_stays() -> None:
    picture = f'<figure><img src="a.jpg" alt="{BODY[0]}"></figure>'
    assert cleaned(page(f"<article>{picture}{TEXT}</article>")).body.startswith(BODY[0])


def test_a_lead_that_is_a_caption_too_stays() -> None:
    picture = f'<figure><img src="a.jpg"><figcaption>{BODY[0]}</figcaption></figure>'
    assert BODY[0] in cleaned(page(f"<article>{picture}{TEXT}</article>")).body


def test_an_arabic_pointer_leaves() -> None:
    pointer = '<p>اقرأ أيضا: <a href="/y">Ferry sinks twice</a></p>'
    assert "Ferry sinks" not in cleaned(page(f"<article>{TEXT.replace('</p>', '</p>' + pointer, 1)}</article>")).body


def test_paragraphs_that_are_links_stay_and_pointers_leave() -> None:
    linked = f'<p><a href="/x"><strong>{BODY[1]}</strong></a></p><p><a href="/y">Ferry to nowhere sinks twice</a></p>'
    found = cleaned(page(f"<article>{TEXT.replace(f'<p>{BODY[1]}</p>', linked)}</article>")).body
    assert BODY[1] in found
    assert "Ferry to nowhere" not in found


def test_what_readers_wrote_is_no_body() -> None:
    said = "".join(
        f"<p>I crossed that bridge {n} times a week for years, and nobody ever asked me what I think.</p>"
        for n in range(9)
    )
    found = cleaned(
        page(f'<article>{TEXT}</article><section class="comments-area" id="comments">{said}</section>')
    ).body
    assert "I crossed" not in found
    assert BODY[4] in found


def test_a_list_of_winners_is_a_body() -> None:
    winners = "".join(f"<li>Class {n}: Anna Reed, Boat {n * 7}, Gull Club of Northmere</li>" for n in range(60))
    article = cleaned(
        page(f"<article><h2>All winners</h2><ul>{winners}</ul></article>", title="The winners of the harbour regatta")
    )
    assert article.kind is Kind.ARTICLE
    assert article.words > 400


def test_verses_are_a_body() -> None:
    lines = "<br>".join(f"and the {n}th wave came over the wall" for n in range(40))
    assert cleaned(page(f"<article><p>{lines}</p></article>")).words > 200


def test_a_body_only_in_linked_data_is_taken_and_labelled() -> None:
    linked = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(BODY)}
    script = f'<script type="application/ld+json">{json.dumps(linked)}</script>'
    article = cleaned(page("<div id=app></div>", script))
    assert article.body == "\n\n".join(BODY)
    assert (article.body_source, article.body_confidence) == ("linked data", 0.8)


@pytest.mark.parametrize(
    "script",
    [
        '<script id="__NEXT_DATA__" type="application/json">{}</script>',
        "<script>window.__STATE__ = {};start()</script>",
    ],
)
def test_a_body_only_in_a_scripts_state_is_taken_and_labelled(script: str) -> None:
    state = {
        "texts": {"cookies": " ".join(["We store cookies to make this site better for you."] * 30)},
        "story": {"html": TEXT},
    }
    article = cleaned(page("<div id=app></div>", after=script.replace("{}", json.dumps(state))))
    assert article.body == "\n\n".join(BODY)
    assert (article.body_source, article.body_confidence) == ("state", 0.5)


def test_a_page_of_script_alone_is_refused() -> None:
    state = {"texts": {"cookies": " ".join(["We store cookies to make this site better for you."] * 30)}}
    with pytest.raises(Rejected, match="no article found"):
        cleaned(page("<div id=app></div>", after=f"<script>window.__STATE__ = {json.dumps(state)}</script>"))


def test_a_live_page_keeps_all_its_entries() -> None:
    entries = "".join(
        f'<li class="live-entry"><div><time>{n}:00</time><div class="entry">'
        f"<p>{BODY[n % 5]} Entry number {n}.</p></div></div></li>"
        for n in range(24)
    )
    found = cleaned(
        page(f'<main><p>{BODY[0]}</p><ol class="live-stream">{entries}</ol></main>', title=f"Live: {TITLE}")
    )
    assert found.kind is Kind.LIVE
    assert "Entry number 23" in found.body


def test_a_hidden_copy_is_not_the_article_twice() -> None:
    found = cleaned(page(f'<article>{TEXT}</article><div style="display:none">{" ".join(BODY)}</div>')).body
    assert found == "\n\n".join(BODY)


@pytest.mark.parametrize("how", ["hidden", 'hidden="hidden"', 'style="display:none"'])
def test_what_no_reader_sees_is_no_text(how: str) -> None:
    unseen = f"<p {how}>These words of an offer are on the page, but no reader sees them there.</p>"
    found = cleaned(page(f"<article>{TEXT.replace('</p>', '</p>' + unseen, 1)}</article>")).body
    assert found == "\n\n".join(BODY)


def test_a_fold_that_a_search_opens_is_text() -> None:
    fold = "<div hidden='until-found'><p>The last ferry of the day leaves half an hour earlier than before.</p></div>"
    assert "half an hour earlier" in cleaned(page(f"<article>{TEXT}{fold}</article>")).body


def test_scripts_without_blanks_have_bodies_too() -> None:
    body = (
        "港の古い橋が火曜から春まで閉鎖される。市議会によると、七本の橋脚のうち二本が新しく造られる。",
        "一日九千台の車が別の道を探すことになり、東岸の店は売り上げの減少を心配していると組合の代表は語った。",
        "工事費は十一億円で、県が半分を負担する。歩行者のための渡し船が朝六時から十分おきに出る予定だ。",
    )
    teaser = (
        '<div class="pickup"><a href="/d"><h3>ダムの水門が故障</h3>'
        "<p>ダムの水門が月曜日の朝に故障し、千人以上の住民が避難した…</p></a></div>"
    )
    inner = f'<div class="text">{"<br><br>".join(body)}</div>{teaser}'
    found = cleaned(page(inner, title="港の古い橋を春まで閉鎖", after="")).body
    assert found == "\n\n".join(body)

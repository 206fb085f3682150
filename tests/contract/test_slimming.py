"""Large pages fit a message by losing what is no text, and nothing of the article."""

import base64
import json
import random
from datetime import UTC, datetime

import pytest

from streams.cleaning import clean
from streams.contract.errors import TooLarge
from streams.contract.messages import ContentType, RawArticle
from streams.contract.messages.slimming import slim
from tests.cleaning.lantern import BODY, TEXT, TITLE, page

AT = datetime(2026, 1, 13, tzinfo=UTC)
NOISE = base64.b64encode(random.Random(7).randbytes(1_200_000)).decode()  # does not pack
URL = "https://www.lantern.example/news/northmere-closes-its-bridge"


def arrived(content: str, form: ContentType = ContentType.HTML) -> RawArticle:
    return RawArticle.arrive(content.encode(), form, fetched_at=AT, received_at=AT, url=URL)


LARGE = {
    "state": f'<script type="application/json">{{"tree": "{NOISE}"}}</script>',
    "a program": f'<script>var a = "{NOISE}";</script>',
    "a picture": f'<img alt="map" src="data:image/jpeg;base64,{NOISE}">',
    "a style": f"<style>a {{ background: url(data:font/woff2;base64,{NOISE}) }} .b {{ c: {NOISE} }}</style>",
    "a drawing": f'<svg><path d="{NOISE}"/></svg>',
    "words of a state": "<script>window.__S__ = "
    + json.dumps([NOISE[n : n + 40] for n in range(0, 1_500_000, 40)])
    + "</script>",
}


@pytest.mark.parametrize("ballast", LARGE.values(), ids=LARGE)
def test_a_large_page_arrives_with_its_article(ballast: str) -> None:
    article = clean(arrived(page(f"<article>{TEXT}</article>", after=ballast)))
    assert (article.title, article.body) == (TITLE, "\n\n".join(BODY))


def test_the_only_copy_in_a_large_state_stays() -> None:
    state = json.dumps({"key": NOISE, "story": {"html": TEXT}})
    article = clean(arrived(page("<div id=app></div>", after=f'<script type="application/json">{state}</script>')))
    assert article.body == "\n\n".join(BODY)


def test_linked_data_and_templates_stay() -> None:
    kept = '<script type="application/ld+json">{"a": 1}</script><script type="text/template"><p>b</p></script>'
    slimmed = slim((kept + LARGE["state"]).encode(), lambda small: len(small) < 1_000)
    assert kept.encode() in slimmed


def test_a_page_that_fits_is_not_touched() -> None:
    content = page(f"<article>{TEXT}</article>", after="<script>start()</script><style>a{}</style>")
    assert arrived(content).page() == content.encode()


def test_slimming_is_deterministic_and_noise_is_rejected() -> None:
    content = page(f"<article>{TEXT}</article>", after=LARGE["state"])
    assert arrived(content) == arrived(content)
    with pytest.raises(TooLarge, match="in base64"):
        arrived(page(f"<p>{NOISE}</p>"))
    with pytest.raises(TooLarge, match="in base64"):
        arrived(NOISE, ContentType.TEXT)

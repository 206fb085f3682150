"""Overlong fields and lists are truncated, so that the article fits into a message."""

import pytest

from streams.cleaning import clean
from streams.cleaning.text import lengths
from streams.contract.codec import encode
from streams.contract.errors import TooLarge
from streams.contract.messages import MAX_VALUE_BYTES, ContentType, SenderFields
from tests.cleaning.arrivals import arrival
from tests.cleaning.gull_post import URL, page, paragraphs

WORD = "kestrel dam 𝐠𝐚𝐭𝐞 "


NAMES = ("description", "keywords", "author", "og:title", "og:site_name", "article:section", "og:image")


LONG = WORD * 20_000  # bytes: twice what is allowed below


@pytest.mark.parametrize("name", NAMES)
def test_no_field_makes_a_message_too_large(name: str) -> None:
    article = clean(arrival(page(paragraphs(), f'<meta property="{name}" content="{LONG}">'), url=URL))
    assert len(encode(article)) < MAX_VALUE_BYTES // 4 < len(LONG.encode()) // 2


def test_fields_of_the_sender_are_bounded_too() -> None:
    authors = tuple(f"Dana Holm{'x' * n}" for n in range(400))
    labels = ("world", " desk\n1 ", *(f"x{n}" for n in range(400)))
    given = SenderFields(title=WORD * 9_000, summary=f"The {WORD * 9_000}", authors=authors, labels=labels)
    article = clean(arrival("\n\n".join([WORD * 40] * 3), ContentType.BODY, url=URL, given=given))
    assert len(article.authors) <= lengths.PEOPLE
    assert article.labels == ("world", "desk 1", *(f"x{n}" for n in range(lengths.LABELS - 2)))
    assert len(article.title) <= lengths.TITLE
    assert article.title.endswith(lengths.MARK)
    assert article.summary is not None
    assert article.summary.endswith(lengths.MARK)


def test_an_overlong_title_is_whole_in_the_body() -> None:
    long = " ".join(f"word{n}" for n in range(200))
    article = clean(
        arrival("A gate broke.\n\nA thousand left.", ContentType.BODY, url=URL, given=SenderFields(title=long))
    )
    assert article.title.endswith(lengths.MARK)
    assert article.body.split("\n\n")[0] == long


def test_a_body_is_measured_in_bytes_too() -> None:
    with pytest.raises(TooLarge):
        clean(arrival("𝐠" * 240_000, ContentType.BODY, url=URL, given=SenderFields(title="Gate broken at the dam")))


def test_cut_ends_at_a_word_and_says_so() -> None:
    assert lengths.truncate("one two three", 9) == "one two…"
    assert lengths.truncate("one two", 9) == "one two"

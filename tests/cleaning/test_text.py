"""Invented pages as plain text, in the forms of scraped text: body, furniture, and fields."""

from datetime import date

import pytest

from streams.cleaning import clean
from streams.contract.errors import Rejected
from streams.contract.messages import CleanArticle, ContentType, Kind, SenderFields
from tests.cleaning.arrivals import arrival
from tests.cleaning.gull_post import BODY, TITLE

HEADER = ("Home", "News", "Sport", "Weather", "Search", "Log in")
TRENDING = (
    "TRENDING",
    "1",
    "Quartz Mine Reopens After Flood",
    "2",
    "Chess Champion Retires at Nineteen",
    "Latest News",
)


def cleaned(*lines: str, given: SenderFields | None = None, url: str | None = None) -> CleanArticle:
    return clean(arrival("\n".join(lines), ContentType.TEXT, given=given, url=url))


def agency_page(tag: str = "QUILLNEWS") -> CleanArticle:
    body = (f"({tag}) {BODY[0]}", *BODY[1:])
    return cleaned(
        "Friday, 05 May 2023 08:01 GMT", "", TITLE, "", *body, "", f"{tag}09012026000123004567ID1234567890", "", tag,
        "Legal Disclaimer:",
        f"{tag} provides the information as is without warranty of any kind. We do not accept any responsibility or "
        "liability for the accuracy of the information contained in this article.",
        "Search",
    )  # fmt: skip


def test_an_agencys_page_gives_publisher_and_date_in_its_code() -> None:
    article = agency_page()
    assert article.title == TITLE
    assert article.body.split("\n\n") == [f"(QUILLNEWS) {BODY[0]}", *BODY[1:]]
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.id, article.publisher.source) == (
        "QUILLNEWS",
        "quillnews",
        "text",
    )
    assert article.published is not None
    assert article.published.value.date() == date(2026, 1, 9)
    assert article.published.precision == "day"


def test_errors_and_repeats_do_not_hide_the_article() -> None:
    article = cleaned(
        " date 2026-01-11 403", "Sorry!!",
        "Error! We're sorry, but the page you were looking for doesn't exist.", TITLE,
        f"(QUILLNEWS) {BODY[0]}", *BODY[1:], *BODY[1:], "Legal Disclaimer:",
        "QUILLNEWS provides the information as is without warranty of any kind, or liability for its accuracy.",
        "CommentsNo comment",
    )  # fmt: skip
    assert article.title == TITLE
    assert article.body.split("\n\n") == [f"(QUILLNEWS) {BODY[0]}", *BODY[1:]]
    assert article.publisher is not None
    assert article.publisher.id == "quillnews"
    assert article.published is not None
    assert article.published.value.date() == date(2026, 1, 11)


def test_a_desk_line_gives_author_and_date() -> None:
    article = cleaned(
        " date 2026-01-12 Left Menu", TITLE, "",
        "Faced with rusting steel, the council of Northmere closes its harbour bridge and plans a ferry for traders.",
        "Lanternpost News Desk | Updated: 12-01-2026 10:30 IST | Created: 12-01-2026 09:09 IST", TITLE,
        "This image is AI-generated and does not depict any real-life event or location.", *BODY[:3],
        "(With inputs from agencies.)", *TRENDING, "Email: info@lanternpost.example.org", "© Copyright 2026",
    )  # fmt: skip
    assert article.title == TITLE
    assert article.body.split("\n\n") == list(BODY[:3])
    assert article.summary is not None
    assert article.summary.startswith("Faced with rusting steel")
    assert article.publisher is not None
    assert article.publisher.name == "Lanternpost"
    assert article.authors == ("Lanternpost News Desk",)
    assert article.published is not None
    assert article.published.value.date() == date(2026, 1, 12)


def test_a_disclaimer_names_the_publisher() -> None:
    article = cleaned(
        TITLE, *BODY[:2], "MINISTER OUTLINES FOUR-STEP PLAN FOR THE NORTHERN RAILWAY", *BODY[2:],
        '" Harbour Daily Ledger does not always share or support the views and opinions expressed here; '
        'they are just those of the writer."',
    )  # fmt: skip
    assert article.body.split("\n\n") == list(BODY)
    assert article.publisher is not None
    assert article.publisher.name == "Harbour Daily Ledger"
    assert article.publisher.confidence < 0.9
    assert article.published is None


def test_a_bare_article_has_no_publisher_and_no_date() -> None:
    article = cleaned(TITLE, "Eleven Million Crowns to Be Spent Before the Next Storms", *BODY)
    assert article.title == TITLE
    assert article.body.split("\n\n") == list(BODY)
    assert article.publisher is None
    assert article.published is None


def test_readers_comments_below_an_article_are_not_the_article() -> None:
    readers = [
        f"I have lived in Northmere for {n} years and nobody has ever asked me about the bridge." for n in range(30)
    ]
    article = cleaned(TITLE, *BODY, "30 comments", *readers)
    assert article.body.split("\n\n") == list(BODY)


def test_a_comments_button_above_an_article_hides_nothing() -> None:
    assert cleaned("Comments", "Share", TITLE, *BODY).body.split("\n\n") == list(BODY)


def test_a_list_between_paragraphs_stays() -> None:
    dates = ["12 May - Lower Quay", "13 May - Harbour Hall", "19 May - Old Town", "21 May - Northmere"]
    article = cleaned(TITLE, *BODY[:3], *dates, *BODY[3:])
    assert article.body.split("\n\n") == [*BODY[:3], *dates, *BODY[3:]]


def test_menus_that_lost_their_line_breaks_go() -> None:
    menu = (
        "Home News World Europe Asia Africa Business Markets Companies Sport Football Tennis Culture Books Film Music "
    )
    assert cleaned(menu * 2, TITLE, *BODY, "Latest News", menu * 3).body.split("\n\n") == list(BODY)


def test_menus_above_and_below_go() -> None:
    article = cleaned(*HEADER, TITLE, *BODY, "Read more: Ferry timetable", *TRENDING, "Subscribe to our newsletter")
    assert article.title == TITLE
    assert article.body.split("\n\n") == list(BODY)


def test_an_agency_tag_alone_is_a_credit_not_the_publisher() -> None:
    article = cleaned(TITLE, f"(Reuters) - {BODY[0]}", *BODY[1:])
    assert article.publisher is None
    assert article.credits == ("Reuters",)


def test_a_name_in_running_text_is_no_credit() -> None:
    assert cleaned(TITLE, *BODY, "The mayor told Reuters on Friday that the works would begin soon.").credits == ()


def test_the_senders_fields_fill_holes_and_the_page_wins() -> None:
    given = SenderFields(
        title="Bridge", published="Mon, 12 Jan 2026 08:00:00 GMT", authors=("By Jo Hale",), publisher="Gull Post"
    )
    article = cleaned(TITLE, *BODY, given=given)
    assert article.title == TITLE
    assert article.authors == ("Jo Hale",)
    assert article.publisher is not None
    assert article.publisher.name == "Gull Post"
    assert article.published is not None
    assert (article.published.source, article.published.confidence) == ("feed", 0.8)


def test_one_short_line_is_a_headline() -> None:
    article = cleaned("Volcano erupts again")
    assert (article.kind, article.title, article.body, article.words) == (Kind.HEADLINE, "Volcano erupts again", "", 3)


def test_menus_alone_are_rejected_with_one_line() -> None:
    with pytest.raises(Rejected, match=r"^no article found: lines of menus and links without running text$"):
        cleaned(*HEADER, *TRENDING)


def test_a_body_is_only_put_in_order() -> None:
    text = "Read more: this line is the sender's own.\r\n\r\n" + "\n\n".join(BODY) + "\x00\u200b"
    article = clean(
        arrival(text, ContentType.BODY, given=SenderFields(title=TITLE, published="2026-01-12T10:00:00+01:00"))
    )
    assert article.body.split("\n\n") == ["Read more: this line is the sender's own.", *BODY]
    assert article.title == TITLE
    assert article.published is not None
    assert article.published.source == "sender"
    assert article.published.value.isoformat() == "2026-01-12T09:00:00+00:00"


def test_hard_wrapped_lines_of_a_body_are_joined() -> None:
    wrapped = (
        "The council of Northmere voted on Tuesday to close the old harbour\n"
        "bridge for repairs that will last until spring, as the mayor said.\n\nThe ferry starts in May."
    )
    article = clean(arrival(wrapped, ContentType.BODY, given=SenderFields(title=TITLE)))
    assert article.body.split("\n\n")[0].startswith(
        "The council of Northmere voted on Tuesday to close the old harbour bridge"
    )
    assert len(article.body.split("\n\n")) == 2


def test_a_feed_entry_with_only_a_title_is_a_headline() -> None:
    article = clean(arrival(TITLE, ContentType.BODY, given=SenderFields(title=TITLE)))
    assert (article.kind, article.title, article.body) == (Kind.HEADLINE, TITLE, "")

"""Links by which readers take stories out of a track: whom they serve, until when, and that nobody can make one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from connectors.tracks.feedback_links import LIFETIME, FeedbackLinks
from connectors.webhooks.examples import example_alerts
from connectors.webhooks.sealing import new_key
from streams.contract.errors import Rejected
from streams.contract.messages import Alert
from tests.connectors.webhooks.fiction import NOON, an_alert

KEY, OTHER = new_key(), new_key()
SITE = "https://news.example.org/"


def token(alert: Alert, keys: str = KEY) -> str:
    url = FeedbackLinks(SITE, keys).add_to(alert).not_mine_url
    assert url is not None
    assert url.startswith("https://news.example.org/not-mine/")
    return url.rpartition("/")[2]


def test_a_link_names_the_track_the_article_and_the_story() -> None:
    alert = an_alert()
    what = FeedbackLinks(None, KEY).open(token(alert), NOON)
    assert (what.track, what.article, what.story) == (alert.track, alert.article.id, alert.story.id)


def test_an_alert_has_the_same_link_in_each_attempt() -> None:
    later = replace(an_alert(), delivery=replace(an_alert().delivery, attempts=3))
    assert token(an_alert()) == token(later)


def test_a_summary_has_a_link_for_each_alert() -> None:
    *_, summary = example_alerts()
    linked = FeedbackLinks(SITE, KEY).add_to(summary)
    tokens = [(one.not_mine_url or "").rpartition("/")[2] for one in linked.summary]
    opened = [FeedbackLinks(None, KEY).open(one, NOON) for one in tokens]
    assert [(one.article, one.story) for one in opened] == [(one.article, one.story) for one in summary.summary]
    assert linked.not_mine_url is None


@pytest.mark.parametrize(
    ("site", "keys"), [(None, KEY), (SITE, None), (SITE, "")], ids=["no address", "no key", "an empty key"]
)
def test_without_an_address_or_a_key_there_is_no_link(site: str | None, keys: str | None) -> None:
    assert FeedbackLinks(site, keys).add_to(an_alert()) == an_alert()


def test_each_key_opens_links_and_the_first_makes_them() -> None:
    both = FeedbackLinks(SITE, f"{OTHER},{KEY}")
    assert both.open(token(an_alert()), NOON) == both.open(token(an_alert(), OTHER), NOON)
    assert token(an_alert(), f"{OTHER} {KEY}") == token(an_alert(), OTHER)


def test_a_link_ends_with_its_time() -> None:
    links, end = FeedbackLinks(None, KEY), NOON + LIFETIME
    assert links.open(token(an_alert()), end - timedelta(seconds=1))
    with pytest.raises(Rejected, match=r"^this link expired on 20\d\d-\d\d-\d\d: links work for 30 days"):
        links.open(token(an_alert()), end)


def test_a_link_with_any_changed_character_is_not_valid() -> None:
    links, good = FeedbackLinks(None, KEY), token(an_alert())
    for at in range(len(good)):
        forged = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(Rejected, match="this link is not valid"):
            links.open(forged, NOON)


@pytest.mark.parametrize(
    "forged",
    ["", ".", "a", "a.b", "é.ü", ".".join("x" * 5_000), token(an_alert(), OTHER)],
    ids=["empty", "dot", "word", "two words", "accents", "long", "by another key"],
)
def test_what_is_no_link_is_not_valid(forged: str) -> None:
    for links in (FeedbackLinks(None, KEY), FeedbackLinks(None, None)):
        with pytest.raises(Rejected, match="this link is not valid"):
            links.open(forged, NOON)

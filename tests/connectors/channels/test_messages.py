"""What each channel makes of an alert: nothing of a headline is a link, a mention, a tag or a header."""

import html
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from connectors.channels import discord, email, services, slack, teams
from connectors.channels.brief import MOST_HEADLINE, brief
from connectors.channels.sample import sample_alert
from connectors.webhooks.examples import example_notice
from connectors.webhooks.payload import payload
from streams.contract import plugins
from streams.contract.messages import Alert, SummedAlert
from streams.contract.plugins import Note
from streams.sources.notices import to_note
from tests.connectors.webhooks.fiction import an_alert

NOT_MINE = "https://news.example.org/not-mine/WyIzZjJhOWMwMWI3ZGUiXQ"
STORY_URL = "https://news.example.org/stories/story-1"
SHIPPED = ("apprise", "discord", "email", "mattermost", "slack", "teams", "webhook")
EVIL = "<!channel> *bold* @everyone [x](https://evil.example) <script>\r\nBcc: a@evil.example\u202e & _more_"


def evil(title: str = EVIL) -> Alert:
    made = an_alert()
    return replace(
        made,
        track_name=title,
        reason=title,
        story_url=STORY_URL,
        article=replace(made.article, title=title, excerpt=title),
        filing=replace(made.filing, reasons=(title, title)),
        source=replace(made.source, name=title),
        story=replace(made.story, title=title),
    )


def sent(channel: str, alert: Alert) -> Any:
    return json.loads(plugins.channel(channel).message(alert).body)


def test_the_shipped_channels_are_entry_points() -> None:
    assert set(SHIPPED) <= set(plugins.names("storywatch.channels"))
    assert plugins.channel("") == plugins.channel("webhook")


@pytest.mark.parametrize("channel", SHIPPED)
def test_a_message_names_headline_source_and_link(channel: str) -> None:
    text = plugins.channel(channel).message(sample_alert()).body.decode()
    for part in ("harbour wall at Dunmoor gives way", "Northfell Media", "dunmoor"):
        assert part.lower() in text.lower(), part


@pytest.mark.parametrize("channel", SHIPPED)
def test_a_message_says_what_is_new_and_why(channel: str) -> None:
    """The first sentences, the story with its page, how much there is of it, and why the article is in it."""
    text = plugins.channel(channel).message(replace(sample_alert(), story_url=STORY_URL)).body.decode()
    for part in (
        "gave way on Sunday", "Harbour wall at Dunmoor gives way", STORY_URL, "shares the phrase", "GB", "4", "2",
    ):  # fmt: skip
        assert part in text.replace("\\", ""), part
    bare = plugins.channel(channel).message(an_alert(bare=True)).body.decode()
    assert "None" not in bare
    assert "Story: \n" not in bare


@pytest.mark.parametrize("channel", SHIPPED)
def test_an_alert_that_is_sent_again_has_the_same_body(channel: str) -> None:
    message = plugins.channel(channel).message
    assert message(an_alert()) == message(msgspec.json.decode(msgspec.json.encode(an_alert()), type=Alert))
    assert message(an_alert(bare=True)).body


@pytest.mark.parametrize("channel", SHIPPED)
def test_every_channel_has_a_form_for_tests_and_heartbeats(channel: str) -> None:
    note = Note(type="storywatch.test", at=datetime.now(UTC), receiver="desk", text="A test: it works.")
    made = plugins.channel(channel).note
    assert made is not None
    assert b"it works" in made(note).body


@pytest.mark.parametrize("channel", SHIPPED)
def test_every_channel_says_that_a_source_is_silent(channel: str) -> None:
    made = plugins.channel(channel).note
    assert made is not None
    body = made(to_note(replace(example_notice(), source_name="Dunmoor <Echo> @everyone"))).body.decode()
    assert "is silent" in body
    assert "nothing new since" in body.replace("\\", "")
    assert channel in ("webhook", "email", "apprise", "teams", "discord") or "<Echo>" not in body  # it is no mark-up


def test_the_webhook_channel_is_the_json_of_the_page() -> None:
    assert plugins.channel("").message(an_alert()).body == payload(an_alert())


def test_slack_has_no_mention_and_no_link_of_a_headline() -> None:
    message = sent("slack", evil())
    texts = [message["text"], *(one["text"]["text"] for one in message["blocks"][1:-1])]
    texts += [one["text"] for one in message["blocks"][-1]["elements"]]
    links = ("<https://dunmoor-echo.example/harbour>", f"<{STORY_URL}|")
    for text in texts:
        for link in links:
            text = text.replace(link, "")  # noqa: PLW2901
        assert "<" not in text
    assert sum("&lt;!channel&gt;" in text for text in texts) >= len(texts) - 1
    assert message["blocks"][0]["text"]["type"] == "plain_text"
    assert len(message["blocks"][0]["text"]["text"]) <= MOST_HEADLINE


def test_mattermost_has_no_mention_and_no_markdown_of_one() -> None:
    text = sent("mattermost", evil())["text"]
    assert "@everyone" not in text
    assert "[x](" not in text
    assert r"\[x\]\(" in text


def test_discord_notifies_nobody_and_shows_no_markdown() -> None:
    message = sent("discord", evil())
    assert message["allowed_mentions"] == {"parse": []}
    [embed] = message["embeds"]
    assert "[x](" not in embed["title"] + embed["description"]
    assert len(embed["title"]) <= discord.MOST_TITLE


def test_teams_shows_texts_without_markdown() -> None:
    card = sent("teams", evil())["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert [action["url"] for action in card["actions"]] == ["https://dunmoor-echo.example/harbour"]


def test_an_email_has_no_header_and_no_tag_of_a_headline() -> None:
    letter = msgspec.json.decode(email.message(evil()).body, type=email.Letter)
    to = email.address("smtp://mail.example/?from=desk@a.example&to=b@b.example,c@b.example")
    made = email.mime(letter, an_alert().id, to)
    assert made["Bcc"] is None
    assert "\n" not in made["Subject"]
    assert "<script>" not in letter.html
    assert html.escape("<script>") in letter.html
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]


def test_emails_of_one_story_and_track_are_one_thread() -> None:
    to = email.address("smtps://mail.example/?from=desk@a.example&to=b@b.example")

    def made(alert: Alert) -> Any:
        return email.mime(msgspec.json.decode(email.message(alert).body, type=email.Letter), alert.id, to)

    first, second = made(an_alert(1)), made(an_alert(2))
    other = made(replace(an_alert(3), story=replace(an_alert().story, id="story-2")))
    assert first["References"] == second["References"] == first["In-Reply-To"] != other["References"]
    assert len({first["Message-ID"], second["Message-ID"], other["Message-ID"]}) == 3
    assert made(an_alert(1)).as_bytes() == first.as_bytes()


@pytest.mark.parametrize("channel", SHIPPED[:-1])
def test_what_is_too_long_is_cut_with_a_mark(channel: str) -> None:
    text = plugins.channel(channel).message(evil("long " * 1_000)).body.decode()
    assert len(text) < 10_000
    assert "…" in text or "\\u2026" in text


@pytest.mark.parametrize("channel", SHIPPED)
def test_a_message_links_to_the_page_that_takes_its_story_out(channel: str) -> None:
    message = plugins.channel(channel).message
    alert = replace(an_alert(), not_mine_url=f"{NOT_MINE}.0")
    listed = tuple(replace(one, not_mine_url=f"{NOT_MINE}.{number}") for number, one in enumerate(summary(10).summary))
    assert f"{NOT_MINE}.0" in message(alert).body.decode()
    assert "Not my story" not in message(an_alert()).body.decode()
    text = message(replace(summary(10), summary=listed)).body.decode()
    assert [number for number in range(10) if f"{NOT_MINE}.{number}" not in text] == []


def test_discord_never_cuts_a_link_in_two() -> None:
    long = tuple(replace(one, not_mine_url=f"{NOT_MINE}.{'x' * 600}") for one in summary(10).summary)
    [embed] = sent("discord", replace(summary(10), summary=long))["embeds"]
    assert len(embed["description"]) <= discord.MOST_DESCRIPTION
    assert embed["description"].endswith("\n…")
    assert embed["description"].count("[Not my story](") == embed["description"].count("x)")


def summary(count: int) -> Alert:
    one = SummedAlert(
        id="a1",
        made_at=an_alert().made_at,
        condition="new source",
        story="story-1",
        story_title="The wall",
        source="Tarn Post",
        title=f"Wall {EVIL}",
        url="https://tarn-post.example/wall",
    )
    return replace(an_alert(), condition="summary", summed=count, summary=(one,) * min(count, 50))


@pytest.mark.parametrize("channel", SHIPPED)
def test_a_summary_lists_what_it_sums_up(channel: str) -> None:
    text = plugins.channel(channel).message(summary(60)).body.decode()
    assert "tarn-post.example/wall" in text
    assert len(text) < 40_000
    if channel != "webhook":
        assert "60 alerts" in text
        assert "and 50 more" in text.replace("\\", "")


@pytest.mark.parametrize("channel", SHIPPED[:-1])
def test_a_correction_says_so(channel: str) -> None:
    text = plugins.channel(channel).message(replace(an_alert(), corrects=("a1",))).body.decode()
    assert "Correction" in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://user:pw@a.example/", "https://", None])
def test_only_a_web_address_becomes_a_link(url: str | None) -> None:
    said = brief(replace(an_alert(), article=replace(an_alert().article, url=url)))
    assert said.url is None
    assert services.message(an_alert()) != services.message(replace(an_alert(), reason="other"))


def test_escaping_is_what_each_service_asks_for() -> None:
    assert slack.slack_escaped("a & <b>") == "a &amp; &lt;b&gt;"
    assert slack.mattermost_escaped("*a* @all") == "\\*a\\* @\u200ball"
    assert discord.escaped("**a** <@1>") == r"\*\*a\*\* \<\@1\>"
    assert teams.CHANNEL.signed is False

"""Slack and Mattermost: incoming webhooks.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://developers.mattermost.com/integrate/webhooks/incoming
"""

import re
from typing import Any

import msgspec

from connectors.channels.brief import NOT_MINE, Brief, brief, line
from streams.contract.messages import Alert
from streams.contract.plugins import Judgement, Note, Notification, Reply, ServiceChannel

# answers to a webhook that was revoked, or whose channel or workspace is gone
SLACK_GONE = {
    "no_service", "no_service_id", "no_team", "team_disabled", "channel_not_found", "channel_is_archived",
    "invalid_token", "user_not_found", "no_active_hooks",
}  # fmt: skip
NOT_FOUND, FORBIDDEN, BAD_REQUEST = 404, 403, 400
CLIENT_ERRORS = range(400, 500)
MOST_TEXT = 3_000  # characters of a text of a block
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>])")


def slack_message(alert: Alert) -> Notification:
    said = brief(alert)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": said.headline, "emoji": False}},
        _section(
            f"*{slack_escaped(said.source)}*: {slack_escaped(said.reason)}{_slack_link(said.url)}"
            f"{_slack_not_mine(said.not_mine_url)}"
        ),
        *([_section(slack_escaped(said.excerpt))] if said.excerpt else []),
        *(
            _section(
                f"• {slack_escaped(item.headline)} ({slack_escaped(item.source)}){_slack_link(item.url)}"
                f"{_slack_not_mine(item.not_mine_url)}"
            )
            for item in said.items
        ),
        {"type": "context", "elements": [_text(one) for one in _slack_context(said)]},
    ]
    return _json({"text": slack_escaped(f"{said.track}: {said.headline} ({said.source})"), "blocks": blocks})


def _slack_context(said: Brief) -> list[str]:
    """What stands below: the track, the numbers, the story, and why the article is in it."""
    story = slack_escaped(said.story)
    if said.story_url:
        story = f"<{_slack_url(said.story_url)}|{story.replace('|', '¦')}>"
    lines = [slack_escaped(said.track), slack_escaped(said.details), "" if said.items else f"Story: {story}"]
    lines += [f"In it because: {slack_escaped(said.why)}"] if said.why else []
    return [one for one in lines if one]


def slack_note(note: Note) -> Notification:
    return _json({"text": slack_escaped(note.text), "blocks": [_section(slack_escaped(line(note.text, MOST_TEXT)))]})


def slack_escaped(text: str) -> str:
    """Escaped as Slack asks: no link and no mention of a person or a channel can be written with it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def slack_judge(reply: Reply) -> Judgement | None:
    said = reply.text.strip()
    if (reply.code in CLIENT_ERRORS and said in SLACK_GONE) or (reply.code in (NOT_FOUND, FORBIDDEN) and not said):
        return Judgement("gone", f"answered {reply.code}: {said or 'there is no such webhook'}")
    if reply.code == BAD_REQUEST:
        return Judgement("refused", f"answered 400: {reply.text}")
    return None


def mattermost_message(alert: Alert) -> Notification:
    said = brief(alert)
    lines = [
        f"#### {_mattermost_link(said.headline, said.url)}",
        f"**{mattermost_escaped(said.source)}**: {mattermost_escaped(said.reason)}",
        *([f"> {mattermost_escaped(said.excerpt)}"] if said.excerpt else []),
        *(
            f"* {_mattermost_link(one.headline, one.url)} ({mattermost_escaped(one.source)})"
            f"{_mattermost_not_mine(one.not_mine_url)}"
            for one in said.items
        ),
        *([] if said.items else [f"Story: {_mattermost_link(said.story, said.story_url)}"]),
        *([f"In it because: {mattermost_escaped(said.why)}"] if said.why else []),
        " · ".join(map(mattermost_escaped, (said.track, said.details))) + _mattermost_not_mine(said.not_mine_url),
    ]
    return _json({"text": "\n".join(lines)})


def _mattermost_link(text: str, url: str | None) -> str:
    escaped = mattermost_escaped(text)
    return f"[{escaped}]({url.replace('(', '%28').replace(')', '%29')})" if url else escaped


def _mattermost_not_mine(url: str | None) -> str:
    return f" · {_mattermost_link(NOT_MINE, url)}" if url else ""


def mattermost_note(note: Note) -> Notification:
    return _json({"text": mattermost_escaped(line(note.text, MOST_TEXT))})


def mattermost_escaped(text: str) -> str:
    """Escaped for Markdown. A zero-width space follows each @, so that nobody is notified by a headline."""
    return _MARKDOWN.sub(r"\\\1", text).replace("<", "&lt;").replace("@", "@\u200b")


def mattermost_judge(reply: Reply) -> Judgement | None:
    if reply.code == NOT_FOUND or (reply.code == BAD_REQUEST and "incoming_webhook.invalid" in reply.text):
        return Judgement("gone", f"answered {reply.code}: there is no such webhook")
    if reply.code == BAD_REQUEST:
        return Judgement("refused", f"answered 400: {reply.text}")
    return None


def _slack_link(url: str | None) -> str:
    return f"\n<{_slack_url(url)}>" if url else ""


def _slack_not_mine(url: str | None) -> str:
    return f"\n<{_slack_url(url)}|{NOT_MINE}>" if url else ""


def _slack_url(url: str) -> str:
    return slack_escaped(url).replace("|", "%7C")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _text(text)}


def _text(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}  # verbatim: no link that is not written as one


def _json(content: dict[str, Any]) -> Notification:
    return Notification(msgspec.json.encode(content))


SLACK = ServiceChannel(message=slack_message, note=slack_note, judge=slack_judge)
MATTERMOST = ServiceChannel(message=mattermost_message, note=mattermost_note, judge=mattermost_judge)

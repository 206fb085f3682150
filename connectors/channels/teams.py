"""Microsoft Teams: an adaptive card for a webhook of the app Workflows.

https://adaptivecards.io/explorer and "Create incoming webhooks with Workflows for Microsoft Teams". The texts of
strangers are in TextRun elements, which show no Markdown, so nothing of them is a link or a mention.
"""

from typing import Any

import msgspec

from connectors.channels.brief import NOT_MINE, Brief, brief, line
from streams.contract.messages import Alert
from streams.contract.plugins import Judgement, Note, Notification, Reply, ServiceChannel

NOT_FOUND, BAD_REQUEST = 404, 400
MOST_TEXT = 5_000  # characters; a message may have 28 kB
GONE = ("WorkflowTriggerIsNotEnabled", "WorkflowNotFound", "WorkflowDisabled")


def message(alert: Alert) -> Notification:
    said = brief(alert)
    body = [
        _text({"text": said.headline, "weight": "Bolder", "size": "Large"}),
        _text({"text": f"{said.source}: ", "weight": "Bolder"}, {"text": said.reason}, *_not_mine(said.not_mine_url)),
        *([_text({"text": said.excerpt})] if said.excerpt else []),
        *(_text({"text": f"• {item.headline} ({item.source})"}, *_not_mine(item.not_mine_url)) for item in said.items),
        *([] if said.items else [_text({"text": "Story: "}, _story(said))]),
        *([_text({"text": f"In it because: {said.why}", "isSubtle": True})] if said.why else []),
        _text({"text": f"{said.track} · {said.details}", "isSubtle": True}),
    ]
    links = [("Read", said.url), *((str(number), item.url) for number, item in enumerate(said.items, 1))]
    actions = [{"type": "Action.OpenUrl", "title": title, "url": url} for title, url in links if url]
    return _card(body, actions)


def _story(said: Brief) -> dict[str, Any]:
    link = {"selectAction": {"type": "Action.OpenUrl", "url": said.story_url}} if said.story_url else {}
    return {"text": said.story, **link}


def _not_mine(url: str | None) -> list[dict[str, Any]]:
    if url is None:
        return []
    return [{"text": " · "}, {"text": NOT_MINE, "selectAction": {"type": "Action.OpenUrl", "url": url}}]


def note(note: Note) -> Notification:
    return _card([_text({"text": line(note.text, MOST_TEXT)})], [])


def judge(reply: Reply) -> Judgement | None:
    if reply.code == NOT_FOUND or any(word in reply.text for word in GONE):
        return Judgement("gone", f"answered {reply.code}: the workflow is deleted or switched off")
    if reply.code == BAD_REQUEST:
        return Judgement("refused", f"answered 400: {reply.text}")
    if "Webhook message delivery failed" in reply.text:  # with status 200
        return Judgement("retry", f"answered {reply.code}: {reply.text}", retry_after_seconds=reply.retry_after_seconds)
    return None


def _text(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", **run} for run in runs]}


def _card(body: list[dict[str, Any]], actions: list[dict[str, Any]]) -> Notification:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": actions,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return Notification(msgspec.json.encode({"type": "message", "attachments": [attachment]}))


CHANNEL = ServiceChannel(message=message, note=note, judge=judge)

"""Discord: a webhook of a channel. https://discord.com/developers/docs/resources/webhook#execute-webhook."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.channels.brief import NOT_MINE, brief, line
from streams.contract.messages import Alert, clipped
from streams.contract.plugins import Judgement, Note, Notification, Reply, ServiceChannel

UNKNOWN_WEBHOOK, INVALID_TOKEN = 10_015, 50_027  # codes in the answer
NOT_FOUND, BAD_REQUEST, TOO_MANY = 404, 400, 429
MOST_CONTENT, MOST_TITLE, MOST_DESCRIPTION = 2_000, 256, 4_096  # characters
_MARKDOWN = re.compile(r"([\\*_`~|>\[\]()#\-.:@<])")


class _Answer(msgspec.Struct):
    code: int = 0
    message: str = ""
    retry_after: float | None = None  # seconds


def message(alert: Alert) -> Notification:
    said = brief(alert)
    lines = [f"**{escaped(said.source)}**: {escaped(said.reason)}{_not_mine(said.not_mine_url)}"]
    lines += [
        f"• {escaped(item.headline)} ({escaped(item.source)}) {item.url or ''}{_not_mine(item.not_mine_url)}"
        for item in said.items
    ]
    lines += [escaped(said.excerpt)] if said.excerpt else []
    if not said.items:
        story = escaped(said.story)
        lines.append(f"Story: [{story}]({said.story_url})" if said.story_url else f"Story: {story}")
    lines += [f"In it because: {escaped(said.why)}"] if said.why else []
    embed: dict[str, Any] = {
        "title": line(escaped(said.headline), MOST_TITLE),
        "description": _fitted(lines),
        "footer": {"text": f"{said.track} · {said.details}"},  # shown as it is
        **({"url": said.url} if said.url else {}),
    }
    return _json({"embeds": [embed]})


def _not_mine(url: str | None) -> str:
    return f" · [{NOT_MINE}]({url})" if url else ""


def _fitted(lines: Sequence[str]) -> str:
    """The lines that fit: half of a link leads nowhere."""
    fitted, left = [clipped(lines[0], MOST_DESCRIPTION)], MOST_DESCRIPTION - len(lines[0]) - len("\n…")
    for one in lines[1:]:
        left -= len(one) + 1
        if left < 0:
            return "\n".join([*fitted, "…"])
        fitted.append(one)
    return "\n".join(fitted)


def note(note: Note) -> Notification:
    return _json({"content": line(escaped(note.text), MOST_CONTENT)})


def escaped(text: str) -> str:
    """Escaped for Discord's Markdown. No mention notifies anybody: `allowed_mentions` is empty."""
    return _MARKDOWN.sub(r"\\\1", text)


def judge(reply: Reply) -> Judgement | None:
    try:
        answer = msgspec.json.decode(reply.text, type=_Answer)
    except msgspec.DecodeError:
        answer = _Answer()
    if reply.code == NOT_FOUND or answer.code in (UNKNOWN_WEBHOOK, INVALID_TOKEN):
        return Judgement("gone", f"answered {reply.code}: {answer.message or 'there is no such webhook'}")
    if reply.code == TOO_MANY:
        asked = reply.retry_after_seconds if answer.retry_after is None else answer.retry_after
        return Judgement("retry", f"answered 429: {answer.message}", retry_after_seconds=asked)
    if reply.code == BAD_REQUEST:
        return Judgement("refused", f"answered 400: {reply.text}")
    return None


def _json(content: dict[str, Any]) -> Notification:
    return Notification(msgspec.json.encode({"allowed_mentions": {"parse": []}, **content}))


CHANNEL = ServiceChannel(message=message, note=note, judge=judge)

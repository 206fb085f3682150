"""A channel that writes one line with a link."""

import json

from streams.api import Alert, Notification


def message(alert: Alert) -> Notification:
    """The message of an alert."""
    link = f"<{alert.article.url}|{alert.article.title}>" if alert.article.url else alert.article.title
    text = f"*{alert.track_name}*: {alert.reason}\n{link} ({alert.source.name})"
    return Notification(json.dumps({"text": text}).encode())

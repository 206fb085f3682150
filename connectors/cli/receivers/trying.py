"""Sends a test to a receiver, and shows what a channel makes of an alert."""

import asyncio
from datetime import datetime

from connectors.audit.entries import test_entry
from connectors.channels.sample import sample_alert
from connectors.cli.common import connect
from connectors.http.net import guarded_client
from connectors.kafka.producer import Producer
from connectors.webhooks.sealing import Seal
from connectors.webhooks.sending import Sender, WebhookAttempt, templated
from streams.contract import plugins, topics
from streams.contract.errors import Rejected, UsageError
from streams.contract.messages import Alert, NamedReceiver, Webhook, digest
from streams.contract.plugins import Note, Notification
from streams.runtime.settings import Settings


def send_test(settings: Settings, receiver: NamedReceiver, now: datetime, *, sample: bool, by: str) -> WebhookAttempt:
    """Send a test message, or an invented alert (``sample``, and for channels that have no other form).

    ``by``: who does it, for the audit log. Raises `Unavailable`, and `UsageError` before `storywatch init`.
    """
    connect.check_topics(settings, topics.AUDIT)
    with Producer(settings) as producer:
        producer.send(topics.AUDIT, test_entry(receiver.name, by=by, at=now))

    async def send() -> WebhookAttempt:
        hook = receiver.hook
        client = guarded_client(
            allow_private=hook.allow_private,
            timeout_seconds=settings.webhook_timeout_seconds,
            user_agent=settings.user_agent,
        )
        async with client:
            sender = Sender(
                client_for=lambda _: client, seal=Seal.of(settings), timeout_seconds=settings.webhook_timeout_seconds
            )
            if sample or plugins.channel(hook.channel).note is None:
                return await sender.send(sample_alert(), hook)
            note = Note(
                type="storywatch.test",
                at=now,
                receiver=receiver.name,
                text=f"A test from Storywatch: the receiver {receiver.name} works.",
            )
            return await sender.send_note(note, digest("test", receiver.name, now.isoformat()), hook)

    return asyncio.run(send())


def preview(hook: Webhook, alert: Alert | None) -> Notification:
    """What would be sent. Raises `UsageError` with the reason for a template that fails."""
    channel, alert = plugins.channel(hook.channel), alert or sample_alert()
    if not hook.template:
        return channel.message(alert)
    try:
        return asyncio.run(templated(alert, hook, channel))
    except Rejected as error:
        raise UsageError(f"{error}; alerts would be sent with the channel's own body") from error

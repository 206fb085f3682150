"""Writes changes of a compacted topic, each after its entry in the audit log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from connectors.audit.entries import View, entry
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.errors import Unavailable
from streams.contract.messages import Change, Message
from streams.contract.messages.changes import Subject
from streams.contract.topics import Topic
from streams.runtime.settings import Settings

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Edit(Generic[M]):
    """An object before and after: without ``before`` it is new, without ``after`` it is removed."""

    before: M | None
    after: M | None

    @property
    def known(self) -> M:
        """The object, as it is after the edit if it is still there."""
        one = self.after if self.after is not None else self.before
        if one is None:
            raise ValueError("an edit without an object")
        return one


@dataclass(frozen=True)
class Audited(Generic[M]):
    """A topic of objects whose changes are in the audit log.

    ``view`` gives the fields of an object without any secret, ``name`` its name for people, ``subject`` its id where
    that is not the key of its messages. ``same_secret`` tells whether two states have the same secrets, which the views
    do not show.
    """

    topic: Topic[M]
    kind: Subject
    view: Callable[[M], View]
    name: Callable[[M], str]
    same_secret: Callable[[M, M], bool] = lambda before, after: True
    subject: Callable[[M], str] | None = None

    def entry(self, edit: Edit[M], *, by: str, at: datetime) -> Change | None:
        """The entry for one edit, or None if nothing changes."""
        before, after = edit.before, edit.after
        known = edit.known
        views = [None if one is None else dict(self.view(one)) for one in (before, after)]
        if before is not None and after is not None and not self.same_secret(before, after):
            views = [{**(view or {}), "secret": text} for view, text in zip(views, _SECRETS, strict=True)]
        subject = self.topic.kafka_key(known).decode() if self.subject is None else self.subject(known)
        return entry(self.kind, subject, self.name(known), *views, by=by, at=at)


_SECRETS = ("not shown", "another one, not shown")


def write(
    settings: Settings,
    audited: Audited[M],
    edits: Sequence[Edit[M]],
    *,
    by: str,
    stored: Callable[[M], M] = lambda message: message,
) -> None:
    """Write edits in their order. ``stored`` gives the state that is written, such as one that is encrypted.

    The entries of the audit log are confirmed before the first change is sent, so that there is no change without one.
    Raises `Unavailable` if Kafka does not accept them; its message tells how many changes were accepted.
    """
    at = datetime.now(UTC)
    with Producer(settings) as producer:
        entries = [found for edit in edits if (found := audited.entry(edit, by=by, at=at)) is not None]
        for sent in [producer.start(topics.AUDIT, one) for one in entries]:
            producer.confirm(sent)
        accepted = 0
        try:
            for sent in [_start(producer, audited.topic, edit, stored) for edit in edits]:
                producer.confirm(sent)
                accepted += 1
        except Unavailable as error:
            if len(edits) == 1:
                raise
            raise Unavailable(
                f"{accepted:,} of {len(edits):,} changes are confirmed, the others may be missing: {error}"
            ) from error


def _start(producer: Producer, topic: Topic[M], edit: Edit[M], stored: Callable[[M], M]) -> object:
    if edit.after is not None:
        return producer.start(topic, stored(edit.after))
    return producer.start_raw(topic, topic.kafka_key(edit.known).decode(), None)

"""Writes what a stage of the store was given, except what is forgotten or not for it, with one result for each."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from streams.agents.support.erasures import is_forgotten
from streams.agents.support.services import Services, WriteResult
from streams.contract.deadletter import DeadLetterRecord
from streams.contract.errors import Rejected
from streams.contract.messages import Alert, Deliverable, FiledArticle, StoryUpdate
from streams.contract.stage import Effects, RecordContext

Results = Sequence[Effects | Rejected]
M = TypeVar("M", FiledArticle, StoryUpdate, Deliverable, DeadLetterRecord)
FORGOTTEN = Effects(outcome="forgotten")


async def write(
    store: Callable[[Sequence[M], Sequence[RecordContext]], Awaitable[Sequence[WriteResult | Rejected]]],
    messages: Sequence[M | None],
    ats: Sequence[RecordContext],
    services: Services,
    other: Effects = FORGOTTEN,
) -> Results:
    """Write all messages except those about forgotten articles. None is not for the store: its result is ``other``."""
    allowed = [one is not None and not is_forgotten(_article(one), services.forgotten) for one in messages]
    to_write = [one for one, passes in zip(messages, allowed, strict=True) if passes and one is not None]
    written = iter(await store(to_write, [at for at, passes in zip(ats, allowed, strict=True) if passes]))
    return [
        result(next(written)) if passes else (other if one is None else FORGOTTEN)
        for one, passes in zip(messages, allowed, strict=True)
    ]


def _article(message: FiledArticle | StoryUpdate | Deliverable | DeadLetterRecord) -> str:
    """The id of the article that a message is about; "" without one, as of a notice about a source."""
    match message:
        case DeadLetterRecord():
            return message.subject.article or ""
        case FiledArticle() | StoryUpdate() | Alert():
            return message.article.id
    return ""


def result(written: WriteResult | Rejected) -> Effects | Rejected:
    return written if isinstance(written, Rejected) else Effects(outcome=written)

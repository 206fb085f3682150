"""A link of two stories that a person makes or cuts -> the log of sketches, after its entry in the audit log."""

from datetime import datetime
from typing import Literal

from connectors.corrections.request import MOST_REASON
from connectors.elastic.read.find import find_surviving_story
from connectors.elastic.read.queries import Search
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.errors import UsageError
from streams.contract.messages import Change, ChangedField, LinkCorrection, LinkRequest, digest
from streams.runtime.settings import Settings

LinkState = Literal["linked", "cut"]


def prepare(
    queries: Search, story: str, other: str, state: LinkState, reason: str, by: str, at: datetime
) -> LinkRequest:
    """``story`` and ``other``: ids, or prefixes of ids. Raises `UsageError` with a sentence, `Unavailable`."""
    if len(reason) > MOST_REASON:
        raise UsageError(f"the reason has {len(reason)} characters: give at most {MOST_REASON}")
    first, second = (find_surviving_story(queries, key).story for key in (story, other))
    if first.id == second.id:
        raise UsageError(f"{story} and {other} are the same story")
    if state == "linked" and first.language == second.language:
        raise UsageError(f"both stories are in {first.language}: merge them, links are between languages")
    correction = LinkCorrection(other=second.id, state=state, by=by, reason=reason)
    return LinkRequest(story=first.id, at=at, correction=correction)


def send(settings: Settings, request: LinkRequest) -> None:
    """Send a correction of a link. Raises `Unavailable`."""
    with Producer(settings) as producer:
        producer.send(topics.AUDIT, _entry(request))
        producer.send(topics.SKETCHES, request)


def _entry(request: LinkRequest) -> Change:
    correction = request.correction
    if correction is None:
        raise ValueError("a request without a correction")
    field = "after" if correction.state == "linked" else "before"
    fields = [ChangedField(name="linked", **{field: correction.other})]
    if correction.reason:
        fields.append(ChangedField(name="reason", after=correction.reason))
    return Change(
        id=digest("change", "link", request.story, correction.other, correction.by, request.at.isoformat()),
        at=request.at,
        by=correction.by,
        action="changed",
        kind="story",
        subject=request.story,
        fields=tuple(fields),
    )

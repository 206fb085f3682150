"""The alerts that a candidate makes: of its facts, of corrections, and of what was held.

An id is a digest of what an alert reports, so the same fact is the same alert, whatever is replayed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from streams.alerts import receivers
from streams.alerts.rules.calendar import LATE_AFTER
from streams.alerts.rules.conditions import count_sources
from streams.alerts.rules.fires import NEW_SOURCE, PRESENT, SOURCES_REACHED, Fact, source_of
from streams.alerts.size import check_size
from streams.contract.errors import TooLarge
from streams.contract.messages import (
    Alert,
    ArticleRef,
    Candidate,
    Delivery,
    Lane,
    Source,
    StoryUpdate,
    SummedAlert,
    Track,
    digest,
)

CORRECTION, SUMMARY = "correction", "summary"
MOST_SUMMED = 50  # alerts that a summary lists; it counts the others
MOST_NAMES = 20  # sources that the first message of a track names


def fact_id(track: Track, fact: Fact) -> str:
    """Return the id under which a track knows a fact: that of the first alert which reports it."""
    return digest("alert", track.id, fact.story, fact.key)


def corrected_id(id_: str, times: int) -> str:
    """Return the id of the alert for a fact that was corrected ``times`` times since it was first reported."""
    return digest("again", id_, str(times)) if times else id_


def alert_of(
    id_: str, candidate: Candidate, update: StoryUpdate, facts: Sequence[Fact], at: datetime, *, elsewhere: int = 0
) -> Alert:
    """Make the alert of an update for its facts, the first of which describes it. Raises `TooLarge`.

    ``elsewhere``: number of further sources that stories linked with the update's have.
    """
    track = candidate.track
    count = count_sources(track, update) + elsewhere
    conditions = tuple(fact.condition for fact in facts)
    return _made(
        track,
        update,
        at,
        id_=id_,
        source=source_of(track, update) or _source(update.article),
        article=update.article,
        condition=conditions[0],
        fired=conditions,
        reason=_reason(track, update, conditions, count) + _by_link(candidate),
        elsewhere=elsewhere,
        late_by=late_by(update, at).total_seconds(),
    )


def correction_of(id_: str, corrected: str, track: Track, update: StoryUpdate, why: str, at: datetime) -> Alert:
    """Make the alert which says that the alert ``corrected`` is not true any more. Raises `TooLarge`."""
    article = update.left or update.article
    return _made(
        track,
        update,
        at,
        id_=id_,
        source=update.coverage.source or _source(article),
        article=article,
        condition=CORRECTION,
        fired=(CORRECTION,),
        reason=why,
        corrects=(corrected,),
    )


def summary_of(track: Track, alerts: Sequence[Alert], at: datetime) -> Alert:
    """Make one alert for several that were held. Its story and article are those of the last one."""
    last = alerts[-1]
    why = last.delivery.held_for
    listed = tuple(map(summed_up, alerts[:MOST_SUMMED]))
    made = replace(
        last,
        id=digest("summary", track.id, *(one.id for one in alerts)),
        track_name=track.name,
        condition=SUMMARY,
        fired=(SUMMARY,),
        corrects=(),
        edit=None,
        reason=f"{len(alerts)} alerts that were held ({why})",
        made_at=at,
        late_by=max(one.late_by for one in alerts),
        summed=len(alerts),
        summary=listed,
    )
    return _fitting(to_send(track, made))


def summed_up(alert: Alert) -> SummedAlert:
    """Return an alert as a summary lists it."""
    return SummedAlert(
        id=alert.id,
        made_at=alert.made_at,
        condition=alert.condition,
        story=alert.story.id,
        story_title=alert.story.title,
        source=alert.source.name,
        title=alert.article.title,
        url=alert.article.url,
        article=alert.article.id,
    )


def to_send(track: Track, alert: Alert) -> Alert:
    """Return the alert as it is sent first, to the present webhook of its track."""
    hook = track.webhook
    return replace(
        alert,
        receiver=receivers.receiver_id(hook) if hook else f"none:{track.id}",
        url=receivers.origin(hook.url) if hook else None,
        delivery=Delivery(status="pending" if hook else "recorded", held_for=alert.delivery.held_for),
    )


def ended(alert: Alert, status: str, why: str) -> Alert:
    """Return a held alert that is not sent itself. ``status``: "summed" or "cancelled"."""
    state = Delivery(
        status="summed" if status == "summed" else "cancelled", held_for=alert.delivery.held_for, error=why
    )
    return replace(alert, delivery=state)


def present_fact(update: StoryUpdate) -> Fact:
    return Fact("present", PRESENT, PRESENT, update.story.id)


def late_by(update: StoryUpdate, at: datetime) -> timedelta:
    """Return how much time passed since a live article arrived, if it is unusually much; else zero."""
    passed = at - update.received_at
    return passed if update.article.lane is Lane.LIVE and passed >= LATE_AFTER else timedelta(0)


def _made(
    track: Track,
    update: StoryUpdate,
    at: datetime,
    *,
    id_: str,
    source: Source,
    article: ArticleRef,
    condition: str,
    fired: tuple[str, ...],
    reason: str,
    corrects: tuple[str, ...] = (),
    late_by: float = 0.0,
    elsewhere: int = 0,
) -> Alert:
    alert = Alert(
        id=id_,
        track=track.id,
        track_name=track.name,
        receiver="",
        story=update.story,
        article=article,
        source=source,
        sources=count_sources(track, update) + elsewhere,
        condition=condition,
        reason=reason,
        filing=update.filing,
        received_at=update.received_at,
        made_at=at,
        filed_at=update.filed_at,
        fired=fired,
        corrects=corrects,
        edit=update.edit,
        late_by=late_by,
    )
    alert = to_send(track, alert)
    check_size(alert)
    return alert


def _fitting(summary: Alert) -> Alert:
    """Return a summary that fits a message, with fewer of its alerts listed if it has to be."""
    check_size(replace(summary, summary=()))
    listed = summary.summary
    while listed:
        try:
            made = replace(summary, summary=listed)
            check_size(made)
        except TooLarge:
            listed = listed[: len(listed) // 2]
        else:
            return made
    return replace(summary, summary=())


def _reason(track: Track, update: StoryUpdate, conditions: Sequence[str], count: int) -> str:
    first, *others = conditions
    more = f" (also: {', '.join(others)})" if others else ""
    if first == NEW_SOURCE:
        kind = "independent source" if track.independent else "publisher"
        return f"{kind} number {count}: {update.coverage.reason}{more}"
    if first.startswith(SOURCES_REACHED):
        return f"{count} sources reached: {update.coverage.reason}{more}"
    if first == PRESENT:
        names = [source.name for source in update.story.sources] or list(update.story.publishers)
        hidden = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        return f"the story has {count} sources so far: {', '.join(names[:MOST_NAMES])}{hidden}"
    if update.edit is not None:
        return f"{first}: {_edited(update)}{more}"
    if update.moved_to is not None:
        return f"the story became part of story {update.moved_to}{more}"
    return f"{first}: {update.coverage.reason}{more}"


def _by_link(candidate: Candidate) -> str:
    return f"; this story is linked with story {candidate.through}" if candidate.through else ""


def _edited(update: StoryUpdate) -> str:
    edit = update.edit
    if edit is None:
        return ""
    parts = [f'the title was "{edit.title_before}"'] if edit.title_before is not None else []
    parts += [f"{len(edit.added)} paragraphs are new"] if edit.added else []
    parts += [f"{edit.removed} paragraphs are gone"] if edit.removed else []
    return ", ".join(parts) or "the text was changed"


def _source(article: ArticleRef) -> Source:
    publisher = article.publisher
    if publisher is None:
        return Source(key="unknown", name="a publisher that is not named")
    return Source(key=f"publisher:{publisher.id}", name=publisher.name)

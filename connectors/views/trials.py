"""A dry run of a track -> its view: what it would have sent, held back and left out."""

from datetime import datetime

from msgspec import Struct

from connectors.tracks.trial import Trial
from connectors.views.base import View
from streams.alerts.dry_run import Outcome, Sent


class NotSent(View, frozen=True, kw_only=True):
    """Updates of stories for which nothing is sent, for one reason. ``articles``: some titles."""

    number: int
    articles: tuple[str, ...]


class OutcomeView(Struct, frozen=True, kw_only=True):
    """What would have become of a track. ``messages``: their number; ``sent``: the first of them.

    ``days``: messages by day, in the track's time zone; ``held``: reason why alerts waited -> their number;
    ``still_held``: those that wait at the end; ``not_sent``: by reason.
    """

    messages: int
    stories: int
    days: dict[str, int]
    sent: tuple[Sent, ...]
    held: dict[str, int]
    still_held: int
    not_sent: dict[str, NotSent]


class TrialView(OutcomeView, frozen=True, kw_only=True):
    """A dry run over the log from ``since``, or from its beginning. ``updates``: of stories, that were decided on.

    ``cut``: why it ended before the present; null if it did not.
    """

    since: datetime
    until: datetime
    updates: int
    cut: str | None


def outcome(one: Outcome, since: datetime, until: datetime) -> OutcomeView:
    return OutcomeView(
        messages=one.total,
        stories=len(one.stories),
        days={day.isoformat(): number for day, number in one.days(since, until)},
        sent=tuple(one.sent),
        held=dict(one.held),
        still_held=one.waiting,
        not_sent={
            reason: NotSent(number=number, articles=tuple(one.examples[reason]))
            for reason, number in one.silent.most_common()
        },
    )


def trial(found: Trial, since: datetime, until: datetime) -> TrialView:
    """The view of a dry run of one track over [since, until)."""
    begin = max(since, found.reaches) if found.reaches is not None else until
    told = outcome(found.run.outcomes[0], begin, until)
    return TrialView(
        **{name: getattr(told, name) for name in OutcomeView.__struct_fields__},
        since=begin,
        until=until,
        updates=found.run.updates,
        cut=found.cut,
    )

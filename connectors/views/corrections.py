"""A correction by a person -> its view."""

from datetime import datetime

from connectors.views.base import View
from streams.contract.messages import StoryCorrection


class CorrectionView(View, frozen=True, kw_only=True):
    """What a person said about stories. ``into``: the story that has ``articles`` afterwards.

    ``state``: ``asked`` until a worker has decided it, then ``applied`` or ``refused``; ``outcome``: what it did, or
    why not. ``undoes`` and ``undone``: the correction that it takes back, and the one that took it back.
    """

    id: str
    at: datetime
    by: str
    action: str
    story: str
    into: str | None
    articles: tuple[str, ...]
    title: str | None
    reason: str | None
    undoes: str | None
    undone: str | None
    state: str
    outcome: str | None


def correction(found: StoryCorrection) -> CorrectionView:
    return CorrectionView(
        id=found.id,
        at=found.at,
        by=found.by,
        action=found.action,
        story=found.story,
        into=found.into or None,
        articles=found.articles,
        title=found.title or None,
        reason=found.reason or None,
        undoes=found.undoes or None,
        undone=found.undone or None,
        state=found.state,
        outcome=found.outcome or None,
    )

"""A link of two stories of different languages -> its view."""

from datetime import datetime

from connectors.elastic import records as r
from connectors.views.base import View


class LinkView(View, frozen=True, kw_only=True):
    """Two stories that report the same event, or (``state`` is ``cut``) that a person keeps apart.

    ``reasons``: why; ``by``: who made or cut it, null for a decision of the program, which has ``score``.
    """

    id: str
    stories: tuple[str, ...]
    languages: tuple[str, ...]
    state: str
    at: datetime
    score: float | None
    reasons: tuple[str, ...]
    by: str | None


def link(found: r.LinkRecord) -> LinkView:
    one = found.link
    return LinkView(
        id=one.id,
        stories=one.stories,
        languages=one.languages,
        state=one.state,
        at=found.timestamp,
        score=None if one.by else one.score,
        reasons=one.reasons,
        by=one.by,
    )

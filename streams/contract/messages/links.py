"""stories.sketches and stories.links: what stories of different languages are compared by, and which were linked."""

from typing import Literal

from streams.contract.messages.base import Message, Moment, Value
from streams.contract.messages.stories import StoryUpdate


class StorySketch(Value, frozen=True, kw_only=True):
    """What a story is compared with stories of other languages by, from its first article.

    ``vector``: one signed byte for each dimension. ``names`` and ``figures`` are written alike in all languages.
    """

    article: str
    language: str
    vector: bytes
    names: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


class LinkCorrection(Value, frozen=True, kw_only=True):
    """A link that a person made or cut. It is kept for ever, and no decision of the program changes it."""

    other: str
    state: Literal["linked", "cut"]
    by: str
    reason: str = ""


class LinkRequest(Message, frozen=True, kw_only=True):
    """A story to be linked, or a correction of a link of it: one of ``sketch`` and ``correction`` is given.

    ``first``: the story with the article that began it, for the tracks that follow linked stories.
    """

    story: str
    at: Moment
    sketch: StorySketch | None = None
    first: StoryUpdate | None = None  # None in requests of older code
    correction: LinkCorrection | None = None


class StoryLink(Message, frozen=True, kw_only=True):
    """Two stories that report the same event, or that a person keeps apart. ``stories`` and ``languages``: in order.

    ``version``: offset of the request that decided it. ``by``: the person who corrected it, else "".
    """

    id: str
    stories: tuple[str, str]
    languages: tuple[str, str]
    state: Literal["linked", "cut"]
    at: Moment
    version: int
    score: float = 0.0
    cosine: float = 0.0
    reasons: tuple[str, ...] = ()
    by: str = ""

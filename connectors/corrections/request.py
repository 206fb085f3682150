"""What a person asks for, with ids or prefixes of ids -> the correction that is sent, checked against the index."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.elastic.read.find import find_articles, find_surviving_story
from connectors.elastic.read.queries import Search
from streams.contract.errors import UsageError
from streams.contract.messages import StoryCorrection, clipped, digest
from streams.contract.messages.corrections import CorrectionAction

MOST_REASON = 500  # characters
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class CorrectionRequest:
    """``story``: of a move the article's if it is not given. ``undoes``: the correction that an undo takes back."""

    action: CorrectionAction
    story: str = ""
    into: str = ""
    articles: Sequence[str] = ()
    title: str = ""
    reason: str = ""
    undoes: StoryCorrection | None = None


@dataclass(frozen=True)
class PreparedCorrection:
    """``language``: that of the stories, whose partition decides it."""

    correction: StoryCorrection
    language: str
    undoes: StoryCorrection | None = None


def prepare(queries: Search, asked: CorrectionRequest, by: str, at: datetime) -> PreparedCorrection:
    """Check what can be checked before it is sent. Raises `UsageError` with a sentence, `Unavailable`."""
    title = _one_line(asked.title)
    if asked.action == "rename" and not title:
        raise UsageError("give a title of at least one character: an undo takes one back")
    if asked.action in ("split", "move") and not asked.articles:
        raise UsageError("name at least one article")
    if asked.undoes is not None and asked.undoes.undone:
        raise UsageError(f"correction {asked.undoes.id} was taken back already, by {asked.undoes.undone}")
    articles = find_articles(queries, asked.articles)
    story = find_surviving_story(queries, asked.undoes.story if asked.undoes else asked.story or articles[0].story.id)
    into = find_surviving_story(queries, asked.into) if asked.action in ("merge", "move") else None
    if into is not None and story.story.language != into.story.language:
        raise UsageError(
            f"the stories are in {story.story.language} and {into.story.language}: only stories of one language are "
            f"merged, and articles move between them"
        )
    correction = StoryCorrection(
        id=digest("correction", by, at.isoformat(), asked.action, story.story.id),
        at=at,
        by=by,
        action=asked.action,
        story=story.story.id,
        into=into.story.id if into is not None else "",
        articles=tuple(dict.fromkeys(one.article.id for one in articles)),
        title=title,
        reason=clipped(asked.reason, MOST_REASON),
        undoes=asked.undoes.id if asked.undoes else "",
    )
    return PreparedCorrection(correction, story.story.language or "und", asked.undoes)


def _one_line(title: str) -> str:
    return " ".join(_CONTROL.sub(" ", title).split())

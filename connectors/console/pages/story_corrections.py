"""Corrections of a story from its page: what its buttons do, and its history with what can be taken back."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from connectors.api.problems import AnyRequest, ProblemError
from connectors.api.read.corrected import Corrected
from connectors.console.data import Data
from connectors.console.forms import ManyForm, field_text, field_values
from connectors.console.html import page
from connectors.console.visitors import Visitors
from connectors.corrections.links import LinkState
from connectors.corrections.request import CorrectionRequest
from connectors.views.stories import StoryView
from streams.contract.errors import UsageError
from streams.contract.messages import Scope, StoryCorrection, clipped
from streams.stories.correct import MOST_MOVED, MOST_TITLE

LINKS: dict[str, LinkState] = {"link": "linked", "unlink": "cut"}
MOST_HISTORY = 20  # entries on the page, the latest


@dataclass(frozen=True)
class HistoryRow:
    """``link``: the story that a sentence points to; ``undo``: the id of the correction that can be taken back."""

    at: datetime
    by: str | None
    text: str
    link: str | None = None
    reason: str = ""
    undo: str | None = None


@dataclass(frozen=True)
class Notice:
    """What became of the correction that was just made. ``again``: an action that takes it back."""

    text: str
    link: str | None = None
    undo: str | None = None
    again: tuple[str, str] | None = None


def correction_forms(visitors: Visitors, known: Data) -> HTTPRouteHandler:
    @post(
        "/stories/{story_id:str}/{action:str}",
        status_code=HTTP_303_SEE_OTHER,
        guards=[visitors.needs(Scope.DESK)],
    )
    async def correct(
        request: AnyRequest, story_id: FromPath[str], action: FromPath[str], data: ManyForm
    ) -> Response[Any]:
        """Merge, split, rename, pin, move, undo, link or unlink, as the command of that name."""
        by = request.auth.name
        try:
            if action in LINKS:
                other = await asyncio.to_thread(
                    _send_link, known, story_id, field_text(data, "story"), LINKS[action], by
                )
                return _back(story_id, done=LINKS[action], other=other)
            sent = await asyncio.to_thread(_send, known, story_id, action, data, by)
        except UsageError as error:
            return _refusal(request, story_id, str(error))
        decided = await known.corrected.decided(sent)
        if decided.state == "refused":
            return _refusal(request, story_id, decided.outcome)
        return _back(decided.into if action == "merge" else story_id, done=sent.id)

    return correct


def _request(known: Data, story: str, action: str, form: dict[str, Any]) -> CorrectionRequest:
    """What the form asks for. ``only``: one article, which all its copies go with, instead of those that are marked."""
    only = field_text(form, "only")
    articles = [only, *known.library.copies(story, only, MOST_MOVED)] if only else field_values(form, "article")
    into = _story_id(field_text(form, "story"))
    match action:
        case "merge":
            return CorrectionRequest("merge", story, into=_given(into, "name the other story"))
        case "move":
            return CorrectionRequest("move", story, into=_given(into, "name the other story"), articles=articles)
        case "split":
            return CorrectionRequest("split", story, articles=articles)
        case "pin":
            return CorrectionRequest("pin", story, articles=articles)
        case "rename":
            return CorrectionRequest("rename", story, title=clipped(field_text(form, "title"), MOST_TITLE))
        case "undo":
            undone = known.corrected.find(field_text(form, "correction"))
            if undone is None:
                raise UsageError("there is no such correction")
            return CorrectionRequest("undo", undoes=undone)
    raise ProblemError(HTTPStatus.NOT_FOUND, f"a story cannot {action[:64]}")


def _send(known: Data, story: str, action: str, form: dict[str, Any], by: str) -> StoryCorrection:
    prepared = known.commands.stories.prepare(_request(known, story, action, form), by)
    known.commands.stories.send(prepared)
    return prepared.correction


def _send_link(known: Data, story: str, other: str, state: LinkState, by: str) -> str:
    other = _given(_story_id(other), "name the other story")
    asked = known.commands.stories.prepare_link(story, other, state, "", by)
    known.commands.stories.send_link(asked)
    return asked.correction.other if asked.correction else other


def _story_id(text: str) -> str:
    """The id in what a person pastes: an id, or the address of a story's page."""
    path = re.split(r"[?#]", text, maxsplit=1)[0]
    return path.rstrip("/").rpartition("/")[2]


def _given(text: str, otherwise: str) -> str:
    if not text:
        raise UsageError(otherwise)
    return text


def _back(story: str, **done: str) -> Redirect:
    return Redirect(f"/stories/{story}?{urlencode(done)}", status_code=HTTP_303_SEE_OTHER)


def _refusal(request: AnyRequest, story: str, detail: str) -> Response[bytes]:
    return page(
        request, "error.html", status=HTTPStatus.CONFLICT, title="Nothing was changed", detail=detail, back=story
    )


def notice(request: AnyRequest, corrected: Corrected) -> Notice | None:
    """What the page says after one of its buttons was used."""
    done, other = request.query_params.get("done", ""), request.query_params.get("other", "")[:64]
    if done == "linked":
        return Notice(
            "Linked. A worker with STORYWATCH_LINKS shows it here in a moment.", other, again=("unlink", other)
        )
    if done == "cut":
        return Notice("The link is cut, for good.", other, again=("link", other))
    if not done:
        return None
    found = corrected.find(done[:64])
    if found is None:
        return Notice("Sent. No worker has decided it yet: the history below shows what becomes of it.")
    text, link = told(found)
    return Notice(text, link, found.id if _can_be_undone(found) else None)


def told(one: StoryCorrection) -> tuple[str, str | None]:
    """A correction in words, and the story that they point to."""
    number = len(one.articles)
    articles = "1 article" if number == 1 else f"{number} articles"
    words: dict[str, tuple[str, str | None]] = {
        "merge": ("Another story became part of this one", None),
        "split": (
            f"{articles} became a story of their own" if number != 1 else "1 article became a story of its own",
            one.into,
        ),
        "move": (f"{articles} moved to another story", one.into),
        "rename": (f"Renamed to “{one.title}”" if one.title else "Named after an article again", None),
        "pin": (f"{articles} stay in this story" if number != 1 else "1 article stays in this story", None),
        "undo": ("A correction was taken back", None),
    }
    return words[one.action]


def _can_be_undone(one: StoryCorrection) -> bool:
    return one.state == "applied" and not one.undone and one.action != "undo"


def history(story: StoryView, corrections: Sequence[StoryCorrection]) -> list[HistoryRow]:
    """What people corrected, and the merges that the filing decided, the latest first."""
    rows = [HistoryRow(one.at, None, one.text) for one in story.history if one.by is None]
    for one in corrections:
        text, link = told(one)
        if one.state == "refused":
            text, link = f"{one.action.capitalize()} was refused: {one.outcome}", None
        elif one.undone:
            text = f"{text}; taken back"
        elif link == story.id:
            text, link = text.replace("another story", "this story"), one.story
        rows.append(HistoryRow(one.at, one.by, text, link, one.reason, one.id if _can_be_undone(one) else None))
    return sorted(rows, key=lambda row: row.at, reverse=True)[:MOST_HISTORY]

"""The page behind a link in a message: it asks what to take out of the track, and does it when told.

The link is the right to do it: there is no session and no cookie, so a page of another site gains nothing by sending
this form. Opening the page changes nothing, since programs that check mail open links.
"""

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK

from connectors.api.problems import AnyRequest, ProblemError
from connectors.audit.writing import Edit
from connectors.console.data import Data
from connectors.console.forms import Form
from connectors.console.html import page
from connectors.tracks.feedback_links import PATH, FeedbackLinks, NotMine
from connectors.tracks.not_mine import KINDS, take_in, take_out, taken_out
from streams.contract.errors import Unavailable, UsageError
from streams.contract.messages import Track

BY = "a link in a message"  # who did it, in the audit log


def not_mine_routes(server: Data) -> list[HTTPRouteHandler]:
    links = FeedbackLinks.of(server.settings)

    @get(PATH, sync_to_thread=True)
    def ask(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        what = links.open(token, datetime.now(UTC))
        return _page(request, server, what, _track(server.tracked.all, what))

    @post(PATH, status_code=HTTP_200_OK, sync_to_thread=True)
    def answer(request: AnyRequest, token: FromPath[str], data: Form) -> Response[bytes]:
        what = links.open(token, datetime.now(UTC))
        kind = next((one for one in KINDS if data.get("kind") == one), None)
        if kind is None or data.get("do") not in ("take out", "take in"):
            raise ProblemError(HTTPStatus.BAD_REQUEST, "this form is not complete: open the link again")
        before = _track(server.commands.tracks(), what)
        change = take_out if data["do"] == "take out" else take_in
        after = change(before, kind, what.article if kind == "article" else what.story)
        if after != before:
            server.commands.write_tracks([Edit(before, after)], BY)
        return _page(request, server, what, after)

    return [ask, answer]


def _track(tracks: Sequence[Track], what: NotMine) -> Track:
    found = next((one for one in tracks if one.id == what.track), None)
    if found is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "the track that sent this message was removed: it sends nothing more")
    return found


def _page(request: AnyRequest, server: Data, what: NotMine, track: Track) -> Response[bytes]:
    titles = dict.fromkeys(KINDS, "")
    with contextlib.suppress(Unavailable, UsageError):  # the titles are for people: ids do as well
        article, story = server.library.search.article(what.article), server.library.search.story(what.story)
        titles |= {"article": article.article.title if article else "", "story": (story and story.story.title) or ""}
    ids = {"article": what.article, "story": what.story}
    rows = [
        (kind, titles[kind] or ids[kind], ids[kind] in taken_out(track, kind))
        for kind in KINDS
        if kind == "article" or track.story is None  # nothing would be left of a track of one story
    ]
    answer = page(request, "not_mine.html", track=track, rows=rows)
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the right to change the track
    return answer

"""`track not-mine`: takes an article or a story out of a track, because it is not what the track is about."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples
from connectors.tracks.not_mine import KINDS, Kind, take_in, take_out, taken_out
from streams.contract.errors import UsageError
from streams.contract.messages import MOST_LISTED
from streams.contract.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.elastic.read.queries import Search
    from streams.contract.messages import Track
    from streams.runtime.settings import Settings


def register(commands: typer.Typer) -> None:
    """Add the command of this module to those of `track`."""
    commands.command(
        "not-mine",
        epilog=examples(
            "storywatch track not-mine 3f2a9c https://news.example/reef",
            "storywatch track not-mine 3f2a9c 9d5ed6 --undo",
            "storywatch track not-mine 3f2a9c",
        ),
    )(not_mine)


def not_mine(
    track_id: Annotated[str, typer.Argument(metavar="ID", help="A track's id, a prefix of it, or its name.")],
    what: Annotated[
        str | None,
        typer.Argument(metavar="[ARTICLE|STORY]", help="An id, a prefix of one, or an article's URL. Without: a list."),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it in again.")] = False,
    as_json: Json = False,
) -> None:
    """Take an article or a story out of a track: it fires nothing more for it. Other tracks are not affected.

    Without an article or story, list what was taken out. Who did it and when is in `storywatch audit`.
    """
    from connectors.cli.alerts import tracks

    settings = connect.settings()
    track = tracks.find(settings, track_id)
    if what is None:
        if undo:
            raise UsageError("name the article or story to take in again")
        _list(settings, track, as_json=as_json)
        return
    kind, id_, edited = _taken_in(track, what) if undo else _taken_out(settings, track, what)
    if edited != track:
        tracks.save(settings, edited, track)
    if as_json:
        output.document({"track": track.id, "kind": kind, "id": id_, "taken_out": not undo})
        return
    done = "fires for" if undo else "fires nothing for"
    output.echo(f"track {track.id} ({track.name}) {done} {kind} {id_}", style="green")


def _taken_out(settings: "Settings", track: "Track", what: str) -> "tuple[Kind, str, Track]":
    """The kind and id of what a text names, and the track without it."""
    with connect.open_search(settings) as queries:
        kind, id_ = _found(queries, what)
    before, edited = taken_out(track, kind), take_out(track, kind, id_)
    if edited != track and len(before) == MOST_LISTED:
        output.note(
            f"a track has room for {MOST_LISTED} of a kind: the {kind} that was taken out first, {before[0]}, is not "
            f"any more"
        )
    return kind, id_, edited


def _found(queries: "Search", what: str) -> "tuple[Kind, str]":
    article = queries.article_by_url(what) if is_url(what) else queries.article_by_prefix(what)
    if article is not None:
        return "article", article.article.id
    story = None if is_url(what) else queries.story(what)
    if story is None:
        raise UsageError(f"{what} is no stored article or story: `storywatch search` and `stories` list their ids")
    return "story", story.story.id


def _taken_in(track: "Track", what: str) -> "tuple[Kind, str, Track]":
    """The kind and id of what was taken out, and the track with it."""
    found = [(kind, id_) for kind in KINDS for id_ in taken_out(track, kind) if what and id_.startswith(what)]
    if len(found) != 1:
        many = f"{len(found)} of them begin with" if found else "nothing that was taken out is"
        raise UsageError(f"{many} {what!r}: `storywatch track not-mine {track.id}` lists them")
    [(kind, id_)] = found
    return kind, id_, take_in(track, kind, id_)


def _list(settings: "Settings", track: "Track", *, as_json: bool) -> None:
    with connect.open_search(settings) as queries:
        articles = {one.article.id: one.article.title for one in queries.articles(track.muted.articles)}
        titles = {**articles, **_titles(queries, track.muted.stories)}
    found = [(kind, id_) for kind in KINDS for id_ in taken_out(track, kind)]
    if as_json:
        report: list[dict[str, Any]] = [{"kind": kind, "id": id_, "title": titles.get(id_)} for kind, id_ in found]
        output.document(report)
    elif found:
        columns = [output.Column("what"), output.Column("id", style="cyan"), output.Column("title", wrap=True)]
        output.table(columns, [(kind, id_, titles.get(id_) or "not stored any more") for kind, id_ in found])
    else:
        output.note(f"nothing was taken out of track {track.id}")


def _titles(queries: "Search", stories: "Sequence[str]") -> dict[str, str | None]:
    found = (queries.story(id_) for id_ in stories)
    return {one.story.id: one.story.title for one in found if one is not None}

"""`stories merge|split|move|rename|pin|undo|corrections`: what people know better about stories."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Utc, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from streams.contract.messages import StoryCorrection
    from streams.contract.messages.corrections import CorrectionAction

Story = Annotated[str, typer.Argument(metavar="STORY", help="A story's id or a prefix of it.")]
Articles = Annotated[list[str], typer.Argument(metavar="ARTICLE...", help="Ids, prefixes of ids, or URLs.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why, for others who read it later.")]


def register(commands: typer.Typer) -> None:
    """Add the commands of this module to those of `stories`."""
    add = commands.command
    add("merge", epilog=examples("storywatch stories merge 3f2a9c 9d5ed6"))(merge)
    add("split", epilog=examples("storywatch stories split 3f2a9c https://news.example/reef 81bb02"))(split)
    add("move", epilog=examples("storywatch stories move https://news.example/reef 3f2a9c"))(move)
    add("rename", epilog=examples("storywatch stories rename 3f2a9c 'The reef off Morsay'"))(rename)
    add("pin", epilog=examples("storywatch stories pin 3f2a9c", "storywatch stories pin 3f2a9c 81bb02"))(pin)
    add("undo", epilog=examples("storywatch stories undo 5c0d1e"))(undo)
    add("corrections", epilog=examples("storywatch stories corrections", "storywatch stories corrections --export"))(
        corrections
    )


def merge(
    story: Story,
    other: Annotated[str, typer.Argument(metavar="STORY", help="The story that tells the same event.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Make one story of two: the older one keeps its id, and the other id leads to it for ever."""
    _correct("merge", story=story, into=other, reason=reason, as_json=as_json)


def split(story: Story, articles: Articles, reason: Reason = "", as_json: Json = False) -> None:
    """Make a new story of some articles of a story: they tell another event."""
    _correct("split", story=story, articles=articles, reason=reason, as_json=as_json)


def move(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="An id, a prefix of one, or a URL.")],
    story: Annotated[str, typer.Argument(metavar="STORY", help="The story that it belongs to.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Move an article to another story."""
    _correct("move", into=story, articles=[article], reason=reason, as_json=as_json)


def rename(
    story: Story,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The title from now on.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Give a story a title, which no article changes any more."""
    _correct("rename", story=story, title=title, reason=reason, as_json=as_json)


def pin(
    story: Story,
    articles: Annotated[
        list[str] | None, typer.Argument(metavar="[ARTICLE...]", help="Only these; without: all of the story.")
    ] = None,
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Keep articles in their story: only a person moves them from then on."""
    _correct("pin", story=story, articles=articles or (), reason=reason, as_json=as_json)


def undo(
    correction: Annotated[str, typer.Argument(metavar="ID", help="A correction's id or a prefix of it.")],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    """Take a correction back, as far as what it did is still there."""
    from connectors.corrections import send

    found = [one for one in send.read(connect.settings()) if correction and one.id.startswith(correction)]
    if len(found) != 1:
        many = f"{len(found)} corrections begin with" if found else "there is no correction"
        raise UsageError(f"{many} {correction!r}: `storywatch stories corrections` lists them")
    _correct("undo", undoes=found[0], reason=reason, as_json=as_json)


def corrections(
    export: Annotated[
        bool, typer.Option("--export", help="Print labelled pairs of articles, one JSON object a line.")
    ] = False,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List what people corrected, with who and why, the latest first.

    --export prints what follows from it for pairs of articles: whether both tell the same event, with both texts.
    """
    from connectors.corrections import labels, send

    settings = connect.settings()
    found = send.read(settings)
    if export:
        ids = {id_ for _, a, b, _ in labels.pairs(found) for id_ in (a, b)}
        with connect.open_search(settings) as queries:
            articles = {one.article.id: one for one in queries.articles(sorted(ids))}
        for line in labels.lines(found, articles):
            output.record(line)
    elif as_json:
        output.document(found[::-1])
    elif found:
        shown = times.time_formatter(connect.now(), utc=utc)
        columns = [
            output.Column("when", style="dim"),
            output.Column("id", style="cyan"),
            output.Column("who"),
            output.Column("what"),
            output.Column("outcome", wrap=True),
            output.Column("why", wrap=True),
        ]
        output.table(
            columns,
            [
                (shown(one.at), one.id[:12], one.by, _what(one), f"{one.state}: {one.outcome}", one.reason)
                for one in found[::-1]
            ],
        )
    else:
        output.note("nobody has corrected a story: `storywatch stories merge`, `split`, `move`, `rename` and `pin` do")


def _what(one: "StoryCorrection") -> str:
    return f"{one.action} (taken back)" if one.undone else one.action


def _correct(action: "CorrectionAction", *, as_json: bool, **asked: Any) -> None:
    """Send a correction and print its outcome. ``asked``: fields of a `CorrectionRequest`.

    Raises `UsageError` if it was refused.
    """
    from connectors.cli.common.user import current_user
    from connectors.corrections import send
    from connectors.corrections.request import CorrectionRequest, prepare
    from streams.contract import topics

    settings = connect.settings()
    with connect.open_search(settings) as queries:
        prepared = prepare(queries, CorrectionRequest(action, **asked), current_user(), connect.now())
    correction = prepared.correction
    for given, found in ((asked.get("story"), correction.story), (asked.get("into"), correction.into)):
        if given and not found.startswith(given):
            output.note(f"story {given} was merged into story {found}")
    connect.check_topics(settings, topics.TAGGED, topics.CORRECTIONS, topics.AUDIT)
    decided = send.send_and_wait(settings, prepared)
    if decided is not None and decided.state == "refused":
        raise UsageError(f"{action} was refused: {decided.outcome}")
    if as_json:
        output.document(decided or correction)
    elif decided is None:
        output.note(
            f"correction {correction.id} is sent, not decided yet: `storywatch stories corrections` lists it then"
        )
    else:
        output.echo(f"{decided.outcome} (correction {correction.id[:12]})", style="green")

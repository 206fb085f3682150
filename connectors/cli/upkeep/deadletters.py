"""`deadletters`: what could not pass a stage, and why; sending it again, and dropping it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, Limit, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.cli.upkeep.letters import Filter
    from streams.contract.deadletter import DeadLetter
    from streams.runtime.settings import Settings

commands = typer.Typer(invoke_without_command=True)

Stage = Annotated[str | None, typer.Option(metavar="NAME", help="Only of this stage, such as clean.")]
Reason = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only with this in the reason, or of this error, such as Poison.")
]
Source = Annotated[
    str | None, typer.Option(metavar="NAME", help="Only of this publisher's id, such as echo.example, or unknown.")
]
Resolved = Annotated[bool, typer.Option("--resolved", help="Those that passed or were dropped, with who and why.")]
LetterId = Annotated[str, typer.Argument(metavar="ID", help="A dead letter's id, or the beginning of it.")]
Maybe = Annotated[str | None, typer.Argument(metavar="[ID]", help="A dead letter's id, or the beginning of it.")]
All = Annotated[bool, typer.Option("--all", help="All that are in the list.")]

MOST_SHOWN_CHARACTERS = 2_000  # of the bytes, for people; --raw has them all


class By(StrEnum):
    REASON = "reason"
    STAGE = "stage"
    SOURCE = "source"


ByOption = Annotated[By | None, typer.Option("--by", help="How many of each, the most first.")]


@commands.callback(
    epilog=examples(
        "storywatch deadletters", "storywatch deadletters --by reason", "storywatch deadletters replay --all"
    )
)
def deadletters(
    context: typer.Context,
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    by: ByOption = None,
    resolved: Resolved = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List what a stage refused for good, the newest first; show it, send it again or drop it.

    Each message comes with the reason, and where in Kafka it is. Alone, the same as `deadletters list`.
    """
    if context.invoked_subcommand is None:
        list_(stage, reason, source, by, resolved, limit, as_json)
    elif (stage, reason, source, by, resolved, limit, as_json) != (None, None, None, None, False, 20, False):
        raise UsageError(f"options go behind the command: `storywatch deadletters {context.invoked_subcommand} ...`")


@commands.command(
    "list",
    epilog=examples("storywatch deadletters list --stage clean --limit 100", "storywatch deadletters list --json"),
)
def list_(
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    by: ByOption = None,
    resolved: Resolved = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    from connectors.cli.upkeep.letters import Filter, report

    wanted = Filter(stage, reason, source)
    found = _chosen(connect.settings(), wanted, resolved=resolved)
    if not found and not as_json:
        output.note("no dead letters" if wanted == Filter() else "no dead letters like that: leave a filter out")
    elif by is not None:
        _count(found, by, limit, as_json)
    elif as_json:
        now = connect.now()
        output.document([report(letter, now) for letter in found[:limit]])
    else:
        _table(found, limit)


@commands.command(
    epilog=examples(
        "storywatch deadletters show 3f2a9c01b7de", "storywatch deadletters show 3f2a9c01b7de --raw > message.json"
    )
)
def show(
    letter_id: LetterId,
    raw: Annotated[bool, typer.Option("--raw", help="The original bytes, as they are.")] = False,
    page: Annotated[bool, typer.Option("--page", help="The page or text that had arrived, unpacked.")] = False,
    as_json: Json = False,
) -> None:
    """Show a dead letter: its headers and the original bytes."""
    from connectors.cli.upkeep.letters import everything, one, records_of, report
    from streams.contract import topics
    from streams.contract.codec import decode
    from streams.contract.messages import RawArticle

    settings = _settings()
    letter = one(everything(settings), letter_id)
    [(_, record)] = records_of(settings, [letter])
    value = record.value or b""
    told = report(letter, connect.now())
    if raw:
        output.exactly(value)
    elif page:
        output.exactly(decode(record.value, RawArticle).page())
    elif as_json:
        output.document({**told, "headers": record.headers, "value": value.decode(errors="replace")})
    else:
        for name, text in told.items():
            output.say(f"{name:<11}  {text if text is not None else ''}")
        output.say()
        output.say(value[: 4 * MOST_SHOWN_CHARACTERS].decode(errors="replace")[:MOST_SHOWN_CHARACTERS])
        if len(value) > MOST_SHOWN_CHARACTERS:
            output.note(f"the beginning of {len(value):,} bytes: --raw writes them all")
        if letter.topic.endswith(topics.RAW.base):
            output.note("the page or text in it is packed: --page shows it as it arrived")


@commands.command(
    epilog=examples(
        "storywatch deadletters replay 3f2a9c01b7de", "storywatch deadletters replay --stage clean --reason date"
    )
)
def replay(
    letter_id: Maybe = None,
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    all_: All = False,
    as_json: Json = False,
) -> None:
    """Send the original bytes again to the stage that refused them, after the cause is mended.

    Those that pass leave the list; one that is refused again stays, with the newer reason. A running worker is needed
    for either.
    """
    from connectors.cli.upkeep.letters import Filter
    from connectors.cli.upkeep.replay import send_again

    settings = _settings()
    found = _meant(settings, letter_id, Filter(stage, reason, source), all_)
    waiting = [] if letter_id else [letter for letter in found if letter.state == "sent"]
    sending = [letter for letter in found if letter not in waiting]
    send_again(settings, sending)
    if as_json:
        output.document({"sent": [letter.id for letter in sending], "waiting": [letter.id for letter in waiting]})
        return
    output.say(f"sent {len(sending)} again")
    if waiting:
        output.note(f"{len(waiting)} were sent before and are not handled yet: name one by its id to send it once more")


@commands.command(
    epilog=examples(
        "storywatch deadletters drop 3f2a9c01b7de --because 'a test page'",
        "storywatch deadletters drop --source tarn.example --because 'the site is closed'",
    )
)
def drop(
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever looks later.")],
    letter_id: Maybe = None,
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    all_: All = False,
    as_json: Json = False,
) -> None:
    """Take dead letters out of the list; who, when and why is kept."""
    from connectors.cli.upkeep import replay as resolving
    from connectors.cli.upkeep.letters import Filter

    if not because.strip():
        raise UsageError("--because is empty: say why, for whoever looks later")
    settings = _settings()
    found = _meant(settings, letter_id, Filter(stage, reason, source), all_)
    resolving.drop(settings, found, because)
    if as_json:
        output.document({"dropped": [letter.id for letter in found]})
    else:
        output.say(f"dropped {len(found)}")


def _settings() -> "Settings":
    from streams.contract import topics

    settings = connect.settings()
    connect.kafka(settings, topics.DEADLETTERS, topics.RESOLUTIONS)
    return settings


def _chosen(settings: "Settings", wanted: "Filter", *, resolved: bool) -> "list[DeadLetter]":
    from connectors.cli.upkeep.letters import everything

    connect.knock(settings)
    return [letter for letter in everything(settings) if letter.is_open != resolved and wanted.takes(letter)]


def _meant(settings: "Settings", letter_id: str | None, wanted: "Filter", all_: bool) -> "list[DeadLetter]":
    """Those in the list that an id or the options name. Raises `UsageError` when they name none, or say two things."""
    from connectors.cli.upkeep.letters import Filter, everything, one

    filtered = wanted != Filter()
    if (letter_id is not None) + filtered + all_ != 1:
        raise UsageError("say which: an ID, or some of --stage, --reason and --source, or --all")
    if letter_id is None:
        found = _chosen(settings, wanted, resolved=False)
        if not found:
            raise UsageError("no dead letter is like that: `storywatch deadletters` lists them")
        return found
    letter = one(everything(settings), letter_id)
    if not letter.is_open:
        raise UsageError(f"dead letter {letter.id} is not in the list any more: it was {letter.state}")
    return [letter]


def _table(found: "list[DeadLetter]", limit: int) -> None:
    from connectors.cli.upkeep.letters import row

    now = connect.now()
    output.table(
        [
            output.Column("letter", style="cyan"),
            output.Column("age", style="dim"),
            output.Column("stage"),
            output.Column("error"),
            output.Column("source", wrap=True),
            output.Column("state", wrap=True),
            output.Column("message", wrap=True),
            output.Column("reason", wrap=True),
        ],
        [row(letter, now) for letter in found[:limit]],
    )
    if len(found) > limit:
        output.note(f"{len(found) - limit} more: --limit shows them, --by reason counts them")


def _count(found: "list[DeadLetter]", by: By, limit: int, as_json: bool) -> None:
    from collections import Counter

    from connectors.cli.upkeep.letters import group

    counted = Counter(group(letter, by.value) for letter in found).most_common(limit)
    if as_json:
        output.document([{by.value: name, "count": count} for name, count in counted])
    else:
        output.table(
            [output.Column("count", right=True), output.Column(by.value, wrap=True)],
            [(str(n), name) for name, n in counted],
        )

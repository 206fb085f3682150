"""`deadletters`: lists the messages that a stage refused, with the reasons; replays and drops them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, Limit, check_position, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter
    from streams.contract.deadletter import DeadLetter
    from streams.runtime.settings import Settings

commands = typer.Typer(invoke_without_command=True)

Stage = Annotated[str | None, typer.Option(metavar="NAME", help="Only from this stage, such as clean.")]
Reason = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only with this text in the reason, or this error, such as Poison.")
]
Source = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only of the publisher with this id, such as echo.example, or unknown."),
]
Resolved = Annotated[bool, typer.Option("--resolved", help="List those that passed or were dropped, with who and why.")]
LetterId = Annotated[str, typer.Argument(metavar="ID", help="A dead letter's id or a prefix of it.")]
OptionalLetterId = Annotated[str | None, typer.Argument(metavar="[ID]", help="A dead letter's id or a prefix of it.")]
All = Annotated[bool, typer.Option("--all", help="All in the list.")]

MOST_SHOWN_CHARACTERS = 2_000  # of the message, for people; --raw prints all of it


class GroupBy(StrEnum):
    REASON = "reason"
    STAGE = "stage"
    SOURCE = "source"


GroupByOption = Annotated[GroupBy | None, typer.Option("--by", help="Count them by this, the most frequent first.")]


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
    by: GroupByOption = None,
    resolved: Resolved = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List the messages that a stage refused, the newest first; show, replay or drop them.

    Each message is listed with the reason and its place in Kafka. Without a subcommand: `deadletters list`.
    """
    if context.invoked_subcommand is None:
        list_(stage, reason, source, by, resolved, limit, as_json)
    else:
        check_position(context)


@commands.command(
    "list",
    epilog=examples("storywatch deadletters list --stage clean --limit 100", "storywatch deadletters list --json"),
)
def list_(
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    by: GroupByOption = None,
    resolved: Resolved = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter, report

    wanted = DeadLetterFilter(stage, reason, source)
    found = _select(connect.settings(), wanted, resolved=resolved)
    if not found and not as_json:
        output.note("no dead letters" if wanted == DeadLetterFilter() else "no matching dead letters: omit a filter")
    elif by is not None:
        _print_counts(found, by, limit, as_json)
    elif as_json:
        now = connect.now()
        output.document([report(letter, now) for letter in found[:limit]])
    else:
        _print_table(found, limit)


@commands.command(
    epilog=examples(
        "storywatch deadletters show 3f2a9c01b7de", "storywatch deadletters show 3f2a9c01b7de --raw > message.json"
    )
)
def show(
    letter_id: LetterId,
    raw: Annotated[bool, typer.Option("--raw", help="Print the original bytes only.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Print only the page or text that arrived.")] = False,
    as_json: Json = False,
) -> None:
    """Show a dead letter: its headers and the original message."""
    from connectors.cli.maintenance.dead_letter_list import find, read_all, report, with_records
    from streams.contract import topics
    from streams.contract.codec import decode
    from streams.contract.messages import RawArticle

    settings = _checked_settings()
    letter = find(read_all(settings), letter_id)
    [(_, record)] = with_records(settings, [letter])
    value = record.value or b""
    fields = report(letter, connect.now())
    if raw:
        output.write_bytes(value)
    elif page:
        output.write_bytes(decode(record.value, RawArticle).page())
    elif as_json:
        output.document({**fields, "headers": record.headers, "value": value.decode(errors="replace")})
    else:
        for name, text in fields.items():
            output.echo(f"{name:<11}  {text if text is not None else ''}")
        output.echo()
        output.echo(value[: 4 * MOST_SHOWN_CHARACTERS].decode(errors="replace")[:MOST_SHOWN_CHARACTERS])
        if len(value) > MOST_SHOWN_CHARACTERS:
            output.note(f"the first part of {len(value):,} bytes: --raw prints all")
        if letter.topic.endswith(topics.RAW.base):
            output.note("the page or text in it is compressed: --page prints it as it arrived")


@commands.command(
    epilog=examples(
        "storywatch deadletters replay 3f2a9c01b7de", "storywatch deadletters replay --stage clean --reason date"
    )
)
def replay(
    letter_id: OptionalLetterId = None,
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    all_: All = False,
    as_json: Json = False,
) -> None:
    """Send the original messages to the stage that refused them again, after the cause is fixed.

    Those that pass leave the list; one that is refused again stays, with the newer reason. Both need a running worker.
    """
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter
    from connectors.cli.maintenance.replay import replay_letters

    settings = _checked_settings()
    found = _select_open(settings, letter_id, DeadLetterFilter(stage, reason, source), all_)
    waiting = [] if letter_id else [letter for letter in found if letter.state == "sent"]
    sending = [letter for letter in found if letter not in waiting]
    replay_letters(settings, sending)
    if as_json:
        output.document({"sent": [letter.id for letter in sending], "waiting": [letter.id for letter in waiting]})
        return
    output.echo(f"sent {len(sending)} again")
    if waiting:
        output.note(f"{len(waiting)} were sent before and are not processed yet: give an id to send one once more")


@commands.command(
    epilog=examples(
        "storywatch deadletters drop 3f2a9c01b7de --because 'a test page'",
        "storywatch deadletters drop --source tarn.example --because 'the site is closed'",
    )
)
def drop(
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the record.")],
    letter_id: OptionalLetterId = None,
    stage: Stage = None,
    reason: Reason = None,
    source: Source = None,
    all_: All = False,
    as_json: Json = False,
) -> None:
    """Remove dead letters from the list; who did it, when and why stays recorded."""
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter
    from connectors.cli.maintenance.replay import drop_letters

    if not because.strip():
        raise UsageError("--because is empty: give a reason, for the record")
    settings = _checked_settings()
    found = _select_open(settings, letter_id, DeadLetterFilter(stage, reason, source), all_)
    drop_letters(settings, found, because)
    if as_json:
        output.document({"dropped": [letter.id for letter in found]})
    else:
        output.echo(f"dropped {len(found)}")


def _checked_settings() -> "Settings":
    """The settings, after checking that Kafka has the topics of dead letters and resolutions."""
    from streams.contract import topics

    settings = connect.settings()
    connect.check_topics(settings, topics.DEADLETTERS, topics.RESOLUTIONS)
    return settings


def _select(settings: "Settings", wanted: "DeadLetterFilter", *, resolved: bool) -> "list[DeadLetter]":
    from connectors.cli.maintenance.dead_letter_list import read_all

    connect.check_kafka(settings)
    return [letter for letter in read_all(settings) if letter.is_open != resolved and wanted.matches(letter)]


def _select_open(
    settings: "Settings", letter_id: str | None, wanted: "DeadLetterFilter", all_: bool
) -> "list[DeadLetter]":
    """The open dead letters selected by an id, a filter or --all. Raises `UsageError` for none or several of these, and
    if nothing matches."""
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter, find, read_all

    filtered = wanted != DeadLetterFilter()
    if (letter_id is not None) + filtered + all_ != 1:
        raise UsageError("select dead letters: an ID, or some of --stage, --reason and --source, or --all")
    if letter_id is None:
        found = _select(settings, wanted, resolved=False)
        if not found:
            raise UsageError("no dead letter matches: `storywatch deadletters` lists them")
        return found
    letter = find(read_all(settings), letter_id)
    if not letter.is_open:
        raise UsageError(f"dead letter {letter.id} is no longer in the list: it was {letter.state}")
    return [letter]


def _print_table(found: "list[DeadLetter]", limit: int) -> None:
    from connectors.cli.maintenance.dead_letter_list import row

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


def _print_counts(found: "list[DeadLetter]", by: GroupBy, limit: int, as_json: bool) -> None:
    from collections import Counter

    from connectors.cli.maintenance.dead_letter_list import group_name

    counted = Counter(group_name(letter, by.value) for letter in found).most_common(limit)
    if as_json:
        output.document([{by.value: name, "count": count} for name, count in counted])
    else:
        output.table(
            [output.Column("count", right=True), output.Column(by.value, wrap=True)],
            [(str(n), name) for name, n in counted],
        )

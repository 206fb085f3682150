"""`deadletters`: lists the messages that a stage refused, with the reasons; replays and drops them."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, Limit, check_position, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
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


GroupBy = Annotated[
    Literal["reason", "stage", "source"] | None,
    typer.Option("--by", help="Count them by this, most frequent first."),
]


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
    by: GroupBy = None,
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
    by: GroupBy = None,
    resolved: Resolved = False,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    from connectors.cli.maintenance import dead_letter_list

    selection = dead_letter_list.DeadLetterFilter(stage, reason, source)
    settings = connect.settings()
    connect.check_kafka(settings)
    found = selection.select(settings, resolved=resolved)
    if not found and not as_json:
        output.note("no matching dead letters: omit a filter" if selection.is_set else "no dead letters")
    elif by is not None:
        dead_letter_list.print_counts(found, by, limit, as_json=as_json)
    else:
        dead_letter_list.print_list(found[:limit], connect.now(), as_json=as_json)
        if len(found) > limit and not as_json:
            output.note(f"{len(found) - limit} more: --limit shows them, --by reason counts them")


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
    """Send dead letters to their stage again, after the cause is fixed.

    Those that pass leave the list; one that is refused again stays, with the newer reason. Both need a running worker.
    """
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter, select_open
    from connectors.cli.maintenance.replay import replay_letters

    settings = _checked_settings()
    found = select_open(settings, letter_id, DeadLetterFilter(stage, reason, source), all_)
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
    """Remove dead letters from the list. Who did it, when and why is recorded."""
    from connectors.cli.maintenance.dead_letter_list import DeadLetterFilter, select_open
    from connectors.cli.maintenance.replay import drop_letters

    if not because.strip():
        raise UsageError("--because is empty: give a reason, for the record")
    settings = _checked_settings()
    found = select_open(settings, letter_id, DeadLetterFilter(stage, reason, source), all_)
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

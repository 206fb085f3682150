"""`deliveries`: lists and shows deliveries with their attempts, asks for attempts again, and ends deliveries."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Since, Track, Until, Utc, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.views.deliveries import Delivery
    from streams.contract.messages import Deliverable
    from streams.runtime.settings import Settings

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)

Ids = Annotated[list[str], typer.Argument(metavar="ALERT...", help="Ids of alerts or notices, or prefixes of them.")]
ReceiverName = Annotated[str | None, typer.Option("--receiver", metavar="NAME", help="Only to this receiver.")]
STATUSES = ("pending", "retrying", "delivered", "failed", "held", "summed", "cancelled", "recorded")


@commands.callback()
def deliveries(context: typer.Context) -> None:
    """See how alerts reached their receivers, and send some again. See `storywatch deliveries list --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command(
    "list",
    epilog=examples("storywatch deliveries list --status failed", "storywatch deliveries list --receiver desk --json"),
)
def list_(
    receiver: ReceiverName = None,
    track: Track = None,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help=f"Only in this state: {', '.join(STATUSES)}.")
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    sources: Annotated[
        bool, typer.Option("--sources", help="Only notices that a source is silent, broken or well again.")
    ] = False,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List deliveries, the newest first: one for each receiver of an alert, and one for each notice about a source."""
    if sources and track is not None:
        raise UsageError("a notice about a source is of no track: give either --sources or --track")
    if status is not None and status not in STATUSES:
        raise UsageError(f"--status {status}: one of {', '.join(STATUSES)}")
    from connectors.views.choices import AlertChoice

    now = connect.now()
    start, end = times.time_range(since, until, now)
    choice = AlertChoice(track=track, receiver=receiver, status=status, since=start, until=end)
    with connect.open_stored(connect.settings()) as library:
        found = library.deliveries(choice, sources=sources, limit=limit).items
    if as_json:
        output.document(found)
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        columns = [
            output.Column("alert", style="cyan"),
            output.Column("made", style="dim"),
            output.Column("receiver", wrap=True),
            output.Column("status"),
            output.Column("attempts"),
            output.Column("answer", wrap=True),
            output.Column("about", wrap=True),
        ]
        output.table(columns, [(one.alert[:12], format_time(one.made), *_row(one)) for one in found])
    else:
        output.note("no deliveries")


@commands.command(epilog=examples("storywatch deliveries show 4f1c0d2e9a7b"))
def show(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's or notice's id, or a prefix of it.")],
    as_json: Json = False,
) -> None:
    """Show one delivery with each attempt: when, its status, how long it took, and the beginning of the answer."""
    with connect.open_stored(connect.settings()) as library:
        one = library.delivery(alert)
    if one is None:
        raise UsageError(f"there is no alert {alert!r}: `storywatch deliveries list` shows their ids")
    if as_json:
        output.document(one)
        return
    receiver, status, _, answer, about = _row(one)
    if one.health is not None:
        subject = [("notice", one.alert), ("source", f"{about} ({one.source_id})"), ("why", one.reason)]
    else:
        subject = [("alert", one.alert), ("track", f"{one.track_name} ({one.track})"), ("headline", about)]
    for label, text in (*subject, ("receiver", receiver), ("status", f"{status}{answer and ': '}{answer}")):
        output.echo(f"{label:<8}  {text}")
    for number, attempt in enumerate(one.attempts, 1):
        parts = [
            times.iso_time(attempt.at),
            str(attempt.code or "-"),
            f"{attempt.ms} ms" if attempt.ms is not None else "-",
            attempt.error or attempt.excerpt or "",
        ]
        output.echo(f"attempt {number}  {'  '.join(parts)}")


@commands.command(epilog=examples("storywatch deliveries retry 4f1c0d2e9a7b"))
def retry(alerts: Ids, as_json: Json = False) -> None:
    """Send alerts now, whether they wait, failed or were delivered; they get all their attempts again.

    The webhook-id is the same as before: a receiver that stores the ids recognises a repeat.
    """
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import deliveries as log

    settings = connect.settings()
    chosen = log.select(log.latest(settings), alerts)
    sent = log.send_again(settings, chosen, connect.now(), by=current_user())
    _print_written("sent now", [one.id for one in sent], as_json=as_json)
    _note_states(settings, chosen)


@commands.command(
    epilog=examples(
        "storywatch deliveries replay --since 2h --receiver desk",
        "storywatch deliveries replay --since 2026-03-04 --until 2026-03-05 --failed",
    )
)
def replay(
    since: Annotated[str, typer.Option(metavar="TIME", help="Alerts made from then on: 2h, 3d, or an ISO time.")],
    until: Until = None,
    receiver: ReceiverName = None,
    track: Track = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that failed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which would be sent.")] = False,
    as_json: Json = False,
) -> None:
    """Send the alerts of a time again, the oldest first, with the same webhook-ids."""
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import deliveries as log
    from connectors.cli.receivers import registry

    settings, now = connect.settings(), connect.now()
    start, end = times.time_range(since, until, now)
    if start is None:
        raise UsageError("give --since")
    known = log.latest(settings)
    if receiver is not None and all(one.receiver_name != receiver for one in known.values()):
        registry.check_known(settings, [receiver])
    chosen = log.in_range(known, start, end, receiver=receiver, track=track, failed=failed)
    sent = chosen if dry_run else log.send_again(settings, chosen, now, by=current_user())
    _print_written("would be sent" if dry_run else "sent now", [one.id for one in sent], as_json=as_json)
    if not chosen:
        output.note("no alert of that time is of this choice: `storywatch deliveries list` shows what there is")
    _note_states(settings, chosen)


@commands.command(epilog=examples("storywatch deliveries cancel 4f1c0d2e9a7b"))
def cancel(alerts: Ids, as_json: Json = False) -> None:
    """End the deliveries of alerts that wait. The alerts stay listed, as cancelled."""
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import deliveries as log

    settings = connect.settings()
    chosen = log.select(log.latest(settings), alerts)
    ended = log.cancel(settings, chosen, by=current_user())
    _print_written("cancelled", [one.id for one in ended], as_json=as_json)
    for one in chosen:
        if one.id not in {each.id for each in ended}:
            output.note(f"{one.id[:12]} does not wait: it is {one.delivery.status}")


def _print_written(what: str, ids: list[str], *, as_json: bool) -> None:
    if as_json:
        output.document({"alerts": ids})
        return
    output.echo(f"{what}: {len(ids)}", style="green")


def _note_states(settings: "Settings", chosen: "Sequence[Deliverable]") -> None:
    """Say which receivers of the alerts are switched off or paused: they get nothing as long as that lasts."""
    from connectors.cli.receivers import registry, statuses

    names = {one.receiver_name for one in chosen if one.receiver_name}
    known = [one for one in registry.read_all(settings) if one.name in names] if names else []
    for name, state in statuses.states(settings, known).items():
        output.note(f"receiver {name} is {state}: `storywatch receiver resume {name}` ends that")


def _row(one: "Delivery") -> tuple[str, str, str, str, str]:
    answer = one.error or ("" if one.code is None else str(one.code))
    about = f"{one.source}: {one.health}" if one.health is not None else one.article_title or ""
    return one.receiver or one.host or "none", one.status, str(len(one.attempts)), answer, about

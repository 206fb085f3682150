"""`deliveries`: lists and shows deliveries with their attempts, asks for attempts again, and ends deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Since, Track, Until, Utc, examples
from streams.contract.errors import UsageError
from streams.contract.messages import SourceNotice

if TYPE_CHECKING:
    from connectors.elastic.records import AlertRecord

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)

Ids = Annotated[list[str], typer.Argument(metavar="ALERT...", help="Ids of alerts, or prefixes of them.")]
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
        bool, typer.Option("--sources", help="Notices that a source is silent, broken or well again, from the log.")
    ] = False,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List deliveries, those of the newest alerts first: one for each receiver of an alert."""
    if sources and track is not None:
        raise UsageError("a notice about a source is of no track: give either --sources or --track")
    if status is not None and status not in STATUSES:
        raise UsageError(f"--status {status}: one of {', '.join(STATUSES)}")
    now = connect.now()
    start, end = times.time_range(since, until, now)
    found: Sequence[AlertRecord | SourceNotice]
    if sources:
        found = _notices(start, end, receiver, status)[:limit]
    else:
        with connect.open_search(connect.settings()) as queries:
            found = queries.alerts(limit, track=track, since=start, until=end, receiver=receiver, status=status)
    if as_json:
        output.document([_report(one) for one in found])
    elif found:
        format_time = times.time_formatter(now, utc=utc)
        columns = [
            output.Column("notice" if sources else "alert", style="cyan"),
            output.Column("made", style="dim"),
            output.Column("receiver", wrap=True),
            output.Column("status"),
            output.Column("attempts"),
            output.Column("answer", wrap=True),
            output.Column("source" if sources else "headline", wrap=True),
        ]
        output.table(columns, [(_id(one)[:12], format_time(_made_at(one)), *_row(one)) for one in found])
    else:
        output.note("no deliveries")


@commands.command(epilog=examples("storywatch deliveries show 4f1c0d2e9a7b"))
def show(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id, or a prefix of it.")],
    as_json: Json = False,
) -> None:
    """Show one delivery with each attempt: when, its status, how long it took, and the beginning of the answer."""
    one = _found(alert)
    if as_json:
        output.document(_report(one))
        return
    receiver, status, _, answer, headline = _row(one)
    if isinstance(one, SourceNotice):
        subject = [("notice", one.id), ("source", f"{headline} ({one.source})"), ("why", one.why)]
    else:
        subject = [("alert", one.alert.id), ("track", f"{one.track.name} ({one.track.id})"), ("headline", headline)]
    for label, text in (*subject, ("receiver", receiver), ("status", f"{status}{answer and ': '}{answer}")):
        output.echo(f"{label:<8}  {text}")
    for number, attempt in enumerate(one.delivery.answers, 1):
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

    settings, now = connect.settings(), connect.now()
    start, end = times.time_range(since, until, now)
    if start is None:
        raise UsageError("give --since")
    chosen = log.in_range(log.latest(settings), start, end, receiver=receiver, track=track, failed=failed)
    sent = chosen if dry_run else log.send_again(settings, chosen, now, by=current_user())
    _print_written("would be sent" if dry_run else "sent now", [one.id for one in sent], as_json=as_json)


@commands.command(epilog=examples("storywatch deliveries cancel 4f1c0d2e9a7b"))
def cancel(alerts: Ids, as_json: Json = False) -> None:
    """End the deliveries of alerts that wait. The alerts stay listed, as cancelled."""
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import deliveries as log

    settings = connect.settings()
    ended = log.cancel(settings, log.select(log.latest(settings), alerts), by=current_user())
    _print_written("cancelled", [one.id for one in ended], as_json=as_json)


def _print_written(what: str, ids: list[str], *, as_json: bool) -> None:
    if as_json:
        output.document({"alerts": ids})
        return
    output.echo(f"{what}: {len(ids)}", style="green")


def _found(key: str) -> "AlertRecord | SourceNotice":
    """The delivery with this id or prefix of one. Raises `UsageError`."""
    settings = connect.settings()
    with connect.open_search(settings) as queries:
        found = queries.alerts(2, alert=key)
    if not found:
        from connectors.cli.receivers import deliveries as log

        (notice,) = log.select({one.id: one for one in log.notices(settings)}, [key])
        return notice
    if len(found) > 1 and found[0].alert.id != key:
        raise UsageError(f"{key!r} is a prefix of several alerts: give more of it")
    return found[0]


def _notices(
    start: datetime | None, end: datetime | None, receiver: str | None, status: str | None
) -> "list[SourceNotice]":
    from connectors.cli.receivers import deliveries as log

    return [
        one
        for one in log.notices(connect.settings())
        if (start is None or one.made_at >= start)
        and (end is None or one.made_at < end)
        and (receiver is None or one.receiver_name == receiver)
        and (status is None or one.delivery.status == status)
    ]


def _id(one: "AlertRecord | SourceNotice") -> str:
    return one.id if isinstance(one, SourceNotice) else one.alert.id


def _made_at(one: "AlertRecord | SourceNotice") -> datetime:
    return one.made_at if isinstance(one, SourceNotice) else one.alert.made_at


def _row(one: "AlertRecord | SourceNotice") -> tuple[str, str, str, str, str]:
    if isinstance(one, SourceNotice):
        state = one.delivery
        answer = state.error or ("" if state.code is None else str(state.code))
        return one.receiver_name, state.status, str(len(state.answers)), answer, f"{one.source_name}: {one.health}"
    receiver = one.receiver.name or one.receiver.domain or "none"
    code = "" if one.http is None else str(one.http.response.status_code)
    answer = one.error.message if one.error is not None else code
    return receiver, one.delivery.status, str(len(one.delivery.answers)), answer, one.article.title


def _report(one: "AlertRecord | SourceNotice") -> Any:
    if not isinstance(one, SourceNotice):
        from connectors.views.deliveries import delivery

        return delivery(one)
    return {
        "notice": one.id,
        "made": one.made_at,
        "source": one.source,
        "health": one.health,
        "since": one.since,
        "why": one.why,
        "receiver": one.receiver_name,
        "receiver_id": one.receiver,
        "status": one.delivery.status,
        "next_at": one.delivery.next_at,
        "error": one.delivery.error,
        "attempts": one.delivery.answers,
    }

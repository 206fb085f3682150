"""`audit`: lists who changed which track, receiver, source or key, and when."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Limit, Since, Utc, examples
from streams.contract.messages.changes import Subject

if TYPE_CHECKING:
    from connectors.elastic.records import AuditRecord
    from streams.contract.messages import ChangedField

commands = typer.Typer()

MAX_SHOWN = 60  # characters of a value in the table; --json has all


@commands.command(
    epilog=examples(
        "storywatch audit", "storywatch audit --of 3f2a9c01b7de --json", "storywatch audit --kind source --since 7d"
    )
)
def audit(
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="ID|NAME", help="Only of this track, receiver, source, key, delivery or story."),
    ] = None,
    kind: Annotated[Subject | None, typer.Option(help="Only of this kind.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="USER", help="Only by this user, or user@machine.")] = None,
    since: Since = None,
    limit: Limit = 20,
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """List who changed what: tracks, receivers, sources, API keys, deliveries and stories, the latest change first.

    Who is the user and machine of the command, or the text in STORYWATCH_USER. Secrets are never listed, only that
    they changed. An entry is stored by the worker, which may take some seconds.
    """
    now = connect.now()
    from_ = times.parse_bound(since, "--since", now)
    with connect.open_search(connect.settings()) as queries:
        found = queries.changes(limit, subject=of, kind=kind, by=by, since=from_)
    if as_json:
        output.document([_report(one) for one in found])
    elif found:
        shown = times.time_formatter(now, utc=utc)
        output.table(
            [
                output.Column("when", style="dim"),
                output.Column("who"),
                output.Column("what"),
                output.Column("id", style="cyan"),
                output.Column("name", wrap=True),
                output.Column("changes", wrap=True),
            ],
            [
                (
                    shown(one.timestamp),
                    one.change.by,
                    f"{one.change.kind} {one.change.action}",
                    one.change.subject,
                    one.change.name or "",
                    _changes(one),
                )
                for one in found
            ],
        )
    else:
        output.note("no changes" if all(option is None for option in (of, kind, by, since)) else "no matching changes")


def _changes(found: "AuditRecord") -> str:
    """The changed fields; those of an object that was added or removed are its own and only in the JSON."""
    if found.change.action != "changed":
        return ""
    return "; ".join(f"{one.name}: {_shown(one)}" for one in found.change.details)


def _shown(field: "ChangedField") -> str:
    before, after = (output.shortened(value, MAX_SHOWN) or "none" for value in (field.before, field.after))
    return f"{before} -> {after}"


def _report(found: "AuditRecord") -> dict[str, Any]:
    change = found.change
    return {
        "at": found.timestamp,
        "by": change.by,
        "action": change.action,
        "kind": change.kind,
        "id": change.subject,
        "name": change.name,
        "fields": [{"name": one.name, "before": one.before, "after": one.after} for one in change.details],
    }

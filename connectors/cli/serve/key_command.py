"""`key`: makes, lists and revokes the API keys of `storywatch serve`."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Utc, examples
from streams.contract.errors import UsageError
from streams.contract.scopes import Scope

if TYPE_CHECKING:
    from datetime import datetime

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)

MAX_NAME = 80


@commands.callback()
def key(context: typer.Context) -> None:
    """Make, list and revoke the API keys of `storywatch serve`. See `storywatch key add --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command(
    epilog=examples(
        "storywatch key add newsdesk-cms --scope push",
        "storywatch key add dashboard --scope read --expires 90d --json",
    )
)
def add(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Who uses it: it is in the log and with the articles sent in.")
    ],
    scope: Annotated[
        list[Scope],
        typer.Option(help="read; push: send articles in; desk: tracks, with read; admin: all. May be repeated."),
    ],
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="90d, or an ISO date or time. Default: never.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an API key and print it.

    It is printed once: what is stored is its hash. Servers that run know it within a second.
    """
    from connectors.api.access.keys import make_key
    from connectors.cli.serve import keys

    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise UsageError(f"a name is one line of 1 to {MAX_NAME} characters")
    settings, now = connect.settings(), connect.now()
    expires_at = _expiry(expires, now)
    made, text = make_key(name.strip(), tuple(dict.fromkeys(scope)), now, expires_at)
    keys.save(settings, made)
    if as_json:
        output.document({**keys.report(keys.KeyEntry(made, None), now), "key": text})
        return
    output.echo(text)
    until = f"until {times.iso_time(expires_at)}" if expires_at else "until it is revoked"
    output.note(f"key {made.id} for {made.name} ({', '.join(made.scopes)}) is valid {until}; it is not shown again")


def _expiry(text: str | None, now: "datetime") -> "datetime | None":
    """``text`` as a moment after ``now``: a duration counts forward. Raises `UsageError`."""
    if text is None:
        return None
    found = times.parse_bound(text, "--expires", now) or now
    moment = now + (now - found) if times.is_duration(text) else found
    if moment <= now:
        raise UsageError(f"--expires {text} is in the past")
    return moment


@commands.command("list", epilog=examples("storywatch key list", "storywatch key list --json"))
def list_(as_json: Json = False, utc: Utc = False) -> None:
    """List the API keys, with their last use to about ten minutes."""
    from connectors.cli.serve import keys

    now = connect.now()
    entries = keys.read_all(connect.settings())
    if as_json:
        output.document([keys.report(one, now) for one in entries])
        return
    if not entries:
        output.note("no API keys yet: `storywatch key add NAME --scope push` makes one")
        return
    shown = times.time_formatter(now, utc=utc)
    output.table(
        [
            output.Column("id", style="cyan"),
            output.Column("state"),
            output.Column("scopes"),
            output.Column("created"),
            output.Column("expires"),
            output.Column("last used"),
            output.Column("name", wrap=True),
        ],
        [
            (
                one.key.id,
                one.state(now),
                ",".join(one.key.scopes),
                shown(one.key.created_at),
                shown(one.key.expires_at) or "never",
                shown(one.used_at) or "never",
                one.key.name,
            )
            for one in entries
        ],
    )


@commands.command(epilog=examples("storywatch key revoke newsdesk-cms", "storywatch key revoke 5d1b0c4e9a77"))
def revoke(
    wanted: Annotated[str, typer.Argument(metavar="ID|NAME", help="As `storywatch key list` shows it.")],
    as_json: Json = False,
) -> None:
    """Revoke an API key: servers refuse it within a second. It stays in the list."""
    from connectors.cli.serve import keys

    settings, now = connect.settings(), connect.now()
    revoked = keys.revoke(settings, keys.find(settings, wanted), now)
    if as_json:
        output.document(keys.report(keys.KeyEntry(revoked, None), now))
    else:
        output.echo(f"revoked {revoked.id} ({revoked.name})")

"""`receiver`: adds, lists, shows, tests, changes and removes receivers, which tracks share; and previews channels."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from connectors.cli.common import connect, exit_codes, output, times
from connectors.cli.common.options import Json, examples
from connectors.cli.common.webhook_secret import SecretFile
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from streams.contract.messages import NamedReceiver

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The receiver's name.")]
Channel = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="webhook, slack, mattermost, teams, discord, email, apprise or an installed one."
    ),
]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Where to send: docs/channels.md has each form.")]
Secret = Annotated[
    str | None,
    typer.Option(metavar="SECRET", help="Signs webhooks (whsec_...), or the password of a mail server; - is stdin."),
]
NewSecret = Annotated[bool, typer.Option("--new-secret", help="Make a new secret and show it once.")]
AllowPrivate = Annotated[
    bool | None,
    typer.Option("--allow-private/--no-allow-private", help="The address may be a private or local one."),
]
Template = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A Jinja2 template for the body, in place of the channel's own.")
]
ContentType = Annotated[str | None, typer.Option(metavar="TYPE", help="Of the template's output, such as text/plain.")]
Concurrency = Annotated[int | None, typer.Option(min=1, max=100, metavar="N", help="Attempts at the same time: 1.")]
PerMinute = Annotated[int | None, typer.Option(min=0, max=60_000, metavar="N", help="At most so many; 0: no limit.")]
Heartbeat = Annotated[
    int | None,
    typer.Option("--heartbeat", min=0, max=44_640, metavar="MINUTES", help="A message if no alert came for so long."),
]
Labels = Annotated[list[str] | None, typer.Option("--label", metavar="LABEL", help="A label. Repeatable.")]


@commands.callback()
def receiver(context: typer.Context) -> None:
    """Say where alerts go, by a name that many tracks can use. See `storywatch receiver add --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command(
    epilog=examples(
        "storywatch receiver add desk --url https://desk.example/hook",
        "storywatch receiver add desk-slack --channel slack --url https://hooks.slack.example/services/T0/B0/x",
        "storywatch receiver add mail --channel email --secret-file password \\",
        "    --url 'smtp://desk@mail.example:587/?from=desk@mail.example&to=night@mail.example'",
    )
)
def add(
    name: Name,
    url: Url = None,
    channel: Channel = None,
    secret: Secret = None,
    secret_file: SecretFile = None,
    allow_private: AllowPrivate = None,
    template: Template = None,
    content_type: ContentType = None,
    concurrency: Concurrency = None,
    per_minute: PerMinute = None,
    heartbeat: Heartbeat = None,
    label: Labels = None,
    as_json: Json = False,
) -> None:
    """Add a receiver. `storywatch track add --receiver NAME` sends alerts to it.

    A signed webhook gets a new secret, which is shown once, unless one is given. Nothing is sent before an alert, a
    heartbeat or `storywatch receiver test`.
    """
    from connectors.cli.receivers import registry
    from streams.contract.messages import NamedReceiver

    options = registry.HookOptions(
        channel=channel or "",
        url=url,
        secret=secret,
        secret_file=secret_file,
        template=template,
        content_type=content_type,
        allow_private=allow_private,
    )
    now = connect.now()
    hook, shown = options.apply(None, now)
    made = NamedReceiver(name=registry.check_name(name), created_at=now, hook=hook, labels=tuple(label or ()))
    made = _with_limits(made, concurrency, per_minute, heartbeat)
    settings = connect.settings()
    if any(one.name == name for one in registry.read_all(settings)):
        raise UsageError(f"there is a receiver {name} already: `storywatch receiver edit {name}` changes it")
    registry.save(settings, made)
    _print_saved(made, shown, "added", as_json=as_json)


@commands.command(
    epilog=examples(
        "storywatch receiver edit desk --url https://desk.example/new-hook",
        "storywatch receiver edit desk --new-secret --overlap 2d",
        "storywatch receiver edit desk-slack --per-minute 30",
    )
)
def edit(
    name: Name,
    url: Url = None,
    channel: Channel = None,
    secret: Secret = None,
    secret_file: SecretFile = None,
    new_secret: NewSecret = False,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the former secret signs as well; 0s: not at all.")
    ] = "24h",
    allow_private: AllowPrivate = None,
    template: Template = None,
    no_template: Annotated[bool, typer.Option("--no-template", help="Send the channel's own body again.")] = False,
    content_type: ContentType = None,
    concurrency: Concurrency = None,
    per_minute: PerMinute = None,
    heartbeat: Heartbeat = None,
    label: Labels = None,
    as_json: Json = False,
) -> None:
    """Change a receiver. It keeps its name and its queue; what waits goes to the new address.

    While a secret is replaced, webhooks have two signatures, one by each secret, until --overlap is over: receivers
    that know either of them accept.
    """
    from connectors.cli.receivers import registry
    from connectors.webhooks.signing import OVERLAP

    now = connect.now()
    start = times.parse_bound(overlap, "--overlap", now)
    options = registry.HookOptions(
        channel=channel,
        url=url,
        secret=secret,
        secret_file=secret_file,
        new_secret=new_secret,
        overlap=now - start if start is not None else OVERLAP,
        template=template,
        no_template=no_template,
        content_type=content_type,
        allow_private=allow_private,
    )
    settings = connect.settings()
    before = registry.find(settings, name)
    hook, shown = options.apply(before.hook, now)
    edited = _with_limits(replace(before, hook=hook), concurrency, per_minute, heartbeat)
    if label is not None:
        edited = replace(edited, labels=tuple(label))
    if edited == before:
        raise UsageError("nothing to change: see `storywatch receiver edit --help`")
    registry.save(settings, edited, before)
    _print_saved(edited, shown, "changed", as_json=as_json)


@commands.command("list", epilog=examples("storywatch receiver list", "storywatch receiver list --json"))
def list_(as_json: Json = False) -> None:
    """List all receivers, and how they are."""
    from connectors.cli.receivers import registry, statuses
    from connectors.views.receivers import view

    settings = connect.settings()
    known = registry.read_all(settings)
    states = statuses.states(settings, known)
    found = [view(one, states.get(one.name)) for one in known]
    if as_json:
        output.document(found)
    elif found:
        columns = [
            output.Column("receiver", style="cyan"),
            output.Column("channel"),
            output.Column("address", wrap=True),
            output.Column("state", wrap=True),
            output.Column("labels", wrap=True),
        ]
        rows = [(one.name, one.channel, one.address, one.state, ", ".join(one.labels)) for one in found]
        output.table(columns, rows)
    else:
        output.note("no receivers: see `storywatch receiver add --help`")


@commands.command(epilog=examples("storywatch receiver show desk"))
def show(name: Name, as_json: Json = False) -> None:
    """Show one receiver and the tracks that send to it, without its secret."""
    from msgspec.structs import asdict

    from connectors.cli.receivers import registry, statuses
    from connectors.views.receivers import view

    settings = connect.settings()
    found = registry.find(settings, name)
    report = asdict(view(found, statuses.states(settings, [found]).get(name)))
    users = registry.users(settings, name)
    report["tracks"] = [track.id for track in users]
    if as_json:
        output.document(report)
        return
    report["tracks"] = [f"{track.id} ({track.name})" for track in users]
    for label, value in report.items():
        if value is not None and value != [] and value != ():
            output.echo(f"{label.replace('_', ' '):<18}  {_shown(value)}")


def _shown(value: object) -> str:
    """A field of a receiver for people."""
    match value:
        case bool():
            return "yes" if value else "no"
        case datetime():
            return times.iso_time(value)
        case list() | tuple():
            return ", ".join(value)
    return str(value)


@commands.command("test", epilog=examples("storywatch receiver test desk", "storywatch receiver test desk --alert"))
def try_(
    name: Name,
    alert: Annotated[bool, typer.Option("--alert", help="Send an invented alert instead of one sentence.")] = False,
    as_json: Json = False,
) -> None:
    """Send a test to a receiver from this machine, and show its answer. The exit code is 1 unless it accepts."""
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import registry, trying

    settings = connect.settings()
    found = registry.find(settings, name)
    attempt = trying.send_test(settings, found, connect.now(), sample=alert, by=current_user())
    accepted = attempt.outcome == "delivered"
    if as_json:
        output.document(
            {
                "receiver": name,
                "outcome": attempt.outcome,
                "code": attempt.code,
                "error": attempt.error,
                "ms": attempt.ms,
                "excerpt": attempt.excerpt,
            }
        )
    elif accepted:
        code = f" with {attempt.code}" if attempt.code else ""
        excerpt = f": {attempt.excerpt}" if attempt.excerpt else ""
        output.echo(f"{name} accepted a test{code} in {attempt.ms} ms{excerpt}", style="green")
    else:
        output.error(f"{name} did not accept a test ({attempt.outcome}): {attempt.error}")
    if not accepted:
        raise typer.Exit(exit_codes.REFUSED)


@commands.command(epilog=examples("storywatch receiver pause desk"))
def pause(name: Name) -> None:
    """Let the alerts of a receiver wait until `storywatch receiver resume`. None of them is lost."""
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import registry

    registry.pause(connect.settings(), name, connect.now(), by=current_user())
    output.echo(f"receiver {name} is paused: its alerts wait", style="green")


@commands.command(epilog=examples("storywatch receiver resume desk"))
def resume(name: Name) -> None:
    """Send to a receiver again: after `pause`, while it keeps failing, or when it was switched off by a 410.

    What waits goes out, the oldest first. Alerts that were given up while it was off are sent by
    `storywatch deliveries replay --receiver NAME --since TIME`.
    """
    from connectors.cli.common.user import current_user
    from connectors.cli.receivers import registry

    registry.resume(connect.settings(), name, connect.now(), by=current_user())
    output.echo(f"receiver {name} gets alerts again", style="green")


@commands.command(epilog=examples("storywatch receiver remove desk", "storywatch receiver remove desk --force"))
def remove(
    name: Name, force: Annotated[bool, typer.Option("--force", help="Also if tracks or sources name it.")] = False
) -> None:
    """Remove a receiver. Its alerts stay listed; those that wait for it are given up."""
    from connectors.cli.receivers import registry

    settings = connect.settings()
    found = registry.find(settings, name)
    users = registry.users(settings, name)
    if users and not force:
        raise UsageError(
            f"{name} is the receiver of {output.counted(len(users), 'track')}, such as {users[0].id} "
            f"({users[0].name}): `storywatch track edit {users[0].id}` changes that; --force removes it anyway"
        )
    told_of = registry.sources_of(settings, name)
    if told_of and not force:
        raise UsageError(
            f"{name} is told of {output.counted(len(told_of), 'source')}, such as {told_of[0].url}: "
            f"`storywatch source edit {told_of[0].id} --alert OTHER` changes that; --force removes it anyway"
        )
    registry.remove(settings, found)
    output.echo(f"removed receiver {name}")


def _with_limits(
    receiver: "NamedReceiver", concurrency: int | None, per_minute: int | None, heartbeat: int | None
) -> "NamedReceiver":
    """Change limits; None keeps one, 0 removes one."""
    return replace(
        receiver,
        concurrency=receiver.concurrency if concurrency is None else concurrency,
        per_minute=receiver.per_minute if per_minute is None else per_minute or None,
        heartbeat_minutes=receiver.heartbeat_minutes if heartbeat is None else heartbeat or None,
    )


def _print_saved(receiver: "NamedReceiver", shown: str | None, what: str, *, as_json: bool) -> None:
    if as_json:
        from msgspec.structs import asdict

        from connectors.views.receivers import view

        output.document({**asdict(view(receiver, None)), "secret": shown})
        return
    output.echo(f"{what} receiver {receiver.name}", style="green")
    if shown:
        output.echo(f"secret {shown}")
        output.note("give the secret to the receiver now, it is not shown again")

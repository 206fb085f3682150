"""`channel`: lists the channels, and shows what one makes of an alert."""

from pathlib import Path
from typing import Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples
from streams.contract.errors import UsageError

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)


@commands.callback()
def channel(context: typer.Context) -> None:
    """Show the forms in which alerts can be sent. See `storywatch channel preview --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command("list", epilog=examples("storywatch channel list"))
def list_(as_json: Json = False) -> None:
    """List the installed channels."""
    from streams.contract import plugins

    names = plugins.names("storywatch.channels")
    if as_json:
        output.document(names)
    else:
        for name in names:
            output.echo(name)


@commands.command(
    epilog=examples("storywatch channel preview slack", "storywatch channel preview webhook --template body.j2")
)
def preview(
    channel: Annotated[str | None, typer.Argument(metavar="CHANNEL", help="A channel, such as slack.")] = None,
    receiver: Annotated[
        str | None, typer.Option(metavar="NAME", help="The channel and template of this receiver.")
    ] = None,
    template: Annotated[Path | None, typer.Option(metavar="FILE", help="Try this template.")] = None,
    content_type: Annotated[str | None, typer.Option(metavar="TYPE", help="Of the template's output.")] = None,
    alert: Annotated[
        str | None, typer.Option(metavar="ID", help="This alert, or a prefix of its id; default: an invented one.")
    ] = None,
) -> None:
    """Print what would be sent for an alert. Nothing is sent."""
    from msgspec.structs import replace

    from connectors.cli.receivers import deliveries, registry, trying
    from streams.contract.messages import Alert, Webhook

    if (channel is None) == (receiver is None):
        raise UsageError("name either a channel or a receiver with --receiver")
    if receiver is not None:
        hook = registry.find(connect.settings(), receiver).hook
    else:
        registry.channel_named(channel or "")
        hook = Webhook(url="", channel=channel or "")
    if template is not None:
        hook = replace(hook, template=registry.read_template(template))
    if content_type is not None:
        hook = replace(hook, content_type=content_type)
    found = None
    if alert is not None:
        known = deliveries.latest(connect.settings()).items()
        [found] = deliveries.select({id_: one for id_, one in known if isinstance(one, Alert)}, [alert])
    made = trying.preview(hook, found)
    output.note(f"content-type: {made.content_type}")
    output.echo(made.body.decode(errors="replace"))

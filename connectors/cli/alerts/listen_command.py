"""`listen`: a local receiver; each webhook that comes in is a line, with whether it is signed, or a repeat."""

from typing import Annotated

import typer

from connectors.cli.common.options import examples
from connectors.cli.common.webhook_secret import SecretFile

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch listen --secret-file secret",
        "STORYWATCH_WEBHOOK_SECRET=whsec_... storywatch listen --port 9000 --json",
    )
)
def listen(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8080,
    secret: Annotated[
        str | None,
        typer.Option(metavar="SECRET", help="Of the track's webhook; - is stdin. Without it nothing is checked."),
    ] = None,
    secret_file: SecretFile = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One line of JSON a webhook, with its whole payload.")
    ] = False,
) -> None:
    """Receive webhooks on this machine and print them.

    To try alerts out, and to see what a receiver has to do. Each is checked against the secret; one that is not
    signed by it gets a 401 and is shown as refused. One whose webhook-id came before is shown as a repeat. Give the
    address to a track with --webhook and --allow-private. The secret may also
    stand in STORYWATCH_WEBHOOK_SECRET. Ends with Ctrl-C (exit code 0).
    """
    import asyncio

    from connectors.cli.alerts.print_webhooks import receive
    from connectors.cli.common import webhook_secret

    asyncio.run(receive(webhook_secret.given(secret, secret_file, "STORYWATCH_LISTEN_SECRET"), port, as_json=as_json))

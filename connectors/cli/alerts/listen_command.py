"""`listen`: runs a local receiver that prints each webhook."""

from typing import Annotated

import typer

from connectors.cli.alerts.simulated import Simulated
from connectors.cli.common.options import examples
from connectors.cli.common.webhook_secret import SecretFile, read_secret

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch listen --secret-file secret",
        "STORYWATCH_WEBHOOK_SECRET=whsec_... storywatch listen --port 9000 --json",
        "storywatch listen --secret-file secret --forward http://127.0.0.1:3000/hook",
        "storywatch listen --simulate 410",
    )
)
def listen(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = 8080,
    secret: Annotated[
        str | None,
        typer.Option(metavar="SECRET", help="Of the track's webhook; - is stdin. Without it no signature is checked."),
    ] = None,
    secret_file: SecretFile = None,
    forward: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Pass each verified webhook on, signature included, and answer as it does."),
    ] = None,
    simulate: Annotated[
        Simulated | None, typer.Option(help="Fail on purpose: answer 500 or 410, or later than a sender waits.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each webhook as one line of JSON, with its whole payload.")
    ] = False,
) -> None:
    """Receive webhooks on this machine and print them.

    Use it to try alerts, and to see what a receiver has to do. The signature of each webhook is checked against the
    secret; a wrong one is answered with 401 and shown as refused. A webhook-id that came before is shown as a repeat.
    Give the address to a track with --webhook and --allow-private. The secret can also be set in
    STORYWATCH_WEBHOOK_SECRET. Ends with Ctrl-C (exit code 0).
    """
    import asyncio

    from connectors.cli.alerts.print_webhooks import receive

    known = read_secret(secret, secret_file, "STORYWATCH_LISTEN_SECRET")
    asyncio.run(receive(known, port, as_json=as_json, forward=forward, simulate=simulate))

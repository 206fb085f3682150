"""`serve`: runs the HTTP API and the console."""

import ipaddress
from typing import Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import examples
from streams.contract.errors import UsageError

commands = typer.Typer()


@commands.command(
    epilog=examples("storywatch serve", "storywatch serve --port 9000", "storywatch serve --host 10.0.0.5")
)
def serve(
    host: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Default: STORYWATCH_SERVE_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="0 takes a free one. Default: STORYWATCH_SERVE_PORT.")
    ] = None,
) -> None:
    """Serve the console, at / for people, and the HTTP API, at /v1 for programs.

    Programs need an API key, which `storywatch key add` makes. GET /v1/openapi.json describes all routes, GET /healthz
    tells whether it can work. It begins without Kafka and answers 503 until that is there. Several may run at once.
    Ends with Ctrl-C or SIGTERM once the requests in progress are answered (exit code 0).
    """
    import asyncio

    from connectors.api.app import make_app
    from connectors.api.server import bind, serve, url_of
    from connectors.cli.serve.commands_of_api import commands
    from deploy.embedded import polling
    from deploy.load_settings import is_embedded
    from streams.runtime import logging

    settings = connect.settings()
    address = settings.serve_host if host is None else host
    listener = bind(address, settings.serve_port if port is None else port)
    private = _is_loopback(listener.getsockname()[0])
    if settings.console_access == "open" and not private:
        raise UsageError(
            "STORYWATCH_CONSOLE_ACCESS=open is for loopback addresses only, since it lets everybody in: leave it out, "
            "or serve on 127.0.0.1"
        )
    logging.configure(settings, "serve")
    if is_embedded(settings):
        polling.slow_down()
    output.note(f"serving {url_of(listener)}; Ctrl-C ends")
    if not private:
        output.note("API keys are sent unencrypted to this address: put a server with TLS before it (docs/api.md)")
    app = make_app(settings, commands(settings))
    asyncio.run(serve(app, listener, end_streams=app.end_streams))


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback

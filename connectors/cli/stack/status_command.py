"""`status`: what runs and what is missing, in a table, and as an exit code for monitors."""

import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.options import Json, examples

commands = typer.Typer()


@commands.command(epilog=examples("storywatch status", "storywatch status --json | jq .lag"))
def status(as_json: Json = False) -> None:
    """Say what runs and what is missing.

    Looks at the stack that `storywatch up` started, Kafka with its topics, Elasticsearch with its templates, the
    worker's processes, the messages that wait before each stage, and the receivers that are switched off. The exit
    code is 0 when all is well, 3 when a server does not answer, 1 when something else is missing: topics or templates
    (`storywatch init` makes them), or a worker that is not there or not healthy.
    """
    from connectors.cli.stack.status_checks import collect_status

    found = collect_status(connect.settings())
    if as_json:
        output.document(found.report())
    else:
        output.table(
            [output.Column("what"), output.Column("state"), output.Column("detail", wrap=True)],
            [(part.name, part.state, part.detail) for part in found.parts()],
        )
    if not found.servers_answer:
        raise typer.Exit(exit_codes.UNAVAILABLE)
    if not found.ok:
        raise typer.Exit(exit_codes.REFUSED)

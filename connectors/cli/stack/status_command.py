"""`status`: shows what runs and what is missing, with an exit code for monitors."""

import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.options import Json, examples

commands = typer.Typer()


@commands.command(epilog=examples("storywatch status", "storywatch status --json | jq .lag"))
def status(as_json: Json = False) -> None:
    """Show what runs and what is missing.

    Checks the stack that `storywatch up` started, Kafka with its topics, Elasticsearch with its templates, the worker's
    processes, the messages that wait before each stage, and the receivers that are switched off. The exit code is 0 if
    everything is healthy, 3 if a server does not answer, 1 if something else is missing: topics or templates
    (`storywatch init` creates them), or a worker that is not running or not healthy.
    """
    from connectors.cli.stack.status_checks import collect_status

    found = collect_status(connect.settings())
    if as_json:
        output.document(found.report())
    else:
        output.table(
            [output.Column("what"), output.Column("state"), output.Column("detail", wrap=True)],
            [(row.name, row.state, row.detail) for row in found.rows()],
        )
    if not found.servers_answer:
        raise typer.Exit(exit_codes.UNAVAILABLE)
    if not found.ok:
        raise typer.Exit(exit_codes.REFUSED)

"""`deadletters`: what could not pass a stage, and why."""

from typing import Annotated

import typer

from connectors.cli import connect, output
from connectors.cli.options import Json, Limit, examples

commands = typer.Typer()


@commands.command(epilog=examples("storywatch deadletters", "storywatch deadletters --stage clean --limit 100 --json"))
def deadletters(
    stage: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this stage, such as clean.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """List what a stage refused for good, the newest first.

    Each message comes with the reason, and where in Kafka it is.
    """
    from connectors.cli.letters import read
    from connectors.kafka.reader import Reader
    from streams import topics

    settings = connect.settings()
    connect.knock(settings)
    with Reader(settings, [topics.DEADLETTERS]) as reader:
        found = read(reader.to_the_end(), stage)[:limit]
    if as_json:
        output.document([letter.report() for letter in found])
    elif found:
        output.table(
            [
                output.Column("time", style="dim"),
                output.Column("stage", style="cyan"),
                output.Column("error"),
                output.Column("origin", wrap=True),
                output.Column("message", wrap=True),
                output.Column("reason", wrap=True),
            ],
            [letter.row() for letter in found],
        )
    else:
        output.note("no dead letters")

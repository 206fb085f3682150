"""`reprocess`: runs stored articles through the stages again, from a given stage on."""

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Publisher, Since, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.elastic.read.scan import ArticleFilter
    from connectors.reprocess.run import ProgressFile, ReprocessOptions, ReprocessProgress
    from connectors.reprocess.sources import MessageSource, Reach
    from streams.runtime.settings import Settings

commands = typer.Typer()


class FirstStage(StrEnum):
    CLEAN = "clean"
    DEDUP = "dedup"
    TAG = "tag"
    STORY = "story"


@commands.command(
    epilog=examples(
        "storywatch reprocess --from clean --since 3d --dry-run",
        "storywatch reprocess --from tag --publisher 'Harbour Post'",
        "storywatch reprocess --from clean --restart",
    )
)
def reprocess(
    stage: Annotated[
        FirstStage, typer.Option("--from", help="The first stage that runs again; all later ones do too.")
    ],
    since: Since = None,
    publisher: Publisher = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print how many articles would run again and are out of reach.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start over instead of continuing an interrupted run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run stored articles through the stages again, after one of the stages was improved.

    Ids stay the same, an article keeps its story, and no alert fires. Live articles go first: only a few old ones are
    sent at a time. Ctrl-C stops the run, and the same command continues it. --since compares the time at which an
    article was first seen.

    How far back: clean needs the pages as they arrived, which Kafka retains for a week by default; dedup, tag and story
    use the documents in Elasticsearch.
    """
    from connectors.reprocess.run import ReprocessOptions

    settings = connect.settings()
    asked = ReprocessOptions(stage=stage.value, since=since, publisher=publisher)
    with _source(settings, stage.value) as source:
        if dry_run:
            _print_reach(source.reach(_choice(asked)), asked, as_json)
        else:
            _run(settings, source, asked, restart=restart, as_json=as_json)


@contextlib.contextmanager
def _source(settings: "Settings", stage: str) -> Iterator["MessageSource"]:
    from connectors.elastic.client import sync_client
    from connectors.elastic.read.scan import Scan
    from connectors.kafka.reader import Reader
    from connectors.reprocess.sources import ArrivedPages, documents_of
    from streams.contract import topics

    connect.check_topics(settings, topics.RAW)
    with sync_client(settings) as client:
        scan = Scan(client, settings.index_prefix)
        if stage != FirstStage.CLEAN:
            yield documents_of(stage, scan)
            return
        with Reader(settings, [topics.RAW]) as reader:
            yield ArrivedPages(scan, reader)


def _choice(asked: "ReprocessOptions") -> "ArticleFilter":
    from connectors.elastic.read.scan import ArticleFilter

    now = connect.now()
    return ArticleFilter(since=times.parse_bound(asked.since, "--since", now), until=now, publisher=asked.publisher)


def _run(
    settings: "Settings", source: "MessageSource", asked: "ReprocessOptions", *, restart: bool, as_json: bool
) -> None:
    from connectors.kafka.backpressure import Backpressure
    from connectors.kafka.producer import Producer
    from connectors.reprocess.run import ProgressFile, send

    notebook = ProgressFile(settings, asked.stage)
    with notebook.alone():
        progress = _start(notebook, source, asked, restart=restart)
        with (
            Producer(settings) as producer,
            Backpressure(settings, output.note) as admission,
            output.progress("running again") as bar,
        ):
            try:
                send(progress, source, producer, admission, notebook, lambda now: bar.show(_summary(now), _share(now)))
            except KeyboardInterrupt:
                output.note(f"stopped: {_summary(progress)}. The same command continues from here")
                raise
    if as_json:
        output.document({"run": progress.run, "stage": asked.stage, "sent": progress.sent})
    else:
        output.echo(f"{progress.sent} articles ran again from {asked.stage} on (run {progress.run})")


def _start(
    notebook: "ProgressFile", source: "MessageSource", asked: "ReprocessOptions", *, restart: bool
) -> "ReprocessProgress":
    """Start a run, or continue the interrupted one. Raises `UsageError` if that one had other options."""
    from connectors.reprocess.run import ReprocessProgress

    stopped = None if restart else notebook.read()
    if stopped is None:
        choice = _choice(asked)
        progress = ReprocessProgress.begin(asked, choice, choice.until or connect.now(), source.reach(choice).in_reach)
        notebook.write(progress)
        return progress
    if stopped.asked != asked:
        raise UsageError(
            f"a run from {asked.stage} with {_options(stopped.asked)} was interrupted: give the same options to "
            f"continue it, or --restart to start over"
        )
    output.note(f"continuing run {stopped.run}: {_summary(stopped)} so far")
    return stopped


def _options(asked: "ReprocessOptions") -> str:
    given = {"--since": asked.since, "--publisher": asked.publisher}
    return " ".join(f"{name} {value}" for name, value in given.items() if value is not None) or "no other options"


def _summary(progress: "ReprocessProgress") -> str:
    return f"{progress.sent} of about {max(progress.total, progress.sent)} articles sent"


def _share(progress: "ReprocessProgress") -> float:
    return progress.sent / max(progress.total, progress.sent, 1)


def _print_reach(reach: "Reach", asked: "ReprocessOptions", as_json: bool) -> None:
    beyond = reach.chosen - reach.in_reach
    if as_json:
        output.document(
            {
                "stage": asked.stage,
                "articles": reach.in_reach,
                "out_of_reach": beyond,
                "oldest": reach.oldest,
                "pages_since": reach.pages_since,
            }
        )
        return
    oldest = f", the oldest first seen {times.iso_time(reach.oldest)}" if reach.oldest else ""
    output.echo(f"{reach.chosen} stored articles match{oldest}")
    output.echo(f"{reach.in_reach} would run again from {asked.stage} on")
    if beyond:
        since = (
            f"only pages since {times.iso_time(reach.pages_since)} are retained"
            if reach.pages_since
            else "no page is retained"
        )
        output.echo(f"{beyond} are out of reach: {since}; --from dedup needs no pages")

"""`reprocess`: runs stored articles through the stages again, from a given stage on."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

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


FirstStage = Literal["clean", "dedup", "tag", "story"]


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
    options = ReprocessOptions(stage=stage, since=since, publisher=publisher)
    with _source(settings, stage) as source:
        if dry_run:
            _print_reach(source.reach(_article_filter(options)), options, as_json)
        else:
            _run(settings, source, options, restart=restart, as_json=as_json)


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
        if stage != "clean":
            yield documents_of(stage, scan)
            return
        with Reader(settings, [topics.RAW]) as reader:
            yield ArrivedPages(scan, reader)


def _article_filter(options: "ReprocessOptions") -> "ArticleFilter":
    from connectors.elastic.read.scan import ArticleFilter

    now = connect.now()
    return ArticleFilter(since=times.parse_bound(options.since, "--since", now), until=now, publisher=options.publisher)


def _run(
    settings: "Settings", source: "MessageSource", options: "ReprocessOptions", *, restart: bool, as_json: bool
) -> None:
    from connectors.kafka.backpressure import Backpressure
    from connectors.kafka.producer import Producer
    from connectors.reprocess.run import ProgressFile, send

    progress_file = ProgressFile(settings, options.stage)
    with progress_file.locked():
        progress = _start(progress_file, source, options, restart=restart)
        with (
            Producer(settings) as producer,
            Backpressure(settings, output.note) as backpressure,
            output.progress("running again") as show,
        ):
            try:
                send(
                    progress,
                    source,
                    producer,
                    backpressure,
                    progress_file,
                    lambda now: show(_summary(now), _share(now)),
                )
            except KeyboardInterrupt:
                output.note(f"stopped: {_summary(progress)}. The same command continues from here")
                raise
    if as_json:
        output.document({"run": progress.run, "stage": options.stage, "sent": progress.sent})
    else:
        output.echo(f"{progress.sent} articles ran again from {options.stage} on (run {progress.run})")


def _start(
    progress_file: "ProgressFile", source: "MessageSource", options: "ReprocessOptions", *, restart: bool
) -> "ReprocessProgress":
    """Start a run, or continue the interrupted one. Raises `UsageError` if that one had other options."""
    from connectors.reprocess.run import ReprocessProgress

    interrupted = None if restart else progress_file.read()
    if interrupted is None:
        selected = _article_filter(options)
        in_reach = source.reach(selected).in_reach
        progress = ReprocessProgress.begin(options, selected, selected.until or connect.now(), in_reach)
        progress_file.write(progress)
        return progress
    if interrupted.asked != options:
        raise UsageError(
            f"a run from {options.stage} with {_options(interrupted.asked)} was interrupted: give the same options to "
            f"continue it, or --restart to start over"
        )
    output.note(f"continuing run {interrupted.run}: {_summary(interrupted)} so far")
    return interrupted


def _options(options: "ReprocessOptions") -> str:
    given = {"--since": options.since, "--publisher": options.publisher}
    return " ".join(f"{name} {value}" for name, value in given.items() if value is not None) or "no other options"


def _summary(progress: "ReprocessProgress") -> str:
    return f"{progress.sent} of about {max(progress.total, progress.sent)} articles sent"


def _share(progress: "ReprocessProgress") -> float:
    return progress.sent / max(progress.total, progress.sent, 1)


def _print_reach(reach: "Reach", options: "ReprocessOptions", as_json: bool) -> None:
    beyond = reach.chosen - reach.in_reach
    if as_json:
        output.document(
            {
                "stage": options.stage,
                "articles": reach.in_reach,
                "out_of_reach": beyond,
                "oldest": reach.oldest,
                "pages_since": reach.pages_since,
            }
        )
        return
    oldest = f", the oldest first seen {times.iso_time(reach.oldest)}" if reach.oldest else ""
    output.echo(f"{reach.chosen} stored articles match{oldest}")
    output.echo(f"{reach.in_reach} would run again from {options.stage} on")
    if beyond:
        since = (
            f"only pages since {times.iso_time(reach.pages_since)} are retained"
            if reach.pages_since
            else "no page is retained"
        )
        output.echo(f"{beyond} are out of reach: {since}; --from dedup needs no pages")

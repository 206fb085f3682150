"""`reprocess`: stored articles -> the stages once more, from the one that was improved."""

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Since, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.elastic.read.scan import ArticleFilter
    from connectors.reprocess.run import ProgressFile, ReprocessOptions, ReprocessProgress
    from connectors.reprocess.sources import MessageSource, Reach
    from streams.runtime.settings import Settings

commands = typer.Typer()


class From(StrEnum):
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
    stage: Annotated[From, typer.Option("--from", help="The first stage that runs again; all after it do too.")],
    since: Since = None,
    publisher: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only of this publisher: its name, id, domain or owner.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run again and what is out of reach, and do nothing.")
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew although one was stopped half-way.")] = False,
    as_json: Json = False,
) -> None:
    """Run stored articles again through the stages, after one of them was improved.

    Ids stay, an article keeps its story, and no alert fires. Live articles go first: a few old ones are let in at a
    time. Ctrl-C stops it, the same command goes on where it was. --since is about when articles were first seen.

    How far back: clean needs the pages as they arrived, which are kept for a week unless set otherwise; dedup, tag and
    story run from what is stored in Elasticsearch, so as far back as that goes.
    """
    from connectors.reprocess.run import ReprocessOptions

    settings = connect.settings()
    asked = ReprocessOptions(stage=stage.value, since=since, publisher=publisher)
    with _source(settings, stage.value) as source:
        if dry_run:
            _show(source.reach(_choice(asked)), asked, as_json)
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
        if stage != From.CLEAN:
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
        progress = _begin(notebook, source, asked, restart=restart)
        with (
            Producer(settings) as producer,
            Backpressure(settings, output.note) as admission,
            output.progress("running again") as bar,
        ):
            try:
                send(progress, source, producer, admission, notebook, lambda now: bar.show(_said(now), _share(now)))
            except KeyboardInterrupt:
                output.note(f"stopped: {_said(progress)}. The same command goes on from here")
                raise
    if as_json:
        output.document({"run": progress.run, "stage": asked.stage, "sent": progress.sent})
    else:
        output.echo(f"{progress.sent} articles ran again from {asked.stage} on (run {progress.run})")


def _begin(
    notebook: "ProgressFile", source: "MessageSource", asked: "ReprocessOptions", *, restart: bool
) -> "ReprocessProgress":
    """A new one, or the one that was stopped. Raises `UsageError` when that one was about something else."""
    from connectors.reprocess.run import ReprocessProgress

    stopped = None if restart else notebook.read()
    if stopped is None:
        choice = _choice(asked)
        progress = ReprocessProgress.begin(asked, choice, choice.until or connect.now(), source.reach(choice).in_reach)
        notebook.write(progress)
        return progress
    if stopped.asked != asked:
        raise UsageError(
            f"a reprocessing from {asked.stage} with {_options(stopped.asked)} was stopped half-way: give the same "
            f"options to go on with it, or --restart to begin anew"
        )
    output.note(f"going on with run {stopped.run}: {_said(stopped)} so far")
    return stopped


def _options(asked: "ReprocessOptions") -> str:
    given = {"--since": asked.since, "--publisher": asked.publisher}
    return " ".join(f"{name} {value}" for name, value in given.items() if value is not None) or "no other options"


def _said(progress: "ReprocessProgress") -> str:
    return f"{progress.sent} of about {max(progress.total, progress.sent)} articles sent"


def _share(progress: "ReprocessProgress") -> float:
    return progress.sent / max(progress.total, progress.sent, 1)


def _show(reach: "Reach", asked: "ReprocessOptions", as_json: bool) -> None:
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
    output.echo(f"{reach.chosen} stored articles were asked for{oldest}")
    output.echo(f"{reach.in_reach} would run again from {asked.stage} on")
    if beyond:
        since = (
            f"only pages since {times.iso_time(reach.pages_since)} are kept" if reach.pages_since else "no page is kept"
        )
        output.echo(f"{beyond} are out of reach: {since}; --from dedup needs no pages")

"""`watch`: polls feeds and sends new articles into the pipeline."""

from typing import Annotated

import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.options import Json, examples
from connectors.cli.ingest.ingest_command import LaneOption
from streams.contract.lanes import Lane

commands = typer.Typer()


@commands.command(
    epilog=examples(
        "storywatch watch https://news.example/rss.xml https://other.example/atom.xml",
        "storywatch watch http://127.0.0.1:8000/feed.xml --allow-private --once",
    )
)
def watch(
    feeds: Annotated[
        list[str], typer.Argument(metavar="FEED...", help="URLs of RSS, Atom or JSON feeds, or of sitemaps.")
    ],
    once: Annotated[bool, typer.Option("--once", help="Poll each feed once, then end.")] = False,
    interval: Annotated[
        float | None, typer.Option(min=1, metavar="SECONDS", help="Time between two polls of a feed. Default: 300.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The hosts of these feeds may be at private or local addresses.")
    ] = False,
    lane: LaneOption = Lane.LIVE,
    as_json: Json = False,
) -> None:
    """Poll feeds and send each new article in.

    The article is the page that an entry links to, or the feed's own text if the page cannot be fetched. Requests only
    what has changed, pauses between two requests to a host, honours Retry-After and robots.txt. Articles published more
    than STORYWATCH_LIVE_DAYS ago are sent as backfill. Of a sitemap, or an index of sitemaps, new pages are sent.
    Entries seen are recorded in the data folder, so a restart sends none twice. While Kafka is away articles wait in
    the data folder, and are sent when it is back. Ends with Ctrl-C (exit code 0); with
    --once the exit code is 1 if a feed or an entry failed. With --json and without --once, prints one line of JSON per
    article.
    """
    import asyncio

    from connectors.cli.ingest.feed_publisher import FeedPublisher
    from connectors.http.net import check_url
    from connectors.kafka.producer import Producer
    from streams.contract import topics

    for url in feeds:
        check_url(url, allow_private=allow_private)
    settings = connect.settings()
    connect.check_topics(settings, topics.RAW)
    with Producer(settings) as producer:
        publisher = FeedPublisher(
            settings, producer, lane=lane, allow_private=allow_private, as_json=as_json, once=once
        )
        summary = asyncio.run(publisher.run(feeds, interval))
    if summary is None:
        if publisher.kafka_error is not None:
            raise publisher.kafka_error
        return
    if as_json:
        output.document(publisher.report(summary))
    else:
        output.echo(
            f"{output.counted(summary.feeds, 'feed')} polled, {summary.failed} failed, {summary.unchanged} unchanged; "
            f"{output.counted(summary.new, 'article')} accepted, {summary.articles_refused} refused"
        )
    if publisher.kafka_error is not None:
        raise publisher.kafka_error
    if summary.refused or summary.failed:
        raise typer.Exit(exit_codes.REFUSED)

"""`source`: adds, lists, shows, tests, changes and removes sources, one or a few at a time."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from connectors.cli.common import connect, exit_codes, output
from connectors.cli.common.options import Json, Utc, examples
from connectors.cli.common.times import time_formatter
from connectors.cli.sources import source_files
from streams.contract.errors import Unavailable, UsageError
from streams.contract.lanes import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.cli.sources.health_page import Stored
    from connectors.cli.sources.preview import Preview
    from streams.contract.messages import WatchedSource
    from streams.runtime.settings import Settings

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)
source_files.register(commands)

Keys = Annotated[
    list[str] | None, typer.Argument(metavar="ID|URL...", help="Ids of sources, prefixes of them, or addresses.")
]
Labelled = Annotated[
    list[str] | None, typer.Option("--label", metavar="LABEL", help="All sources with this label. Repeatable.")
]
Name = Annotated[str | None, typer.Option(help="A name for people.")]
Labels = Annotated[list[str] | None, typer.Option("--label", metavar="LABEL", help="A label. Repeatable.")]
PublisherName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who published its entries, where they do not say.")
]
LanguageCode = Annotated[
    str | None, typer.Option(metavar="CODE", help="Language of its entries, where they do not say, such as en.")
]
SourceLane = Annotated[Lane | None, typer.Option(help="live: may fire alerts; backfill: old material that fires none.")]
Interval = Annotated[
    str | None, typer.Option(metavar="TIME", help="Time between two polls, such as 5m; auto: adapts to the source.")
]
OwnText = Annotated[
    bool | None, typer.Option("--own-text/--pages", help="Take the entries' own text, or the pages they link to.")
]
UserAgent = Annotated[str | None, typer.Option(metavar="TEXT", help="User-Agent for this source and its pages.")]
Headers = Annotated[
    list[str] | None,
    typer.Option(
        "--header",
        metavar="NAME=REFERENCE",
        help="A header for the source's own host. REFERENCE is env:NAME or file:PATH, which the worker reads.",
    ),
]
Params = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        metavar="NAME=REFERENCE",
        help="A parameter of the query, for a feed with a key in its address. REFERENCE as for --header.",
    ),
]
Password = Annotated[
    str | None,
    typer.Option(metavar="REFERENCE", help="Of a mailbox: env:NAME or file:PATH, which the worker reads."),
]
AllowPrivate = Annotated[
    bool | None,
    typer.Option("--allow-private/--no-allow-private", help="The source may be at a private or local address."),
]

Alert = Annotated[
    str | None,
    typer.Option(
        metavar="RECEIVER", help="Who is told when it turns silent or broken, and when that ends. '': nobody."
    ),
]


@commands.callback()
def source(context: typer.Context) -> None:
    """Watch sources of articles for as long as the worker runs. See `storywatch source add --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command(
    epilog=examples(
        "storywatch source add https://paper.example/feed.xml --label world",
        "storywatch source add https://paper.example/",
        "storywatch source add https://paper.example/feed.xml --interval 2m --language en",
        "storywatch source add https://wire.example/feed --header 'X-Key=env:WIRE_KEY' --own-text",
        "storywatch source add https://wire.example/rss --param key=file:/run/secrets/wire",
        "storywatch source add imaps://news@mail.example/Letters --password env:MAIL_PASSWORD",
        "storywatch source add kafka:desk-wire",
        "storywatch source add https://paper.example/feed.xml --alert desk",
    )
)
def add(
    urls: Annotated[
        list[str], typer.Argument(metavar="URL...", help="Feeds, sites, mailboxes (imaps:) or topics (kafka:).")
    ],
    name: Name = None,
    label: Labels = None,
    publisher: PublisherName = None,
    language: LanguageCode = None,
    lane: SourceLane = None,
    interval: Interval = None,
    own_text: OwnText = None,
    user_agent: UserAgent = None,
    header: Headers = None,
    param: Params = None,
    password: Password = None,
    alert: Alert = None,
    allow_private: AllowPrivate = None,
    no_test: Annotated[bool, typer.Option("--no-test", help="Add it without asking for it first.")] = False,
    as_json: Json = False,
) -> None:
    """Add sources, each after a test poll that shows what it would bring.

    Of a site it adds the first feed that its page names, or one at a common path, and lists the others. A worker polls
    it from then on, within seconds. An address that cannot be read is not added (exit code 1), unless --no-test is
    given, nor is one that is watched already.
    """
    from connectors.cli.sources import preview, registry, source_page
    from connectors.sources.spec import SourceSpec, to_source

    settings = connect.settings()
    known = {one.id for one in registry.read_all(settings)}
    change = source_page.Change(
        name,
        label,
        publisher,
        language,
        lane,
        interval,
        own_text,
        user_agent,
        header,
        param,
        password,
        allow_private,
        alert,
    )
    source_files.check_receivers(settings, [alert])
    added: list[tuple[WatchedSource, Preview | None]] = []
    refused: list[tuple[WatchedSource, Preview | None]] = []
    addresses = urls if no_test else [source_page.feed_of(url, settings, change) for url in dict.fromkeys(urls)]
    for url in dict.fromkeys(addresses):
        made = to_source(change.apply(SourceSpec(url=url)), connect.now())
        if made.id in known:
            output.error(f"{made.url} is watched already: `storywatch source edit {made.id}` changes it")
            refused.append((made, None))
            continue
        found = None if no_test else preview.poll_once(made, settings)
        if found is not None and not as_json:
            source_page.print_preview(found)
        (refused if found is not None and found.error else added).append((made, found))
    if added:
        registry.save(settings, [made for made, _ in added])
    if as_json:
        output.document(
            [
                {**source_page.report(made), "added": was_added, "preview": found.report() if found else None}
                for was_added, group in ((True, added), (False, refused))
                for made, found in group
            ]
        )
    else:
        for made, _ in added:
            output.echo(f"source {made.id} added: {made.url}", style="green")
    if refused:
        raise typer.Exit(exit_codes.REFUSED)


@commands.command("list", epilog=examples("storywatch source list", "storywatch source list --label world --json"))
def list_(label: Labelled = None, as_json: Json = False) -> None:
    """List all sources, by site."""
    from connectors.cli.sources import registry, source_page

    found = registry.read_all(connect.settings())
    if label:
        found = [one for one in found if not set(label).isdisjoint(one.labels)]
    if as_json:
        output.document([source_page.report(one) for one in found])
    elif found:
        output.table(source_page.COLUMNS, [source_page.row(one) for one in found])
    else:
        output.note("no sources: see `storywatch source add --help` and `storywatch source import --starter`")


@commands.command(epilog=examples("storywatch source health", "storywatch source health --label world --json"))
def health(
    label: Labelled = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are well.")] = False,
    as_json: Json = False,
    utc: Utc = False,
) -> None:
    """Show which sources need a look, and why. The exit code is 1 if one does.

    late and silent: nothing new for longer than is usual at this time; broken: polls fail; changed: its entries are not
    what they were. A worker assesses its sources every few seconds. "7 days": what was stored of it, and how much of
    that has no text, or the text of another publisher. A language of which unusually little came has a line, too.
    """
    from connectors.cli.sources import health_page, registry
    from connectors.views.sources import assess_all
    from streams.contract import topics
    from streams.contract.messages import SourceStatus

    settings = connect.settings()
    found = registry.read_all(settings)
    if label:
        found = [one for one in found if not set(label).isdisjoint(one.labels)]
    statuses = registry.read_latest(settings, topics.STATUS, SourceStatus)
    now = connect.now()
    lines = assess_all(found, statuses, now)
    stored = _stored(settings, found)
    shown = lines if everything else [one for one in lines if one.needs_a_look]
    if as_json:
        output.document([health_page.report(one, stored) for one in shown])
    else:
        if shown:
            format_time = time_formatter(now, utc=utc)
            output.table(health_page.COLUMNS, [health_page.row(one, stored, format_time) for one in shown])
        output.note(health_page.summary(lines))
        for line in stored.low_volumes():
            output.note(line)
    if any(one.needs_a_look for one in lines):
        raise typer.Exit(exit_codes.REFUSED)


@commands.command(epilog=examples("storywatch source show 3f2a9c"))
def show(
    key: Annotated[str, typer.Argument(metavar="ID|URL", help="A source's id, a prefix of it, or its address.")],
    as_json: Json = False,
    utc: Utc = False,
) -> None:
    """Show one source, and how it is."""
    from connectors.cli.sources import health_page, registry, source_page
    from connectors.views.sources import assess_all
    from streams.contract import topics
    from streams.contract.messages import SourceStatus

    settings = connect.settings()
    found = registry.find(settings, key)
    status = registry.read_latest(settings, topics.STATUS, SourceStatus).get(found.id)
    (line,) = assess_all([found], {found.id: status} if status else {}, connect.now())
    stored = _stored(settings, [found])
    if as_json:
        output.document({**source_page.report(found), "status": health_page.report(line, stored)})
        return
    now = connect.now()
    show_time = time_formatter(now, utc=utc)
    for label, text in [*source_page.details(found, show_time), *health_page.details(line, stored, show_time, now)]:
        output.echo(f"{label:<10}  {text}")


def _stored(settings: "Settings", sources: "Sequence[WatchedSource]") -> "Stored":
    """What came of the sources. Without Elasticsearch that is not known, and a note says so: Kafka tells the rest."""
    from connectors.cli.sources.health_page import Stored, origin_of
    from connectors.elastic.read import arrivals
    from connectors.elastic.read.client import SearchClient
    from connectors.elastic.read.index import Index

    now = connect.now()
    try:
        with SearchClient(settings) as client:
            index = Index(client, settings.index_prefix)
            origins = [origin_of(one) for one in sources]
            return Stored(arrivals.of_origins(index, origins, now), arrivals.volumes(index, now))
    except (Unavailable, UsageError) as error:
        output.note(f"articles are not counted: {error}")
        return Stored()


@commands.command(
    "test",
    epilog=examples(
        "storywatch source test https://paper.example/feed.xml",
        "WIRE_KEY=... storywatch source test https://wire.example/rss --param key=env:WIRE_KEY",
    ),
)
def try_out(
    key: Annotated[str, typer.Argument(metavar="ID|URL", help="A source, or the address of one.")],
    user_agent: UserAgent = None,
    header: Headers = None,
    param: Params = None,
    password: Password = None,
    allow_private: AllowPrivate = None,
    as_json: Json = False,
) -> None:
    """Poll a source once and show what it would bring. Nothing is sent in and nothing is remembered.

    A source in the list is asked as the list says, with its headers, parameters and password, apart from the options
    that are given here.
    """
    from connectors.cli.sources import preview, registry, source_page
    from connectors.sources.addresses import is_address
    from connectors.sources.spec import SourceSpec, to_source, to_spec

    settings = connect.settings()
    change = source_page.Change(
        user_agent=user_agent, headers=header, params=param, password=password, allow_private=allow_private
    )
    known = registry.known(settings, key) if is_address(key) else registry.find(settings, key)
    spec = SourceSpec(url=key) if known is None else to_spec(known)
    tested = to_source(change.apply(spec), connect.now(), known)
    found = preview.poll_once(tested, settings)
    if as_json:
        output.document(found.report())
    else:
        source_page.print_preview(found)
    if found.error:
        raise typer.Exit(exit_codes.REFUSED)


@commands.command(
    epilog=examples(
        "storywatch source edit 3f2a9c --interval 2m --label world",
        "storywatch source edit 3f2a9c 77b01e --user-agent 'Desk/1.0'",
    )
)
def edit(
    keys: Annotated[
        list[str], typer.Argument(metavar="ID|URL...", help="Ids of sources, prefixes of them, or addresses.")
    ],
    name: Name = None,
    label: Labels = None,
    publisher: PublisherName = None,
    language: LanguageCode = None,
    lane: SourceLane = None,
    interval: Interval = None,
    own_text: OwnText = None,
    user_agent: UserAgent = None,
    header: Headers = None,
    param: Params = None,
    password: Password = None,
    alert: Alert = None,
    allow_private: AllowPrivate = None,
    as_json: Json = False,
) -> None:
    """Change sources. An empty value removes a field: --publisher ''. For another address, add another source."""
    from connectors.cli.sources import registry, source_page
    from connectors.sources.spec import to_source, to_spec

    settings = connect.settings()
    change = source_page.Change(
        name,
        label,
        publisher,
        language,
        lane,
        interval,
        own_text,
        user_agent,
        header,
        param,
        password,
        allow_private,
        alert,
    )
    source_files.check_receivers(settings, [alert])
    found = registry.select(settings, keys, [])
    edited = [to_source(change.apply(to_spec(one)), connect.now(), one) for one in found]
    if edited == found:
        raise UsageError("nothing to change: see `storywatch source edit --help`")
    registry.save(settings, edited, found)
    if as_json:
        output.document([source_page.report(one) for one in edited])
        return
    for one in edited:
        output.echo(f"source {one.id} changed: {one.url}", style="green")


@commands.command(epilog=examples("storywatch source pause 3f2a9c", "storywatch source pause --label wires"))
def pause(keys: Keys = None, label: Labelled = None) -> None:
    """Stop polling sources. They stay in the list, and what was seen of them stays known."""
    from connectors.cli.sources import registry

    settings = connect.settings()
    found = registry.select(settings, keys or [], label or [])
    registry.save(settings, [msgspec.structs.replace(one, paused=True) for one in found], found)
    for one in found:
        output.echo(f"source {one.id} paused: {one.url}")


@commands.command(epilog=examples("storywatch source resume 3f2a9c"))
def resume(keys: Keys = None, label: Labelled = None) -> None:
    """Poll sources again, at once: paused ones, failing ones, and those that have answered 410."""
    from connectors.cli.sources import registry

    settings = connect.settings()
    found = registry.select(settings, keys or [], label or [])
    now = connect.now()
    registry.save(settings, [msgspec.structs.replace(one, paused=False, resumed_at=now) for one in found], found)
    for one in found:
        output.echo(f"source {one.id} resumed: {one.url}", style="green")


@commands.command(epilog=examples("storywatch source remove 3f2a9c"))
def remove(keys: Keys = None, label: Labelled = None) -> None:
    """Remove sources. Articles that they have brought stay."""
    from connectors.cli.sources import registry

    settings = connect.settings()
    found = registry.select(settings, keys or [], label or [])
    registry.remove(settings, found)
    for one in found:
        output.echo(f"source {one.id} removed: {one.url}")

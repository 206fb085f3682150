"""`track`: adds, lists, shows, changes and removes tracks: what to follow and where to send its alerts."""

from typing import Annotated

import typer
from msgspec.structs import replace

from connectors.cli.alerts import track_state_command
from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples
from connectors.cli.common.webhook_secret import SecretFile
from connectors.cli.desk import dry_run_command, not_mine_command, track_files
from streams.contract.errors import UsageError

commands = typer.Typer(no_args_is_help=False, invoke_without_command=True)
commands.add_typer(track_state_command.commands)

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Set a field of tracks.yaml: fires.growth=5/2h, conditions.countries=NZ,AU, quiet='22:00-07:00 sat,sun', "
        "digest=08:00,17:00, most_per_hour=5; none is the default. Repeatable.",
    ),
]
TrackId = Annotated[str, typer.Argument(metavar="ID", help="A track's id, a prefix of it, or its name.")]


dry_run_command.register(commands)
track_files.register(commands)
not_mine_command.register(commands)


@commands.callback()
def track(context: typer.Context) -> None:
    """Follow stories: get an alert for each new source that covers one. See `storywatch track add --help`."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@commands.command(
    epilog=examples(
        "storywatch track add --story 3f2a9c --webhook https://desk.example/hook",
        "storywatch track add --article page.html --name 'Harbour wall'",
        "storywatch track add --text - < report.txt",
        "storywatch track add --query 'ferry aground person:\"Jane Doe\" country:nz' --at-sources 3",
        "storywatch track add --story 3f2a9c --webhook http://127.0.0.1:8080/ --allow-private",
    )
)
def add(
    story: Annotated[
        str | None, typer.Option(metavar="ID", help="Follow this story: its id or a prefix of it.")
    ] = None,
    article: Annotated[
        str | None,
        typer.Option(
            metavar="ID|URL|FILE",
            help="Follow the story of this article; one that has not arrived, by URL or file, from its arrival on.",
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Follow the story to which a report with this text belongs; without one, those with an article that "
            "has its headline or first sentence; - is stdin.",
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            metavar="QUERY",
            help='Follow every story with an article that matches this: words, "a phrase", -without, this | that, '
            "begin*, field:value, as in `storywatch search`.",
        ),
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="And names this entity: a name or a key (person:jane doe). Repeatable."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="A name for people. Default: the story's title, or the query.")
    ] = None,
    webhook: Annotated[
        str | None, typer.Option(metavar="URL", help="Where to send alerts. Without it they are only listed.")
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            metavar="SECRET", help="The secret that signs webhooks (whsec_...); - is stdin. Default: a new one."
        ),
    ] = None,
    secret_file: SecretFile = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="This webhook may be at a private or local address.")
    ] = False,
    channel: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Send the message of this installed channel instead of Storywatch's JSON."),
    ] = None,
    receiver: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Send alerts to this receiver (`storywatch receiver add`). Repeatable."),
    ] = None,
    at_sources: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Fire once, when the story has N sources."),
    ] = None,
    all_publishers: Annotated[
        bool, typer.Option("--all-publishers", help="Count every publisher, also with copies of one text or one owner.")
    ] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Also fire for backfilled and for old articles.")
    ] = False,
    linked: Annotated[
        bool, typer.Option("--linked", help="Also follow stories of other languages that are linked with it.")
    ] = False,
    set_: Settings = None,
    broad: Annotated[
        bool, typer.Option("--broad", help="Allow a query that nearly every article answers, such as -football.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Add it even if an identical track exists.")] = False,
    as_json: Json = False,
) -> None:
    """Follow one story, or every story that answers a query.

    Give one of --story, --article, --text, or --query and --entity. The track fires once for each new independent
    source, for articles filed from now on. Webhooks are signed (Standard Webhooks); a new secret is shown once. Pass
    your own with --secret-file or in STORYWATCH_WEBHOOK_SECRET: other users can see the command line.
    """
    from connectors.cli.alerts import track_selection, tracks
    from connectors.cli.receivers import registry
    from connectors.tracks.setting import with_settings
    from streams.contract import topics

    hook, new_secret = track_selection.make_webhook(
        webhook, secret, secret_file, allow_private=allow_private, channel=channel
    )
    selector = track_selection.Selector(story, article, query, tuple(entity or ()), text=text, broad=broad)
    selector.check()
    settings = connect.settings()
    selection = track_selection.select(selector, settings)
    connect.check_topics(settings, topics.TRACKS)
    made = tracks.make_track(
        selection,
        name=name,
        at_sources=at_sources,
        independent=not all_publishers,
        backfill=backfill,
        webhook=hook,
        receivers=registry.check_known(settings, receiver or ()),
        now=connect.now(),
    )
    made = with_settings(replace(made, linked=linked), set_ or ())
    others = tracks.read_all(settings)
    if not again and (same := tracks.find_duplicate(made, others)) is not None:
        raise UsageError(f"track {same.id} ({same.name}) does the same already: give --again for a second one")
    if broad:
        tracks.check_room(made, others)
    tracks.save(settings, made)
    if made.report_present:
        from connectors.cli.alerts import present

        output.note(
            f"the first message is about the sources of stories that are there: {present.report(settings, made)}"
        )
    shown_secret = hook.secret if hook is not None and new_secret else None
    if as_json:
        output.document({**tracks.report(made), "secret": shown_secret})
        return
    output.echo(f"track {made.id} follows {tracks.subject(made)}", style="green")
    if shown_secret:
        output.echo(f"secret {shown_secret}")
        output.note("give the secret to the receiver now, it is not shown again; to try it on this machine:")
        output.note(f"  STORYWATCH_WEBHOOK_SECRET=SECRET storywatch listen{track_selection.port_option(hook)}")
    if hook is None and not made.receivers:
        output.note("it has no webhook: `storywatch alerts` lists what it fires")


@commands.command("list", epilog=examples("storywatch track list", "storywatch track list --json"))
def list_(as_json: Json = False) -> None:
    """List all tracks, the oldest first."""
    from connectors.cli.alerts import receiver_status, tracks

    settings = connect.settings()
    found = tracks.read_all(settings)
    off = receiver_status.switched_off_since(settings, found)
    if as_json:
        output.document([tracks.report(each, off.get(each.id)) for each in found])
    elif found:
        output.table(
            [
                output.Column("track", style="cyan"),
                output.Column("created", style="dim"),
                output.Column("fires", wrap=True),
                output.Column("webhook", wrap=True),
                output.Column("follows", wrap=True),
                output.Column("name", wrap=True),
            ],
            [tracks.row(each, off.get(each.id)) for each in found],
        )
    else:
        output.note("no tracks: see `storywatch track add --help`")


@commands.command(epilog=examples("storywatch track show 3f2a9c01b7de"))
def show(track_id: TrackId, as_json: Json = False) -> None:
    """Show one track, without its secret."""
    from connectors.cli.alerts import receiver_status, tracks

    settings = connect.settings()
    found = tracks.find(settings, track_id)
    off = receiver_status.switched_off_since(settings, [found]).get(found.id)
    if as_json:
        output.document(tracks.report(found, off))
        return
    for label, text in tracks.details(found, off):
        output.echo(f"{label:<8}  {text}")


@commands.command(
    epilog=examples(
        "storywatch track edit 3f2a9c --webhook https://desk.example/new-hook",
        "storywatch track edit 3f2a9c --new-secret",
        "storywatch track edit 3f2a9c --name 'Harbour wall' --at-sources 3",
        "storywatch track edit 3f2a9c --set time_zone=Europe/Berlin --set quiet=22:00-07:00",
    )
)
def edit(
    track_id: TrackId,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    webhook: Annotated[str | None, typer.Option(metavar="URL", help="Where to send alerts from now on.")] = None,
    no_webhook: Annotated[bool, typer.Option("--no-webhook", help="Only list its alerts from now on.")] = False,
    secret: Annotated[
        str | None, typer.Option(metavar="SECRET", help="The secret that signs webhooks (whsec_...).")
    ] = None,
    secret_file: SecretFile = None,
    new_secret: Annotated[bool, typer.Option("--new-secret", help="Make a new secret and show it once.")] = False,
    allow_private: Annotated[
        bool | None,
        typer.Option("--allow-private/--no-allow-private", help="The webhook may be at a private or local address."),
    ] = None,
    receiver: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Send to these receivers from now on. Repeatable.")
    ] = None,
    no_receivers: Annotated[bool, typer.Option("--no-receivers", help="Send to no receiver with a name.")] = False,
    at_sources: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Fire once, when a story has N sources; 0: for each one."),
    ] = None,
    all_publishers: Annotated[
        bool | None,
        typer.Option("--all-publishers/--no-all-publishers", help="Count every publisher, or independent sources."),
    ] = None,
    backfill: Annotated[
        bool | None, typer.Option("--backfill/--no-backfill", help="Also fire for backfilled and for old articles.")
    ] = None,
    set_: Settings = None,
    as_json: Json = False,
) -> None:
    """Change a track's name, webhook, secret or conditions.

    The track keeps its id: alerts that fired do not fire again, and alerts that wait for another attempt go to the new
    webhook at once. What a track follows cannot be changed: add another track for another story or query.
    """
    from connectors.cli.alerts import track_selection, tracks
    from connectors.cli.common import webhook_secret
    from connectors.cli.receivers import registry
    from connectors.tracks.setting import with_settings

    if secret is not None or secret_file is not None:  # the environment's secret is for new tracks only
        secret = webhook_secret.read_secret(secret, secret_file)
    change = track_selection.WebhookChange(webhook, secret, new_secret, allow_private, remove=no_webhook)
    settings = connect.settings()
    before = tracks.find(settings, track_id)
    hook, shows_secret = change.apply(before.webhook)
    if receiver and no_receivers:
        raise UsageError("give either --receiver or --no-receivers")
    receivers = registry.check_known(settings, receiver) if receiver else () if no_receivers else before.receivers
    edited = tracks.edited(
        replace(before, receivers=receivers),
        name=name,
        webhook=hook,
        at_sources=at_sources,
        all_publishers=all_publishers,
        backfill=backfill,
    )
    edited = with_settings(edited, set_ or ())
    if edited == before:
        raise UsageError("nothing to change: see `storywatch track edit --help`")
    tracks.save(settings, edited, before)
    retried = tracks.retry_now(settings, edited, connect.now()) if hook is not None and hook != before.webhook else 0
    shown_secret = hook.secret if hook is not None and shows_secret else None
    if as_json:
        output.document({**tracks.report(edited), "secret": shown_secret, "sent_again_now": retried})
        return
    output.echo(f"track {edited.id} ({edited.name}) fires {tracks.trigger(edited)}", style="green")
    if shown_secret:
        output.echo(f"secret {shown_secret}")
        output.note("give the secret to the receiver now, it is not shown again")
    if retried:
        output.note(f"alerts that waited for another attempt are sent now: {retried}")


@commands.command(epilog=examples("storywatch track remove 3f2a9c01b7de"))
def remove(track_id: TrackId) -> None:
    """Remove a track. Its alerts stay; those not delivered yet are abandoned."""
    from connectors.cli.alerts import tracks

    settings = connect.settings()
    found = tracks.find(settings, track_id)
    tracks.remove(settings, found)
    output.echo(f"removed track {found.id} ({found.name})")


@commands.command(epilog=examples("storywatch track resume 3f2a9c01b7de"))
def resume(track_id: TrackId) -> None:
    """End `track pause` and `track snooze`, or else switch a track's receiver on again.

    A receiver that answers 410 (gone) is switched off: its alerts are recorded and not sent. Alerts that fire from now
    on are sent again, also those of all other tracks with the same webhook.
    """
    from connectors.cli.alerts import receiver_status, tracks

    settings = connect.settings()
    found = tracks.find(settings, track_id)
    if found.paused or found.snoozed_until is not None:
        tracks.save(settings, replace(found, paused=False, snoozed_until=None), found)
        output.echo(f"track {found.id} ({found.name}) fires again", style="green")
        return
    for each in receiver_status.resume(settings, found, connect.now()):
        output.echo(f"track {each.id} ({each.name}) sends again", style="green")


@commands.command(epilog=examples("STORYWATCH_SECRETS_KEY_FILE=keys storywatch track reencrypt"))
def reencrypt() -> None:
    """Save all tracks and receivers again, with their addresses and secrets encrypted with the first key.

    Run it after setting the first key, or to replace a key: put the new key before the old one in
    STORYWATCH_SECRETS_KEY (or its file), restart the workers, run this command, then remove the old key.
    """
    from connectors.cli.alerts import receiver_status

    written = receiver_status.reencrypt(connect.settings())
    output.echo(f"webhooks encrypted: {written}", style="green")

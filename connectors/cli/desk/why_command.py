"""`alerts why` and `alerts why-not`: each rule in order with what it saw of an article."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.common import connect, output, times
from connectors.cli.common.options import Json, Utc, examples
from streams.contract.errors import UsageError

if TYPE_CHECKING:
    from connectors.cli.desk.replaying import Replayed
    from connectors.elastic.records import AlertRecord, ArticleRecord
    from streams.alerts.explain import Explained
    from streams.contract.messages import Track
    from streams.runtime.settings import Settings

NOT_ASKED = "-"


def register(commands: typer.Typer) -> None:
    """Add the commands of this module to those of `alerts`."""
    commands.command(epilog=examples("storywatch alerts why 7b1f0c"))(why)
    commands.command(
        "why-not",
        epilog=examples(
            "storywatch alerts why-not 3f2a9c 5d1b0c", "storywatch alerts why-not https://news.example/reef 5d1b0c"
        ),
    )(why_not)


def why(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="An alert's id or a prefix of it.")],
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Say why an alert was made: the article, its story, and each rule of the track with what it saw.

    The rules are those of the track as it is now; the updates that they saw are in the log for 30 days.
    """
    from connectors.cli.alerts import tracks

    settings = connect.settings()
    with connect.open_search(settings) as queries:
        found = queries.alert(alert)
        if found is None:
            raise UsageError(f"there is no alert {alert}: `storywatch alerts --json` lists their ids")
        article = queries.article(found.article.id)
    track = next((one for one in tracks.read_all(settings) if one.id == found.track.id), None)
    replayed = _replay(settings, track, article) if track is not None and article is not None else None
    if as_json:
        output.document({"alert": _alert(found), **_report(article, track, replayed)})
        return
    shown = times.time_formatter(connect.now(), utc=utc)
    for label, text in _lines(found, shown):
        output.echo(f"{label:<9} {text}")
    if track is None:
        output.note(f"track {found.track.id} was removed, so that its rules are not known any more")
    elif replayed is None:
        output.note(f"article {found.article.id} is not stored any more")
    else:
        _print(replayed, track, shown)


def why_not(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="An article's id, a prefix of it, or its URL.")],
    track_id: Annotated[str, typer.Argument(metavar="TRACK", help="A track's id, a prefix of it, or its name.")],
    utc: Utc = False,
    as_json: Json = False,
) -> None:
    """Say why an article made no alert for a track: each rule in order with what it saw.

    The first rule that did not let it pass is marked; those after it were not asked. The rules are those of the track
    as it is now; the updates that they saw are in the log for 30 days.
    """
    from connectors.cli.alerts import tracks
    from connectors.elastic.read.find import find_article

    settings = connect.settings()
    track = tracks.find(settings, track_id)
    with connect.open_search(settings) as queries:
        found = find_article(queries, article)
    replayed = _replay(settings, track, found)
    if as_json:
        output.document(_report(found, track, replayed))
        return
    shown = times.time_formatter(connect.now(), utc=utc)
    publisher = found.publisher.name if found.publisher else "no publisher"
    output.echo(f"article   {found.article.id}: {found.article.title} ({publisher})")
    output.echo(f"story     {found.story.id}")
    output.echo(f"track     {track.id} ({track.name}) follows {tracks.subject(track)}")
    _print(replayed, track, shown)


def _replay(settings: "Settings", track: "Track", article: "ArticleRecord") -> "Replayed":
    from connectors.cli.desk import replaying

    stories = {article.story.id, *filter(None, (article.story.filing.moved_from,)), *filter(None, (track.story,))}
    return replaying.replay(settings, track, article.article.id, stories, article.article.filed or article.timestamp)


def _lines(found: "AlertRecord", shown: times.FormatTime) -> list[tuple[str, str]]:
    """Label and text of each line about a stored alert."""
    delivery = found.delivery
    attempts = f" after {output.counted(delivery.attempts, 'attempt')}" if delivery.attempts else ""
    return [
        ("alert", f"{found.alert.id}, made {shown(found.alert.made_at)}"),
        ("track", f"{found.track.id} ({found.track.name})"),
        ("fired by", found.alert.condition),
        ("because", found.alert.reason),
        ("article", f"{found.article.id}: {found.article.title} ({found.alert.source.name})"),
        ("story", f"{found.story.id}: {found.story.title or ''}"),
        *(("filed", reason) for reason in found.story.filing.reasons[:3]),
        ("delivery", f"{delivery.status}{attempts}"),
    ]


def _print(replayed: "Replayed", track: "Track", shown: times.FormatTime) -> None:
    if not replayed.updates:
        since = f", which begins at {times.iso_time(replayed.reaches)}" if replayed.reaches else ""
        output.note(f"the article's updates are not in the log{since}: its rules cannot be seen any more")
    for one in replayed.updates:
        output.echo(f"{shown(one.at)}  {one.kind}: {_verdict(one)}", style="bold")
        asked = True
        for check in one.checks:
            answer = ("yes" if check.passed else "no") if asked else NOT_ASKED
            stops = asked and check is one.stopped
            output.echo(
                f"  {answer:<3}  {check.rule:<15}  {check.saw}{'   <- this stopped it' if stops else ''}",
                style="red" if stops else "",
            )
            asked = asked and not stops


def _verdict(one: "Explained") -> str:
    if not one.alerts:
        return "no alert"
    states = {"held": "held", "recorded": "listed"}
    alerts = [
        f"{states.get(alert.delivery.status, 'sent')} as alert {alert.id[:12]}"
        f"{f' to {alert.receiver_name}' if alert.receiver_name else ''}"
        for alert in one.alerts
    ]
    return "; ".join(alerts)


def _alert(found: "AlertRecord") -> dict[str, Any]:
    return {
        "id": found.alert.id,
        "made": found.alert.made_at,
        "condition": found.alert.condition,
        "reason": found.alert.reason,
        "story": found.story.id,
        "filing": found.story.filing.reasons,
        "delivery": found.delivery.status,
    }


def _report(article: "ArticleRecord | None", track: "Track | None", replayed: "Replayed | None") -> dict[str, Any]:
    updates = [] if replayed is None else replayed.updates
    return {
        "article": None if article is None else {"id": article.article.id, "title": article.article.title},
        "track": None if track is None else {"id": track.id, "name": track.name},
        "log_begins": None if replayed is None else replayed.reaches,
        "updates": [
            {
                "at": one.at,
                "kind": one.kind,
                "alerts": [alert.id for alert in one.alerts],
                "stopped_by": one.stopped.rule if one.stopped else None,
                "rules": [{"rule": check.rule, "saw": check.saw, "passed": check.passed} for check in one.checks],
            }
            for one in updates
        ],
    }

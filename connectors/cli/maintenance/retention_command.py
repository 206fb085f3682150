"""`retention`: shows how long topics and indices retain data, and applies the settings."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.common import connect, output
from connectors.cli.common.options import Json, examples

if TYPE_CHECKING:
    from connectors.elastic.admin.monthly_indices import MonthlyIndex
    from streams.runtime.settings import Settings

commands = typer.Typer()


@dataclass(frozen=True)
class RetentionRow:
    """One topic or index. ``change``: what --apply changes; "" for nothing."""

    name: str
    keeps: str
    change: str


@commands.command(
    epilog=examples("storywatch retention", "STORYWATCH_ARTICLE_MONTHS=24 storywatch retention --apply --json")
)
def retention(
    apply: Annotated[
        bool, typer.Option("--apply", help="Set topics to their settings and delete months that are too old.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show how long topics and indices retain data, and what --apply would change.

    Settings: STORYWATCH_RAW_DAYS, _STREAM_DAYS and _DEADLETTER_DAYS for topics, the last also for dead letters in
    Elasticsearch; _ARTICLE_MONTHS and _ALERT_MONTHS for articles and alerts, which are never deleted unless these are
    set. Run it with --apply once a day, from a timer, with the settings of the worker.
    """
    from connectors.elastic.admin.expiry import Expiry
    from connectors.elastic.admin.monthly_indices import delete, list_monthly
    from connectors.elastic.client import sync_client
    from connectors.kafka import topic_settings
    from streams.contract import topics
    from streams.runtime import topology

    settings = connect.settings()
    connect.check_topics(settings, *topics.ALL)
    now = connect.now()
    configured = {topic.name(settings.topic_prefix): days for topic, days in topology.retention_days(settings).items()}
    current = topic_settings.retention_days(settings, (topic.name(settings.topic_prefix) for topic in topics.ALL))
    changes = {name: days for name, days in configured.items() if current.get(name) != days}
    with sync_client(settings) as client:
        found = list_monthly(client, settings.index_prefix)
        old = [month for month in found if _is_old(month, settings, month.age(now))]
        letters = Expiry(client, settings.index_prefix)
        oldest = now - timedelta(days=settings.deadletter_days)
        counted, expired = letters.count(), letters.count(oldest)
        if apply:
            if changes:
                topic_settings.set_retention_days(settings, changes)
            for month in old:
                delete(client, month)
            letters.delete(oldest)
    lines = [_topic(name, days, changes.get(name)) for name, days in current.items()]
    lines += [_index(month, is_old=month in old) for month in found]
    lines.append(RetentionRow(letters.index, f"{counted} documents", f"{expired} documents deleted" if expired else ""))
    _show(lines, applied=apply, as_json=as_json)


def _is_old(month: "MonthlyIndex", settings: "Settings", age: int) -> bool:
    from connectors.elastic.names import Family

    most = settings.article_months if month.family is Family.ARTICLES else settings.alert_months
    return 0 < most < age


def _topic(name: str, days: float | None, change: int | None) -> RetentionRow:
    keeps = "the latest of each key" if days is None else f"{days:g} days"
    return RetentionRow(name, keeps, f"keeps {change} days" if change is not None else "")


def _index(month: "MonthlyIndex", *, is_old: bool) -> RetentionRow:
    return RetentionRow(month.index, f"{month.documents} documents", "deleted" if is_old else "")


def _show(lines: list[RetentionRow], *, applied: bool, as_json: bool) -> None:
    if as_json:
        output.document(
            [{"name": line.name, "keeps": line.keeps, "change": line.change, "applied": applied} for line in lines]
        )
        return
    output.table(
        [
            output.Column("name", style="cyan"),
            output.Column("keeps"),
            output.Column("now" if applied else "with --apply", wrap=True),
        ],
        [(line.name, line.keeps, line.change) for line in lines],
    )

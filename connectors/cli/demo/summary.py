"""The records of a demo run -> the summary that `storywatch demo --json` writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.cli.demo.pipeline_follower import RejectedInput
from connectors.elastic.read.queries import Search
from connectors.webhooks.receiving import Received
from streams.contract.messages import COPIES, FiledArticle


@dataclass(frozen=True)
class DemoRun:
    """The records of one demo run. ``filed`` holds (input, article) in the order of the inputs."""

    filed: list[tuple[str, FiledArticle]]
    dead: list[RejectedInput]
    alerts: list[Received]


def summarise(run: DemoRun, search: Search) -> dict[str, Any]:
    """Return the summary. Stories are read from Elasticsearch, to show what is stored."""
    search.refresh()
    return {
        "articles": [_article(name, filed) for name, filed in run.filed],
        "stories": [_story(id_, search) for id_ in dict.fromkeys(filed.filing.story for _, filed in run.filed)],
        "alerts": [_alert(alert) for alert in run.alerts],
        "dead_letters": [{"input": dead.input, "stage": dead.stage, "error": dead.error} for dead in run.dead],
    }


def _article(name: str, filed: FiledArticle) -> dict[str, Any]:
    article, copy = filed.article, filed.copy
    return {
        "input": name,
        "id": article.id,
        "title": article.title,
        "publisher": article.publisher.name if article.publisher else None,
        "published": _published(filed),
        "language": article.language,
        "kind": article.kind,
        "copy_of": copy.of if copy.relation in COPIES else None,
        "story": filed.filing.story,
        "relation": copy.relation,
        "related_to": copy.of,
        "new_source": filed.coverage.new,
        "reasons": list(filed.filing.reasons),
        "coverage": filed.coverage.reason,
    }


def _published(filed: FiledArticle) -> str | None:
    dated = filed.article.published
    if dated is None:
        return None
    return dated.value.date().isoformat() if dated.precision == "day" else dated.value.isoformat()


def _story(id_: str, search: Search) -> dict[str, Any]:
    stored = search.story(id_)
    members = search.in_story(id_)
    return {
        "id": id_,
        "title": stored.story.title if stored else None,
        "articles": [member.article.id for member in members],
        "sources": list(stored.story.sources) if stored else [],
        "publishers": list(stored.story.publishers) if stored else [],
    }


def _alert(alert: Received) -> dict[str, Any]:
    data = alert.payload["data"]
    arrived = datetime.fromisoformat(data["article"]["received_at"])
    return {
        "id": alert.id,
        "track": data["track"]["id"],
        "story": data["story"]["id"],
        "source": data["source"]["name"],
        "article": data["article"]["id"],
        "reason": data["alert"]["reason"],
        "seconds": round((alert.at - arrived).total_seconds(), 3),
    }

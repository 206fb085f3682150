"""Prints a demo for people: its events as they happen, and a summary at the end."""

import statistics
from datetime import datetime
from typing import Any

from rich import markup
from rich.console import Console

from connectors.cli.common import output
from connectors.cli.demo.article_feed import ArticleFiled, DemoEvent, StoryTracked
from connectors.cli.demo.pipeline_follower import RejectedInput
from connectors.webhooks.receiving import Received
from streams.contract.messages import Relation

TITLE_CHARACTERS = 78
COPY_WORDS = {
    Relation.EXACT: "an exact copy",
    Relation.NEAR: "a near copy",
    Relation.WIRE: "a wire copy",
    Relation.UPDATE: "an update by the same publisher",
    Relation.REVISION: "a new revision",
}


class Screen:
    """Prints a demo as it happens. Colours and widths follow the terminal; piped, the lines are plain."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stories: dict[str, str] = {}  # id -> the letter it is shown with
        self._seconds: list[float] = []

    def say(self, text: str) -> None:
        self._print(f"[dim]{escape(text)}[/dim]")

    def show(self, event: DemoEvent) -> None:
        """Print an event."""
        if isinstance(event, ArticleFiled):
            self._show_filed(event)
        elif isinstance(event, RejectedInput):
            self._print(f"[yellow]refused[/yellow] {escape(event.input)}: {escape(event.error)}")
        elif isinstance(event, StoryTracked):
            self._print(
                f"[bold cyan]tracked[/bold cyan]      story {self._letter(event.track.story or '')} from now on: "
                f"an alert for each new independent source"
            )
        else:
            self._show_alert(event)

    def _show_filed(self, event: ArticleFiled) -> None:
        article, filing = event.article.article, event.article.filing
        self._seconds.append(event.seconds)
        who = article.publisher.name if article.publisher else "(no publisher)"
        self._print(f"[bold]{escape(who)}[/bold]: {escape(_short(article.title))}")
        relation = COPY_WORDS.get(event.article.copy.relation)
        opens = "opens" if filing.decision == "created" else "joins"
        if event.article.copy.relation is Relation.REVISION:
            opens = "stays in"
        note = f"{relation}; " if relation else ""
        self._print(f"    {note}{opens} story {self._letter(filing.story)}: {escape(filing.reasons[0])}")

    def _show_alert(self, event: Received) -> None:
        data = event.payload["data"]
        seconds = (event.at - datetime.fromisoformat(data["article"]["received_at"])).total_seconds()
        self._print(
            f"[bold green]ALERT[/bold green]        {escape(data['alert']['reason'])} "
            f"[dim](signed webhook, {seconds:.2f} s after the article arrived)[/dim]"
        )

    def summary(self, result: dict[str, Any]) -> None:
        """Print the stories with their sources and headlines, and the alerts with their reasons."""
        by_id = {article["id"]: article for article in result["articles"]}  # the latest revision of each
        self._print("")
        self._print(f"[bold]{len(result['stories'])} stories from {len(by_id)} articles[/bold]")
        for story in result["stories"]:
            self._show_story(story, by_id)
        self._print("")
        self._print(f"[bold]{len(result['alerts'])} alerts for the tracked story[/bold]")
        for alert in result["alerts"]:
            self._print(f"  {escape(alert['reason'])} [dim]({alert['seconds']:.2f} s)[/dim]")
        if result["dead_letters"]:
            self._print("")
            self._print(f"[bold]{len(result['dead_letters'])} refused[/bold]")
            for dead in result["dead_letters"]:
                self._print(f"  {escape(dead['input'])}: {escape(dead['error'])}")
        self._print("")
        if self._seconds:
            self._print(f"Time from arrival to story: {statistics.median(self._seconds):.2f} s (median).")
        if result["alerts"]:
            waits = [alert["seconds"] for alert in result["alerts"]]
            self._print(
                f"Time from arrival to the alert at the receiver: {statistics.median(waits):.2f} s "
                f"(median), {max(waits):.2f} s (maximum)."
            )

    def _show_story(self, story: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> None:
        count = len(story["sources"])
        sources = ", ".join(story["sources"]) or "none known"
        self._print("")
        self._print(f"  [bold]{self._letter(story['id'])}  {escape(story['title'] or '')}[/bold]")
        self._print(f"     {count} independent source{'' if count == 1 else 's'}: {escape(sources)}")
        for id_ in story["articles"]:
            if (article := by_id.get(id_)) is not None:
                relation = COPY_WORDS.get(article["relation"])
                mark = "+" if article["new_source"] else "·"
                note = f" [dim]({relation})[/dim]" if relation else ""
                who = article["publisher"] or "(no publisher)"
                self._print(f"     {mark} {escape(who)}: {escape(_short(article['title']))}{note}")

    def _letter(self, story: str) -> str:
        number = len(self._stories)
        name = chr(ord("A") + number) if number < 26 else f"#{number + 1}"
        return self._stories.setdefault(story, name)

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


def _short(title: str) -> str:
    return title if len(title) <= TITLE_CHARACTERS else title[: TITLE_CHARACTERS - 1].rstrip() + "…"


def escape(text: str) -> str:
    """Make an untrusted text plain for Rich and for a terminal."""
    return markup.escape(output.sanitized(text))

"""Prints a trace for people: the article, its times at each stage, the reasons, and its alerts."""

from connectors.cli.common.output import Column, echo, table
from connectors.cli.common.renderers import SHORT, body_source, copy_phrase
from connectors.cli.common.times import iso_time
from connectors.cli.trace.locate import TopicScan
from connectors.elastic import records as r
from connectors.views import articles
from connectors.views.base import exact
from connectors.views.traces import ArticleTrace, stage_timings


def print_trace(trace: ArticleTrace) -> None:
    """Print the path of a stored article."""
    _print_article(trace.found)
    _print_story(trace)
    echo()
    _print_stages(trace.found)
    _print_reasons(trace.found)
    for alert in trace.alerts:
        echo()
        _print_alert(alert)


def print_occurrences(scanned: TopicScan) -> None:
    """Print the messages about the article."""
    table(
        [
            Column("message", style="cyan"),
            Column("written", style="dim"),
            Column("stage"),
            Column("state", wrap=True),
        ],
        [
            (
                f"{one.topic}/{one.partition}/{one.offset}",
                exact(one.time) or "",
                one.stage,
                one.reason or ("handled" if one.waiting is None else f"waits ({one.waiting} to go)"),
            )
            for one in scanned.occurrences
        ],
    )


def _print_article(found: r.ArticleRecord) -> None:
    article, publisher = found.article, found.publisher
    echo(article.title, style="bold")
    echo(f"article     {article.id}")
    if found.url is not None:
        echo(f"url         {found.url.full}")
    if publisher is not None:
        echo(f"publisher   {publisher.name} (from {publisher.source}, confidence {publisher.confidence:g})")
    if article.published is not None and article.published_by is not None:
        by = article.published_by
        echo(f"published   {iso_time(article.published)} (to the {by.precision}, from {by.source}, {by.confidence:g})")
    if (body := body_source(articles.article(found))) is not None:
        echo(f"body        {body}")
    echo(f"received    {exact(article.received_at) or iso_time(article.fetched_at)} from {article.origin or 'unknown'}")
    if article.edit is not None:
        echo(f"revision    {article.edit.number}: {_edit_summary(article.edit)}")


def _edit_summary(edit: r.EditFields) -> str:
    title = f", title before: {edit.title_before}" if edit.title_before else ""
    return f"{len(edit.added)} paragraphs new, {edit.removed} gone{title}"


def _print_story(trace: ArticleTrace) -> None:
    if trace.story is None:
        echo(f"story       {trace.found.story.id}")
        return
    story = trace.story.story
    echo(f"story       {story.id[:SHORT]} {story.title} ({story.articles} articles, {story.source_count} sources)")


def _print_stages(found: r.ArticleRecord) -> None:
    passed = stage_timings(found.article.stages)
    if not passed:
        echo("its stages were not recorded: it was stored by an older version, or not by a worker")
        return
    verdicts = _verdicts(found)
    table(
        [
            Column("stage", style="cyan"),
            Column("arrived", style="dim"),
            Column("waited s", right=True),
            Column("took s", right=True),
            Column("code"),
            Column("verdict", wrap=True),
        ],
        [
            (
                one.stage,
                exact(one.times.arrived) or "",
                _seconds(one.waited),
                _seconds(one.took),
                one.times.version,
                verdicts.get(one.stage, ""),
            )
            for one in passed
        ],
    )


def _verdicts(found: r.ArticleRecord) -> dict[str, str]:
    """Stage -> its decision in a few words."""
    article, filing = found.article, found.story.filing
    verdicts = {
        "clean": f"{article.kind}, {article.words or 0} words, language {article.language}",
        "dedup": article.copy.relation,
        "tag": f"{len(found.entities.details)} entities, {len(article.quotes)} quotes, {len(article.numbers)} numbers",
        "story": f"{filing.decision}: score {filing.score:.2f}, {filing.threshold:.2f} were needed",
    }
    if article.seconds_to_file is not None:
        verdicts["store"] = f"{article.seconds_to_file:.2f} s from its arrival to its story"
    return verdicts


def _print_reasons(found: r.ArticleRecord) -> None:
    copy, filing, coverage = found.article.copy, found.story.filing, found.story.coverage
    echo()
    echo(f"copy: {copy_phrase(articles.article(found), {}) if copy.of else copy.reason or copy.relation}")
    if coverage is not None:
        echo(f"source: {coverage.reason}")
    if found.article.lane_reason is not None:
        echo(f"lane: {found.article.lane}, because it was {found.article.lane_reason}")
    echo(f"why: {'created the story' if filing.decision == 'created' else 'joined the story'}")
    for reason in filing.reasons:
        echo(f"  - {reason}")


def _print_alert(found: r.AlertRecord) -> None:
    echo(f"alert {found.alert.id} of track {found.track.name!r}, made {exact(found.alert.made_at)}", style="bold")
    echo(f"  {found.alert.reason}")
    to = f" to {found.receiver.domain}" if found.receiver.domain else ""
    attempts = found.delivery.attempts
    echo(f"  {found.delivery.status}{to}, {attempts} attempt{'' if attempts == 1 else 's'}")
    for number, answer in enumerate(found.delivery.answers, 1):
        echo(f"    {number}. {exact(answer.at)}  {answer.error or f'answered {answer.code}'}")
    if found.delivery.next_at is not None:
        echo(f"    next {iso_time(found.delivery.next_at)}")


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"

"""A story and its articles in, the page of `stories show` out."""

from collections.abc import Sequence

from connectors.cli.output import say
from connectors.cli.times import shown
from connectors.elastic import records as r
from connectors.elastic.queries import appeared

MOST_ENTITIES = 12  # of a story, those most named first; more do not fit a few lines
COPIES = {
    "exact": "the same text as",
    "near": "nearly the same text as",
    "wire": "carries the same text as",
    "update": "an update of",
    "revision": "a revision of",
}


def page(found: r.StoryRecord, articles: Sequence[r.ArticleRecord]) -> None:
    """Print it: the story in short, then its articles as they appeared."""
    story = found.story
    say(story.title or "", style="bold")
    say(f"story       {story.id}")
    say(f"language    {story.language}")
    say(f"first seen  {shown(story.first_seen)}")
    say(f"last seen   {shown(story.last_seen)}")
    say(f"sources     {story.source_count or 0}: {', '.join(story.sources)}")
    say(f"publishers  {len(story.publishers)}: {', '.join(story.publishers)}")
    entities = sorted(found.entities.details, key=lambda one: -(one.articles or 0))[:MOST_ENTITIES]
    if entities:
        say(f"entities    {', '.join(f'{one.name} ({one.type}, {one.articles})' for one in entities)}")
    say(f"articles    {story.articles or len(articles)}")
    by_id = {one.article.id: one for one in articles}
    for one in articles:
        say()
        _article(one, by_id)


def _article(found: r.ArticleRecord, others: dict[str, r.ArticleRecord]) -> None:
    article, filing, coverage = found.article, found.story.filing, found.story.coverage
    publisher = found.publisher.name if found.publisher else "no publisher"
    marks = [article.kind] if article.kind != "article" else []
    marks += [article.copy.relation] if article.copy.relation in COPIES else []
    marks += ["new source"] if coverage is not None and coverage.new_source else []
    say(f"{shown(appeared(found))}  {publisher}{''.join(f'  [{mark}]' for mark in marks)}", style="cyan")
    say(f"  {article.title}", style="bold")
    if found.url is not None:
        say(f"  {found.url.full}", style="dim")
    say(f"  article {article.id}")
    if article.copy.relation in COPIES:
        say(f"  copy: {copied(article.copy, others)}")
    if article.edit is not None:
        say(f"  changed {article.edit.number} times since it was first seen")
    if coverage is not None:
        say(f"  source: {coverage.reason}")
    say(f"  why: {'began the story' if filing.decision == 'created' else 'joined the story'}")
    for reason in filing.reasons:
        say(f"    - {reason}")


def copied(copy: r.CopyPart, others: dict[str, r.ArticleRecord]) -> str:
    """Whose text an article carries, and why we think so; ``others`` are articles whose titles are known."""
    of = others.get(copy.of or "")
    of_publisher = copy.of_publisher or (of.publisher.name if of and of.publisher else "another article")
    title = f" ({of.article.title})" if of else ""
    return f"{COPIES[copy.relation]} {of_publisher}{title}{f': {copy.reason}' if copy.reason else ''}"

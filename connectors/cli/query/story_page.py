"""A story and its articles -> the page of `stories show`."""

from collections.abc import Sequence

from connectors.cli.common.output import counted, echo, shortened
from connectors.cli.common.renderers import SHORT
from connectors.cli.common.times import FormatTime
from connectors.elastic import records as r
from connectors.elastic.read.queries import appeared

MOST_ARTICLES = 20  # of a story: some screens
MOST_NAMES = 12  # of sources, and of entities those most named first; more do not fit a few lines
MOST_REASONS = 3  # the strongest come first
MOST_PARAGRAPHS = 3  # of an edit
MOST_CHARACTERS = 200  # of a paragraph
COPIES = {
    "exact": "the same text as",
    "near": "nearly the same text as",
    "wire": "carries the same text as",
    "update": "an update of",
    "revision": "a revision of",
}
BODIES = {
    "linked data": "from the page's linked data",
    "wider": "from a wider part of the page, since its main part seemed to have none",
    "state": "from data in the page's scripts",
}


def page(found: r.StoryRecord, articles: Sequence[r.ArticleRecord], told: FormatTime, *, everything: bool) -> None:
    """Print the story in short, then its articles, the newest first: those that tell most, or all.

    ``articles`` are in order of appearance.
    """
    story = found.story
    echo(story.title or "", style="bold")
    echo(f"story       {story.id}")
    echo(f"language    {story.language}")
    echo(f"first seen  {told(story.first_seen)}")
    echo(f"last seen   {told(story.last_seen)}")
    most = len(articles) if everything else MOST_NAMES
    echo(f"sources     {story.source_count or 0}: {_some(story.sources, most)}")
    echo(f"publishers  {len(story.publishers)}: {_some(story.publishers, most)}")
    entities = sorted(found.entities.details, key=lambda one: -(one.articles or 0))
    if entities:
        named = [f"{one.name} ({one.type}, {one.articles})" for one in entities]
        echo(f"entities    {', '.join(named if everything else named[:MOST_NAMES])}")
    chosen = articles if everything else telling(articles)
    left = len(articles) - len(chosen)
    shorter = f"; the {len(chosen)} that tell most are shown, --all shows the others too" if left else ""
    echo(f"articles    {story.articles or len(articles)}{shorter}")
    by_id = {one.article.id: one for one in articles}
    for one in reversed(chosen):
        echo()
        _article(one, by_id, told, everything=everything)


def telling(articles: Sequence[r.ArticleRecord]) -> list[r.ArticleRecord]:
    """The `MOST_ARTICLES` that tell most of a story, in the order given.

    What began it; half of the room for the newest; then what brought a source, what was edited, texts of their own,
    copies, of each the newest first.
    """
    newest = len(articles) - MOST_ARTICLES // 2

    def weight(place: int) -> tuple[int, int]:
        one = articles[place]
        coverage = one.story.coverage
        if one.story.filing.decision == "created" or place >= newest:
            return 4, place
        if coverage is not None and coverage.new:
            return 3, place
        if one.article.edit is not None:
            return 2, place
        return int(one.article.copy.relation not in COPIES), place

    chosen = sorted(range(len(articles)), key=weight, reverse=True)[:MOST_ARTICLES]
    return [articles[place] for place in sorted(chosen)]


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _article(found: r.ArticleRecord, others: dict[str, r.ArticleRecord], told: FormatTime, *, everything: bool) -> None:
    article, filing, coverage = found.article, found.story.filing, found.story.coverage
    publisher = found.publisher.name if found.publisher else "no publisher"
    marks = [article.kind] if article.kind != "article" else []
    marks += [article.copy.relation] if article.copy.relation in COPIES else []
    marks += ["new source"] if found.story.brought_source else []
    echo(f"{told(appeared(found))}  {publisher}{''.join(f'  [{mark}]' for mark in marks)}", style="cyan")
    echo(f"  {article.title}", style="bold")
    if found.url is not None:
        echo(f"  {found.url.full}", style="dim")
    echo(f"  article {article.id[:SHORT]}")
    if (body := body_found(article)) is not None:
        echo(f"  body: {body}")
    if article.copy.relation in COPIES:
        echo(f"  copy: {copied(article.copy, others)}")
    if article.edit is not None:
        _changes(article.edit, everything=everything)
    if coverage is not None:
        echo(f"  source: {coverage.reason}")
    echo(f"  why: {'began the story' if filing.decision == 'created' else 'joined the story'}")
    for reason in filing.reasons if everything else filing.reasons[:MOST_REASONS]:
        echo(f"    - {reason}")


def _changes(edit: r.EditFields, *, everything: bool) -> None:
    """What the publisher changed last, against the text before it."""
    title = f"; the title was: {edit.title_before}" if edit.title_before else ""
    echo(f"  edit {edit.number}: {counted(len(edit.added), 'paragraph')} new, {edit.removed} gone{title}")
    for paragraph in edit.added if everything else edit.added[:MOST_PARAGRAPHS]:
        echo(f"    + {paragraph if everything else shortened(paragraph, MOST_CHARACTERS)}")
    if not everything and len(edit.added) > MOST_PARAGRAPHS:
        echo(f"    + {len(edit.added) - MOST_PARAGRAPHS} more")


def body_found(article: r.ArticleFields) -> str | None:
    """Where its body was found and how sure that is; None of one found as usual, or by a version that did not say."""
    if article.body_source is None or article.body_source == "page":
        return None
    return f"{BODIES.get(article.body_source, article.body_source)}, confidence {article.body_confidence or 0:g}"


def copied(copy: r.CopyFields, others: dict[str, r.ArticleRecord]) -> str:
    """Whose text an article carries, and why we think so; ``others`` are articles whose titles are known."""
    if copy.reason:
        return copy.reason  # a sentence that names the other article
    if copy.of is None:
        return "a revision of this article" if copy.relation == "revision" else copy.relation
    of = others.get(copy.of or "")
    of_publisher = copy.of_publisher or (of.publisher.name if of and of.publisher else "another article")
    title = f" ({of.article.title})" if of else ""
    return f"{COPIES[copy.relation]} {of_publisher}{title}"

"""The page of a story -> the text of `stories show`."""

from collections.abc import Sequence

from connectors.cli.common.output import counted, echo, shortened
from connectors.cli.common.renderers import COPY_PHRASES, SHORT, body_source, copy_phrase
from connectors.cli.common.times import FormatTime
from connectors.views.articles import EditView, StoryArticle
from connectors.views.story_page import KeyFigure, StoryPage

MOST_ARTICLES = 20  # of a story: a few screens
MOST_NAMES = 12  # of sources, and of entities by number of articles: a few lines
MOST_REASONS = 3  # the strongest come first
MOST_NAMED = 2  # publishers of a value
MOST_PARAGRAPHS = 3  # of an edit
MOST_CHARACTERS = 200  # of a paragraph


def print_story(story: StoryPage, format_time: FormatTime, *, everything: bool) -> None:
    """Print a summary of the story, then its most informative articles, or all, the newest first."""
    articles = story.timeline
    echo(story.title or "", style="bold")
    for sentence in story.summary:
        echo(f"  {sentence.text} ({sentence.publisher or 'no publisher'})")
    echo(f"story       {story.id}")
    echo(f"language    {story.language}")
    echo(f"first seen  {format_time(story.first_seen)}")
    echo(f"last seen   {format_time(story.last_seen)}")
    most = len(articles) if everything else MOST_NAMES
    moving = f"{counted(story.growth.articles, 'article')} in the last day, {story.growth.per_hour:g} an hour lately"
    echo(f"state       {story.state}: {moving}")
    echo(f"sources     {story.source_count or 0}: {_some(story.sources, most)}")
    echo(f"publishers  {len(story.publishers)}: {_some(story.publishers, most)}")
    entities = sorted(story.entities, key=lambda one: -(one.articles or 0))
    if entities:
        named = [f"{one.name} ({one.type}, {one.articles})" for one in entities]
        echo(f"entities    {', '.join(named if everything else named[:MOST_NAMES])}")
    for figure in story.key_figures:
        echo(f"figure      {figure_line(figure, format_time)}")
    for event in story.history:
        echo(f"history     {format_time(event.at)}  {event.text}{f' ({event.by})' if event.by else ''}")
    for linked in story.linked:
        echo(f"in {linked.language}       {linked.title or 'not stored any more'} ({linked.id})")
        for reason in linked.reasons if everything else ():
            echo(f"              - {reason}")
    selected = articles if everything else most_informative(articles)
    omitted = len(articles) - len(selected)
    hint = f"; the {len(selected)} most informative are shown, --all shows the others too" if omitted else ""
    if everything and len(articles) < story.totals.articles:
        hint = f"; {len(articles)} are shown, `storywatch export articles --story {story.id[:12]}` has all"
    echo(f"articles    {story.articles or len(articles)}{hint}")
    by_id = {one.id: one for one in articles}
    for one in reversed(selected):
        echo()
        _print_article(one, by_id, format_time, everything=everything)


def most_informative(articles: Sequence[StoryArticle]) -> list[StoryArticle]:
    """The `MOST_ARTICLES` most informative articles of a story, in the order given.

    The article that created the story; half of the room for the newest; then articles that brought a source, edited
    ones, original texts and copies, of each kind the newest first.
    """
    newest = len(articles) - MOST_ARTICLES // 2

    def weight(place: int) -> tuple[int, int]:
        one = articles[place]
        if one.decision == "created" or place >= newest:
            return 4, place
        if one.new_source:
            return 3, place
        if one.edit is not None:
            return 2, place
        return int(one.relation not in COPY_PHRASES), place

    selected = sorted(range(len(articles)), key=weight, reverse=True)[:MOST_ARTICLES]
    return [articles[place] for place in sorted(selected)]


def figure_line(figure: KeyFigure, format_time: FormatTime) -> str:
    """The values of a key figure with who has them: "dead: 2 (5 publishers), 3 (Harbour Post, since 10:04)"."""
    values = []
    for place, one in enumerate(figure.values):
        who = ", ".join(one.publishers) if len(one.publishers) <= MOST_NAMED else f"{len(one.publishers)} publishers"
        values.append(f"{one.value:,} ({who}{f', since {format_time(one.since)}' if place else ''})")
    return f"{figure.word}: {', '.join(values)}"


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _print_article(
    article: StoryArticle, others: dict[str, StoryArticle], format_time: FormatTime, *, everything: bool
) -> None:
    publisher = article.publisher or "no publisher"
    marks = [article.kind] if article.kind != "article" else []
    marks += [article.relation] if article.relation in COPY_PHRASES else []
    marks += ["new source"] if article.new_source else []
    echo(f"{format_time(article.appeared)}  {publisher}{''.join(f'  [{mark}]' for mark in marks)}", style="cyan")
    echo(f"  {article.title}", style="bold")
    if article.url is not None:
        echo(f"  {article.url}", style="dim")
    echo(f"  article {article.id[:SHORT]}")
    if (body := body_source(article)) is not None:
        echo(f"  body: {body}")
    if article.relation in COPY_PHRASES:
        echo(f"  copy: {copy_phrase(article, others)}")
    if article.edit is not None:
        _print_edit(article.edit, everything=everything)
    if article.source_reason is not None:
        echo(f"  source: {article.source_reason}")
    echo(f"  why: {'created the story' if article.decision == 'created' else 'joined the story'}")
    for reason in article.reasons if everything else article.reasons[:MOST_REASONS]:
        echo(f"    - {reason}")


def _print_edit(edit: EditView, *, everything: bool) -> None:
    """Print the publisher's last change, compared with the text before it."""
    title = f"; the title was: {edit.title_before}" if edit.title_before else ""
    echo(f"  edit {edit.number}: {counted(len(edit.added), 'paragraph')} new, {edit.removed} gone{title}")
    for paragraph in edit.added if everything else edit.added[:MOST_PARAGRAPHS]:
        echo(f"    + {paragraph if everything else shortened(paragraph, MOST_CHARACTERS)}")
    if not everything and len(edit.added) > MOST_PARAGRAPHS:
        echo(f"    + {len(edit.added) - MOST_PARAGRAPHS} more")

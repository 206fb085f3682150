"""A story and all its articles -> its page: how each publisher came to it, who copied whom, figures and edits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import structs

from connectors.elastic import records as r
from connectors.elastic.read import clauses as q
from connectors.elastic.read.queries import appeared, appeared_on_day
from connectors.elastic.read.story_articles import StoryArticles
from connectors.views import alerts, articles, growth, stories
from connectors.views.base import View, publisher_name
from streams.contract.messages import COPIES
from streams.stories.summary import Report, key_figures, summary

MOST_FIGURES = 100  # those in most articles
MOST_COUNTED = 3_000  # publishers of a story that are counted exactly
NO_PUBLISHER = ""


class Entered(View, frozen=True, kw_only=True):
    """How a publisher entered the story, with its first article. ``source``: the independent source, if it brought one.

    ``relation``: of that article to earlier ones; ``of_publisher``: whose text it carries.
    """

    publisher: str | None
    article: str
    at: datetime
    relation: str
    of: str | None
    of_publisher: str | None
    source: str | None
    new_source: bool
    reason: str | None


class Copied(View, frozen=True, kw_only=True):
    """An article whose text is another one's. ``of``: the article that it copies, which may be a copy itself."""

    article: str
    publisher: str | None
    at: datetime
    precision: Literal["second", "day"]
    relation: str
    of: str
    of_publisher: str | None
    similarity: float | None
    reason: str | None


class CopyGroup(View, frozen=True, kw_only=True):
    """The copies that begin with one article, in order of appearance. ``publisher``: of the original, if known."""

    original: str
    publisher: str | None
    copies: tuple[Copied, ...]


class Figure(View, frozen=True, kw_only=True):
    """A number with its unit, as articles have it, and who has it. ``count``: of all articles of the story."""

    figure: str
    count: int
    articles: tuple[str, ...]
    publishers: tuple[str, ...]


class SummarySentence(View, frozen=True, kw_only=True):
    """A sentence of one of the story's articles, as it stands there."""

    text: str
    article: str
    publisher: str | None


class FigureValue(View, frozen=True, kw_only=True):
    """A value, which publishers have it, and since when one of them has."""

    value: int
    publishers: tuple[str, ...]
    since: datetime


class KeyFigure(View, frozen=True, kw_only=True):
    """What articles count, in the word that they write after the figure, and the values that they give.

    The value of most publishers comes first. With several values the publishers disagree, or some are not up to date.
    """

    word: str
    values: tuple[FigureValue, ...]


class StoryEdit(articles.EditView, frozen=True, kw_only=True):
    """The latest change of an article. ``change``: what it did to the text, of the latest 20 of the story."""

    article: str
    publisher: str | None
    title: str
    at: datetime | None
    change: articles.Revision | None


class LinkedStory(View, frozen=True, kw_only=True):
    """A story of another language that reports the same event. ``title``: None where the story is not stored."""

    id: str
    title: str | None
    language: str
    source_count: int | None
    score: float | None
    reasons: tuple[str, ...]


class Totals(View, frozen=True, kw_only=True):
    """Counts of all articles of a story. ``outlets``: publishers, and one more for articles without a publisher."""

    articles: int
    copies: int
    edits: int
    outlets: int


class StoryPage(stories.MovingStory, frozen=True, kw_only=True):
    """A story with everything that is known of it. ``timeline``: its articles, in order of appearance.

    Of a story with more than 300 articles the timeline has at most some 400: the newest, the first of each publisher,
    those that brought sources, the first copies, and those that were edited last; `totals` counts all. ``copies`` and
    ``edits`` are those of the timeline.

    ``entered``: publishers in order; ``copies``: who copied whom; ``alerts``: the latest ones, the oldest first;
    ``linked``: the same event in other languages. ``summary``: at most two sentences of its articles;
    ``key_figures``: what several publishers count, those first on which they disagree.
    """

    totals: Totals
    timeline: tuple[articles.StoryArticle, ...]
    entered: tuple[Entered, ...]
    copies: tuple[CopyGroup, ...]
    figures: tuple[Figure, ...]
    edits: tuple[StoryEdit, ...]
    alerts: tuple[alerts.AlertView, ...]
    summary: tuple[SummarySentence, ...]
    key_figures: tuple[KeyFigure, ...]
    linked: tuple[LinkedStory, ...] = ()


def aggregations(now: datetime) -> dict[str, Any]:
    """What `page` needs of all articles of the story."""
    return {
        **growth.aggregations(now),
        "copies": {"filter": q.is_copy()},
        "edits": {"filter": {"exists": {"field": "article.edit.number"}}},
        "outlets": {"cardinality": {"field": "publisher.id", "precision_threshold": MOST_COUNTED}},
        "no_outlet": {"missing": {"field": "publisher.id"}},
        "figures": {"terms": {"field": "article.numbers", "size": MOST_FIGURES}},
    }


def page(
    found: r.StoryRecord,
    read: StoryArticles,
    counts: Mapping[str, Any],
    fired: Sequence[r.AlertRecord],
    tracks: tuple[stories.TrackName, ...] | None,
    now: datetime,
    linked: tuple[LinkedStory, ...] = (),
    reports: Sequence[r.ArticleRecord] = (),
    changes: Mapping[str, r.RevisionFields] | None = None,
) -> StoryPage:
    """The page of a story. ``counts``: the answer to `aggregations`, by name; ``reports``: articles to sum up.

    ``changes``: article -> its latest revision.
    """
    story, members = stories.story(found), read.members
    times = appearances(members)
    counted = growth.of_bucket(dict(counts), now)
    told = [_report(one) for one in reports]
    return StoryPage(
        **{name: getattr(story, name) for name in stories.StoryView.__struct_fields__},
        **counted._asdict(),
        state=growth.state(story.first_seen, story.last_seen, story.source_count or 0, counted.growth, now),
        tracks=tracks,
        totals=_totals(counts),
        timeline=_timeline(members, times),
        entered=_entered(read.first),
        copies=_copies(members, times),
        figures=_figures(members, counts),
        edits=_edits(members, changes or {}),
        alerts=tuple(alerts.alert(one) for one in sorted(fired, key=lambda one: one.alert.made_at)),
        summary=tuple(
            SummarySentence(text=one.text, article=one.article, publisher=one.outlet or None) for one in summary(told)
        ),
        key_figures=tuple(
            KeyFigure(
                word=one.word,
                values=tuple(
                    FigureValue(value=each.value, publishers=each.outlets, since=each.since) for each in one.counts
                ),
            )
            for one in key_figures(told)
        ),
        linked=linked,
    )


def _report(one: r.ArticleRecord) -> Report:
    text = one.article.body or one.article.summary or ""
    return Report(one.article.id, publisher_name(one) or NO_PUBLISHER, one.timestamp, one.article.language, text)


def _totals(counts: Mapping[str, Any]) -> Totals:
    def of(name: str) -> int:
        return int(counts.get(name, {}).get("doc_count", 0))

    outlets = int(counts.get("outlets", {}).get("value", 0)) + (of("no_outlet") > 0)
    return Totals(articles=int(counts.get("doc_count", 0)), copies=of("copies"), edits=of("edits"), outlets=outlets)


def _entered(first: Sequence[r.ArticleRecord]) -> tuple[Entered, ...]:
    return tuple(
        Entered(
            publisher=publisher_name(one),
            article=one.article.id,
            at=one.timestamp,
            relation=one.article.copy.relation,
            of=one.article.copy.of,
            of_publisher=one.article.copy.of_publisher,
            source=None if one.story.brought_source is None else one.story.brought_source.name,
            new_source=one.story.brought_source is not None,
            reason=None if one.story.coverage is None else one.story.coverage.reason,
        )
        for one in first
    )


def appearances(members: Sequence[r.ArticleRecord]) -> dict[str, datetime]:
    """Article -> when it appeared. A copy of which only the day is known is as late as the text that it copies."""
    times = {one.article.id: appeared(one) for one in members}
    for one in members:
        original = times.get(one.article.copy.of or "")
        if original is not None and is_copy(one) and appeared_on_day(one):
            own = times[one.article.id]
            times[one.article.id] = max(own, original) if original.date() == own.date() else own
    return times


def _timeline(members: Sequence[r.ArticleRecord], times: Mapping[str, datetime]) -> tuple[articles.StoryArticle, ...]:
    found = [structs.replace(articles.article(one), appeared=times[one.article.id]) for one in members]
    return tuple(sorted(found, key=lambda one: (one.appeared, one.text_relation in COPIES, one.first_seen, one.id)))


def _copies(members: Sequence[r.ArticleRecord], times: Mapping[str, datetime]) -> tuple[CopyGroup, ...]:
    known = {one.article.id: one for one in members}
    parents = {key: one.article.copy.of for key, one in known.items() if one.article.copy.of and is_copy(one)}
    groups: dict[str, list[r.ArticleRecord]] = {}
    for one in members:
        if one.article.id in parents:
            groups.setdefault(_origin(one.article.id, parents), []).append(one)
    return tuple(
        CopyGroup(
            original=original,
            publisher=publisher_name(known[original]) if original in known else copies[0].article.copy.of_publisher,
            copies=tuple(
                Copied(
                    article=one.article.id,
                    publisher=publisher_name(one),
                    at=times[one.article.id],
                    precision="day" if appeared_on_day(one) else "second",
                    relation=text_relation(one),
                    of=one.article.copy.of or original,
                    of_publisher=one.article.copy.of_publisher,
                    similarity=one.article.copy.similarity,
                    reason=one.article.copy.reason,
                )
                for one in copies
            ),
        )
        for original, copies in groups.items()
    )


def text_relation(one: r.ArticleRecord) -> str:
    """How the text relates to earlier articles, also where the article is a revision."""
    return one.article.copy.text_relation or one.article.copy.relation


def is_copy(one: r.ArticleRecord) -> bool:
    return text_relation(one) in COPIES


def _origin(article: str, parents: Mapping[str, str | None]) -> str:
    """The article that a chain of copies begins with; of a circle, which edits can make, the article itself."""
    seen = {article}
    at = article
    while (before := parents.get(at)) is not None and before not in seen:
        seen.add(before)
        at = before
    return at


def _figures(members: Sequence[r.ArticleRecord], counts: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Those in most articles. One that is among none of the members is left out."""
    having: dict[str, list[r.ArticleRecord]] = {}
    for one in members:
        for number in dict.fromkeys(one.article.numbers):
            having.setdefault(number, []).append(one)
    counted = {one["key"]: int(one["doc_count"]) for one in counts.get("figures", {}).get("buckets", [])}
    most = sorted(having, key=lambda number: -counted.get(number, len(having[number])))[:MOST_FIGURES]
    return tuple(
        Figure(
            figure=number,
            count=counted.get(number, len(found)),
            articles=tuple(one.article.id for one in found),
            publishers=tuple(dict.fromkeys(name for one in found if (name := publisher_name(one)) is not None)),
        )
        for number, found in ((number, having[number]) for number in most)
    )


def _edits(members: Sequence[r.ArticleRecord], changes: Mapping[str, r.RevisionFields]) -> tuple[StoryEdit, ...]:
    edited = [(one, articles.edit(one.article.edit)) for one in members]
    return tuple(
        StoryEdit(
            **structs.asdict(edit),
            article=one.article.id,
            publisher=publisher_name(one),
            title=one.article.title,
            at=one.article.modified or one.article.fetched_at,
            change=articles.revision(changes[one.article.id]) if one.article.id in changes else None,
        )
        for one, edit in edited
        if edit is not None
    )

"""What the messages of chat services and e-mails say of an alert, cut to their limits; each service escapes it."""

from typing import NamedTuple

from connectors.http.net import check_url
from streams.contract.errors import UsageError
from streams.contract.messages import Alert, clipped

MOST_HEADLINE = 150  # characters: the shortest limit of a service, Slack's for a header
MOST_REASON = 500
MOST_EXCERPT = 500
MOST_WHY = 300
REASONS = 2  # of those for which the article is in the story, the strongest
MOST_NAME = 100
NOT_MINE = "Not my story"
MOST_ITEMS = 10  # of a summary: as many as fit each service
PUBLISHED = {"second": "%Y-%m-%d %H:%M UTC", "day": "%Y-%m-%d"}


class Item(NamedTuple):
    """One of the alerts of a summary."""

    headline: str
    source: str
    url: str | None
    not_mine_url: str | None


class Brief(NamedTuple):
    """Printable lines, not escaped. ``url`` and ``story_url`` are http or https URLs without a user name, or None.

    ``story_url`` is the story's page in the console; ``not_mine_url`` leads to the page that takes the story out of the
    track.
    """

    track: str
    headline: str
    url: str | None
    source: str
    reason: str
    story: str
    details: str  # when and in which language it was published, how many sources there are
    excerpt: str = ""  # the first sentences of the article
    why: str = ""  # the article is in the story
    story_url: str | None = None
    items: tuple[Item, ...] = ()  # of a summary, the first of them
    not_mine_url: str | None = None


def brief(alert: Alert) -> Brief:
    article, published = alert.article, alert.article.published
    parts = [f"{published.value:{PUBLISHED[published.precision]}}"] if published is not None else []
    country = article.publisher.country if article.publisher is not None else None
    parts += [part for part in (article.language, country) if part]
    parts.append("1 source" if alert.sources == 1 else f"{alert.sources} sources")
    headline = line(article.title, MOST_HEADLINE) or "(no headline)"
    if alert.summed:
        return _summary(alert)
    if alert.corrects:
        headline = line(f"Correction: {headline}", MOST_HEADLINE)
    if alert.story.articles > 1:
        parts.append(f"{alert.story.articles} articles")
    if article.copy_of_publisher:
        parts.append(line(f"carries the text of {article.copy_of_publisher}", MOST_NAME))
    if alert.late_by:
        parts.append("late")
    return Brief(
        track=line(alert.track_name, MOST_NAME),
        headline=headline,
        url=_link(article.url),
        source=line(alert.source.name, MOST_NAME) or "(no name)",
        reason=line(alert.reason, MOST_REASON),
        story=line(alert.story.title, MOST_HEADLINE),
        details=" · ".join(parts),
        excerpt="" if alert.corrects else line(article.excerpt, MOST_EXCERPT),
        why=line("; ".join(alert.filing.reasons[:REASONS]), MOST_WHY),
        story_url=_link(alert.story_url),
        not_mine_url=alert.not_mine_url,
    )


def _summary(alert: Alert) -> Brief:
    items = tuple(
        Item(line(one.title, MOST_HEADLINE), line(one.source, MOST_NAME), _link(one.url), one.not_mine_url)
        for one in alert.summary[:MOST_ITEMS]
    )
    left = alert.summed - len(items)
    return Brief(
        track=line(alert.track_name, MOST_NAME),
        headline=f"{alert.summed} alerts",
        url=None,
        source=line(alert.track_name, MOST_NAME),
        reason=line(alert.reason, MOST_REASON),
        story=f"{alert.summed} alerts",
        details=f"… and {left} more" if left else "",
        items=items,
    )


def line(text: str, most: int) -> str:
    """One printable line of at most ``most`` characters; ``…`` marks what was cut. It holds no line break or control
    character, so it can neither end a header nor change the direction of what follows."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return clipped(" ".join(words), most)


def _link(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return str(check_url(url, allow_private=True))
    except UsageError:
        return None

"""Options of `track add` and `track edit` -> the story or query to follow, and the webhook."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors.cli.common import connect, webhook_secret
from connectors.http.net import check_url
from connectors.tracks import followed
from connectors.webhooks.sealing import NAMES
from connectors.webhooks.signing import check_secret, new_secret, with_former_secret
from streams.contract import plugins
from streams.contract.errors import UsageError
from streams.contract.messages import CleanArticle, Lane, Webhook
from streams.contract.messages.arrivals import MAX_PAGE_BYTES
from streams.contract.urls import is_url
from streams.runtime.settings import Settings

if TYPE_CHECKING:
    from connectors.elastic.read.queries import Search

STDIN = "-"
_ID = re.compile(r"[0-9a-f]+", re.IGNORECASE)


@dataclass(frozen=True)
class Selector:
    """The options of `track add` that select what to follow."""

    story: str | None
    article: str | None
    query: str | None
    entities: tuple[str, ...]
    text: str | None = None
    broad: bool = False  # the query may be one that nearly every article answers

    def check(self) -> None:
        """Raises `UsageError` unless they select exactly one story, article, text or query."""
        others = (self.story, self.article, self.text)
        given = [*(one is not None for one in others), self.query is not None or bool(self.entities)]
        if sum(given) != 1:
            raise UsageError("select what to follow with one of --story, --article, --text, or --query and --entity")


@dataclass(frozen=True)
class Selection:
    """A ``story``, or a ``query`` and folded ``entities``. ``title`` is for people."""

    title: str
    story: str | None = None
    query: str = ""
    entities: tuple[str, ...] = ()


def make_webhook(
    url: str | None,
    secret: str | None,
    secret_file: Path | None = None,
    *,
    allow_private: bool,
    channel: str | None = None,
) -> tuple[Webhook | None, bool]:
    """Return the webhook and whether its secret is new.

    Raises `UsageError` for an unusable URL or secret, and for a channel that is not installed.
    """
    if url is None:
        if secret is not None or secret_file is not None or channel is not None:
            raise UsageError("--secret, --secret-file and --channel need a webhook: give --webhook URL as well")
        return None, False
    _check_channel(channel)
    secret = webhook_secret.read_secret(secret, secret_file)
    checked = str(check_url(url, allow_private=allow_private))
    used = new_secret() if secret is None else check_secret(secret)
    return Webhook(url=checked, secret=used, allow_private=allow_private, channel=channel or ""), secret is None


def _check_channel(channel: str | None) -> None:
    if channel and channel not in (known := plugins.names("storywatch.channels")):
        installed = f"installed: {', '.join(known)}" if known else "no package with channels is installed"
        raise UsageError(f"there is no channel {channel} ({installed})")


@dataclass(frozen=True)
class WebhookChange:
    """The options of `track edit` that change a webhook; None keeps the present value."""

    url: str | None
    secret: str | None
    new_secret: bool
    allow_private: bool | None
    remove: bool

    def apply(self, before: Webhook | None) -> tuple[Webhook | None, bool]:
        """Return the changed webhook and whether its secret is new. Raises `UsageError` as `make_webhook` does."""
        changes = self.url is not None or self.secret is not None or self.new_secret or self.allow_private is not None
        if self.remove and changes:
            raise UsageError("--no-webhook cannot be combined with options that change the webhook")
        if self.secret is not None and self.new_secret:
            raise UsageError("give either --secret or --new-secret")
        if self.remove or not changes:
            return (None if self.remove else before), False
        if before is None:
            if self.url is None:
                raise UsageError("this track has no webhook: give --webhook URL as well")
            return make_webhook(self.url, self.secret, allow_private=bool(self.allow_private))
        if before.sealed and (self.url is None or not (self.secret or self.new_secret)):
            raise UsageError(f"the webhook is encrypted: set {NAMES}, or give a new URL and a new secret")
        private = before.allow_private if self.allow_private is None else self.allow_private
        secret = new_secret() if self.new_secret else self.secret or before.secret
        made, _ = make_webhook(self.url or before.url, secret, allow_private=private, channel=before.channel or None)
        if made is not None:
            made = with_former_secret(replace(made, resumed_at=before.resumed_at), before, connect.now())
        return made, self.new_secret


def port_option(hook: Webhook | None) -> str:
    """The option that makes `storywatch listen` use the port in the webhook's URL; empty if the URL has none."""
    port = check_url(hook.url, allow_private=True).port if hook is not None else None
    return f" --port {port}" if port is not None else ""


def select(selector: Selector, settings: Settings) -> Selection:
    """Resolve the options.

    Raises `UsageError` if there is no such story or article, and for a query that is invalid or, unless ``broad``, one
    that nearly every article answers.
    """
    if selector.story is not None:
        return _select_story(selector.story, settings)
    if selector.article is not None:
        return _select_article(selector.article, settings)
    if selector.text is not None:
        return _select_text(selector.text, settings)
    return _select_query(selector.query, selector.entities, broad=selector.broad)


def _select_story(key: str, settings: Settings) -> Selection:
    from connectors.elastic.read.find import find_story

    with connect.open_search(settings) as queries:
        found = find_story(queries, key)
    return Selection(found.story.title or found.story.id, story=found.story.id)


def _select_article(what: str, settings: Settings) -> Selection:
    """The story of an article; for an address or a file that has not arrived, a query that the article will answer."""
    with connect.open_search(settings) as queries:
        if not is_url(what) and os.path.lexists(what):
            return _selection(_by_file(Path(what), queries, settings))
        if not is_url(what) and not _ID.fullmatch(what):
            raise UsageError(f"there is no file {what}, and it is no article's id or URL")
        return _selection(followed.by_article(what, queries))


def _select_text(text: str, settings: Settings) -> Selection:
    """The story in which an article with this text would be filed, or a query that finds the text."""
    if text == STDIN:
        text = sys.stdin.read(MAX_PAGE_BYTES + 1)
    with connect.open_search(settings) as queries:
        return _selection(followed.by_text(text, "--text", queries, settings, connect.now()))


def _by_file(path: Path, queries: "Search", settings: Settings) -> followed.Followed:
    """The story of the article in a file; of one with an address that has not arrived, a query for it."""
    from streams.alerts import query

    article = _clean_file(path, settings)
    found = queries.article(article.id)
    if found is not None:
        return followed.Followed(found.article.title, story=found.story.id)
    if article.url is None:
        return followed.by_words(article, queries, settings)
    return followed.awaited(str(path), f"{query.ID}:{article.id}")


def _selection(found: followed.Followed) -> Selection:
    return Selection(found.title, story=found.story, query=found.query)


def _clean_file(path: Path, settings: Settings) -> CleanArticle:
    """The article in a file as the pipeline would clean it."""
    from connectors.files import read as files

    arrived = list(files.read([path], lane=Lane.LIVE))
    if len(arrived) != 1:
        raise UsageError(f"{path} holds {len(arrived)} articles: name a file with one, or an article's id")
    first = arrived[0]
    if isinstance(first, files.RefusedInput):
        raise UsageError(f"{path}: {first.reason}")
    return followed.clean(first, str(path), settings)


def _select_query(typed: str | None, names: tuple[str, ...], *, broad: bool) -> Selection:
    from connectors.tracks.spec import fold_entity

    stored = ""
    if typed is not None:
        from streams.alerts import query

        parsed = query.parse(typed)
        stored = " ".join(typed.split())
        if not broad and not names and (why := query.why_broad(parsed)) is not None:
            raise UsageError(f"query: {why}; --broad allows it as it is")
    return Selection(
        " ".join([*([stored] if stored else []), *names]),
        query=stored,
        entities=tuple(sorted({fold_entity(name) for name in names})),
    )

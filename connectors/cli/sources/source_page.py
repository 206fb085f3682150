"""Sources as rows, pages and JSON, and the options that change them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from connectors.cli.common import output
from connectors.cli.common.times import FormatTime
from connectors.cli.sources.preview import Preview, discover
from connectors.sources.discover import NoFeedFound
from connectors.sources.spec import SourceSpec, show_interval, to_spec
from streams.contract.errors import Rejected, Unavailable, UsageError
from streams.contract.lanes import Lane
from streams.contract.messages import WatchedSource
from streams.contract.urls import is_url
from streams.runtime.settings import Settings

MAX_TITLE = 90
MAX_NOTES = 3  # of a preview

COLUMNS = [
    output.Column("source", style="cyan"),
    output.Column("name", wrap=True),
    output.Column("labels", wrap=True),
    output.Column("every"),
    output.Column("address", wrap=True),
]


@dataclass(frozen=True)
class Change:
    """Options of `source add`, `edit` and `test`; None changes nothing, and an empty text removes a value."""

    name: str | None = None
    labels: list[str] | None = None
    publisher: str | None = None
    language: str | None = None
    lane: Lane | None = None
    interval: str | None = None
    own_text: bool | None = None
    user_agent: str | None = None
    headers: list[str] | None = None
    params: list[str] | None = None
    password: str | None = None
    allow_private: bool | None = None
    alert: str | None = None

    def apply(self, spec: SourceSpec) -> SourceSpec:
        """The changed source. Raises `UsageError` for a header or parameter without a value."""
        changes: dict[str, Any] = {
            "name": self.name,
            "labels": None if self.labels is None else tuple(one for one in self.labels if one),
            "lane": self.lane,
            "allow_private": self.allow_private,
            "alert": self.alert,
            "text": None if self.own_text is None else ("source" if self.own_text else "page"),
            "headers": _references("--header", self.headers),
            "params": _references("--param", self.params),
        }
        changed = replace(spec, **{name: value for name, value in changes.items() if value is not None})
        texts = {
            "publisher": self.publisher,
            "language": self.language,
            "user_agent": self.user_agent,
            "password": self.password,
        }
        changed = replace(changed, **{name: value or None for name, value in texts.items() if value is not None})
        if self.interval is not None:
            changed = replace(changed, interval=None if self.interval in ("auto", "") else self.interval)
        return changed


def _references(option: str, given: list[str] | None) -> dict[str, str] | None:
    """Name -> reference; None if the option is not given, nothing for an empty text."""
    if given is None:
        return None
    found = {}
    for one in filter(None, given):
        name, equals, reference = one.partition("=")
        if not equals:
            raise UsageError(f"{option} {name}: NAME=env:VARIABLE or NAME=file:PATH is expected")
        found[name.strip()] = reference.strip()
    return found


def row(source: WatchedSource) -> list[str]:
    """The cells of `COLUMNS`."""
    return [source.id, source.name, ", ".join(source.labels), every(source), source.url]


def every(source: WatchedSource) -> str:
    """How often it is polled, for people."""
    if source.paused:
        return "paused"
    return "auto" if source.interval_seconds is None else show_interval(source.interval_seconds)


def report(source: WatchedSource) -> dict[str, Any]:
    """The source as a JSON object, with every field."""
    spec = msgspec.to_builtins(to_spec(source))
    fields = {one.name: one.default for one in msgspec.structs.fields(SourceSpec)}
    defaults = {name: None if default is msgspec.NODEFAULT else default for name, default in fields.items()}
    return {
        "id": source.id,
        **defaults,
        "headers": {},
        "params": {},
        **spec,
        "site": source.site,
        "created_at": source.created_at,
    }


def details(source: WatchedSource, show_time: FormatTime) -> list[tuple[str, str]]:
    """Label and text of each line of a source's page."""
    found = [
        ("source", source.id),
        ("address", source.url),
        ("kind", source.kind),
        ("name", source.name),
        ("labels", ", ".join(source.labels)),
        ("every", every(source)),
        ("lane", source.lane),
        ("text", _text(source)),
        ("publisher", source.publisher or ""),
        ("language", source.language or ""),
        ("user agent", source.user_agent or ""),
        ("headers", _named(source.headers)),
        ("params", _named(source.params)),
        ("password", f"from {source.password}" if source.password else ""),
        ("alert", source.alert or ("nobody is told" if source.alert == "" else "")),
        ("private", "may be at a private address" if source.allow_private else ""),
        ("added", show_time(source.created_at)),
    ]
    return [(label, text) for label, text in found if text]


def _named(references: Mapping[str, str]) -> str:
    return ", ".join(f"{name} from {reference}" for name, reference in references.items())


def _text(source: WatchedSource) -> str:
    if source.kind != "feed":
        return ""
    return "the pages that entries link to" if source.text == "page" else "the entries' own text"


def feed_of(url: str, settings: Settings, change: Change) -> str:
    """The address of the feed to add: ``url``, or the first feed of the site that is there, else its news sitemap.

    A site that cannot be read keeps its address: the test poll tells why.
    """
    if change.headers or change.params or not is_url(url):
        return url  # an address with a key is that of a feed
    try:
        found = discover(url, settings, allow_private=bool(change.allow_private))
    except NoFeedFound as error:
        output.note(f"{url}: {error}")
        return url
    except (Rejected, Unavailable):
        return url
    if found.feeds == (url,):
        return url
    how = "its page names this feed" if found.named else "this feed is at a common path"
    chosen, *others = found.feeds or found.news_sitemaps
    output.note(f"{url}: {how if found.feeds else 'no feed was found, but this news sitemap'}: {chosen}")
    for other in others if found.feeds else ():
        output.note(f"  it also has {other}")
    for sitemap in found.news_sitemaps if found.feeds else others:
        output.note(f"  it also has the news sitemap {sitemap}")
    if found.hub:
        output.note(f"  it has the WebSub hub {found.hub}")
    return chosen


def print_preview(found: Preview) -> None:
    """Print what a source would bring."""
    if found.error:
        output.error(f"{found.source.url}: {found.error}")
        return
    title = found.title or ("no title" if found.source.kind == "feed" else "")
    what = [output.shortened(title, MAX_TITLE)] if title else []
    what += [output.counted(len(found.articles), "article")]
    what += [f"{len(found.refused):,} refused"] if found.refused else []
    output.echo(f"{found.source.url}: {', '.join(what)}")
    if found.moved_to:
        output.note(f"  it has moved to {found.moved_to}")
    for one in found.newest():
        output.echo(f"  {one.given.published or 'no date'}  {output.shortened(one.given.title or '', MAX_TITLE)}")
    if found.page:
        output.echo(f"  page of the newest: {found.page}")
    for note in found.notes[:MAX_NOTES]:
        output.note(f"  {note}")
    for refused in found.refused[:MAX_NOTES]:
        output.note(f"  refused: {refused.origin}: {refused.reason}")

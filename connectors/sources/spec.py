"""A source as people write it, in `sources.yaml` and on the command line, and the `WatchedSource` that it becomes."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Annotated, Literal, TypeVar

import httpx
import msgspec
from msgspec import Meta, field

from connectors.lists.nodes import InvalidFields
from connectors.sources import references
from connectors.sources.addresses import Address, KindName, parse
from streams.contract.errors import UsageError
from streams.contract.lanes import Lane
from streams.contract.messages import MAX_LABELS, WatchedSource, digest

ID_CHARACTERS = 12  # 48 bits: a collision is unlikely, and the id is short enough to type
MIN_INTERVAL_SECONDS = 30  # no server is asked more often, whatever a user writes
MAX_INTERVAL_SECONDS = 7 * 86_400
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_INTERVAL = re.compile(r"([0-9]{1,6}) ?(s|m|min|h|d)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")  # BCP 47, without its rarer parts

T = TypeVar("T")
Text = Annotated[str, Meta(max_length=300)]
Label = Annotated[str, Meta(min_length=1, max_length=60)]


class SourceSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One source of a file."""

    url: Annotated[
        str, Meta(description="http(s) for a feed, imaps://user@host/folder, or kafka:TOPIC.", max_length=2_000)
    ]
    kind: Annotated[KindName, Meta(description="What is at the address, as its scheme says.")] = "feed"
    name: Annotated[Text, Meta(description="A name for people.")] = ""
    labels: Annotated[
        tuple[Label, ...],
        Meta(description="Words to select sources and articles by, such as a desk.", max_length=MAX_LABELS),
    ] = ()
    publisher: Annotated[Text | None, Meta(description="Who published its entries, where they do not say.")] = None
    language: Annotated[
        Text | None, Meta(description="Language of its entries, where they do not say, such as en or pt-BR.")
    ] = None
    lane: Annotated[Lane, Meta(description="live, or backfill: old material that fires no alerts.")] = Lane.LIVE
    interval: Annotated[
        Text | None,
        Meta(description="Time between two polls, such as 5m or 2h. Without it, it adapts to the source."),
    ] = None
    text: Annotated[
        Literal["page", "source"],
        Meta(description="page: the page that an entry links to is fetched; source: the entry's own text is enough."),
    ] = "page"
    user_agent: Annotated[Text | None, Meta(description="User-Agent for this source and its pages.")] = None
    headers: Annotated[
        dict[str, Text],
        Meta(description="Headers for the source's own host: name to env:NAME or file:PATH, never a secret itself."),
    ] = field(default_factory=dict)
    params: Annotated[
        dict[str, Text],
        Meta(
            description="Parameters that the address is asked for with: name to env:NAME or file:PATH, never a secret "
            "itself."
        ),
    ] = field(default_factory=dict)
    password: Annotated[Text | None, Meta(description="Of a mailbox: env:NAME or file:PATH, never itself.")] = None
    allow_private: Annotated[bool, Meta(description="It may be at a private or local address.")] = False
    paused: Annotated[bool, Meta(description="It stays known and is not polled.")] = False
    alert: Annotated[
        Annotated[str, Meta(max_length=63)] | None,
        Meta(
            description="Name of the receiver that is told when it turns silent or broken, and when that ends. "
            "Without it, that of STORYWATCH_SOURCE_ALERTS; empty: nobody."
        ),
    ] = None


def source_id(url: str) -> str:
    """The id of the source at an address: the same wherever it is added."""
    return digest("source", url)[:ID_CHARACTERS]


def to_source(spec: SourceSpec, now: datetime, before: WatchedSource | None = None) -> WatchedSource:
    """The source to store; ``before`` is the one of the same address that it replaces.

    Raises `InvalidFields` with one line for each field that cannot be used.
    """
    found: list[tuple[str, str]] = []
    address = _checked(found, "url", lambda: parse(spec.url, allow_private=spec.allow_private))
    interval = spec.interval
    seconds = None if interval is None else _checked(found, "interval", lambda: parse_interval(interval))
    found += _mistakes(spec)
    if address is not None:
        found += _misfits(spec, address)
    if address is None or found:
        raise InvalidFields(found)
    return WatchedSource(
        id=source_id(address.url) if before is None else before.id,
        url=address.url if before is None else before.url,
        site=address.site if before is None else before.site,
        created_at=before.created_at if before is not None else now,
        resumed_at=before.resumed_at if before is not None else None,
        kind=address.kind,
        name=spec.name,
        labels=tuple(dict.fromkeys(spec.labels)),
        publisher=spec.publisher,
        language=spec.language,
        lane=spec.lane,
        interval_seconds=seconds,
        text=spec.text,
        user_agent=spec.user_agent,
        headers=spec.headers,
        params=spec.params,
        password=spec.password,
        allow_private=spec.allow_private,
        paused=spec.paused,
        alert=spec.alert,
    )


def _checked(found: list[tuple[str, str]], name: str, check: Callable[[], T]) -> T | None:
    """What the check of a field returns; None if it raises `UsageError`, which is added to ``found``."""
    try:
        return check()
    except UsageError as error:
        found.append((name, str(error)))
        return None


def _mistakes(spec: SourceSpec) -> Iterator[tuple[str, str]]:
    """The fields that are wrong whatever the address is, each with its reason."""
    if spec.language is not None and not _LANGUAGE.fullmatch(spec.language):
        yield "language", f"{spec.language!r} is no language code, such as en or pt-BR"
    if spec.user_agent is not None and not (spec.user_agent.isascii() and spec.user_agent.isprintable()):
        yield "user_agent", "the user agent has characters that no header can carry"
    found: list[tuple[str, str]] = []
    for name, reference in spec.headers.items():
        _checked(found, "headers", partial(references.check_header, name, reference))
    for name, reference in spec.params.items():
        _checked(found, "params", partial(references.check_param, name, reference))
    if spec.password is not None:
        _checked(found, "password", partial(references.check_reference, "the password", spec.password))
    yield from found


def _misfits(spec: SourceSpec, address: Address) -> Iterator[tuple[str, str]]:
    """The fields that do not fit the address, each with its reason."""
    kind = address.kind
    if spec.kind not in ("feed", kind):
        yield "kind", f"kind {spec.kind} does not fit the address, which is that of a {kind}"
    for name in ("headers", "params"):
        if kind != "feed" and getattr(spec, name):
            yield name, f"a {kind} is not asked with {name}: only a feed is"
    if kind == "feed":
        for name in httpx.URL(address.url).params.keys() & spec.params:
            yield "params", f"parameter {name!r} is in the address already: remove it there"
    if kind != "mailbox" and spec.password is not None:
        yield "password", f"a {kind} has no password: `headers` or `params` can carry a key"
    if kind == "mailbox" and spec.password is None:
        yield "password", "a mailbox needs its password as a reference: env:NAME or file:PATH"


def to_spec(source: WatchedSource) -> SourceSpec:
    """Return the specification of a source, for `export` and `diff`."""
    return SourceSpec(
        url=source.url,
        kind=msgspec.convert(source.kind, KindName),
        name=source.name,
        labels=source.labels,
        publisher=source.publisher,
        language=source.language,
        lane=source.lane,
        interval=None if source.interval_seconds is None else show_interval(source.interval_seconds),
        text=source.text,
        user_agent=source.user_agent,
        headers=source.headers,
        params=source.params,
        password=source.password,
        allow_private=source.allow_private,
        paused=source.paused,
        alert=source.alert,
    )


def parse_interval(text: str) -> float:
    """``5m`` -> 300. Raises `UsageError`."""
    found = _INTERVAL.fullmatch(text.strip())
    seconds = int(found[1]) * _UNITS[found[2] or ""] if found else 0
    if not MIN_INTERVAL_SECONDS <= seconds <= MAX_INTERVAL_SECONDS:
        raise UsageError(f"{text!r} is no interval from 30s to 7d, such as 90s, 5m or 2h")
    return float(seconds)


def show_interval(seconds: float) -> str:
    """300 -> ``5m``: the largest unit that divides it."""
    unit, size = next(one for one in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)) if seconds % one[1] == 0)
    return f"{int(seconds) // size}{unit}"

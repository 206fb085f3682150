"""Extensions that installed packages declare as entry points: taggers, channels and sources.

`docs/extending.md` has an example of each. The interfaces:

* ``storywatch.taggers``: ISO 639-1 code of a language -> `streams.api.Tagger`
* ``storywatch.channels``: name of a channel -> `streams.contract.plugins.Channel`; the shipped ones too
* ``storywatch.sources``: scheme of an address -> `streams.contract.plugins.Source`
"""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from streams.contract.errors import Rejected, UsageError

if TYPE_CHECKING:  # commands load this module
    from importlib.metadata import EntryPoint

    from streams.contract.messages import Alert, RawArticle, Webhook

Group = Literal["storywatch.taggers", "storywatch.channels", "storywatch.sources"]


class Notification(Struct, frozen=True):
    """What is sent to a receiver instead of the JSON of docs/webhooks.md."""

    body: bytes
    content_type: str = "application/json"


class NotedSource(Struct, frozen=True):
    """The source that a note is about. ``since``: when its silence or its failures began; ``why``: in one line."""

    id: str
    name: str
    url: str
    since: datetime
    why: str


class Note(Struct, frozen=True):
    """A message that is no alert: a test of a receiver, a heartbeat, or how a source is.

    ``type`` as in the JSON of docs/webhooks.md.
    """

    type: Literal["storywatch.test", "storywatch.heartbeat", "source.silent", "source.broken", "source.recovered"]
    at: datetime
    receiver: str
    text: str  # a sentence for people
    title: str = ""  # a few words, for where a message has a title
    source: NotedSource | None = None


class Reply(Struct, frozen=True):
    """The answer of a service to a POST. ``text``: its beginning, "" for HTML and binary data."""

    code: int
    text: str
    retry_after_seconds: float | None = None  # of the header, whatever the status


class Judgement(Struct, frozen=True):
    """What an answer means. ``error``: one line for a person, None when delivered.

    ``delivered``: accepted. ``retry``: later. ``gone``: the receiver is switched off. ``refused``: this message will
    never be accepted.
    """

    outcome: Literal["delivered", "retry", "gone", "refused"]
    error: str | None = None
    code: int | None = None
    retry_after_seconds: float | None = None
    excerpt: str | None = None  # of the answer, where there was no HTTP answer


class Sending(Struct, frozen=True):
    """A message on its way. ``url`` and ``secret`` are those of the receiver, in clear."""

    id: str  # the same in every attempt
    at: datetime
    url: str
    secret: str
    allow_private: bool
    notification: Notification
    timeout_seconds: float


def _no_opinion(reply: Reply) -> Judgement | None:
    return None


def _any_address(webhook: "Webhook") -> str:
    return webhook.url


class ServiceChannel(Struct, frozen=True):
    """A channel with rules of its own.

    ``judge`` returns None where the rules of docs/webhooks.md apply. ``send`` replaces the POST; it raises `OSError`,
    `TimeoutError` or `UsageError`. ``check`` returns the address in its canonical form, or raises `UsageError`.
    """

    message: "Callable[[Alert], Notification]"
    note: Callable[[Note], Notification] | None = None
    judge: Callable[[Reply], Judgement | None] = _no_opinion
    signed: bool = False  # with the secret, as docs/webhooks.md describes
    send: Callable[[Sending], Awaitable[Judgement]] | None = None
    check: "Callable[[Webhook], str]" = _any_address


# An alert -> the message of a service. Deterministic: an alert that is sent again has the same body. A function alone
# is a channel whose body is signed, and whose answers follow the rules of docs/webhooks.md.
Channel = Callable[["Alert"], Notification] | ServiceChannel

# The part of an address behind "scheme:" -> its articles, and for each item that is none the reason.
Source = Callable[[str], Iterator["RawArticle | Rejected"]]


WEBHOOK = "webhook"  # the channel of "", which every worker has


def channel(name: str) -> ServiceChannel:
    """The channel of an installed package, for "" the signed webhook. Raises `UsageError` without it."""
    found = load("storywatch.channels", name or WEBHOOK)
    if found is None:
        raise UsageError(f"the channel {name or WEBHOOK} is not installed in this worker")
    return found if isinstance(found, ServiceChannel) else ServiceChannel(message=found, signed=True)


@cache
def names(group: Group) -> tuple[str, ...]:
    """The names that installed packages declare in ``group``, sorted."""
    return tuple(sorted(_declared(group)))


@cache
def load(group: Group, name: str) -> Any:
    """The object behind ``name`` in ``group``; None without one.

    Raises `UsageError` if it cannot be imported, is of no use, or is declared by two packages.
    """
    declared = _declared(group).get(name)
    if declared is None:
        return None
    if len(declared) > 1:
        packages = " and ".join(sorted(map(_package, declared.values())))
        raise UsageError(f"two installed packages declare {name} of {group} ({packages}): uninstall one of them")
    [one] = declared.values()
    try:
        found = one.load()
    except (Exception, SystemExit) as error:  # importing a package may raise anything
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise UsageError(
            f"{name} of {group} cannot be loaded from the package {_package(one)} ({said}): repair or uninstall it"
        ) from error
    if not (callable(found) or isinstance(found, ServiceChannel)):
        raise UsageError(f"{name} of {group} in the package {_package(one)} is no function: repair or uninstall it")
    return found


def _package(declared: "EntryPoint") -> str:
    return declared.dist.name if declared.dist is not None else declared.value


@cache
def _declared(group: Group) -> "dict[str, dict[str, EntryPoint]]":
    """Name -> value -> entry point: one value, unless packages disagree about a name."""
    from importlib.metadata import entry_points

    found: dict[str, dict[str, EntryPoint]] = {}
    for one in entry_points(group=group):
        found.setdefault(one.name, {}).setdefault(one.value, one)
    return found

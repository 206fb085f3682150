"""Extensions that installed packages declare as entry points: taggers, channels and sources.

`docs/extending.md` has an example of each. The interfaces:

* ``storywatch.taggers``: ISO 639-1 code of a language -> `streams.api.Tagger`
* ``storywatch.channels``: name of a channel -> `streams.contract.plugins.Channel`
* ``storywatch.sources``: scheme of an address -> `streams.contract.plugins.Source`
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from streams.contract.errors import Rejected, UsageError

if TYPE_CHECKING:  # commands load this module
    from importlib.metadata import EntryPoint

    from streams.contract.messages import Alert, RawArticle

Group = Literal["storywatch.taggers", "storywatch.channels", "storywatch.sources"]


class Notification(Struct, frozen=True):
    """What is sent to a receiver instead of the JSON of docs/webhooks.md."""

    body: bytes
    content_type: str = "application/json"


# An alert -> the message of a service. Deterministic: an alert that is sent again has the same body.
Channel = Callable[["Alert"], Notification]

# The part of an address behind "scheme:" -> its articles, and for each item that is none the reason.
Source = Callable[[str], Iterator["RawArticle | Rejected"]]


@cache
def names(group: Group) -> tuple[str, ...]:
    """The names that installed packages declare in ``group``, sorted."""
    return tuple(sorted(_declared(group)))


@cache
def load(group: Group, name: str) -> Any:
    """The object behind ``name`` in ``group``; None without one. Raises `UsageError` if it cannot be imported."""
    declared = _declared(group).get(name)
    if declared is None:
        return None
    try:
        return declared.load()
    except Exception as error:  # importing a package may raise anything
        package = declared.dist.name if declared.dist is not None else declared.value
        raise UsageError(
            f"{name} of {group} cannot be loaded from the package {package} ({type(error).__name__}: {error}): "
            f"repair or uninstall it"
        ) from error


@cache
def _declared(group: Group) -> "dict[str, EntryPoint]":
    """Raises `UsageError` if two packages declare the same name."""
    from importlib.metadata import entry_points

    found: dict[str, EntryPoint] = {}
    for one in entry_points(group=group):
        if found.setdefault(one.name, one).value != one.value:
            raise UsageError(f"two installed packages declare {one.name} of {group}: uninstall one of them")
    return found

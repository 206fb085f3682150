"""What a kind of source is: a poll that yields articles and states.

To add a kind (a sitemap, a mailbox, a topic), write a class with `poll` and name it in `connectors.watch.kinds`. It
knows nothing of Kafka, schedules and tables: `connectors.sources.poller` publishes what it yields.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.files.items import RefusedInput
from streams.contract.messages import RawArticle, SourceState, WatchedSource


@dataclass(frozen=True)
class Arrival:
    """An article of a source, and when it was published, if that is known.

    ``own_text``: it is the source's own text, because the page was not available.
    """

    article: RawArticle
    own_text: bool = False
    published: datetime | None = None


Step = Arrival | RefusedInput | SourceState


class Kind(Protocol):
    """How sources of one kind are read."""

    @property
    def interval_seconds(self) -> float | None:
        """Time between two polls of a source that names none; None: it adapts to the source."""
        ...

    def poll(self, source: WatchedSource, state: SourceState) -> AsyncGenerator[Step, None]:
        """Yield what is new, oldest first, and states.

        A state stands for everything that was yielded before it: once it is stored, none of that comes again. An
        arrival is confirmed by the broker when the next step is asked for. A poll that finds nothing yields the state
        alone.

        Raises `Rejected` or `UsageError` if the source cannot be read, `Unavailable` if it cannot be read for now, with
        its subclasses `Held` and `TryAgain` of `connectors.http.fetch` where a server asked for a pause, and `Gone` if
        it asks not to be polled any more.
        """
        ...

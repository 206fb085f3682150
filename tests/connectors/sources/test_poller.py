"""One poll of a source of any kind: what its articles are given, and what is counted."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.files.items import RefusedInput
from connectors.http.holds import Holds
from connectors.sources.kind import Arrival, Step
from connectors.sources.poller import Poller
from streams.contract.codec import decode, encode
from streams.contract.errors import Unavailable
from streams.contract.messages import (
    MAX_LABELS,
    ContentType,
    RawArticle,
    SenderFields,
    SourceState,
    WatchedSource,
)

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
URL = "https://tarn.example/feed"


def article(text: str = "The gate is open.", **given: Any) -> RawArticle:
    return RawArticle.arrive(
        text.encode(), ContentType.BODY, fetched_at=NOW, received_at=NOW, given=SenderFields(**given)
    )


@dataclass
class FixedKind:
    """A kind whose polls bring the same steps; an error is raised."""

    steps: Sequence[Step | Exception]
    interval_seconds: float | None = None

    async def poll(self, source: WatchedSource, state: SourceState) -> AsyncGenerator[Step, None]:
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step


@dataclass
class Polled:
    """Polls, and what they published."""

    got: list[RawArticle] = field(default_factory=list)
    saved: list[SourceState] = field(default_factory=list)  # between articles

    def poll(self, *steps: Step | Exception, state: SourceState | None = None, **fields: Any) -> SourceState:
        source = WatchedSource(id="tarn", url=URL, site="tarn.example", created_at=NOW, **fields)
        poller = Poller(
            {"feed": FixedKind(steps)},
            Holds(lambda: NOW),
            report=lambda line: None,
            now=lambda: NOW,
            chance=lambda: 0.5,
        )

        async def publish(article: RawArticle) -> None:
            self.got.append(article)

        async def save(state: SourceState) -> None:
            self.saved.append(state)

        polled, _ = asyncio.run(poller.poll(source, state or SourceState(url=URL), publish, save))
        return polled


def test_articles_have_the_labels_of_their_source() -> None:
    polled = Polled()
    polled.poll(
        Arrival(article()), Arrival(article(labels=("own", "world"))), labels=("world", "papers"), language="en"
    )
    assert [one.given.labels for one in polled.got] == [("world", "papers"), ("world", "papers", "own")]
    assert decode(encode(polled.got[1]), RawArticle) == polled.got[1]
    assert [one.given.language for one in polled.got] == ["en", "en"]


def test_labels_of_a_source_and_of_an_entry_are_bounded() -> None:
    polled = Polled()
    many = tuple(f"word{number}" for number in range(MAX_LABELS))
    polled.poll(Arrival(article(labels=many)), labels=("desk",))
    assert polled.got[0].given.labels == ("desk", *many[:-1])


def test_states_in_the_middle_of_a_poll_have_its_counts() -> None:
    """A poll may follow its source for a minute: until its end nobody would see what came."""
    before = SourceState(url=URL, articles=5, refused=1, polled=True)
    polled = Polled()
    polled.poll(
        Arrival(article("The gate is open."), own_text=True),
        RefusedInput(URL, "no text"),
        before,
        Arrival(article("The gate is shut.")),
        before,
        state=before,
    )
    assert [(one.articles, one.own_text, one.refused) for one in polled.saved] == [(6, 1, 2), (7, 1, 2)]


def test_a_poll_that_fails_is_no_refused_entry() -> None:
    state = Polled().poll(RefusedInput(URL, "no text"), Unavailable("the server is away"))
    assert (state.refused, state.failures, state.error) == (1, 1, "the server is away")

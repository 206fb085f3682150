"""Subscribes watched feeds at their hubs, renews the leases, and ends the subscriptions of removed sources."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx
import structlog
from msgspec.structs import replace

from connectors.feeds.parse.entries import MAX_FEED_BYTES
from connectors.http.fetch import Sleep, fetch
from connectors.http.net import shown
from connectors.http.polite import HostPacer
from connectors.sources import references
from connectors.websub.hub_links import find_hub
from connectors.websub.lifecycle import LEASE, Step, new_subscription, next_step
from connectors.websub.subscriptions import Subscriptions
from streams.contract.errors import Rejected, StorywatchError
from streams.contract.messages import Subscription, SubscriptionState, WatchedSource
from streams.runtime.metrics import report_unexpected

log = structlog.get_logger("storywatch.serve")

LOOK_SECONDS = 5.0  # between two looks at what is to be done
AT_ONCE = 8  # feeds that are read for their hubs, and as many requests to hubs

CALLBACK = "/v1/websub/"


def _now() -> datetime:
    return datetime.now(UTC)


class Subscriber:
    """Does what `next_step` says about each source, a step at a time.

    ``public_url``: where hubs reach this server. ``client``: a `connectors.http.net.guarded_client`; ``pacer``: of the
    hosts of feeds.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        pacer: HostPacer,
        public_url: str,
        sources: Callable[[], Mapping[str, WatchedSource]],
        subscriptions: Subscriptions,
        *,
        timeout_seconds: float,
        now: Callable[[], datetime] = _now,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._callback = public_url.rstrip("/") + CALLBACK
        self._sources = sources
        self._subscriptions = subscriptions
        self._timeout_seconds = timeout_seconds
        self._now = now
        self._sleep = sleep
        # a list of feeds whose hosts hang must not delay the renewal of a lease
        self._looks, self._requests = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._busy: set[str] = set()  # sources, by id

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as steps:
            while True:
                for id_ in dict.fromkeys((*self._sources(), *self._subscriptions.values)):
                    step = None if id_ in self._busy else self._next_step(id_)
                    if step is not None:
                        self._busy.add(id_)
                        steps.create_task(self._advance(id_, self._looks if step is Step.LOOK else self._requests))
                await self._sleep(LOOK_SECONDS)

    def _next_step(self, id_: str) -> Step | None:
        return next_step(self._sources().get(id_), self._subscriptions.values.get(id_), self._now())

    async def _advance(self, id_: str, slots: asyncio.Semaphore) -> None:
        try:
            async with slots:
                step = self._next_step(id_)  # it may have been removed meanwhile
                if step is not None:
                    await self._take(step, self._sources().get(id_), self._subscriptions.values.get(id_))
        except StorywatchError as error:
            log.warning("subscriptions cannot be stored", reason=str(error))
        except Exception as error:  # the last resort: the other sources go on
            report_unexpected("hub", error)
        finally:
            self._busy.discard(id_)

    async def _take(self, step: Step, source: WatchedSource | None, known: Subscription | None) -> None:
        if step is Step.LOOK and source is not None:
            await self._look_for_hub(source, known or new_subscription(source, self._now()))
        elif step is Step.DROP and known is not None:
            await self._subscriptions.drop(known)
        elif known is not None:
            await self._ask(known, "subscribe" if step is Step.SUBSCRIBE else "unsubscribe")

    async def _look_for_hub(self, source: WatchedSource, known: Subscription) -> None:
        looked = replace(known, at=self._now(), version=known.version + 1, failures=0, lease_until=None)
        try:
            secrets = await asyncio.to_thread(references.secrets, source)
            answer = await fetch(
                self._client,
                source.url,
                timeout_seconds=self._timeout_seconds,
                limit_bytes=MAX_FEED_BYTES,
                headers=references.page_headers(source),
                secrets=secrets,
                visit=self._pacer.visit,
            )
        except StorywatchError as error:
            reason = f"the feed cannot be read: {error}"
            await self._subscriptions.save(replace(looked, state=SubscriptionState.NO_HUB, reason=reason))
            return
        links = find_hub(answer.content, answer.headers, answer.url)
        if links is None:
            reason = "the feed names no hub"
            await self._subscriptions.save(replace(looked, state=SubscriptionState.NO_HUB, reason=reason))
            return
        await self._ask(replace(looked, hub=links.hub, topic=links.topic), "subscribe")

    async def _ask(self, known: Subscription, mode: str) -> None:
        """Ask the hub. It confirms at the callback, so the subscription is stored before that can come."""
        again = known.state is SubscriptionState.ACTIVE
        state = SubscriptionState.ACTIVE if again else SubscriptionState.ASKED
        asked = replace(
            known,
            state=SubscriptionState.ENDING if mode == "unsubscribe" else state,
            at=self._now(),
            failures=known.failures + 1,  # until it is confirmed
            version=known.version + 1,
        )
        await self._subscriptions.save(asked)
        try:
            await self._post(asked, mode)
        except (StorywatchError, httpx.HTTPError) as error:
            hub = shown(asked.hub or "")
            log.warning("a hub does not take a request", source=asked.source, hub=hub, reason=str(error))
            newest = self._subscriptions.values.get(asked.source, asked)
            await self._subscriptions.save(replace(newest, reason=str(error)[:300], version=newest.version + 1))

    async def _post(self, asked: Subscription, mode: str) -> None:
        form = {
            "hub.mode": mode,
            "hub.topic": asked.topic or asked.url,
            "hub.callback": self._callback + asked.token,
            "hub.lease_seconds": str(int(LEASE.total_seconds())),
            "hub.secret": asked.secret,
        }
        answer = await self._client.post(asked.hub or "", data=form)
        if not answer.is_success:
            raise Rejected(f"the hub answers {answer.status_code}")

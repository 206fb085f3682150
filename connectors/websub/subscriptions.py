"""The known subscriptions: those of the compacted topic, and changes of this process that are not read back yet."""

from collections.abc import Awaitable, Callable

from streams.contract.messages import Subscription

Send = Callable[[Subscription | str], Awaitable[None]]  # a subscription, or the id of a source whose one is dropped


class Latest(dict[str, Subscription]):
    """Source id -> subscription, never replaced by an older version."""

    def __setitem__(self, key: str, value: Subscription) -> None:
        known = self.get(key)
        if known is None or value.version >= known.version:
            super().__setitem__(key, value)


class Subscriptions:
    """Changes are visible at once and sent after that; a failed send repeats itself with the next change."""

    def __init__(self, send: Send) -> None:
        self.values = Latest()
        self._send = send

    def find(self, token: str) -> Subscription | None:
        """The subscription with this token. There are as many as sources, and notifications are rare."""
        return next((one for one in self.values.values() if one.token == token), None)

    async def save(self, changed: Subscription) -> None:
        """Raises `Unavailable` if Kafka does not take it."""
        self.values[changed.source] = changed
        await self._send(changed)

    async def drop(self, known: Subscription) -> None:
        """Raises `Unavailable`."""
        self.values.pop(known.source, None)
        await self._send(known.source)

"""The receivers, followed in Kafka."""

import contextlib

from msgspec.structs import replace

from connectors.kafka.following import Following
from connectors.webhooks.sealing import Seal
from streams.contract import topics
from streams.contract.errors import UsageError
from streams.contract.messages import NamedReceiver
from streams.runtime.settings import Settings


class Receivers:
    """Follows the receivers while a server runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._receivers: dict[str, NamedReceiver] = {}
        self._following = Following(settings, topics.RECEIVERS, NamedReceiver, self._receivers)

    @property
    def all(self) -> list[NamedReceiver]:
        """All receivers by name, decrypted where the configured keys can. Raises `Unavailable` until they are read."""
        self._following.check_loaded()
        seal = Seal.of(self._settings)
        return [_opened(self._receivers[name], seal) for name in sorted(self._receivers)]

    async def start(self) -> None:
        await self._following.start()

    async def stop(self) -> None:
        await self._following.stop()


def _opened(receiver: NamedReceiver, seal: Seal) -> NamedReceiver:
    with contextlib.suppress(UsageError):  # one that is encrypted with another key can still be listed
        return replace(receiver, hook=seal.open(receiver.hook))
    return receiver

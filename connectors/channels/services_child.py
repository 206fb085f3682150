"""The process of `connectors.channels.services`: one message through Apprise, with guarded connections.

An audit hook sees every connection, whichever library makes it, and cannot be removed; it refuses private and metadata
addresses, Unix sockets, datagrams to such addresses, the local log, and starting programs.
"""

import logging
import sys
from ipaddress import ip_address

import msgspec

from connectors.channels.child import limit
from connectors.channels.services import ServiceAnswer, ServiceRequest
from connectors.http.networks import is_metadata, is_private

CPU_SECONDS, WALL_SECONDS, MEMORY_BYTES = 20, 60, 1_000_000_000
MOST_ERROR = 400
_CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOCAL = {
    "syslog.syslog",
    "syslog.openlog",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.system",
    "os.fork",
    "os.forkpty",
    "ctypes.dlopen",
}


class Guard:
    """Refuses what a channel must not do. ``refused``: the last connection that it refused."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self.refused: str | None = None

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _LOCAL:
            raise PermissionError(f"not permitted: {event}")
        if event in _CONNECTS:
            target = arguments[1]
            if target is None:
                return  # a message on a connected socket
            host = str(target[0]) if isinstance(target, tuple) else ""
            if not self._permits(host):
                self.refused = host or "a Unix socket"
                raise PermissionError(f"{self.refused} is a private or local address")

    def _permits(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False  # a name, which the C library would look up by itself
        return not is_metadata(address) and (self._allow_private or not is_private(address))


def main() -> None:
    limit(cpu_seconds=CPU_SECONDS, wall_seconds=WALL_SECONDS, memory_bytes=MEMORY_BYTES)
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=ServiceRequest)
    sys.stdout.buffer.write(msgspec.json.encode(_answer(request)))


def _answer(request: ServiceRequest) -> ServiceAnswer:
    from apprise import Apprise, AppriseAsset
    from apprise.logger import LogCapture

    guard = Guard(allow_private=request.allow_private)
    sys.addaudithook(guard)
    asset = AppriseAsset(async_mode=False)
    service = Apprise.instantiate(request.url, asset=asset, suppress_exceptions=True)
    if service is None:
        return ServiceAnswer("not a URL of Apprise, or not a complete one", valid=False)
    if request.said is None:
        return ServiceAnswer()
    with LogCapture(level=logging.WARNING) as lines:  # type: ignore[no-untyped-call]
        accepted = bool(service.notify(title=request.said.title, body=request.said.text))
        said = lines.getvalue()
    if accepted:
        return ServiceAnswer()
    if guard.refused is not None:
        return ServiceAnswer(f"{guard.refused} is a private or local address; --allow-private permits it", private=True)
    last = said.strip().splitlines()[-1] if said.strip() else "no reason is given"
    return ServiceAnswer(f"the service did not accept it: {last.partition(' - WARNING - ')[2] or last}"[:MOST_ERROR])


if __name__ == "__main__":
    main()

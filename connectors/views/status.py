"""How the system is: servers, processes of the worker, and what waits."""

from datetime import datetime

from connectors.views.base import View


class ServerView(View, frozen=True, kw_only=True):
    """``answers``: it can be reached. ``problem``: one line; null if it is ready for a worker."""

    name: str
    address: str
    answers: bool
    problem: str | None


class ProcessView(View, frozen=True, kw_only=True):
    """One process of the worker, as far as it runs on the host of this server. ``lag``: stage -> waiting messages."""

    app: str
    address: str | None
    running: bool
    problems: tuple[str, ...]
    lag: dict[str, int]


class ReceiverOff(View, frozen=True, kw_only=True):
    """A receiver that answered 410. ``tracks``: id -> name of those that it gets no alerts of."""

    host: str
    since: datetime
    tracks: dict[str, str]


class StatusView(View, frozen=True, kw_only=True):
    """What `storywatch status` shows. ``lag``: stage -> waiting messages, in the order of the pipeline."""

    ok: bool
    servers: tuple[ServerView, ...]
    worker: tuple[ProcessView, ...]
    lag: dict[str, int]
    receivers_off: tuple[ReceiverOff, ...]

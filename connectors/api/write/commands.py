"""What the commands do, for the routes that do the same thing.

The commands are given to the API when it is made: it knows neither the command line nor the machines of `deploy`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.audit.writing import Edit
from connectors.corrections.links import LinkState
from connectors.corrections.request import CorrectionRequest, PreparedCorrection
from connectors.tracks.followed import Followed
from connectors.views.status import StatusView
from connectors.webhooks.sending import WebhookAttempt
from streams.contract.deadletter import DeadLetter
from streams.contract.messages import Deliverable, LinkRequest, NamedReceiver, Track


@dataclass(frozen=True)
class Period:
    """Alerts that were made in [since, until), as `deliveries replay` chooses them. ``track``: an id or a name."""

    since: datetime
    until: datetime | None = None
    receiver: str | None = None
    track: str | None = None
    failed: bool = False


@dataclass(frozen=True)
class DeliveryCommands:
    """``latest``: alert id -> its latest state. ``send_again`` and ``cancel`` return those that they changed."""

    latest: Callable[[], Mapping[str, Deliverable]]
    in_period: Callable[[Period], Sequence[Deliverable]]
    send_again: Callable[[Sequence[Deliverable], str], Sequence[Deliverable]]
    cancel: Callable[[Sequence[Deliverable], str], Sequence[Deliverable]]


@dataclass(frozen=True)
class ReceiverCommands:
    """All raise `UsageError` for a name that no receiver has. ``users``: the tracks that send to it."""

    all: Callable[[], Sequence[NamedReceiver]]
    users: Callable[[str], Sequence[Track]]
    test: Callable[[str, bool, str], WebhookAttempt]
    pause: Callable[[str, str], NamedReceiver]
    resume: Callable[[str, str], NamedReceiver]


@dataclass(frozen=True)
class StoryCommands:
    """The arguments of ``prepare_link``: story, other story, state, reason, who asks.

    Both that prepare raise `UsageError` for what cannot be done. What is sent is decided by a worker, later.
    """

    prepare: Callable[[CorrectionRequest, str], PreparedCorrection]
    send: Callable[[PreparedCorrection], None]
    prepare_link: Callable[[str, str, LinkState, str, str], LinkRequest]
    send_link: Callable[[LinkRequest], None]


@dataclass(frozen=True)
class FollowedCommands:
    """Both raise `UsageError` for what cannot be followed; ``by_text`` takes a second of CPU time."""

    by_article: Callable[[str], Followed]
    by_text: Callable[[str], Followed]


@dataclass(frozen=True)
class Commands:
    """All raise `Unavailable` while a server is away. The last argument of those that write says who does it.

    ``check_track``: raises `UsageError` for a new track that another one equals, or that workers have no room for.
    ``show_track``: the JSON object of `track show`, without the secret. ``letters``: all dead letters; ``rejected``:
    the bytes of the message that one was made of.
    ``replay``: raises `UsageError` for a letter of a topic that no stage reads; ``drop``: the reason comes second.
    """

    status: Callable[[], StatusView]
    tracks: Callable[[], Sequence[Track]]
    check_track: Callable[[Track, Sequence[Track]], None]
    write_tracks: Callable[[Sequence[Edit[Track]], str], None]
    show_track: Callable[[Track], dict[str, Any]]
    letters: Callable[[], Sequence[DeadLetter]]
    rejected: Callable[[DeadLetter], bytes]
    replay: Callable[[Sequence[DeadLetter], str], None]
    drop: Callable[[Sequence[DeadLetter], str, str], None]
    deliveries: DeliveryCommands
    receivers: ReceiverCommands
    stories: StoryCommands
    followed: FollowedCommands

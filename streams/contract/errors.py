"""Every error that Storywatch raises on purpose, as one tree: the class says what happens next.

StorywatchError
├── Rejected            permanent: this input can never pass; it becomes a dead letter
│   ├── Undecodable     not a message of ours, or of a newer schema than this code knows
│   ├── TooLarge        over a stated limit
│   ├── Failed          its function raised what nobody expected
│   ├── Poison          killed a process of the pool, or overran its time, when it was tried again
│   └── CrashLoop       ended the process of its stage three times
├── SetAside            not yet: this input needs longer than others should wait; it is tried again beside them
├── Unavailable         transient: a server is away or busy; the same work is tried again
├── FatalError          this process must end before it does harm; the line says the way out
└── UsageError          what a person asked for cannot be done; the line says what to do instead
"""

from typing import ClassVar


class StorywatchError(Exception):
    """Base of all errors raised on purpose. ``str(error)`` is one clear line for a person."""

    label: ClassVar[str]  # name of the class in metrics and in the headers of dead letters

    def __init_subclass__(cls) -> None:
        cls.label = vars(cls).get("label", cls.__name__)


class Rejected(StorywatchError):
    """This input can never pass this stage, however often it is tried."""


class Undecodable(Rejected):
    """The bytes are not a message of ours, or of a schema version that this code does not know."""


class TooLarge(Rejected):
    """Over a stated limit of size, depth or time."""


class Failed(Rejected):
    """An exception that nobody expected, of a function that handled this input. The text begins with its name."""


class Poison(Rejected):
    """The input killed a process of the pool, or overran its time, and did so again when it was run once more."""


class CrashLoop(Rejected):
    """The input ended the process of its stage again and again, the last times with nothing else in hand."""

    label = "Deadly"


class SetAside(StorywatchError):
    """The input overran the time of a first try, or ended its process: it is tried again, and nobody waits for it."""


class Unavailable(StorywatchError):
    """A server is away or busy: nothing is wrong with the input."""


class FatalError(StorywatchError):
    """Going on could lose or double something: end this process with this line."""


class UsageError(StorywatchError):
    """A command cannot be carried out as asked; the text says what to do instead."""

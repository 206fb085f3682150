"""The tree of errors that Storywatch raises on purpose: the class says what happens next.

StorywatchError
├── Rejected            permanent: this input can never pass; it becomes a dead letter
│   ├── Undecodable     not one of our messages, or of a newer schema than this code knows
│   ├── TooLarge        over a stated limit
│   ├── Failed          its handler raised an unexpected exception
│   ├── Poison          killed a process of the pool, or overran its time, on its second attempt
│   └── CrashLoop       ended the process of its stage three times
├── SetAside            not yet: this input needs longer than others should wait; it is tried again beside them
├── Unavailable         transient: a server is away or busy; the same work is tried again
├── FatalError          this process must end before it does harm; the text says how to recover
└── UsageError          a command cannot be carried out as asked; the text says what to do instead
"""

from typing import ClassVar


class StorywatchError(Exception):
    """Base of all errors raised on purpose. ``str(error)`` is one line for a person."""

    label: ClassVar[str]  # name of the class in metrics and in the headers of dead letters

    def __init_subclass__(cls) -> None:
        cls.label = vars(cls).get("label", cls.__name__)


class Rejected(StorywatchError):
    """This input can never pass this stage, however often it is tried."""


class Undecodable(Rejected):
    """The bytes are not one of our messages, or of a schema version that this code does not know."""


class TooLarge(Rejected):
    """Over a stated limit of size, depth or time."""


class Failed(Rejected):
    """The handler raised an unexpected exception for this input. The text begins with its name."""


class Poison(Rejected):
    """The input killed a process of the pool, or overran its time, on both attempts."""


class CrashLoop(Rejected):
    """The input ended the process of its stage repeatedly, the last times with no other one in flight."""

    label = "Deadly"


class SetAside(StorywatchError):
    """The input overran the time of a first attempt, or ended its process: it is tried again, beside the others."""


class Unavailable(StorywatchError):
    """A server is away or busy; nothing is wrong with the input."""


class FatalError(StorywatchError):
    """Going on could lose or duplicate something: this process ends with this line."""


class UsageError(StorywatchError):
    """A command cannot be carried out as asked; the text says what to do instead."""

"""An exception in, the code that the command ends with out. No other module knows these numbers."""

import errno

from streams.contract.errors import StorywatchError, Unavailable, UsageError

OK = 0
REFUSED = 1
USAGE_ERROR = 2
UNAVAILABLE = 3
BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

TABLE = (
    (OK, "done; worker, watch and listen also after Ctrl-C, which is how they end"),
    (REFUSED, "some of the input was refused, or what was asked for failed"),
    (USAGE_ERROR, "the command cannot be carried out as asked; the line says what to do instead"),
    (UNAVAILABLE, "Kafka or Elasticsearch is not there; the line says which address and how to start it"),
    (BUG, "a bug; --debug shows where"),
    (INTERRUPTED, "Ctrl-C"),
)

# failures of the machine and not of the code: full or read-only disk, too many open files, missing rights
_OF_THE_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENFILE})


def code_of(error: BaseException) -> int:
    """The exit code for what a command raised."""
    if isinstance(error, Unavailable):
        return UNAVAILABLE
    if isinstance(error, UsageError):
        return USAGE_ERROR
    if isinstance(error, StorywatchError):
        return REFUSED
    if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
        return REFUSED
    return BUG

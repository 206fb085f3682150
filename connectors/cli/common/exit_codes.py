"""Exit codes of the commands, and the exceptions that lead to them."""

import errno

from streams.contract.errors import StorywatchError, Unavailable, UsageError

OK = 0
REFUSED = 1
USAGE_ERROR = 2
UNAVAILABLE = 3
BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

TABLE = (
    (OK, "success; worker, watch, serve and listen also end with 0 after Ctrl-C"),
    (REFUSED, "some of the input was refused, or the operation failed"),
    (USAGE_ERROR, "the command cannot be carried out as given; the error line says what to do instead"),
    (UNAVAILABLE, "Kafka or Elasticsearch does not answer; the error line names its address and how to start it"),
    (BUG, "a bug; --debug shows the traceback"),
    (INTERRUPTED, "Ctrl-C"),
)

# failures of the machine, not of the code: full or read-only disk, too many open files, missing permissions
_MACHINE_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENFILE})


def code_of(error: BaseException) -> int:
    """Return the exit code for an exception that a command raised."""
    if isinstance(error, Unavailable):
        return UNAVAILABLE
    if isinstance(error, UsageError):
        return USAGE_ERROR
    if isinstance(error, StorywatchError):
        return REFUSED
    if isinstance(error, OSError) and error.errno in _MACHINE_ERRORS:
        return REFUSED
    return BUG

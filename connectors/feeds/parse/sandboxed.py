"""The process of `connectors.feeds.parse.sandbox`: requests on stdin, answers on stdout.

``python -m connectors.feeds.parse.sandboxed CPU_SECONDS MEMORY_BYTES``. SIGPROF ends the process when one text takes
more CPU time than that, also inside a library's C code.
"""

import os
import resource
import signal
import sys
from typing import IO

import html_text

from connectors.feeds.parse.feed import parse
from connectors.feeds.parse.sandbox import CountWords, ParseFeed, SandboxResult, read_message, write_message
from streams.cleaning.page.decode import decode
from streams.contract.errors import Rejected, StorywatchError, TooLarge


def main(cpu_seconds: float, memory_bytes: int) -> None:
    """Answer until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the watcher handles Ctrl-C and ends this process
    answers: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library's output must not mix with the answers
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    while (message := read_message(sys.stdin.buffer, ParseFeed | CountWords)) is not None:
        signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
        done = _done(message)
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        write_message(answers, done)


def _done(message: ParseFeed | CountWords) -> SandboxResult:
    try:
        if isinstance(message, ParseFeed):
            feed = parse(message.content, url=message.url, content_type=message.content_type, charset=message.charset)
            return SandboxResult(feed=feed)
        return SandboxResult(words=len(html_text.extract_text(decode(message.content, message.charset)).split()))
    except MemoryError:
        return SandboxResult(refused="needs too much memory to be read", too_large=True)
    except StorywatchError as error:
        return SandboxResult(refused=str(error), too_large=isinstance(error, TooLarge))
    except Exception as error:  # of a library that parses pages
        return SandboxResult(refused=str(Rejected(f"cannot be read: {type(error).__name__}")))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))

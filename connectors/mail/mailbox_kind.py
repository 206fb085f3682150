"""Mailboxes as a kind of source: each new message of an IMAP folder is an article, as one of an mbox file.

The position is the UID of the last message that was taken. UIDs only grow, until the server changes the UIDVALIDITY of
the folder: it is then read as at the first poll, and what is known comes again with the same ids.
"""

import asyncio
import contextlib
import imaplib
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from imap_tools import ImapToolsError
from imap_tools.errors import UnexpectedCommandStatusError
from msgspec.structs import replace

from connectors.connectivity import failure_reason
from connectors.files.items import RefusedInput
from connectors.http.net import Resolve, check_addresses, look_up, shown
from connectors.mail.mailbox import Mailbox
from connectors.mail.message import read
from connectors.sources import references
from connectors.sources.addresses import MailboxAddress, parse_mailbox
from connectors.sources.kind import Arrival, Step
from streams.contract.errors import Rejected, StorywatchError, Unavailable
from streams.contract.messages import Lane, SourceState, WatchedSource
from streams.runtime.metrics import report_unexpected
from streams.runtime.settings import Settings

MAX_MESSAGES = 500  # of one poll; the others come with the next ones
MAX_MAILBOXES = 16  # that are read at once

T = TypeVar("T")


class MailboxKind:
    """Polls mailboxes, each in a thread of its own. ``report`` gets one line for what is worth knowing."""

    interval_seconds = None

    def __init__(
        self,
        settings: Settings,
        *,
        report: Callable[[str], None],
        now: Callable[[], datetime],
        resolve: Resolve = look_up,
    ) -> None:
        self._timeout_seconds = settings.fetch_timeout_seconds
        self._live = timedelta(days=settings.live_days)
        self._report = report
        self._now = now
        self._resolve = resolve
        self._threads = ThreadPoolExecutor(MAX_MAILBOXES, thread_name_prefix="mailbox")

    async def poll(self, source: WatchedSource, state: SourceState) -> AsyncGenerator[Step, None]:
        """As `connectors.sources.kind.Kind.poll`."""
        address = parse_mailbox(source.url)
        password = await asyncio.to_thread(references.password, source)
        addresses = await self._addresses(address, source)
        mailbox = Mailbox(addresses, address, self._timeout_seconds)
        try:
            validity, following = await self._run(mailbox, lambda: mailbox.open(password))
            last = _position(state.cursor, validity)
            if last is None:
                since = self._now() - self._live
                uids = await self._run(mailbox, lambda: mailbox.since(since.date()))
                self._report(f"{shown(source.url)}: it is read from {since:%Y-%m-%d} on")
            else:
                after = last
                uids = await self._run(mailbox, lambda: mailbox.after(after))
            for uid in uids[:MAX_MESSAGES]:
                step = await self._run(mailbox, partial(self._article, mailbox, uid, source))
                if step is not None:
                    yield step
                last = uid
                state = replace(state, cursor=f"{validity}:{last}")
                yield state
            if len(uids) <= MAX_MESSAGES:
                last = max(last or 0, following - 1)
        finally:
            mailbox.cut()
            self._threads.submit(mailbox.close)  # which waits for what still runs
        yield replace(state, cursor=f"{validity}:{last}", title=address.folder, polled=True)

    def close(self) -> None:
        """No further polls."""
        self._threads.shutdown(wait=False)

    async def _addresses(self, address: MailboxAddress, source: WatchedSource) -> Sequence[str]:
        """The addresses of the host, all of which may be reached."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await self._resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"cannot reach {address.host}: {failure_reason(error, str(error))}") from error
        check_addresses(address.host, found, allow_private=source.allow_private)
        return found

    async def _run(self, mailbox: Mailbox, work: Callable[[], T]) -> T:
        """Do a piece of work with a mailbox in a thread, in limited time.

        Raises `Rejected` for what the server refuses, and `Unavailable` if it does not answer.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except asyncio.CancelledError:
            mailbox.cut()
            raise
        except imaplib.IMAP4.abort as error:
            raise Unavailable(f"the connection has ended: {_line(error)}") from error
        except (imaplib.IMAP4.error, ImapToolsError) as error:
            raise Rejected(f"the mail server refuses: {_line(error)}") from error
        except TimeoutError as error:
            mailbox.cut()
            raise Unavailable(f"no complete answer within {self._timeout_seconds:g} s") from error
        except OSError as error:
            raise Unavailable(f"the mail server cannot be reached: {failure_reason(error, _line(error))}") from error

    def _article(self, mailbox: Mailbox, uid: int, source: WatchedSource) -> Arrival | RefusedInput | None:
        """The article of a message; None if it is not there any more."""
        place = f"{shown(source.url)};UID={uid}"
        now = self._now()
        try:
            content = mailbox.message(uid)
            if content is None:
                return None
            mail = read(content, now)
            old = mail.sent is not None and mail.sent < now - self._live
            lane = Lane.BACKFILL if old else source.lane
            article = mail.arrive(fetched_at=now, received_at=now, lane=lane, origin=shown(source.url))
            return Arrival(article, published=mail.sent)
        except Rejected as error:
            return RefusedInput(place, str(error))
        except (OSError, imaplib.IMAP4.error, ImapToolsError, StorywatchError):
            raise  # of the connection
        except Exception as error:  # the last resort: an unexpected error costs one message
            return RefusedInput(place, report_unexpected("line", error))


def _position(cursor: str | None, validity: int) -> int | None:
    """The UID of the last message that was taken; None at the first poll, and where UIDs have changed their meaning."""
    before, _, last = (cursor or "").partition(":")
    with contextlib.suppress(ValueError):
        if int(before) == validity:
            return int(last)
    return None


def _line(error: Exception) -> str:
    """What went wrong, in the server's own words where it gave some."""
    said = str(error)
    if isinstance(error, UnexpectedCommandStatusError):
        status, data = error.command_result
        words = b" ".join(one for one in data if isinstance(one, bytes)).decode("utf-8", "replace")
        said = f"{status} {words}"
    return shown(" ".join(said.split()) or type(error).__name__)

"""Limits how often a consumer fetches: at once when little comes, together when much comes.

A fetch costs the broker and the client about half a millisecond each, whatever it returns. Without a limit the next one
goes out as soon as one message is there; with it, the messages of a twentieth of a second share one.
"""

from dataclasses import dataclass

HOLD_MS = 500  # by the broker, until there is data: idle, two fetches a second
HOLD_PART_MS = 25  # of a fetch without some partitions, which would have to wait until it is back
EVERY_SECONDS = 0.05
AT_ONCE = 20  # fetches that may go out without a pause after a quiet second


@dataclass
class TokenBucket:
    """A token bucket: `AT_ONCE` fetches at once, one every `EVERY_SECONDS` in the long run.

    Its state is the time at which the bucket would be full again (the generic cell rate algorithm, ATM Forum 1996).
    """

    full_at: float = 0.0

    def left(self, now: float) -> float:
        """Seconds until the next fetch may go out; 0 or less: it may now."""
        return self.full_at - (AT_ONCE - 1) * EVERY_SECONDS - now

    def count(self, now: float) -> None:
        """A fetch goes out."""
        self.full_at = max(self.full_at, now) + EVERY_SECONDS

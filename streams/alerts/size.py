"""The size limit of alerts, under which every state of a delivery fits a message and a row."""

from msgspec.structs import replace

from streams.contract.codec import encode
from streams.contract.errors import TooLarge
from streams.contract.messages import MAX_VALUE_BYTES, Deliverable, Delivery

MAX_BYTES = MAX_VALUE_BYTES - 100_000  # room for twenty answers, each with an error of 500 characters


def check_size(alert: Deliverable) -> None:
    """Raise `TooLarge` for an alert that leaves no room for the outcomes of its delivery."""
    size = len(encode(replace(alert, delivery=Delivery(status="pending"))))
    if size > MAX_BYTES:
        raise TooLarge(f"an alert of {size:,} bytes, over the limit of {MAX_BYTES:,}")

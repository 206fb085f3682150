"""The two lanes that an article can come in by: small, since each command that names one loads it."""

from enum import StrEnum


class Lane(StrEnum):
    """Live articles go first and may fire alerts; backfilled ones fire only for tracks that ask for it."""

    LIVE = "live"
    BACKFILL = "backfill"

"""The two lanes by which articles arrive. A small module, since every command that names a lane imports it."""

from enum import StrEnum


class Lane(StrEnum):
    """Live articles go first and may fire alerts; backfilled ones fire only for tracks with ``backfill``."""

    LIVE = "live"
    BACKFILL = "backfill"

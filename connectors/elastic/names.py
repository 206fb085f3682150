"""Names of indices and aliases, by family (articles, stories, ...) and time.

They have no prefix; the writer and the queries put `Settings.index_prefix` before them.
"""

from datetime import UTC, datetime
from enum import StrEnum

LAYOUT = "v1"  # a mapping that cannot be changed in place gets new indices under the next one


class Family(StrEnum):
    """One kind of document; its value is the read alias without the prefix."""

    ARTICLES = "articles"
    STORIES = "stories"
    ALERTS = "alerts"
    DEADLETTERS = "deadletters"
    AUDIT = "audit"
    LINKS = "links"
    NOTICES = "notices"


# not stories, which are few and may take an article years later; not dead letters, whose resolution may come first
MONTHLY = frozenset({Family.ARTICLES, Family.ALERTS, Family.NOTICES})
DELIVERIES = (Family.ALERTS, Family.NOTICES)  # what is sent to receivers


def index_name(family: Family, when: datetime | None = None) -> str:
    """The index of a document of this family and time, such as ``articles-v1-2031.05``.

    ``when`` must never change for one document: `_id` is unique within an index only. Families that are not
    `MONTHLY` have one index whatever the time.
    """
    if family not in MONTHLY:
        return f"{family}-{LAYOUT}"
    if when is None:
        raise ValueError(f"{family} have an index a month: a time is needed")
    month = when.astimezone(UTC)
    return f"{family}-{LAYOUT}-{month.year:04}.{month.month:02}"


def index_pattern(family: Family) -> str:
    """A pattern that matches every index of a family and nothing else."""
    return f"{family}-{LAYOUT}-*" if family in MONTHLY else f"{family}-{LAYOUT}"


def sample_name(family: Family) -> str:
    """A name that `index_pattern` matches and no document gets, to ask the server for the mapping of such an index."""
    return index_name(family, datetime(1970, 1, 1, tzinfo=UTC))


def family_of(index: str) -> Family:
    """The family of an index name without prefix. Raises `ValueError` for another name."""
    return Family(index.partition("-")[0])

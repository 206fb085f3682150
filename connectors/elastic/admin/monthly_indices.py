"""Lists and deletes monthly indices."""

import re
from dataclasses import dataclass
from datetime import datetime

from elasticsearch import Elasticsearch

from connectors.elastic.client import translated_errors
from connectors.elastic.names import MONTHLY, Family, index_pattern

_MONTH = re.compile(r"-(\d{4})\.(\d{2})$")


@dataclass(frozen=True)
class MonthlyIndex:
    """One index. ``year`` and ``month``: when its documents were first seen. ``documents``: their number."""

    index: str
    family: Family
    year: int
    month: int
    documents: int

    def age(self, now: datetime) -> int:
        """Calendar months before the one of ``now``."""
        return (now.year - self.year) * 12 + now.month - self.month


def list_monthly(client: Elasticsearch, prefix: str) -> list[MonthlyIndex]:
    """All monthly indices, the oldest of each family first. Raises `Unavailable`."""
    found: list[MonthlyIndex] = []
    with translated_errors(client):
        for family in sorted(MONTHLY):
            for index in sorted(client.indices.get_mapping(index=f"{prefix}{index_pattern(family)}")):
                named = _MONTH.search(index)
                if named is not None:
                    count = int(client.count(index=index)["count"])
                    found.append(MonthlyIndex(index, family, int(named[1]), int(named[2]), count))
    return found


def delete(client: Elasticsearch, month: MonthlyIndex) -> None:
    """Delete a month, if it still exists. Raises `Unavailable`."""
    with translated_errors(client):
        client.options(ignore_status=404).indices.delete(index=month.index)

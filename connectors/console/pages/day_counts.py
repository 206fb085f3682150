"""Documents a day for each of many values of a field, with one request."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from connectors.elastic.names import Family
from connectors.elastic.read import clauses as q
from connectors.elastic.read.index import Index

DAY = timedelta(days=1)


def counts_a_day(
    index: Index, family: Family, field: str, values: Sequence[str], days: int, now: datetime
) -> dict[str, list[int]]:
    """Value -> number of documents on each of the last days (UTC), the last one is today."""
    counts = {value: [0] * days for value in values}
    if not values:
        return counts
    begin = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - (days - 1) * DAY
    by_day = {"date_histogram": {"field": "@timestamp", "calendar_interval": "1d", "min_doc_count": 1}}
    answer = index.aggregate(
        family,
        q.all_of([{"terms": {field: list(values)}}, *q.between(begin, None)]),
        {"values": {"terms": {"field": field, "size": len(values)}, "aggs": {"days": by_day}}},
    )
    for value in answer.get("values", {}).get("buckets", []):
        for day in value["days"]["buckets"]:
            place = (datetime.fromtimestamp(day["key"] / 1000, UTC) - begin) // DAY
            if 0 <= place < days and value["key"] in counts:
                counts[value["key"]][place] = day["doc_count"]
    return counts

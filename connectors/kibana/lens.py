"""Panels of Lens, Kibana's editor of charts: what a panel shows, as data -> the JSON that a dashboard holds.

A panel is one table of columns. Buckets come first, in the order in which they split the documents; metrics follow.
A column names its operation as Lens does, and from it follows the aggregation that Kibana sends.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from connectors.elastic.fields import flat, properties
from connectors.elastic.names import Family
from connectors.kibana.content import SearchFilter

Json = dict[str, Any]
Operation = Literal["terms", "date_histogram", "count", "unique_count", "max", "percentile", "last_value"]
Shape = Literal["metric", "table", "bar_stacked", "bar_horizontal", "bar_percentage_stacked", "line"]

BUCKETS = frozenset({"terms", "date_histogram"})
RECORDS = "___records___"  # the field that stands for documents
LAYER = "layer"
_TYPES = {"keyword": "string", "date": "date", "boolean": "boolean"}  # of the mapping -> of Lens; else number


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a panel's table."""

    label: str
    operation: Operation
    field: str = RECORDS
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class LensPanel:
    """A chart, table or single number of a family's documents.

    ``by_story``: the first column is a story's id, with drill-downs to its articles and to the console.
    ``unfiltered``: the controls and the query bar do not apply, as its documents lack the fields that they ask for.
    """

    title: str
    family: Family
    shape: Shape
    columns: tuple[Column, ...]
    filters: tuple[SearchFilter, ...] = ()
    by_story: bool = False
    unfiltered: bool = False


def by(label: str, name: str, size: int = 10) -> Column:
    """The most frequent values, or those with the highest first metric."""
    return Column(label, "terms", name, {"size": size})


def over_time() -> Column:
    return Column("Time", "date_histogram", "@timestamp")


def count(label: str, name: str = RECORDS) -> Column:
    """The number of documents, or of those with a value of ``name``."""
    return Column(label, "count", name)


def unique(label: str, name: str) -> Column:
    return Column(label, "unique_count", name)


def highest(label: str, name: str) -> Column:
    return Column(label, "max", name)


def percentile(label: str, name: str, percent: int) -> Column:
    return Column(label, "percentile", name, {"percentile": percent})


def latest(label: str, name: str) -> Column:
    """The value of the latest document."""
    return Column(label, "last_value", name, {"sortField": "@timestamp", "showArrayValues": True})


def attributes(panel: LensPanel, view: str) -> tuple[Json, list[Json]]:
    """The panel's ``attributes``, and its references to the data view ``view``."""
    references = [_reference(view, f"indexpattern-datasource-layer-{LAYER}")]
    filters = []
    for number, one in enumerate(panel.filters):
        name = f"filter-index-pattern-{number}"
        meta = {"type": "custom", "key": "query", "alias": one.label, "disabled": False, "negate": one.negate}
        filters.append({"$state": {"store": "appState"}, "meta": {**meta, "index": name}, "query": one.query})
        references.append(_reference(view, name))
    layer = {
        "columnOrder": list(_ids(panel)),
        "columns": dict(zip(_ids(panel), _columns(panel), strict=True)),
        "incompleteColumns": {},
        "ignoreGlobalFilters": panel.unfiltered,
        "sampling": 1,
    }
    state = {
        "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
        "visualization": _visualization(panel),
        "query": {"query": "", "language": "kuery"},
        "filters": filters,
        "internalReferences": [],
        "adHocDataViews": {},
    }
    kind = {"metric": "lnsMetric", "table": "lnsDatatable"}.get(panel.shape, "lnsXY")
    made = {"title": panel.title, "type": "lens", "visualizationType": kind, "state": state, "references": references}
    return made, references


def _reference(view: str, name: str) -> Json:
    return {"type": "index-pattern", "id": view, "name": name}


def _ids(panel: LensPanel) -> Iterator[str]:
    return (f"column-{number}" for number in range(len(panel.columns)))


def _columns(panel: LensPanel) -> Iterator[Json]:
    kinds = {path: definition["type"] for path, definition in flat(properties(panel.family))}
    # the values of a bucket are ordered by the first metric, which has to be a number
    numbers = (f"column-{at}" for at, one in enumerate(panel.columns) if one.operation not in {*BUCKETS, "last_value"})
    ordered_by = {"type": "column", "columnId": next(numbers, None)}
    for one in panel.columns:
        copied = one.operation in ("terms", "last_value", "max", "date_histogram")  # the value is one of the field
        kind = _TYPES.get(kinds[one.field], "number") if copied else "number"
        params = dict(one.params)
        if one.operation == "terms":
            params |= {"orderBy": ordered_by, "orderDirection": "desc", "otherBucket": False, "missingBucket": False}
            params["parentFormat"] = {"id": "terms"}
        elif one.operation == "date_histogram":
            params |= {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
        elif one.operation != "last_value":
            params["emptyAsNull"] = False
        scales = {"date_histogram": "interval", "terms": "ordinal"}
        yield {
            "label": one.label,
            "customLabel": True,
            "operationType": one.operation,
            "sourceField": one.field,
            "dataType": kind,
            "isBucketed": one.operation in BUCKETS,
            "scale": scales.get(one.operation, "ordinal" if kind == "string" else "ratio"),
            "params": params,
        }


def _visualization(panel: LensPanel) -> Json:
    layer = {"layerId": LAYER, "layerType": "data"}
    if panel.shape == "metric":
        return {**layer, "metricAccessor": next(_ids(panel))}
    if panel.shape == "table":
        return {**layer, "columns": [{"columnId": one} for one in _ids(panel)], "paging": {"size": 10, "enabled": True}}
    columns = dict(zip(_ids(panel), panel.columns, strict=True))
    buckets = [one for one in columns if columns[one].operation in BUCKETS]
    # along time where there is time, and split by the other bucket
    along = next((one for one in buckets if columns[one].operation == "date_histogram"), buckets[0])
    split = [one for one in buckets if one != along]
    drawn = {
        **layer,
        "seriesType": panel.shape,
        "xAccessor": along,
        **({"splitAccessor": split[0]} if split else {}),
        "accessors": [one for one in columns if one not in buckets],
    }
    legend = {"isVisible": bool(split) or len(drawn["accessors"]) > 1, "position": "right"}
    return {"preferredSeriesType": panel.shape, "legend": legend, "valueLabels": "hide", "layers": [drawn]}

"""`content.py` -> Kibana's saved objects, in the format of its import."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.elastic.names import Family, index_pattern
from connectors.kibana.content import (
    CHARTS,
    DASHBOARD,
    DASHBOARD_TITLE,
    SEARCHES,
    VIEWS,
    Chart,
    SavedSearch,
    SearchFilter,
)

CORE_VERSION = (
    "8.8.0"  # the form of the objects is that of this Kibana; newer ones bring it up to date when they import
)
SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"
DASHBOARD_COLUMNS = 48

Object = dict[str, Any]


def saved_objects(prefix: str) -> list[Object]:
    """All objects, referenced ones first. ``prefix`` is that of the indices: ``storywatch-``, after a topic prefix."""
    views = [_view(family, prefix) for family in VIEWS]
    return [*views, *(_search(one) for one in SEARCHES), *(_chart(one) for one in CHARTS), _dashboard()]


def ndjson(prefix: str) -> str:
    """The text of the file: one object per line."""
    return "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in saved_objects(prefix))


def aggregations(chart: Chart) -> list[dict[str, Any]]:
    """A chart's metric and buckets, as Kibana stores them."""
    kind, name = chart.metric
    measured: Object = {"percents": [50, 95, 99]} if kind == "percentiles" else {}
    of: Object = {"field": name} if name else {}
    found = [_aggregation("1", kind, "metric", {**of, **measured, "customLabel": chart.labels[1]})]
    if chart.by is not None:
        order = {"orderBy": "_key", "order": "asc"} if measured else {"orderBy": "1", "order": "desc"}
        params = {"field": chart.by, "size": chart.size, **order, "customLabel": chart.labels[0]}
        found.append(_aggregation("2", "terms", "bucket", params))
    elif kind == "count":
        params = {"field": "@timestamp", "interval": "auto", "min_doc_count": 1}
        found.append(_aggregation("2", "date_histogram", "segment", params))
    return found


def _aggregation(number: str, kind: str, schema: str, params: Object) -> Object:
    return {"id": number, "enabled": True, "type": kind, "schema": schema, "params": params}


def _view_id(family: Family) -> str:
    return f"storywatch-{family}"


def _object(
    kind: str, name: str, attributes: Object, references: Iterable[Object] = (), form: str = CORE_VERSION
) -> Object:
    return {
        "id": name,
        "type": kind,
        "attributes": attributes,
        "references": list(references),
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": form,
    }


def _view(family: Family, prefix: str) -> Object:
    attributes = {
        "title": f"{prefix}{index_pattern(family)}",
        "name": VIEWS[family],
        "timeFieldName": "@timestamp",
        "allowNoIndex": True,  # before the first article there is none
    }
    return _object("index-pattern", _view_id(family), attributes, form="8.0.0")


def _source(family: Family, filters: Sequence[SearchFilter]) -> tuple[Object, list[Object]]:
    """The query of a search or chart, and its references to the data view."""
    view = {"type": "index-pattern", "id": _view_id(family)}
    names = [f"{SOURCE}.index", *(f"{SOURCE}.filter[{number}].meta.index" for number in range(len(filters)))]
    search_source = {
        "query": {"query": "", "language": "kuery"},
        "filter": [
            {
                "$state": {"store": "appState"},
                "meta": {
                    "type": "custom",
                    "key": "query",
                    "alias": one.label,
                    "disabled": False,
                    "negate": one.negate,
                    "indexRefName": name,
                },
                "query": one.query,
            }
            for one, name in zip(filters, names[1:], strict=True)
        ],
        "indexRefName": names[0],
    }
    return {"searchSourceJSON": json.dumps(search_source, sort_keys=True)}, [{"name": name, **view} for name in names]


def _search(saved: SavedSearch) -> Object:
    source, references = _source(saved.family, saved.filters)
    time_range = {"from": saved.range[0], "to": saved.range[1]} if saved.range else None
    attributes = {
        "title": f"Storywatch: {saved.title}",
        "description": saved.description,
        "columns": list(saved.columns),
        "sort": [list(one) for one in saved.sort],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": time_range is not None,
        **({"timeRange": time_range} if time_range else {}),
        "kibanaSavedObjectMeta": source,
    }
    return _object("search", f"storywatch-{saved.id}", attributes, references, form="10.5.0")


def _chart(chart: Chart) -> Object:
    source, references = _source(chart.family, chart.filters)
    kind = "histogram" if chart.by is None and chart.metric[0] == "count" else "metric" if chart.by is None else "table"
    state = {"title": chart.title, "type": kind, "aggs": aggregations(chart), "params": _style(kind, chart)}
    attributes = {
        "title": f"Storywatch: {chart.title}",
        "description": "",
        "visState": json.dumps(state, sort_keys=True),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": source,
    }
    return _object("visualization", f"storywatch-{chart.id}", attributes, references, form="8.5.0")


def _style(kind: str, chart: Chart) -> Object:
    """The parameters that Kibana writes for a new chart of this kind."""
    if kind == "table":
        return {"perPage": 10, "showPartialRows": False, "showMetricsAtAllLevels": False, "showTotal": False}
    if kind == "metric":
        style = {"bgFill": "#000", "bgColor": False, "labelColor": False, "subText": "", "fontSize": 60}
        shown = {"labels": {"show": True}, "metricColorMode": "None", "colorsRange": [{"from": 0, "to": 10000}]}
        return {"type": "metric", "addTooltip": True, "addLegend": False, "metric": {**shown, "style": style}}
    axis = {"show": True, "style": {}, "labels": {"show": True, "filter": True, "truncate": 100}}
    across = {
        **axis,
        "id": "CategoryAxis-1",
        "type": "category",
        "position": "bottom",
        "scale": {"type": "linear"},
        "title": {},
    }
    up = {
        **axis,
        "id": "ValueAxis-1",
        "name": "LeftAxis-1",
        "type": "value",
        "position": "left",
        "scale": {"type": "linear", "mode": "normal"},
        "title": {"text": chart.labels[1]},
    }
    drawn = {
        "show": True,
        "type": "histogram",
        "mode": "stacked",
        "data": {"label": chart.labels[1], "id": "1"},
        "valueAxis": "ValueAxis-1",
    }
    return {
        "type": "histogram",
        "grid": {"categoryLines": False},
        "categoryAxes": [across],
        "valueAxes": [up],
        "seriesParams": [drawn],
        "addTooltip": True,
        "addLegend": False,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
    }


def _dashboard() -> Object:
    charts = {one.id for one in CHARTS}
    panels, references = [], []
    x = y = height = 0
    for number, (id_, w, h) in enumerate(DASHBOARD, 1):
        if x + w > DASHBOARD_COLUMNS:
            x, y, height = 0, y + height, 0
        kind, key = ("visualization" if id_ in charts else "search"), str(number)
        panels.append(
            {
                "type": kind,
                "gridData": {"x": x, "y": y, "w": w, "h": h, "i": key},
                "panelIndex": key,
                "embeddableConfig": {"enhancements": {}},
                "panelRefName": f"panel_{key}",
                "version": CORE_VERSION,
            }
        )
        references.append({"name": f"{key}:panel_{key}", "type": kind, "id": f"storywatch-{id_}"})
        x, height = x + w, max(height, h)
    attributes = {
        "title": DASHBOARD_TITLE,
        "description": "What came in, who was new to a story, what fired.",
        "panelsJSON": json.dumps(panels, sort_keys=True),
        "optionsJSON": json.dumps({"useMargins": True, "hidePanelTitles": False}, sort_keys=True),
        "timeRestore": True,
        "timeFrom": "now-24h",
        "timeTo": "now",
        "version": 1,
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []}, sort_keys=True)
        },
    }
    return _object("dashboard", "storywatch-dashboard", attributes, references, form="8.7.0")

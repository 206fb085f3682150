"""`content.py` -> Kibana's saved objects, in the format of its import."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.elastic.names import Family, index_pattern
from connectors.kibana.content import SEARCHES, VIEWS, SavedSearch, SearchFilter
from connectors.kibana.dashboards import DASHBOARDS, Control, Dashboard, DashboardId, Links, Panel
from connectors.kibana.lens import LensPanel, attributes
from connectors.kibana.view_fields import descriptions, formats
from streams.runtime.settings import Settings

VERSIONS = ("8.19", "9.2")  # of Kibana: each gets a file of its own
CORE_VERSION = "8.8.0"  # the last change of what all objects have in common
DASHBOARD_FORM = "10.3.0"  # with sections: that of 8.19, and of 9.1 and 9.2
SOURCE = "kibanaSavedObjectMeta.searchSourceJSON"
DASHBOARD_COLUMNS = 48

Object = dict[str, Any]


def saved_objects(settings: Settings, version: str) -> list[Object]:
    """All objects for a ``version`` of Kibana: data views first, then what refers to them.

    They are of the indices of ``settings``, and link to the console at its ``public_url``, else on this machine.
    """
    console = (settings.public_url or f"http://{settings.serve_host}:{settings.serve_port}").rstrip("/")
    views = [_view(family, settings.index_prefix, console) for family in VIEWS]
    searches = [_search(one) for one in SEARCHES]
    return [*views, *searches, *(_dashboard(one, console, version) for one in DASHBOARDS)]


def ndjson(settings: Settings, version: str) -> str:
    """The text of the file: one object per line."""
    made = saved_objects(settings, version)
    return "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in made)


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


def _view(family: Family, prefix: str, console: str) -> Object:
    attributes = {
        "title": f"{prefix}{index_pattern(family)}",
        "name": VIEWS[family],
        "timeFieldName": "@timestamp",
        "allowNoIndex": True,  # before the first article there is none
        "fieldFormatMap": json.dumps(formats(family, console), sort_keys=True),
        "fieldAttrs": json.dumps(descriptions(family), sort_keys=True),
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


def _dashboard(dashboard: Dashboard, console: str, version: str) -> Object:
    panels: list[Object] = []
    sections: list[Object] = []
    references: list[Object] = []
    top = dashboard.panels
    height = max((at["y"] + at["h"] for at in _places(top)), default=0)
    groups = [(None, top), *((f"section-{at}", one.panels) for at, one in enumerate(dashboard.sections, 1))]
    for section, shown in groups:
        for panel, place in zip(shown, _places(shown), strict=True):
            key = str(len(panels) + 1)
            made, needed = _panel(panel, key, console)
            grid = {**place, "i": key, **({"sectionId": section} if section else {})}
            panels.append({**made, "panelIndex": key, "gridData": grid, "version": f"{version}.0"})
            references += [{**one, "name": f"{key}:{one['name']}"} for one in needed]
    for at, one in enumerate(dashboard.sections, 1):
        grid = {"y": height + at, "i": f"section-{at}"}
        sections.append({"title": one.title, "collapsed": one.collapsed, "gridData": grid})
    controls, needed = _controls(dashboard.controls)
    no_query = {"query": {"query": "", "language": "kuery"}, "filter": []}
    made = {
        "title": dashboard.title,
        "description": dashboard.description,
        "controlGroupInput": controls,
        "panelsJSON": json.dumps(panels, ensure_ascii=False, sort_keys=True),
        "sections": sections,
        "optionsJSON": json.dumps({"useMargins": True, "syncCursor": True, "hidePanelTitles": False}, sort_keys=True),
        "timeRestore": True,
        "timeFrom": dashboard.since,
        "timeTo": "now",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(no_query, sort_keys=True)},
    }
    return _object("dashboard", _dashboard_id(dashboard.id), made, [*references, *needed], form=DASHBOARD_FORM)


def _dashboard_id(name: DashboardId) -> str:
    return f"storywatch-{name}"


def _places(panels: Sequence[Panel]) -> Iterator[Object]:
    """One panel beside the other, as many as a row has room for."""
    x = y = height = 0
    for panel in panels:
        if x + panel.width > DASHBOARD_COLUMNS:
            x, y, height = 0, y + height, 0
        yield {"x": x, "y": y, "w": panel.width, "h": panel.height}
        x, height = x + panel.width, max(height, panel.height)


def _panel(panel: Panel, key: str, console: str) -> tuple[Object, list[Object]]:
    """The panel without its place, and its references, whose names the dashboard puts ``key`` before."""
    if isinstance(panel.shows, LensPanel):
        shown, references = attributes(panel.shows, _view_id(panel.shows.family))
        events, needed = _drilldowns(console) if panel.shows.by_story else ([], [])
        config = {"attributes": shown, "enhancements": {"dynamicActions": {"events": events}}}
        return {"type": "lens", "title": panel.shows.title, "embeddableConfig": config}, [*references, *needed]
    if isinstance(panel.shows, Links):
        links, references = _links(panel.shows, console)
        config = {"attributes": {"layout": "horizontal", "links": links}, "enhancements": {}}
        return {"type": "links", "embeddableConfig": config}, references
    name = f"panel_{key}"
    made = {"type": "search", "embeddableConfig": {"enhancements": {}}, "panelRefName": name}
    return made, [{"name": name, "type": "search", "id": f"storywatch-{panel.shows}"}]


def _links(links: Links, console: str) -> tuple[list[Object], list[Object]]:
    made: list[Object] = []
    references = []
    for label, dashboard in links.dashboards:
        key = f"link-{len(made)}"
        name = f"link_{key}_dashboard"
        options = {"useCurrentFilters": False, "useCurrentDateRange": True, "openInNewTab": False}
        one = {"type": "dashboardLink", "destinationRefName": name, "options": options}
        made.append({**one, "id": key, "order": len(made), "label": label})
        references.append({"name": name, "type": "dashboard", "id": _dashboard_id(dashboard)})
    for label, path in links.pages:
        options = {"openInNewTab": True, "encodeUrl": True}
        one = {"type": "externalLink", "destination": f"{console}{path}", "options": options}
        made.append({**one, "id": f"link-{len(made)}", "order": len(made), "label": f"Console: {label}"})
    return made, references


def _drilldowns(console: str) -> tuple[list[Object], list[Object]]:
    """From a story's id in a table to its articles on the other dashboard, and to its page of the console."""
    to_articles = {
        "factoryId": "DASHBOARD_TO_DASHBOARD_DRILLDOWN",
        "name": "Articles of the story",
        "config": {"useCurrentFilters": True, "useCurrentDateRange": True, "openInNewTab": False},
    }
    to_console = {
        "factoryId": "URL_DRILLDOWN",
        "name": "Story in the console",
        "config": {
            "url": {"template": f"{console}/stories/{{{{event.value}}}}"},
            "openInNewTab": True,
            "encodeUrl": True,
        },
    }
    events = [
        {"eventId": "articles", "triggers": ["FILTER_TRIGGER"], "action": to_articles},
        {"eventId": "console", "triggers": ["VALUE_CLICK_TRIGGER"], "action": to_console},
    ]
    name = "drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:articles:dashboardId"
    return events, [{"name": name, "type": "dashboard", "id": _dashboard_id("dashboard-story")}]


def _controls(controls: Sequence[Control]) -> tuple[Object, list[Object]]:
    panels, references = {}, []
    for order, one in enumerate(controls):
        key = f"control-{order}"
        asked = {"id": key, "fieldName": one.field, "title": one.title, "selectedOptions": [], "enhancements": {}}
        panels[key] = {
            "type": "optionsListControl",
            "order": order,
            "width": "medium",
            "grow": True,
            "explicitInput": asked,
        }
        name = f"controlGroup_{key}:optionsListDataView"
        references.append({"name": name, "type": "index-pattern", "id": _view_id(one.family)})
    heeded = ("ignoreFilters", "ignoreQuery", "ignoreTimerange", "ignoreValidations")
    group = {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "showApplySelections": False,
        "ignoreParentSettingsJSON": json.dumps(dict.fromkeys(heeded, False)),
        "panelsJSON": json.dumps(panels, sort_keys=True),
    }
    return group, references

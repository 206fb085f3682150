"""deploy/kibana: what Kibana imports is whole, asks for fields that exist, and finds what it promises."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from elasticsearch import BadRequestError, Elasticsearch
from msgspec.structs import replace

from connectors.elastic.fields import flat, properties
from connectors.elastic.names import Family, index_pattern
from connectors.elastic.write.documents import (
    IndexDocument,
    alert_document,
    article_document,
    change_document,
    story_document,
)
from connectors.elastic.write.letters import from_letter, from_resolution, merged
from connectors.elastic.write.writer import WriteResult
from connectors.kibana.content import SEARCHES, VIEWS, SavedSearch
from connectors.kibana.dashboards import DASHBOARDS
from connectors.kibana.lens import BUCKETS, RECORDS, LensPanel
from connectors.kibana.objects import VERSIONS, Object, ndjson, saved_objects
from connectors.kibana.view_fields import DESCRIPTIONS, PAGES, PERCENT, SECONDS
from streams.contract import messages as m
from streams.contract.stage import RecordContext
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.samples import NOON

FOLDER = Path(__file__).parents[3] / "deploy" / "kibana"
DEFAULTS = Settings.model_construct(topic_prefix="", public_url=None)


def read(version: str) -> list[Object]:
    text = (FOLDER / f"kibana-{version}.ndjson").read_text()
    return [json.loads(line) for line in text.splitlines()]


OBJECTS = read("9.2")


def dashboards(objects: list[Object]) -> Iterator[tuple[Object, list[Object]]]:
    """Each dashboard with its panels."""
    for one in objects:
        if one["type"] == "dashboard":
            yield one, json.loads(one["attributes"]["panelsJSON"])


PANELS = [
    (f"{one.id}-{panel.shows.title}", panel.shows)
    for one in DASHBOARDS
    for group in (one.panels, *(section.panels for section in one.sections))
    for panel in group
    if isinstance(panel.shows, LensPanel)
]
every_panel = pytest.mark.parametrize("panel", [panel for _, panel in PANELS], ids=[name for name, _ in PANELS])
every_search = pytest.mark.parametrize("saved", SEARCHES, ids=lambda saved: saved.id)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_file_is_what_the_data_makes(version: str) -> None:
    assert (FOLDER / f"kibana-{version}.ndjson").read_text() == ndjson(DEFAULTS, version), (
        f"make it again: python -m connectors.kibana {version} > deploy/kibana/kibana-{version}.ndjson"
    )


def test_each_file_says_of_which_kibana_its_panels_are() -> None:
    for version in VERSIONS:
        assert {panel["version"] for _, panels in dashboards(read(version)) for panel in panels} == {f"{version}.0"}


def test_no_object_is_there_twice_and_all_references_lead_to_one() -> None:
    known = [(one["type"], one["id"]) for one in OBJECTS]
    assert len(known) == len(set(known))
    assert {kind for kind, _ in known} == {"index-pattern", "search", "dashboard"}
    for one in OBJECTS:
        assert {(reference["type"], reference["id"]) for reference in one["references"]} <= set(known), one["id"]


def test_every_reference_name_is_used_where_kibana_reads_it() -> None:
    for one in OBJECTS:
        source = one["attributes"].get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}")
        asked = json.loads(source)
        used = [asked["indexRefName"]] if "indexRefName" in asked else []
        used += [filter_["meta"]["indexRefName"] for filter_ in asked.get("filter", [])]
        for panel in json.loads(one["attributes"].get("panelsJSON", "[]")):
            used += [f"{panel['panelIndex']}:{name}" for name in names_in(panel)]
        controls = one["attributes"].get("controlGroupInput", {}).get("panelsJSON", "{}")
        used += [f"controlGroup_{key}:optionsListDataView" for key in json.loads(controls)]
        assert sorted(used) == sorted(reference["name"] for reference in one["references"]), one["id"]


def names_in(panel: Object) -> Iterator[str]:
    """The references that Kibana looks for in a panel, without the panel's key."""
    if panel["type"] == "search":
        yield panel["panelRefName"]
        return
    shown = panel["embeddableConfig"]["attributes"]
    if panel["type"] == "links":
        yield from (link["destinationRefName"] for link in shown["links"] if link["type"] == "dashboardLink")
        return
    yield from (
        f"indexpattern-datasource-layer-{key}" for key in shown["state"]["datasourceStates"]["formBased"]["layers"]
    )
    yield from (one["meta"]["index"] for one in shown["state"]["filters"])
    for event in panel["embeddableConfig"]["enhancements"]["dynamicActions"]["events"]:
        if event["action"]["factoryId"] == "DASHBOARD_TO_DASHBOARD_DRILLDOWN":
            yield f"drilldown:DASHBOARD_TO_DASHBOARD_DRILLDOWN:{event['eventId']}:dashboardId"


def test_panels_are_in_a_section_and_do_not_overlap() -> None:
    for dashboard, panels in dashboards(OBJECTS):
        sections = {one["gridData"]["i"]: one["gridData"]["y"] for one in dashboard["attributes"]["sections"]}
        assert len(set(sections.values())) == len(sections)
        taken: set[tuple[str | None, int, int]] = set()
        for panel in panels:
            place = panel["gridData"]
            section = place.get("sectionId")
            assert section is None or section in sections
            assert place["x"] + place["w"] <= 48
            cells = {
                (section, place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])
            }
            assert not cells & taken
            taken |= cells
        bottom = max(y for section, _, y in taken if section is None)
        assert all(y > bottom for y in sections.values())


def test_the_first_dashboard_has_its_sections_and_controls() -> None:
    (first, _), (second, _) = dashboards(OBJECTS)
    titles = [one["title"] for one in first["attributes"]["sections"]]
    assert titles == ["What moves", "Sources", "Copies", "Alerts and deliveries", "Stages"]
    fields = ["article.language", "publisher.country", "publisher.name", "article.kind", "track.name"]
    assert [one["explicitInput"]["fieldName"] for one in controls_of(first)] == fields
    assert "story.id" in [one["explicitInput"]["fieldName"] for one in controls_of(second)]


def controls_of(dashboard: Object) -> list[Object]:
    made = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
    return sorted(made.values(), key=lambda one: one["order"])


def test_a_story_leads_to_its_articles_and_to_the_console() -> None:
    [events] = [
        panel["embeddableConfig"]["enhancements"]["dynamicActions"]["events"]
        for _, panels in dashboards(OBJECTS)
        for panel in panels
        if panel["embeddableConfig"]["enhancements"].get("dynamicActions", {}).get("events")
    ]
    kinds = {event["action"]["factoryId"]: event["action"]["config"] for event in events}
    assert kinds["URL_DRILLDOWN"]["url"]["template"] == "http://127.0.0.1:8470/stories/{{event.value}}"
    assert kinds["DASHBOARD_TO_DASHBOARD_DRILLDOWN"]["useCurrentFilters"]
    first, _ = next(dashboards(OBJECTS))
    [target] = {one["id"] for one in first["references"] if ":drilldown:" in one["name"]}
    assert target == "storywatch-dashboard-story"


def test_links_and_formats_use_the_public_address() -> None:
    made = ndjson(DEFAULTS.model_copy(update={"public_url": "https://desk.example.com/"}), "9.2")
    assert "https://desk.example.com/stories/{{event.value}}" in made
    assert "https://desk.example.com/articles/{{value}}" in made
    assert "127.0.0.1" not in made


# --- fields -------------------------------------------------------------------------------------------------------


def fields_in(query: Any) -> Iterator[str]:
    """The fields that a query in Elasticsearch's language asks for."""
    if isinstance(query, list):
        for one in query:
            yield from fields_in(one)
    elif isinstance(query, dict):
        for name, inner in query.items():
            if name == "exists":
                yield inner["field"]
            elif name in ("match_phrase", "range"):
                yield from inner
            else:
                yield from fields_in(inner)


def mapped(family: Family) -> dict[str, str]:
    return {path: definition["type"] for path, definition in flat(properties(family))}


@every_search
def test_every_field_of_a_search_is_mapped(saved: SavedSearch) -> None:
    asked = {name for one in saved.filters for name in fields_in(one.query)}
    sorted_by = {name for name, _ in saved.sort}
    kinds = mapped(saved.family)
    assert {*saved.columns, *asked, *sorted_by} <= set(kinds)
    assert all(kinds[name] != "text" for name in sorted_by), "text cannot be sorted by"
    assert bool(asked) == bool(saved.filters), "else the test sees no field of a filter"


# what Lens allows for each operation, by the types of our mappings
NUMBERS = {"integer", "long", "float", "double"}
FITTING = {
    "terms": {"keyword", "boolean", *NUMBERS},
    "date_histogram": {"date"},
    "count": {"keyword", "boolean", "date", *NUMBERS},
    "unique_count": {"keyword", "boolean", "date", *NUMBERS},
    "max": {"date", *NUMBERS},
    "percentile": NUMBERS,
    "last_value": {"keyword", "boolean", "date", *NUMBERS},
}


@every_panel
def test_every_field_of_a_panel_is_mapped_and_fits(panel: LensPanel) -> None:
    kinds = {**mapped(panel.family), RECORDS: "long"}
    for column in panel.columns:
        assert kinds[column.field] in FITTING[column.operation], column
    assert {name for one in panel.filters for name in fields_in(one.query)} <= set(kinds)


@every_panel
def test_every_panel_has_the_columns_of_its_shape(panel: LensPanel) -> None:
    buckets = [one for one in panel.columns if one.operation in BUCKETS]
    metrics = panel.columns[len(buckets) :]
    assert panel.columns[: len(buckets)] == tuple(buckets), "buckets first"
    assert metrics
    if panel.shape == "metric":
        assert (len(buckets), len(metrics)) == (0, 1)
    elif panel.shape != "table":
        assert len(buckets) == 1 or len(metrics) == 1, "split by a bucket or into metrics, not both"
        assert len(buckets) in (1, 2)
    if panel.by_story:
        assert panel.columns[0].field == "story.id"


def test_every_field_of_a_control_is_a_keyword() -> None:
    for one in DASHBOARDS:
        assert {mapped(control.family)[control.field] for control in one.controls} == {"keyword"}


def test_formats_and_descriptions_are_of_fields_that_exist() -> None:
    every = {path: kind for family in VIEWS for path, kind in mapped(family).items()}
    assert set(DESCRIPTIONS) <= set(every)
    assert {every[path] for path in PERCENT | SECONDS} <= NUMBERS
    assert {every[path] for path in PAGES} == {"keyword"}


def test_each_view_has_the_formats_of_its_fields() -> None:
    views = {one["id"]: one["attributes"] for one in OBJECTS if one["type"] == "index-pattern"}
    shown = json.loads(views["storywatch-articles"]["fieldFormatMap"])
    assert shown["article.id"]["params"]["urlTemplate"] == "http://127.0.0.1:8470/articles/{{value}}"
    assert shown["story.id"]["params"]["urlTemplate"] == "http://127.0.0.1:8470/stories/{{value}}"
    assert shown["article.copy.similarity"]["id"] == "percent"
    assert shown["article.seconds_to_file"]["params"]["inputFormat"] == "seconds"
    described = json.loads(views["storywatch-audit"]["fieldAttrs"])
    assert described.keys() == {"@timestamp"}


# --- what they find -----------------------------------------------------------------------------------------------


def article(
    name: str,
    *,
    new: bool = False,
    relation: m.Relation = m.Relation.ORIGINAL,
    edit: m.Edit | None = None,
    **changes: Any,
) -> IndexDocument:
    filed = samples.filed(name, **changes)
    copy = m.CopyVerdict(relation=relation, group="first" if relation is not m.Relation.ORIGINAL else name)
    coverage = replace(filed.coverage, new=new)
    # an edit takes nothing from what the article brought, whatever the verdict on it says
    brought = m.Brought(source=samples.SOURCE, at=NOON) if new else None
    if edit is not None:
        coverage = replace(coverage, new=False)
    changed = replace(filed, copy=copy, coverage=coverage, edit=edit, first_seen=NOON, brought=brought)
    return article_document(changed, RecordContext(0, 7, NOON + timedelta(seconds=2)))


@pytest.fixture
def stored(written: Callable[..., list[WriteResult]], client: Elasticsearch) -> Elasticsearch:
    """One document for each search to find, and others for it not to find."""
    unsure = m.Timestamp(value=NOON, precision="day", source="text", confidence=0.2)
    documents = [
        article("plain", entities=(), publisher=None),
        article("new", new=True),
        article("new-and-edited", new=True, edit=m.Edit(number=1, added=("A crack.",), removed=0)),
        article("backfilled", new=True, lane=m.Lane.BACKFILL),
        article("wire", relation=m.Relation.WIRE),
        article("updated", relation=m.Relation.UPDATE),
        article("unsure", published=unsure),
        article("slow", received_at=NOON - timedelta(seconds=60)),
        article("edited", edit=m.Edit(number=2, added=("A third crack.",), removed=0)),
        story_document(samples.update(7)),
        story_document(
            replace(samples.update(8), story=samples.story(id="alone", sources=samples.story().sources[:1]))
        ),
        alert_document(samples.alert("refused")),
        alert_document(samples.alert("taken", delivery=m.Delivery(status="delivered", attempts=1, at=NOON, code=200))),
        letter("waits"),
        letter("refused-again", attempt=1),
        letter("dropped", "dropped"),
        letter("sent", "sent"),
        only_resolved("unknown"),
        change_document(samples.change()),
    ]
    assert all(outcome is not None for outcome in written(*documents))
    return client


def letter(name: str, became: Literal["sent", "passed", "dropped"] | None = None, attempt: int = 0) -> IndexDocument:
    half = from_letter(samples.letter(name, attempt))
    if became is not None:
        half = merged(half, from_resolution(samples.resolution(became, letter=name, attempt=1), samples.AT))
    return IndexDocument("deadletters-v1", name, 1, half)


def only_resolved(name: str) -> IndexDocument:
    """As when the letter itself is gone from its topic."""
    return IndexDocument("deadletters-v1", name, 1, from_resolution(samples.resolution(letter=name), samples.AT))


ALL = {"plain", "new", "new-and-edited", "backfilled", "wire", "updated", "unsure", "slow", "edited"}
EXPECTED: dict[str, set[str]] = {
    "search-story-timeline": ALL,
    "search-new-sources-today": {"new", "new-and-edited"},
    "search-by-entity": ALL - {"plain"},
    "search-by-publisher-and-language": ALL - {"plain"},
    "search-wire-copies": {"wire"},
    "search-rewritten": {"edited", "new-and-edited"},
    "search-unsure-dates": {"unsure"},
    "search-slow-articles": {"slow"},
    "search-stories-with-sources": {"story-one"},
    "search-alerts": {"refused", "taken"},
    "search-alerts-not-delivered": {"refused"},
    "search-dead-letters": {"waits", "refused-again", "dropped", "sent"},
    "search-dead-letters-resolved": {"dropped"},
    "search-audit": {"change-one"},
}


def search_source(name: str, settings: Settings) -> tuple[str, dict[str, Any]]:
    """Where and what Kibana asks for a saved search, read from the objects that it imports."""
    objects = {one["id"]: one for one in saved_objects(settings, "9.2")}
    found = objects[f"storywatch-{name}"]
    [view] = {reference["id"] for reference in found["references"]}
    asked = json.loads(found["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    clauses: dict[str, list[Any]] = {"filter": [], "must_not": []}
    for one in asked["filter"]:
        clauses["must_not" if one["meta"]["negate"] else "filter"].append(one["query"])
    return objects[view]["attributes"]["title"], {"bool": clauses}


def test_every_search_finds_what_it_promises_and_nothing_else(stored: Elasticsearch, settings: Settings) -> None:
    found = {}
    for saved in SEARCHES:
        index, query = search_source(saved.id, settings)
        sort = [{name: {"order": order, "unmapped_type": "boolean"}} for name, order in saved.sort]
        answer = stored.search(index=index, query=query, sort=sort, size=100)
        found[saved.id] = {hit["_id"] for hit in answer["hits"]["hits"]}
    assert found == EXPECTED


def test_dead_letters_that_wait_come_first(stored: Elasticsearch, settings: Settings) -> None:
    [saved] = [one for one in SEARCHES if one.id == "search-dead-letters"]
    index, query = search_source(saved.id, settings)
    hits = stored.search(index=index, query=query, sort=[{name: order} for name, order in saved.sort])["hits"]["hits"]
    first, *_, last = [hit["_id"] for hit in hits]
    assert (first, last) == ("refused-again", "dropped")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_panel_counts_something(version: str, stored: Elasticsearch, settings: Settings) -> None:
    objects = {one["id"]: one for one in saved_objects(settings, version)}
    for dashboard, panels in dashboards(list(objects.values())):
        references = {one["name"]: one["id"] for one in dashboard["references"]}
        for panel in panels:
            if panel["type"] != "lens":
                continue
            state = panel["embeddableConfig"]["attributes"]["state"]
            [(key, layer)] = state["datasourceStates"]["formBased"]["layers"].items()
            view = references[f"{panel['panelIndex']}:indexpattern-datasource-layer-{key}"]
            answer = stored.search(
                index=objects[view]["attributes"]["title"],
                query={"bool": {"filter": [one["query"] for one in state["filters"]]}},
                aggs=asked_for(layer, percentiles=has_percentiles(stored)),
                size=0,
            )
            assert answer["hits"]["total"]["value"], panel["title"]
            check_results(answer.get("aggregations", {}))


def check_results(results: dict[str, Any]) -> None:
    """Each bucket has documents, and each metric a value."""
    for key, result in results.items():
        if not key.startswith("column-"):
            continue
        if "buckets" in result:
            assert result["buckets"], key
            for bucket in result["buckets"]:
                assert bucket["doc_count"]
                check_results(bucket)
        elif "hits" in result:
            assert result["hits"]["hits"], key
        else:
            assert None not in result.get("values", result).values(), key


def has_percentiles(client: Elasticsearch) -> bool:
    """The embedded server has none: the average instead asks the same of the field, that it is a number."""
    try:
        client.search(aggs={"one": {"percentiles": {"field": "article.seconds_to_file"}}}, size=0)
    except BadRequestError as error:
        if "Unknown aggregation type [percentiles]" in str(error):
            return False
        raise
    return True


def asked_for(layer: Object, *, percentiles: bool) -> dict[str, Any]:
    """The aggregations that Kibana makes of a layer's columns: each bucket holds the columns after it."""
    made: dict[str, Any] = {}
    for key in reversed(layer["columnOrder"]):
        column = layer["columns"][key]
        if (column["operationType"], column["sourceField"]) == ("count", RECORDS):
            continue  # every answer has the number of documents
        if column["operationType"] in BUCKETS:
            made = {key: {**bucket(column, layer["columns"]), **({"aggs": made} if made else {})}}
        else:
            made[key] = metric(column, percentiles=percentiles)
    return made


def bucket(column: Object, columns: dict[str, Object]) -> dict[str, Any]:
    params, of = column["params"], {"field": column["sourceField"]}
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {**of, "fixed_interval": "30m", "min_doc_count": 1}}
    ordered_by = params["orderBy"]["columnId"]
    path = "_count" if columns[ordered_by]["sourceField"] == RECORDS else ordered_by
    return {"terms": {**of, "size": params["size"], "order": {path: params["orderDirection"]}}}


def metric(column: Object, *, percentiles: bool) -> dict[str, Any]:
    params, of = column["params"], {"field": column["sourceField"]}
    match column["operationType"]:
        case "count":
            return {"value_count": of}
        case "unique_count":
            return {"cardinality": of}
        case "max":
            return {"max": of}
        case "percentile":
            return {"percentiles": {**of, "percents": [params["percentile"]]}} if percentiles else {"avg": of}
        case "last_value":
            return {"top_hits": {"size": 1, "sort": [{params["sortField"]: "desc"}], "docvalue_fields": [of]}}
    raise AssertionError(f"Lens has more operations than this test translates: {column['operationType']}")


def test_each_view_is_of_the_indices_that_are_written() -> None:
    views = {one["id"]: one["attributes"]["title"] for one in OBJECTS if one["type"] == "index-pattern"}
    assert views == {f"storywatch-{family}": f"storywatch-{index_pattern(family)}" for family in VIEWS}

"""`docs/metrics.md` lists every metric as it is made, and each is told by some part of the pipeline.

`tests/pipeline/test_operating.py` compares the page with the ``/metrics`` of a running worker.
"""

from prometheus_client import REGISTRY, Histogram

from streams.runtime import metrics
from tests.runtime.documented_metrics import METRICS, ROOT, described, documented


def test_the_page_lists_every_metric_as_it_is_made() -> None:
    assert documented() == {
        described(metric).name: (described(metric).type, described(metric).documentation, metric._labelnames)
        for metric in METRICS.values()
    }


def test_every_metric_is_told_by_some_module() -> None:
    code = "".join(path.read_text() for folder in ("streams", "connectors") for path in (ROOT / folder).rglob("*.py"))
    assert [name for name in METRICS if f"metrics.{name}." not in code] == []
    for moment in ("stored", "alerted", "delivered"):
        assert f'END_TO_END_SECONDS.labels("{moment}")' in code


def test_names_say_their_unit_and_none_is_made_elsewhere() -> None:
    ours = {one.name for one in REGISTRY.collect() if one.name.startswith("storywatch_")}
    assert ours == {described(metric).name for metric in METRICS.values()}
    histograms = [described(metric).name for metric in METRICS.values() if isinstance(metric, Histogram)]
    assert all(name.endswith("_seconds") for name in histograms)


def test_what_rules_look_for_begins_at_0() -> None:
    """The first dead letter or failed delivery has to be a rise, or the rule for it would not see it."""
    metrics.expect("test-stage")
    for error in ("Rejected", "Undecodable", "TooLarge", "Poison"):
        where = {"stage": "test-stage", "error": error}
        assert REGISTRY.get_sample_value("storywatch_dead_letters_total", where) == 0.0
    assert REGISTRY.get_sample_value("storywatch_retries_total", {"stage": "test-stage"}) == 0.0
    assert REGISTRY.get_sample_value("storywatch_deliveries_total", {"outcome": "failed"}) is not None
    assert REGISTRY.get_sample_value("storywatch_alerts_total", {"decision": "fired"}) is not None

"""The metrics and labels that PromQL uses, compared with those of a worker and of Prometheus."""

import re

from prometheus_client import Counter, Histogram

from tests.runtime.documented_metrics import METRICS, described

TARGET_LABELS = {"job", "instance", "process"}  # by Prometheus, from deploy/prometheus/targets.yml
HISTOGRAM_LABELS = {"le"}
CLIENT = {
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_open_fds",
}
PROMETHEUS = {"up"}

SELECTOR = re.compile(r"\b([a-z_][a-z0-9_]*)\s*(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left)\s*\(([^)]*)\)")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
QUOTED = re.compile(r'"[^"]*"')


def series() -> dict[str, set[str]]:
    """Name of each series that can be asked for -> its labels."""
    found = {name: set(TARGET_LABELS) for name in CLIENT | PROMETHEUS}
    for metric in METRICS.values():
        name, labels = described(metric).name, {*metric._labelnames, *TARGET_LABELS}
        if isinstance(metric, Histogram):
            found |= {f"{name}_bucket": labels | HISTOGRAM_LABELS, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[f"{name}_total" if isinstance(metric, Counter) else name] = labels
    return found


def metrics_in(expression: str) -> set[str]:
    """Whatever looks like a metric of ours, of the client's or of Prometheus'."""
    names = {name for name, _ in SELECTOR.findall(QUOTED.sub('""', expression))}
    return {name for name in names if name.startswith(("storywatch_", "process_")) or name in PROMETHEUS}


def wrong_with(expression: str) -> list[str]:
    """Metrics and labels that do not exist."""
    known = series()
    used = metrics_in(expression)
    problems = [f"no metric {name}" for name in sorted(used - set(known))]
    if not used:
        problems.append("it asks for no metric")
    has: set[str] = set().union(*(known.get(name, set()) for name in used))
    for name, matchers in SELECTOR.findall(expression):
        if name in known:
            wanted = set(MATCHER.findall(QUOTED.sub('""', matchers)))
            problems += [f"{name} has no label {label}" for label in sorted(wanted - known[name])]
    for group in GROUPING.findall(expression):
        wanted = {label.strip() for label in group.split(",") if label.strip()}
        problems += [f"no label {label} in {sorted(used)}" for label in sorted(wanted - has)]
    return problems

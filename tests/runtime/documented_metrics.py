"""The metrics as they are made, and as `docs/metrics.md` lists them."""

import re
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, Metric

from streams.runtime import metrics

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `(storywatch_\w+)` \| (\w+) \| (.*?) \| (.*) \|$", re.MULTILINE)
METRICS = {name: value for name, value in vars(metrics).items() if isinstance(value, Counter | Gauge | Histogram)}


def described(metric: Counter | Gauge | Histogram) -> Metric:
    [found] = metric.describe()
    return found


def documented() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Name without ``_total`` -> type, meaning and labels of each metric on the page."""
    listed = {}
    for name, kind, labels, meaning in ROW.findall((ROOT / "docs" / "metrics.md").read_text()):
        assert name.endswith("_total") == (kind == "counter")
        listed[name.removesuffix("_total")] = (kind, meaning, tuple(re.findall(r"`(\w+)`", labels)))
    return listed

"""``make bench``: measures, prints ``name value`` a line and writes ``build/bench.json``. STACK: embedded or real."""

import os
import tempfile
from pathlib import Path
from typing import cast

from deploy.stack import Kind
from tests.bench import api, backfill, console, deliveries, feeds, hops, idle, pipeline, push, recovery
from tests.bench.report import report


def main(stack: Kind) -> None:
    print(f"stack: {stack}")
    with tempfile.TemporaryDirectory(prefix="storywatch-bench-") as folder:
        report(pipeline.measure(_new(folder, "pipeline"), stack))
        report(backfill.measure(_new(folder, "backfill"), stack))
        report(deliveries.measure(_new(folder, "deliveries"), stack))
        report(push.measure(_new(folder, "push"), stack))
        report(api.measure(_new(folder, "api"), stack))
        report(console.measure(_new(folder, "console"), stack))
        report(feeds.measure(_new(folder, "feeds"), stack))
        report(hops.measure(_new(folder, "hops"), stack))
        report(idle.measure(_new(folder, "idle"), stack))
        if stack == "real":  # a dead member of a group is never expelled on the embedded stack
            report(recovery.measure(_new(folder, "recovery")))


def _new(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    main(cast("Kind", os.environ.get("STACK", "embedded")))

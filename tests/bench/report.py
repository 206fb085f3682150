"""Prints measured values, one per line, and writes them to ``build/bench.json``."""

import json
from collections.abc import Mapping
from pathlib import Path

RESULTS = Path("build/bench.json")


def report(values: Mapping[str, float]) -> None:
    """Print the values and merge them into the file: what another benchmark wrote stays."""
    known: dict[str, float] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    known.update({name: round(value, 4) for name, value in values.items()})
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    for name, value in values.items():
        print(f"{name} {value:.3f}")

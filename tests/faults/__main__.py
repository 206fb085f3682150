"""``python -m tests.faults``: injects faults into workers on a real stack and reports what was lost or doubled.

``N=200`` faults by default, ``SEED=`` another order and other articles, ``QUICK=1`` one of each quick kind at most,
``OUTAGE=`` seconds that Elasticsearch is away. Writes ``build/faults.json``; exit code 1 when anything that should be
0 is not.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

from streams.contract.errors import StorywatchError
from tests.faults.plan import Plan
from tests.faults.show import play

RESULTS = Path("build/faults.json")


def main() -> int:
    given = os.environ
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--faults", type=int, default=int(given.get("N") or 200))
    parser.add_argument("--seed", type=int, default=int(given.get("SEED") or 1))
    parser.add_argument("--quick", action="store_true", default=bool(given.get("QUICK")), help="quick kinds only")
    parser.add_argument(
        "--outage", type=float, default=float(given.get("OUTAGE") or 60), help="of Elasticsearch, seconds"
    )
    parser.add_argument("--only", default=given.get("ONLY") or "", help="faults whose name contains this")
    parser.add_argument("--folder", type=Path, help="keep logs and data in this folder")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # servers and a mounted disk are to end
    plan = Plan(asked.faults, asked.seed, quick=asked.quick, outage_seconds=asked.outage, only=asked.only)
    try:
        if asked.folder is not None:
            asked.folder.mkdir(parents=True, exist_ok=True)
            return play(asked.folder, plan, RESULTS)
        with tempfile.TemporaryDirectory(prefix="storywatch-faults-") as folder:
            return play(Path(folder), plan, RESULTS)
    except StorywatchError as error:
        print(f"faults: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""The command of the quality gate: arguments and environment in, an exit code out. See docs/quality.md."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from streams.errors import Misuse
from tests.quality import gate
from tests.quality.data import SHARED, Data
from tests.quality.figures import FIGURES
from tests.quality.floors import FLOORS

PROCESSES = 2  # what a developer's machine can spare, and CI has
BUILD = Path("build")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("--raise", dest="raises", action="store_true", help="pin what is reached as the new floors")
    parser.add_argument("--lower", metavar="NAME", help="pin what is reached for one figure that is below its floor")
    parser.add_argument("--reason", default="", help="why it has to be lowered; kept beside the floors")
    given = parser.parse_args(arguments)
    if given.raises and given.lower:
        parser.error("--raise or --lower, not both")
    only = os.environ.get("ONLY", "")
    if given.lower in FIGURES and not only:
        only = FIGURES[given.lower].task
    try:
        request = gate.Request(
            data=Data(eval=Path(os.environ.get("EVAL") or SHARED / "eval"), shared=SHARED),
            floors=FLOORS,
            build=BUILD,
            only=gate.tasks(only),
            raises=given.raises,
            lower=given.lower,
            reason=given.reason,
        )
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as workers:
            return gate.run(request, workers)
    except Misuse as error:
        sys.stderr.write(f"{error}\n")
        return gate.MISUSE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

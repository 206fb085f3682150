"""The command of the quality gate. See docs/quality.md."""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from streams.contract.errors import UsageError
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
    only, folder = os.environ.get("ONLY", ""), os.environ.get("EVAL")
    if given.lower in FIGURES and not only:
        only = FIGURES[given.lower].task
    try:
        _check(folder, moves_floors=given.raises or given.lower is not None)
        request = gate.Request(
            data=Data(eval=Path(folder) if folder else SHARED / "eval", shared=SHARED),
            floors=FLOORS,
            build=BUILD,
            only=gate.tasks(only),
            raises=given.raises,
            lower=given.lower,
            reason=given.reason,
        )
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as workers:
            return gate.run(request, workers)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return gate.MISUSE


def _check(folder: str | None, *, moves_floors: bool) -> None:
    if folder and moves_floors:
        raise UsageError("the floors are those of ../shared/eval: leave EVAL away to move them")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""``python -m streams APP PORT RESTARTS`` runs one app of a worker in this process, started by the supervisor."""

import os
import sys

from streams.runtime.processes.process import kill_on_parent_exit


def main(arguments: list[str]) -> int:
    kill_on_parent_exit(os.getppid())
    from streams.worker import run_one  # here, because processes of the pool import this module too

    name, port, restarts = arguments
    return run_one(name, int(port), int(restarts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

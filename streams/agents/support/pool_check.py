"""Checks what operators bring to the pool before its processes start, which could only end when it is wrong."""

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from streams.agents.support import pool_tasks
from streams.contract import plugins
from streams.contract.errors import UsageError

PATIENCE_SECONDS = 120.0  # loading takes a few; a busy machine needs longer


def check(publishers: Path | None, weights: Path | None, seconds: float = PATIENCE_SECONDS) -> None:
    """Load the publishers, weights and taggers that are not Storywatch's own, in a process that ends with them.

    Raises `UsageError` with one line if they cannot be loaded, end the process, or take longer than ``seconds``.
    """
    taggers = plugins.names("storywatch.taggers")
    if not (publishers or weights or taggers):
        return
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        pool.submit(pool_tasks.warm, publishers, weights).result(seconds)
    except BrokenProcessPool as error:
        raise UsageError(_broken(taggers, "ended its process")) from error
    except TimeoutError as error:
        raise UsageError(_broken(taggers, f"took longer than {seconds:g} s")) from error
    finally:
        for process in list(pool._processes.values()):
            process.kill()
        pool.shutdown(cancel_futures=True)


def _broken(taggers: tuple[str, ...], how: str) -> str:
    return (
        f"what the processes of the pool load {how}: repair or uninstall the packages with taggers"
        f" ({', '.join(taggers) or 'none is installed'}), or use no files of your own"
    )

"""The tagger in a process of a pool."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from streams.entities import tag
from tests.entities.conftest import unique


def test_runs_in_a_spawned_process() -> None:
    article = unique("", "Jane Roehampton spoke in Toronto on Monday.")
    assert pickle.loads(pickle.dumps(tag)) is tag  # noqa: S301 - bytes of our own
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        future = pool.submit(tag, article)
        assert future.result(timeout=60) == tag(article)

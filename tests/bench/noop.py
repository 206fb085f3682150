"""``python -m tests.bench.noop PORT``: the work app with nothing to compute, so that only the hops cost.

A raw article's page holds an article as the tagging stage sends it: cleaning unpacks it, tagging hands it on.
"""

import sys
from collections.abc import Callable
from typing import Any

import msgspec

from deploy import load_settings
from streams import worker
from streams.agents.support import pool_tasks
from streams.contract.codec import decode
from streams.contract.messages import RawArticle, TaggedArticle, UniqueArticle
from streams.contract.stage import WORK


class NoPool:
    """Stands where the pool is."""

    def __init__(self, *_: Any) -> None:
        self._tagged: dict[str, TaggedArticle] = {}

    async def ready(self, processes: int) -> None: ...

    async def close(self) -> None: ...

    async def run(self, function: Callable[..., Any], message: Any, *_: Any) -> Any:
        if function is pool_tasks.clean:
            return self._clean(message)
        return self._tag(message)

    def _clean(self, raw: RawArticle) -> Any:
        tagged = decode(raw.page(), TaggedArticle)
        self._tagged[tagged.article.id] = tagged
        return msgspec.structs.replace(tagged.article, arrival=raw.id, received_at=raw.received_at)

    def _tag(self, unique: UniqueArticle) -> TaggedArticle:
        tagged = self._tagged.pop(unique.article.id)
        return msgspec.structs.replace(
            tagged, article=unique.article, copy=unique.copy, first_seen=unique.first_seen, edit=unique.edit
        )


if __name__ == "__main__":
    worker.Pool = NoPool  # type: ignore[assignment, attr-defined]
    worker.run_app(WORK, load_settings.settings(), int(sys.argv[1]))

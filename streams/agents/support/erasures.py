"""forgotten.v1 -> whether an article may pass a stage.

A command records that an article is forgotten, and sends an empty article with its id to every partition of the stages
with rows. A stage that reads the id of a forgotten article removes its row and sends nothing, so that neither a replay
nor another fetch brings the article back.
"""

from typing import Any

from streams.agents.support.services import ErasedArticles


async def await_erasures(services: Any) -> None:
    """Wait for the erasures from before a batch, so that its messages are handled with all of them."""
    await services.forgotten.caught_up()


def is_forgotten(id_: str, known: ErasedArticles) -> bool:
    found = known.values.get(id_)
    return found is not None and found.blocked

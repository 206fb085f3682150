"""forgotten.v1, as every worker knows it, in; whether an article may pass a stage, out.

A command writes down that an article is forgotten, and sends a mere shell of it, with nothing but its id, to every
partition of the stages that keep rows. A stage that meets the id of a forgotten article, in a shell or in the article
itself, removes what it keeps of it and sends nothing on; so nothing that is replayed or fetched again brings it back.
"""

from typing import Any

from streams.agents.support.services import ErasedArticles


async def know_what_is_forgotten(services: Any) -> None:
    """What was forgotten before a message came is known when that message is handled."""
    await services.forgotten.caught_up()


def is_forgotten(id_: str, known: ErasedArticles) -> bool:
    found = known.values.get(id_)
    return found is not None and found.blocked

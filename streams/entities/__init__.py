"""Entities, quotes and numbers of an article.

`tag` and `warm` are loaded on first use: extensions import `spans`, and should not wait for the models.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streams.entities.tagging import tag, warm

__all__ = ["tag", "warm"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from streams.entities import tagging

    return getattr(tagging, name)

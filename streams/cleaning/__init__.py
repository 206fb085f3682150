"""Raw articles -> clean ones: decoding, body, title, dates, people, publisher, language, identity. No network.

`clean` and `warm` are loaded when they are first used: the edges need the small modules here (addresses, dates), and
should not wait a second for the libraries that read pages.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streams.cleaning.article import clean, warm

__all__ = ["clean", "warm"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from streams.cleaning import article

    return getattr(article, name)

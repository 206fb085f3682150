"""Raw articles -> clean articles: decoding, body, title, dates, authors, publisher, language, identity. No network.

`clean` and `warm` are imported on first use: connectors need only small modules of this package (decoding, dates) and
should not wait a second for the libraries that parse pages.
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

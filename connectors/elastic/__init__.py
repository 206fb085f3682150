"""Elasticsearch: templates that `init` makes, the writer that fills the indices, the queries that read them.

A name is imported when it is used first: a command that only asks does not load what only the store needs.
(`install` and `templates` are imported from the modules that have their names.)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.elastic.asking import Asking
    from connectors.elastic.client import async_client, sync_client
    from connectors.elastic.documents import Document, alert_document, article_document, story_document
    from connectors.elastic.names import Family
    from connectors.elastic.queries import MARK_END, MARK_START, Hit, Search, appeared
    from connectors.elastic.templates import Capabilities, Template
    from connectors.elastic.writer import Kept, Writer, Written

_MODULES = {
    "Asking": "asking",
    "Capabilities": "templates",
    "Document": "documents",
    "Family": "names",
    "Hit": "queries",
    "Kept": "writer",
    "MARK_END": "queries",
    "MARK_START": "queries",
    "Search": "queries",
    "Template": "templates",
    "Writer": "writer",
    "Written": "writer",
    "alert_document": "documents",
    "appeared": "queries",
    "article_document": "documents",
    "async_client": "client",
    "story_document": "documents",
    "sync_client": "client",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


__all__ = [
    "MARK_END",
    "MARK_START",
    "Asking",
    "Capabilities",
    "Document",
    "Family",
    "Hit",
    "Kept",
    "Search",
    "Template",
    "Writer",
    "Written",
    "alert_document",
    "appeared",
    "article_document",
    "async_client",
    "story_document",
    "sync_client",
]

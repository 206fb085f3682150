"""Elasticsearch: templates that `init` makes, the writer that fills the indices, the queries that read them.

A name is imported when it is used first: a command that only asks does not load what only the store needs.
(`install` and `templates` are imported from the modules that have their names.)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connectors.elastic.admin.templates import Capabilities, Template
    from connectors.elastic.client import async_client, sync_client
    from connectors.elastic.names import Family
    from connectors.elastic.read.asking import Asking
    from connectors.elastic.read.queries import MARK_END, MARK_START, Hit, Search, appeared
    from connectors.elastic.write.documents import Document, alert_document, article_document, story_document
    from connectors.elastic.write.writer import Kept, Writer, Written

_MODULES = {
    "Asking": "read.asking",
    "Capabilities": "admin.templates",
    "Document": "write.documents",
    "Family": "names",
    "Hit": "read.queries",
    "Kept": "write.writer",
    "MARK_END": "read.queries",
    "MARK_START": "read.queries",
    "Search": "read.queries",
    "Template": "admin.templates",
    "Writer": "write.writer",
    "Written": "write.writer",
    "alert_document": "write.documents",
    "appeared": "read.queries",
    "article_document": "write.documents",
    "async_client": "client",
    "story_document": "write.documents",
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

"""Elasticsearch: templates that `init` makes, the writer that fills the indices, the queries that read them."""

from connectors.elastic.client import async_client, sync_client
from connectors.elastic.documents import Document, alert_document, article_document, story_document
from connectors.elastic.install import install, installed, probe
from connectors.elastic.names import Family
from connectors.elastic.queries import MARK_END, MARK_START, Hit, Search, appeared
from connectors.elastic.templates import Capabilities, Template, templates
from connectors.elastic.writer import Kept, Writer, Written

__all__ = [
    "MARK_END",
    "MARK_START",
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
    "install",
    "installed",
    "probe",
    "story_document",
    "sync_client",
    "templates",
]

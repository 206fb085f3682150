"""The query language of tracks and searches (docs/queries.md): text -> a syntax tree, and its evaluation in memory.

`parse` makes the tree, `holds` evaluates it on the article of a story update, `connectors.elastic.read.clauses`
translates it for the server. `required` names the terms under which tracks are indexed, `why_broad` tells that nearly
every article answers a query.
"""

from streams.alerts.query.article import QueriedArticle
from streams.alerts.query.common_words import is_common
from streams.alerts.query.evaluate import holds
from streams.alerts.query.fields import FIELDS, ID, KEY, PUBLISHER_ID, Field, FieldKind
from streams.alerts.query.parse import parse
from streams.alerts.query.required import required, why_broad
from streams.alerts.query.shown import shown
from streams.alerts.query.source import MOST_CHARACTERS, MOST_DEPTH, MOST_WORDS
from streams.alerts.query.stored import described, parsed, typed
from streams.alerts.query.tree import ANY, Ago, All, Bound, Either, Not, Phrase, Prefix, Present, Query, Range, Value

__all__ = [
    "ANY",
    "FIELDS",
    "ID",
    "KEY",
    "MOST_CHARACTERS",
    "MOST_DEPTH",
    "MOST_WORDS",
    "PUBLISHER_ID",
    "Ago",
    "All",
    "Bound",
    "Either",
    "Field",
    "FieldKind",
    "Not",
    "Phrase",
    "Prefix",
    "Present",
    "QueriedArticle",
    "Query",
    "Range",
    "Value",
    "described",
    "holds",
    "is_common",
    "parse",
    "parsed",
    "required",
    "shown",
    "typed",
    "why_broad",
]

"""The component and index templates for a server, as data.

An index can only come from a template here: `install.py` puts them on the server, the writer uses no index whose
mapping is not strict, and under the guard template any other index under the prefix rejects every document.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from connectors.elastic.fields import FOLDED, SEARCHED, mapping
from connectors.elastic.names import MONTHLY, Family, index_pattern
from streams.contract.messages import digest

VERSION = 1  # of the templates, for people; the mapping of a server is compared field by field
PRIORITY = 500  # Elastic's own templates stay under 200; the guard must lose against ours
GUARD_PRIORITY = 400
LIFECYCLE = "lifecycle"  # the name of the policy, after the prefix


@dataclass(frozen=True)
class Capabilities:
    """Optional features of a server."""

    folding: bool  # the asciifolding token filter: accents can be ignored in a search
    lifecycle: bool  # index lifecycle management: old months can be moved or deleted by a policy


@dataclass(frozen=True)
class Template:
    """One template: ``body`` is sent to the server, ``digest`` tells whether it changed."""

    kind: Literal["component", "index"]
    name: str
    body: dict[str, Any]

    @property
    def digest(self) -> str:
        return digest(self.kind, self.name, json.dumps(self.body, sort_keys=True))


def templates(prefix: str, capabilities: Capabilities) -> list[Template]:
    """All templates, in the order in which they have to be put."""
    analysis = _analysis(prefix, capabilities)
    lifecycle = [_lifecycle(prefix)] if capabilities.lifecycle else []
    made = [analysis, *lifecycle]
    for family in Family:
        settings = _settings(prefix, family)
        parts = [analysis, settings, *(lifecycle if family in MONTHLY else [])]
        made += [settings, _index(prefix, family, [part.name for part in parts])]
    return [*made, _guard(prefix)]


def policy() -> dict[str, Any]:
    """The lifecycle policy that `init` creates where there is none. It deletes nothing; the operator may add that."""
    return {
        "phases": {
            "hot": {"actions": {"set_priority": {"priority": 100}}},
            # 45 days after its creation a month is complete, late arrivals and revisions included
            "warm": {
                "min_age": "45d",
                "actions": {"set_priority": {"priority": 50}, "forcemerge": {"max_num_segments": 1}},
            },
        }
    }


def _analysis(prefix: str, capabilities: Capabilities) -> Template:
    """The analyzer that ignores accents. Without the filter it only lowercases, and the mapping stays the same."""
    filters = ["lowercase", "asciifolding"] if capabilities.folding else ["lowercase"]
    analyzer = {"type": "custom", "tokenizer": "standard", "filter": filters}
    return Template(
        "component",
        f"{prefix}analysis",
        {"template": {"settings": {"analysis": {"analyzer": {FOLDED: analyzer}}}}},
    )


def _lifecycle(prefix: str) -> Template:
    name = f"{prefix}{LIFECYCLE}"
    return Template("component", name, {"template": {"settings": {"index.lifecycle.name": name}}})


def _settings(prefix: str, family: Family) -> Template:
    settings = {
        "number_of_shards": 1,  # good for about 50 GB a month, some ten million articles
        "auto_expand_replicas": "0-1",  # one node: none, and still green; more nodes: one
        # explicit, so that it also holds for an index that has not been searched for a while
        "refresh_interval": "1s",
        "query.default_field": list(SEARCHED[family]),
    }
    return Template("component", f"{prefix}{family}-settings", {"template": {"settings": {"index": settings}}})


def _index(prefix: str, family: Family, components: list[str]) -> Template:
    """The template of one family. `init` never writes the component ``<prefix><family>@custom``, the operator's own
    (shards, retention).

    The mapping is part of the index template, because a server validates each component alone and the fields need the
    analyzer; the settings are components, because settings of the index template would override the operator's.
    """
    custom = f"{prefix}{family}@custom"
    return Template(
        "index",
        f"{prefix}{family}",
        {
            "index_patterns": [f"{prefix}{index_pattern(family)}"],
            "composed_of": [*components, custom],
            "ignore_missing_component_templates": [custom],
            "priority": PRIORITY,
            "template": {"mappings": mapping(family), "aliases": {f"{prefix}{family}": {}}},
        },
    )


def _guard(prefix: str) -> Template:
    """Matches any other index under the prefix: strict and without fields, it takes nothing."""
    return Template(
        "index",
        f"{prefix}guard",
        {
            "index_patterns": [f"{prefix}{family}*" for family in Family],
            "priority": GUARD_PRIORITY,
            "template": {"mappings": {"dynamic": "strict"}},
        },
    )

"""`storywatch init` for Elasticsearch: puts templates on the server and reports what it did, one line each.

A worker never creates templates; it checks `installed` and exits when they are missing.
"""

from typing import Any

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from connectors.elastic.admin.templates import LIFECYCLE, VERSION, Capabilities, Template, policy, templates
from connectors.elastic.client import translated_errors
from connectors.elastic.fields import conflicts, covers, missing, properties
from connectors.elastic.names import Family, index_pattern, sample_name
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings


def detect_capabilities(client: Elasticsearch) -> Capabilities:
    """Ask the server what it supports. Raises `Unavailable` when it does not answer.

    Cluster health comes first, since the root page, which the client would request, is missing in some builds.
    """
    with translated_errors(client):
        client.cluster.health()
        return Capabilities(folding=_folds(client), lifecycle=_has_lifecycle(client))


def _folds(client: Elasticsearch) -> bool:
    try:
        client.indices.analyze(tokenizer="standard", filter=["lowercase", "asciifolding"], text="é")
    except BadRequestError:
        return False
    return True


def _has_lifecycle(client: Elasticsearch) -> bool:
    try:
        client.ilm.get_lifecycle()
    except (BadRequestError, NotFoundError):  # "no handler found", of older and newer servers
        return False
    return True


def install(client: Elasticsearch, settings: Settings) -> list[str]:
    """Put everything on the server that indices are created from. May run again at any time.

    Returns one line per item: created, updated or unchanged. Raises `Unavailable`, and `UsageError` when an existing
    index cannot hold the documents; then nothing has been changed.
    """
    prefix = settings.index_prefix
    capabilities = detect_capabilities(client)
    with translated_errors(client):
        indices = _indices(client, prefix)
        _check(prefix, indices)
        lines = [_lifecycle(client, prefix)] if capabilities.lifecycle else []
        lines += [_put(client, template) for template in templates(prefix, capabilities)]
        lines += [_extend(client, name, found, family) for name, (family, found) in indices.items()]
    if not capabilities.folding:
        lines.append("note: this server has no asciifolding filter: accents count in searches")
    if not capabilities.lifecycle:
        lines.append("note: this server has no index lifecycle management: old months stay as they are")
    return lines


def installed(client: Elasticsearch, prefix: str) -> bool:
    """Whether the templates on the server give every index the fields that this version writes.

    Simulates the indices, whatever the names and versions of templates. Raises `Unavailable` when the server is away.
    """
    with translated_errors(client):
        for family in Family:
            answer = client.indices.simulate_index_template(name=f"{prefix}{sample_name(family)}")
            if not covers(family, answer.body):
                return False
    return True


def _indices(client: Elasticsearch, prefix: str) -> dict[str, tuple[Family, dict[str, Any]]]:
    """Every index under the prefix with its family and mapping, sorted by name."""
    found: dict[str, tuple[Family, dict[str, Any]]] = {}
    for family in Family:
        answer = client.indices.get_mapping(index=f"{prefix}{family}*", expand_wildcards="all")
        ours = f"{prefix}{index_pattern(family).rstrip('*')}"
        alias = f"{prefix}{family}"
        found |= {name: (family, answer[name]["mappings"]) for name in answer if name == alias or name.startswith(ours)}
    return dict(sorted(found.items()))


def _check(prefix: str, indices: dict[str, tuple[Family, dict[str, Any]]]) -> None:
    for name, (family, found) in indices.items():
        if name == f"{prefix}{family}":
            raise UsageError(f"index {name} has the name of a read alias: delete or reindex it")
        problems = conflicts(family, found)
        if problems:
            raise UsageError(
                f"index {name} does not fit: {problems[0]}"
                + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else "")
                + ". Reindex it under another name or delete it, then run `storywatch init` again"
            )


def _lifecycle(client: Elasticsearch, prefix: str) -> str:
    """The policy is created once and then belongs to the operator."""
    name = f"{prefix}{LIFECYCLE}"
    try:
        client.ilm.get_lifecycle(name=name)
    except NotFoundError:
        client.ilm.put_lifecycle(name=name, policy=policy())
        return f"created lifecycle policy {name}"
    return f"unchanged lifecycle policy {name}"


def _put(client: Elasticsearch, template: Template) -> str:
    """Always put, so that a template changed by hand is repaired; the digest tells whether it changed."""
    before = _digest(client, template)
    meta = {"version": VERSION, "digest": template.digest}
    if template.kind == "component":
        client.cluster.put_component_template(name=template.name, **template.body, version=VERSION, meta=meta)
    else:
        client.indices.put_index_template(name=template.name, **template.body, version=VERSION, meta=meta)
    done = "created" if before is None else "unchanged" if before == template.digest else "updated"
    return f"{done} {template.kind} template {template.name}"


def _digest(client: Elasticsearch, template: Template) -> str | None:
    """The digest of the template on the server; None without one."""
    try:
        if template.kind == "component":
            body = client.cluster.get_component_template(name=template.name)["component_templates"]
        else:
            body = client.indices.get_index_template(name=template.name)["index_templates"]
    except NotFoundError:
        return None
    meta = body[0][f"{template.kind}_template"].get("_meta", {})
    return str(meta.get("digest", ""))


def _extend(client: Elasticsearch, name: str, found: dict[str, Any], family: Family) -> str:
    """Add to an existing index the fields that it lacks."""
    new = missing(family, found)
    if not new:
        return f"unchanged index {name}"
    try:
        client.indices.put_mapping(index=name, properties=properties(family))
    except ApiError as error:
        raise UsageError(f"index {name} cannot take the field {new[0]}: {error}") from error
    return f"updated index {name}: {len(new)} new fields"

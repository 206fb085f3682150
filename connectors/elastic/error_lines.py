"""Error lines about Elasticsearch, shared by all of its clients."""

from typing import Any

OLDEST = "9.0"  # older servers refuse the media type that the client library sends
BLOCKED = "cluster_block_exception"  # writes are blocked, by hand or because the disk is nearly full
UNKNOWN_MEDIA_TYPE = "media_type_header_exception"  # of a server that does not know the version of our requests


def explain(body: Any) -> str:
    """The reason in an error answer of the server, with its innermost cause, as one line."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return one_line(str(error)) or "no reason given"
    causes = []
    while isinstance(error, dict):
        causes.append(one_line(str(error.get("reason") or error.get("type") or "no reason given")))
        error = error.get("caused_by")
    return causes[0] if len(causes) == 1 else f"{causes[0]}: {causes[-1]}"


def one_line(text: str) -> str:
    return " ".join(text.split())


def unreachable(address: str, reason: str) -> str:
    return (
        f"Elasticsearch at {address} does not answer ({reason}): start it with `storywatch up` (the real stack: "
        f"`storywatch up --real`), or set STORYWATCH_ELASTICSEARCH to where it runs"
    )


def untrusted(address: str, reason: str) -> str:
    return (
        f"no trusted connection to Elasticsearch at {address}: {reason}. STORYWATCH_ELASTICSEARCH_CA_FILE has to hold "
        f"the authority that vouches for it"
    )


def unauthorized(address: str, body: Any) -> str:
    return (
        f"Elasticsearch at {address} refuses this user: check STORYWATCH_ELASTICSEARCH_API_KEY, or the user and "
        f"password in STORYWATCH_ELASTICSEARCH ({explain(body)})"
    )


def forbidden(address: str, body: Any) -> str:
    return (
        f"Elasticsearch at {address} does not let this user do this: grant what docs/deploying.md lists "
        f"({explain(body)})"
    )


def too_old(address: str) -> str:
    return f"Elasticsearch at {address} is too old: it has to be {OLDEST} or newer"


def rejected(address: str, body: Any) -> str:
    return f"Elasticsearch at {address} refuses this: {explain(body)}"


def unavailable(address: str, status: int, body: Any) -> str:
    return f"Elasticsearch at {address} is busy or in trouble (HTTP {status}: {explain(body)})"


def blocked(address: str, body: Any) -> str:
    """The server takes no writes for now; what is to be written waits."""
    return (
        f"Elasticsearch at {address} takes no writes ({explain(body)}): make room on its disk, or lift the block; "
        f"writing then resumes by itself"
    )


def bad_address(error: Exception) -> str:
    return f"STORYWATCH_ELASTICSEARCH is not an address such as http://127.0.0.1:9200: {error}"


def not_elasticsearch(address: str) -> str:
    return f"what answers at {address} is not Elasticsearch"

"""What Elasticsearch says of itself -> lines for people: the sentences that all of its clients share."""

from typing import Any

OLDEST = "9.0"  # older ones refuse the form of requests that the client library sends
BLOCKED = "cluster_block_exception"  # writing is switched off, by hand or because the disk is nearly full
TOO_NEW_A_FORM = "media_type_header_exception"  # of a server that does not know the form of our requests


def explain(body: Any) -> str:
    """What an error answer of the server says, with its innermost cause, as one line."""
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


def away(address: str, reason: str) -> str:
    return (
        f"Elasticsearch at {address} does not answer ({reason}): start it with `storywatch up` (the real stack: "
        f"`storywatch up --real`), or set STORYWATCH_ELASTICSEARCH to where it runs"
    )


def distrusted(address: str, reason: str) -> str:
    return (
        f"no trusted connection to Elasticsearch at {address}: {reason}. STORYWATCH_ELASTICSEARCH_CA_FILE has to hold "
        f"the authority that vouches for it"
    )


def refused_user(address: str, body: Any) -> str:
    return (
        f"Elasticsearch at {address} refuses this user: check STORYWATCH_ELASTICSEARCH_API_KEY, or the user and "
        f"password in STORYWATCH_ELASTICSEARCH ({explain(body)})"
    )


def not_allowed(address: str, body: Any) -> str:
    return (
        f"Elasticsearch at {address} does not let this user do this: grant what docs/deploying.md lists "
        f"({explain(body)})"
    )


def too_old(address: str) -> str:
    return f"Elasticsearch at {address} is too old: it has to be {OLDEST} or newer"


def refused(address: str, body: Any) -> str:
    return f"Elasticsearch at {address} refuses this: {explain(body)}"


def in_trouble(address: str, status: int, body: Any) -> str:
    return f"Elasticsearch at {address} is busy or in trouble (HTTP {status}: {explain(body)})"


def blocked(address: str, body: Any) -> str:
    """The line for a server that takes no writes for now; what is to be written waits."""
    return (
        f"Elasticsearch at {address} takes no writes ({explain(body)}): make room on its disk, or lift the block; "
        f"writing goes on by itself then"
    )


def unreadable(error: Exception) -> str:
    return f"STORYWATCH_ELASTICSEARCH is not an address such as http://127.0.0.1:9200: {error}"


def another(address: str) -> str:
    return f"what answers at {address} is not Elasticsearch"

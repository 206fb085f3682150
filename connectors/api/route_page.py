"""The OpenAPI document -> a page with all routes, each with its parameters and an example in Python."""

import re
from collections.abc import Iterator
from typing import Any

BASE = "http://127.0.0.1:8470"
HEAD = """# Routes of the HTTP API

Made from the OpenAPI document, which `GET /v1/openapi.json` serves. [HTTP API](api.md) explains what they share.
"""
# values of the examples, by the name of the parameter
_EXAMPLES = {"what": "articles", "key": "person:jane doe", "token": "TOKEN", "hub.mode": "subscribe"}
_ENDLESS = "text/event-stream"
MOST_COLUMNS = 120  # of a line of an example


def page(document: dict[str, Any]) -> str:
    """The page in Markdown."""
    return "\n".join(
        [HEAD, *(part for path, method, one in _operations(document) for part in _route(path, method, one))]
    )


def example(path: str, method: str, operation: dict[str, Any]) -> str:
    """A program that uses the route, for a key in the variable ``KEY``."""
    parameters = operation.get("parameters", [])
    filled = re.sub(r"{(\w+)}", lambda found: _EXAMPLES.get(found[1], found[1].upper()), path)
    arguments = [f'"{BASE}{filled}"']
    asked = {one["name"]: _value(one) for one in parameters if one["in"] == "query" and one.get("required")}
    if asked:
        arguments.append(f"params={_literal(asked)}")
    if "requestBody" in operation:
        arguments.append(f"json={_literal(_BODIES.get((method, path), {}))}")
    if operation.get("security") != [{}]:
        arguments.append('headers={"Authorization": f"Bearer {KEY}"}')
    given = ", ".join(arguments)
    if _media_type(operation) == _ENDLESS:
        lines = "    for line in answer.iter_lines():\n        print(line)"
        return f'with httpx.stream(\n    "{method.upper()}", {given}, timeout=60\n) as answer:\n{lines}'
    call = f"answer = httpx.{method}({given})"
    if len(call) > MOST_COLUMNS:
        call = f"answer = httpx.{method}(\n{''.join(f'    {one},{chr(10)}' for one in arguments)})"
    return f"{call}\nprint(answer.status_code, answer.text)"


def _literal(value: dict[str, Any]) -> str:
    """As the formatter of the project writes it."""
    return repr(value).replace("'", '"')


_BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("post", "/v1/articles"): {"url": "https://news.example/wall", "title": "Harbour wall gives way"},
    ("post", "/v1/tracks"): {"name": "Harbour wall", "query": "harbour wall"},
    ("post", "/v1/tracks/dry-run"): {"name": "Harbour wall", "query": "harbour wall"},
    ("put", "/v1/tracks/{track_id}"): {"name": "The wall", "query": "harbour wall"},
    ("patch", "/v1/tracks/{track_id}"): {"paused": True},
    ("post", "/v1/deliveries/replay"): {"since": "2h", "failed": True},
    ("post", "/v1/stories/{story_id}/merge"): {"other": "9d5ed6"},
    ("post", "/v1/stories/{story_id}/split"): {"articles": ["81bb02"], "reason": "another ferry"},
    ("post", "/v1/stories/{story_id}/rename"): {"title": "The reef off Morsay"},
    ("post", "/v1/stories/{story_id}/link"): {"other": "81d0e4"},
    ("post", "/v1/stories/{story_id}/unlink"): {"other": "81d0e4"},
    ("post", "/v1/articles/{article_id}/move"): {"story": "3f2a9c"},
    ("post", "/v1/deadletters/{letter_id}/drop"): {"because": "a test page"},
}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in sorted(document["paths"].items()):
        for method, operation in methods.items():
            yield path, method, operation


def _route(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    scopes = [scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes]
    yield f"## {method.upper()} {path}\n"
    told = " ".join(operation.get("description", "").split())
    yield f"{operation['summary']}. Scope: {', '.join(scopes) or 'none'}. {told}\n"
    if parameters := operation.get("parameters"):
        yield f"Parameters: {', '.join('`' + one['name'] + '`' for one in parameters)}.\n"
    yield f"```python\n{example(path, method, operation)}\n```\n"


def _value(parameter: dict[str, Any]) -> str:
    name = str(parameter["name"])
    return _EXAMPLES.get(name, name)


def _media_type(operation: dict[str, Any]) -> str | None:
    answers = operation["responses"].get("200", {}).get("content", {})
    return next(iter(answers), None)

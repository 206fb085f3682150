"""The examples of `docs/api.md` run."""

import re
from pathlib import Path
from typing import Any

import httpx

from connectors.api.route_page import BASE
from connectors.api.routes.events import PATH as ENDLESS
from tests.connectors.api.serving import Served
from tests.connectors.api.write_routes import PAGE as PAGE_OF_ROUTES
from tests.connectors.api.write_routes import made

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
RUN = re.compile(r"<!-- run: (\w+) -->\n```python\n(.*?)```", re.DOTALL)


def test_the_examples_of_the_page_run(served: Served, everything: httpx.Client) -> None:
    found = dict(RUN.findall(PAGE.read_text()))
    assert {"api", "read", "rest", "events", "write"} == set(found)
    code = "".join(found.values())
    names: dict[str, Any] = {"KEY": everything.headers["authorization"].removeprefix("Bearer ")}
    exec(code.replace("http://127.0.0.1:8470", served.url), names)  # noqa: S102 - our own page
    names["api"].close()


def test_the_page_of_routes_is_that_of_the_routes() -> None:
    assert PAGE_OF_ROUTES.read_text() == made(), "python -m tests.connectors.api.write_routes"


def test_each_route_has_an_example_that_runs(served: Served, everything: httpx.Client) -> None:
    """Those that only read run; the others are Python."""
    examples = re.findall(
        r"^## (\w+) (\S+)\n.*?```python\n(.*?)```", PAGE_OF_ROUTES.read_text(), re.DOTALL | re.MULTILINE
    )
    assert len(examples) > 20
    names: dict[str, Any] = {"KEY": everything.headers["authorization"].removeprefix("Bearer "), "httpx": httpx}
    for method, path, code in examples:
        program = compile(code.replace(BASE, served.url), path, "exec")
        if method == "GET" and path != ENDLESS:
            exec(program, names)  # noqa: S102 - our own page
            assert names["answer"].status_code in (200, 404), path

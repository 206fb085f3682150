"""The examples of `docs/api.md` run."""

import re
from pathlib import Path
from typing import Any

import httpx

from tests.connectors.api.serving import Served

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
RUN = re.compile(r"<!-- run: (\w+) -->\n```python\n(.*?)```", re.DOTALL)


def test_the_examples_of_the_page_run(served: Served, everything: httpx.Client) -> None:
    found = dict(RUN.findall(PAGE.read_text()))
    assert {"api", "read", "rest", "events", "write"} == set(found)
    code = "".join(found.values())
    names: dict[str, Any] = {"KEY": everything.headers["authorization"].removeprefix("Bearer ")}
    exec(code.replace("http://127.0.0.1:8470", served.url), names)  # noqa: S102 - our own page
    names["api"].close()

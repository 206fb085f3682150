"""The example of `docs/api.md` runs."""

import re
from pathlib import Path
from typing import Any

import httpx

from tests.connectors.api.serving import Served

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
RUN = re.compile(r"<!-- run: api -->\n```python\n(.*?)```", re.DOTALL)


def test_the_example_of_the_page_runs(served: Served, pusher: httpx.Client) -> None:
    code = "".join(RUN.findall(PAGE.read_text()))
    assert "/v1/articles" in code
    names: dict[str, Any] = {"KEY": pusher.headers["authorization"].removeprefix("Bearer ")}
    exec(code.replace("http://127.0.0.1:8470", served.url), names)  # noqa: S102 - our own page
    names["api"].close()

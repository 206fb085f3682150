"""A desk that watches, and a site that is watched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.feeds.desk import Desk
from tests.connectors.http.serving import Site, serve


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as site:
        yield site

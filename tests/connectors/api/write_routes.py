"""``python -m tests.connectors.api.write_routes`` writes `docs/routes.md` anew, after a change of a route."""

from pathlib import Path

from connectors.api.app import make_litestar
from connectors.api.events.stream import EventStream
from connectors.api.openapi import document
from connectors.api.route_page import page
from connectors.cli.serve.commands_of_api import commands
from streams.runtime.settings import Settings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "routes.md"


def made() -> str:
    """The page of the routes that there are."""
    settings = Settings()
    return page(document(make_litestar(settings, EventStream(settings), commands(settings))))


if __name__ == "__main__":
    PAGE.write_text(made())

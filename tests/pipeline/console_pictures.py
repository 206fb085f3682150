"""Takes the pictures of docs/console.md: the console with the demo's articles, which are fiction.

python -m tests.pipeline.console_pictures
"""

import tempfile
from pathlib import Path

from playwright.sync_api import Page

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from deploy.system import System
from tests.pipeline.runs import own, run
from tests.support.browser import chromium

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTH, HEIGHT = 1100, 600  # so that each file is well below 150 kB
NUMBERS = range(1, 37)  # of the demo's articles
DESK = "/?period=all&sort=sources"


def take(url: str, folder: Path) -> list[Path]:
    """Take the pictures of a console that is open, and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with chromium() as browser:
        for scheme, names in (
            ("light", ("desk", "story", "article", "changes", "deliveries")),
            ("dark", ("story-dark",)),
        ):
            context = browser.new_context(
                base_url=url,
                color_scheme=scheme,  # type: ignore[arg-type]
                locale="en-GB",
                timezone_id="Europe/London",
                viewport={"width": WIDTH, "height": HEIGHT},
            )
            page = context.new_page()
            for name in names:
                page.goto(_address(page, name.removesuffix("-dark")), wait_until="load")
                made.append(folder / f"console-{name}.png")
                page.screenshot(path=made[-1])
            context.close()
    return made


def _address(page: Page, name: str) -> str:
    if name == "deliveries":
        return "/deliveries"
    if name == "changes":
        page.goto("/search?q=copies:revision")
        return f"{page.locator('.articles h2 a').first.get_attribute('href')}#changes"
    if name in ("story", "article"):
        page.goto(DESK)
        found = page.locator(".row h2 a").first.get_attribute("href") or "/"
        if name == "story":
            return found
        page.goto(found)
        return page.locator(".articles h3 a").last.get_attribute("href") or "/"
    return DESK


def main() -> None:
    options = {"commit_seconds": 0.3, "publishers_file": OWN_PUBLISHERS, "console_access": "open"}
    with tempfile.TemporaryDirectory(prefix="storywatch-pictures-") as folder, System(Path(folder), options) as system:
        system.start_worker()
        run(system, own(*NUMBERS))
        for one in take(system.start_server(), PICTURES):
            print(one)


if __name__ == "__main__":
    main()

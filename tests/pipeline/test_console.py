"""The console in a real browser, on a running worker with the demo's articles of one story."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from connectors.cli.demo.run_demo import OWN_PUBLISHERS
from connectors.console.html import PAGES
from connectors.kafka.producer import Producer
from deploy.system import System
from streams.contract import topics
from streams.contract.messages import digest
from tests.conftest import systems
from tests.connectors.api.serving import Served, serving
from tests.pipeline.proxy import Proxy, proxied_elasticsearch
from tests.pipeline.refilings import replayed
from tests.pipeline.runs import own, rest, run, until
from tests.stories import fiction
from tests.stories.fiction import MERGED, MOVED, NAMES
from tests.support.browser import chromium, watch

WIDTHS = (360, 800, 1320, 2560)
LIVE = re.compile(r"/live\?")
LATER = "Warning beacon on Varrick Reef"
LIVE_MS = 15_000  # two seconds on a quiet machine


@dataclass(frozen=True)
class Console:
    """A served console. ``story``: the address of the story that the demo's ferry made."""

    system: System
    served: Served
    proxy: Proxy
    story: str


@pytest.fixture(scope="module")
def console(stack_folder: Path) -> Iterator[Console]:
    with proxied_elasticsearch(stack_folder) as proxy, systems(stack_folder) as make:
        system = make(publishers_file=OWN_PUBLISHERS, elasticsearch=proxy.url)
        system.start_worker()
        filed = run(system, own(1, 2, 3, 5, 7, 22, 30))["articles"]  # the last revises the one before it
        with serving({**system.environment(), "STORYWATCH_CONSOLE_ACCESS": "open"}) as served:
            yield Console(system, served, proxy, f"/stories/{filed[0]['story']}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def context(browser: Browser, console: Console) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=console.served.url, timezone_id="Asia/Tokyo")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def addresses(page: Page, console: Console) -> list[str]:
    """Every page, with content where there is some."""
    page.goto(console.story)
    article = page.locator(".articles h3 a").first.get_attribute("href")
    assert article is not None
    revised = revised_article(page)
    return [
        *(address for address, _ in PAGES),
        "/?period=all",
        "/search?q=ferry",
        "/search?q=ferry+AND+(",
        "/name?name=Varrick+Reef",
        "/tracks/new",
        "/tracks/new?query=ferry",
        console.story,
        article,
        revised,
        "/stories/000000000000",
        "/login",
    ]


def revised_article(page: Page) -> str:
    page.goto("/search?q=copies:revision")
    return page.locator(".articles h2 a, .articles h3 a").first.get_attribute("href") or ""


def test_pages_have_no_violation_and_no_error(page: Page, console: Console) -> None:
    for address in addresses(page, console):
        errors = watch(page)
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"
        assert [one for one in errors if "404" not in one] == [], address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_every_width(browser: Browser, console: Console, scheme: str) -> None:
    context = browser.new_context(base_url=console.served.url, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for address in addresses(page, console):
        page.goto(address)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (address, width)
    context.close()


def test_a_story_is_drawn_with_who_copied_whom(page: Page, console: Console) -> None:
    page.goto(console.story)
    expect(page.locator("h1")).to_contain_text("Ferry with 241 aboard")
    lanes = page.locator("svg.lanes")
    assert lanes.locator("path.own").count() >= 3
    assert lanes.locator("path.tie").count() >= 1
    assert lanes.locator("path.flag").count() >= 1
    lanes.locator("a").first.click()
    expect(page.locator(".text")).to_contain_text("Varrick Reef")
    page.locator(".text a.name").first.click()
    expect(page.locator("h1")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("svg.lanes")).to_be_visible()


def test_a_revised_article_shows_what_changed(browser: Browser, console: Console) -> None:
    context = browser.new_context(base_url=console.served.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(revised_article(page))
    page.get_by_role("link", name="what changed").click()
    changes = page.locator("#changes")
    expect(changes.get_by_text("Revision 1,")).to_be_in_viewport()
    head, top = page.locator("header.top").bounding_box(), changes.locator("h2").bounding_box()
    assert head is not None
    assert top is not None
    assert top["y"] >= head["height"], "the head of the page, which stays, does not cover it"
    expect(changes.locator(".title del")).to_contain_text("Castrane Steel to shut Tarnwick furnace")
    expect(changes.locator("p.added ins").first).to_contain_text("occupied the control room")
    page.locator('p a[href^="/stories/"]').first.click()
    page.get_by_role("link", name="all of what changed").click()
    expect(changes.get_by_text("Revision 1,")).to_be_in_viewport()
    context.close()


def test_the_page_as_it_arrived_is_in_a_frame_that_runs_nothing(page: Page, console: Console) -> None:
    page.goto(console.story)
    page.locator(".articles h3 a").first.click()
    page.locator("summary").click()
    frame = page.frame_locator("iframe.page")
    expect(frame.locator("body")).to_contain_text("Varrick Reef")
    assert page.locator("iframe.page").get_attribute("sandbox") == ""


def test_times_are_those_of_the_reader(page: Page, console: Console) -> None:
    page.goto(console.story)
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Tokyo")
    first = page.locator(".articles time").last
    assert first.get_attribute("datetime") is not None


def test_keys_go_through_the_rows(page: Page, console: Console) -> None:
    page.goto("/?period=all")
    page.keyboard.press("j")
    expect(page.locator("[data-row].chosen")).to_have_count(1)
    chosen = page.locator("[data-row].chosen").get_attribute("data-row")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/stories/{chosen}")
    page.keyboard.press("/")
    page.keyboard.type("ferry")
    page.keyboard.press("Enter")
    expect(page.locator(".articles li").first).to_be_visible()


def test_two_readers_see_a_new_article_without_reloading(context: BrowserContext, console: Console) -> None:
    first, second = context.new_page(), context.new_page()
    first.goto("/?period=all")
    second.goto(console.story)
    for one in (first, second):
        expect(one.locator(".live")).to_have_attribute("data-state", "on")
    title = "Morsay waits at the pier"
    assert second.locator(".articles h3", has_text=title).count() == 0
    with Producer(console.system.settings) as producer:  # nothing waits for its alert: the receiver has gone
        for arrival in own(4):
            producer.send(topics.RAW, arrival)
    expect(second.locator(".articles h3", has_text=title)).to_be_visible(timeout=LIVE_MS)
    expect(first.locator(".row p", has_text=title)).to_be_visible(timeout=LIVE_MS)


def test_a_desk_corrects_a_story_and_takes_it_back(page: Page, console: Console) -> None:
    page.goto(console.story)
    page.locator("details.edit summary").click()
    page.get_by_label("Title").fill("The ferry on the reef")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator(".notice")).to_contain_text("Renamed to “The ferry on the reef”")
    expect(page.locator("h1")).to_have_text("The ferry on the reef", timeout=LIVE_MS)
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_contain_text("taken back")
    expect(page.locator("h1")).to_contain_text("Ferry with 241 aboard", timeout=LIVE_MS)

    number = page.locator(".articles > li").count()
    title = page.locator(".articles h3").first.inner_text()
    page.locator(".articles > li").first.get_by_role("button", name="Not this story").click()
    expect(page.locator(".notice")).to_contain_text("a story of")
    expect(page.locator(".articles > li")).to_have_count(number - 1, timeout=LIVE_MS)
    page.locator(".notice").get_by_role("link").click()
    expect(page.locator("h1")).to_contain_text(title[:20], timeout=LIVE_MS)
    page.goto(console.story)
    page.locator("aside").get_by_role("button", name="Undo").first.click()
    expect(page.locator(".notice")).to_contain_text("taken back")
    expect(page.locator(".articles > li")).to_have_count(number, timeout=LIVE_MS)

    expect(page.locator(".picked")).to_be_hidden()
    page.locator(".pick input").first.check()
    page.locator(".picked").get_by_role("button", name="Pin them here").click()
    expect(page.locator(".notice")).to_contain_text("1 article stays in this story")


def test_what_filing_changed_by_itself_is_in_the_history(page: Page, console: Console) -> None:
    """Three reports turn out to be one event; of four others, in another language, one fits another story better."""
    with Producer(console.system.settings) as producer:
        for language, reports in (("sv", MERGED), ("en", MOVED)):
            for place, report in enumerate(reports):
                tagged = fiction.tagged(
                    report,
                    digest(language, str(place)),
                    by=f"outlet{place}",
                    at=datetime.now(UTC),
                    names=NAMES[report],
                    language=language,
                )
                producer.confirm(producer.start(topics.TAGGED, tagged))
    rest(console.system, 60)
    _, facts = replayed(console.system)
    assert {fact for fact, *_ in facts} == {"story.merged", "article.moved"}
    for fact, source, target, articles in facts:
        page.goto(f"/stories/{target}")
        told = page.locator("aside section", has_text="History").locator(".item", has_text="by Storywatch")
        expect(told.locator(f'a[href="/stories/{source}"]')).to_have_text(source[:12], timeout=LIVE_MS)
        expect(page.locator(f'.articles a[href="/articles/{articles[0]}"]').first).to_be_attached(timeout=LIVE_MS)
        page.goto(f"/stories/{source}")
        if fact == "story.merged":
            assert page.url.endswith(f"/stories/{target}"), "the id of a merged story leads to the other one"
        else:
            expect(told.locator(f'a[href="/stories/{target}"]')).to_have_text(target[:12])


def test_a_track_is_tried_out_while_its_form_is_filled(page: Page, console: Console) -> None:
    page.goto("/tracks/new?query=ferry")
    tried = page.locator("aside h2")
    expect(tried).to_contain_text("nothing was sent", timeout=LIVE_MS)
    page.get_by_label("Query").fill("ferry AND (")
    page.get_by_label("Query").blur()
    expect(page.locator("aside [role=alert]")).to_contain_text("query", timeout=LIVE_MS)
    page.get_by_label("Query").fill("beacon")
    page.get_by_label("Query").blur()
    expect(tried).to_contain_text("nothing was sent", timeout=LIVE_MS)
    page.get_by_role("button", name="Follow").click()
    page.locator("tr", has_text="beacon").get_by_role("link", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("Beacons")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("td b", has_text="Beacons")).to_be_visible(timeout=LIVE_MS)


def test_a_dry_run_that_fails_says_so(page: Page, console: Console) -> None:
    page.goto("/tracks/new")
    page.route("**/tracks/new", lambda route: route.abort())
    page.get_by_label("Query").fill("beacon")
    page.get_by_label("Query").blur()
    expect(page.locator("aside")).to_contain_text("could not be tried out", timeout=LIVE_MS)


def test_the_desk_is_chosen_without_losing_what_is_typed(page: Page, console: Console) -> None:
    page.goto("/?period=all&single=1")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    page.get_by_label("matching").fill("beacon | reef")
    with Producer(console.system.settings) as producer:  # which has the list asked for again
        for arrival in own(8):
            producer.send(topics.RAW, arrival)
    page.wait_for_timeout(3_000)
    expect(page.get_by_label("matching")).to_have_value("beacon | reef")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".row h2").first).to_be_visible()
    page.get_by_role("link", name="matching: beacon | reef ×").click()
    expect(page.get_by_label("matching")).to_have_value("")


def test_a_browser_that_was_offline_comes_back(context: BrowserContext, page: Page, console: Console) -> None:
    page.goto("/?period=all")
    expect(page.locator(".live")).to_have_attribute("data-state", "on")
    rows = page.locator(".row h2").count()
    context.set_offline(True)
    expect(page.locator(".live")).to_have_text("not connected", timeout=LIVE_MS)
    assert page.locator(".row h2").count() == rows, "what was shown stays"
    context.set_offline(False)
    expect(page.locator(".live")).to_have_text("live", timeout=30_000)


def test_what_came_before_a_page_connected_is_shown(page: Page, console: Console) -> None:
    def arrive_first(route: Route) -> None:
        """The article is stored after the page was made, and before it follows the log."""
        with Producer(console.system.settings) as producer:
            for arrival in own(6):
                producer.send(topics.RAW, arrival)
        until(lambda: LATER in httpx.get(f"{console.served.url}/?period=all&single=1").text, "it was not stored")
        route.continue_()

    page.route(LIVE, arrive_first, times=1)
    page.goto("/?period=all&single=1")
    expect(page.locator(".row", has_text=LATER)).to_be_visible(timeout=LIVE_MS)


def test_pages_work_without_scripts(browser: Browser, console: Console) -> None:
    context = browser.new_context(base_url=console.served.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?period=all")
    page.locator(".row h2 a").first.click()
    expect(page.locator("svg.lanes")).to_be_visible()
    page.locator("form.search input").fill("ferry")
    page.locator("form.search input").press("Enter")
    expect(page.locator(".articles li").first).to_be_visible()
    context.close()


def test_pages_come_back_by_themselves(page: Page, console: Console) -> None:
    console.proxy.close_all()
    page.goto("/?period=all")
    expect(page.locator("h1")).to_contain_text("cannot read its data")
    console.proxy.open = True
    expect(page.locator("h1")).to_contain_text("What moves now", timeout=30_000)

"""The console over HTTP: who gets in, what every page forbids the browser, and what bad addresses answer."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

import httpx
import pytest
from msgspec.structs import replace

from connectors.cli.maintenance import dead_letter_list
from connectors.console.html import PAGES
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.write.documents import article_document, story_document
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from streams.contract import topics
from streams.contract.messages import Scope
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.api.library import FIRST, GONE, PIER, SECOND, article, store
from tests.connectors.api.serving import Served, add_key, environment, log_in, save, serving
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO
from tests.connectors.cli.running import Command, wait_for
from tests.support.browser import chromium

ADDRESSES = [address for address, _ in PAGES]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_asks_for_a_login_and_leads_back(served: Served, address: str) -> None:
    with served.client() as client:
        answer = client.get(f"{address}?q=a")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert httpx.URL(answer.headers["location"]).params["next"] == f"{address}?q=a"


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_allows_only_what_this_server_sends(browser: httpx.Client, address: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == HTTPStatus.OK
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert " style=" not in answer.text
    assert "<script>" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "").replace("http://127.0.0.1", "")


def test_a_login_does_not_lead_back_to_a_huge_address(served: Served) -> None:
    with served.client() as client:
        answer = client.get(f"/search?q={'a' * 60_000}")
    assert answer.headers["location"] == "/login?next=%2F"


def test_a_wrong_key_gets_no_session(served: Served) -> None:
    with served.client() as client:
        answer = log_in(client, "sw_000000000000_" + "x" * 43)
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "set-cookie" not in answer.headers
        assert "not valid" in answer.text


def test_a_key_that_may_only_push_does_not_open_the_console(settings: Settings, served: Served) -> None:
    _, text = add_key(settings, Scope.PUSH, name="cms-only")
    with served.client() as client:
        wait_for(lambda: client.post("/v1/articles", headers={"Authorization": f"Bearer {text}"}).status_code != 401)
        wait_for(lambda: log_in(client, text).status_code == HTTPStatus.FORBIDDEN)
        assert client.get("/").status_code == HTTPStatus.SEE_OTHER


def test_the_cookie_is_for_this_server_and_not_for_scripts(served: Served, key: str) -> None:
    with served.client() as client:
        cookie = log_in(client, key).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert key.split("_")[2].lower() not in cookie


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "sw.99999999999.00", "0" * 5_000])
def test_a_forged_cookie_is_no_session(served: Served, forged: str) -> None:
    with served.client() as client:
        assert client.get("/", headers={"Cookie": f"storywatch_session={forged}"}).status_code == HTTPStatus.SEE_OTHER


def test_the_end_of_a_session_cannot_be_moved(browser: httpx.Client, served: Served) -> None:
    id_, end, signature = browser.cookies["storywatch_session"].split(".")
    later = f"{id_}.{int(end) + 3600}.{signature}"
    with served.client() as client:
        assert client.get("/", headers={"Cookie": f"storywatch_session={later}"}).status_code == HTTPStatus.SEE_OTHER


def test_revoking_a_key_ends_its_sessions(settings: Settings, served: Served) -> None:
    made, text = add_key(settings, Scope.READ, name="leaver")
    with served.client() as client:
        wait_for(lambda: log_in(client, text).status_code == HTTPStatus.SEE_OTHER)
        assert client.get("/").status_code == HTTPStatus.OK
        save(settings, replace(made, revoked_at=made.created_at))
        wait_for(lambda: client.get("/").status_code == HTTPStatus.SEE_OTHER)


def test_a_session_ends_with_its_key(settings: Settings, served: Served) -> None:
    _, text = add_key(settings, Scope.READ, name="temp", expires_in=timedelta(seconds=8))
    with served.client() as client:
        wait_for(lambda: log_in(client, text).status_code == HTTPStatus.SEE_OTHER)
        wait_for(lambda: client.get("/").status_code == HTTPStatus.SEE_OTHER)


def test_logging_out_removes_the_cookie(browser: httpx.Client) -> None:
    browser.post("/logout", headers={"Sec-Fetch-Site": "same-origin"})
    assert browser.get("/").status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_forms_of_other_sites_change_nothing(browser: httpx.Client, headers: dict[str, str]) -> None:
    assert browser.post("/logout", headers=headers).status_code == HTTPStatus.FORBIDDEN
    assert browser.get("/").status_code == HTTPStatus.OK


def test_a_login_never_leads_to_another_site(served: Served, key: str) -> None:
    with served.client() as client:
        assert log_in(client, key, next="//evil.example/").headers["location"] == "/"


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/stories/000000000000", 404, "no story"),
        ("/articles/ffffffffffff", 404, "no article"),
        ("/stories/ab", 400, "too short"),
        ("/stories/" + "a" * 10_000, 404, "no story"),
        ("/articles/" + "a" * 10_000, 404, "no article"),
        ("/articles/" + "a" * 10_000 + "/raw", 404, ""),
        ("/stories/a%00b%E2%80%AE%0d%0aSet-Cookie:a", 404, "no story"),
        ("/?period=1y", 400, "one of 6h"),
        ("/?after=forged", 400, "cursor"),
        ("/?q=" + "a" * 2_000, 400, "too long"),
        ("/search?q=a&sort=best", 400, "one of relevance"),
        ("/static/000000000000/console.css", 404, "no such file"),
        ("/static/0/..%2f..%2fapp.py", 404, ""),
        ("/name?name=AC%2FDC", 200, "No story has this name"),
    ],
)
def test_what_cannot_be_shown_is_said_in_a_line(browser: httpx.Client, address: str, status: int, says: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == status
    assert says in answer.text
    assert "Traceback" not in answer.text


def test_addresses_without_a_route_are_answered_in_kind(served: Served) -> None:
    with served.client() as client:
        assert client.get("/nowhere").json()["status"] == HTTPStatus.NOT_FOUND
        page = client.get("/nowhere", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, "no such page" in page.text) == (HTTPStatus.NOT_FOUND, True)


def test_the_desk_shows_what_grows_with_its_marks(browser: httpx.Client) -> None:
    page = browser.get("/").text
    assert f'href="/stories/{PIER}"' in page
    assert "2 independent sources, 3 articles" in page
    assert 'class="strip"' in page


def test_a_story_shows_who_copied_whom_and_why(browser: httpx.Client) -> None:
    page = browser.get(f"/stories/{PIER}").text
    assert "3 outlets by time: 2 reports of their own, 1 copies, 1 edits" in page
    assert "Copied by" in page
    assert f'<a href="/articles/{SECOND.article.id}#changes">' in page
    assert "weighs <del>9</del><ins>12</ins> t." in page


def test_an_article_shows_what_each_revision_changed(browser: httpx.Client) -> None:
    page = browser.get(f"/articles/{SECOND.article.id}").text
    assert 'href="#changes"' in page
    latest, first = page.index("Revision 2,"), page.index("Revision 1,")
    assert latest < first
    assert "1 paragraph added, 2 paragraphs removed" in page
    assert '<p dir="auto">The crane weighs <del>9</del><ins>12</ins> t.</p>' in page
    assert "<del>The &lt;b&gt;mayor&lt;/b&gt; is silent.</del>" in page
    assert "1 paragraph unchanged" in page
    assert "3 paragraphs more were removed or added than this page shows" in page
    assert "Crane falls<ins> on ferry pier</ins>" in page
    assert 'id="changes"' not in browser.get(f"/articles/{FIRST.article.id}").text


def test_a_moved_story_leads_to_the_one_with_its_articles(browser: httpx.Client) -> None:
    answer = browser.get(f"/stories/{GONE}")
    assert (answer.status_code, answer.headers["location"]) == (HTTPStatus.PERMANENT_REDIRECT, f"/stories/{PIER}")


def test_an_error_of_a_query_is_on_its_page(browser: httpx.Client) -> None:
    answer = browser.get("/search", params={"q": "ferry AND (reef"})
    assert answer.status_code == HTTPStatus.OK
    assert 'role="alert"' in answer.text
    assert "^" in answer.text


def test_pages_say_when_a_server_is_away(settings: Settings, key: str) -> None:
    with serving(environment(settings, elasticsearch="http://127.0.0.1:9")) as served, served.client() as client:
        wait_for(lambda: log_in(client, key).status_code == HTTPStatus.SEE_OTHER)
        answer = client.get("/")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "asks again" in answer.text
    assert "127.0.0.1:9" not in answer.text


@pytest.fixture(scope="module")
def without_kafka(settings: Settings) -> Iterator[httpx.Client]:
    """A console that has read nothing of Kafka since it was started."""
    away = environment(settings, kafka="127.0.0.1:9", console_access="open")
    with serving(away) as served, served.client() as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        yield client


@pytest.mark.parametrize("address", ["/tracks", "/tracks/new", "/tracks/000000000000/edit", "/deliveries", "/sources"])
def test_what_is_not_read_yet_is_not_said_to_be_missing(without_kafka: httpx.Client, address: str) -> None:
    answer = without_kafka.get(address)
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Kafka does not answer" in answer.text
    assert 'http-equiv="refresh"' in answer.text, "it comes back by itself"


@pytest.mark.parametrize("address", ["/", "/search?q=ferry", "/names", f"/stories/{PIER}"])
def test_what_is_in_elasticsearch_is_shown_without_kafka(without_kafka: httpx.Client, address: str) -> None:
    assert without_kafka.get(address).status_code == HTTPStatus.OK


def test_a_change_that_is_not_confirmed_is_not_made_again(without_kafka: httpx.Client) -> None:
    answer = without_kafka.post(f"/stories/{PIER}/rename", data={"title": "The pier"})
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "could not be confirmed" in answer.text
    assert 'http-equiv="refresh"' not in answer.text


def test_pages_say_what_to_do_if_the_data_cannot_be_read(settings: Settings, served: Served, key: str) -> None:
    """What answers as Elasticsearch is another server: the address is for the log."""
    with serving(environment(settings, elasticsearch=served.url)) as other, other.client() as client:
        wait_for(lambda: log_in(client, key).status_code == HTTPStatus.SEE_OTHER)
        answer = client.get("/")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "`storywatch status` says why" in answer.text
    assert served.url not in answer.text


def test_an_open_console_is_for_this_machine_only(settings: Settings) -> None:
    with serving(environment(settings, console_access="open")) as served, served.client() as client:
        assert client.get("/").status_code == HTTPStatus.OK
        rebound = client.get("/", headers={"Host": "news.example"})
    assert rebound.status_code == HTTPStatus.FORBIDDEN
    assert "this machine only" in rebound.text


def test_an_open_console_is_not_served_to_others(settings: Settings) -> None:
    storywatch = Command(settings.data_dir, environment(settings, console_access="open"))
    refused = storywatch("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == 2
    assert "STORYWATCH_CONSOLE_ACCESS=open is for loopback addresses only" in refused.err


def test_a_proxy_names_its_users_only_where_it_is_trusted(settings: Settings) -> None:
    named = {"X-Forwarded-User": "<b>jo</b>"}
    with serving(environment(settings, console_user_header="X-Forwarded-User")) as served, served.client() as client:
        assert client.get("/", headers=named).status_code == HTTPStatus.OK
        assert client.get("/").status_code == HTTPStatus.SEE_OTHER
    untrusted = environment(settings, console_user_header="X-Forwarded-User", console_proxies="192.0.2.7")
    with serving(untrusted) as served, served.client() as client:
        assert client.get("/", headers=named).status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({"section": "regions"}, True),
        ({"section": "Sports"}, False),
        ({"q": "crane"}, True),
        ({"q": "volcano"}, False),
        ({"language": "sv"}, False),
        ({"country": "gb"}, True),
    ],
)
def test_the_desk_is_chosen_by_its_form(browser: httpx.Client, chosen: dict[str, str], shown: bool) -> None:
    page = browser.get("/", params={**chosen, "period": "all", "sort": "sources"}).text
    [(name, value)] = chosen.items()
    assert f'name="{name}"' in page
    assert f'value="{value}"' in page
    assert 'type="hidden" name="sort" value="sources"' in page, "the other choices stay"
    assert ("Ferry pier closed" in page) is shown
    if shown:
        assert '<option value="Regions">' in page, "sections of these stories are suggested"


def test_an_error_of_the_desks_query_is_at_its_column(browser: httpx.Client) -> None:
    page = browser.get("/", params={"q": "pier AND ("})
    assert page.status_code == HTTPStatus.OK
    assert 'role="alert"' in page.text
    assert "^" in page.text


def test_a_name_as_typed_has_what_its_key_has(browser: httpx.Client) -> None:
    typed = browser.get("/name", params={"name": fiction.PERSON.name}).text
    assert "articles in " in typed
    assert "Articles a day" in typed
    assert browser.get("/name", params={"name": "Nobody Atall"}).status_code == HTTPStatus.OK


def test_a_refused_message_is_shown_as_it_arrived(settings: Settings, browser: httpx.Client) -> None:
    sent = {"stage": "tag", "error": "Rejected", "reason": "no", "topic": topics.CLEAN.name(settings.topic_prefix)}
    with Producer(settings) as producer:
        headers = [(name, text.encode()) for name, text in sent.items()]
        producer.confirm(producer.start_again(topics.DEADLETTERS, b"k", b"<script>1</script>", headers, None))
    [letter] = [one for one in dead_letter_list.read_all(settings) if one.stage == "tag"]
    answer = browser.get(f"/deadletters/{letter.id}/message")
    assert answer.text == "<script>1</script>"
    assert answer.headers["content-type"].startswith("text/plain")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert browser.get("/deadletters/0123456789ab/message").status_code == HTTPStatus.NOT_FOUND


def test_what_is_found_is_marked_and_can_be_exported(browser: httpx.Client) -> None:
    assert "<mark>" in browser.get("/search", params={"q": "crane"}).text
    lines = browser.get("/export/articles", params={"story": PIER})
    assert lines.headers["content-disposition"].startswith("attachment")
    assert [json.loads(line)["title"] for line in lines.text.splitlines()] != []
    assert browser.get("/export/articles").status_code == HTTPStatus.BAD_REQUEST


def test_a_story_shows_a_tree_of_copies_and_its_figures(browser: httpx.Client) -> None:
    page = browser.get(f"/stories/{PIER}").text
    assert 'class="tree"' in page
    assert "12 t" in page
    assert f"/export/articles?story={PIER}" in page


def test_ten_thousand_filters_are_answered_in_a_line(browser: httpx.Client) -> None:
    answer = browser.get("/?" + "&".join(f"q=a{number}" for number in range(4_000)))
    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_URI_TOO_LONG)
    assert "Traceback" not in answer.text


HOSTILE = {
    "script": "<script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>",
    "template": "{{ 7 * 7 }} ${7*7} %s {0}",
    "bidi": "\u202eelttil\u202c \u2066mixed\u2069 titles",
    "arabic": "اتفاق على تقاسم مياه نهر فيسكا بعد عقد من الخلاف",
    "long": "A very long headline " * 500,
    "word": "Donaudampfschiff" * 200,
    "quotes": '"\'><a href="javascript:window.hacked=1">x</a>',
}


@pytest.fixture(scope="module")
def strange(settings: Settings) -> Iterator[Served]:
    """An open console of a system of its own, with a story for each of these titles."""
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    own = Settings.model_validate({**given, "topic_prefix": "strange-"})
    admin.create(own, topology.required_topics(own))
    with sync_client(own) as client:
        install(client, own)
    for number, (name, title) in enumerate(HOSTILE.items()):
        one = article(number, ECHO, title, 1, body=f"{title}\n\nA text.")
        filed = fiction.filed(one, story=ids_of(name))
        update = fiction.update(fiction.story(ids_of(name), title, (filed,)), filed)
        store(own, [article_document(filed), story_document(update)])
    with serving(environment(settings, topic_prefix="strange-", console_access="open")) as served:
        yield served


def ids_of(name: str) -> str:
    """The id of the story with this title."""
    return f"{list(HOSTILE).index(name):02}bd" * 8


@pytest.mark.parametrize("name", HOSTILE)
def test_titles_of_strangers_are_shown_as_text(strange: Served, name: str) -> None:
    title, story = HOSTILE[name], ids_of(name)
    with chromium() as browser:
        page = browser.new_context(base_url=strange.url).new_page()
        page.set_viewport_size({"width": 360, "height": 800})
        page.goto(f"/stories/{story}")
        link = page.locator(".articles h3 a").first.get_attribute("href")
        for address in (f"/stories/{story}", link, "/?single=1"):
            page.goto(address or "")
            assert page.evaluate("window.hacked") is None
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
            shown = page.evaluate("document.querySelector('main').textContent")
            assert title.strip()[:300] in shown, address

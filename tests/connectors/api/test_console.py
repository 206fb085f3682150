"""The console over HTTP: who gets in, what every page forbids the browser, and what bad addresses answer."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import pytest
from msgspec.structs import replace

from connectors.cli.maintenance import dead_letter_list
from connectors.console.html import PAGES
from connectors.elastic.admin.install import install
from connectors.elastic.client import sync_client
from connectors.elastic.write.documents import (
    alert_document,
    article_document,
    link_document,
    notice_document,
    story_document,
)
from connectors.kafka import admin
from connectors.kafka.producer import Producer
from streams.alerts.receivers import named_receiver_id
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import (
    Change,
    Conditions,
    Deliverable,
    Delivery,
    Fires,
    LinkRequest,
    NamedReceiver,
    Quiet,
    Scope,
    StoryEvent,
    StoryLink,
    TaggedArticle,
    Track,
    Webhook,
)
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.connectors.api.library import COPY, FIRST, GONE, LIBRARY, NOW, PIER, article, store, stored_for_a_while
from tests.connectors.api.serving import Served, add_key, environment, records, save, serving
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO
from tests.connectors.cli.running import Command, wait_for
from tests.fiction import notice
from tests.support.browser import chromium

ADDRESSES = [address for address, _ in PAGES]


@pytest.fixture(scope="module")
def key(settings: Settings, served: Served) -> str:
    """The text of a key that may read, which the server knows already."""
    _, text = add_key(settings, Scope.READ, name="console")
    with served.client(text) as client:
        wait_for(lambda: client.get("/metrics").status_code == HTTPStatus.OK)
    return text


@pytest.fixture
def browser(served: Served, key: str) -> Iterator[httpx.Client]:
    """A client with a session."""
    with served.client() as client:
        assert log_in(client, key).status_code == HTTPStatus.SEE_OTHER
        yield client


def log_in(client: httpx.Client, key: str, **form: str) -> httpx.Response:
    return client.post("/login", data={"key": key, **form}, headers={"Sec-Fetch-Site": "same-origin"})


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
    assert "the title was <del>" in page


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


@pytest.fixture
def desk(settings: Settings, served: Served) -> Iterator[httpx.Client]:
    """A client with the session of somebody who may follow stories."""
    _, text = add_key(settings, Scope.DESK, name="night desk")
    with served.client() as client:
        client.headers["Sec-Fetch-Site"] = "same-origin"
        wait_for(lambda: log_in(client, text).status_code == HTTPStatus.SEE_OTHER)
        yield client


def stored_tracks(settings: Settings) -> dict[str, Track]:
    found = {(one.key or b"").decode(): one.value for one in records(settings, topics.TRACKS)}
    return {key: decode(value, Track) for key, value in found.items() if value is not None}


def test_a_query_is_followed_paused_and_removed(settings: Settings, desk: httpx.Client) -> None:
    form = {"query": "ferry pier", "name": "Piers", "fires": "at_sources", "number": "3", "quiet_start": "22:00"}
    answer = desk.post("/tracks/new", data={**form, "quiet_end": "07:00", "per_hour": "6", "action": "save"})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    made = httpx.URL(answer.headers["location"]).params["new"]
    track = stored_tracks(settings)[made]
    assert (track.name, track.query, track.firing.at_sources, track.most_per_hour) == ("Piers", "ferry pier", (3,), 6)
    assert [(one.start, one.end) for one in track.quiet] == [("22:00", "07:00")]
    [change] = [one for one in records(settings, topics.AUDIT) if made.encode() in (one.value or b"")]
    assert b"night desk" in (change.value or b"")
    wait_for(lambda: "Piers" in desk.get("/tracks").text)
    desk.post(f"/tracks/{made}/pause")
    assert stored_tracks(settings)[made].paused
    wait_for(lambda: "Resume" in desk.get("/tracks").text)
    desk.post(f"/tracks/{made}/remove")
    assert made not in stored_tracks(settings)


def test_a_track_is_edited_and_keeps_the_rest(settings: Settings, desk: httpx.Client) -> None:
    made = Track(
        id="ed17" * 3,
        name="Cranes",
        created_at=NOW,
        query="crane",
        fires=Fires(first_countries=("*",)),
        conditions=Conditions(least_sources=2, languages=("en",)),
        quiet=(Quiet(start="01:00", end="02:00"), Quiet(start="12:00", end="13:00")),
        time_zone="Europe/Vienna",
        receivers=("gone",),
        paused=True,
    )
    with Producer(settings) as producer:
        producer.send(topics.TRACKS, made)
    address = f"/tracks/{made.id}/edit"
    wait_for(lambda: desk.get(address).status_code == HTTPStatus.OK)
    page = desk.get(address).text
    assert 'value="01:00"' in page
    assert "Europe/Vienna" in page
    form = {"name": "Tall cranes", "fires": "present", "least": "3", "receiver": ["gone"], "query": "other"}
    times = {"quiet_start": "03:00", "quiet_end": "04:00"}
    assert desk.post(address, data={**form, **times, "action": "save"}).status_code == HTTPStatus.SEE_OTHER
    assert stored_tracks(settings)[made.id] == replace(
        made,
        name="Tall cranes",
        conditions=Conditions(least_sources=3, languages=("en",)),
        quiet=(Quiet(start="03:00", end="04:00"), made.quiet[1]),
    )
    wrong = desk.post(address, data={**form, "least": "many", "action": "save"})
    assert (wrong.status_code, "least: " in wrong.text) == (HTTPStatus.BAD_REQUEST, True)
    assert desk.get("/tracks/nothing/edit").status_code == HTTPStatus.NOT_FOUND
    desk.post(f"/tracks/{made.id}/remove")


def test_a_track_is_tried_out_before_it_is_made(settings: Settings, desk: httpx.Client) -> None:
    before = stored_tracks(settings)
    answer = desk.post("/tracks/new", data={"query": "ferry", "fires": "new_source", "action": "try"})
    assert answer.status_code == HTTPStatus.OK
    assert "nothing was sent" in answer.text
    assert stored_tracks(settings) == before


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"query": "ferry AND (reef"}, "query: "),
        ({"query": ""}, "follows nothing"),
        ({"query": "the and of"}, "query: "),
        ({"query": "ferry", "fires": "at_sources", "number": "many"}, "number: "),
        ({"query": "ferry", "fires": "at_sources", "number": "0"}, "at_sources"),
        ({"query": "ferry", "quiet_start": "22:00", "quiet_end": ""}, "quiet"),
        ({"query": "ferry", "per_hour": "1000"}, "most_per_hour"),
        ({"query": "ferry", "name": "n" * 300}, "name"),
    ],
)
def test_what_is_wrong_with_a_track_is_said_on_its_form(desk: httpx.Client, form: dict[str, str], says: str) -> None:
    answer = desk.post("/tracks/new", data={"fires": "new_source", "action": "save", **form})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert says in answer.text
    assert 'role="alert"' in answer.text


def test_who_may_only_read_changes_nothing(browser: httpx.Client) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert browser.get("/tracks/new").status_code == HTTPStatus.FORBIDDEN
    answer = browser.post("/tracks/new", data={"query": "ferry", "action": "save"}, headers=headers)
    assert answer.status_code == HTTPStatus.FORBIDDEN


@pytest.fixture(scope="module")
def receiver(settings: Settings, served: Served) -> Iterator[NamedReceiver]:
    """A receiver that does not answer, and an alert that it did not take."""
    made = NamedReceiver(
        name="quay",
        created_at=fiction.ALERTS[0].made_at,
        hook=Webhook(
            url="http://127.0.0.1:9/hook", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", allow_private=True
        ),
    )
    failed = replace(
        fiction.ALERTS[0],
        id="b0b0" * 8,
        made_at=datetime.now(UTC),
        receiver=named_receiver_id("quay"),
        receiver_name="quay",
        delivery=Delivery(status="failed", attempts=11, error="answered 500"),
    )
    with Producer(settings) as producer:
        producer.send(topics.RECEIVERS, made)
        producer.send(topics.ALERTS, failed)
    with stored_for_a_while(settings, alert_document(failed)):
        yield made


def test_notices_about_sources_are_on_the_page_of_deliveries(settings: Settings, desk: httpx.Client) -> None:
    silent = replace(notice(), id="50fb" * 8, made_at=datetime.now(UTC), source_name="The <b>Paper</b>")
    silent = replace(silent, delivery=Delivery(status="failed", attempts=11, error="answered 500"))
    with Producer(settings) as producer:
        producer.send(topics.ALERTS, silent)
    with stored_for_a_while(settings, notice_document(silent)):
        for address in ("/deliveries", "/deliveries?sources=1", "/deliveries?receiver=desk"):
            page = desk.get(address).text
            assert "The &lt;b&gt;Paper&lt;/b&gt;" in page
            assert "nothing new since 09:30" in page
            assert f'action="/deliveries/{silent.id}/retry"' in page
        assert silent.id not in desk.get("/deliveries?track=t1").text
        answer = desk.post(f"/deliveries/{silent.id}/retry")
        assert answer.headers["location"] == "/deliveries?done=sent"


def test_deliveries_are_sent_again_from_their_page(
    settings: Settings, desk: httpx.Client, receiver: NamedReceiver
) -> None:
    wait_for(lambda: "quay" in desk.get("/deliveries").text)
    page = desk.get("/deliveries?receiver=quay").text
    assert "answered 500" in page
    assert 'action="/deliveries/' + "b0b0" * 8 + '/retry"' in page
    answer = desk.post("/deliveries/" + "b0b0" * 8 + "/retry")
    assert (answer.status_code, answer.headers["location"]) == (HTTPStatus.SEE_OTHER, "/deliveries?done=sent")
    assert "Sent now" in desk.get(answer.headers["location"]).text
    latest = [decode(one.value, Deliverable) for one in records(settings, topics.ALERTS)][-1]
    assert (latest.id, latest.delivery.status) == ("b0b0" * 8, "retrying")
    again = desk.post("/deliveries/replay", data={"hours": "24", "receiver": receiver.name})
    assert again.headers["location"] == "/deliveries?done=nothing"
    assert desk.post("/deliveries/replay", data={"hours": "999"}).status_code == HTTPStatus.BAD_REQUEST
    assert desk.post("/deliveries/nothing/retry").status_code == HTTPStatus.NOT_FOUND
    cancelled = desk.post("/deliveries/" + "b0b0" * 8 + "/cancel")
    assert cancelled.headers["location"] == "/deliveries?done=cancelled"


def test_a_receiver_is_tested_and_paused_from_the_page(
    settings: Settings, desk: httpx.Client, receiver: NamedReceiver
) -> None:
    wait_for(lambda: "/receivers/quay/test" in desk.get("/deliveries").text)
    tested = desk.post(f"/receivers/{receiver.name}/test")
    assert "did not accept a test" in tested.text
    assert desk.post(f"/receivers/{receiver.name}/pause").status_code == HTTPStatus.SEE_OTHER
    wait_for(lambda: "paused by hand" in desk.get("/deliveries").text)
    assert desk.post(f"/receivers/{receiver.name}/resume").status_code == HTTPStatus.SEE_OTHER
    assert desk.post("/receivers/nobody/pause").status_code == HTTPStatus.NOT_FOUND
    log = [decode(one.value, Change) for one in records(settings, topics.AUDIT)]
    assert [(one.action, one.by) for one in log if one.subject == "quay"] == [
        (action, "night desk") for action in ("tested", "changed", "changed")
    ]


def test_who_may_only_read_sees_no_buttons(browser: httpx.Client, receiver: NamedReceiver) -> None:
    wait_for(lambda: "quay" in browser.get("/deliveries").text)
    for address in ("/deliveries", "/", f"/stories/{PIER}", "/tracks"):
        page = browser.get(address).text
        assert "/tracks/new" not in page, address
        assert page.count('method="post"') == 1, f"{address}: only that which ends the session"
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert browser.post(f"/receivers/{receiver.name}/pause", headers=headers).status_code == HTTPStatus.FORBIDDEN


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


def test_a_story_is_corrected_from_its_page(settings: Settings, desk: httpx.Client) -> None:
    page = desk.get(f"/stories/{PIER}").text
    assert f'action="/stories/{PIER}/rename"' in page
    done = desk.post(f"/stories/{PIER}/rename", data={"title": "The pier"})
    assert done.status_code == HTTPStatus.SEE_OTHER
    assert "No worker has decided it yet" in desk.get(done.headers["location"]).text
    id_ = httpx.URL(done.headers["location"]).params["done"]
    [sent] = [
        one
        for record in records(settings, topics.TAGGED)
        if (one := decode(record.value, TaggedArticle).correction) is not None and one.id == id_
    ]
    assert (sent.action, sent.title, sent.by) == ("rename", "The pier", "night desk")
    with Producer(settings) as producer:
        producer.send(topics.CORRECTIONS, replace(sent, state="applied", outcome="done"))
    wait_for(lambda: "Renamed to “The pier”" in desk.get(f"/stories/{PIER}").text)
    assert f'name="correction" value="{id_}"' in desk.get(done.headers["location"]).text
    undone = desk.post(f"/stories/{PIER}/undo", data={"correction": id_})
    assert undone.status_code == HTTPStatus.SEE_OTHER
    log = [decode(one.value, Change) for one in records(settings, topics.AUDIT)]
    assert [one.by for one in log if one.subject == PIER][-2:] == ["night desk", "night desk"]


def test_an_article_leaves_a_story_with_its_copies(settings: Settings, desk: httpx.Client) -> None:
    page = desk.get(f"/stories/{PIER}").text
    assert "Not this story, nor its 1 copy" in page
    assert desk.post(f"/stories/{PIER}/split", data={"only": FIRST.article.id}).status_code == HTTPStatus.SEE_OTHER
    found = (decode(one.value, TaggedArticle).correction for one in records(settings, topics.TAGGED))
    sent = [one for one in found if one is not None and one.action == "split"][-1]
    assert (sent.story, sent.articles) == (PIER, (FIRST.article.id, COPY.article.id))


def test_a_story_tells_what_filing_changed_with_links(settings: Settings, desk: httpx.Client) -> None:
    story, other = "c0de" * 8, "ab12" * 8
    one = fiction.filed(article(90, ECHO, "Quay wall cracks", 1), story=story)
    history = (
        StoryEvent(at=NOW, what="merged", text=f"story {other} became part of this story, with 2 articles: same names"),
        StoryEvent(at=NOW, what="moved", text=f"1 article moved from story {story} to story {other}: fits it better"),
        StoryEvent(at=NOW, what="renamed", text="renamed by a person", by="jo"),
    )
    told = replace(fiction.story(story, "Quay wall cracks", (one,)), history=history)
    with stored_for_a_while(settings, article_document(one), story_document(fiction.update(told, one))):
        page = desk.get(f"/stories/{story}").text
    assert f'story <a href="/stories/{other}">{other[:12]}</a> became part of this story, with 2 articles' in page
    assert "fits it better" in page
    assert page.count("by Storywatch") == 2
    assert "renamed by a person" not in page, "corrections are told from their own log"


@pytest.mark.parametrize(
    ("action", "form", "says"),
    [
        ("rename", {"title": " "}, "at least one character"),
        ("merge", {}, "Name the other story"),
        ("merge", {"story": "https://news.example/stories/" + LIBRARY}, "only stories of one language"),
        ("split", {}, "Name at least one article"),
        ("move", {"article": "0" * 32, "story": LIBRARY}, "is not stored"),
        ("undo", {"correction": "x"}, "There is no such correction"),
        ("link", {"story": PIER}, "the same story"),
    ],
)
def test_a_correction_that_cannot_be_leads_back(
    desk: httpx.Client, action: str, form: dict[str, str], says: str
) -> None:
    answer = desk.post(f"/stories/{PIER}/{action}", data=form or {"nothing": "x"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert says in answer.text
    assert f'href="/stories/{PIER}"' in answer.text


def test_a_track_is_snoozed_and_woken_and_names_its_story(settings: Settings, desk: httpx.Client) -> None:
    made = Track(id="7e7e" * 8, name="Snoozed", story=LIBRARY, created_at=datetime.now(UTC))
    with Producer(settings) as producer:
        producer.send(topics.TRACKS, made)
    wait_for(lambda: "Mayor opens library" in desk.get("/tracks").text)
    assert desk.post(f"/tracks/{made.id}/snooze", data={"hours": "8"}).status_code == HTTPStatus.SEE_OTHER
    wait_for(lambda: "snoozed until" in desk.get("/tracks").text)
    assert desk.post(f"/tracks/{made.id}/snooze", data={"hours": "5"}).status_code == HTTPStatus.BAD_REQUEST
    assert desk.post(f"/tracks/{made.id}/wake").status_code == HTTPStatus.SEE_OTHER
    wait_for(lambda: "snoozed until" not in desk.get("/tracks").text)
    assert desk.post(f"/tracks/{made.id}/remove").status_code == HTTPStatus.SEE_OTHER


def test_a_track_of_the_form_sends_to_a_receiver(
    settings: Settings, desk: httpx.Client, receiver: NamedReceiver
) -> None:
    wait_for(lambda: f'value="{receiver.name}"' in desk.get("/tracks/new").text)
    form = {"query": "lighthouse keeper", "fires": "new_source", "receiver": receiver.name, "action": "save"}
    made = httpx.URL(desk.post("/tracks/new", data=form).headers["location"]).params["new"]
    assert stored_tracks(settings)[made].receivers == (receiver.name,)
    wait_for(lambda: desk.post(f"/tracks/{made}/remove").status_code == HTTPStatus.SEE_OTHER)
    unknown = desk.post("/tracks/new", data={**form, "query": "other", "receiver": "nobody-of-that-name"})
    assert unknown.status_code == HTTPStatus.BAD_REQUEST


def test_links_are_shown_with_their_reasons_and_can_be_cut(settings: Settings, desk: httpx.Client) -> None:
    made = StoryLink(
        id="1a2b" * 8,
        stories=(PIER, LIBRARY),
        languages=("en", "sv"),
        state="linked",
        at=datetime.now(UTC),
        version=1,
        score=0.7,
        reasons=("same figures: 12 t",),
    )
    with stored_for_a_while(settings, link_document(made)):
        page = desk.get(f"/stories/{PIER}").text
        assert "The same event in other languages" in page
        assert "same figures: 12 t" in page
        done = desk.post(f"/stories/{PIER}/unlink", data={"story": LIBRARY})
        assert "cut, for good" in desk.get(done.headers["location"]).text
    sent = [decode(one.value, LinkRequest).correction for one in records(settings, topics.SKETCHES)]
    assert sent[-1] is not None
    assert (sent[-1].state, sent[-1].other, sent[-1].by) == ("cut", LIBRARY, "night desk")


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

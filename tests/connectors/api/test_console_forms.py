"""What a desk changes on the pages of the console: tracks, receivers, deliveries, stories and links."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
import pytest
from msgspec.structs import replace

from connectors.elastic.write.documents import (
    alert_document,
    article_document,
    link_document,
    notice_document,
    story_document,
)
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
    StoryCorrection,
    StoryEvent,
    StoryLink,
    TaggedArticle,
    Track,
    Webhook,
)
from streams.runtime.settings import Settings
from tests.connectors.api.library import COPY, FIRST, LIBRARY, NOW, PIER, article, stored_for_a_while
from tests.connectors.api.serving import Served, add_key, log_in, records
from tests.connectors.cli import fiction
from tests.connectors.cli.fiction import ECHO
from tests.connectors.cli.running import wait_for
from tests.fiction import notice


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


def test_a_text_on_the_form_leads_to_its_story(settings: Settings, desk: httpx.Client) -> None:
    form = {"text": fiction.RETOLD, "fires": "new_source"}
    with stored_for_a_while(settings, *fiction.bridge_documents()):
        tried = desk.post("/tracks/new", data={**form, "action": "try"})
        assert "The text belongs to" in tried.text
        assert f"/stories/{fiction.BRIDGE}" in tried.text
        answer = desk.post("/tracks/new", data={**form, "action": "save"})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    made = httpx.URL(answer.headers["location"]).params["new"]
    track = stored_tracks(settings)[made]
    assert (track.story, track.name) == (fiction.BRIDGE, "Bridge at Varnholm sinks")
    unknown = desk.post("/tracks/new", data={"text": "Choir sings in Oslo", "fires": "new_source", "action": "try"})
    assert "No story has the text yet" in unknown.text
    desk.post(f"/tracks/{made}/remove")


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"query": "ferry AND (reef"}, "query: "),
        ({"query": ""}, "follows nothing"),
        ({"query": "the and of"}, "query: "),
        ({"query": "ferry", "text": "A report."}, "text: "),
        ({"text": "word " * 30_000}, "over the limit"),
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


def test_a_story_just_split_off_is_awaited(settings: Settings, desk: httpx.Client) -> None:
    made = StoryCorrection(
        id="5911" * 8, at=NOW, by="jo", action="split", story=PIER, into="0ff5" * 8, state="applied", outcome="done"
    )
    assert desk.get(f"/stories/{made.into}").status_code == HTTPStatus.NOT_FOUND
    with Producer(settings) as producer:
        producer.send(topics.CORRECTIONS, made)
    wait_for(lambda: desk.get(f"/stories/{made.into}").status_code == HTTPStatus.ACCEPTED)
    page = desk.get(f"/stories/{made.into}").text
    assert "This story is being written" in page
    assert 'http-equiv="refresh"' in page


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

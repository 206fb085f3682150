"""The links of messages at a real server: asking changes nothing, answering does, and only a signed link can."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import pytest
from msgspec.structs import replace

from connectors.kafka.producer import Producer
from connectors.tracks.feedback_links import LIFETIME, FeedbackLinks
from connectors.webhooks.sealing import new_key
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import Change, Muted, Track
from streams.runtime.settings import Settings
from tests.connectors.api.library import PIER, SECOND
from tests.connectors.api.serving import Served, environment, records, serving
from tests.connectors.cli.running import wait_for
from tests.connectors.webhooks.fiction import an_alert

KEY = new_key()
ID = "beefbeefbeef"
TRACK = Track(id=ID, name="Piers <b>&</b> cranes", created_at=datetime.now(UTC), query="pier crane")


@pytest.fixture(scope="module")
def linked(settings: Settings) -> Iterator[Served]:
    """A server that knows the key of the links, and the track."""
    save(settings, TRACK)
    with serving(environment(settings, secrets_key=KEY)) as server, server.client() as client:
        wait_for(lambda: client.get(path()).status_code == HTTPStatus.OK)
        yield server


@pytest.fixture
def reader(linked: Served, settings: Settings) -> Iterator[httpx.Client]:
    """Somebody with a link, and no more than that."""
    save(settings, TRACK)
    with linked.client() as client:
        yield client


def save(settings: Settings, track: Track | None, id_: str = ID) -> None:
    with Producer(settings) as producer:
        if track is None:
            producer.confirm(producer.start_raw(topics.TRACKS, id_, None))
        else:
            producer.send(topics.TRACKS, track)


def path(*, track: str = ID, made_at: datetime | None = None, key: str = KEY) -> str:
    """The address of a link to take out an article of the library, on this server."""
    made = an_alert()
    alert = replace(
        made,
        track=track,
        made_at=made_at or datetime.now(UTC),
        article=replace(made.article, id=SECOND.article.id),
        story=replace(made.story, id=PIER),
    )
    return httpx.URL(FeedbackLinks("https://news.example.org", key).add_to(alert).not_mine_url or "").path


def muted(settings: Settings, id_: str = ID) -> Muted:
    *_, value = [one.value for one in records(settings, topics.TRACKS) if one.key == id_.encode()]
    return decode(value, Track).muted


def changes(settings: Settings) -> list[Change]:
    return [decode(one.value, Change) for one in records(settings, topics.AUDIT) if one.key == ID.encode()]


def test_opening_a_link_asks_and_changes_nothing(reader: httpx.Client, settings: Settings) -> None:
    before = len(changes(settings))
    page = reader.get(path())
    assert page.status_code == HTTPStatus.OK
    assert "Piers &lt;b&gt;&amp;&lt;/b&gt; cranes" in page.text
    assert SECOND.article.title in page.text
    assert reader.head(path()).status_code in (HTTPStatus.OK, HTTPStatus.METHOD_NOT_ALLOWED)
    assert muted(settings) == Muted()
    assert len(changes(settings)) == before


@pytest.mark.parametrize(("kind", "field"), [("article", "muted.articles"), ("story", "muted.stories")])
def test_answering_takes_out_and_in(reader: httpx.Client, settings: Settings, kind: str, field: str) -> None:
    id_ = SECOND.article.id if kind == "article" else PIER
    page = reader.post(path(), data={"kind": kind, "do": "take out"})
    assert (page.status_code, "is taken out" in page.text) == (HTTPStatus.OK, True)
    assert getattr(muted(settings), field.removeprefix("muted.")) == (id_,)
    last = changes(settings)[-1]
    assert (last.by, last.action) == ("a link in a message", "changed")
    assert [(one.name, one.after) for one in last.fields] == [(field, id_)]

    count = len(changes(settings))
    assert reader.post(path(), data={"kind": kind, "do": "take out"}).status_code == HTTPStatus.OK, "twice is once"
    assert len(changes(settings)) == count

    page = reader.post(path(), data={"kind": kind, "do": "take in"})
    assert "is taken out" not in page.text
    assert muted(settings) == Muted()


def test_answers_one_after_another_are_all_kept(reader: httpx.Client, settings: Settings) -> None:
    for kind in ("article", "story"):
        reader.post(path(), data={"kind": kind, "do": "take out"}).raise_for_status()
    assert muted(settings) == Muted(articles=(SECOND.article.id,), stories=(PIER,))


def test_a_track_of_one_story_keeps_its_story(reader: httpx.Client, linked: Served, settings: Settings) -> None:
    save(settings, Track(id="feedfeedfeed", name="One", created_at=datetime.now(UTC), story=PIER))
    wait_for(lambda: reader.get(path(track="feedfeedfeed")).status_code == HTTPStatus.OK)
    assert "whole story" not in reader.get(path(track="feedfeedfeed")).text
    assert "whole story" in reader.get(path()).text
    save(settings, None, "feedfeedfeed")


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        (lambda: path(key=new_key()), 400, "This link is not valid: open the whole of it, as it is in the message."),
        (lambda: path()[:-5], 400, "This link is not valid"),
        (lambda: "/not-mine/x", 400, "This link is not valid"),
        (lambda: path(made_at=datetime.now(UTC) - LIFETIME - timedelta(seconds=1)), 400, "links work for 30 days"),
        (lambda: path(track="facefaceface"), 404, "The track that sent this message was removed"),
    ],
    ids=["another key", "cut off", "forged", "expired", "no track"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_does_not_work_says_why(
    reader: httpx.Client, method: str, address: object, status: int, says: str
) -> None:
    assert callable(address)
    form = {"kind": "story", "do": "take out"} if method == "POST" else None
    page = reader.request(method, address(), data=form)
    assert (page.status_code, says in page.text) == (status, True)


@pytest.mark.parametrize("form", [{}, {"kind": "story"}, {"kind": "track", "do": "take out"}, {"do": "remove"}])
def test_an_incomplete_form_changes_nothing(reader: httpx.Client, settings: Settings, form: dict[str, str]) -> None:
    page = reader.post(path(), data=form)
    assert (page.status_code, "open the link again" in page.text) == (HTTPStatus.BAD_REQUEST, True)
    assert muted(settings) == Muted()


def test_the_page_allows_nothing_foreign_and_is_not_passed_on(reader: httpx.Client) -> None:
    headers = reader.get(path()).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers


def test_a_link_is_not_in_the_log(reader: httpx.Client, linked: Served) -> None:
    for method in ("GET", "HEAD", "PUT", "POST"):
        reader.request(method, path())
    reader.get(path() + "/more")
    token = path().rpartition("/")[2]
    wait_for(lambda: any("/not-mine/{token}" in one for one in linked.log))
    assert [one for one in linked.log if token[:40] in one] == []

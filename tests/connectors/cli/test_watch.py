"""`watch` on feeds served on this machine."""

from contextlib import closing

import pytest

from streams.contract import topics
from streams.contract.codec import decode, encode
from streams.contract.messages import RawArticle
from streams.runtime.settings import Settings
from streams.runtime.spool.spool import Spool, SpooledMessage
from tests.connectors.cli.conftest import Topics
from tests.connectors.cli.running import Command, wait_for
from tests.connectors.http.serving import Answer, serve
from tests.fiction import raw

PAGE = "<html><body><article><h1>Pier closed</h1><p>The pier at Dunmoor is closed.</p></article></body></html>"


def feed(base: str, *names: str) -> Answer:
    items = "".join(f"<item><title>{name}</title><link>{base}/{name}</link></item>" for name in names)
    text = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Tarn</title>{items}</channel></rss>'
    return Answer(text.encode(), headers={"Content-Type": "application/rss+xml"})


def page() -> Answer:
    return Answer(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def test_each_new_entry_is_sent_once_across_restarts(process: Command, on_topics: Topics) -> None:
    with serve({"/one": page(), "/two": page()}) as site:
        site.routes["/feed"] = feed(site.base, "one")
        watch = ("watch", site.url("/feed"), "--once", "--allow-private", "--json")
        first = process(*watch)
        again = process(*watch)
        site.routes["/feed"] = feed(site.base, "two", "one")
        third = process(*watch)
    assert [ran.code for ran in (first, again, third)] == [0, 0, 0]
    assert [[one["url"] for one in ran.json["articles"]] for ran in (first, again, third)] == [
        [site.url("/one")],
        [],
        [site.url("/two")],
    ]
    arrivals = {record.key.decode(): record.value for record in on_topics.read(topics.RAW) if record.key}
    taken = decode(arrivals[first.json["articles"][0]["arrival"]], RawArticle)
    assert taken.page().decode() == PAGE


def test_what_waits_on_disk_is_sent_by_the_next_run(process: Command, stack: Settings, on_topics: Topics) -> None:
    waiting = raw("<p>It left its feed while Kafka was away.</p>")
    with closing(Spool(stack.data_dir / "spool", 1_000_000)) as spool:
        spool.append(SpooledMessage(topics.RAW.base, encode(waiting)))
    with serve({"/one": page()}) as site:
        site.routes["/feed"] = feed(site.base, "one")
        ran = process("watch", site.url("/feed"), "--once", "--allow-private", "--json")
    assert ran.code == 0, ran.err
    sent = [record.key.decode() for record in on_topics.read(topics.RAW) if record.key]
    assert sent.count(waiting.id) == 1


def test_allow_private_covers_the_host_of_the_feed_only(process: Command) -> None:
    with serve({"/own": page(), "/other": page()}) as site:
        feed_at_home = feed(site.base, "own").body.replace(
            b"</channel>",
            b"<item><title>Other</title><link>http://localhost:%d/other</link></item></channel>" % site.port,
        )
        site.routes["/feed"] = Answer(feed_at_home, headers={"Content-Type": "application/rss+xml"})
        ran = process("watch", site.url("/feed"), "--once", "--allow-private", "--json")
    assert "/own" in site.paths()
    assert "/other" not in site.paths()
    assert "localhost" in ran.err
    assert "--allow-private" in ran.err


@pytest.mark.parametrize(
    ("answer", "says"), [(Answer(b"gone", 404), "404"), (Answer(b"<p>no feed here</p>"), "feed")], ids=["404", "page"]
)
def test_what_is_no_feed_is_one_line(process: Command, answer: Answer, says: str) -> None:
    with serve({"/feed": answer}) as site:
        ran = process("watch", site.url("/feed"), "--once", "--allow-private")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"storywatch: {site.url('/feed')}: ")
    assert says in ran.err
    assert ran.out == "1 feed polled, 1 failed, 0 unchanged; 0 articles accepted, 0 refused\n"


def test_it_runs_until_ctrl_c_and_exits_with_0(process: Command) -> None:
    with serve({"/one": page()}) as site:
        site.routes["/feed"] = feed(site.base, "one")
        with process.going("watch", site.url("/feed"), "--interval", "1", "--allow-private") as watch:
            assert watch.line().strip().endswith(site.url("/one"))
            wait_for(lambda: site.paths().count("/feed") >= 2)
            ran = watch.end()
    assert ran.code == 0
    assert "Traceback" not in ran.err

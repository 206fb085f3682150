"""People find what was stored: by words, names, publishers, times; and nothing that they type breaks a query."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from connectors.elastic.admin.install import detect_capabilities
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import MARK_END, MARK_START, ArticleHit, Search
from connectors.elastic.write.documents import alert_document, article_document, notice_document, story_document
from connectors.elastic.write.writer import WriteResult
from connectors.views.choices import AlertChoice
from connectors.views.library import Library
from streams.contract import messages as m
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings
from tests.connectors.elastic import samples
from tests.connectors.elastic.conftest import write
from tests.connectors.elastic.samples import NOON

Writes = Callable[..., list[WriteResult]]
DAY = timedelta(days=1)


def ids(hits: list[ArticleHit]) -> list[str]:
    return [hit.article.article.id for hit in hits]


@pytest.fixture
def library(written: Writes, ready: Search) -> Search:
    """Three articles: the sample, one of another publisher and language a day later, one a month later."""
    herald = m.Publisher(id="herald.example", name="The Morning Herald", domain="herald.example")
    minister = m.Entity(key="person:bo lindqvist", name="Bo Lindqvist", type=m.EntityType.PERSON)
    other = {"entities": (minister,), "publisher": herald, "fetched_url": None, "summary": None}
    written(
        article_document(samples.filed("bridge")),
        article_document(
            samples.filed(
                "pont", title="Pont fermé", body="Le pont du port.", language="fr", first_seen=NOON + DAY, **other
            )
        ),
        article_document(
            samples.filed(
                "bakery",
                title="A bakery opens",
                body="Bread by the bridge.",
                first_seen=NOON + 31 * DAY,
                url="https://herald.example/bakery",
                **other,
            )
        ),
    )
    return ready


def test_words_are_found_best_match_first_across_months(library: Search) -> None:
    assert ids(library.search("bridge")) == ["bridge", "bakery"]


def test_all_words_must_occur(library: Search) -> None:
    assert ids(library.search("bridge bread")) == ["bakery"]


def test_phrases_exclusions_and_alternatives_work(library: Search) -> None:
    assert ids(library.search('"bridge harbour"')) == []
    assert ids(library.search('"harbour bridge"')) == ["bridge"]
    assert ids(library.search("bridge -bread")) == ["bridge"]
    assert set(ids(library.search("bread | harbour"))) == {"bakery", "bridge"}


@pytest.mark.parametrize("typed", ['"', "(((", "AND OR", "a:b/c[d TO", "\\", "~", "* bridge", "-", "{}!^", "(" * 400])
def test_what_is_no_query_is_one_line_and_no_name_is_an_error(typed: str, library: Search) -> None:
    for ask in (library.search, lambda words: library.stories(words=words)):
        with pytest.raises(UsageError, match=r"^query: column \d+: [^\n]+$"):
            ask(typed)
    library.search(entity=typed)
    library.search(publisher=typed)


def test_far_too_many_words_are_refused_before_they_are_sent(library: Search) -> None:
    with pytest.raises(UsageError, match="at most 2,000"):
        library.search("word " * 2_000)
    words = [f"word{number}" for number in range(101)]
    with pytest.raises(UsageError, match="more than 100 words"):
        library.search(" OR ".join(words))
    assert library.search(" OR ".join(words[:100])) == []


def test_found_words_are_marked(library: Search) -> None:
    hit = library.search("harbour")[0]
    assert hit.title.startswith(f"{MARK_START}Harbour{MARK_END} bridge")
    assert f"the {MARK_START}harbour{MARK_END} bridge on Tuesday" in " ".join(hit.fragments)
    assert hit.score > 0


def test_a_list_has_no_bodies_and_an_article_has(library: Search) -> None:
    assert library.search("harbour")[0].article.article.body == ""
    found = library.article("bridge")
    assert found is not None
    assert found.article.body == samples.BODY
    assert found.entities.details[0].mentions == ((44, 59), (80, 88))


def test_accents_do_not_count(library: Search, client: Elasticsearch) -> None:
    if not detect_capabilities(client).folding:
        pytest.skip("this server has no asciifolding filter")
    assert ids(library.search("ferme")) == ["pont"]
    assert ids(library.search(entity="elodie fontaine")) == ["bridge"]


@pytest.mark.parametrize("entity", ["person:bo lindqvist", "Bo Lindqvist", "lindqvist", "BO LINDQVIST"])
def test_by_entity_the_newest_first(entity: str, library: Search) -> None:
    assert ids(library.search(entity=entity)) == ["bakery", "pont"]


@pytest.mark.parametrize("publisher", ["gazette.example", "Gazette.Example", "northern-papers", "the gazette"])
def test_by_publisher(publisher: str, library: Search) -> None:
    assert ids(library.search(publisher=publisher)) == ["bridge"]


def test_by_time_and_language(library: Search) -> None:
    assert ids(library.search(since=NOON + DAY)) == ["bakery", "pont"]
    assert ids(library.search(until=NOON + DAY)) == ["bridge"]
    assert ids(library.search(since=NOON, until=NOON + 2 * DAY, language="FR")) == ["pont"]


def test_a_limit_is_kept_and_an_impossible_one_refused(library: Search) -> None:
    assert ids(library.search(limit=1)) == ["bakery"]
    with pytest.raises(UsageError, match="ask for 1 to"):
        library.search(limit=0)


def test_by_address_as_canonical_and_as_fetched(library: Search) -> None:
    for url in ("https://herald.example/bakery", "https://gazette.example/news/bridge?from=feed"):
        assert library.article_by_url(url) is not None
    assert library.article_by_url("https://gazette.example/other") is None


def test_articles_come_in_the_order_asked_for(library: Search) -> None:
    assert [one.article.id for one in library.articles(["bakery", "gone", "bridge", "bakery"])] == ["bakery", "bridge"]
    assert library.articles([]) == []


def test_a_story_is_told_in_the_order_of_publication(written: Writes, ready: Search) -> None:
    def told(id: str, published: m.Timestamp | None, seen: int, story: str = "story-one") -> object:  # noqa: A002
        filing = m.Filing(story=story, decision="joined", score=1, threshold=0.5, reasons=())
        return article_document(
            samples.filed(id, published=published, first_seen=NOON + timedelta(minutes=seen), filing=filing)
        )

    def at(minutes: int) -> m.Timestamp:
        return m.Timestamp(value=NOON + timedelta(minutes=minutes), precision="second", source="meta")

    today = m.Timestamp(value=NOON.replace(hour=0), precision="day", source="url")
    written(
        told("late find", at(-600), 50),
        told("second", at(10), 20),
        told("no date", None, 15),
        told("only the day", today, 12),
        told("first", at(1), 30),
        told("of another story", at(2), 2, story="story-two"),
    )
    order = ["late find", "first", "second", "only the day", "no date"]
    assert [one.article.id for one in ready.in_story("story-one")] == order
    assert ready.in_story("no such story") == []


def test_what_is_longer_than_a_page_is_whole(written: Writes, client: Elasticsearch, settings: Settings) -> None:
    names = [f"a-{n}" for n in range(5)]
    written(*(article_document(samples.filed(name, published=None)) for name in names))
    search = Search(SearchClient(settings), settings.index_prefix, page=2)
    assert [one.article.id for one in search.in_story("story-one")] == names
    assert [one.article.id for one in search.articles(names)] == names


@pytest.fixture
def stories(written: Writes, ready: Search) -> Search:
    one = m.Source(key="publisher:one", name="One")
    written(
        story_document(samples.update(id="aaaaaa-old", last_seen=NOON)),
        story_document(samples.update(id="aaaaaa-new", last_seen=NOON + DAY, language="fr")),
        story_document(
            samples.update(id="bbbbbb", last_seen=NOON + 2 * DAY, sources=(one,), title="Bread", entities=())
        ),
    )
    return ready


def test_stories_that_moved_last_come_first(stories: Search) -> None:
    assert [one.story.id for one in stories.stories()] == ["bbbbbb", "aaaaaa-new", "aaaaaa-old"]
    assert [one.story.id for one in stories.stories(1)] == ["bbbbbb"]
    assert [one.story.id for one in stories.stories(since=NOON + DAY, until=NOON + 2 * DAY)] == ["aaaaaa-new"]


def test_stories_by_language_sources_entity_and_words(stories: Search) -> None:
    assert [one.story.id for one in stories.stories(language="fr")] == ["aaaaaa-new"]
    assert [one.story.id for one in stories.stories(at_least_sources=2)] == ["aaaaaa-new", "aaaaaa-old"]
    assert [one.story.id for one in stories.stories(entity="person:elodie fontaine")] == ["aaaaaa-new", "aaaaaa-old"]
    assert [one.story.id for one in stories.stories(words="bread")] == ["bbbbbb"]


def test_a_story_by_its_id_or_an_unambiguous_beginning(stories: Search) -> None:
    for asked, found in {"bbbbbb": "bbbbbb", "aaaaaa-o": "aaaaaa-old", "aaaaaa-old": "aaaaaa-old"}.items():
        story = stories.story(asked)
        assert story is not None
        assert story.story.id == found
    assert stories.story("cccccc") is None
    with pytest.raises(UsageError, match="more than one story"):
        stories.story("aaaaaa")
    with pytest.raises(UsageError, match="too short"):
        stories.story("bbb")


def test_alerts_the_latest_first_by_track_story_and_time(written: Writes, ready: Search) -> None:
    written(
        alert_document(samples.alert("a", made_at=NOON)),
        alert_document(samples.alert("b", made_at=NOON + 40 * DAY)),
        alert_document(samples.alert("c", made_at=NOON + DAY, track="track-two", track_name="Bread")),
        alert_document(samples.alert("d", made_at=NOON + DAY / 2, story=samples.story(id="story-two"))),
    )
    assert [one.alert.id for one in ready.alerts()] == ["b", "c", "d", "a"]
    assert [one.alert.id for one in ready.alerts(2)] == ["b", "c"]
    assert [one.alert.id for one in ready.alerts(track="track-two")] == ["c"]
    assert [one.alert.id for one in ready.alerts(track="Bread")] == ["c"]
    assert [one.alert.id for one in ready.alerts(story="story-two")] == ["d"]
    assert [one.alert.id for one in ready.alerts(since=NOON + DAY)] == ["b", "c"]


def test_what_receivers_failed_to_take_counts_notices(written: Writes, ready: Search) -> None:
    gone = m.Delivery(status="failed", attempts=1, at=NOON, code=410, off=True)
    written(notice_document(samples.notice(receiver="r1", delivery=gone)))
    assert ready.receivers_off(["r1", "r2"]) == {"r1": NOON}
    failing = m.Delivery(status="retrying", attempts=3, at=NOON, paused_at=NOON)
    written(alert_document(samples.alert(receiver="r3", delivery=failing)))
    assert ready.receivers_paused(["r3"]) == {"r3": NOON}
    taken = m.Delivery(status="delivered", attempts=1, at=NOON + DAY)
    written(notice_document(samples.notice("later", receiver="r3", delivery=taken)))
    assert ready.receivers_paused(["r3"]) == {}


def test_alerts_and_notices_are_listed_together(written: Writes, settings: Settings, ready: Search) -> None:
    library = Library(SearchClient(settings), settings.index_prefix)
    assert library.deliveries(AlertChoice()).items == ()
    written(notice_document(samples.notice("n-first-1", made_at=NOON)))
    assert [one.alert for one in library.deliveries(AlertChoice()).items] == ["n-first-1"]
    written(
        alert_document(samples.alert("a-second", made_at=NOON + DAY)),
        notice_document(samples.notice("n-third-1", made_at=NOON + 40 * DAY)),
    )
    first = library.deliveries(AlertChoice(), limit=2)
    assert [(one.alert, one.health) for one in first.items] == [("n-third-1", "silent"), ("a-second", None)]
    rest = library.deliveries(AlertChoice(), limit=2, after=first.next)
    assert [one.alert for one in rest.items] == ["n-first-1"]
    only = library.deliveries(AlertChoice(since=NOON), sources=True).items
    assert [one.alert for one in only] == ["n-third-1", "n-first-1"]
    assert [one.alert for one in library.deliveries(AlertChoice(track="track-one")).items] == ["a-second"]
    assert [one.id for one in library.alerts(AlertChoice()).items] == ["a-second"]
    found = library.delivery("n-thir")
    assert found is not None
    assert (found.source, found.track, found.reason) == ("The Gazette", None, "nothing new since 03:00")
    with pytest.raises(UsageError, match="too short"):
        library.delivery("n-")


def test_an_alert_is_listed_as_soon_as_it_is_stored(ready: Search, settings: Settings) -> None:
    assert ready.alerts() == []
    write(settings, alert_document(samples.alert("a", made_at=NOON)))  # into an index that this makes
    assert [one.alert.id for one in ready.alerts()] == ["a"]


def test_before_the_first_article_everything_is_empty(ready: Search) -> None:
    assert (ready.search("x"), ready.stories(), ready.alerts(), ready.in_story("x")) == ([], [], [], [])
    assert ready.article("x") is None
    assert ready.story("xxxxxx") is None
    ready.refresh()


def test_before_init_the_error_names_the_command(client: Elasticsearch, settings: Settings) -> None:
    with pytest.raises(UsageError, match="run `storywatch init`"):
        Search(SearchClient(settings), settings.index_prefix).stories()

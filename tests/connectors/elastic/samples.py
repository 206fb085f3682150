"""Invented messages with every field set, to be changed where a test needs it."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from msgspec.structs import replace

from streams.contract import messages as m
from streams.contract import trace
from streams.contract.deadletter import DeadLetter, DeadLetterRecord, Subject
from streams.contract.stage import RecordContext
from streams.contract.trace import Hop

NOON = datetime(2031, 5, 14, 12, 0, tzinfo=UTC)
TITLE = "Harbour bridge of Ostrava Bay closed"
BODY = "Mayor Élodie Fontaine closed the harbour bridge on Tuesday.\n\nEngineers of Quillfeather found a crack."

GAZETTE = m.Publisher(
    id="gazette.example", name="The Gazette", domain="gazette.example", country="NZ", owner="northern-papers"
)
FILING = m.Filing(
    story="story-one",
    decision="joined",
    score=0.71,
    threshold=0.5,
    reasons=("shares the phrase 'harbour bridge'",),
    nearest="article-zero",
    moved_from="story-zero",
    shared_entities=("person:elodie fontaine",),
    shared_terms=("bridge", "harbour"),
    gap_seconds=3600.5,
)
SOURCE = m.Source(key="owner:northern-papers", name="Northern Papers")


def _step(number: int, stage: str) -> Hop:
    began = NOON + timedelta(seconds=number)
    return Hop(stage, began, began + timedelta(seconds=0.5), "0.1.0")


STEPS = ("receive", "clean", "dedup", "tag", "story", "match", "decide", "deliver")
AT = RecordContext(
    0,
    7,
    NOON + timedelta(seconds=5.5),
    (*(_step(number, stage) for number, stage in enumerate(STEPS)), trace.open_hop("store_articles", NOON)),
)


def article(**changes: Any) -> m.CleanArticle:
    whole = m.CleanArticle(
        id="article-one",
        revision="revision-one",
        arrival="arrival-one",
        origin="https://gazette.example/feed.xml",
        lane=m.Lane.LIVE,
        lane_reason="published on 2031-05-01, more than 13 days before it arrived",
        fetched_at=NOON,
        kind=m.Kind.ARTICLE,
        title=TITLE,
        body=BODY,
        body_source="linked data",
        body_confidence=0.8,
        language="en",
        url="https://gazette.example/news/bridge",
        fetched_url="https://gazette.example/news/bridge?from=feed",
        publisher=GAZETTE,
        authors=("Nils Aaltonen",),
        published=m.Timestamp(value=NOON - timedelta(hours=1), precision="second", source="jsonld", confidence=0.9),
        modified=m.Timestamp(value=NOON - timedelta(minutes=5), precision="second", source="meta", confidence=0.8),
        summary="The bridge is shut.",
        section="Regions",
        tags=("bridge", "traffic"),
        labels=("world", "papers"),
        image="https://www.tidings.example/bridge.jpg",
        words=15,
        credits=("Example Wire",),
        links=("https://quillfeather.example/",),
        received_at=NOON + timedelta(seconds=1),
    )
    return replace(whole, **changes)


def filed(id: str = "article-one", **changes: Any) -> m.FiledArticle:  # noqa: A002
    """Fields of the clean article can be changed by their own names."""
    outer = {name: changes.pop(name) for name in list(changes) if name in m.FiledArticle.__struct_fields__}
    whole = m.FiledArticle(
        article=article(id=id, **changes),
        copy=m.CopyVerdict(
            relation=m.Relation.WIRE,
            group="article-zero",
            of="article-zero",
            of_publisher="wire.example",
            similarity=0.93,
            reason="the same 12 phrases",
            text_relation=m.Relation.WIRE,
        ),
        first_seen=NOON,
        filing=FILING,
        coverage=m.Coverage(source=SOURCE, new=False, new_publisher=True, reason="a copy of one wire"),
        version=7,
        edit=m.Edit(number=1, title_before="Harbour bridge closed", added=("A crack was found.",), removed=1),
        entities=(
            m.Entity(
                key="person:elodie fontaine",
                name="Élodie Fontaine",
                type=m.EntityType.PERSON,
                mentions=((44, 59), (80, 88)),
            ),
            m.Entity(key="organisation:quillfeather", name="Quillfeather", type=m.EntityType.ORGANISATION),
            m.Entity(key="place:ostrava bay", name="Ostrava Bay", type=m.EntityType.PLACE),
            m.Entity(key="group:engineers", name="Engineers", type=m.EntityType.GROUP),
        ),
        quotes=("It will take a month",),
        numbers=("12",),
        brought=m.Brought(source=SOURCE, at=NOON),
        counts=m.StoryCounts(articles=3, sources=2, publishers=2),
    )
    return replace(whole, **outer)


def story(**changes: Any) -> m.Story:
    whole = m.Story(
        id="story-one",
        title=TITLE,
        language="en",
        first_seen=NOON - timedelta(hours=2),
        last_seen=NOON,
        articles=3,
        sources=(SOURCE, m.Source(key="publisher:herald.example", name="The Herald")),
        publishers=("The Gazette", "The Herald"),
        entities=(
            m.EntityCount(key="person:elodie fontaine", name="Élodie Fontaine", type=m.EntityType.PERSON, articles=2),
        ),
        absorbed=("story-zero",),
        history=(m.StoryEvent(at=NOON, what="merged", text="story-zero became part of this story", by="jo@desk"),),
    )
    return replace(whole, **changes)


def reference() -> m.ArticleRef:
    whole = article()
    return m.ArticleRef(
        id=whole.id,
        title=whole.title,
        kind=whole.kind,
        language=whole.language,
        lane=whole.lane,
        fetched_at=whole.fetched_at,
        url=whole.url,
        publisher=whole.publisher,
        published=whole.published,
        labels=whole.labels,
    )


def update(version: int = 7, **changes: Any) -> m.StoryUpdate:
    """Fields of the story can be changed by their own names."""
    return m.StoryUpdate(
        id=f"update-{version}",
        kind="joined",
        story=story(**changes),
        article=reference(),
        filing=FILING,
        coverage=m.Coverage(source=SOURCE, new=True, new_publisher=True, reason="the first of this owner"),
        version=version,
        received_at=NOON + timedelta(seconds=1),
        filed_at=NOON + timedelta(seconds=4.5),
        terms=("bridge", "harbour"),
        names=("person:elodie fontaine",),
        moved_to="story-two",
    )


def alert(id: str = "alert-one", **changes: Any) -> m.Alert:  # noqa: A002
    whole = m.Alert(
        id=id,
        track="track-one",
        track_name="The bridge",
        receiver="receiver-one",
        receiver_name="desk",
        story=story(),
        article=reference(),
        source=SOURCE,
        sources=2,
        condition="new source",
        reason="Northern Papers is the second source",
        filing=FILING,
        received_at=NOON + timedelta(seconds=1),
        made_at=NOON + timedelta(seconds=5),
        fired=("new source", "first country: NZ"),
        corrects=("alert-zero",),
        late_by=700.0,
        summed=3,
        url="https://hooks.example/services/token-of-the-desk?key=token-of-the-desk",
        delivery=m.Delivery(
            status="retrying",
            attempts=1,
            at=NOON + timedelta(seconds=6),
            code=503,
            error="the receiver answered 503",
            next_at=NOON + timedelta(seconds=11),
            held_for="digest",
            off=True,
            paused_at=NOON,
            answers=(m.Answer(at=NOON + timedelta(seconds=6), code=503, error="the receiver answered 503"),),
        ),
    )
    return replace(whole, **changes)


def notice(id: str = "notice-one", **changes: Any) -> m.SourceNotice:  # noqa: A002
    """With the delivery of `alert`."""
    one = alert()
    whole = m.SourceNotice(
        id=id,
        receiver=one.receiver,
        receiver_name=one.receiver_name,
        made_at=NOON,
        url=one.url,
        delivery=one.delivery,
        source="3f2a9c01b7de",
        source_name="The Gazette",
        source_url="https://gazette.example/feed.xml",
        health="silent",
        since=NOON - timedelta(hours=9),
        why="nothing new since 03:00",
    )
    return replace(whole, **changes)


def letter(id: str = "letter-one", attempt: int = 0, **changes: Any) -> DeadLetterRecord:  # noqa: A002
    whole = DeadLetter(
        id=id,
        time=NOON + timedelta(minutes=attempt),
        stage="store_articles",
        error="Rejected",
        reason="the mapping refuses it",
        source="gazette.example",
        origin="https://gazette.example/feed.xml",
        topic="articles.filed.v1",
        partition="3",
        offset="41",
        key="article-one",
        size=2_900,
        attempt=attempt,
        version="0.1.0",
        record=(0, 12),
    )
    subject = Subject("article-one", "arrival-one", "https://gazette.example/news/bridge")
    return DeadLetterRecord(dataclasses.replace(whole, **changes), subject)


def change(**changes: Any) -> m.Change:
    whole = m.Change(
        id="change-one",
        at=NOON,
        by="ada@desk",
        action="changed",
        kind="track",
        subject="3f2a9c01b7de",
        name="Harbour wall",
        fields=(m.ChangedField(name="at_sources", after="3"),),
    )
    return replace(whole, **changes)


def resolution(state: Literal["sent", "passed", "dropped"] = "dropped", **changes: Any) -> m.Resolution:
    whole = m.Resolution(
        letter="letter-one", state=state, attempt=0, at=NOON + timedelta(hours=1), by="ada@desk", reason="a test page"
    )
    return replace(whole, **changes)


def link() -> m.StoryLink:
    return m.StoryLink(
        id="link-one",
        stories=("story-one", "story-two"),
        languages=("en", "de"),
        state="linked",
        at=NOON,
        version=7,
        score=0.81,
        cosine=0.72,
        reasons=("same figures: 137",),
        by="jo@desk",
    )

"""One invented message of each type, for the tests of the pipeline's own parts."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from streams.alerts.receivers import named_receiver_id
from streams.contract.messages import (
    Alert,
    ArticleRef,
    Candidate,
    Change,
    CleanArticle,
    ContentType,
    CopyVerdict,
    Coverage,
    Delivery,
    Entity,
    EntityType,
    FiledArticle,
    Filing,
    Kind,
    Lane,
    LinkRequest,
    Message,
    Polled,
    Publisher,
    RawArticle,
    Relation,
    Resolution,
    SenderFields,
    Source,
    SourceNotice,
    SourceState,
    SourceStatus,
    Story,
    StoryLink,
    StorySketch,
    StoryUpdate,
    TaggedArticle,
    Track,
    UniqueArticle,
    WatchedSource,
    Webhook,
)

NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "https://desk.example/hook"


def after(**passed: float) -> datetime:
    return NOON + timedelta(**passed)


def raw(text: str = "A harbour wall gave way.", *, origin: str = "01-wall.html", url: str | None = None) -> RawArticle:
    return RawArticle.arrive(
        text.encode(),
        ContentType.TEXT,
        fetched_at=NOON,
        received_at=after(seconds=1),
        url=url,
        origin=origin,
        given=SenderFields(title="Wall"),
    )


def publisher(name: str = "Dunmoor Echo") -> Publisher:
    domain = name.lower().replace(" ", "-") + ".example"
    return Publisher(id=domain, name=name, domain=domain)


def clean(article: str = "a1", *, body: str = "The harbour wall of Dunmoor gave way.", by: str = "") -> CleanArticle:
    return CleanArticle(
        id=article,
        revision=f"{article}-r1",
        arrival=f"{article}-arrival",
        origin=f"{article}.html",
        lane=Lane.LIVE,
        fetched_at=NOON,
        kind=Kind.ARTICLE,
        title="Harbour wall gives way",
        body=body,
        language="en",
        publisher=publisher(by) if by else publisher(),
        words=len(body.split()),
        received_at=NOON,
    )


def unique(article: str = "a1") -> UniqueArticle:
    return UniqueArticle(
        article=clean(article), copy=CopyVerdict(relation=Relation.ORIGINAL, group=article), first_seen=NOON
    )


def tagged(article: str = "a1") -> TaggedArticle:
    one = unique(article)
    return TaggedArticle(
        article=one.article,
        copy=one.copy,
        first_seen=one.first_seen,
        entities=(Entity(key="place:dunmoor", name="Dunmoor", type=EntityType.PLACE, mentions=((16, 23),)),),
    )


def filing(story: str = "s1") -> Filing:
    return Filing(story=story, decision="created", score=1.0, threshold=0.5, reasons=("the first of its kind",))


def source(name: str = "Dunmoor Echo") -> Source:
    return Source(key=f"publisher:{publisher(name).id}", name=name)


def coverage(name: str = "Dunmoor Echo", *, new: bool = True, new_publisher: bool = True) -> Coverage:
    return Coverage(source=source(name), new=new, new_publisher=new_publisher, reason=f"{name} is new")


def filed(article: str = "a1", *, version: int = 7) -> FiledArticle:
    one = tagged(article)
    return FiledArticle(
        article=one.article,
        copy=one.copy,
        first_seen=one.first_seen,
        filing=filing(),
        coverage=coverage(),
        version=version,
        entities=one.entities,
    )


def story(id_: str = "s1", names: tuple[str, ...] = ("Tarn Post", "Dunmoor Echo")) -> Story:
    return Story(
        id=id_,
        title="Harbour wall gives way",
        language="en",
        first_seen=NOON,
        last_seen=NOON,
        articles=len(names),
        sources=tuple(source(name) for name in names),
        publishers=names,
    )


def update(
    story_id: str = "s1",
    *,
    by: str | None = "Dunmoor Echo",
    names: tuple[str, ...] = ("Tarn Post", "Dunmoor Echo"),
    covers: Coverage | None = None,
    filed_at: datetime = NOON,
    lane: Lane = Lane.LIVE,
    terms: tuple[str, ...] = ("dunmoor", "harbour", "wall"),
    keys: tuple[str, ...] = ("place:dunmoor",),
) -> StoryUpdate:
    return StoryUpdate(
        id=f"{story_id}-{by}",
        kind="joined",
        story=story(story_id, names),
        article=ArticleRef(
            id=f"{story_id}-{by}",
            title="Harbour wall gives way",
            kind=Kind.ARTICLE,
            language="en",
            lane=lane,
            fetched_at=NOON,
            publisher=publisher(by) if by else None,
        ),
        filing=filing(story_id),
        coverage=covers or coverage(by or "nobody"),
        version=3,
        received_at=NOON,
        filed_at=filed_at,
        terms=terms,
        names=keys,
    )


def track(id_: str = "t1", **fields: object) -> Track:
    """A track on story s1 with a webhook, made an hour before noon, unless ``fields`` say otherwise."""
    made = Track(
        id=id_,
        name=f"Track {id_}",
        created_at=after(hours=-1),
        story=None if {"query", "words", "entities"} & fields.keys() else "s1",
        webhook=Webhook(url=HOOK, secret=SECRET),
    )
    return replace(made, **fields)


def candidate(of: Track | None = None, about: StoryUpdate | None = None) -> Candidate:
    return Candidate(track=of or track(), update=about or update(), why="follows this story")


def alert(
    number: int = 1, *, receiver: str = "r1", made_at: datetime = NOON, delivery: Delivery | None = None
) -> Alert:
    return Alert(
        id=f"alert-{number}",
        track="t1",
        track_name="Track t1",
        receiver=receiver,
        story=story(),
        article=update().article,
        source=source(),
        sources=2,
        condition="new source",
        reason="Dunmoor Echo is new",
        filing=filing(),
        received_at=NOON,
        made_at=made_at,
        url=HOOK,
        delivery=delivery or Delivery(status="pending"),
    )


def notice(health: Literal["silent", "broken", "recovered"] = "silent", version: int = 1) -> SourceNotice:
    return SourceNotice(
        id=f"notice-{version}",
        receiver=named_receiver_id("desk"),
        receiver_name="desk",
        made_at=NOON,
        source="w1",
        source_name="The Paper",
        source_url="https://paper.example/feed.xml",
        health=health,
        since=after(seconds=-9_000),
        why="nothing new since 09:30",
    )


def resolution(state: Literal["sent", "passed", "dropped"] = "dropped", attempt: int = 0) -> Resolution:
    return Resolution(letter="d1", state=state, attempt=attempt, at=NOON, by="jo@desk", reason="a test page")


def watched_source() -> WatchedSource:
    return WatchedSource(id="w1", url="https://paper.example/feed.xml", site="paper.example", created_at=NOON)


def polled() -> Polled:
    return Polled(source="w1", site="paper.example", state=SourceState(url="https://paper.example/feed.xml", version=1))


def source_status() -> SourceStatus:
    return SourceStatus(source="w1", at=NOON, health="ok")


def change() -> Change:
    return Change(id="c1", at=NOON, by="jo@desk", action="added", kind="track", subject="t1", name="Dam")


def link_request() -> LinkRequest:
    sketch = StorySketch(article="a1", language="en", vector=bytes(512), names=("mrtn",), figures=("137",))
    return LinkRequest(story="s1", at=NOON, sketch=sketch)


def story_link() -> StoryLink:
    return StoryLink(id="l1", stories=("s1", "s2"), languages=("en", "de"), state="linked", at=NOON, version=7)


def one_of_each() -> list[Message]:
    articles = [raw(), clean(), unique(), tagged(), filed(), update(), candidate(), alert(), notice()]
    linking = [link_request(), story_link()]
    return [*articles, *linking, track(), resolution(), watched_source(), polled(), source_status(), change()]


def fields(message: Struct) -> set[str]:
    return set(message.__struct_fields__)

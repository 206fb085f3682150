"""An invented story with three articles and an alert, as the pipeline would have stored them."""

from datetime import UTC, datetime, timedelta

from connectors.elastic.write.documents import IndexDocument, article_document
from streams.contract import messages as m

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
STORY = "5aa1" * 8
OTHER_STORY = "77fe" * 8
ESCAPE = "\x1b[31m"
GAZETTE = m.Publisher(id="gazette.example", name="Tarn Gazette", domain="gazette.example")
ECHO = m.Publisher(id="echo.example", name="Dunmoor Echo", domain="echo.example", owner="northfell")
MAIL = m.Publisher(id="mail.example", name="Quay Mail", domain="mail.example")
PERSON = m.Entity(key="person:elin varga", name="Elin Varga", type=m.EntityType.PERSON, mentions=((0, 10),))


def article(number: int, publisher: m.Publisher, title: str, **changed: object) -> m.CleanArticle:
    fields: dict[str, object] = {
        "id": f"{number:032x}",
        "revision": f"{number:x}",
        "arrival": f"{number:x}",
        "origin": f"{number}.html",
        "lane": m.Lane.LIVE,
        "fetched_at": NOON + timedelta(hours=number),
        "kind": m.Kind.ARTICLE,
        "title": title,
        "body": "Elin Varga closed the ferry pier at Dunmoor on Tuesday after a crane fell.",
        "language": "en",
        "url": f"https://{publisher.domain}/pier-{number}",
        "publisher": publisher,
    }
    return m.CleanArticle(**(fields | changed))  # type: ignore[arg-type]


def filed(
    one: m.CleanArticle,
    *,
    relation: m.Relation = m.Relation.ORIGINAL,
    new: bool = True,
    story: str = STORY,
    sources: int = 1,
) -> m.FiledArticle:
    assert one.publisher is not None
    copied = relation is not m.Relation.ORIGINAL
    return m.FiledArticle(
        article=one,
        copy=m.CopyVerdict(
            relation=relation,
            group=f"{1:032x}",
            of=f"{1:032x}" if copied else None,
            of_publisher=GAZETTE.name if copied else None,
            similarity=0.97 if copied else 0.0,
            reason="48 of 50 shingles are the same" if copied else "",
        ),
        first_seen=one.fetched_at,
        filing=filing(story),
        coverage=m.Coverage(
            source=m.Source(key=one.publisher.id, name=one.publisher.name),
            new=new,
            new_publisher=True,
            reason="a report of its own" if new else "carries the text of Tarn Gazette",
        ),
        version=1,
        entities=(PERSON,),
        counts=m.StoryCounts(articles=1, sources=sources, publishers=1),
    )


def filing(story: str) -> m.Filing:
    return m.Filing(
        story=story, decision="joined", score=0.71, threshold=0.5, reasons=("shares the phrase 'ferry pier'",)
    )


ARTICLES = (
    filed(article(1, GAZETTE, f"Ferry pier{ESCAPE} closed at Dunmoor")),
    filed(article(2, ECHO, "Crane falls on ferry pier"), sources=2),
    filed(article(3, MAIL, "Pier closed after crane fall"), relation=m.Relation.WIRE, new=False),
    filed(article(4, MAIL, "Mayor opens library", body="The new library opened.", language="sv"), story=OTHER_STORY),
)


def story(number: str, title: str, articles: tuple[m.FiledArticle, ...]) -> m.Story:
    sources = [one.coverage.source for one in articles if one.coverage.new and one.coverage.source]
    return m.Story(
        id=number,
        title=title,
        language=articles[0].article.language,
        first_seen=articles[0].first_seen,
        last_seen=articles[-1].first_seen,
        articles=len(articles),
        sources=tuple(sources),
        publishers=tuple(one.article.publisher.name for one in articles if one.article.publisher),
        entities=(m.EntityCount(key=PERSON.key, name=PERSON.name, type=PERSON.type, articles=len(articles)),),
    )


def reference(one: m.FiledArticle) -> m.ArticleRef:
    return m.ArticleRef(
        id=one.article.id,
        title=one.article.title,
        kind=one.article.kind,
        language=one.article.language,
        lane=one.article.lane,
        fetched_at=one.article.fetched_at,
        url=one.article.url,
        publisher=one.article.publisher,
        relation=one.copy.relation,
    )


def update(told: m.Story, last: m.FiledArticle) -> m.StoryUpdate:
    return m.StoryUpdate(
        id=f"update-{told.id}",
        kind="joined",
        story=told,
        article=reference(last),
        filing=last.filing,
        coverage=last.coverage,
        version=1,
        received_at=last.first_seen,
        filed_at=last.first_seen,
    )


PIER = story(STORY, "Ferry pier closed at Dunmoor", ARTICLES[:3])
UPDATES = (update(PIER, ARTICLES[2]), update(story(OTHER_STORY, "Mayor opens library", ARTICLES[3:]), ARTICLES[3]))


def alert(number: int, delivery: m.Delivery) -> m.Alert:
    return m.Alert(
        id=f"{number:032x}",
        track="abcdef012345",
        track_name="Pier",
        receiver="receiver-1",
        story=PIER,
        article=reference(ARTICLES[1]),
        source=m.Source(key=ECHO.id, name=ECHO.name),
        sources=2,
        condition="new source",
        reason="Dunmoor Echo is a new independent source on this story, number 2",
        filing=ARTICLES[1].filing,
        received_at=NOON + timedelta(hours=number),
        made_at=NOON + timedelta(hours=number, seconds=2),
        url="https://receiver.example/hook/token-0123456789",
        delivery=delivery,
    )


ALERTS = (
    alert(1, m.Delivery(status="delivered", attempts=1, at=NOON, code=204)),
    alert(
        2,
        m.Delivery(
            status="retrying", attempts=3, at=NOON, code=500, error="answered 500", next_at=NOON + timedelta(days=1)
        ),
    ),
)


BRIDGE = "b41d" * 8
REPORT = (
    "The iron bridge at Varnholm sank by a metre on Tuesday night, and the council closed it to lorries. "
    "Engineer Odd Sulland said that the northern pillar stands on clay, which last week's flood washed away."
)
RETOLD = (
    "Varnholm has closed its iron bridge to lorries. A flood washed the clay away on which the northern pillar stands, "
    "the engineer Odd Sulland said, and the bridge sank by a metre."
)


def bridge_documents() -> list[IndexDocument]:
    """Two stories of today: `BRIDGE`, which has the report that `RETOLD` tells too, and another one of the place."""
    choir = "A choir of Varnholm won a prize for old songs. Its leader thanked the jury."
    stories = ((31, "Bridge at Varnholm sinks", REPORT, BRIDGE), (32, "Varnholm choir wins a prize", choir, "c01c" * 8))
    return [
        article_document(
            filed(article(number, GAZETTE, title, body=body, fetched_at=datetime.now(UTC), published=None), story=story)
        )
        for number, title, body, story in stories
    ]

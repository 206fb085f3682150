"""An invented alert, for tests of receivers and previews of channels."""

from datetime import UTC, datetime

from streams.contract.messages import (
    Alert,
    ArticleRef,
    Filing,
    Kind,
    Lane,
    Publisher,
    Source,
    Story,
    Timestamp,
    digest,
)

AT = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


def sample_alert() -> Alert:
    publisher = Publisher(
        id="dunmoor-echo.example",
        name="Dunmoor Echo",
        domain="dunmoor-echo.example",
        country="GB",
        owner="Northfell Media",
        agency=False,
    )
    return Alert(
        id=digest("sample alert"),
        track="example",
        track_name="Example: harbour wall",
        receiver="",
        story=Story(
            id=digest("sample story"),
            title="Harbour wall at Dunmoor gives way",
            language="en",
            first_seen=AT,
            last_seen=AT,
            articles=4,
            sources=(Source(key="publisher:tarn-post.example", name="Tarn Post"),),
            publishers=("Tarn Post", "Dunmoor Echo"),
        ),
        article=ArticleRef(
            id=digest("sample article"),
            title="“No warning”: harbour wall at Dunmoor gives way",
            kind=Kind.ARTICLE,
            language="en",
            lane=Lane.LIVE,
            fetched_at=AT,
            url="https://dunmoor-echo.example/harbour-wall",
            publisher=publisher,
            published=Timestamp(value=AT, precision="second", source="jsonld", confidence=1.0),
            excerpt="The northern harbour wall of Dunmoor gave way on Sunday. Nobody was hurt.",
        ),
        source=Source(key="owner:Northfell Media", name="Northfell Media"),
        sources=2,
        condition="new source",
        reason="independent source number 2: a report of its own",
        filing=Filing(
            story=digest("sample story"),
            decision="joined",
            score=0.71,
            threshold=0.5,
            reasons=("shares the phrase 'harbour wall'",),
        ),
        received_at=AT,
        made_at=AT,
    )

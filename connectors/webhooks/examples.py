"""Invented alerts and a notice, and what their receivers get: for the docs, and to try a receiver or a template."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec.structs import replace

from connectors.webhooks.notes import note_payload
from connectors.webhooks.payload import payload, write_schema
from streams.alerts.ledger.compose import summed_up
from streams.contract.messages import (
    Alert,
    ArticleRef,
    Delivery,
    Edit,
    Filing,
    Kind,
    Lane,
    Publisher,
    Relation,
    Source,
    SourceNotice,
    Story,
    Timestamp,
)
from streams.sources.notices import to_note

EXAMPLES_FILE = Path(__file__).with_name("payload.examples.json")
_NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
_STORY = "9d5ed678fe57bcca610140957afab571"
_NOT_MINE = "https://news.example.org/not-mine/WyIzZjJhOWMwMWI3ZGUiXQ.x5yNwQzW1kq8"  # longer in truth
_TIMES = {"received_at": _NOON - timedelta(seconds=2), "filed_at": _NOON - timedelta(seconds=0.5), "made_at": _NOON}


def example_alerts() -> tuple[Alert, ...]:
    """A new source, an edit, a correction, and a summary of the first two."""
    found = _new_source()
    edited = replace(
        found,
        id="5f21ca7d1e4b4f0f8d1b7a9c3e5d7f90",
        condition="edit corrects",
        fired=("edit corrects",),
        reason='edit corrects: the title was "Harbour wall falls", 1 paragraphs are new',
        edit=Edit(
            number=1,
            title_before="Harbour wall falls",
            added=("Correction: an earlier version of this report said that the wall had fallen.",),
        ),
    )
    corrected = replace(
        found,
        id="6b7d20715f8bfa0c11d2e3f405162738",
        condition="correction",
        fired=("correction",),
        corrects=(found.id,),
        reason='"Harbour wall gives way" is not part of this story any more: it moved to story 0cc175b9',
    )
    summary = replace(
        edited,
        id="944e0c0b6f1d4c7f9a2b3c4d5e6f7081",
        condition="summary",
        fired=("summary",),
        edit=None,
        reason="2 alerts that were held (quiet hours)",
        summed=2,
        summary=tuple(replace(summed_up(one), not_mine_url=_NOT_MINE) for one in (found, edited)),
        not_mine_url=None,
        delivery=Delivery(status="pending", held_for="quiet hours"),
    )
    return found, edited, corrected, summary


def example_notice() -> SourceNotice:
    """That a source turned silent."""
    return SourceNotice(
        id="0d6c1f7be2a94f3d8b5a7c9e1f203142",
        receiver="",
        receiver_name="desk",
        made_at=_NOON,
        source="3f2a9c01b7de",
        source_name="Dunmoor Echo",
        source_url="https://dunmoor-echo.example/feed.xml",
        health="silent",
        since=_NOON - timedelta(hours=7),
        why="nothing new since 2031-05-04 05:00 UTC, though about 6 of the hours since then usually bring something",
    )


def write_examples(path: Path = EXAMPLES_FILE) -> None:
    """Update the examples after a change of what receivers get."""
    path.write_text(examples() + "\n", encoding="utf-8")


def examples() -> str:
    """The payloads of `example_alerts` and of `example_notice` as one JSON array."""
    text = b",".join([*map(payload, example_alerts()), note_payload(to_note(example_notice()))])
    return msgspec.json.format(b"[" + text + b"]").decode()


def _new_source() -> Alert:
    echo = Publisher(
        id="dunmoor-echo.example",
        name="Dunmoor Echo",
        domain="dunmoor-echo.example",
        country="GB",
        owner="Northfell Media",
    )
    northfell = Source(key="owner:Northfell Media", name="Northfell Media")
    tarn = Source(key="publisher:tarn-post.example", name="Tarn Post")
    return Alert(
        id="4f1c0d2e9a7b4c3d8e5f60718293a4b5",
        track="3f2a9c01b7de",
        track_name="Harbour wall",
        receiver="",
        story=Story(
            id=_STORY,
            title="Harbour wall at Dunmoor gives way",
            language="en",
            first_seen=_NOON - timedelta(hours=3),
            last_seen=_NOON - timedelta(seconds=2),
            articles=4,
            sources=(tarn, northfell),
            publishers=("Tarn Post", "Dunmoor Echo"),
            source_count=2,
            publisher_count=2,
        ),
        article=ArticleRef(
            id="acbd18db4cc2f85cedef654fccc4a4d8",
            title="Harbour wall gives way",
            kind=Kind.ARTICLE,
            language="en",
            lane=Lane.LIVE,
            fetched_at=_NOON - timedelta(seconds=3),
            url="https://dunmoor-echo.example/harbour-wall",
            publisher=echo,
            published=Timestamp(value=_NOON - timedelta(minutes=5), precision="second", source="jsonld"),
            relation=Relation.ORIGINAL,
            excerpt="The northern harbour wall of Dunmoor gave way on Sunday. Nobody was hurt.",
            first_seen=_NOON - timedelta(seconds=3),
        ),
        source=northfell,
        sources=2,
        condition="new source",
        fired=("new source",),
        reason="independent source number 2: Dunmoor Echo is new to this story with a report of its own",
        filing=Filing(
            story=_STORY,
            decision="joined",
            score=0.712,
            threshold=0.5,
            reasons=('same quote: "It was a sound like thunder"', 'shares 1 name with "Harbour wall falls": Dunmoor'),
            nearest="37b51d194a7513e45b56f6524f2d51f2",
            shared_entities=("Dunmoor",),
            shared_terms=("harbour", "wall"),
            shared_quotes=("It was a sound like thunder",),
            gap_seconds=1800.0,
        ),
        received_at=_TIMES["received_at"],
        story_url=f"https://news.example.org/stories/{_STORY}",
        not_mine_url=_NOT_MINE,
        filed_at=_TIMES["filed_at"],
        made_at=_TIMES["made_at"],
    )


if __name__ == "__main__":
    write_schema()
    write_examples()

"""A dead letter or what became of one in, its half of the document out; and both halves in, the whole document out.

The halves come from two topics in any order, and each may come again. A whole is the newest of each: joining is the
same whatever the order, and joining again changes nothing.
"""

from connectors.elastic import records as r
from connectors.elastic.write import letter_records as l
from connectors.elastic.write import parts as p
from streams.contract.deadletter import OPEN_STATES, DeadLetter, DeadLetterRecord, ResolutionState, current_state
from streams.contract.messages import Resolution
from streams.contract.stage import RecordContext

DATASET = r.Event(dataset="storywatch.deadletters", kind="pipeline_error")
MOST_CHARACTERS = 500  # of what strangers wrote to the topic: our own headers hold no more
MOST_OFFSET_DIGITS = 18  # a 64-bit number
MOST_PARTITION_DIGITS = 9


def letter_half(refused: DeadLetterRecord) -> l.LetterRecord:
    """The letter without its bytes."""
    letter, subject = refused
    return _whole(
        letter.id,
        l.LetterRecord(
            timestamp=letter.time,
            event=DATASET,
            letter=l.LetterPart(
                id=letter.id,
                state="refused",
                open=True,
                stage=letter.stage[:MOST_CHARACTERS],
                refused=letter.time,
                attempt=letter.attempt,
                bytes=letter.size,
            ),
            error=r.Error(type=letter.error[:MOST_CHARACTERS], message=letter.reason[:MOST_CHARACTERS]),
            kafka=_place(letter),
            service=l.Service(version=letter.version[:MOST_CHARACTERS]),
            article=l.LetterArticle(
                id=subject.article, arrival=subject.arrival, origin=letter.origin[:MOST_CHARACTERS] or None
            ),
            publisher=l.LetterPublisher(id=letter.source[:MOST_CHARACTERS]) if letter.source else None,
            url=p.url_part(subject.url, None),
        ),
        None,
    )


def resolution_half(resolution: Resolution, at: RecordContext) -> l.LetterRecord:
    """What became of a letter, known yet or not. Those of one letter are in one partition: ``at`` orders them."""
    half = l.LetterRecord(
        timestamp=resolution.at, event=DATASET, letter=l.LetterPart(id=resolution.letter, state="refused", open=False)
    )
    part = l.ResolutionPart(
        state=resolution.state,
        attempt=resolution.attempt,
        offset=at.offset,
        at=resolution.at,
        by=resolution.by or None,
        reason=resolution.reason or None,
    )
    return _whole(resolution.letter, half, part)


def joined(stored: l.LetterRecord | None, half: l.LetterRecord) -> l.LetterRecord:
    """The document with what is newer of each half."""
    if stored is None:
        return half
    letter = max(stored, half, key=_letter_order)
    resolution = max(stored, half, key=_resolution_order).resolution
    return _whole(half.letter.id, letter, resolution)


def _letter_order(one: l.LetterRecord) -> tuple[bool, int, float]:
    """As the list has it: of the same letter the latest attempt counts, and of that the latest time."""
    part = one.letter
    return part.refused is not None, part.attempt or 0, part.refused.timestamp() if part.refused else 0.0


def _resolution_order(one: l.LetterRecord) -> tuple[bool, int, int]:
    found = one.resolution
    return found is not None, found.attempt if found else 0, found.offset if found else 0


def _whole(id_: str, half: l.LetterRecord, resolution: l.ResolutionPart | None) -> l.LetterRecord:
    """With the state that follows from both. A letter that is not known is in no list, so it is not open."""
    part = half.letter
    known = part.refused is not None
    if resolution is None or known:
        now = current_state(
            part.attempt or 0, ResolutionState(resolution.attempt, resolution.state) if resolution else None
        )
    else:
        now = resolution.state
    return l.LetterRecord(
        timestamp=half.timestamp if known or resolution is None else resolution.at,
        event=DATASET,
        letter=l.LetterPart(
            id=id_,
            state=now,
            open=known and now in OPEN_STATES,
            attempts=max(part.attempt or 0, resolution.attempt if resolution else 0),
            stage=part.stage,
            refused=part.refused,
            attempt=part.attempt,
            bytes=part.bytes,
        ),
        error=half.error,
        kafka=half.kafka,
        service=half.service,
        article=half.article,
        publisher=half.publisher,
        url=half.url,
        resolution=resolution,
    )


def _place(letter: DeadLetter) -> l.KafkaPart:
    return l.KafkaPart(
        topic=letter.topic[:MOST_CHARACTERS],
        partition=_number(letter.partition, MOST_PARTITION_DIGITS),
        offset=_number(letter.offset, MOST_OFFSET_DIGITS),
        key=letter.key[:MOST_CHARACTERS] or None,
    )


def _number(text: str, digits: int) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= digits else None

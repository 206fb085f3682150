"""A dead letter or a resolution -> its half of the document; both halves -> the whole document.

The two halves come from two topics in any order and may be repeated. The document has the newest half of each kind:
merging gives the same result in any order, and merging again changes nothing.
"""

from msgspec.structs import replace

from connectors.elastic import records as r
from connectors.elastic.document_part import copied
from connectors.elastic.write.documents import url_fields
from streams.contract.deadletter import OPEN_STATES, DeadLetter, DeadLetterRecord, ResolutionState, current_state
from streams.contract.messages import Resolution
from streams.contract.stage import RecordContext

EVENT = r.EventFields(dataset="storywatch.deadletters", kind="pipeline_error")
MOST_CHARACTERS = 500  # of what others wrote to the topic: the headers of this program hold no more
MOST_OFFSET_DIGITS = 18  # a 64-bit number
MOST_PARTITION_DIGITS = 9


def from_letter(refused: DeadLetterRecord) -> r.LetterRecord:
    """The letter without its bytes."""
    letter, subject = refused
    half = r.LetterRecord(
        timestamp=letter.time,
        event=EVENT,
        letter=r.LetterFields(
            id=letter.id,
            state="refused",
            open=True,
            stage=letter.stage[:MOST_CHARACTERS],
            refused=letter.time,
            attempt=letter.attempt,
            bytes=letter.size,
        ),
        error=r.LetterErrorFields(type=letter.error[:MOST_CHARACTERS], message=letter.reason[:MOST_CHARACTERS]),
        kafka=_kafka(letter),
        service=r.ServiceFields(version=letter.version[:MOST_CHARACTERS]),
        article=r.LetterArticleFields(
            id=subject.article, arrival=subject.arrival, origin=letter.origin[:MOST_CHARACTERS] or None
        ),
        publisher=r.LetterPublisherFields(id=letter.source[:MOST_CHARACTERS]) if letter.source else None,
        url=url_fields(subject.url, None),
    )
    return _whole(half, None)


def from_resolution(resolution: Resolution, at: RecordContext) -> r.LetterRecord:
    """What became of a letter, known yet or not. Those of one letter are in one partition: ``at`` orders them."""
    letter = r.LetterFields(id=resolution.letter, state="refused", open=False)
    half = r.LetterRecord(timestamp=resolution.at, event=EVENT, letter=letter)
    by, reason = resolution.by or None, resolution.reason or None
    return _whole(half, copied(r.ResolutionFields, resolution, offset=at.offset, by=by, reason=reason))


def merged(stored: r.LetterRecord | None, half: r.LetterRecord) -> r.LetterRecord:
    """The document with the newer of each half."""
    if stored is None:
        return half
    letter = max(stored, half, key=_letter_order)
    return _whole(letter, max(stored, half, key=_resolution_order).resolution)


def _letter_order(one: r.LetterRecord) -> tuple[bool, int, float]:
    """As in the list: of the same letter the latest attempt counts, and of that the latest time."""
    letter = one.letter
    return letter.refused is not None, letter.attempt or 0, letter.refused.timestamp() if letter.refused else 0.0


def _resolution_order(one: r.LetterRecord) -> tuple[bool, int, int]:
    found = one.resolution
    return found is not None, found.attempt if found else 0, found.offset if found else 0


def _whole(half: r.LetterRecord, resolution: r.ResolutionFields | None) -> r.LetterRecord:
    """With the state that follows from both. A letter that is not known is in no list, so it is not open."""
    letter = half.letter
    known = letter.refused is not None
    if resolution is None or known:
        now = current_state(
            letter.attempt or 0, ResolutionState(resolution.attempt, resolution.state) if resolution else None
        )
    else:
        now = resolution.state
    attempts = max(letter.attempt or 0, resolution.attempt if resolution else 0)
    return replace(
        half,
        timestamp=half.timestamp if known or resolution is None else resolution.at,
        letter=replace(letter, state=now, open=known and now in OPEN_STATES, attempts=attempts),
        resolution=resolution,
    )


def _kafka(letter: DeadLetter) -> r.KafkaFields:
    return r.KafkaFields(
        topic=letter.topic[:MOST_CHARACTERS],
        partition=_number(letter.partition, MOST_PARTITION_DIGITS),
        offset=_number(letter.offset, MOST_OFFSET_DIGITS),
        key=letter.key[:MOST_CHARACTERS] or None,
    )


def _number(text: str, digits: int) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= digits else None

"""match, decide and deliver accept any message that decodes: odd names, empty words, every script, extreme times."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams.alerts import query
from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.deliver.attempts import RunningAttempts
from streams.alerts.deliver.queues import Queues
from streams.alerts.match import QueryFollows
from streams.alerts.outcomes import after_attempt, closed, hurried
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import Candidate, Lane
from tests.fiction import NOON, alert, track, update
from tests.fuzz.amount import inputs

TEXTS = st.text(max_size=20)
LISTS = st.lists(TEXTS, max_size=4).map(tuple)
TIMES = st.datetimes(timezones=st.just(UTC))


@inputs(300)
@given(words=LISTS, entities=LISTS, typed=TEXTS, terms=LISTS, names=LISTS, text=TEXTS, times=st.tuples(TIMES, TIMES))
def test_any_update_is_matched_and_decided(
    words: tuple[str, ...],
    entities: tuple[str, ...],
    typed: str,
    terms: tuple[str, ...],
    names: tuple[str, ...],
    text: str,
    times: tuple[datetime, datetime],
) -> None:
    older = track("w", words=words, entities=entities)
    tracks = Catalogue([track("s"), older] if query.typed(older) is None else [])
    try:
        tracks["q"] = track("q", query=typed, entities=entities)
    except Undecodable:
        assert refused(typed)
    follows, ledger = QueryFollows(), AlertLedger()
    for number, at in enumerate(times):
        one = replace(update(terms=terms, keys=names, filed_at=at, lane=list(Lane)[number]), text=text)
        for candidate in follows.match(one, number, tracks).candidates:
            assert isinstance(candidate, Candidate)
            ledger.decide(candidate, number, at)


def refused(typed: str) -> bool:
    try:
        query.parse(typed)
    except UsageError:
        return True
    return False


@inputs(200)
@given(
    made=st.lists(st.tuples(TIMES, st.integers(-5, 50), st.sampled_from(["pending", "retrying", "failed"])), max_size=6)
)
def test_any_alert_is_queued_and_attempted(made: list[tuple[datetime, int, str]]) -> None:
    queues, attempts = Queues(), RunningAttempts()
    for number, (at, tried, status) in enumerate(made):
        one = alert(number % 3, made_at=at)
        one = replace(one, delivery=replace(one.delivery, status=status, attempts=tried, next_at=at))
        queues.take(one, at)
        queues.take(hurried(one, NOON) or one, at)
    for due in queues.due(NOON + timedelta(days=1), attempts):
        queues.take(after_attempt(due, NOON, delivered=False, code=503), NOON)
    for left in queues.abandoned(lambda track, name: False, attempts):
        queues.take(closed(left, "the track was removed"), NOON)
    assert queues.waiting() >= 0

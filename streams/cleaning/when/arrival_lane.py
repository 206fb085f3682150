"""An article's date and time of arrival -> its lane: live news, or backfill of old articles."""

from datetime import datetime, timedelta

from streams.contract.messages import Lane, Timestamp

LIVE = timedelta(days=3)  # reports from the weekend are still news on Monday
# A wrong date must not suppress alerts: only dates stated by a page, feed or sender count, not guesses.
MIN_CONFIDENCE = 0.8
GUESSES = frozenset({"htmldate"})
FIRST_YEAR = 1990  # a date before the web comes from a clock that was not set


def choose_lane(
    arrived_in: Lane, published: Timestamp | None, fetched_at: datetime, live: timedelta
) -> tuple[Lane, str]:
    """The lane of an article that arrived in ``arrived_in``, and the reason if it is another one, else "".

    An article published more than ``live`` before it was fetched is backfill.
    """
    if arrived_in is Lane.BACKFILL or published is None:
        return arrived_in, ""
    if published.confidence < MIN_CONFIDENCE or published.source in GUESSES or published.value.year < FIRST_YEAR:
        return arrived_in, ""
    latest = published.value + (timedelta(days=1) if published.precision == "day" else timedelta(0))
    age = fetched_at - latest
    if age <= live:
        return arrived_in, ""
    return Lane.BACKFILL, f"published on {published.value:%Y-%m-%d}, more than {age.days} days before it arrived"

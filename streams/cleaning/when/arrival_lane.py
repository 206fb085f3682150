"""An article's date and its time of arrival -> whether it is news or an old article, and the reason."""

from datetime import datetime, timedelta

from streams.contract.messages import Lane, Timestamp

LIVE = timedelta(days=3)  # reports of a weekend are still news on Monday
# A wrong date must not silence a report: only what a page, a feed or a sender states counts, and no guess.
MIN_CONFIDENCE = 0.8
GUESSES = frozenset({"htmldate"})
FIRST_YEAR = 1990  # a date before the web is that of a clock which was not set


def choose_lane(
    arrived_in: Lane, published: Timestamp | None, fetched_at: datetime, live: timedelta
) -> tuple[Lane, str]:
    """The lane of an article that came in ``arrived_in``, and why it is another one, else "".

    What was published more than ``live`` before it was fetched is backfill.
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

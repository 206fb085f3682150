"""The parameters that several routes have."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from litestar.params import PathParameter, QueryParameter

from connectors.api.problems import ProblemError
from connectors.views import moments
from streams.contract.errors import UsageError

MOST_VALUES = 20  # of one parameter that may be given several times
MOST_ITEMS = 200  # of a part of a list

Id = Annotated[str, PathParameter(description="The id, or the first six characters of it or more.", max_length=64)]
Query = Annotated[
    str | None,
    QueryParameter(name="query", description="A query, as `storywatch search` has it: docs/queries.md."),
]
Entity = Annotated[
    str | None, QueryParameter(name="entity", max_length=300, description="A name, or a key such as person:jane doe.")
]
Publishers = Annotated[
    list[str] | None,
    QueryParameter(name="publisher", max_items=MOST_VALUES, description="An id, domain, owner or name; several: any."),
]
Languages = Annotated[
    list[str] | None, QueryParameter(name="language", max_items=MOST_VALUES, description="ISO 639-1, such as en.")
]
Countries = Annotated[
    list[str] | None,
    QueryParameter(name="country", max_items=MOST_VALUES, description="Of the publisher: ISO 3166, such as GB."),
]
Sections = Annotated[
    list[str] | None, QueryParameter(name="section", max_items=MOST_VALUES, description="As publishers name it.")
]
Story = Annotated[str | None, QueryParameter(name="story", max_length=64, description="The id of a story.")]
Track = Annotated[str | None, QueryParameter(name="track", max_length=300, description="Id or name of a track.")]
DeliveryStatus = Literal["pending", "delivered", "retrying", "failed", "recorded", "held", "summed", "cancelled"]
Receiver = Annotated[
    str | None,
    QueryParameter(name="receiver", max_length=300, description="Its id, its name, or the domain of its webhook."),
]
Status = Annotated[DeliveryStatus | None, QueryParameter(name="status", description="Of the delivery.")]
Since = Annotated[
    str | None,
    QueryParameter(name="since", max_length=40, description="From this time on: ISO 8601, or 2h, 3d before now."),
]
Until = Annotated[str | None, QueryParameter(name="until", max_length=40, description="Before this time: as since.")]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=MOST_ITEMS, description="At most this many.")]
Cursor = Annotated[
    str | None,
    QueryParameter(name="cursor", description="`next` of the part before, to go on there."),
]


def period(since: str | None, until: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The limits of a time. Raises `ProblemError`, which names the parameter."""
    try:
        return moments.parse_bound(since, "since", now), moments.parse_bound(until, "until", now)
    except UsageError as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, str(error)) from error


def not_found(what: str) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, f"there is no such {what}")

"""Messages of msgspec in plain words."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from streams.contract.messages import EntityType
from streams.contract.validation import WANTED, fault


class Part(msgspec.Struct, forbid_unknown_fields=True):
    size: int


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    count: Annotated[int, Meta(ge=1, le=9)] = 1
    most: Annotated[int, Meta(gt=0)] | None = None
    share: float = 0.5
    name: Annotated[str, Meta(min_length=1, max_length=5)] = "a"
    labels: Annotated[list[str], Meta(max_length=1)] = []
    by_name: Annotated[dict[str, int], Meta(max_length=1)] = {}
    either: int | str | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None
    day: date | None = None
    open: bool = True
    start: Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "09:00"
    code: Annotated[str, Meta(pattern="^[A-Z]+$")] = "A"
    kind: Literal["news", "feed"] = "news"
    type: EntityType = EntityType.PERSON
    parts: list[Part] = []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"count": "many"}, "count: expected a whole number, got text"),
        ({"count": None}, "count: expected a whole number, got null"),
        ({"count": 0}, "count: expected a whole number of at least 1"),
        ({"count": 10}, "count: expected a whole number of at most 9"),
        ({"most": 0}, "most: expected a whole number of at least 1"),
        ({"share": True}, "share: expected a number, got true or false"),
        ({"name": ""}, "name: expected at least 1 character"),
        ({"name": "abcdef"}, "name: expected at most 5 characters"),
        ({"labels": ["a", "b"]}, "labels: expected at most 1 entry"),
        ({"labels": [1]}, "labels[0]: expected text, got a whole number"),
        ({"labels": {"a": 1}}, "labels: expected a list, got an object"),
        ({"by_name": {"a": 1, "b": 2}}, "by_name: expected at most 1 field"),
        ({"by_name": {"a": "b"}}, "by_name[...]: expected a whole number, got text"),
        ({"either": [1]}, "either: expected a whole number or text, got a list"),
        ({"at": "tomorrow"}, f"at: expected {WANTED['datetime']}"),
        ({"at": "2031-05-04T12:00:00"}, f"at: expected {WANTED['datetime']}"),
        ({"day": "4 May"}, "day: expected a date, such as 2031-05-04"),
        ({"open": "yes"}, "open: expected true or false, got text"),
        ({"start": "nine"}, "start: expected a time of day, such as 22:00"),
        ({"code": "a"}, "code: expected text matching regex '^[A-Z]+$'"),
        ({"kind": "fax"}, "kind: 'fax' is unknown"),
        ({"type": "fax"}, "type: 'fax' is unknown"),
        ({"parts": [{}]}, "parts[0]: `size` is missing"),
        ({"parts": [{"size": 1, "sise": 2}]}, "parts[0]: unknown field `sise`"),
        ({"nam": "a"}, "unknown field `nam`"),
        ([], "expected an object with fields, got a list"),
    ],
)
def test_a_fault_is_one_line_in_plain_words(given: Any, line: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(given), type=Whole)
    assert str(fault(caught.value)) == line


def test_a_fault_of_our_own_types_stays_as_it_is() -> None:
    assert str(fault("the wall is too high - at `$.wall`")) == "wall: the wall is too high"

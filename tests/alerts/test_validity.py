"""Each fault of a track is one line that names the field; a track without fault has none."""

from datetime import timedelta
from typing import Any

import pytest

from streams.alerts.validity import check, faults
from streams.contract.codec import decode, encode
from streams.contract.errors import Undecodable, UsageError
from streams.contract.messages import (
    Conditions,
    Digest,
    EditKind,
    Fires,
    Growth,
    Kind,
    Muted,
    Quiet,
    Track,
    Weekday,
)
from tests.fiction import NOON, track

EVERYTHING: dict[str, Any] = {
    "story": None,
    "query": "ferry",
    "queries": {"de": "Fähre", "und": '"the ferry"'},
    "fires": Fires(
        new_source=True,
        at_sources=(3, 10),
        first_countries=("NZ", "*"),
        first_languages=("de",),
        first_publishers=("tarn-post.example",),
        first_owners=("Northfell Media",),
        growth=Growth(sources=5, within=timedelta(hours=2)),
        silence=timedelta(days=1),
        edits=tuple(EditKind),
        merges=True,
    ),
    "conditions": Conditions(
        least_sources=2,
        kinds=(Kind.ARTICLE,),
        languages=("de", "en"),
        publishers_never=("echo.example",),
        entities=("person:jane doe",),
        not_older_than=timedelta(days=2),
    ),
    "time_zone": "Europe/Berlin",
    "quiet": (Quiet(start="22:00", end="07:00"), Quiet(start="00:00", end="00:00", weekdays=(Weekday.SUN,))),
    "digest": Digest(at=("08:00", "17:30"), weekdays=(Weekday.MON,)),
    "most_per_hour": 5,
    "snoozed_until": NOON,
    "expires_at": NOON + timedelta(days=30),
    "muted": Muted(sources=("tarn-post.example",), stories=("s1",)),
    "labels": ("harbour",),
    "owner": "night desk",
    "notes": "until the inquiry",
    "report_present": True,
}


def test_a_track_with_everything_is_valid() -> None:
    whole = track(**EVERYTHING)
    assert list(faults(whole)) == []
    assert decode(encode(whole), Track) == whole


def test_a_track_of_an_older_version_is_as_it_was() -> None:
    old = decode(b'{"schema":1,"id":"a","name":"b","created_at":"2031-05-04T12:00:00Z","story":"s"}', Track)
    assert old.firing == Fires(new_source=True)
    assert list(faults(old)) == []
    counting = decode(
        b'{"schema":1,"id":"a","name":"b","created_at":"2031-05-04T12:00:00Z","story":"s","at_sources":3}', Track
    )
    assert counting.firing == Fires(at_sources=(3,))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"story": None}, "story: the track follows nothing"),
        ({"story": "s1", "query": "ferry"}, "story: a track follows either"),
        ({"story": None, "query": "titel:ferry"}, "query: column 1: there is no field titel"),
        ({"story": None, "queries": {"de": "(Fähre"}}, "queries.de: column"),
        ({"story": None, "queries": {"de": ""}}, "queries.de: it is empty"),
        ({"story": None, "queries": {"german": "x"}}, "queries: 'german' is not a language"),
        ({"fires": Fires()}, "fires: nothing fires"),
        ({"fires": Fires(first_countries=("New Zealand",))}, "fires.first_countries: 'New Zealand' is not"),
        ({"fires": Fires(silence=timedelta(0))}, "fires.silence: it has to be from 1 minute to 90 days"),
        ({"fires": Fires(growth=Growth(sources=2, within=timedelta(days=-1)))}, "fires.growth.within: it has"),
        ({"conditions": Conditions(languages=("*",))}, "conditions.languages: '*' is not"),
        (
            {"conditions": Conditions(publishers_only=("A", "b"), publishers_never=("a",))},
            "conditions.publishers_never: a is in publishers_only too",
        ),
        (
            {"at_sources": 2, "conditions": Conditions(least_sources=3)},
            "conditions.least_sources: the track fires at 2",
        ),
        (
            {"fires": Fires(first_countries=("nz", "*")), "conditions": Conditions(countries=("AU",))},
            "fires.first_countries: nz never meets the conditions",
        ),
        (
            {"fires": Fires(first_publishers=("a",)), "conditions": Conditions(publishers_never=("A",))},
            "fires.first_publishers: a is in conditions.publishers_never",
        ),
        (
            {"story": None, "queries": {"de": "x"}, "conditions": Conditions(languages=("fr",))},
            "conditions.languages: the track has no query",
        ),
        ({"time_zone": "Europe/Berlni"}, "time_zone: there is no 'Europe/Berlni': did you mean Europe/Berlin?"),
        ({"time_zone": "../etc/passwd"}, "time_zone: there is no"),
        ({"time_zone": ""}, "time_zone: there is no '': write a name"),
        ({"quiet": (Quiet(start="08:00", end="08:00"),)}, "quiet: these hours cover the whole week"),
        (
            {"quiet": (Quiet(start="07:00", end="23:00"), Quiet(start="22:00", end="07:30"))},
            "quiet: these hours cover the whole week",
        ),
        ({"digest": Digest()}, "digest: give either hourly or at"),
        ({"digest": Digest(hourly=True, at=("08:00",))}, "digest: give either hourly or at"),
        ({"expires_at": NOON - timedelta(days=9)}, "expires_at: it is before the track was made"),
    ],
)
def test_a_fault_is_one_line_that_names_its_field(fields: dict[str, Any], fault: str) -> None:
    found = list(faults(track(**fields)))
    assert len(found) == 1
    assert found[0].startswith(fault)
    assert "\n" not in found[0]
    with pytest.raises(UsageError):
        check(track(**fields))


@pytest.mark.parametrize(
    "field",
    [
        b'"quiet":[{"start":"24:00","end":"07:00"}]',
        b'"quiet":[{"start":"7:00","end":"08:00"}]',
        b'"fires":{"edits":["changes"]}',
        b'"fires":{"growth":{"sources":1,"within":"PT1H"}}',
        b'"most_per_hour":0',
        b'"digest":{"weekdays":["monday"]}',
        b'"snoozed_until":"2031-05-04T12:00:00"',
    ],
)
def test_a_value_out_of_range_is_not_decoded(field: bytes) -> None:
    text = b'{"schema":1,"id":"a","name":"b","created_at":"2031-05-04T12:00:00Z","story":"s",' + field + b"}"
    with pytest.raises(Undecodable):
        decode(text, Track)

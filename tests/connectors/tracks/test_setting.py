"""Fields of a track from the command line are those of tracks.yaml, with one-line errors."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.tracks.setting import with_settings
from streams.contract.errors import UsageError
from streams.contract.messages import Conditions, Digest, EditKind, Fires, Growth, Kind, Quiet, Weekday
from tests.fiction import track


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (["fires.growth=5/2h"], {"fires": Fires(growth=Growth(sources=5, within=timedelta(hours=2)))}),
        (["fires.growth={sources: 3, within: 1d}"], {"fires": Fires(growth=Growth(sources=3, within=timedelta(1)))}),
        (
            ["fires.new_source=yes", "fires.at_sources=3,10", "fires.silence=1d"],
            {"fires": Fires(new_source=True, at_sources=(3, 10), silence=timedelta(days=1))},
        ),
        (["fires.edits=corrects, withdraws"], {"fires": Fires(edits=(EditKind.CORRECTS, EditKind.WITHDRAWS))}),
        (["fires.first_countries=*"], {"fires": Fires(first_countries=("*",))}),
        (
            ["conditions.countries=NZ,AU", "conditions.least_sources=2", "conditions.kinds=article"],
            {"conditions": Conditions(countries=("NZ", "AU"), least_sources=2, kinds=(Kind.ARTICLE,))},
        ),
        (["conditions.publishers_never=Echo"], {"conditions": Conditions(publishers_never=("Echo",))}),
        (
            ["time_zone=Europe/Berlin", "quiet=22:00-07:00; 00:00-00:00 sat,sun"],
            {
                "time_zone": "Europe/Berlin",
                "quiet": (
                    Quiet(start="22:00", end="07:00"),
                    Quiet(start="00:00", end="00:00", weekdays=(Weekday.SAT, Weekday.SUN)),
                ),
            },
        ),
        (["digest=hourly"], {"digest": Digest(hourly=True)}),
        (["digest=08:00,17:00 mon,tue"], {"digest": Digest(at=("08:00", "17:00"), weekdays=tuple(Weekday)[:2])}),
        (
            ["most_per_hour=5", "labels=harbour,night", "owner=no"],
            {"most_per_hour": 5, "labels": ("harbour", "night"), "owner": "no"},
        ),
        (["notes=until: the inquiry, ends"], {"notes": "until: the inquiry, ends"}),
    ],
)
def test_a_field_is_set(given: list[str], fields: dict[str, Any]) -> None:
    before = track()
    assert with_settings(before, given) == replace(before, **fields)


def test_none_is_the_default_again() -> None:
    before = track(most_per_hour=5, quiet=(Quiet(start="22:00", end="07:00"),), fires=Fires(merges=True))
    after = with_settings(before, ["most_per_hour=none", "quiet=none", "fires=none"])
    assert after == replace(track(), fires=Fires(new_source=True))


def test_what_is_not_named_stays() -> None:
    before = track(at_sources=3, notes="old", snoozed_until=None)
    after = with_settings(before, ["owner=desk"])
    assert (after.firing, after.notes, after.owner) == (before.firing, "old", "desk")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("most_per_hour", "--set most_per_hour: write FIELD=VALUE"),
        ("most_per_hours=5", "--set most_per_hours: there is no field most_per_hours (was 'most_per_hour' meant?)"),
        ("fires.grown=5/2h", "--set fires.grown: there is no field fires.grown"),
        ("most_per_hour=many", "--set most_per_hour:"),
        ("most_per_hour=0", "--set most_per_hour:"),
        ("quiet=22-7", "--set quiet[0].end:"),
        ("quiet=late", "--set quiet: 'late' cannot be read: write 22:00-07:00"),
        ("digest=noon", "--set digest: 'noon' cannot be read: write hourly, 08:00,17:00"),
        ("fires.growth=many", "--set fires.growth: 'many' cannot be read"),
        ("time_zone=Berlin", "--set time_zone: there is no 'Berlin'"),
        ("fires.edits=changes", "--set fires.edits"),
        ("conditions.kinds={a", "--set conditions.kinds: '{a' cannot be read"),
        ("story=s2", "--set story: there is no field story"),
        ("webhook.url=x", "--set webhook.url: there is no field webhook"),
        ("fires.new_source=no", "--set fires: nothing fires"),
    ],
)
def test_a_fault_is_one_line(given: str, error: str) -> None:
    with pytest.raises(UsageError) as caught:
        with_settings(track(), [given])
    assert str(caught.value).startswith(error)
    assert "\n" not in str(caught.value)

"""Changes of a track from the command line: ``FIELD=VALUE`` with the fields of `tracks.yaml`, checked as there."""

import re
from collections.abc import Callable, Sequence
from typing import Any, get_origin

import yaml
from msgspec.structs import replace

from connectors.lists.nodes import Nodes, meant, types_of
from connectors.lists.yaml_list import as_written
from connectors.tracks.spec import NEW_SOURCE, TrackSpec, to_spec
from streams.alerts import validity
from streams.contract.errors import UsageError
from streams.contract.messages import Track
from streams.contract.validation import core_type

FIELDS = (
    "queries", "fires", "conditions", "independent", "backfill", "linked", "report_present", "time_zone", "quiet",
    "digest", "most_per_hour", "expires_at", "labels", "owner", "notes",
)  # fmt: skip
NONE = "none"
_YAML = ("[", "{")
_HOURS = re.compile(r"(?P<start>[\d:]{1,5})-(?P<end>[\d:]{1,5})(?: (?P<weekdays>[a-z, ]{1,60}))?")
_TIMES = re.compile(r"(?P<at>hourly|[\d:, ]{1,200}?)(?: (?P<weekdays>[a-z][a-z, ]{0,60}))?")
_GROWTH = re.compile(r"(?P<sources>\d{1,5})/(?P<within>\w{1,20})")


def with_settings(track: Track, given: Sequence[str]) -> Track:
    """Set fields of a track, such as ``conditions.least_sources=3``, ``quiet=22:00-07:00``; ``none`` is the default.

    Raises `UsageError` with one line for the first that is wrong.
    """
    if not given:
        return track
    written = as_written(to_spec(track))
    for one in given:
        path, equals, text = one.partition("=")
        if not equals:
            raise UsageError(f"--set {one}: write FIELD=VALUE, such as most_per_hour=5")
        _put(written, path.strip(), text.strip())
    nodes, values = Nodes(), dict[str, Any]()
    root = yaml.compose(yaml.safe_dump({name: written[name] for name in FIELDS if name in written}))
    if isinstance(root, yaml.MappingNode):
        values = nodes.fields(root, TrackSpec)
    if nodes.mistakes:
        raise UsageError(f"--set {nodes.mistakes[0].reason}")
    spec = TrackSpec(**{**values, "name": track.name})
    made = replace(track, **{name: getattr(spec, name) for name in FIELDS})
    made = replace(made, fires=None if spec.fires is None and track.fires is None else spec.fires or NEW_SOURCE)
    if made.fires is not None:
        made = replace(made, at_sources=None)
    try:
        validity.check(made)
    except UsageError as error:
        raise UsageError(f"--set {error}") from error
    return made


def _put(written: dict[str, Any], path: str, text: str) -> None:
    """Set one field of a specification as it is written."""
    names = path.split(".")
    hints, place = {name: types_of(TrackSpec)[name] for name in FIELDS}, written
    for depth, name in enumerate(names):
        free = depth and names[depth - 1] == "queries"
        if not free and name not in hints:
            known = ".".join([*names[:depth], name])
            raise UsageError(f"--set {path}: there is no field {known}{meant(name, hints)}")
        core = str if free else core_type(hints[name])
        if depth == len(names) - 1:
            if text in (NONE, ""):
                place.pop(name, None)
            else:
                short = path in _SHORT and not text.startswith(_YAML)
                place[name] = _SHORT[path](text) if short else _plain(path, text, core)
            return
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
        hints = types_of(core) if hasattr(core, "__struct_fields__") else {}


def _plain(path: str, text: str, core: Any) -> Any:
    """Read a value: a text, a list with commas, or YAML in brackets."""
    if core is str or not text.startswith(_YAML):
        return [part.strip() for part in text.split(",")] if get_origin(core) is tuple else text
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and mappings only
    except yaml.YAMLError as error:
        raise UsageError(f"--set {path}: {text!r} cannot be read: write a value, or a list with commas") from error


def _quiet(text: str) -> Any:
    return [_matched(_HOURS, "quiet", part.strip(), "22:00-07:00 or 00:00-00:00 sat,sun") for part in text.split(";")]


def _digest(text: str) -> Any:
    found = _matched(_TIMES, "digest", text, "hourly, 08:00,17:00 or 08:00 mon,tue")
    at = found.pop("at")
    return {**found, **({"hourly": "true"} if at == "hourly" else {"at": [part.strip() for part in at.split(",")]})}


def _growth(text: str) -> Any:
    return _matched(_GROWTH, "fires.growth", text, "5/2h: 5 sources within 2 hours")


def _matched(pattern: re.Pattern[str], path: str, text: str, example: str) -> dict[str, Any]:
    found = pattern.fullmatch(text)
    if found is None:
        raise UsageError(f"--set {path}: {text!r} cannot be read: write {example}")
    parts: dict[str, Any] = {name: part for name, part in found.groupdict().items() if part}
    if "weekdays" in parts:
        parts["weekdays"] = [day for day in re.split(r"[, ]+", parts["weekdays"]) if day]
    return parts


_SHORT: dict[str, Callable[[str], Any]] = {"quiet": _quiet, "digest": _digest, "fires.growth": _growth}

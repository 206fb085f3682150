"""`tracks.yaml`: read with the line of each mistake and what may have been meant, and written; its JSON Schema."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from connectors.lists.changes import Changes
from connectors.lists.nodes import Mistake, meant
from connectors.lists.yaml_list import Entry, YamlList, as_written, same_twice
from connectors.tracks.spec import TrackSpec, broad, to_spec, to_track
from streams.alerts.catalogue import MOST_UNINDEXED
from streams.contract.errors import UsageError
from streams.contract.messages import Track

SCHEMA_FILE = Path(__file__).with_name("tracks.schema.json")
_FILE = YamlList("tracks", "track", TrackSpec, "name", "The tracks that Storywatch follows", limit=30_000_000)


@dataclass(frozen=True)
class Planned:
    """A track of the file, the present one that it replaces, if any, and its entry in the file."""

    before: Track | None
    after: Track
    entry: Entry[TrackSpec]


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, which editors use for completion and checks."""
    return _FILE.schema()


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Update the schema file after a change of `TrackSpec`."""
    _FILE.write_schema(path)


def dump(specs: Iterable[TrackSpec]) -> str:
    """The file that `parse` reads, without the defaults."""
    return _FILE.dump(specs)


def specs_of(tracks: Sequence[Track]) -> list[TrackSpec]:
    """The whole specifications of tracks. Those that share a name have their ids."""
    known = Counter(track.name for track in tracks)
    return [
        replace(to_spec(one), id=one.id if known[one.name] > 1 else None, broad=broad(one) is not None)
        for one in tracks
    ]


def parse(content: bytes, present: Iterable[Track], now: datetime) -> tuple[list[Planned], list[Mistake]]:
    """The tracks of a file with the ``present`` ones that they replace, and its mistakes, in the order of their lines.

    A track with a mistake is left out.
    """
    entries, mistakes = _FILE.parse(content, lambda spec: spec)
    entries, repeated = same_twice(entries, lambda spec: spec.id or spec.name, "name or id")
    mistakes += repeated
    known = list(present)
    by_id = {track.id: track for track in known}
    claimed = {entry.value.id for entry in entries}
    by_name: defaultdict[str, list[Track]] = defaultdict(list)
    for track in known:
        if track.id not in claimed:
            by_name[track.name].append(track)
    found: list[Planned] = []
    for entry in entries:
        try:
            before = _before(entry.value, by_id, by_name)
            found.append(Planned(before, to_track(entry.value, now, before), entry))
        except UsageError as error:
            mistakes.append(entry.mistake(str(error)))
    return found, sorted(mistakes, key=lambda one: one.line)


def _before(spec: TrackSpec, by_id: Mapping[str, Track], by_name: Mapping[str, Sequence[Track]]) -> Track | None:
    """The present track that a specification is of."""
    if spec.id is not None:
        if spec.id not in by_id:
            raise UsageError(f"id: there is no track {spec.id!r}: `storywatch track list` shows them")
        return by_id[spec.id]
    same = by_name.get(spec.name, ())
    if len(same) > 1:
        raise UsageError(f"name: {len(same)} tracks have this name: give the `id` of one, such as {same[0].id}")
    return same[0] if same else None


def compare(planned: Iterable[Planned], present: Iterable[Track], *, remove: bool) -> Changes[Track]:
    """What applying the tracks of a file changes. With ``remove``, tracks that are not in it are removed.

    A track that follows something else than before is added, and the one before is removed.
    """
    added: list[Track] = []
    changed: list[tuple[Track, Track]] = []
    unchanged = 0
    kept: set[str] = set()
    replaced: dict[str, Track] = {}
    for one in planned:
        before, after = one.before, one.after
        if before is None or before.id != after.id:
            added.append(after)
            if before is not None:
                replaced[before.id] = before
            continue
        kept.add(before.id)
        if fields(before) == fields(after) and _secret(before) == _secret(after):
            unchanged += 1
        else:
            changed.append((before, after))
    others = [track for track in present if track.id not in kept and (remove or track.id in replaced)]
    return Changes(tuple(added), tuple(changed), tuple(others), unchanged)


def fields(track: Track) -> dict[str, Any]:
    """The fields of a track as a file has them."""
    written: dict[str, Any] = as_written(to_spec(track))
    return written


def _secret(track: Track) -> str:
    return "" if track.webhook is None else track.webhook.secret


def unknown_receivers(planned: Iterable[Planned], known: Collection[str]) -> list[Mistake]:
    """A mistake for each name of a receiver that is not ``known``."""
    return [
        one.entry.mistake(f"receivers: there is no receiver {name!r}{meant(name, known)}")
        for one in planned
        for name in one.after.receivers
        if name not in known
    ]


def check_room(planned: Iterable[Planned]) -> None:
    """Raise `UsageError` if more of the tracks are broad than workers evaluate."""
    number = sum(one.entry.value.broad for one in planned)
    if number > MOST_UNINDEXED:
        raise UsageError(
            f"{number:,} tracks have queries that nearly every article answers, more than the {MOST_UNINDEXED:,} that "
            f"workers evaluate: add a rarer word to some"
        )

"""Taking an article or a story out of a track, because it is not what the track is about, and taking it in again."""

from typing import Literal

from msgspec.structs import replace

from streams.contract.messages import MOST_LISTED, Track

Kind = Literal["article", "story"]
KINDS: tuple[Kind, ...] = ("article", "story")


def taken_out(track: Track, kind: Kind) -> tuple[str, ...]:
    """The ids of the articles or stories that are out of the track, the first taken out first."""
    return track.muted.articles if kind == "article" else track.muted.stories


def take_out(track: Track, kind: Kind, id_: str) -> Track:
    """The track without the article or story. It lists `MOST_LISTED`: beyond that the first one is taken in again."""
    before = taken_out(track, kind)
    return track if id_ in before else _with(track, kind, (*before, id_)[-MOST_LISTED:])


def take_in(track: Track, kind: Kind, id_: str) -> Track:
    """The track with the article or story again."""
    return _with(track, kind, tuple(one for one in taken_out(track, kind) if one != id_))


def _with(track: Track, kind: Kind, ids: tuple[str, ...]) -> Track:
    changed = replace(track.muted, articles=ids) if kind == "article" else replace(track.muted, stories=ids)
    return replace(track, muted=changed)

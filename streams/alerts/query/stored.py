"""The query of a stored track, also of one that an older version stored."""

from streams.contract.messages import Track

_OLDER = "+"  # prefix of a query in `Track.words`; the folded words of still older tracks have no signs


def typed(track: Track) -> str | None:
    """Return the query of a track as it was typed; None for one without, or with only folded words.

    In the queries that older versions stored, a backslash is one more sign between words, as it was then.
    """
    if track.query:
        return track.query
    if track.words and track.words[0].startswith(_OLDER):
        return track.words[0].removeprefix(_OLDER).replace("\\", " ")
    return None

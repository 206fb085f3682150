"""The query of a stored track, also of one that an older version stored."""

from streams.alerts.query.parse import parse
from streams.alerts.query.tree import All, Either, Not, Query
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


def parsed(track: Track) -> Query | None:
    """Return the whole query of a track: for articles in a language of ``queries`` that one, else ``query``.

    None if the track has neither. Raises `UsageError` for an invalid one.
    """
    general = typed(track)
    if not track.queries:
        return None if general is None else parse(general)
    languages = {code: parse(f"language:{code}") for code in sorted(track.queries)}
    choices: list[Query] = [All((chosen, parse(track.queries[code]))) for code, chosen in languages.items()]
    if general is not None:
        choices.append(All((parse(general), *(Not(chosen) for chosen in languages.values()))))
    return choices[0] if len(choices) == 1 else Either(tuple(choices))


def described(track: Track) -> str:
    """Return the queries of a track for people, with the language before each that is for one."""
    general = typed(track)
    by_language = [f"{code}: {text}" for code, text in sorted(track.queries.items())]
    return "; ".join([*([] if general is None else [general]), *by_language])

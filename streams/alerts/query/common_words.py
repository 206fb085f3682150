"""The words that nearly every text of a language has (`common_words.txt`)."""

from collections.abc import Iterable
from functools import cache
from importlib import resources


@cache
def _tables() -> dict[str, frozenset[str]]:
    text = (resources.files("streams.alerts.query") / "common_words.txt").read_text(encoding="utf-8")
    lines = (line.split(" ") for line in text.splitlines() if not line.startswith("#"))
    return {language: frozenset(words) for language, *words in lines}


@cache
def _words(languages: tuple[str, ...]) -> frozenset[str]:
    """Return the common words of some languages; of all for none. A language without a list has none."""
    tables = _tables()
    chosen: Iterable[frozenset[str]] = (tables.get(one, frozenset()) for one in languages or tables)
    return frozenset().union(*chosen)


@cache
def _beginnings(languages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word[:end] for word in _words(languages) for end in range(1, len(word) + 1))


def is_common(word: str, languages: tuple[str, ...] = ()) -> bool:
    """Return whether nearly every text of one of the languages has the word; of any language if none is given."""
    return word in _words(languages)


def begins_common(beginning: str, languages: tuple[str, ...]) -> bool:
    """Return whether a common word begins so."""
    return beginning in _beginnings(languages)


def common_languages(word: str) -> list[str]:
    """Return the languages in which the word, or one that begins so, is common."""
    return [language for language in _tables() if begins_common(word, (language,))]

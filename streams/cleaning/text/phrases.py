"""Recognises page furniture (lines that are not article text) by the phrases in `phrases.txt`."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from streams.cleaning.text.characters import count_words

MAX_POINTER_WORDS = 45  # of the longest teaser after "Read more:" seen; a longer paragraph is the article's
_CONTROL_CHARACTERS = 120  # of a share bar with a dozen names
_HEADING_CHARACTERS = 120
_SENTENCE_END = re.compile(r"[.!?…。！？।؟։]['\"”’»)\]]*$")

# Sections whose phrases count only at the beginning of a text, or only if they are all of it; others count anywhere.
_FRAMES = {"pointers": r"^\W*(?:{})", "controls": r"^[\W\d]*(?:(?:{})\b[\W\d]*)+$"}

_ANYWHERE = r"(?<![A-Za-z0-9])(?:{})"  # never inside a word: five times faster than trying every letter


def warm() -> None:
    """Read and compile the phrases."""
    _table()


def is_pointer(text: str) -> bool:
    """Whether a short text leads elsewhere: "Read more", "Related:", "Subscribe"."""
    return count_words(text) <= MAX_POINTER_WORDS and _table()["pointers"].match(text) is not None


def is_notice(text: str) -> bool:
    """Whether a text is about the page, its makers or its pictures: disclaimers, errors, copyright, comments."""
    return _table()["notices"].search(text) is not None


def is_control(text: str) -> bool:
    """Whether a text consists of the words of buttons and share bars."""
    return len(text) <= _CONTROL_CHARACTERS and _table()["controls"].match(text) is not None


def is_comments_heading(text: str) -> bool:
    """Whether a line heads the comments of readers."""
    return len(text) <= _HEADING_CHARACTERS and _table()["comments"].search(text) is not None


def is_related_heading(text: str) -> bool:
    """Whether a line heads a list of other stories, tags or authors."""
    return len(text) <= _HEADING_CHARACTERS and _table()["others"].search(text) is not None


def is_paywall(text: str) -> bool:
    """Whether a text asks for a subscription to read on."""
    return _table()["paywalls"].search(text) is not None


def mentions(section: str, text: str) -> bool:
    """Whether the text contains a phrase of a section of `phrases.txt`."""
    return _table()[section].search(text) is not None


def count_mentions(section: str, text: str) -> int:
    """How many phrases of a section the text contains."""
    return sum(1 for _ in _table()[section].finditer(text))


def ends_sentence(text: str) -> bool:
    """Whether a text ends with a full stop of any script, also inside closing quotation marks."""
    return _SENTENCE_END.search(text) is not None


@cache
def _table() -> Mapping[str, re.Pattern[str]]:
    sections: dict[str, list[str]] = {}
    for line in files("streams.cleaning.text").joinpath("phrases.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            sections[line[1:-1]] = []
        elif line.strip() and not line.startswith("#"):
            list(sections.values())[-1].append(f"(?:{line})")
    return {name: _pattern(name, "|".join(phrases)) for name, phrases in sections.items()}


def _pattern(name: str, expression: str) -> re.Pattern[str]:
    if re.match(expression, ""):  # an empty alternative would match every text
        raise ValueError(f"phrases.txt: a phrase of {name} matches the empty text")
    return re.compile(_FRAMES.get(name, _ANYWHERE).format(expression), re.IGNORECASE)

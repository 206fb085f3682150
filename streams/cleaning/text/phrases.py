"""A line or short paragraph in, whether it is page furniture out, by the phrases of `phrases.txt`."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from streams.cleaning.text.characters import words

MAX_POINTER_WORDS = 45  # the longest teaser behind "Read more:" seen; a longer paragraph is the article's own
_CONTROL_CHARACTERS = 120  # a share bar with a dozen names
_HEADING_CHARACTERS = 120
_SENTENCE_END = re.compile(r"[.!?…。！？।؟։]['\"”’»)\]]*$")

# where in a text the phrases of a section stand: at its beginning, all over it; else anywhere
_FRAMES = {"pointers": r"^\W*(?:{})", "controls": r"^[\W\d]*(?:(?:{})\b[\W\d]*)+$"}

_ANYWHERE = r"(?<![A-Za-z0-9])(?:{})"  # never inside a word: five times faster than to try every letter


def warm() -> None:
    """Read and compile the phrases."""
    _table()


def is_pointer(text: str) -> bool:
    """Leads elsewhere: "Read more", "Related:", "Subscribe"; short ones only."""
    return words(text) <= MAX_POINTER_WORDS and _table()["pointers"].match(text) is not None


def is_notice(text: str) -> bool:
    """Speaks about the page, its makers or its pictures: disclaimers, errors, copyright, comments."""
    return _table()["notices"].search(text) is not None


def is_control(text: str) -> bool:
    """Holds nothing but the words of buttons and share bars."""
    return len(text) <= _CONTROL_CHARACTERS and _table()["controls"].match(text) is not None


def heads_comments(text: str) -> bool:
    """A line under which the page's readers speak."""
    return len(text) <= _HEADING_CHARACTERS and _table()["comments"].search(text) is not None


def heads_others(text: str) -> bool:
    """A line under which the page lists other stories, tags or its authors."""
    return len(text) <= _HEADING_CHARACTERS and _table()["others"].search(text) is not None


def is_paywall(text: str) -> bool:
    """Asks for a subscription before it goes on."""
    return _table()["paywalls"].search(text) is not None


def says(section: str, text: str) -> bool:
    """One of the phrases of a section of `phrases.txt` stands in the text."""
    return _table()[section].search(text) is not None


def count(section: str, text: str) -> int:
    """How many phrases of a section stand in the text."""
    return sum(1 for _ in _table()[section].finditer(text))


def ends_sentence(text: str) -> bool:
    """With a full stop of any script, also inside closing quotation marks."""
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
    if re.match(expression, ""):  # an empty alternative would make furniture of everything
        raise ValueError(f"phrases.txt: a phrase of {name} matches the empty text")
    return re.compile(_FRAMES.get(name, _ANYWHERE).format(expression), re.IGNORECASE)

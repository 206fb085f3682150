"""Query as typed -> the same in the spelling that luqum reads, with the column of each character.

Refuses what luqum would accept with another meaning: fuzzy and weighted words, patterns, other wildcards than begin*,
dashes and quotes that only look like operators.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field

from streams.alerts.query.errors import fail
from streams.alerts.query.fields import named

MOST_CHARACTERS = 2_000
MOST_WORDS = 100
MOST_DEPTH = 10  # nested parentheses
QUOTES = frozenset('"“”„«»')

_OR_QUOTE = "or put the text in quotes"
# characters with a meaning in other query languages, and what to write instead
_REFUSED_ANYWHERE = {
    "*": "a * follows the beginning of a word: write begin*",
    "?": f"single letters cannot be left open: write begin*, {_OR_QUOTE}",
    "~": f"words cannot be near or alike: leave the ~ out, {_OR_QUOTE}",
    "^": f"words cannot weigh more than others: leave the ^ out, {_OR_QUOTE}",
    "＂": 'this is no quote: write "',
    "（": "this parenthesis has no meaning: write (",
    "）": "this parenthesis has no meaning: write )",
    "｜": "this bar has no meaning: write | or OR",
    "＊": "this star has no meaning: write *",
    "：": "this colon has no meaning: write field:value with a plain colon, or leave it out",
}
_REFUSED_FIRST = {
    "/": f"patterns cannot be asked for: leave the / out, {_OR_QUOTE}",
    "=": "a field is written field:value: leave the = out",
    **dict.fromkeys("‐‑‒–—−－", "this dash does not exclude: write -word with a plain minus, or leave the dash out"),
    "＋": "this plus has no meaning: leave it out",
    **dict.fromkeys("'‘`´", 'this is no quote: write " on both sides of a phrase, or leave it out'),
}
_CHUNK = re.compile(r'(?:\\.|[^\s()|"“”„«»\\])+|\\', re.DOTALL)
_HEAD = re.compile(r"\A(?P<signs>[+!-]*)(?P<field>[^\W\d][\w.@-]*:)?(?P<compares>[<>]=?)?(?P<opens>[\[{]?)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the rewritten query: an operator, parenthesis, phrase, or run of other characters."""

    text: str
    column: int  # in the query as typed, from 1


@dataclass(slots=True)
class Source:
    """The rewritten query."""

    pieces: list[Piece] = field(default_factory=list)
    text: str = ""
    end: int = 1  # the column after the last character
    _starts: list[int] = field(default_factory=list)  # of the pieces in ``text``

    def add(self, text: str, column: int, *, apart: bool = True) -> None:
        self.text += " " if apart and self.text else ""
        self._starts.append(len(self.text))
        self.pieces.append(Piece(text, column))
        self.text += text

    def place(self, position: int) -> int:
        """Return the number of the piece at a position of ``text``; the number of pieces for its end."""
        if position >= len(self.text):
            return len(self.pieces)
        return bisect_right(self._starts, position) - 1

    def column(self, position: int) -> int:
        """Return the column in the query as typed."""
        number = self.place(position)
        if number == len(self.pieces):
            return self.end
        inside = min(position - self._starts[number], len(self.pieces[number].text))
        return self.pieces[number].column + inside


def rewritten(typed: str) -> Source:
    """Rewrite a query. Raises `InvalidQuery`."""
    for place, sign in enumerate(typed):
        if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
            fail(place + 1, f"{sign!r} cannot be searched for: leave it out")
    return _Rewriter(typed).whole()


def unescaped(text: str) -> str:
    """Remove the backslashes before escaped characters."""
    return _ESCAPED.sub(r"\1", text)


class _Rewriter:
    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._at = 0
        self._made = Source(end=len(typed.rstrip()) + 1)
        self._words = 0
        self._depth = 0
        self._glued = False  # the next piece belongs to the one before: field:"a phrase", -(group)

    def whole(self) -> Source:
        typed = self._typed
        while self._at < len(typed):
            sign = typed[self._at]
            if sign.isspace():
                self._at += 1
                self._glued = False
            elif sign in QUOTES:
                self._phrase()
            elif sign in "()":
                self._parenthesis(sign)
            elif sign == "|":
                self._add("OR", 2 if typed.startswith("||", self._at) else 1)
            else:
                self._chunk()
        return self._made

    def _add(self, text: str, length: int) -> None:
        self._made.add(text, self._at + 1, apart=not self._glued)
        self._at += length
        self._glued = False

    def _parenthesis(self, sign: str) -> None:
        self._depth += 1 if sign == "(" else -1
        if self._depth > MOST_DEPTH:
            fail(self._at + 1, f"more than {MOST_DEPTH} parentheses in each other: leave some out")
        self._add(sign, 1)

    def _phrase(self) -> None:
        end = self._at + 1
        while end < len(self._typed) and self._typed[end] not in QUOTES:
            end += 2 if self._typed[end] == "\\" else 1
        if end >= len(self._typed):
            fail(self._at + 1, f"this quote is not closed: write {self._typed[self._at]} at the end of the phrase too")
        inside = self._typed[self._at + 1 : end]
        self._count(inside)
        self._add(f'"{inside}"', end + 1 - self._at)
        following = self._typed[self._at : self._at + 1]
        if following in ("~", "^"):
            fail(self._at + 1, _REFUSED_ANYWHERE[following])
        if following and not (following.isspace() or following in ")|]}"):
            fail(self._at + 1, f"{following!r} follows a quote: write a blank between them")

    def _chunk(self) -> None:
        found = _CHUNK.match(self._typed, self._at)
        chunk = found.group() if found else self._typed[self._at]
        head = next(_HEAD.finditer(chunk))  # there is one: at the beginning the pattern matches the empty text too
        value = chunk[head.end() :]
        self._check(chunk, head, value)
        if chunk in ("AND", "OR", "NOT", "&&"):
            self._add("AND" if chunk == "&&" else chunk, len(chunk))
            return
        self._count(value)
        self._add(head["signs"].replace("!", "-") + chunk[len(head["signs"]) :], len(chunk))
        self._glued = not value  # only signs and a field: what follows without a blank belongs to it

    def _check(self, chunk: str, head: re.Match[str], value: str) -> None:
        column = self._at + 1
        following = self._typed[self._at + len(chunk) : self._at + len(chunk) + 1]
        alone = head.end() == len(head["signs"]) == len(chunk)
        if chunk.startswith(("-", "!")) and alone and len(chunk) == 1 and (not following or following.isspace()):
            fail(column, f"no word follows {chunk}: write -word to exclude it, or leave the dash out")
        if len(head["signs"]) > 1 and head["signs"] not in ("+-", "+!"):
            fail(column, f"no word follows {chunk[0]}: write one sign, or put it in quotes with its word")
        if head["field"]:
            named(head["field"][:-1], column + len(head["signs"]))
        first = column + head.end()
        if value and value[0] in _REFUSED_FIRST:
            fail(first, _REFUSED_FIRST[value[0]])
        if value.startswith("&&") and len(value) > 2:
            fail(first, "&& stands alone between words: write blanks around it, or AND")
        self._check_signs(value, first)

    def _check_signs(self, value: str, first: int) -> None:
        ends = value.rstrip("]}")
        place = 0
        while place < len(value):
            sign = value[place]
            begins = sign == "*" and place == len(ends) - 1
            if sign == "\\":
                if place + 1 == len(value):
                    fail(first + place, "nothing follows \\: leave it out, or put the text in quotes")
                place += 1
            elif sign in _REFUSED_ANYWHERE and not begins:
                fail(first + place, _REFUSED_ANYWHERE[sign])
            place += 1

    def _count(self, text: str) -> None:
        self._words += max(1, len(re.findall(r"\w+", text))) if text else 0
        if self._words > MOST_WORDS:
            fail(self._at + 1, f"more than {MOST_WORDS} words are too many: leave the rest out")

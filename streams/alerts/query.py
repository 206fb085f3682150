"""The query language of tracks and searches: text -> a syntax tree.

    query   = group { ("OR" | "|") group }
    group   = clause { ["AND" | "+"] clause }         all must hold
    clause  = ["-" | "NOT"] ( word | word"*" | "a phrase" | "(" query ")" )

`parse` takes time linear in the length of the query. `holds` evaluates the result on an article in memory;
`connectors.elastic.read.clauses` translates it for the server. A character that one of the two does not support is
rejected with its column, so that no query means anything else than what was typed.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

from streams.contract import analyzer as analysis
from streams.contract.errors import UsageError

MOST_CHARACTERS = 500  # more than anybody types
MOST_WORDS = 32  # 250 alternatives kept the embedded server busy for 26 s, and some thousand words crash it
MOST_DEPTH = 10  # nested parentheses
LEAST_PREFIX = 2  # letters before a *: nearly every text has a word with a given first letter
STORED = "+"  # prefix of a query in a track; the folded words of older tracks have no signs


@dataclass(frozen=True, slots=True)
class Phrase:
    """One word or several: ``tokens`` adjacent and in this order. ``text``: as typed, for the server's analyzer."""

    text: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word that begins with ``token``."""

    text: str
    token: str


@dataclass(frozen=True, slots=True)
class Not:
    clause: "Query"


@dataclass(frozen=True, slots=True)
class All:
    """All clauses must match; at least one of them is not a `Not`."""

    clauses: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Either:
    clauses: tuple["Query", ...]


Query = Phrase | Prefix | Not | All | Either


def parse(text: str) -> Query:
    """Parse a query. Raises `UsageError`, one line with the column (from 1), if it is invalid."""
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"query: {len(text):,} characters are too many: at most {MOST_CHARACTERS}")
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
            _fail(place + 1, f"{sign!r} cannot be searched for: leave it out")
    found = _Lexer(text).lexemes()
    if not found:
        raise UsageError("query: it is empty: write at least one word")
    return _Parser(text, found).whole()


def holds(query: Query, text: str) -> bool:
    """Return whether a text, as `streams.contract.analyzer.searchable` makes it, matches the query."""
    match query:
        case Phrase(tokens=tokens):
            return f" {' '.join(tokens)} " in text
        case Prefix(token=token):
            return f" {token}" in text
        case Not(clause):
            return not holds(clause, text)
        case All(clauses):
            return all(holds(clause, text) for clause in clauses)
        case Either(clauses):
            return any(holds(clause, text) for clause in clauses)


def needed(query: Query, weigh: Callable[[str], int]) -> tuple[str, ...]:
    """Return words of which a matching text has at least one; "begin*" stands for any word with that prefix.

    Of several choices the one with the least ``weigh`` is taken, then that of the longest word, usually the rarest. A
    `Not` needs none.
    """

    def load(words: tuple[str, ...]) -> tuple[int, int]:
        return sum(map(weigh, words)), -min(map(len, words))

    match query:
        case Phrase(tokens=tokens):
            return min(((token,) for token in tokens), key=load)
        case Prefix(token=token):
            return (f"{token}*",)
        case Not():
            return ()
        case All(clauses):
            return min(filter(None, (needed(clause, weigh) for clause in clauses)), key=load)
        case Either(clauses):
            return tuple({word: None for clause in clauses for word in needed(clause, weigh)})


def stored(text: str) -> tuple[str, ...]:
    """Return a query in the form of `Track.words`."""
    return (f"{STORED}{' '.join(text.split())}",)


def typed(words: tuple[str, ...]) -> str | None:
    """Return the query in a track's words; None for the folded words of an older track."""
    return words[0].removeprefix(STORED) if words and words[0].startswith(STORED) else None


Kind = Literal["word", "prefix", "phrase", "not", "and", "or", "(", ")"]


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: Kind
    text: str
    column: int


_QUOTES = frozenset('"“”„«»')
_ENDS_WORD = re.compile(r'[\s()|"“”„«»]')
_OPERATORS: dict[str, Kind] = {"AND": "and", "OR": "or", "NOT": "not"}
_OR_QUOTE = "or put the text in quotes"
# characters with a meaning in other query languages, and what to write instead
_REJECTED_ANYWHERE = {
    ":": "fields cannot be named: write the words alone, or in quotes",
    "*": "a * follows the beginning of a word: write begin*",
    "?": f"single letters cannot be left open: write begin*, {_OR_QUOTE}",
    "~": f"words cannot be near or alike: leave the ~ out, {_OR_QUOTE}",
    "^": f"words cannot weigh more than others: leave the ^ out, {_OR_QUOTE}",
    "\\": "signs cannot be escaped: put the text in quotes",
    "[": f"ranges cannot be asked for: leave the [ out, {_OR_QUOTE}",
    "]": f"ranges cannot be asked for: leave the ] out, {_OR_QUOTE}",
    "{": "ranges cannot be asked for: leave the { out, " + _OR_QUOTE,
    "}": "ranges cannot be asked for: leave the } out, " + _OR_QUOTE,
    "＂": 'this is no quote: write "',
    "（": "this parenthesis has no meaning: write (",
    "）": "this parenthesis has no meaning: write )",
    "｜": "this bar has no meaning: write | or OR",
    "＊": "this star has no meaning: write *",
    "：": "fields cannot be named: write the words alone, or in quotes",
}
_REJECTED_FIRST = {
    "/": f"patterns cannot be asked for: leave the / out, {_OR_QUOTE}",
    "!": "an exclamation mark does not exclude: write -word",
    "<": f"ranges cannot be asked for: leave the < out, {_OR_QUOTE}",
    ">": f"ranges cannot be asked for: leave the > out, {_OR_QUOTE}",
    "=": f"fields cannot be named: leave the = out, {_OR_QUOTE}",
    **dict.fromkeys("‐‑‒–—−－", "this dash does not exclude: write -word with a plain minus, or leave the dash out"),
    "＋": "this plus has no meaning: leave it out",
    **dict.fromkeys("'‘`´", 'this is no quote: write " on both sides of a phrase, or leave it out'),
}


def _fail(column: int, why: str) -> NoReturn:
    raise UsageError(f"query: column {column}: {why}")


class _Lexer:
    """Query -> its words and signs."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._words = 0
        self._found: list[_Lexeme] = []

    def lexemes(self) -> list[_Lexeme]:
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign.isspace():
                self._at += 1
            elif sign in _QUOTES:
                self._phrase()
            elif sign in "()":
                self._take("(" if sign == "(" else ")", sign)
            elif sign == "|":
                self._take("or", "||" if self._text.startswith("||", self._at) else "|")
            elif sign == "+":
                self._take("and", sign)
            elif sign == "-":
                after = self._text[self._at + 1 : self._at + 2]
                if not after or after.isspace():
                    _fail(self._at + 1, "no word follows -: write -word to exclude it, or leave the dash out")
                self._take("not", sign)
            else:
                self._word()
        return self._found

    def _take(self, kind: Kind, text: str, *, length: int | None = None) -> None:
        self._found.append(_Lexeme(kind, text, self._at + 1))
        self._at += len(text) if length is None else length

    def _phrase(self) -> None:
        end = next((i for i in range(self._at + 1, len(self._text)) if self._text[i] in _QUOTES), None)
        if end is None:
            _fail(self._at + 1, f"this quote is not closed: write {self._text[self._at]} at the end of the phrase too")
        inside = self._text[self._at + 1 : end]
        self._count(inside)
        self._take("phrase", inside, length=end + 1 - self._at)
        if self._at < len(self._text) and not (self._text[self._at].isspace() or self._text[self._at] in ")|"):
            _fail(self._at + 1, f"{self._text[self._at]!r} follows a quote: write a blank between them")

    def _word(self) -> None:
        end = _ENDS_WORD.search(self._text, self._at)
        word = self._text[self._at : end.start() if end else len(self._text)]
        if word in _OPERATORS:
            self._take(_OPERATORS[word], word)
            return
        if word[0] in _REJECTED_FIRST:
            _fail(self._at + 1, _REJECTED_FIRST[word[0]])
        if word.startswith("&&"):
            _fail(self._at + 1, "&& has no meaning: write AND, or leave it out")
        begins = len(word) > 1 and word.endswith("*") and not word.endswith("**")
        text = word[:-1] if begins else word
        for place, sign in enumerate(text):
            if sign in _REJECTED_ANYWHERE:
                _fail(self._at + 1 + place, _REJECTED_ANYWHERE[sign])
        self._count(text)
        self._take("prefix" if begins else "word", text, length=len(word))

    def _count(self, text: str) -> None:
        self._words += max(1, len(re.findall(r"\w+", text)))
        if self._words > MOST_WORDS:
            _fail(self._at + 1, f"more than {MOST_WORDS} words are too many: leave the rest out")


class _Parser:
    """Words and signs -> a query, by recursive descent."""

    def __init__(self, text: str, found: list[_Lexeme]) -> None:
        self._found = found
        self._end = len(text.rstrip()) + 1  # the column after the last sign
        self._at = 0

    def whole(self) -> Query:
        query = self._query(0)
        if (left := self._peek()) is not None:
            _fail(left.column, "this parenthesis was not opened: leave it out, or write ( before")
        return query

    def _peek(self) -> _Lexeme | None:
        return self._found[self._at] if self._at < len(self._found) else None

    def _accept(self, *kinds: Kind) -> _Lexeme | None:
        """Consume and return the next lexeme if it is of one of these kinds, else return None."""
        found = self._peek()
        if found is None or found.kind not in kinds:
            return None
        self._at += 1
        return found

    def _query(self, depth: int) -> Query:
        groups = [self._group(depth)]
        while self._accept("or"):
            groups.append(self._group(depth))
        return groups[0] if len(groups) == 1 else Either(tuple(groups))

    def _group(self, depth: int) -> Query:
        first = self._peek()
        column = first.column if first else self._end
        clauses = [self._clause(depth)]
        while (following := self._peek()) is not None and following.kind not in ("or", ")"):
            clauses.append(self._clause(depth))
        if all(isinstance(clause, Not) for clause in clauses):
            _fail(column, "nothing but what must not occur: write a word that must occur as well")
        return clauses[0] if len(clauses) == 1 else All(tuple(clauses))

    def _clause(self, depth: int) -> Query:
        if (sign := self._accept("and")) is not None:
            self._check_and(sign)
        negated = self._accept("not")
        found = self._peek()
        if found is None or found.kind in ("and", "or", "not", ")"):
            self._fail_on_missing_word(found, negated)
        self._at += 1
        clause = self._parenthesised(found, depth) if found.kind == "(" else _leaf(found)
        return Not(clause) if negated is not None else clause

    def _check_and(self, sign: _Lexeme) -> None:
        """Reject an AND without a clause before it; a + may also precede the first clause."""
        before = self._found[self._at - 2].kind if self._at > 1 else None
        if sign.text == "AND" and before in (None, "or", "("):
            _fail(sign.column, 'nothing stands before AND: write "AND" in quotes for the word')

    def _parenthesised(self, opened: _Lexeme, depth: int) -> Query:
        if depth == MOST_DEPTH:
            _fail(opened.column, f"more than {MOST_DEPTH} parentheses in each other: leave some out")
        inside = self._query(depth + 1)
        if not self._accept(")"):
            _fail(opened.column, "this parenthesis is not closed: write ) at its end")
        return inside

    def _fail_on_missing_word(self, found: _Lexeme | None, negated: _Lexeme | None) -> NoReturn:
        before = negated or (self._found[self._at - 1] if self._at else None)
        if before is not None and before.kind in ("and", "or", "not"):
            _fail(before.column, f"no word follows {before.text}: write one, or put the sign in quotes with its words")
        if before is not None and before.kind == "(":
            _fail(before.column, "nothing stands in this parenthesis: write a word in it, or leave it out")
        column = found.column if found else self._end
        _fail(column, f"no word stands before {found.text if found else 'the end'}: write one, or leave it out")


def _leaf(found: _Lexeme) -> Query:
    text = unicodedata.normalize("NFC", found.text)
    tokens = tuple(analysis.words(text))
    if not tokens:
        _fail(found.column, f"there is no letter or digit in {found.text!r}: write a word, or leave it out")
    if found.kind != "prefix":
        return Phrase(text, tokens)
    if len(tokens) > 1:
        _fail(found.column, f"{found.text}* is {len(tokens)} words, and a * follows one: write them apart")
    if len(tokens[0]) < LEAST_PREFIX:
        _fail(found.column, f"{found.text}* begins a word of nearly every text: write at least {LEAST_PREFIX} letters")
    return Prefix(text, tokens[0])

"""A query as people type it -> what an article has to hold. Tracks and searches share this language.

    query   = group { ("OR" | "|") group }
    group   = clause { ["AND" | "+"] clause }         all must hold
    clause  = ["-" | "NOT"] ( word | word"*" | "a phrase" | "(" query ")" )

`parse` takes time linear in the length of the query. `streams.alerts` evaluates the result on an article in memory
(`holds`), `connectors.elastic.read.clauses` translates it for the server. A sign that one of the two does not
support is refused with its column, so that no query means something else than what was typed.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn

from streams.contract import analyzer as analysis
from streams.contract.errors import UsageError

MOST_CHARACTERS = 500  # nobody types more
MOST_WORDS = 32  # 250 alternatives kept the embedded server busy for 26 s, and some thousand words end it
MOST_DEPTH = 10  # parentheses in each other
LEAST_PREFIX = 2  # letters before a *: one letter begins a word of nearly every text
STORED = "+"  # begins a query in a track; the folded words of older tracks have no signs


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word or several: ``tokens`` in this order, side by side. ``text`` is as typed, for the server's analyzer."""

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
    """At least one of ``clauses`` is no `Not`."""

    clauses: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Either:
    clauses: tuple["Query", ...]


Query = Phrase | Prefix | Not | All | Either


def parse(text: str) -> Query:
    """Raises `UsageError`, one line with the column (from 1), for what is not a query."""
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"query: {len(text):,} characters are too many: at most {MOST_CHARACTERS}")
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in ("Cc", "Cs") and not sign.isspace():
            _refuse(place + 1, f"{sign!r} cannot be searched for: leave it out")
    found = _Lexer(text).lexemes()
    if not found:
        raise UsageError("query: it is empty: write at least one word")
    return _Parser(text, found).whole()


def holds(query: Query, text: str) -> bool:
    """Whether a text, as `streams.contract.analyzer.searchable` makes it, answers the query."""
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
    """Words of which a text has to hold one to answer the query, "begin*" standing for a word that begins so.

    Of several choices the lightest is taken by ``weigh``, then that of the longest word, as a rule the rarest.
    A `Not` needs none.
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
    """A query in the form in which `Track.words` holds it."""
    return (f"{STORED}{' '.join(text.split())}",)


def typed(words: tuple[str, ...]) -> str | None:
    """The query in a track's words; None for the folded words of an older track."""
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
_SMALL = "or put the text in quotes"
# what means something in other query languages, and what to write here
_ANYWHERE = {
    ":": "fields cannot be named: write the words alone, or in quotes",
    "*": "a * follows the beginning of a word: write begin*",
    "?": f"single letters cannot be left open: write begin*, {_SMALL}",
    "~": f"words cannot be near or alike: leave the ~ out, {_SMALL}",
    "^": f"words cannot weigh more than others: leave the ^ out, {_SMALL}",
    "\\": "signs cannot be escaped: put the text in quotes",
    "[": f"ranges cannot be asked for: leave the [ out, {_SMALL}",
    "]": f"ranges cannot be asked for: leave the ] out, {_SMALL}",
    "{": "ranges cannot be asked for: leave the { out, " + _SMALL,
    "}": "ranges cannot be asked for: leave the } out, " + _SMALL,
    "＂": 'this is no quote: write "',
    "（": "this parenthesis has no meaning: write (",
    "）": "this parenthesis has no meaning: write )",
    "｜": "this bar has no meaning: write | or OR",
    "＊": "this star has no meaning: write *",
    "：": "fields cannot be named: write the words alone, or in quotes",
}
_FIRST = {
    "/": f"patterns cannot be asked for: leave the / out, {_SMALL}",
    "!": "an exclamation mark does not exclude: write -word",
    "<": f"ranges cannot be asked for: leave the < out, {_SMALL}",
    ">": f"ranges cannot be asked for: leave the > out, {_SMALL}",
    "=": f"fields cannot be named: leave the = out, {_SMALL}",
    **dict.fromkeys("‐‑‒–—−－", "this dash does not exclude: write -word with a plain minus, or leave the dash out"),
    "＋": "this plus has no meaning: leave it out",
    **dict.fromkeys("'‘`´", 'this is no quote: write " on both sides of a phrase, or leave it out'),
}


def _refuse(column: int, why: str) -> NoReturn:
    raise UsageError(f"query: column {column}: {why}")


class _Lexer:
    """A query -> its words and signs."""

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
                    _refuse(self._at + 1, "no word follows -: write -word to exclude it, or leave the dash out")
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
            _refuse(
                self._at + 1, f"this quote is not closed: write {self._text[self._at]} at the end of the phrase too"
            )
        inside = self._text[self._at + 1 : end]
        self._count(inside)
        self._take("phrase", inside, length=end + 1 - self._at)
        if self._at < len(self._text) and not (self._text[self._at].isspace() or self._text[self._at] in ")|"):
            _refuse(self._at + 1, f"{self._text[self._at]!r} follows a quote: write a blank between them")

    def _word(self) -> None:
        end = _ENDS_WORD.search(self._text, self._at)
        word = self._text[self._at : end.start() if end else len(self._text)]
        if word in _OPERATORS:
            self._take(_OPERATORS[word], word)
            return
        if word[0] in _FIRST:
            _refuse(self._at + 1, _FIRST[word[0]])
        if word.startswith("&&"):
            _refuse(self._at + 1, "&& has no meaning: write AND, or leave it out")
        begins = len(word) > 1 and word.endswith("*") and not word.endswith("**")
        kept = word[:-1] if begins else word
        for place, sign in enumerate(kept):
            if sign in _ANYWHERE:
                _refuse(self._at + 1 + place, _ANYWHERE[sign])
        self._count(kept)
        self._take("prefix" if begins else "word", kept, length=len(word))

    def _count(self, text: str) -> None:
        self._words += max(1, len(re.findall(r"\w+", text)))
        if self._words > MOST_WORDS:
            _refuse(self._at + 1, f"more than {MOST_WORDS} words are too many: leave the rest out")


class _Parser:
    """Words and signs -> a query, by recursive descent."""

    def __init__(self, text: str, found: list[_Lexeme]) -> None:
        self._found = found
        self._end = len(text.rstrip()) + 1  # the column after the last sign
        self._at = 0

    def whole(self) -> Query:
        query = self._query(0)
        if (left := self._next()) is not None:
            _refuse(left.column, "this parenthesis was not opened: leave it out, or write ( before")
        return query

    def _next(self) -> _Lexeme | None:
        return self._found[self._at] if self._at < len(self._found) else None

    def _follows(self, *kinds: Kind) -> _Lexeme | None:
        """The next one if it is of these kinds; then it is taken."""
        found = self._next()
        if found is None or found.kind not in kinds:
            return None
        self._at += 1
        return found

    def _query(self, depth: int) -> Query:
        groups = [self._group(depth)]
        while self._follows("or"):
            groups.append(self._group(depth))
        return groups[0] if len(groups) == 1 else Either(tuple(groups))

    def _group(self, depth: int) -> Query:
        first = self._next()
        column = first.column if first else self._end
        clauses = [self._clause(depth)]
        while (following := self._next()) is not None and following.kind not in ("or", ")"):
            clauses.append(self._clause(depth))
        if all(isinstance(clause, Not) for clause in clauses):
            _refuse(column, "nothing but what must not occur: write a word that must occur as well")
        return clauses[0] if len(clauses) == 1 else All(tuple(clauses))

    def _clause(self, depth: int) -> Query:
        if (sign := self._follows("and")) is not None:
            self._check_joins(sign)
        negated = self._follows("not")
        found = self._next()
        if found is None or found.kind in ("and", "or", "not", ")"):
            self._nothing(found, negated)
        self._at += 1
        clause = self._group_in(found, depth) if found.kind == "(" else _leaf(found)
        return Not(clause) if negated is not None else clause

    def _check_joins(self, sign: _Lexeme) -> None:
        """AND stands between two clauses; a + may also stand before the first."""
        before = self._found[self._at - 2].kind if self._at > 1 else None
        if sign.text == "AND" and before in (None, "or", "("):
            _refuse(sign.column, 'nothing stands before AND: write "AND" in quotes for the word')

    def _group_in(self, opened: _Lexeme, depth: int) -> Query:
        if depth == MOST_DEPTH:
            _refuse(opened.column, f"more than {MOST_DEPTH} parentheses in each other: leave some out")
        inside = self._query(depth + 1)
        if not self._follows(")"):
            _refuse(opened.column, "this parenthesis is not closed: write ) at its end")
        return inside

    def _nothing(self, found: _Lexeme | None, negated: _Lexeme | None) -> NoReturn:
        """Say where a word is missing."""
        before = negated or (self._found[self._at - 1] if self._at else None)
        if before is not None and before.kind in ("and", "or", "not"):
            _refuse(
                before.column, f"no word follows {before.text}: write one, or put the sign in quotes with its words"
            )
        if before is not None and before.kind == "(":
            _refuse(before.column, "nothing stands in this parenthesis: write a word in it, or leave it out")
        column = found.column if found else self._end
        _refuse(column, f"no word stands before {found.text if found else 'the end'}: write one, or leave it out")


def _leaf(found: _Lexeme) -> Query:
    text = unicodedata.normalize("NFC", found.text)
    tokens = tuple(analysis.words(text))
    if not tokens:
        _refuse(found.column, f"there is no letter or digit in {found.text!r}: write a word, or leave it out")
    if found.kind != "prefix":
        return Phrase(text, tokens)
    if len(tokens) > 1:
        _refuse(found.column, f"{found.text}* is {len(tokens)} words, and a * follows one: write them apart")
    if len(tokens[0]) < LEAST_PREFIX:
        _refuse(
            found.column, f"{found.text}* begins a word of nearly every text: write at least {LEAST_PREFIX} letters"
        )
    return Prefix(text, tokens[0])

"""Query -> syntax tree: luqum reads the Lucene syntax, this module gives it its meaning.

AND and blanks bind more than OR: ``a b OR c`` is ``(a b) OR c``. luqum orders them otherwise, so its operators are
taken in the order in which they are written.
"""

import re
import unicodedata
from difflib import get_close_matches
from typing import NoReturn

from luqum import tree as lucene
from luqum.exceptions import ParseError
from luqum.thread import parse as read_lucene

from streams.alerts.query import literals, source
from streams.alerts.query.errors import InvalidQuery, fail
from streams.alerts.query.fields import ENTITIES, ID, KEY, PUBLISHER_ID, Field, FieldKind, named
from streams.alerts.query.source import MOST_CHARACTERS, MOST_DEPTH, Source, rewritten
from streams.alerts.query.tree import ANY, All, Either, Not, Phrase, Prefix, Present, Query, Range, Value
from streams.contract import analyzer, identity
from streams.contract.errors import UsageError
from streams.entities.canonical import fold

LEAST_PREFIX = 2  # letters before a *: nearly every text has a word with a given first letter
_POSITION = re.compile(r"at position (\d+)")


def parse(typed: str) -> Query:
    """Parse a query. Raises `UsageError`, one line with the column (from 1), if it is invalid.

    Takes time linear in the length of the query, which is limited, as are its words and the depth of parentheses.
    """
    if len(typed) > MOST_CHARACTERS:
        raise UsageError(f"query: {len(typed):,} characters are too many: at most {MOST_CHARACTERS:,}")
    if not typed.strip():
        raise UsageError("query: it is empty: write at least one word")
    try:
        made = rewritten(typed)
        try:
            read = read_lucene(made.text)
        except ParseError as error:
            _explain(made, error)
        return _Meaning(made).of(read, None)
    except InvalidQuery as error:
        raise error.in_text(typed) from None


class _Meaning:
    """luqum's tree -> ours."""

    def __init__(self, made: Source) -> None:
        self._made = made

    def of(self, item: lucene.Item, field: Field | None, depth: int = 0) -> Query:
        """Return the meaning of ``item``, below a field or without one."""
        if depth > 3 * MOST_DEPTH:
            fail(self._column(item), "too many signs in each other: leave some out")
        match item:
            case lucene.BaseOperation():
                return self._operation(item, field, depth + 1)
            case lucene.BaseGroup() | lucene.Plus():
                return self.of(item.children[0], field, depth + 1)
            case lucene.Not() | lucene.Prohibit():
                clause = self.of(item.children[0], field, depth + 1)
                return clause.clause if isinstance(clause, Not) else Not(clause)
            case lucene.SearchField():
                if field is not None:
                    if field.kind is FieldKind.ADDRESS:
                        fail(
                            self._column(item),
                            f'{field.name}: takes an address in quotes: write {field.name}:"https://..."',
                        )
                    fail(self._column(item), f"a field cannot be named within {field.name}: leave one out")
                return self.of(item.expr, named(item.name, self._column(item)), depth + 1)
            case _:
                return self._leaf(item, field)

    def _operation(self, item: lucene.BaseOperation, field: Field | None, depth: int) -> Query:
        groups = [self._joined(All, group, field, depth) for group in _groups(item)]
        return groups[0] if len(groups) == 1 else Either(tuple(groups))

    def _joined(self, kind: type[All], items: list[lucene.Item], field: Field | None, depth: int) -> Query:
        clauses = tuple(self.of(one, field, depth) for one in items)
        return clauses[0] if len(clauses) == 1 else kind(clauses)

    def _leaf(self, item: lucene.Item, field: Field | None) -> Query:
        column = self._column(item)
        match item:
            case lucene.Word() | lucene.Phrase():
                return self._term(item, field, column)
            case lucene.Range() | lucene.From() | lucene.To():
                if field is None or field.kind not in (FieldKind.NUMBER, FieldKind.MOMENT):
                    where = "a field" if field is None else f"{field.name}:"
                    fail(column, f"{where} has no ranges here: write sources:>=3 or published:>now-7d, or use quotes")
                return self._range(item, field)
            case _:
                raise InvalidQuery(column, "this is not supported: leave it out, or put the text in quotes")

    def _range(self, item: lucene.Range | lucene.From | lucene.To, field: Field) -> Query:
        if isinstance(item, lucene.From):
            return literals.above(field, *self._literal(item.children[0]), included=item.include)
        if isinstance(item, lucene.To):
            return literals.below(field, *self._literal(item.children[0]), included=item.include)
        low, high = self._literal(item.low), self._literal(item.high)
        start = None if low[0] == "*" else literals.above(field, *low, included=item.include_low).low
        end = None if high[0] == "*" else literals.below(field, *high, included=item.include_high).high
        return Present(field.name) if start is None and end is None else Range(field.name, start, end)

    def _literal(self, item: lucene.Item) -> tuple[str, int]:
        """Return the text of a bound, and its column."""
        return _text(item), self._column(item)

    def _term(self, item: lucene.Word | lucene.Phrase, field: Field | None, column: int) -> Query:
        quoted = isinstance(item, lucene.Phrase)
        raw: str = item.value
        text = unicodedata.normalize("NFC", _text(item))
        begins = not quoted and raw.endswith("*") and not raw.endswith("\\*")
        if begins and raw == "*":
            return _present(field, column)
        if field is None or field.kind in (FieldKind.TEXT, FieldKind.NAME):
            return _prefix(text[:-1], field, column) if begins else _words(text, field, column)
        if begins:
            fail(column, f"{field.name}: takes whole values: leave the * out")
        if field.kind is FieldKind.ADDRESS:
            return _address(field, text, column)
        if field.kind is FieldKind.CODE:
            return _code(field, text, column)
        return literals.equal(field, text, column)

    def _column(self, item: lucene.Item) -> int:
        position = item.pos if item.pos is not None else 0
        return self._made.column(position)


def _groups(item: lucene.Item) -> list[list[lucene.Item]]:
    """Return the operands as written, in the order of the text: alternatives of items that must all hold."""
    if not isinstance(item, lucene.BaseOperation):
        return [[item]]
    first, *others = item.children
    groups = _groups(first)
    for other in others:
        following = _groups(other)
        if not isinstance(item, lucene.OrOperation):
            groups[-1] += following.pop(0)
        groups += following
    return groups


def _text(item: lucene.Item) -> str:
    """Return the text of a word, phrase or negative number, without quotes and escapes."""
    if isinstance(item, lucene.Phrase):
        return source.unescaped(item.value[1:-1])
    if isinstance(item, lucene.Word):
        return source.unescaped(item.value)
    return str(item)


def _present(field: Field | None, column: int) -> Query:
    if field is None:
        fail(column, "a * follows the beginning of a word: write begin*")
    if field.kind in (FieldKind.TEXT, FieldKind.NUMBER):
        fail(column, f"every article has a {field.name}: write what it must be")
    if field.kind is FieldKind.ADDRESS:
        fail(column, f"{field.name}: takes a whole address: write it in quotes")
    if field.name == "entity":
        return Either(tuple(Present(name) for name in ENTITIES))
    if field.name == "copies":
        return Value("copies", (field.values or {})["yes"])
    return Present(field.name)


def _words(text: str, field: Field | None, column: int) -> Query:
    tokens = tuple(analyzer.words(text))
    if not tokens:
        fail(column, f"there is no letter or digit in {text!r}: write a word, or leave it out")
    if field is None:
        return Phrase(ANY, text, tokens)
    if field.name == "publisher":
        return Either((Phrase("publisher", text, tokens), Value(PUBLISHER_ID, (text.strip().lower(),))))
    names = ENTITIES if field.name == "entity" else {field.name: ENTITIES[field.name]} if field.name in ENTITIES else {}
    if not names:
        return Phrase(field.name, text, tokens)
    key = fold(text)
    keys = (Value(KEY, tuple(f"{kind}:{key}" for kind in names.values())),) if key else ()
    return Either((*(Phrase(name, text, tokens) for name in names), *keys))


def _prefix(text: str, field: Field | None, column: int) -> Query:
    tokens = tuple(analyzer.words(text))
    if not tokens:
        fail(column, f"there is no letter or digit in {text!r}: write a word, or leave it out")
    if len(tokens) > 1:
        fail(column, f"{text}* is {len(tokens)} words, and a * follows one: write them apart")
    if len(tokens[0]) < LEAST_PREFIX:
        fail(column, f"{text}* begins a word of nearly every text: write at least {LEAST_PREFIX} letters")
    if field is not None and field.name == "entity":
        return Either(tuple(Prefix(name, text, tokens[0]) for name in ENTITIES))
    return Prefix(ANY if field is None else field.name, text, tokens[0])


def _address(field: Field, text: str, column: int) -> Query:
    id_ = identity.of_url(text)
    if id_ is None:
        fail(column, f'{field.name}: takes a whole address: write {field.name}:"https://news.example/reef"')
    return Value(ID, (id_,))


def _code(field: Field, text: str, column: int) -> Query:
    value = text.strip().lower()
    if field.values is None:
        if not re.fullmatch(field.pattern, value):
            fail(column, f"{field.name}: takes a code such as {field.name}:{field.example}")
        return Value(field.name, (value.upper() if field.example.isupper() else value,))
    if field.name == "copies" and value == "no":
        return Not(Value(field.name, field.values["yes"]))
    if value not in field.values:
        known = [*field.values, *(["no"] if field.name == "copies" else [])]
        near = get_close_matches(value, known, 1)
        fail(column, f"{field.name}: is one of {', '.join(known)}{f': did you mean {near[0]}?' if near else ''}")
    return Value(field.name, field.values[value])


def _explain(made: Source, error: ParseError) -> NoReturn:
    """Raise `InvalidQuery` for an error of the syntax: luqum names the place, the pieces around it tell the cause."""
    found = _POSITION.search(str(error))
    number = made.place(int(found[1])) if found else len(made.pieces)
    here = made.pieces[number] if number < len(made.pieces) else None
    before = made.pieces[number - 1] if number else None
    text = here.text if here else ""
    if before and before.text in ("AND", "OR", "NOT", "-", "+"):
        fail(before.column, f"no word follows {before.text}: write one, or put the sign in quotes with its words")
    if before and before.text.endswith((":", "<", ">", "=", "[", "{")) and (here is None or text in (")", "AND", "OR")):
        fail(before.column, f"nothing follows {before.text}: write a value, or put the text in quotes")
    if text == ")":
        if before and before.text == "(":
            fail(before.column, "nothing stands in this parenthesis: write a word in it, or leave it out")
        if not _open(made, number):
            fail(made.pieces[number].column, "this parenthesis was not opened: leave it out, or write ( before")
    if here is None:
        if opened := _open(made, number):
            fail(opened[-1], "this parenthesis is not closed: write ) at its end")
        fail(made.end, "something is missing here: a word, or ] at the end of a range")
    if text in ("AND", "OR"):
        fail(here.column, f'nothing stands before {text}: write a word, or "{text}" in quotes for the word')
    position = int(found[1]) if found else 0
    fail(made.column(position), "this cannot be read here: leave it out, or put the text in quotes")


def _open(made: Source, number: int) -> list[int]:
    """Return the columns of the parentheses that are open before a piece."""
    columns: list[int] = []
    for piece in made.pieces[:number]:
        if piece.text == "(":
            columns.append(piece.column)
        elif piece.text == ")" and columns:
            columns.pop()
    return columns

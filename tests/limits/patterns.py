"""All regular expressions of the project, and texts that make each of them work as hard as it can."""

import ast
import gc
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _constants as op
from re import _parser as parser
from typing import Any

from streams import cleaning, entities

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("streams", "connectors")
FUNCTIONS = {"compile", "search", "match", "fullmatch", "split", "findall", "finditer", "sub", "subn"}
CATEGORY = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_WORD: " ",
}


@dataclass(frozen=True)
class Used:
    """A pattern and how it is tried: ``match`` or ``fullmatch`` where calls of the project do, else ``finditer``."""

    pattern: re.Pattern[str]
    way: str

    def work(self, text: str) -> None:
        if self.way == "finditer":
            for _ in self.pattern.finditer(text):
                pass
        else:
            getattr(self.pattern, self.way)(text)


def patterns() -> list[Used]:
    """Each pattern of text that modules compile when they are imported, and each literal one in a call of `re`."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    cleaning.warm(None)
    entities.warm()
    ours = tuple(f"{package}." for package in PACKAGES)
    used, found = _ways(), set[Used]()
    for loaded in list(sys.modules.values()):
        if getattr(loaded, "__name__", "").startswith(ours):
            for name, value in vars(loaded).items():
                for pattern in _held([value]):
                    found |= {Used(pattern, way) for way in used.get(_known_as(loaded.__name__, name), {"finditer"})}
    found |= {Used(re.compile(source), _way(function)) for function, source in _literal()}
    return sorted(found, key=lambda used: (used.pattern.pattern, used.way))


def _held(values: list[Any], depth: int = 6) -> Iterator[re.Pattern[str]]:
    """The patterns in ``values``, and in containers and plain objects of ours in them."""
    for value in values:
        if isinstance(value, re.Pattern):
            if isinstance(value.pattern, str):
                yield value
        elif depth and isinstance(value, dict):
            yield from _held(list(value.values()), depth - 1)
        elif depth and isinstance(value, (list, tuple, set, frozenset)) and len(value) < 10_000:
            yield from _held(list(value), depth - 1)
        elif depth and type(value).__module__.startswith(PACKAGES):
            yield from _held([one for one in gc.get_referents(value) if not isinstance(one, type)], depth - 2)


def _calls() -> Iterator[tuple[str, str, str, ast.expr | None]]:
    """The module, the function, the object's name and the first argument of each call of a method."""
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = node.func.value
                    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
                    yield module, node.func.attr, name, node.args[0] if node.args else None


def _way(function: str) -> str:
    return function if function in ("match", "fullmatch") else "finditer"


def _ways() -> dict[str, set[str]]:
    """How patterns are used, by what `_known_as` calls them."""
    found: dict[str, set[str]] = {}
    for module, function, name, _ in _calls():
        if function in FUNCTIONS and name != "re":
            found.setdefault(_known_as(module, name), set()).add(_way(function))
    return found


def _known_as(module: str, name: str) -> str:
    """A private name with its module; a public one alone, since other modules use it too."""
    return f"{module}.{name}" if name.startswith("_") else name


def _literal() -> Iterator[tuple[str, str]]:
    """Literal patterns in calls such as ``re.sub(r"...", ...)``, which are compiled when they are first used."""
    for _, function, name, argument in _calls():
        literal = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        if name == "re" and function in FUNCTIONS - {"compile"} and literal:
            yield function, argument.value  # type: ignore[union-attr]


def hard_texts(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Texts of about ``size`` characters that begin a match of ``pattern`` and do not end it: for each repetition in it
    what may be repeated, alone, after what has to stand before it, and with that before each."""
    for before, body in _repeated(list(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)), ""):
        if not body:
            continue
        yield body * (size // len(body))
        yield before + body * (size // len(body))
        if before:
            yield (before + body) * (size // (len(before) + len(body)))
            yield before * (size // len(before))


def _repeated(items: list[Any], before: str) -> Iterator[tuple[str, str]]:
    """What stands before each repetition, and one turn of it."""
    for kind, value in items:
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            low, high, body = value
            sample = _sample(list(body))
            if high > 8:
                for one in {sample, *_letters(list(body))}:
                    yield before, one
            yield from _repeated(list(body), before)
            before += sample * max(1, low) if low or high == op.MAXREPEAT else ""
            continue
        if kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeated(list(branch), before)
        elif kind is op.SUBPATTERN:
            yield from _repeated(list(value[3]), before)
        elif kind is op.ATOMIC_GROUP:
            yield from _repeated(list(value), before)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from _repeated(list(value[1]), before)
        before += _sample([(kind, value)])


def _letters(items: list[Any]) -> Iterator[str]:
    """Each way to fill one turn that is a single character."""
    if len(items) == 1 and items[0][0] is op.IN:
        for kind, value in items[0][1]:
            if kind is op.LITERAL:
                yield chr(value)
            elif kind is op.RANGE:
                yield chr(value[0])
            elif kind is op.CATEGORY:
                yield CATEGORY.get(value, "a")


def _sample(items: list[Any]) -> str:
    text = ""
    for kind, value in items:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind is op.NOT_LITERAL:
            text += "a" if value != ord("a") else "b"
        elif kind is op.ANY:
            text += "a"
        elif kind is op.IN:
            text += _one_of(list(value))
        elif kind is op.BRANCH:
            text += _sample(list(value[1][0]))
        elif kind is op.SUBPATTERN:
            text += _sample(list(value[3]))
        elif kind is op.ATOMIC_GROUP:
            text += _sample(list(value))
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            text += _sample(list(value[2])) * min(value[0], 8)
    return text


def _one_of(members: list[Any]) -> str:
    if members[0][0] is op.NEGATE:
        refused = {chr(value) for kind, value in members if kind is op.LITERAL}
        return next((letter for letter in "a 1.-\n" if letter not in refused), "\u4e00")
    kind, value = members[0]
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.RANGE:
        return chr(value[0])
    return CATEGORY.get(value, "a")

"""Labelled documents in the JSON-lines form -> text with the spans of its names."""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.contract.errors import UsageError
from streams.contract.validation import fault
from streams.entities.canonical import listed
from streams.entities.crf.languages import LANGUAGES, Language

NO_SPACE_BEFORE = set(",.;:?!)]%”…’") | {"'s", "’s", "n't", "n’t", "'re", "'ve", "'m", "'d", "'ll"}
NO_SPACE_AFTER = set("([$£€“‘")
CONTRACTED = {"s", "d", "t", "m", "re", "ll", "ve"}
MONTHS = listed("January February March April May June July August September October November December")
SHORT = {
    "Person": "PER",
    "Organization": "ORG",
    "Location": "LOC",
    "NORP": "NORP",
    "Facility": "FAC",
    "Misc": "MISC",
}  # long names of types in some sets; other types are left out

LABEL = re.compile(r"O|[BI]-.+")
LARGEST = 200_000_000  # bytes of a set without compression; the largest of those listed has 4 MB
FEWEST_DOCUMENTS = 20  # two of each part of the documents, in the mean

Name = tuple[int, int, str]  # first character, one past the last, type
Sentence = list[tuple[str, str]]  # words with their labels: O, B-PER, I-PER ...


@dataclass(frozen=True)
class Document:
    """A labelled text."""

    id: str
    text: str
    names: list[Name]
    fold: int


class Row(msgspec.Struct, frozen=True):
    """One line of a set."""

    id: str
    sentences: list[Sentence]
    space: list[str] | None = None

    def __post_init__(self) -> None:
        wrong = next(
            (label for sentence in self.sentences for _, label in sentence if not LABEL.fullmatch(label)), None
        )
        if wrong is not None:
            raise ValueError(f"the label {wrong!r} is neither O nor one such as B-PER or I-PER")
        if any(not word or "\n" in word or "\0" in word for sentence in self.sentences for word, _ in sentence):
            raise ValueError("a word is empty, or contains a line end or NUL")
        if self.space is not None and list(map(len, self.space)) != list(map(len, self.sentences)):
            raise ValueError("`space` needs one sign for each word of each sentence")


def read(folder: Path, language: Language) -> list[Document]:
    """Return the documents of all sets of a language. Raises `UsageError` if they cannot be read or are too few."""
    found = []
    for path in paths(folder, language):
        for row in _rows(path):
            text, names = written(row.sentences, row.space)
            if text.strip():
                found.append(Document(row.id, text, names, _fold(row.id, language)))
    files = ", ".join(map(str, paths(folder, language)))
    if len(found) < FEWEST_DOCUMENTS:
        raise UsageError(f"{files}: {len(found)} documents, but {FEWEST_DOCUMENTS} are needed at least")
    if len({document.fold for document in found}) == 1:
        raise UsageError(f"{files}: ids tell which documents are learnt and which are measured: give each its own id")
    return found


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_unpacked(path).splitlines(), 1):
        try:
            yield msgspec.json.decode(line, type=Row)
        except msgspec.ValidationError as error:
            raise UsageError(f"{path}, line {number}: {fault(error)}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}, line {number}: {error}") from error


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {path}: {error}; a set is a file of JSON lines, packed by gzip") from error
    if len(content) > LARGEST:
        raise UsageError(f"{path} has more than {LARGEST:,} bytes: split it into several sets")
    return content


def paths(folder: Path, language: Language) -> list[Path]:
    """The files of the sets of a language, or of all from which neutral weights are learnt.

    English newswire is named without the language.
    """
    if language.neutral:
        return [path for code in language.start for path in paths(folder, LANGUAGES[code])]
    found = []
    for one in language.sets:
        named = (Path(one), folder / f"entities-{language.code}-{one}.jsonl.gz")
        found.append(next((path for path in named if path.is_file()), folder / f"{one}.jsonl.gz"))
    return found


def digest(folder: Path, language: Language) -> str:
    """SHA-256 of the sets of a language."""
    whole = hashlib.sha256()
    for path in paths(folder, language):
        whole.update(_unpacked(path))
    return whole.hexdigest()


def _fold(identity: str, language: Language) -> int:
    """Articles of one publisher are in one part, where their ids name the publisher."""
    group = identity.rsplit("_", 1)[0] if language.code == "en" else identity
    return int(hashlib.md5(group.encode(), usedforsecurity=False).hexdigest(), 16) % language.folds


def written(sentences: Sequence[Sentence], spaces: Sequence[str] | None = None) -> tuple[str, list[Name]]:
    """Return sentences as a text with its names. ``spaces`` has "1" for each word that a space follows."""
    text = ""
    names: list[Name] = []
    for number, sentence in enumerate(sentences):
        if text:
            text += "\n"
        words = [word for word, _ in sentence]
        if spaces is None:
            starts, ends, text = paragraph(text, words)
        else:
            starts, ends = [], []
            for word, space in zip(words, spaces[number], strict=True):
                starts.append(len(text))
                text += word
                ends.append(len(text))
                text += " " if space == "1" else ""
            text = text.rstrip(" ")
        names += spans([label for _, label in sentence], starts, ends)
    return text, [(start, end, SHORT.get(kind, kind)) for start, end, kind in names]


def spans(labels: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> Iterable[Name]:
    """Return the names of a sentence by the labels of its words."""
    begun: Name | None = None
    for label, start, end in zip(labels, starts, ends, strict=True):
        kind = label[2:]
        if begun and label.startswith("I-") and kind == begun[2]:
            begun = (begun[0], end, kind)
            continue
        if begun:
            yield begun
        begun = (start, end, kind) if label != "O" else None
    if begun:
        yield begun


def paragraph(text: str, words: Sequence[str]) -> tuple[list[int], list[int], str]:
    """Append words to a text with spaces as people write them. Return their starts and ends, and the text."""
    starts, ends = [], []
    open_quote = False
    glue = True
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        after = words[i + 1] if i + 1 < len(words) else ""
        closing = word == '"' and open_quote
        if word == '"':
            open_quote = not open_quote
        if not (glue or closing or _sticks(before, word, after)):
            text += " "
        starts.append(len(text))
        text += word
        ends.append(len(text))
        glue = word in NO_SPACE_AFTER or (word == '"' and open_quote) or _binds(before, word, after)
    return starts, ends, text


def _sticks(before: str, word: str, after: str) -> bool:
    """Return whether no space precedes this word."""
    if word in NO_SPACE_BEFORE:
        return True
    return word == "-" and _hyphen(before, after)


def _binds(before: str, word: str, after: str) -> bool:
    """Return whether no space follows this word."""
    if word == "-":
        return _hyphen(before, after)
    if word in "’'" and after in CONTRACTED:
        return True
    initial = len(before) == 1 and before.isupper()
    return word == "." and initial and ((len(after) == 1 and after.isupper()) or after == "-")


def _hyphen(before: str, after: str) -> bool:
    return before not in MONTHS and (before + after)[:1].isalnum()

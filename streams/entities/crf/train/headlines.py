"""Sentences in Title Case and in capitals, as headlines are written, after the recasing that tagging does."""

from collections.abc import Callable, Iterator

from streams.entities.crf.languages import Language
from streams.entities.crf.train.data import Document
from streams.entities.lexicon.truecase import WORD, truecase

SHORTEST = 4  # words
LOWER = 3  # letters; shorter words stay in lower case in Title Case
Recase = Callable[[str], str]


def _title(word: str) -> str:
    return word if len(word) <= LOWER and word.islower() else word[0].upper() + word[1:]


def _recased(text: str, recase: Recase) -> str:
    """Recase the words of a text; words whose length would change stay."""
    out, end = [], 0
    for match in WORD.finditer(text):
        word = recase(match.group())
        out.append(text[end : match.start()] + (word if len(word) == len(match.group()) else match.group()))
        end = match.end()
    return "".join(out) + text[end:]


WAYS: dict[str, Recase] = {"titlecase": _title, "capitals": str.upper}


def headlines(document: Document, language: Language) -> Iterator[tuple[str, Document]]:
    """Yield copies of the first sentence: how each is written, and the copy. More copies cost other sentences names."""
    sentence = document.text.partition("\n")[0]
    if len(WORD.findall(sentence)) < SHORTEST:
        return
    names = [name for name in document.names if name[1] <= len(sentence)]
    for way, recase in WAYS.items():
        text = truecase(_recased(sentence, recase), language.frequencies or language.code)
        yield way, Document(f"{document.id} {way}", text, names, document.fold)

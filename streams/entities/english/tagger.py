"""English names by spaCy and rules, for those who prefer them to the weights (`pip install 'storywatch[spacy]'`).

A package that declares ``en = "streams.entities.english.tagger:find"`` in ``storywatch.taggers`` uses it. Its names are
also the silver labels with which learning the English weights begins.
"""

from streams.entities.english import layers, model
from streams.entities.layers import document, edges
from streams.entities.spans import Layer, Span, apply

RULES: tuple[Layer, ...] = (
    layers.cut_lines,
    edges.trim,
    layers.cut_titles,
    layers.drop_no_names,
    layers.split_hyphened,
    layers.type_by_words,
    layers.drop_ordinary_words,
    document.surnames_are_people,
    layers.lone_people_are_places,
    document.one_type_a_name,
    document.spread,
    document.widen_particles,
    layers.add_known,
)


def find(text: str) -> list[Span]:
    """Return the spans of names in order. Raises `UsageError` if spaCy is not installed."""
    return apply(RULES, text, model.find(text))

"""articles.unique -> articles.tagged: adds entities, quotes and numbers. A pure function, run in a pool process."""

import re
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from streams.contract.messages import EntityType, TaggedArticle, UniqueArticle
from streams.entities import crf, installed
from streams.entities.canonical import fold
from streams.entities.english import layers as english
from streams.entities.layers import document, edges
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.truecase import truecase
from streams.entities.multilingual import rules as rules_multilingual
from streams.entities.multilingual import scripts
from streams.entities.multilingual.particles import cut_particles
from streams.entities.multilingual.words import BODIES, TITLES
from streams.entities.numbers import numbers
from streams.entities.quotes import quotes
from streams.entities.resolve.mentions import entities
from streams.entities.resolve.organisations import ALIASES
from streams.entities.spans import Layer, Span, Tagger, apply, uncovered, without_overlaps

READ = 100_000  # characters that the weights or the rules read, some 15,000 words; beyond, only known names are found
READ_WORDS = 20_000  # the same bound for texts of very short words, since time depends on their number
WORD = re.compile(r"\w+|[^\w\s]")  # as taggers count, with punctuation
OTHERS: tuple[Layer, ...] = (
    edges.trim,
    document.surnames_are_people,
    document.one_type_a_name,
    document.spread,
    document.widen_particles,
)
# after the weights: what finds more names with them than without, cross-validated (docs/choices.md)
LEARNT_ENGLISH: tuple[Layer, ...] = (
    english.cut_titles,
    english.type_by_words,
    document.surnames_are_people,
    document.one_type_a_name,
    document.widen_particles,
)
LEARNT_CASED: tuple[Layer, ...] = (
    document.surnames_are_people,
    document.one_type_a_name,
    document.spread,
    document.widen_particles,
)
PLACES_ADDED = ("zh",)  # where the places of the gazetteer add more names than they break
JOINING = ("ar",)  # languages with weights whose particles are joined to names
# for the tagger of another package: its spans and types are kept, and its names are found in the whole text
EXTENSIONS: tuple[Layer, ...] = (document.one_type_a_name, document.spread)
SPREAD: tuple[Layer, ...] = (document.spread,)  # to the part of a long text that was not read
_SURROGATES = re.compile("[\ud800-\udfff]")


def tag(unique: UniqueArticle) -> TaggedArticle:
    """Return the article with its entities, quotes and numbers. Accepts any language and text, and rejects nothing."""
    article = unique.article
    # taggers may encode to UTF-8, which half a character cannot be; one replacement character keeps the offsets
    text = _SURROGATES.sub("\ufffd", f"{article.title}\n\n{article.body}")
    cased = truecase(text, article.language)
    return TaggedArticle(
        article=article,
        copy=unique.copy,
        first_seen=unique.first_seen,
        edit=unique.edit,
        entities=entities(cased, spans(cased, article.language), article.language),
        quotes=quotes(text),
        numbers=numbers(text, article.language),
    )


def spans(text: str, language: str) -> list[Span]:
    """Return the spans of the names in a text: by an installed tagger, by the weights of the language, or by rules.

    Names are found in the first `READ` characters or `READ_WORDS` words, and their other mentions in the whole text.
    """
    head = text[: _end_of_head(text)]
    if tagger := installed.load(language):
        return apply(EXTENSIONS, text, without_overlaps(installed.find(tagger, head, language)))
    learnt: Tagger | None = crf.load(language)
    if learnt is None and language not in rules_multilingual.NOUNS and scripts.is_latin(head):
        learnt = partial(_neutral, language)
    if learnt is not None:
        found = corrected(text, list(learnt(head)), language)
        return found if len(head) == len(text) else apply(SPREAD, text, found)
    return by_rules(text, language)


def _neutral(language: str, head: str) -> list[Span]:
    """The names by the weights for all Latin-script languages; with groups, countries and bodies of the lists."""
    names = gazetteer.country_names(language)
    listed = (
        span
        for span in by_rules(head, language)
        if span.type is EntityType.GROUP or (folded := fold(span.of(head))) in names or folded in ALIASES
    )
    found = (_without_title(span, head) for span in crf.load_neutral(language)(head))
    return without_overlaps([*listed, *found])


def _without_title(span: Span, text: str) -> Span:
    title, _, name = span.of(text).partition(" ")
    if span.type is EntityType.PERSON and name and fold(title) in TITLES:
        return replace(span, start=span.end - len(name))
    return span


def by_rules(text: str, language: str) -> list[Span]:
    """Return the spans that the rules for all languages find."""
    head = text[: _end_of_head(text)]
    if scripts.has_case(head):
        return apply(OTHERS, text, rules_multilingual.find(head, language))
    return scripts.find(head, language)


def corrected(text: str, found: list[Span], language: str) -> list[Span]:
    """Return the spans that the weights of a language found, after the rules that add to them."""
    if language == "en":
        return apply(LEARNT_ENGLISH, text, found)
    found = countries_are_places(text, found, language)
    if language in JOINING:
        found = cut_particles(text, found, language)
    if bodies := BODIES.get(language):
        more = (Span(*match.span(), EntityType.ORGANISATION) for match in bodies.finditer(text))
        found = uncovered(found, more)
    if scripts.has_case(text):
        return apply(LEARNT_CASED, text, found)
    return _with_known_places(text, found, language) if language in PLACES_ADDED else found


def _with_known_places(text: str, found: list[Span], language: str) -> list[Span]:
    """Add the places of the gazetteer, and put them in place of a span that runs from one country to another."""
    known = scripts.find(text, language)
    names = gazetteer.country_names(language)
    countries = [span for span in known if fold(span.of(text)) in names]
    starts, ends = {span.start: span for span in countries}, {span.end: span for span in countries}
    whole = [s for s in found if s.start not in starts or s.end not in ends or starts[s.start] == ends[s.end]]
    return uncovered(whole, known)


def countries_are_places(text: str, found: list[Span], language: str) -> list[Span]:
    """Give countries one type in all languages: some labelled sets call a country that acts an organisation."""
    names = gazetteer.country_names(language)
    return [
        span.typed(EntityType.PLACE) if span.type is EntityType.ORGANISATION and fold(span.of(text)) in names else span
        for span in found
    ]


def _end_of_head(text: str) -> int:
    if len(text) <= READ_WORDS:
        return READ
    words = islice(WORD.finditer(text, 0, READ), READ_WORDS, None)
    return next((word.start() for word in words), READ)


def warm(weights: Path | None = None) -> None:
    """Load the English weights, all tables and installed taggers, so that the first article is not slow.

    ``weights`` is a folder with files that are used before the shipped ones. Raises `UsageError` if one of them or an
    installed tagger cannot be used.
    """
    crf.use(weights)
    installed.warm()
    if installed.load("en") is None:
        spans(installed.SENTENCE, "en")
    gazetteer.english_place("mexico")
    gazetteer.groups()
    gazetteer.foreign_countries()
    truecase("WARM THE WORD LISTS\n\n", "en")

"""Names in languages without a model, by rules: runs of capitalised words with cues for their types.

For scripts with case only; `scripts` serves the others. The rules are cautious: a missed name harms a story less than a
common noun taken for one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from streams.contract.messages import EntityType
from streams.entities.canonical import fold
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.gazetteer import Level
from streams.entities.lexicon.given_names import GIVEN
from streams.entities.lexicon.truecase import begins_sentence, common
from streams.entities.multilingual.words import (
    AFTER_VON,
    FEDERAL,
    FEDERAL_ENDS,
    GROUP_ENDS,
    IN,
    NOT_NAMES,
    ORGANISATION,
    ORGANISATION_ENDS,
    PARTICLES,
    PLACE,
    PLACE_ENDS,
    SAINTS,
    TITLES,
)
from streams.entities.resolve.organisations import ALIASES
from streams.entities.spans import Span, uncovered, without_overlaps

WORD = re.compile(r"(?:[^\W\d_]{1,2}\.){2,}|[^\W\d_]+(?:['’\-&][^\W\d_]+)*")
ELIDED = re.compile(r"^(?:[dlnmstDLNMST]|[Qq]u)['’]")
NOUNS = frozenset({"de", "lb"})  # where every noun has a capital
LONGEST = 6  # words in a run
LONGEST_KNOWN = 5  # words of a country's name
ORDINARY = 3_000  # most frequent words, taken for no surname in a language with capital nouns
STEM = 4  # letters that a demonym shares with its country


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """One word in its place in the text."""

    start: int
    end: int
    folded: str
    capital: bool
    first: bool  # in its sentence, where the capital tells nothing


def find(text: str, language: str) -> list[Span]:
    """Return the spans of names in order, without overlaps."""
    words = _split(text)
    lower = {w.folded for w in words if not w.capital}
    known = common(language)
    found = []
    for capitalised in _runs(text, words):
        run = _from_given_name(_without_sentence_word(capitalised, lower, known, language), known, language)
        if run and (span := _typed(text, words, run, known, language)):
            found.append(span)
    return uncovered(_known_names(text, words, language), without_overlaps(found))


def _known_names(text: str, words: Sequence[WrittenWord], language: str) -> list[Span]:
    """Find countries and large organisations of several words, of which only the first needs a capital."""
    countries = gazetteer.country_names(language)
    found: list[Span] = []
    for i, word in enumerate(words):
        if not word.capital or (found and found[-1].end > word.start):
            continue
        for last in words[min(i + LONGEST_KNOWN, len(words)) - 1 : i : -1]:
            name = fold(text[word.start : last.end])
            kind = EntityType.PLACE if name in countries else EntityType.ORGANISATION
            if name in countries or name in ALIASES:
                found.append(Span(word.start, last.end, kind))
                break
    return found


def _split(text: str) -> list[WrittenWord]:
    words = []
    for match in WORD.finditer(text):
        start = match.start()
        if elided := ELIDED.match(match.group()):
            start += elided.end()
        written = text[start : match.end()]
        if written:
            first = begins_sentence(text, match.start())
            words.append(WrittenWord(start, match.end(), fold(written), written[0].isupper(), first))
    return words


def _runs(text: str, words: Sequence[WrittenWord]) -> list[list[WrittenWord]]:
    """Return runs of adjacent words with capitals, with particles between them; a title ends a run."""
    runs: list[list[WrittenWord]] = [[]]
    small: list[WrittenWord] = []
    for word in words:
        last = small[-1:] or runs[-1][-1:]
        if not last or text[last[0].end : word.start] not in (" ", "\u00a0"):
            runs.append([])
            small = []
        if word.capital and not _is_title(word, runs[-1]):
            runs[-1] += [*small, word] if runs[-1] else [word]
            small = []
        elif runs[-1] and not word.capital and _is_particle(word, small):
            small.append(word)
        else:
            runs.append([])
            small = []
    return [run for run in runs if 0 < len(run) <= LONGEST]


def _is_title(word: WrittenWord, run: Sequence[WrittenWord]) -> bool:
    return word.folded in TITLES and not (run and run[-1].folded in ORGANISATION)


def _is_particle(word: WrittenWord, small: Sequence[WrittenWord]) -> bool:
    if len(small) > 1:
        return False
    if word.folded in AFTER_VON:
        return bool(small) and small[-1].folded in ("von", "van")
    return word.folded in PARTICLES


def _from_given_name(run: list[WrittenWord], known: frozenset[str], language: str) -> list[WrittenWord]:
    """Cut common nouns before a given name ("Kollegen Jan Roe", "de l'Intérieur Jan Roe")."""
    words = [word.folded for word in run]
    given = next((i for i, word in enumerate(words) if word.split()[0] in GIVEN), 0)
    before = words[:given]
    ordinary = all((w in known or language in NOUNS) and w not in SAINTS | ORGANISATION | PLACE for w in before)
    return run[given:] if ordinary and given < len(run) - 1 else run


def _without_sentence_word(
    run: list[WrittenWord], lower: set[str], known: frozenset[str], language: str
) -> list[WrittenWord]:
    """Cut a first word that has a capital only because it begins a sentence."""
    word = run[0]
    if not word.first or word.folded in GIVEN | ORGANISATION or _place(word.folded, language):
        return run
    ordinary = word.folded in lower or word.folded in PARTICLES or word.folded in known
    rest = run[1:]
    while rest and rest[0].folded in PARTICLES and not rest[0].capital:
        rest = rest[1:]
    return rest if ordinary or not rest else run


def _typed(
    text: str, words: Sequence[WrittenWord], run: list[WrittenWord], known: frozenset[str], language: str
) -> Span | None:
    whole = fold(text[run[0].start : run[-1].end])
    if whole in NOT_NAMES or len(whole) < 2:
        return None
    kind = _kind(text, run, whole, _before(text, run[0].start), known, language)
    return Span(run[0].start, run[-1].end, kind) if kind else None


def _before(text: str, start: int) -> str:
    near = text[max(0, start - 40) : start]
    match = re.search(r"([^\W\d_]{1,40}(?:-[^\W\d_]{1,40}){0,4})\.?[ \u00a0](?:[dl]['’])?$", near)
    return fold(match.group(1)) if match else ""


def _kind(
    text: str, run: list[WrittenWord], whole: str, before: str, known: frozenset[str], language: str
) -> EntityType | None:
    words = [word.folded for word in run]
    if whole in ALIASES:
        return EntityType.ORGANISATION
    if _place(whole, language):
        return EntityType.PLACE
    if _group(whole, language):
        return EntityType.GROUP
    if len(words) > 1 and any(_of_organisation(word) for word in words):
        return EntityType.ORGANISATION
    if len(words) > 1 and (words[0] in PLACE or words[-1].endswith(PLACE_ENDS)):
        return EntityType.PLACE
    if before in TITLES or (words[0] in GIVEN and len(words) > 1):
        return EntityType.PERSON
    if len(words) == 1:
        return _single(text, run[0], before, known, language)
    capitals = [word.folded for word in run if word.capital]
    if language in NOUNS and any(w in common(language, ORDINARY) for w in capitals):
        return None
    return EntityType.PERSON if len(capitals) < 4 else EntityType.ORGANISATION


def _of_organisation(word: str) -> bool:
    """Return whether a word is typical of organisations, also in the genitive: "des Auswärtigen Amtes"."""
    forms = (word, word.removesuffix("s"), word.removesuffix("es"))
    return any(form in ORGANISATION or form.endswith(ORGANISATION_ENDS) for form in forms)


def _single(text: str, word: WrittenWord, before: str, known: frozenset[str], language: str) -> EntityType | None:
    """Type a single word, which needs evidence: the letters of an acronym, or a preposition of place before it."""
    written = text[word.start : word.end].replace(".", "")
    if written.isupper() and 2 <= len(written) <= 6:
        return EntityType.ORGANISATION
    if word.folded.startswith(FEDERAL) and word.folded.removesuffix("es").removesuffix("s").endswith(FEDERAL_ENDS):
        return EntityType.ORGANISATION
    if word.first or language in NOUNS:
        return None
    if before in IN and word.folded not in known:
        return EntityType.PLACE
    return None


def _place(folded: str, language: str) -> bool:
    if folded in gazetteer.country_names(language):
        return True
    if len(folded) < gazetteer.SHORTEST:
        return False
    return gazetteer.level(folded) >= Level.CITY or gazetteer.foreign_city(folded) != ""


def _group(folded: str, language: str) -> bool:
    """Return whether a word is the stem of a country with an ending for people: "Mexikaner", "Mexicains"."""
    endings = GROUP_ENDS.get(language)
    if endings is None:
        return folded in gazetteer.groups()
    stems = gazetteer.country_stems(language)
    return (
        folded.endswith(endings)
        and " " not in folded
        and any(folded[:n] in stems for n in range(STEM, len(folded) - 1))
    )

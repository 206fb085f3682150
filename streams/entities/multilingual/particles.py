"""Names without the particles that Arabic joins to them: "and", "in", "for", "as"."""

from dataclasses import replace

from streams.entities.canonical import fold
from streams.entities.lexicon import gazetteer
from streams.entities.lexicon.affixes import without_prefixes
from streams.entities.spans import Span

SHORTEST = 4  # letters that remain: of shorter words some city has the name


def cut_particles(text: str, spans: list[Span], language: str) -> list[Span]:
    """Begin a name behind a particle if what remains is a place, or begins another name of the article."""
    begins = {fold(span.of(text).split()[0]) for span in spans}
    return [replace(span, start=span.start + _particle(span.of(text), begins, language)) for span in spans]


def _particle(name: str, begins: set[str], language: str) -> int:
    """Return the length of the particle before a name; 0 without one."""
    word, *_ = name.split()
    folded = fold(word)
    if len(folded) != len(word) or gazetteer.exact_place(folded, language):
        return 0
    forms = without_prefixes(folded)
    long = ((n, form) for n, form in forms if len(form) >= SHORTEST)
    return next((n for n, form in long if form in begins or gazetteer.exact_place(form, language)), 0)

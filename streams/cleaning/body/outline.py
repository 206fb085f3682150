"""The lines of a plain text page in, its parts out: title, summary, body, and the lines above, beside and below."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.cleaning.body import headings
from streams.cleaning.body import plain as text
from streams.cleaning.text.characters import fold, words
from streams.cleaning.text.phrases import is_control, is_notice, is_pointer

_SUMMARY_WORDS = 8  # a shorter line between title and body is a section or a name
_LEAD_SHARE = 0.4  # a title that comes again before this share of the body's words closes the summary above it


@dataclass(frozen=True)
class Outline:
    """The parts of a page. ``beside`` are the lines between title and body that belong to neither."""

    title: str
    summary: str | None
    above: tuple[str, ...]
    beside: tuple[str, ...]
    body: tuple[str, ...]
    below: tuple[str, ...]


def read(page: Sequence[str], run: text.Run, language: str = "en", given_title: str | None = None) -> Outline:
    """``given_title``, what the sender calls the article, points to its line where the page has it."""
    if not run.kept:
        return Outline("", None, tuple(page), (), (), ())
    place = _place(page, run, language, given_title)
    heading = headings.spell(page, place, language) if place is not None else ""
    body = run.kept[_lead(page, run, heading) :]
    if place is not None:
        body = tuple(i for i in body if i > place) or body
    first = place + 1 if place is not None else run.start
    top = place if place is not None else run.start
    lead = [page[i] for i in run.kept if i < body[0]]
    beside = [page[i] for i in range(first, body[0]) if i not in run.kept and fold(page[i]) != fold(heading)]
    below = [page[i] for i in range(body[0], len(page)) if i not in body]
    return Outline(
        title=heading,
        summary=" ".join(lead) or next((line for line in beside if _is_summary(line)), None),
        above=tuple(page[:top]),
        beside=tuple(beside),
        body=tuple(page[i] for i in body),
        below=tuple(below),
    )


def _place(page: Sequence[str], run: text.Run, language: str, given_title: str | None) -> int | None:
    wanted = fold(given_title or "")
    named = [i for i in range(run.kept[-1]) if wanted and fold(page[i]) == wanted and i not in run.kept]
    if named:
        return named[0]
    return headings.find(page, run.kept, language)


def _lead(page: Sequence[str], run: text.Run, heading: str) -> int:
    """How many of the kept lines stand above a second printing of the title: they sum the article up."""
    if not heading:
        return 0
    again = [i for i in range(run.start, run.end) if fold(page[i]) == fold(heading)]
    lead = sum(i < again[-1] for i in run.kept) if again else 0
    total = sum(words(page[i]) for i in run.kept)
    return lead if sum(words(page[i]) for i in run.kept[:lead]) < _LEAD_SHARE * total else 0


def _is_summary(line: str) -> bool:
    return (
        words(line) >= _SUMMARY_WORDS
        and "|" not in line
        and not (is_notice(line) or is_pointer(line) or is_control(line))
    )

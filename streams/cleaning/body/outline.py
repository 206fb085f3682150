"""The lines of a page as plain text -> its parts: title, summary, body, and the lines above, between and below."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.cleaning.body import headings
from streams.cleaning.body import text_body as text
from streams.cleaning.text.characters import count_words, fold
from streams.cleaning.text.phrases import is_control, is_notice, is_pointer

_SUMMARY_WORDS = 8  # a shorter line between title and body is a section or a name
_LEAD_SHARE = 0.4  # a title repeated before this share of the body's words ends a summary


@dataclass(frozen=True)
class Outline:
    """The parts of a page. ``between``: lines between title and body that belong to neither."""

    title: str
    summary: str | None
    above: tuple[str, ...]
    between: tuple[str, ...]
    body: tuple[str, ...]
    below: tuple[str, ...]


def read_outline(
    page: Sequence[str], run: text.BodyRun, language: str = "en", given_title: str | None = None
) -> Outline:
    """Split a page at the article's lines. ``given_title``: the sender's, which is the title where the page has it."""
    if not run.body:
        return Outline("", None, tuple(page), (), (), ())
    place = _title_line(page, run, language, given_title)
    heading = headings.spell_title(page, place, language) if place is not None else ""
    body = run.body[_lead(page, run, heading) :]
    if place is not None:
        body = tuple(i for i in body if i > place) or body
    first = place + 1 if place is not None else run.start
    top = place if place is not None else run.start
    lead = [page[i] for i in run.body if i < body[0]]
    between = [page[i] for i in range(first, body[0]) if i not in run.body and fold(page[i]) != fold(heading)]
    below = [page[i] for i in range(body[0], len(page)) if i not in body]
    return Outline(
        title=heading,
        summary=" ".join(lead) or next((line for line in between if _is_summary(line)), None),
        above=tuple(page[:top]),
        between=tuple(between),
        body=tuple(page[i] for i in body),
        below=tuple(below),
    )


def _title_line(page: Sequence[str], run: text.BodyRun, language: str, given_title: str | None) -> int | None:
    wanted = fold(given_title or "")
    named = [i for i in range(run.body[-1]) if wanted and fold(page[i]) == wanted and i not in run.body]
    if named:
        return named[0]
    return headings.find_title(page, run.body, language)


def _lead(page: Sequence[str], run: text.BodyRun, heading: str) -> int:
    """How many lines of the body come before a second printing of the title: they are a summary."""
    if not heading:
        return 0
    again = [i for i in range(run.start, run.end) if fold(page[i]) == fold(heading)]
    lead = sum(i < again[-1] for i in run.body) if again else 0
    total = sum(count_words(page[i]) for i in run.body)
    return lead if sum(count_words(page[i]) for i in run.body[:lead]) < _LEAD_SHARE * total else 0


def _is_summary(line: str) -> bool:
    return (
        count_words(line) >= _SUMMARY_WORDS
        and "|" not in line
        and not (is_notice(line) or is_pointer(line) or is_control(line))
    )

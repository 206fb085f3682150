"""Taggers of installed packages (`storywatch.taggers`): whatever they return or raise costs one article at most."""

from itertools import islice
from typing import Any

from streams.contract import plugins
from streams.contract.errors import Failed, Rejected, Unavailable, UsageError
from streams.contract.messages import EntityType
from streams.entities.spans import Span, Tagger

SENTENCE = "Jane Doe went to Mexico."  # what a tagger loads, it loads with this text
SURE = 100  # the highest confidence


def load(language: str) -> Tagger | None:
    """Return the tagger that a package has for a language. Raises `UsageError` if it cannot be loaded."""
    tagger: Tagger | None = plugins.load("storywatch.taggers", language)
    return tagger


def warm() -> None:
    """Load all taggers with what they need. Raises `UsageError` if one cannot be loaded or lacks a package."""
    for language in plugins.names("storywatch.taggers"):
        tagger = load(language)
        try:
            list(islice(tagger(SENTENCE), len(SENTENCE)))  # type: ignore[misc]
        except UsageError:
            raise
        except Exception:  # noqa: S112 - it may do better with an article, which is rejected otherwise
            continue


def find(tagger: Tagger, text: str, language: str) -> list[Span]:
    """Return the spans of a tagger that lie inside the text, without the white space at their ends.

    Raises `Failed` for any other error than `Rejected`, `Unavailable` and `MemoryError`, and for what are no spans.
    """
    try:
        found = list(islice(tagger(text), len(text) + 1))
    except (Rejected, Unavailable, MemoryError):
        raise
    except BaseException as error:  # also SystemExit, which would end the process
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise Failed(f"the tagger of {language} failed ({said})") from error
    if len(found) > len(text):
        raise Failed(f"the tagger of {language} returned more spans than the text has characters")
    for one in found:
        if not _is_span(one):
            raise Failed(f"the tagger of {language} returned {one!r:.200}, which is no span with bounds and type")
    return [span for one in found if (span := _inside(one, text)) is not None]


def _is_span(one: Any) -> bool:
    return (
        isinstance(one, Span)
        and all(type(number) is int for number in (one.start, one.end, one.confidence))
        and isinstance(one.type, EntityType)
        and 0 <= one.confidence <= SURE
    )


def _inside(span: Span, text: str) -> Span | None:
    if not 0 <= span.start < span.end <= len(text):
        return None
    name = span.of(text)
    start = span.start + len(name) - len(name.lstrip())
    end = span.end - (len(name) - len(name.rstrip()))
    return Span(start, end, span.type, span.confidence) if start < end else None

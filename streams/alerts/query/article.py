"""The article of a story update, as queries see it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from streams.alerts.query.fields import ENTITIES, ID, KEY, PUBLISHER_ID
from streams.alerts.query.tree import ANY
from streams.contract import analyzer
from streams.contract.messages import ArticleDetails, StoryUpdate

_LINES = 3  # title, summary and body; updates of older code have no line for a missing one
_PREFIX_OF = {kind.value: name for name, kind in ENTITIES.items()}


@dataclass(frozen=True)
class QueriedArticle:
    """``text``: title, summary and body, a line each, with blanks around words (`analyzer.searchable`)."""

    update: StoryUpdate

    @cached_property
    def text(self) -> str:
        return self.update.text or "\n".join(f" {term} " for term in self.update.terms)

    @property
    def has_text(self) -> bool:
        """False for an update that is not about the text of an article, which answers no query."""
        return bool(self.update.text or self.update.terms)

    @cached_property
    def texts(self) -> dict[str, str]:
        """Field -> the words of its values, a line each, with blanks around words; no entry without a value."""
        update, details = self.update, self._details
        lines = self.text.split("\n") if self.update.text else []
        title, summary, body = lines if len(lines) == _LINES else (lines[0] if lines else "", "", "\n".join(lines[1:]))
        publisher = update.article.publisher
        texts = {
            "title": title or _line(update.article.title),
            "summary": summary,
            "body": body,
            "publisher": _line(publisher.name) if publisher else "",
            "owner": _line(publisher.owner) if publisher and publisher.owner is not None else "",
            "section": _line(details.section) if details.section is not None else "",
            "tag": _lines(details.tags),
            "label": _lines(update.article.labels),
            "author": _lines(details.authors),
            "credit": _lines(details.credits),
            **{name: _lines(names) for name, names in self._names.items()},
        }
        return {ANY: self.text, **{field: text for field, text in texts.items() if text}}

    @cached_property
    def values(self) -> dict[str, frozenset[str]]:
        """Field -> its values."""
        article, details = self.update.article, self._details
        publisher = article.publisher
        values: dict[str, Iterable[str | None]] = {
            ID: (article.id,),
            "language": (article.language,),
            "kind": (article.kind.value,),
            "lane": (article.lane.value,),
            "copies": (article.relation.value, details.text_relation and details.text_relation.value),
            "country": (publisher.country,) if publisher else (),
            PUBLISHER_ID: (publisher.id, publisher.domain) if publisher else (),
            KEY: self.update.names,
        }
        return {field: frozenset(one for one in found if one is not None) for field, found in values.items()}

    @cached_property
    def ranked(self) -> dict[str, int | datetime | None]:
        """Field -> its number or time."""
        story, article, details = self.update.story, self.update.article, self._details
        return {
            "sources": story.all_sources,
            "publishers": story.all_publishers,
            "articles": story.articles,
            "words": details.words,
            "published": article.published.value if article.published else None,
            "modified": details.modified,
            "seen": details.first_seen,
        }

    def terms(self) -> Iterator[str]:
        """Yield the terms that `required.Term` names: words of every text field, and values."""
        yield from self.text.split()
        yield from self.texts.get("title", "").split()
        for field, text in self.texts.items():
            if field not in (ANY, "title", "summary", "body"):
                yield from (f"{field}\n{word}" for word in text.split())
        for field, values in self.values.items():
            yield from (f"{field}\n{value}" for value in values)

    @property
    def _details(self) -> ArticleDetails:
        return self.update.details or _UNKNOWN

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """Field -> the names of its entities as written; those in the keys for updates of older code."""
        found: dict[str, list[str]] = {}
        written = self.update.details.names if self.update.details else ()
        for number, key in enumerate(self.update.names):
            kind, _, folded = key.partition(":")
            if kind in _PREFIX_OF:
                found.setdefault(_PREFIX_OF[kind], []).append(written[number] if number < len(written) else folded)
        return found


_UNKNOWN = ArticleDetails()


def _line(text: str) -> str:
    return f" {' '.join(analyzer.words(text))} "


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(map(_line, texts))

"""The labelled articles of `corpus/`: what a careful reader takes from each page, and who published it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).with_name("corpus")


@dataclass(frozen=True)
class Article:
    """The gold of one article.

    ``story`` is the name of its file. Names are written as in the article, in their fullest form.
    ``copy_of`` and ``update_of`` are ids of earlier articles; ``path_of`` is the article at whose address this one is.
    """

    id: str
    story: str
    outlet: str
    language: str  # ISO 639-1
    title: str
    body: str
    published: datetime
    authors: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    copy_of: str | None = None
    update_of: str | None = None
    path_of: str | None = None

    @property
    def paragraphs(self) -> list[str]:
        return self.body.split("\n\n")

    def names(self) -> Iterator[tuple[str, str]]:
        """Each name with the value of its `EntityType`."""
        for names, kind in (
            (self.people, "person"),
            (self.organisations, "organisation"),
            (self.places, "place"),
            (self.groups, "group"),
        ):
            yield from ((name, kind) for name in names)


@dataclass(frozen=True)
class Outlet:
    """``template`` is a name in `corpus_pages.TEMPLATES`, ``path`` the form of its articles' addresses."""

    name: str
    domain: str
    template: str
    path: str
    charset: str = "utf-8"


@dataclass(frozen=True)
class Corpus:
    """``articles`` are in order of publication. ``furniture``: what stands around an article, by language."""

    articles: list[Article]
    outlets: dict[str, Outlet]
    furniture: dict[str, dict[str, Any]]

    def first_at(self, article: Article) -> Article:
        """The article that was first at the address of this one: itself, unless it replaces another one there."""
        return next(one for one in self.articles if one.id == (article.path_of or article.id))


def read(folder: Path) -> Corpus | None:
    """The corpus in ``folder``; None where there is none. Raises TypeError for a field that is unknown or missing."""
    files = sorted((folder / "stories").glob("*.yaml"))
    if not files:
        return None
    articles = [_article(path.stem, fields) for path in files for fields in _yaml(path)]
    return Corpus(
        articles=sorted(articles, key=lambda article: (article.published, article.id)),
        outlets={key: Outlet(**fields) for key, fields in _yaml(folder / "outlets.yaml").items()},
        furniture=_yaml(folder / "furniture.yaml"),
    )


def _article(story: str, fields: dict[str, Any]) -> Article:
    lists = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Article(**{**fields, **lists, "story": story, "body": fields["body"].strip()})


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))

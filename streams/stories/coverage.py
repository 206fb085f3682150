"""Whether an article brings its story a new independent source, and why.

All publishers of one owner are one source, and so are all carriers of one copied text and the editions of one house. A
text without a publisher and a page of teasers are no source.

Editions are publishers of one house under several national domains. A label that two domains share is no proof:
``herald.ie`` and ``herald.co.zw`` are unrelated, and so are many papers called "Daily News". The evidence is that both
names begin with several words that spell the label, at least one of which is no common word of newspaper titles:
"Kestrel Post" for ``kestrelpost.de`` and "Kestrel Post France" for ``kestrelpost.fr``.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from streams.contract.messages import COPIES, CopyVerdict, Coverage, Kind, Publisher, Relation, Source, TaggedArticle
from streams.stories.rows import FilingRow
from streams.stories.similarity.terms import fold_word

# Teasers point to reports elsewhere. A headline, a stub, a gallery and a live blog are reports themselves.
_NO_REPORTS = frozenset({Kind.LISTING})
_WORDS = re.compile(r"[^\W_]+")
_NATIONAL = 2  # letters of a country's domain
_PUBLISHER = tuple[str, str]  # id and name


@dataclass
class SourceTally:
    """The sources and publishers of one story, in order of appearance."""

    sources: dict[str, Source] = field(default_factory=dict)  # independent ones, by key
    publishers: dict[str, str] = field(default_factory=dict)  # names by id, copies included
    present: set[str] = field(default_factory=set)  # keys of all publishers with an article in it, copies included
    known: set[str] = field(default_factory=set)  # keys of those that count as a source
    groups: set[str] = field(default_factory=set)  # copy groups whose text already counts for a source

    def add(self, coverage: Coverage, publisher: tuple[str, str] | None, group: str) -> None:
        """Count an article with the verdict of `judge`."""
        if coverage.source is None:
            return
        if publisher is not None:
            self.publishers.setdefault(*publisher)
        keys = _keys(coverage.source, publisher[0] if publisher else None)
        self.present |= keys
        if coverage.new:
            self.sources[coverage.source.key] = coverage.source
        elif self.known.isdisjoint(keys) and (publisher is None or self.edition_of(*publisher) is None):
            return
        self.known |= keys
        self.groups.add(group)

    def edition_of(self, identity: str, name: str) -> str | None:
        """Return the name of the publisher that counts as a source and of which this one is an edition, else None."""
        sources = ((id_, other) for id_, other in self.publishers.items() if f"publisher:{id_}" in self.known)
        return next((other for id_, other in sources if is_edition((id_, other), (identity, name))), None)


def source_of(publisher: Publisher | None) -> Source | None:
    """Return the source for which a publisher counts: its owner, else itself."""
    if publisher is None:
        return None
    if publisher.owner:
        return Source(key=f"owner:{publisher.owner}", name=publisher.owner)
    return Source(key=f"publisher:{publisher.id}", name=publisher.name)


def _keys(source: Source, publisher: str | None) -> set[str]:
    """Return all keys of a source: not every page of an outlet names its owner, and an owner may be an outlet's id."""
    keys = {source.key, source.key.replace("owner:", "publisher:", 1)}
    return keys | {f"publisher:{publisher}"} if publisher else keys


def judge(tally: SourceTally, tagged: TaggedArticle) -> Coverage:
    """Decide whether an article that enters the story with this ``tally`` is a new source of it."""
    if tagged.article.kind in _NO_REPORTS:
        return Coverage(source=None, new=False, new_publisher=False, reason="a page of teasers is no report of its own")
    publisher = tagged.article.publisher
    source = source_of(publisher)
    if publisher is None or source is None:
        return Coverage(source=None, new=False, new_publisher=False, reason="the text does not say who published it")
    new, reason = _new(tally, tagged.copy, publisher, source)
    return Coverage(source=source, new=new, new_publisher=publisher.id not in tally.publishers, reason=reason)


def judge_again(tally: SourceTally, row: FilingRow) -> Coverage:
    """Decide as `judge` does for an article that comes from another story."""
    source = row.coverage.source
    if source is None or row.publisher is None:
        return row.coverage
    id_, name = row.publisher
    copy = CopyVerdict(relation=row.relation, group=row.group, of_publisher="another publisher")
    new, reason = _new(tally, copy, Publisher(id=id_, name=name), source)
    return Coverage(source=source, new=new, new_publisher=id_ not in tally.publishers, reason=reason)


def _new(tally: SourceTally, copy: CopyVerdict, publisher: Publisher, source: Source) -> tuple[bool, str]:
    relation = copy.of_text
    keys = _keys(source, publisher.id)
    known = not tally.known.isdisjoint(keys)
    if known and publisher.id not in tally.publishers:
        return False, f"{publisher.name} belongs to {source.name}, which the story already has as a source"
    if known:
        return False, f"{publisher.name} is already a source of this story"
    edition = tally.edition_of(publisher.id, publisher.name)
    if edition is not None:
        return False, f"{publisher.name} is an edition of {edition}, which is already a source of this story"
    if relation is Relation.UPDATE and not tally.present.isdisjoint(keys):
        return False, f"an update of what {publisher.name} had in this story, which was a copy"
    if relation in COPIES:
        by = copy.of_publisher or "a publisher that is not known"
        if copy.group in tally.groups:
            return False, f"not an independent report: its text is a copy of the one by {by}"
        return True, f"{publisher.name} is the first source in this story of a text that is also carried by {by}"
    if not tally.present.isdisjoint(keys):
        return True, f"the first report of its own by {publisher.name}, which had only copies in this story"
    return True, f"{publisher.name} is new to this story with a report of its own"


def unchanged(former: Coverage) -> Coverage:
    """Return the coverage for the update of an article that runs again: nothing is new, whatever it was at first."""
    return Coverage(
        source=former.source, new=False, new_publisher=False, reason="an article of the story was processed again"
    )


def again(first: Coverage) -> Coverage:
    """Return the coverage for a new revision of an article that was filed with ``first``."""
    return Coverage(
        source=first.source,
        new=False,
        new_publisher=False,
        reason="a new revision of an article that the story already has",
    )


@cache
def _common() -> frozenset[str]:
    """Return the common words of newspaper names, folded; they include articles."""
    words = files("streams.stories.similarity").joinpath("title_words.txt").read_text(encoding="utf-8")
    return frozenset(words.split())


def is_edition(one: _PUBLISHER, other: _PUBLISHER) -> bool:
    """Return whether two publishers (id, name) are editions of one house. Their ids have to be domains."""
    (label, end), (other_label, other_end) = (_parts(publisher[0]) for publisher in (one, other))
    if not label or label != other_label or end == other_end:
        return False
    national = any(len(suffix.rpartition(".")[2]) == _NATIONAL for suffix in (end, other_end))
    return national and all(_spells(name, label) for _, name in (one, other))


def _parts(identity: str) -> tuple[str, str]:
    label, _, end = identity.partition(".")
    return ("", "") if "/" in identity or not end else (label.replace("-", ""), end)


def _spells(name: str, label: str) -> bool:
    """Return whether a name begins with words that spell the label and are not all common words."""
    words = [fold_word(word) for word in _WORDS.findall(name)]
    for begin in range(2):  # a leading article is not always part of the label
        for end in range(begin + 2, len(words) + 1):
            if "".join(words[begin:end]) == label:
                return not _common().issuperset(words[begin:end])
    return False

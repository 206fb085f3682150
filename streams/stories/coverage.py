"""Whether an article brings its story, with the tally that it has so far, a new independent source, and why.

One owner is one source, one copied text is one source; a text without a publisher and a page of teasers are none.
"""

from dataclasses import dataclass, field

from streams.contract.messages import COPIES, Coverage, Kind, Publisher, Relation, Source, TaggedArticle
from streams.stories.editions import is_edition

# Teasers tell of reports that stand elsewhere. A headline, a stub, a gallery and a live blog are reports themselves.
_NO_REPORTS = frozenset({Kind.LISTING})


@dataclass
class SourceTally:
    """Who covers one story, in order of appearance."""

    sources: dict[str, Source] = field(default_factory=dict)  # independent ones, by key
    publishers: dict[str, str] = field(default_factory=dict)  # names of all by id, copies included
    present: set[str] = field(default_factory=set)  # keys of all that have any article in it, copies included
    known: set[str] = field(default_factory=set)  # keys of those that are counted as a source
    groups: set[str] = field(default_factory=set)  # copy groups whose text has its source

    def add(self, coverage: Coverage, publisher: tuple[str, str] | None, group: str) -> None:
        """Count an article on which `judge` has decided."""
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
        """The name of a publisher that is counted as a source and of which this one is another edition."""
        counted = ((id_, other) for id_, other in self.publishers.items() if f"publisher:{id_}" in self.known)
        return next((other for id_, other in counted if is_edition((id_, other), (identity, name))), None)


def source_of(publisher: Publisher | None) -> Source | None:
    """What a publisher counts as: its owner, else itself."""
    if publisher is None:
        return None
    if publisher.owner:
        return Source(key=f"owner:{publisher.owner}", name=publisher.owner)
    return Source(key=f"publisher:{publisher.id}", name=publisher.name)


def _keys(source: Source, publisher: str | None) -> set[str]:
    """What a source is known by: pages of one outlet do not all tell its owner, and an owner may be an outlet's id."""
    keys = {source.key, source.key.replace("owner:", "publisher:", 1)}
    return keys | {f"publisher:{publisher}"} if publisher else keys


def judge(tally: SourceTally, tagged: TaggedArticle) -> Coverage:
    """Whether an article that now enters the story is a new source of it."""
    if tagged.article.kind in _NO_REPORTS:
        return Coverage(source=None, new=False, new_publisher=False, reason="a page of teasers is no report of its own")
    publisher = tagged.article.publisher
    source = source_of(publisher)
    if publisher is None or source is None:
        return Coverage(source=None, new=False, new_publisher=False, reason="the text does not say who published it")
    new, reason = _new(tally, tagged, publisher, source)
    return Coverage(source=source, new=new, new_publisher=publisher.id not in tally.publishers, reason=reason)


def _new(tally: SourceTally, tagged: TaggedArticle, publisher: Publisher, source: Source) -> tuple[bool, str]:
    copy, relation = tagged.copy, tagged.copy.of_text
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


def unchanged(kept: Coverage) -> Coverage:
    """The coverage in the update of an article that ran again: nothing new, whatever the article once was."""
    return Coverage(
        source=kept.source, new=False, new_publisher=False, reason="an article of the story was processed again"
    )


def again(first: Coverage) -> Coverage:
    """The coverage of a new revision of an article that was filed with ``first``."""
    return Coverage(
        source=first.source,
        new=False,
        new_publisher=False,
        reason="a new revision of an article that the story already has",
    )

"""An article and the voices that its story has so far in; whether it brings a new independent source, and why, out.

One owner is one source, one copied text is one source; a text without a publisher and a page of teasers are none.
"""

from dataclasses import dataclass, field

from streams.messages import COPIES, Coverage, Kind, Publisher, Relation, Source, TaggedArticle

# Teasers tell of reports that stand elsewhere. A headline, a stub, a gallery and a live blog are reports themselves.
_NO_REPORTS = frozenset({Kind.LISTING})


@dataclass
class Voices:
    """Who covers one story, in order of appearance."""

    sources: dict[str, Source] = field(default_factory=dict)  # independent ones, by key
    publishers: dict[str, str] = field(default_factory=dict)  # names of all by id, copies included
    present: set[str] = field(default_factory=set)  # source keys that have any article in it, copies included
    groups: set[str] = field(default_factory=set)  # copy groups whose text has its source

    def add(self, coverage: Coverage, publisher: tuple[str, str] | None, group: str) -> None:
        """Count an article on which `judge` has decided."""
        if coverage.source is None:
            return
        if publisher is not None:
            self.publishers.setdefault(*publisher)
        self.present.add(coverage.source.key)
        if coverage.new:
            self.sources[coverage.source.key] = coverage.source
        if coverage.source.key in self.sources:
            self.groups.add(group)


def source_of(publisher: Publisher | None) -> Source | None:
    """What a publisher counts as: its owner, else itself."""
    if publisher is None:
        return None
    if publisher.owner:
        return Source(key=f"owner:{publisher.owner}", name=publisher.owner)
    return Source(key=f"publisher:{publisher.id}", name=publisher.name)


def judge(voices: Voices, tagged: TaggedArticle) -> Coverage:
    """Whether an article that now enters the story is a new source of it."""
    if tagged.article.kind in _NO_REPORTS:
        return Coverage(source=None, new=False, new_publisher=False, reason="a page of teasers is no report of its own")
    publisher = tagged.article.publisher
    source = source_of(publisher)
    if publisher is None or source is None:
        return Coverage(source=None, new=False, new_publisher=False, reason="the text does not say who published it")
    new, reason = _new(voices, tagged, publisher, source)
    return Coverage(source=source, new=new, new_publisher=publisher.id not in voices.publishers, reason=reason)


def _new(voices: Voices, tagged: TaggedArticle, publisher: Publisher, source: Source) -> tuple[bool, str]:
    copy = tagged.copy
    known = source.key in voices.sources
    if known and publisher.id not in voices.publishers:
        return False, f"{publisher.name} belongs to {source.name}, which the story already has as a source"
    if known:
        return False, f"{publisher.name} is already a source of this story"
    if copy.relation is Relation.UPDATE and source.key in voices.present:
        return False, f"an update of what {publisher.name} had in this story, which was a copy"
    if copy.relation in COPIES:
        by = copy.of_publisher or "a publisher that is not known"
        if copy.group in voices.groups:
            return False, f"not an independent report: its text is a copy of the one by {by}"
        return True, f"{publisher.name} is the first source in this story of a text that is also carried by {by}"
    if source.key in voices.present:
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

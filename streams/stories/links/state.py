"""The stories of the window as sketches, and the links between them: decides which stories report the same event.

A new story is linked with a story of another language if each is the nearest of the other by the cosine of their
vectors, clearly ahead of the second, and cosine, names and figures together are enough. A link is a fact: it is decided
when the later of the two stories arrives, is kept as a row, and only a person changes it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple

from msgspec import Struct

from streams.contract.messages import LinkCorrection, LinkRequest, StoryLink, StorySketch, digest
from streams.stories.links.vectors import Best, Vectors, cosine

MOST_STORIES = 20_000  # 40 MB of vectors; beyond them the oldest is forgotten
MOST_REMOVED = 200  # rows removed in one call
APART = timedelta(days=3)  # between the first articles of two stories of one event
LEAST_COSINE = 0.5
AHEAD = 0.1  # of the second nearest, on both sides
NEEDED = 0.64  # cosine and what names and figures add
A_NAME, MOST_BY_NAMES = 0.02, 0.06
A_FIGURE, MOST_BY_FIGURES = 0.08, 0.16
SEVERAL = 2  # names or figures on each side: with fewer, none in common is chance
SHOWN = 5  # names and figures of a reason
_STORY, _LINK = "s:", "l:"


class SketchRow(Struct, frozen=True, array_like=True, tag="sketch"):
    """Row: a story of the window. ``offset``: of the request that brought it."""

    sketch: StorySketch
    at: datetime
    offset: int


class LinkRow(Struct, frozen=True, array_like=True, tag="link"):
    """Row: a link, or a pair that a person keeps apart."""

    link: StoryLink


class LinkResult(NamedTuple):
    """The links that a request made or changed, the rows to write, and what became of the request."""

    links: tuple[StoryLink, ...]
    rows: Mapping[str, SketchRow | LinkRow | None]
    outcome: str


class Links:
    """The sketches and links of one partition of stories.sketches. Offsets and log times come in rising order."""

    Row: ClassVar = SketchRow | LinkRow

    def __init__(self, *, window: timedelta) -> None:
        """``window``: how long a story can be linked, and a link that no person made is known, after it was begun."""
        self._window = window
        self._stories: dict[str, SketchRow] = {}  # the oldest first
        self._vectors: dict[str, Vectors] = {}  # by language
        self._links: dict[str, StoryLink] = {}  # by id
        self._of_story: dict[str, set[str]] = {}  # story -> ids of its links

    def restore(self, key: str, row: SketchRow | LinkRow) -> None:
        if isinstance(row, LinkRow):
            self._keep(row.link)
        else:
            self._stories[key.removeprefix(_STORY)] = row

    def build_indexes(self) -> None:
        """Build the vectors once all rows are restored, in the order of the log."""
        self._stories = dict(sorted(self._stories.items(), key=lambda item: item[1].offset))
        for story, row in self._stories.items():
            self._table(row.sketch.language).add(story, row.sketch.vector)

    def links_of(self, story: str) -> list[StoryLink]:
        """Return the links of a story and the pairs that are kept apart, by id."""
        return [self._links[id_] for id_ in sorted(self._of_story.get(story, ()))]

    def take(self, request: LinkRequest, offset: int, at: datetime) -> LinkResult:
        """Link a story, or correct a link. The same offset again gives the same links.

        ``offset``: of the request in its partition; ``at``: its log time.
        """
        removed = self._removals(at)
        if request.correction is not None:
            return self._correct(request, request.correction, offset, at, removed)
        if request.sketch is None:
            return LinkResult((), removed, "nothing")
        known = self._stories.get(request.story)
        if known is not None:
            again = [one for one in self.links_of(request.story) if one.version == offset]
            return LinkResult(tuple(again), removed, "known")
        found = tuple(self._decide(request.story, request.sketch, offset, at))
        rows: dict[str, SketchRow | LinkRow | None] = {**removed}
        for link in found:
            self._keep(link)
            rows[f"{_LINK}{link.id}"] = LinkRow(link)
        row = SketchRow(request.sketch, at, offset)
        self._stories[request.story] = row
        self._table(request.sketch.language).add(request.story, request.sketch.vector)
        rows[f"{_STORY}{request.story}"] = row  # last: with it, the rows before it are stored
        return LinkResult(found, rows, "linked" if found else "alone")

    def _decide(self, story: str, sketch: StorySketch, offset: int, at: datetime) -> Iterator[StoryLink]:
        for language in sorted(self._vectors):
            if language == sketch.language:
                continue
            best = self._vectors[language].best(sketch.vector)
            if best is None or best.cosine < LEAST_COSINE or best.cosine - best.second < AHEAD:
                continue
            other = self._stories[best.story]
            back = self._table(sketch.language).best(other.sketch.vector)
            taken = any(
                one.state == "linked" and sketch.language in one.languages and one.version < offset  # not by a replay
                for one in self.links_of(best.story)
            )
            if taken or at - other.at > APART or (back is not None and best.cosine - back.cosine < AHEAD):
                continue
            weighed = weigh(sketch, other.sketch, best.cosine)
            if weighed is not None and weighed.score >= NEEDED:
                yield _link(story, sketch, best, other, weighed, back, offset, at)

    def _correct(
        self,
        request: LinkRequest,
        correction: LinkCorrection,
        offset: int,
        at: datetime,
        removed: Mapping[str, SketchRow | LinkRow | None],
    ) -> LinkResult:
        first, second = sorted((request.story, correction.other))
        id_ = link_id(first, second)
        before = self._links.get(id_)
        if before is not None and before.version >= offset:
            return LinkResult((before,), removed, "known")
        languages = tuple(self._stories[one].sketch.language if one in self._stories else "" for one in (first, second))
        what = "linked" if correction.state == "linked" else "cut"
        link = StoryLink(
            id=id_,
            stories=(first, second),
            languages=before.languages if before else (languages[0], languages[1]),
            state=correction.state,
            at=at,
            version=offset,
            score=before.score if before else 0.0,
            cosine=before.cosine if before else 0.0,
            reasons=(f"{what} by {correction.by}{f': {correction.reason}' if correction.reason else ''}",),
            by=correction.by,
        )
        self._keep(link)
        return LinkResult((link,), {**removed, f"{_LINK}{id_}": LinkRow(link)}, "corrected")

    def _removals(self, at: datetime) -> dict[str, SketchRow | LinkRow | None]:
        """Forget the oldest stories: those before the window, and those above the bound. Corrections stay."""
        rows: dict[str, SketchRow | LinkRow | None] = {}
        for story in list(self._first(MOST_REMOVED)):
            row = self._stories[story]
            if at - row.at <= self._window and len(self._stories) < MOST_STORIES:
                break
            del self._stories[story]
            self._vectors[row.sketch.language].remove(story)
            rows[f"{_STORY}{story}"] = None
            for link in self.links_of(story):
                if not link.by and not any(one in self._stories for one in link.stories):
                    self._forget(link)
                    rows[f"{_LINK}{link.id}"] = None
        return rows

    def _first(self, count: int) -> Iterator[str]:
        for place, story in enumerate(self._stories):
            if place == count:
                return
            yield story

    def _keep(self, link: StoryLink) -> None:
        self._links[link.id] = link
        for story in link.stories:
            self._of_story.setdefault(story, set()).add(link.id)

    def _forget(self, link: StoryLink) -> None:
        del self._links[link.id]
        for story in link.stories:
            self._of_story[story].discard(link.id)
            if not self._of_story[story]:
                del self._of_story[story]

    def _table(self, language: str) -> Vectors:
        return self._vectors.setdefault(language, Vectors())


class Weighed(NamedTuple):
    """How much speaks for one event. ``names`` and ``figures``: those that both have."""

    score: float
    names: tuple[str, ...]
    figures: tuple[str, ...]


def weigh(one: StorySketch, other: StorySketch, near: float | None = None) -> Weighed | None:
    """Weigh cosine, names and figures; None where both have several names, or several figures, and none in common."""
    near = cosine(one.vector, other.vector) if near is None else near
    names = tuple(sorted(set(one.names) & set(other.names)))
    figures = tuple(sorted(set(one.figures) & set(other.figures)))
    if not figures and min(len(one.figures), len(other.figures)) >= SEVERAL:
        return None
    if not names and min(len(one.names), len(other.names)) >= SEVERAL:
        return None
    score = near + min(A_NAME * len(names), MOST_BY_NAMES) + min(A_FIGURE * len(figures), MOST_BY_FIGURES)
    return Weighed(score, names, figures)


def link_id(one: str, other: str) -> str:
    """Return the id of the link of two stories, in whichever order they are given."""
    return digest("link", *sorted((one, other)))


def _link(
    story: str,
    sketch: StorySketch,
    best: Best,
    other: SketchRow,
    weighed: Weighed,
    back: Best | None,
    offset: int,
    at: datetime,
) -> StoryLink:
    (first, its), (second, others) = sorted([(story, sketch.language), (best.story, other.sketch.language)])
    second_best = max(best.second, back.cosine if back else -1.0)
    ahead = f", {best.cosine - second_best:.2f} ahead of the next story" if second_best > -1.0 else ""
    reasons = [f"title and lead are near in meaning: cosine {best.cosine:.2f}{ahead}"]
    if weighed.figures:
        reasons.append(f"same figures: {', '.join(weighed.figures[:SHOWN])}")
    if weighed.names:
        reasons.append(f"share {len(weighed.names)} {'name' if len(weighed.names) == 1 else 'names'}")
    reasons.append(f"scores {weighed.score:.3f}, {NEEDED:.3f} needed")
    return StoryLink(
        id=link_id(first, second),
        stories=(first, second),
        languages=(its, others),
        state="linked",
        at=at,
        version=offset,
        score=round(weighed.score, 4),
        cosine=round(best.cosine, 4),
        reasons=tuple(reasons),
    )

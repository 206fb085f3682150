"""What a story is beyond its articles: the stories that became part of it, its title by hand, its history.

A story that became part of another one is a redirect, for ever. Redirects lead from a story to one that began before
it, so that a chain of them has an end.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from streams.contract.messages import MOST_EVENTS, Story, StoryEvent

PREFIX = "story:"  # of the keys of these rows; those of articles have no colon
MOST_ABSORBED = 200  # ids in a snapshot, so that a message fits its record
MOST_TITLES = 5


class StoryRow(Struct, frozen=True):
    """Row: what corrections and merges recorded of a story, by `PREFIX` and its id. Most stories have none.

    Offsets are those of the events that recorded it.
    """

    id: str
    into: str = ""  # the story that it is a redirect to; "" for a story that has articles
    into_at: int = -1
    absorbed: tuple[tuple[int, str], ...] = ()  # the stories that became part of it
    titles: tuple[tuple[int, str], ...] = ()  # given by hand, the latest last; "": that of an article again
    apart: tuple[str, ...] = ()  # stories of which a person said that they are others
    history: tuple[tuple[int, StoryEvent], ...] = ()

    @property
    def title(self) -> str:
        """The title given by hand, "" without one."""
        return self.titles[-1][1] if self.titles else ""

    def with_event(self, offset: int, event: StoryEvent) -> "StoryRow":
        return replace(self, history=(*self.history, (offset, event))[-MOST_EVENTS:])

    def before(self, offset: int) -> "StoryRow":
        """Return the row without what the event at ``offset`` or a later one recorded."""
        redirects = self.into_at < offset
        return replace(
            self,
            into=self.into if redirects else "",
            into_at=self.into_at if redirects else -1,
            absorbed=tuple(one for one in self.absorbed if one[0] < offset),
            titles=tuple(one for one in self.titles if one[0] < offset),
            history=tuple(one for one in self.history if one[0] < offset),
        )


def told(story: Story, row: StoryRow | None, offset: int | None = None) -> Story:
    """Return the snapshot with its lineage, as it was after the event at ``offset`` (None: as it is)."""
    if row is None:
        return story
    if offset is not None:
        row = row.before(offset + 1)
    return replace(
        story,
        title=row.title or story.title,
        absorbed=tuple(id_ for _, id_ in row.absorbed[-MOST_ABSORBED:]),
        history=tuple(event for _, event in row.history),
    )


def end_of(story: str, rows: Mapping[str, StoryRow]) -> str:
    """Return the story at the end of the redirects from ``story``: the same one if it is no redirect."""
    while (row := rows.get(story)) is not None and row.into:
        story = row.into
    return story

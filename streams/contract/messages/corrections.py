"""Resolutions of dead letters, erased articles, and corrections of stories by people."""

from typing import Literal

from streams.contract.messages.base import Message, Moment

CorrectionAction = Literal["merge", "split", "move", "rename", "pin", "undo"]


class Resolution(Message, frozen=True, kw_only=True):
    """The resolution of a dead letter. ``attempt``: 0 for the first rejection, one more for each replay."""

    letter: str
    state: Literal["sent", "passed", "dropped"]
    attempt: int
    at: Moment
    by: str = ""  # a person and machine, or the stage that it passed
    reason: str = ""


class Forgotten(Message, frozen=True, kw_only=True):
    """An erased article, without any of its text. ``blocked``: it may not come in again."""

    id: str  # of the article: a hash of its address, or of its text without one
    at: Moment
    by: str
    reason: str
    blocked: bool = True


class StoryCorrection(Message, frozen=True, kw_only=True):
    """What a person says about stories. `story` reads it, and writes its outcome to stories.corrections.

    ``story``: the story that the person saw, of a merge the one that ends. ``into``: the story that has the articles
    afterwards. ``articles``: those that move or are pinned; of a merge all of ``story``. ``others``: articles of the
    other side, for labelled data: those that ``articles`` joined, or that they were taken from.
    """

    id: str
    at: Moment
    by: str
    action: CorrectionAction
    story: str
    into: str = ""
    articles: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    title: str = ""  # of a rename
    title_before: str = ""  # given by hand; "": the title of an article
    reason: str = ""
    undoes: str = ""  # id of the correction that an undo takes back
    undone: str = ""  # id of the undo that took this one back
    state: Literal["asked", "applied", "refused"] = "asked"
    outcome: str = ""  # a sentence: what it did, or why it was refused

"""Stories: which story a tagged article belongs to, why, and whether it brings that story a new source."""

from streams.stories.correct import correct
from streams.stories.publish import FilingResult
from streams.stories.rows import FilingRow
from streams.stories.similarity.features import measure
from streams.stories.similarity.terms import fold
from streams.stories.state import Stories

__all__ = ["FilingResult", "FilingRow", "Stories", "correct", "fold", "measure"]

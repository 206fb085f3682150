"""Clean articles in; out: whether each was seen before, and where: the same text, a near or wire copy, an update."""

from streams.copies.rows import ArticleRow
from streams.copies.state import Copies, Judgement

__all__ = ["ArticleRow", "Copies", "Judgement"]

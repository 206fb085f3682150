"""Clean articles in; out: whether each was seen before, and where: the same text, a near or wire copy, an update."""

from streams.copies.rows import CopyRow
from streams.copies.state import Copies, Judgement

__all__ = ["Copies", "CopyRow", "Judgement"]

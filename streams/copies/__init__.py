"""Clean articles -> copy verdicts: whether and where each appeared before, as same text, near or wire copy, update."""

from streams.copies.rows import CopyRow
from streams.copies.state import Copies, Judgement

__all__ = ["Copies", "CopyRow", "Judgement"]

"""The former filings of articles that are part of another story now, by the story that counted them."""

from streams.contract.undo import Undo
from streams.stories.rows import AnyFiling, FilingRow, FormerFiling


class FormerFilings:
    """(story, began) -> the articles that left it, each with its filing there."""

    def __init__(self, undo: Undo) -> None:
        self._undo = undo
        self._left: dict[tuple[str, int], list[tuple[str, FormerFiling]]] = {}

    def of(self, filed: AnyFiling) -> list[tuple[str, FormerFiling]]:
        """Return those of the story of ``filed``, by article id."""
        return self._left.get((filed.story, filed.began), [])

    def is_refiled_by(self, offset: int) -> bool:
        """Return whether the event at ``offset`` made articles part of another story without a new text."""
        return any(stay.refiled and stay.left == offset for left in self._left.values() for _, stay in left)

    def note(self, key: str, row: FilingRow) -> None:
        """Record the former filings of an article."""
        for stay in row.stays:
            self._undo.item(self._left, (stay.story, stay.began), list)
            self._left.setdefault((stay.story, stay.began), []).append((key, stay))

    def forget(self, key: str, row: FilingRow) -> None:
        """Remove what `note` recorded."""
        for stay in row.stays:
            self._undo.item(self._left, (stay.story, stay.began), list)
            kept = [item for item in self._left.pop((stay.story, stay.began), ()) if item[0] != key]
            if kept:
                self._left[stay.story, stay.began] = kept

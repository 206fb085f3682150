"""Recognises the folders of a maildir, whose files are messages without a suffix."""

from collections.abc import Collection
from pathlib import Path

FOLDERS = ("cur", "new", "tmp")
DELIVERING = "tmp"  # messages that are not complete yet


def is_maildir(folders: Collection[str]) -> bool:
    """Whether a folder with these folders in it is a maildir."""
    return all(name in folders for name in FOLDERS)


def is_message(path: Path) -> bool:
    """Whether a file lies in a maildir."""
    return path.parent.name in ("cur", "new") and (path.parent.parent / DELIVERING).is_dir()

"""What an article names, quotes and counts."""

from streams.entities.tag import tag, warm

__all__ = ["tag", "warm"]

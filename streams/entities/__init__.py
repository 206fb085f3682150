"""What an article names, quotes and counts."""

from streams.entities.tagging import tag, warm

__all__ = ["tag", "warm"]

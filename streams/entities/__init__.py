"""Entities, quotes and numbers of an article."""

from streams.entities.tagging import tag, warm

__all__ = ["tag", "warm"]

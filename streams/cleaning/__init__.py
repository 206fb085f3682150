"""Raw articles in, clean ones out: decoding, body, title, dates, people, publisher, language, identity. No network."""

from streams.cleaning.article import clean, warm

__all__ = ["clean", "warm"]

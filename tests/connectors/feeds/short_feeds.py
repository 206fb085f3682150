"""Feeds and pages of few words, for sites that are wrong in another respect."""

from xml.sax.saxutils import escape

PAGE = {"Content-Type": "text/html; charset=utf-8"}
FEED = {"Content-Type": "application/rss+xml"}


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Tarn</title>{''.join(items)}</channel></rss>".encode()


def item(link: str, title: str, guid: str = "", more: str = "") -> str:
    named = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{named}{more}</item>"

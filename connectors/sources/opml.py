"""OPML, the lists of feeds that readers export: read with the line of each outline that is refused, and written."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import quoteattr

from lxml import etree

from connectors.http.net import PERMISSION
from connectors.lists.nodes import Mistake
from connectors.sources.spec import SourceSpec, to_source
from streams.contract.errors import UsageError
from streams.contract.messages import MAX_LABELS, WatchedSource

MAX_BYTES = 50_000_000
MAX_OUTLINES = 100_000
MAX_NAME = 300
MAX_LABEL = 60


def parse(content: bytes, now: datetime) -> tuple[list[WatchedSource], list[Mistake]]:
    """The feeds of a list, each address once, and a line for each outline that is refused.

    The outlines around a feed and its category become labels. Damaged XML gives what can be read of it.
    """
    if len(content) > MAX_BYTES:
        return [], [Mistake(1, f"the file is over the limit of {MAX_BYTES:,} bytes")]
    found: dict[str, WatchedSource] = {}
    mistakes: list[Mistake] = []
    folders: list[str] = []
    outlines = 0
    # entities are not resolved, and without huge_tree libxml2 limits depth and the size of a text
    events = etree.iterparse(
        BytesIO(content), ("start", "end"), tag="{*}outline", resolve_entities=False, no_network=True, recover=True
    )
    try:
        for event, node in events:
            if event == "end":
                folders.pop()
                node.clear()
                continue
            outlines += 1
            if outlines > MAX_OUTLINES:
                mistakes.append(Mistake(node.sourceline, f"more than {MAX_OUTLINES:,} outlines: the rest is left out"))
                break
            attributes = {str(name).lower(): str(value).strip() for name, value in node.attrib.items()}
            title = attributes.get("title") or attributes.get("text") or ""
            _take(attributes, title, folders, node.sourceline, now, found, mistakes)
            folders.append("" if attributes.get("xmlurl") else title[:MAX_LABEL])
    except etree.XMLSyntaxError as error:
        mistakes.append(Mistake(error.lineno or 1, f"not XML from here on: {error.msg}"))
    else:
        if outlines and len(events.error_log):
            damage = events.error_log[0]
            reason = f"damaged XML ({damage.message.strip()}): only what can be read of it is taken"
            mistakes.append(Mistake(damage.line or 1, reason))
    if not outlines and not mistakes:
        mistakes.append(Mistake(1, "no OPML: there is no outline in it"))
    return list(found.values()), mistakes


def _take(
    attributes: dict[str, str],
    title: str,
    folders: list[str],
    line: int,
    now: datetime,
    found: dict[str, WatchedSource],
    mistakes: list[Mistake],
) -> None:
    url = attributes.get("xmlurl")
    if url is None:
        if attributes.get("type", "").lower() in ("rss", "atom"):
            mistakes.append(Mistake(line, f"a feed without an address (xmlUrl): {title[:60]!r}"))
        return
    labels = [*folders, *(part.strip("/ ")[:MAX_LABEL] for part in attributes.get("category", "").split(","))]
    try:
        source = to_source(
            SourceSpec(
                url=url,
                name=title[:MAX_NAME],
                labels=tuple(dict.fromkeys(label for label in labels if label))[:MAX_LABELS],
                language=attributes.get("language") or None,
            ),
            now,
        )
    except UsageError as error:
        mistakes.append(Mistake(line, str(error).replace(PERMISSION, "; `source add --allow-private` takes it")))
        return
    if source.kind != "feed":
        mistakes.append(Mistake(line, f"no address of a feed: {url[:60]!r}"))
        return
    found.setdefault(source.id, source)


def dump(sources: Iterable[WatchedSource]) -> str:
    """The feeds as OPML 2.0. What only Storywatch knows (interval, lane, headers and the like) is in YAML alone."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>Storywatch</title></head>",
    ]
    lines.append("  <body>")
    for one in sources:
        if one.kind != "feed":
            continue
        name = one.name or one.url
        attributes = {"type": "rss", "text": name, "title": name, "xmlUrl": one.url}
        attributes |= {"category": ",".join(one.labels)} if one.labels else {}
        attributes |= {"language": one.language} if one.language else {}
        lines.append(f"    <outline {' '.join(f'{key}={quoteattr(value)}' for key, value in attributes.items())}/>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])

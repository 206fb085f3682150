"""Text -> the passages that it quotes word for word."""

import re

FEWEST_WORDS = 4  # shorter quotes are scare quotes, titles and single terms
FEWEST_SIGNS = 10  # the same for scripts without spaces
LONGEST = 400  # characters; longer ones are mostly an unclosed quotation mark
MOST = 40  # of an article; the longest are kept, which tell most about its story

PAIRS = (
    ("“", "”"),
    ("„", "“”"),
    ("«", "»"),
    ("»", "«"),
    ("「", "」"),
    ("『", "』"),
    ("‹", "›"),
    ("‘", "’"),
    ("‚", "‘’"),
    ('"', '"'),
    ("'", "'"),
)
SINGLE = "'‘‚"  # these close only where an apostrophe is impossible
CLOSING = {
    opening: re.compile(rf"(?<!\s)[{closing}](?![^\W_])" if opening in SINGLE else f"[{closing}]")
    for opening, closing in PAIRS
}
OPENING = re.compile(f"[{''.join(CLOSING)}]")
WORD = re.compile(r"\w+(?:['’\-]\w+)*")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def quotes(text: str) -> tuple[str, ...]:
    """Return the quoted passages in order, each once, of at least four words and at most `LONGEST` characters.

    A quotation that continues in the next paragraph ends with its paragraph, since its next part opens again.
    """
    found: dict[str, None] = {}
    for paragraph in text.split("\n"):
        for passage in _passages(paragraph):
            quote = " ".join(passage.split()).rstrip(",")
            if len(quote) <= LONGEST and _is_quotation(quote):
                found[quote] = None
    longest = set(sorted(found, key=lambda quote: -len(quote))[:MOST])
    return tuple(quote for quote in found if quote in longest)


def _passages(paragraph: str) -> list[str]:
    """Return the outermost quotations of one paragraph; nested ones are part of them."""
    out = []
    i = 0
    while mark := OPENING.search(paragraph, i):
        i = mark.start()
        end = _end(paragraph, i, CLOSING[mark.group()]) if _opens(paragraph, i) else None
        if end is None:
            i += 1
            continue
        out.append(paragraph[i + 1 : end])
        i = end + 1
    return out


def _opens(paragraph: str, i: int) -> bool:
    before, after = paragraph[i - 1 : i] if i else "", paragraph[i + 1 : i + 2]
    if paragraph[i] == "»":  # opens »this«, and does not close « this »
        return bool(after.strip()) and not before.strip(" (\u00a0") and paragraph.find("«", i) > 0
    if paragraph[i] in "\"'‘‚":
        return not before.isalnum() and bool(after.strip())
    return True


def _end(paragraph: str, i: int, closing: re.Pattern[str]) -> int | None:
    last = min(len(paragraph), i + LONGEST * 3)
    if (mark := closing.search(paragraph, i + 1, last + 1)) and mark.start() < last:
        return mark.start()
    runs_on = paragraph[i] not in SINGLE and len(paragraph) - i <= LONGEST * 3
    return len(paragraph) if runs_on else None


def _is_quotation(quote: str) -> bool:
    return len(WORD.findall(quote)) >= FEWEST_WORDS or len(UNSPACED.findall(quote)) >= FEWEST_SIGNS

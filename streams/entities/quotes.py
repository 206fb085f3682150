"""A text in, the passages out that it quotes word for word."""

import re

FEWEST_WORDS = 4  # shorter ones are scare quotes, titles and single terms
FEWEST_SIGNS = 10  # the same for scripts that put no spaces between words
LONGEST = 400  # characters; longer "quotations" are mostly a mark that was never closed
MOST = 40  # an article; the longest are kept, since they say most about its story

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
SINGLE = "'‘‚"  # these close where an apostrophe cannot stand
CLOSING = {
    opening: re.compile(rf"(?<!\s)[{closing}](?![^\W_])" if opening in SINGLE else f"[{closing}]")
    for opening, closing in PAIRS
}
OPENING = re.compile(f"[{''.join(CLOSING)}]")
WORD = re.compile(r"\w+(?:['’\-]\w+)*")
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def quotes(text: str) -> tuple[str, ...]:
    """Quoted passages in order, each once, of four words and up to `LONGEST` characters; whole or not at all.

    A quotation that runs on into the next paragraph is closed at the paragraph's end, as its next part opens anew.
    """
    found: dict[str, None] = {}
    for paragraph in text.split("\n"):
        for passage in _passages(paragraph):
            said = " ".join(passage.split()).rstrip(",")
            if len(said) <= LONGEST and _says_something(said):
                found[said] = None
    kept = sorted(found, key=lambda said: -len(said))[:MOST]
    return tuple(said for said in found if said in set(kept))


def _passages(paragraph: str) -> list[str]:
    """The outermost quotations of one paragraph; what is quoted inside of them belongs to them."""
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
    if paragraph[i] == "»":  # »so«, and not the end of « this »
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


def _says_something(said: str) -> bool:
    return len(WORD.findall(said)) >= FEWEST_WORDS or len(UNSPACED.findall(said)) >= FEWEST_SIGNS

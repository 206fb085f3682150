"""The first sentences of an article, as alerts quote them."""

import re

from streams.contract.messages import clipped

SENTENCES = 2
MOST_CHARACTERS = 400
_SHORT = 40  # characters: a dateline or a title with a full stop is no sentence
# a full stop before a small letter or a digit ends no sentence; scripts without spaces have signs of their own
_END = re.compile(r"(?<=[.!?…])[\"'»”’)]*\s+(?=[\"'«“„‘(¿¡]?[^\W\d_a-zà-öø-ÿ])|(?<=[。！？])", re.UNICODE)
# before such a full stop: an initial, letters of a country, a title before a name
_NO_END = re.compile(
    r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Gen|Sen|Gov|Rep|Prof|Lt|Col|Sgt|Capt|Maj|Adm|Hon|Rev|No|vs|Nr|Hr|Fr|Sra?"
    r"|Dra|Mme|Mlle|bzw|ca|г|ул|им))\.$"
)
_BEFORE = 6  # characters that `_NO_END` looks at


def sentences(text: str) -> list[str]:
    """Split a text in one line into sentences with the space after them; a dateline stays with the next one."""
    found, begin = [], 0
    for end in _END.finditer(text):
        if end.group() and (
            end.end() - begin < _SHORT or _NO_END.search(text[max(0, end.start() - _BEFORE) : end.start()])
        ):
            continue
        found.append(text[begin : end.end()])
        begin = end.end()
    return [*found, text[begin:]] if begin < len(text) else found


def first_sentences(summary: str, body: str) -> str:
    """Return the first two sentences of the body, without one those of the summary; "" without either."""
    text = " ".join((body[: 4 * MOST_CHARACTERS] or summary[: 4 * MOST_CHARACTERS]).split())
    return clipped("".join(sentences(text)[:SENTENCES]).rstrip(), MOST_CHARACTERS)

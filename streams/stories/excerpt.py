"""The first sentences of an article, as alerts quote them."""

import re

from streams.contract.messages import clipped

SENTENCES = 2
MOST_CHARACTERS = 400
_SHORT = 40  # characters: a dateline or a title with a full stop is no sentence
# a full stop before a small letter or a digit ends no sentence; scripts without spaces have signs of their own
_END = re.compile(r"(?<=[.!?…])[\"'»”’)]*\s+(?=[^\W\d_a-zà-öø-ÿ])|(?<=[。！？])", re.UNICODE)


def first_sentences(summary: str, body: str) -> str:
    """Return the first two sentences of the body, without one those of the summary; "" without either."""
    text = " ".join((body[: 4 * MOST_CHARACTERS] or summary[: 4 * MOST_CHARACTERS]).split())
    taken, begin, count = text, 0, 0
    for end in _END.finditer(text):
        if end.end() - begin < _SHORT and end.group():
            continue
        begin, count = end.end(), count + 1
        if count == SENTENCES:
            taken = text[: end.end()].rstrip()
            break
    return clipped(taken, MOST_CHARACTERS)

"""Whether two publishers are editions of one house under several national domains.

A label that two domains share is no proof: ``herald.ie`` and ``herald.co.zw`` are strangers to each other, and so are
many papers called "Daily News". What counts as evidence is that both call themselves by a name of several words that
spells the label, of which one at least is no common word of newspaper titles: "Kestrel Post" for ``kestrelpost.de``
and "Kestrel Post France" for ``kestrelpost.fr``.
"""

import re
from functools import cache
from importlib.resources import files

from streams.stories.similarity.terms import fold_word

_WORDS = re.compile(r"[^\W_]+")
_NATIONAL = 2  # letters of a country's domain
_PUBLISHER = tuple[str, str]  # id and name


@cache
def _common() -> frozenset[str]:
    """Words of which newspapers everywhere make their names, folded; articles among them."""
    words = files("streams.stories.similarity").joinpath("title_words.txt").read_text(encoding="utf-8")
    return frozenset(words.split())


def is_edition(one: _PUBLISHER, other: _PUBLISHER) -> bool:
    """Whether publishers (id, name) are editions of one house. Only one whose id is a domain can be."""
    (label, end), (other_label, other_end) = (_parts(publisher[0]) for publisher in (one, other))
    if not label or label != other_label or end == other_end:
        return False
    national = any(len(suffix.rpartition(".")[2]) == _NATIONAL for suffix in (end, other_end))
    return national and all(_spells(name, label) for _, name in (one, other))


def _parts(identity: str) -> tuple[str, str]:
    label, _, end = identity.partition(".")
    return ("", "") if "/" in identity or not end else (label.replace("-", ""), end)


def _spells(name: str, label: str) -> bool:
    """Whether a name begins with words that make the label and are a name of their own."""
    words = [fold_word(word) for word in _WORDS.findall(name)]
    for begin in range(2):  # an article may stand before it, and is not always in the label
        for end in range(begin + 2, len(words) + 1):
            if "".join(words[begin:end]) == label:
                return not _common().issuperset(words[begin:end])
    return False

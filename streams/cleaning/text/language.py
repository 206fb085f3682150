"""An article's text and its declared languages -> its language as ISO 639-1, or "und".

The text decides. The languages declared by a page's template, by the sender or by the publisher's country count only
between closely related languages, and where a text is too short.
"""

import re
from collections.abc import Mapping

import py3langid
from babel.languages import get_official_languages

# On news, 300 characters decide as well as whole bodies (59 pages, 15 languages: both without an error) and cost less.
_SAMPLE = 600
_MIN_LETTERS = 16  # below it even people guess: "Mali" could be any language
_MARGIN = 1.5  # between the log likelihoods of the first two; below it the text could be either
_RELATIVES_MARGIN = 12.0  # within it a declared language decides if it is a close relative of the first
_SHORT = 120  # letters of a headline; up to this length names weigh as much as words ...
_SHORT_MARGIN = 10.0  # ... and a declared language decides within this margin
_RARE_MARGIN = 6.0  # ... and a language of the press within this one: names look like Luxembourgish or Aragonese
_WORDY = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)  # one such character carries as much as three letters
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ALIASES = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "ji": "yi", "tl": "tl", "fil": "tl", "yue": "zh", "wuu": "zh",
}  # fmt: skip
_RELATIVES = [
    set(family.split())
    for family in (
        "no da sv", "hr sr bs sl", "cs sk", "id ms", "pt gl es ca", "ru uk be bg mk", "hi mr ne", "fa ps ur", "zh ja",
        "nl af", "xh zu", "kk ky", "az tr", "fi et", "de lb", "fr oc", "bn as",
    )
]  # fmt: skip
_PRESS_CODES = (
    "am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka "
    "kk km kn ko lo lt lv mk ml mn mr ms mt my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te th "
    "tl tr uk ur uz vi xh zh zu"
)
_PRESS = frozenset(_PRESS_CODES.split())
_FAR = float("inf")
UNKNOWN = "und"


def primary_subtag(tag: str | None) -> str | None:
    """``de-AT`` -> ``de``; None when it is not an ISO 639-1 code."""
    head = re.split(r"[-_]", (tag or "").strip().lower(), maxsplit=1)[0][:8]
    head = _ALIASES.get(head, head)
    return head if len(head) == 2 and head.isascii() and head.isalpha() else None


def official_languages(code: str | None) -> tuple[str, ...]:
    """The official languages of a country by its ISO 3166-1 code."""
    return tuple(get_official_languages(code)) if code else ()


def detect(text: str, *hints: str | None) -> str:
    """The language of ``text``. ``hints``, declared languages in order, decide only where the text leaves it open."""
    declared = [code for code in map(primary_subtag, hints) if code]
    sample = text[:_SAMPLE]
    bare = _NOT_LETTERS.sub("", sample)
    letters = len(bare) + 2 * len(_WORDY.findall(bare))
    if letters < _MIN_LETTERS and (not letters or not declared):
        return UNKNOWN
    gaps = _gaps(sample.lower() if sample.isupper() else sample)
    best = min(gaps, key=gaps.__getitem__)
    for code in declared:
        if gaps.get(code, _FAR) <= (_SHORT_MARGIN if letters <= _SHORT else _MARGIN):
            return code
        if gaps.get(code, _FAR) <= _RELATIVES_MARGIN and any({code, best} <= family for family in _RELATIVES):
            return code
    if letters < _MIN_LETTERS:
        return UNKNOWN
    if letters <= _SHORT and best not in _PRESS:
        press = {code: gap for code, gap in gaps.items() if code in _PRESS}
        best = min(press, key=press.__getitem__)
        if press[best] > _RARE_MARGIN:
            return UNKNOWN
    rivals = [gap - gaps[best] for code, gap in gaps.items() if code != best and (code in _PRESS or letters > _SHORT)]
    return best if len(best) == 2 and min(rivals) >= _MARGIN else UNKNOWN


def _gaps(sample: str) -> Mapping[str, float]:
    """For each language, how much lower its log likelihood is than that of the likeliest."""
    ranked = py3langid.rank(sample)
    first = float(ranked[0][1])
    gaps: dict[str, float] = {}
    for code, score in ranked:
        gaps.setdefault(_ALIASES.get(code, code), first - float(score))
    return gaps


def warm() -> None:
    """Load the model: about half a second."""
    py3langid.classify("Load the model.")

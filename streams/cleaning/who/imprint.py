"""The lines of a page as plain text -> its likely publisher, by signatures, disclaimers, copyright and e-mail.

Each kind of evidence is weak by itself; kinds that agree on a name add up.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from streams.cleaning.body.outline import Outline
from streams.cleaning.who.registry import Registry, name_key
from streams.contract.urls import registered_domain

# Capitalised words, joined by small ones: "Example News of the North".
_NAME = (
    r"[^\W\d_a-zß-öø-ÿ][\w.&'’-]*(?:\s+(?:(?:of|the|and|de|del|la|le|du|des|&)\s+)*[^\W\d_a-zß-öø-ÿ][\w.&'’-]*){0,5}"
)
_TAG = re.compile(rf"^\s*\(({_NAME})\)\s*(?:[-–—:]\s*)?(?=\S)")
_CODE = re.compile(r"^([A-Z]{2,15})(?:(?:19|20)\d{6}|\d{4}(?:19|20)\d{2})\d{4,}")
_DISCLAIMER = re.compile(
    rf"^[\W_]*({_NAME})\s+(?:does not|doesn['’]t|do not|is not (?:responsible|liable)|provides the information|"
    r"assumes no|accepts no|takes no|gives no|makes no|offers no|cannot be held|will not be|"
    r"(?:passes|publishes|provides|prints|carries|distributes|presents|offers) (?:this|the|its|all)\b)"
    r".{0,160}\b(?:views?|opinions?|warrant\w+|guarantee|responsib\w+|liab\w+|accura\w+|content)\b"
)
_DESK = re.compile(
    rf"^[\W_]*({_NAME})\s+(?:News|Web|Online|Digital) (?:Desk|Team|Service|Bureau)"
    r"\s*(?:[|•·–—-]|$|,?\s*(?i:updated|created|published)\b)"
)
_COPYRIGHT = re.compile(
    r"(?:©|\((?i:c)\)|\b(?i:copyright)\b)\s{0,4}(?:©|\((?i:c)\))?\s{0,4}"
    rf"(?:(?:19|20)\d\d(?:\s{{0,4}}[-–]\s{{0,4}}(?:(?:19|20)\d\d|(?i:present)))?,?\s{{0,4}})?(?:by\s{{1,4}})?({_NAME})"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,9}[a-z]{2,63})", re.IGNORECASE)
# The end of a name in a copyright line: legal forms, links, the next sentence.
_NAME_END = re.compile(
    r"[\s,]{1,4}(?i:all rights? reserved|rights? reserved|inc|ltd|llc|llp|gmbh|ag|kg|plc|pty|pte|"
    r"s\.?a\.?s?|s\.?l|s\.?p\.?a|s\.?r\.?l|b\.?v|n\.?v|a/?s|ab|oyj?|pvt|limited|corp|co|privacy|contact|terms|impressum|cookies?)\b\.?.*$|(?<=[^\W\d_]{3})\.(?=\s).*$"
)
# Text that may follow a known name of one word; "Time" is not the owner of "Time Out Market".
_COMPANY = re.compile(
    r"(?:[\s,.]+(?i:medi[ae]n?|media|group|gruppe|groupe|grupo|holdings?|publish\w+|publications?|verlag\w*|trust|news|"
    r"newspapers?|network|digital|online|company|corp\w*|inc|ltd|llc|gmbh|ag|kg|plc|s\.?a|s\.?l|limited|all|rights?|"
    r"reserved|contact|privacy|terms|\d{4}))*\W*"
)
_NOT_NAMES = {
    "all rights reserved", "all rights", "copyright", "this", "it", "we", "the", "the author", "the article", "rights",
    "reserved",
}  # fmt: skip
_MAIL_HOSTS = {
    "gmail", "yahoo", "hotmail", "outlook", "icloud", "protonmail", "gmx", "aol", "mail", "qq", "163", "yandex",
}  # fmt: skip

_WEIGHTS = {"tag": 0.3, "code": 0.4, "line": 0.3, "disclaimer": 0.7, "desk": 0.6, "copyright": 0.5, "email": 0.3}
_MIN_WEIGHT = 0.5  # a tag alone may credit an agency; a name alone on a line may be a section
_MAX_CONFIDENCE = 0.9  # plain text never identifies its publisher with certainty
_NAME_WORDS = 6
_FOOTER_LINES = 40  # last lines, where addresses and copyright are


@dataclass(frozen=True)
class Imprint:
    """A publisher's name, domain and the confidence that it published the page, 0 to 1."""

    name: str
    domain: str | None
    confidence: float


def find_imprint(outline: Outline, registry: Registry) -> Imprint | None:
    """The name with the strongest evidence, in the spelling of its strongest kind; None below the least weight."""
    page = [*outline.above, *outline.between, *outline.below]
    found = list(_evidence(outline, page, registry))
    names = {name_key(name) for name, _ in found}
    found += [(line, "line") for line in page if name_key(line) in names]
    domains = list(dict.fromkeys(_domains(outline.below[-_FOOTER_LINES:])))
    best: Imprint | None = None
    for key in dict.fromkeys(name_key(name) for name, _ in found):
        kinds = {kind for name, kind in found if name_key(name) == key}
        domain = next((d for d in domains if d.split(".", 1)[0] == key.replace(" ", "")), None)
        weight = round(sum(_WEIGHTS[kind] for kind in kinds) + (_WEIGHTS["email"] if domain else 0.0), 3)
        entry = registry.find_by_name(key)
        # a tag of an agency at the beginning of the text says who wrote it, not who published it
        credit = entry is not None and entry.agency and kinds <= {"tag", "line"}
        if weight < _MIN_WEIGHT or credit or (best and weight <= best.confidence):
            continue
        spelling = max((name for name, _ in found if name_key(name) == key), key=lambda name: _weight(name, found))
        best = Imprint(spelling, domain, weight)
    return best and Imprint(best.name, best.domain, min(best.confidence, _MAX_CONFIDENCE))


def _weight(name: str, found: Sequence[tuple[str, str]]) -> float:
    return max(_WEIGHTS[kind] for other, kind in found if other == name)


def _evidence(outline: Outline, page: Sequence[str], registry: Registry) -> Iterator[tuple[str, str]]:
    tag = _TAG.match(outline.body[0]) if outline.body else None
    if tag:
        yield tag[1], "tag"
    for line in page:
        for kind, pattern in (("code", _CODE), ("disclaimer", _DISCLAIMER), ("desk", _DESK)):
            found = pattern.match(line)
            if found and name_key(found[1]) not in _NOT_NAMES:
                yield found[1], kind
    short_lines = {name_key(line) for line in page if 0 < len(line.split()) <= _NAME_WORDS}
    for line in outline.below[-_FOOTER_LINES:]:
        found = _COPYRIGHT.search(line) if len(line) < 200 else None
        name = _owner(found[1], registry, short_lines) if found else ""
        if name and name_key(name) not in _NOT_NAMES:
            yield name, "copyright"


def _owner(line: str, registry: Registry, short_lines: AbstractSet[str]) -> str:
    """The name at the beginning of a copyright line: a registered one, one that is a line of the page, or all of it."""
    parts = line.split()
    for size in range(len(parts), 0, -1):
        name = " ".join(parts[:size]).rstrip(".,")
        if name_key(name) in short_lines or (
            registry.find_by_name(name) and (size > 1 or _COMPANY.fullmatch(line[len(parts[0]) :]))
        ):
            return name
    return _NAME_END.sub("", line).strip(" .,")


def _domains(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for found in _EMAIL.finditer(line):
            domain = registered_domain(f"https://{found[1].lower()}")
            if domain and domain.split(".", 1)[0] not in _MAIL_HOSTS:
                yield domain

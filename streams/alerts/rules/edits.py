"""What an edit of an article does: it corrects, only adds, or withdraws."""

import re

from streams.contract.messages import Edit, EditKind

# the words with which publishers begin their notes, in the languages of most articles
_CORRECTS = re.compile(
    r"\b(corrections?|corrected|clarification|erratum|an earlier version|korrektur|berichtigung"
    r"|in einer früheren version|rectificati(?:f|on)|une version précédente|corrección|fe de errores"
    r"|rettifica|correção|errata)\b",
    re.IGNORECASE,
)
_WITHDRAWS = re.compile(
    r"\b(?:retract(?:ed|ion)|(?:has been|was|is) (?:withdrawn|removed|taken down)|zurückgezogen"
    r"|retirad[oa]|rétract(?:é|ation)|ritirat[oa])\b",
    re.IGNORECASE,
)
_NOTE = 400  # characters of a paragraph in which a note says what it is


def kinds_of(edit: Edit, *, has_text: bool) -> tuple[EditKind, ...]:
    """Return what an edit does, in the order of `EditKind`. ``has_text``: the article still has a body.

    A note is a new paragraph that names the correction near its beginning; without one, a changed title or removed
    paragraphs count as a correction.
    """
    notes = [paragraph[:_NOTE] for paragraph in edit.added]
    withdraws = (edit.removed > 0 and not has_text) or any(map(_WITHDRAWS.search, notes))
    corrects = edit.title_before is not None or edit.removed > 0 or any(map(_CORRECTS.search, notes))
    adds = bool(edit.added) and not withdraws
    given = {EditKind.CORRECTS: corrects and not withdraws, EditKind.ADDS: adds, EditKind.WITHDRAWS: withdraws}
    return tuple(kind for kind in EditKind if given[kind])

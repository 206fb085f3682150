"""The features of the second pass: how the first labelled the other mentions of a word in the document."""

from collections.abc import Iterator, Sequence

import numpy as np

from streams.entities.crf.features import hashing
from streams.entities.crf.features.hashing import Attributes, Numbers, Rows, Template, Templates

TYPES = 8  # at most, 0 ("outside") among them
MOSTLY, HALF = 0.75, 0.5  # shares of the mentions that agree
FIRST, INNER, LAST = 1, 2, 3  # roles of a word in a name
LONGEST_NAME = 12  # words
Span = tuple[int, int, int]  # first token, one past the last, type

TEMPLATES = Templates(
    [
        Template(("best", "agreement"), "others"),
        Template(("own", "best", "agreement"), "others"),
        Template(("own", "best", "others"), "others"),
        Template(("own", "types"), "types"),
        Template(("pair_best", "own", "own+1"), "pair"),
        Template(("pair_best-1", "own", "own-1"), "pair-1"),
        Template(("roles",), "roles"),
        Template(("roles", "own", "alone"), "roles"),
        Template(("role1", "alone"), "role1"),
        Template(("role2", "alone"), "role2"),
        Template(("acronym", "own"), "acronym"),
        Template(("own-1", "own", "own+1"), "capital"),
        Template(("name", "in_name", "same"), "in_name"),
        Template(("name", "in_name", "times", "own"), "in_name"),
    ],
    first_salt=201,
)
_ROWS = ("roles", "alone", "role1", "role2", "acronym", "name", "in_name", "same", "times")


def numbers(lower: Sequence[str], written: Sequence[str], capital: Numbers, labels: Numbers) -> Numbers:
    """Return the numbers of features, [templates, tokens].

    ``lower`` are the words in lower case, ``labels`` those of the first pass: 0 outside, 2k - 1 the first word of a
    name of type k, 2k a further one. Only words that may be part of a name (``capital``) have features.
    """
    types = (labels + 1) // 2
    own, capitals = types.tolist(), capital.tolist()
    at = np.flatnonzero(capital)
    positions = at.tolist()
    forms: dict[str, int] = {}
    form = np.array([forms.setdefault(lower[i], len(forms)) for i in positions], np.int64)
    found = {
        "own": types,
        "capital": capital,
        **_compare_mentions(at, form, types),
        **_compare_pairs(at, form, types),
    }
    rows = hashing.rows(_ROWS, len(own))
    spans = list(_spans(own, (labels % 2).tolist()))
    _compare_roles(rows, lower, own, spans, positions)
    _find_acronyms(rows, lower, written, spans, capitals, positions)
    _find_names(rows, lower, own, spans, positions)
    return TEMPLATES.numbers(found | hashing.attributes_of(rows))


def _spans(own: Sequence[int], begins: Sequence[int]) -> Iterator[Span]:
    i = 0
    while i < len(own):
        j = i + 1
        if own[i]:
            while j < len(own) and own[j] == own[i] and not begins[j]:
                j += 1
            yield i, j, own[i]
        i = j


def _best(counts: Sequence[int]) -> int:
    """Return the most frequent type; of equally frequent ones the first."""
    return counts.index(max(counts))


def _others(form: Numbers, called: Numbers) -> Numbers:
    """Return how often the other mentions of each mention's form are called each type, [mentions, TYPES]."""
    counts = np.bincount(form * TYPES + called, minlength=(int(form.max(initial=-1)) + 1) * TYPES)
    others = counts.reshape(-1, TYPES)[form]
    others[np.arange(len(form)), called] -= 1
    return others


def _spread(at: Numbers, size: int, **values: Numbers) -> Attributes:
    """Return attributes of all tokens by those of the tokens ``at``; of others they are 0."""
    found = {name: np.zeros(size, np.int64) for name in values}
    for name, row in values.items():
        found[name][at] = row
    return found


def _compare_mentions(at: Numbers, form: Numbers, types: Numbers) -> Attributes:
    """What the other mentions of the word are called, and by how large a share of them."""
    others = _others(form, types[at])
    total = others.sum(1)
    best, most = others.argmax(1), others.max(1)
    agreement = 1 + (most >= HALF * total) + (most >= MOSTLY * total).astype(np.int64) + (most == total)
    called = (others[:, 1:] > 0) @ (1 << np.arange(1, TYPES))
    some = total > 0
    return _spread(
        at, len(types), best=best * some, agreement=agreement * some, others=np.minimum(total, 4), types=called
    )


def _compare_pairs(at: Numbers, form: Numbers, types: Numbers) -> Attributes:
    """What the other mentions of two words together are called."""
    first = np.flatnonzero(at[1:] == at[:-1] + 1)
    _, pair = np.unique(form[first] * len(at) + form[first + 1], return_inverse=True)
    own, after = types[at[first]], types[at[first] + 1]
    others = _others(pair, np.where(own == after, own, 0))
    several = others.sum(1) > 0
    return _spread(at[first], len(types), pair_best=others.argmax(1) * several, pair=several.astype(np.int64))


def _compare_roles(
    rows: Rows, lower: Sequence[str], own: Sequence[int], spans: Sequence[Span], at: Sequence[int]
) -> None:
    """Whether the word is the first, last or an inner one of longer names of the document."""
    roles: dict[str, set[int]] = {}
    for start, end, kind in spans:
        if end - start > 1:
            roles.setdefault(lower[start], set()).add(kind * 4 + FIRST)
            roles.setdefault(lower[end - 1], set()).add(kind * 4 + LAST)
            for i in range(start + 1, end - 1):
                roles.setdefault(lower[i], set()).add(kind * 4 + INNER)
    for i in at:
        found = roles.get(lower[i])
        if not found:
            continue
        ordered = sorted(found)
        beside = own[i] and ((i and own[i - 1] == own[i]) or (i + 1 < len(own) and own[i + 1] == own[i]))
        rows["roles"][i] = sum(1 << role for role in ordered)
        rows["alone"][i] = 0 if beside else 1
        rows["role1"][i] = ordered[0]
        rows["role2"][i] = ordered[1] if len(ordered) > 1 else 0


def _find_acronyms(
    rows: Rows,
    lower: Sequence[str],
    written: Sequence[str],
    spans: Sequence[Span],
    capitals: Sequence[int],
    at: Sequence[int],
) -> None:
    """The type of the longer name whose initials the word is; 0 means that it is in capitals and no such name is."""
    types: dict[str, int] = {}
    for start, end, kind in spans:
        if end - start > 1:
            letters = [i for i in range(start, end) if written[i][0].isalpha()]
            types.setdefault("".join(lower[i][0] for i in letters), kind)
            types["".join(lower[i][0] for i in letters if capitals[i])] = kind
    for i in at:
        if len(written[i]) > 1 and written[i].isupper():
            rows["acronym"][i] = 1 + types.get(lower[i].replace(".", ""), 0)


def _find_names(rows: Rows, lower: Sequence[str], own: Sequence[int], spans: Sequence[Span], at: Sequence[int]) -> None:
    """The longest name of several words that the first pass found in the document and that begins here."""
    counts: dict[tuple[str, ...], list[int]] = {}
    for start, end, kind in spans:
        if 1 < end - start <= LONGEST_NAME:
            counts.setdefault(tuple(lower[start:end]), [0] * TYPES)[kind] += 1
    lengths: dict[str, list[int]] = {}
    for first, length in sorted({(name[0], len(name)) for name in counts}, key=lambda one: (one[0], -one[1])):
        lengths.setdefault(first, []).append(length)
    after = 0
    for i in at:
        tried = (tuple(lower[i : i + length]) for length in lengths.get(lower[i], ()))
        name = None if i < after else next((name for name in tried if name in counts), None)
        if name is None:
            continue
        kind = _best(counts[name])
        after = i + len(name)
        same = int(all(own[x] == kind for x in range(i, after)))
        for x in range(i, after):
            rows["name"][x], rows["same"][x] = kind, same
            rows["in_name"][x] = FIRST if x == i else LAST if x == after - 1 else INNER
            rows["times"][x] = min(counts[name][kind], 3)

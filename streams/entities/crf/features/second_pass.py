"""The features of the second pass: how the first labelled the other mentions of a word in the document."""

from collections.abc import Iterator, Sequence

import numpy as np

from streams.entities.crf.features.hashing import Numbers, Template, Templates

TYPES = 8  # at most, 0 ("outside") among them
CERTAIN, MOSTLY, HALF = 1, 0.75, 0.5  # shares of the mentions that agree
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
_ROWS = (
    "best", "agreement", "others", "types", "pair_best", "pair", "roles", "alone", "role1", "role2", "acronym",
    "name", "in_name", "same", "times",
)  # fmt: skip


def numbers(lower: Sequence[str], written: Sequence[str], capital: Numbers, labels: Numbers) -> Numbers:
    """Return the numbers of features, [templates, tokens].

    ``lower`` are the words in lower case, ``labels`` those of the first pass: 0 outside, 2k - 1 the first word of a
    name of type k, 2k a further one. Only words that may be part of a name (``capital``) have features.
    """
    types = (labels + 1) // 2
    own, capitals = types.tolist(), capital.tolist()
    rows = {name: [0] * len(own) for name in _ROWS}
    at = np.flatnonzero(capital).tolist()
    spans = list(_spans(own, (labels % 2).tolist()))
    _compare_mentions(rows, lower, own, at)
    _compare_pairs(rows, lower, own, capitals, at)
    _compare_roles(rows, lower, own, spans, at)
    _find_acronyms(rows, lower, written, spans, capitals, at)
    _find_names(rows, lower, own, spans, at)
    found = dict(zip(rows, np.array(list(rows.values()), np.int64), strict=True))
    return TEMPLATES.numbers({**found, "own": types, "capital": capital})


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
    return max(range(TYPES), key=lambda k: (counts[k], -k))


def _compare_mentions(rows: dict[str, list[int]], lower: Sequence[str], own: Sequence[int], at: Sequence[int]) -> None:
    """What the other mentions of the word are called, and by how large a share of them."""
    counts: dict[str, list[int]] = {}
    for i in at:
        counts.setdefault(lower[i], [0] * TYPES)[own[i]] += 1
    known: dict[tuple[str, int], tuple[int, int, int, int]] = {}
    for i in at:
        key = (lower[i], own[i])
        if key not in known:
            rest = counts[key[0]].copy()
            rest[key[1]] -= 1
            total = sum(rest)
            best = _best(rest)
            share = rest[best] / total if total else 0
            agreement = 4 if share == CERTAIN else 3 if share >= MOSTLY else 2 if share >= HALF else 1
            types = sum(1 << k for k in range(1, TYPES) if rest[k])
            known[key] = (best, agreement, min(total, 4), types) if total else (0, 0, 0, 0)
        rows["best"][i], rows["agreement"][i], rows["others"][i], rows["types"][i] = known[key]


def _compare_pairs(
    rows: dict[str, list[int]], lower: Sequence[str], own: Sequence[int], capitals: Sequence[int], at: Sequence[int]
) -> None:
    """What the other mentions of two words together are called."""
    pairs = [i for i in at if i + 1 < len(own) and capitals[i + 1]]
    counts: dict[tuple[str, str], list[int]] = {}
    called = {i: own[i] if own[i] == own[i + 1] else 0 for i in pairs}
    for i in pairs:
        counts.setdefault((lower[i], lower[i + 1]), [0] * TYPES)[called[i]] += 1
    for i in pairs:
        rest = counts[lower[i], lower[i + 1]].copy()
        if sum(rest) > 1:
            rest[called[i]] -= 1
            rows["pair_best"][i], rows["pair"][i] = _best(rest), 1


def _compare_roles(
    rows: dict[str, list[int]], lower: Sequence[str], own: Sequence[int], spans: Sequence[Span], at: Sequence[int]
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
    rows: dict[str, list[int]],
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


def _find_names(
    rows: dict[str, list[int]], lower: Sequence[str], own: Sequence[int], spans: Sequence[Span], at: Sequence[int]
) -> None:
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

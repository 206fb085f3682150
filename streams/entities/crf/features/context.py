"""The features that depend on a word's neighbours and on the whole document, for languages written in words."""

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from streams.entities.crf.features import hashing
from streams.entities.crf.features.hashing import Attributes, Rows, Template, Templates, string_hash
from streams.entities.crf.features.lexicon import Lexicon
from streams.entities.crf.features.words import Word
from streams.entities.crf.tokens import Tokens
from streams.entities.lexicon.given_names import GIVEN

NEIGHBOURS = 3  # most frequent words before and after all mentions of a word
LONGEST_PHRASE = 4  # words of a place in the lists
NONE = string_hash("beyond the text")
CONNECTOR = 9  # position of a small word inside a name
PHRASE_FIRST, PHRASE_NEXT = 10, 20  # added to the kind of a phrase
CLOSING = frozenset("\"”’')")
OPENING = frozenset('"“')
ENDING = frozenset(".!?:。！？।")
FOLLOWING = frozenset(' \n"”’)»')

TEMPLATES = Templates(
    [
        Template(("first",)),
        Template(("first", "case")),
        Template(("case-1", "case", "case+1")),
        Template(("lower-1", "case")),
        Template(("lower+1", "case")),
        Template(("lower-1", "lower")),
        Template(("lower", "lower+1")),
        Template(("marks-1", "marks")),
        Template(("marks", "marks+1")),
        Template(("frequency-1", "frequency")),
        Template(("frequency", "frequency+1")),
        Template(("frequency-1", "frequency+1", "case")),
        Template(("first", "marks")),
        Template(("first", "frequency")),
        Template(("run_last", "run_position"), "in_run"),
        Template(("run_first", "run_position"), "in_run"),
        Template(("run_length", "run_position"), "in_run"),
        Template(("run_before", "run_position"), "in_run"),
        Template(("run_after", "run_position"), "in_run"),
        Template(("run_last_marks", "run_position"), "in_run"),
        Template(("run_first_marks", "run_position"), "in_run"),
        Template(("run_length", "run_before"), "in_run"),
        Template(("run_length", "run_after"), "in_run"),
        Template(("run_last_marks", "run_left"), "in_run"),
        Template(("run_first_marks", "run_last_marks", "run_begins"), "in_run"),
        Template(("phrase",), "phrase"),
        Template(("phrase+1",), "phrase+1"),
        Template(("phrase-1",), "phrase-1"),
        Template(("in_lower_case", "first"), "capital"),
        Template(("mentions",), "capital"),
        Template(("titled",), "capital"),
        Template(("with_given_name",), "capital"),
        Template(("as_place", "marks"), "capital"),
        Template(("as_person",), "capital"),
        Template(("titled", "with_given_name", "as_place", "as_person"), "capital"),
        *(Template((f"before{k}",), f"before{k}") for k in range(NEIGHBOURS)),
        *(Template((f"after{k}",), f"after{k}") for k in range(NEIGHBOURS)),
    ],
    first_salt=1,
)
_RUN = (
    "run_last", "run_first", "run_length", "run_position", "run_begins", "run_left", "run_before", "run_after",
    "run_last_marks", "run_first_marks", "in_run",
)  # fmt: skip
_DOCUMENT = (
    "in_lower_case", "mentions", "titled", "with_given_name", "as_place", "as_person",
    *(f"before{k}" for k in range(NEIGHBOURS)), *(f"after{k}" for k in range(NEIGHBOURS)),
)  # fmt: skip


def attributes(text: str, tokens: Tokens, words: Sequence[Word], lexicon: Lexicon) -> Attributes:
    """Return the attributes of each token that the templates combine."""
    rows = hashing.rows((*_RUN, "phrase", *_DOCUMENT), len(words))
    ids = np.fromiter(chain.from_iterable(word.ids for word in words), np.int64, 4 * len(words)).reshape(-1, 4)
    capitals = [word.capital for word in words]
    first = _first_words(text, tokens, words)
    runs = _runs(tokens, words, capitals)
    _describe_runs(rows, words, capitals, runs)
    _find_phrases(rows["phrase"], words, capitals, runs, lexicon)
    _describe_document(rows, words, capitals, first, lexicon)
    found = hashing.attributes_of(rows)
    found.update(zip(("case", "marks", "frequency", "lower"), ids.T, strict=True))
    found["first"] = np.array(first, np.int64)
    found["capital"] = np.array(capitals, np.int64)
    return found


def _first_words(text: str, tokens: Tokens, words: Sequence[Word]) -> list[int]:
    """1 for the first word of a sentence or after a colon, 2 for a capital after a quotation mark, 3 for both."""
    first = [0] * len(words)
    begins = True
    for i, token in enumerate(tokens.written):
        sign = token[0]
        if sign == "\n":
            begins = True
            continue
        if begins and words[i].case[0] in "AaAdu":
            first[i] = 1
            begins = False
        if len(token) > 1:
            continue
        if sign in ENDING:
            begins = begins or text[tokens.ends[i] : tokens.ends[i] + 1] in FOLLOWING
        elif sign in OPENING and i + 1 < len(words) and words[i + 1].capital:
            first[i + 1] |= 2
    return first


def _runs(tokens: Tokens, words: Sequence[Word], capitals: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and last positions of runs of capitalised words, with at most two connecting words between."""
    size = len(words)
    runs: list[tuple[int, int]] = []
    after = 0
    for start in (i for i in range(size) if capitals[i]):
        if start < after:
            continue
        last, k = start, start + 1
        while k < size:
            if capitals[k]:
                last = k
            elif not (
                words[k].connects
                and k + 1 < size
                and (capitals[k + 1] or (words[k + 1].connects and k + 2 < size and capitals[k + 2]))
            ) and not (
                tokens.written[k] == "." and len(tokens.written[k - 1]) == 1 and k + 1 < size and capitals[k + 1]
            ):
                break
            k += 1
        runs.append((start, last))
        after = last + 1
    return runs


def _describe_runs(
    rows: Rows, words: Sequence[Word], capitals: Sequence[bool], runs: Sequence[tuple[int, int]]
) -> None:
    """Within a run, each piece of capitalised words is described by its own ends, a connecting word by the run's."""
    last_of, first_of, length, position, begins, left, before, after, last_marks, first_marks, inside = (
        rows[name] for name in _RUN
    )
    size = len(words)
    for start, stop in runs:
        p = start
        while p <= stop:
            a, b = start, stop
            if capitals[p]:
                a = b = p
                while b < stop and capitals[b + 1]:
                    b += 1
            end = b if capitals[p] else p
            one = (
                words[b].ids[3], words[a].ids[3], words[b].ids[1], words[a].ids[1],
                words[a - 1].ids[3] if a else NONE, words[b + 1].ids[3] if b + 1 < size else NONE,
            )  # fmt: skip
            for x in range(p, end + 1):
                last_of[x], first_of[x], last_marks[x], first_marks[x], before[x], after[x] = one
                inside[x] = 1
                if capitals[x]:
                    length[x], position[x], left[x] = min(b - a, 4), min(x - a, 3), min(b - x, 3)
                else:
                    length[x], position[x] = min(b - a, 6), CONNECTOR
                begins[x] = min(position[x], 2)
            p = end + 1


def _find_phrases(
    phrase: "array[int]",
    words: Sequence[Word],
    capitals: Sequence[bool],
    runs: Sequence[tuple[int, int]],
    lexicon: Lexicon,
) -> None:
    """Mark the longest phrases of two words and more that the lists have."""
    for start, stop in runs:
        i = start
        while i < stop:
            step = 1
            for count in range(min(LONGEST_PHRASE, stop - i + 1), 1, -1) if capitals[i] else ():
                kind = lexicon.phrase(" ".join(word.folded for word in words[i : i + count] if word.folded))
                if kind:
                    phrase[i] = PHRASE_FIRST + kind
                    phrase[i + 1 : i + count] = array("q", [PHRASE_NEXT + kind] * (count - 1))
                    step = count
                    break
            i += step


def _describe_document(
    rows: Rows, words: Sequence[Word], capitals: Sequence[bool], first: Sequence[int], lexicon: Lexicon
) -> None:
    """Describe all mentions of a capitalised word together: their neighbours, and whether it is an ordinary word."""
    lower_case, mentions, titled, given, place, person, *neighbours = (rows[name] for name in _DOCUMENT)
    in_lower = Counter(word.lower for word in words if word.case == "a")
    titles, in_place, speaking = lexicon.titles, lexicon.places_follow, lexicon.people_precede
    forms: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        if capitals[i]:
            forms.setdefault(word.lower, []).append(i)
    last = len(words) - 1
    for lower, at in forms.items():
        inside = title = name = after_in = before_said = 0
        for i in at:
            inside += not first[i]
            if i:
                before = words[i - 1]
                title += before.folded in titles
                name += before.capital and before.folded in GIVEN
                after_in += before.lower in in_place
            if i < last:
                before_said += words[i + 1].lower in speaking
        seen = min(in_lower[lower], 3) * 4 + min(inside, 3)
        count, title, name = min(len(at), 5), min(title, 2), min(name, 2)
        after_in, before_said = min(after_in, 3), min(before_said, 3)
        for i in at:
            lower_case[i], mentions[i], titled[i], given[i], place[i], person[i] = (
                seen, count, title, name, after_in, before_said,
            )  # fmt: skip
        if len(at) > 1:
            common = _commonest([words[i - 1] for i in at if i])
            common += _commonest([words[i + 1] for i in at if i < last])
            for i in at:
                for row, neighbour in zip(neighbours, common, strict=True):
                    row[i] = neighbour


def _commonest(words: Sequence[Word]) -> list[int]:
    counts = Counter(word.ids[3] for word in words)
    found = sorted(counts, key=lambda lower: (-counts[lower], lower))[:NEIGHBOURS]
    return found + [0] * (NEIGHBOURS - len(found))

"""Filings are the same on every machine: a digest of what a set of texts gives, and the functions behind it."""

import math
import re
from datetime import timedelta
from pathlib import Path

import pytest

from streams.contract.messages import digest
from streams.stories.similarity import exact
from streams.stories.similarity.centroid import Centroid
from streams.stories.similarity.features import measure
from streams.stories.similarity.vectors import Vector
from tests.stories import fiction
from tests.stories.fiction import Desk, tagged

GROUPS = Path(__file__).with_name("groups.txt")
# a change of weights, words or rules changes it: then the printed one takes its place, once `make quality` agrees
FILED = "50fd584e1d44ee870b274ac7a995cd33"
_LINE = re.compile(r"(?:no )?([a-z]{2}): (.{1,500}?) \| (.{1,2000})")


def test_a_set_of_texts_and_headlines_is_filed_alike_everywhere() -> None:
    desk, filed = Desk(), []
    for number, line in enumerate(GROUPS.read_text(encoding="utf-8").splitlines()):
        if (match := _LINE.fullmatch(line)) is None:
            continue
        language, title, text = match.groups()
        for place, written in enumerate(((title, text), (title, ""))):
            at = fiction.START + timedelta(seconds=2 * number + place)
            one = tagged(written, f"{number} {place}", by=f"outlet{number}", at=at, language=language)
            features, filing = measure(one.article), desk.file(one).filed
            assert filing is not None
            vectors = (features.body, features.title, features.phrases, features.prominent, features.opening)
            packed = digest(*(part.hex() for part in vectors), features.forms.hex(), features.opening_forms.hex())
            filed.append(f"{packed} {filing.filing.story} {filing.filing.score!r} {filing.filing.threshold!r}")
    found = digest(*filed)
    print(f"filings: {len(filed)}, digest {found}")
    assert found == FILED


def test_logarithms_and_powers_agree_with_math() -> None:
    assert exact.ln(1) == 0
    assert exact.ln(2_000) == pytest.approx(math.log(2_000), rel=1e-15)
    assert exact.power(1, 0.65) == 1
    assert exact.power(91, 0.65) == pytest.approx(91**0.65, rel=1e-15)
    assert exact.poisson_idf(1e-7, 150) == pytest.approx(-math.log(-math.expm1(-150e-7)), rel=1e-15)


def test_the_length_of_a_large_sum_is_exact() -> None:
    vector = Vector.of({1: 1.0})
    centroid = Centroid()
    centroid.add(vector, 60_000)
    assert centroid.length == 60_000 * vector.length

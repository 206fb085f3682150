"""The encoder of the extra ``links`` reads its own files, gives the same vectors, and brings one event together."""

import pytest

from streams.stories.links import is_installed
from streams.stories.links.vectors import cosine
from tests.quality.links import events, run_sketch

pytestmark = pytest.mark.skipif(not is_installed(), reason="the extra `links` is not installed")


def test_one_event_is_nearer_than_another_one_that_looks_alike() -> None:
    by_id = {one.id: one.article for one in events()}
    english, german, other = (run_sketch(by_id[id_]) for id_ in ("01-en", "01-de", "01-no-de"))
    assert english is not None
    assert german is not None
    assert other is not None
    assert len(english.vector) == 512
    assert run_sketch(by_id["01-en"]) == english
    assert cosine(english.vector, german.vector) > cosine(english.vector, other.vector)
    assert "137" in english.figures


def test_there_are_sixty_events_and_thirty_hard_negatives() -> None:
    reports = events()
    told = [one.event for one in reports if one.event is not None]
    assert all(told.count(event) == 2 for event in set(told))
    assert (len(set(told)), sum(one.event is None for one in reports)) == (60, 30)

"""The first two sentences of an article, as alerts quote them."""

import pytest

from streams.stories.excerpt import MOST_CHARACTERS, first_sentences

FIRST = "The northern harbour wall of Dunmoor gave way on Sunday."


SECOND = "Nobody was hurt in the fall, said the mayor."
PORT = "DUNMOOR. The mayor, Dr. Ida Tarn, shut the port at 10.30 a.m. on Monday."
SHUT = "It stays shut until the wall is mended."


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        ("", ""),
        (FIRST, FIRST),
        (f"{FIRST} {SECOND} Ropes hold it.", f"{FIRST} {SECOND}"),
        (f"{FIRST}\n\n{SECOND}\n\nMore soon.", f"{FIRST} {SECOND}"),
        (f"{PORT} {SHUT} Ships wait.", f"{PORT} {SHUT}"),
        ("港の壁が月曜日に崩れた。けが人はいなかった。市長が述べた。", "港の壁が月曜日に崩れた。けが人はいなかった。"),
    ],
)
def test_two_sentences_are_taken(body: str, excerpt: str) -> None:
    assert first_sentences("A summary.", body) == (excerpt or "A summary.")


def test_an_endless_sentence_is_cut() -> None:
    assert len(first_sentences("", "word " * 10_000)) <= MOST_CHARACTERS

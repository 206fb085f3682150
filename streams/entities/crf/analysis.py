"""Text -> its tokens, sentences and features, for one language."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.entities.crf.features import context, second_pass, signs
from streams.entities.crf.features.hashing import Numbers
from streams.entities.crf.features.lexicon import Frequencies, Lexicon
from streams.entities.crf.features.words import Word, Words
from streams.entities.crf.languages import Language
from streams.entities.crf.recent import Recent
from streams.entities.crf.tokens import Tokens, bounds_of_sentences, tokenize

CACHED = 20_000  # words of a language; 15 MB


@dataclass(frozen=True, slots=True)
class Analysis:
    """A text of n tokens, ready to be labelled."""

    tokens: Tokens
    bounds: npt.NDArray[np.int64]  # first tokens of sentences, and n
    words: Sequence[Word]  # [n]; empty for scripts of signs
    numbers: Numbers  # [templates, n] numbers of features
    lower: Sequence[str]  # [n]
    capital: Numbers  # [n] 1 where a token may be part of a name

    def second_pass(self, labels: Numbers) -> Numbers:
        """Return the numbers of the features [templates, n] that follow from the labels of the first pass."""
        return second_pass.numbers(self.lower, self.tokens.written, self.capital, labels)


class Analyser:
    """Analyses texts of one language. Keeps what it knows of words."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._lexicon = Lexicon(language)
        self._frequencies = Frequencies(language)
        self._make = Words(self._lexicon, self._frequencies, neutral=language.neutral)
        self._words = Recent[str, Word](CACHED)

    def analyse(self, text: str) -> Analysis:
        """Return the analysis of a text that has a token at least."""
        tokens = tokenize(text, self._language)
        bounds = bounds_of_sentences(text, tokens)
        if self._language.tokens == "signs":
            found = signs.attributes(tokens, self._language, self._frequencies)
            lower = [token.lower() for token in tokens.written]
            capital = np.array([token[0].isalpha() for token in tokens.written], np.int64)
            return Analysis(tokens, bounds, (), signs.TEMPLATES.numbers(found), lower, capital)
        words = self._find(tokens.written)
        found = context.attributes(text, tokens, words, self._lexicon)
        lower = [word.lower for word in words]
        return Analysis(tokens, bounds, words, context.TEMPLATES.numbers(found), lower, found["capital"])

    def _find(self, tokens: Sequence[str]) -> list[Word]:
        new = self._words.missing(tokens)
        self._words.update(zip(new, self._make.make(new), strict=True))
        words = self._words.of(tokens)
        self._words.trim()
        return words

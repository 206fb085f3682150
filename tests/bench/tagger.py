"""What tagging costs: ms of CPU for 590 words in each language, and spaCy beside it where it is installed.

Texts are the labelled sets, beside a developer's checkout only, joined to articles of that length where their documents
are shorter. Half of the articles warm the caches, as those of the days before do, and half are measured.
"""

import importlib.util
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from streams.contract.messages import TaggedArticle
from streams.entities import crf, tag, warm
from streams.entities.crf import weights
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import LANGUAGES, Language
from streams.entities.crf.train import data
from streams.entities.lexicon.truecase import truecase
from streams.entities.spans import Span
from tests.entities.conftest import unique
from tests.quality.data import SHARED

WORDS = 590  # of an article
SIGNS = 1_000  # the same in scripts that do not separate words
MOST = 100  # articles, half of them measured


def main() -> int:
    """Print the figures as JSON. Nothing is measured without the labelled sets."""
    folder = SHARED / "eval" / "entities"
    if not folder.is_dir():
        print(f"no labelled sets at {folder}: nothing measured")
        return 0
    figures: dict[str, float] = {}
    warm()
    for code, language in LANGUAGES.items():
        texts = _articles(folder, language)
        size = sum(_size(text, language) for text in texts[len(texts) // 2 :])
        truecase("WARM THE WORD LISTS\n\n", code)  # those of headlines, which not all sets have
        per_article = SIGNS if language.tokens == "signs" else WORDS
        figures[f"tag_ms_{code}"] = _ms(partial(_tag, code), texts) / size * per_article
        if path := weights.shipped().get(code):
            model = crf.CrfTagger(weights.read(path), Analyser(language))  # one that has not seen the texts
            figures[f"tag_model_ms_{code}"] = _ms(model, texts) / size * per_article
        if code == "en" and importlib.util.find_spec("spacy"):
            figures["tag_spacy_ms_en"] = _ms(_spacy(), texts) / size * per_article
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=2))
    return 0


def _articles(folder: Path, language: Language) -> list[str]:
    """The texts of a language, in articles of the length of the figures or more."""
    articles: list[str] = []
    parts: list[str] = []
    for document in data.read(folder, language):
        parts.append(document.text)
        if sum(_size(part, language) for part in parts) >= (SIGNS if language.tokens == "signs" else WORDS):
            articles.append("\n".join(parts))
            parts = []
    return articles[:MOST]


def _size(text: str, language: Language) -> int:
    return len(text) if language.tokens == "signs" else len(text.split())


def _tag(code: str, text: str) -> TaggedArticle:
    return tag(unique("", text, code))


def _ms(run: Callable[[str], object], texts: Sequence[str]) -> float:
    for text in texts[: len(texts) // 2]:
        run(text)
    began = time.process_time()
    for text in texts[len(texts) // 2 :]:
        run(text)
    return (time.process_time() - began) * 1_000


def _spacy() -> Callable[[str], list[Span]]:
    from streams.entities.english import tagger

    return tagger.find


if __name__ == "__main__":
    raise SystemExit(main())

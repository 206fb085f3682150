"""What tagging costs: ms of CPU for 590 words in each language, spaCy beside it where it is installed, and a start.

Texts are the labelled sets, beside a developer's checkout only; half of them warm the caches and half are measured.
"""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import psutil

from streams.contract.messages import TaggedArticle
from streams.entities import crf, tag
from streams.entities.crf import weights
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import LANGUAGES
from streams.entities.crf.train import data
from streams.entities.spans import Span
from tests.entities.conftest import unique
from tests.quality.data import SHARED

WORDS = 590  # of an article
SIGNS = 1_000  # the same in scripts that do not separate words
MOST = 100  # documents, half of them measured
MEGABYTE = 2**20


def main() -> int:
    """Print the figures as JSON. Nothing is measured without the labelled sets."""
    folder = SHARED / "eval" / "entities"
    if not folder.is_dir():
        print(f"no labelled sets at {folder}: nothing measured")
        return 0
    figures: dict[str, float] = {}
    for code, language in LANGUAGES.items():
        texts = [document.text for document in data.read(folder, language)[:MOST]]
        signs = language.tokens == "signs"
        size = sum(len(text) if signs else len(text.split()) for text in texts[len(texts) // 2 :])
        per_article = SIGNS if signs else WORDS
        figures[f"tag_ms_{code}"] = _ms(partial(_tag, code), texts) / size * per_article
        if path := weights.shipped().get(code):
            model = crf.CrfTagger(weights.read(path), Analyser(language))  # one that has not seen the texts
            figures[f"tag_model_ms_{code}"] = _ms(model, texts) / size * per_article
        if code == "en" and importlib.util.find_spec("spacy"):
            figures["tag_spacy_ms_en"] = _ms(_spacy(), texts) / size * per_article
    figures |= _start()
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=2))
    return 0


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


def _start() -> dict[str, float]:
    """Seconds of CPU and MiB of a new process that has warmed the tasks of the pool."""
    code = "from streams.agents.support import pool_tasks; pool_tasks.warm(None); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
        process = psutil.Process(child.pid)
        while process.status() == psutil.STATUS_RUNNING or process.cpu_times().user < 1:
            time.sleep(0.2)
        time.sleep(1)
        used, memory = process.cpu_times(), process.memory_info().rss
        child.communicate(b"\n")
    return {"pool_start_cpu_seconds": used.user + used.system, "pool_start_mib": memory / MEGABYTE}


if __name__ == "__main__":
    raise SystemExit(main())

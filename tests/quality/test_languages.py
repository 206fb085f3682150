"""The figures of languages other than English on invented reports."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.quality import languages
from tests.quality.data import Data

FIRE = "Um incêndio destruiu a fábrica de conservas Pellmar em Porto Velho. Ninguém ficou ferido, disse Odile Brandão."
BLAZE = "A fábrica de conservas Pellmar, em Porto Velho, foi destruída por um incêndio, segundo Odile Brandão."
VOTE = "Astrid Lindão venceu a eleição municipal de Tarnópolis com 54 por cento dos votos."
TEXTS = ((FIRE, "one"), (BLAZE, "one"), (VOTE, "two"))


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    folder.mkdir(exist_ok=True)
    with gzip.open(folder / f"{name}-dev.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write("\n".join(json.dumps(row) for row in rows))


def side(text: str) -> dict[str, str]:
    return {"title": "", "text": text, "lang": "es"}


def test_stories_and_pairs_are_scored(tmp_path: Path) -> None:
    folder = tmp_path / "languages"
    rows = [
        {"id": f"{n}", "story": story, "source": "", "url": "", "text": text} for n, (text, story) in enumerate(TEXTS)
    ]
    write(folder, "cstnews", [dict(row) for row in rows])
    pairs = [(FIRE, BLAZE, True), (FIRE, VOTE, False), (BLAZE, VOTE, False)]
    write(folder, "semeval22t8", [{"a": side(a), "b": side(b), "same": same} for a, b, same in pairs])
    with ThreadPoolExecutor(1) as workers:
        found = {one.name: one for one in languages.figures(Data(tmp_path, tmp_path), workers)}
    assert {name: one.value for name, one in found.items()} == {
        "stories_pt_bcubed_f1": 1.0,
        "stories_pt_merged": 0.0,
        "pairs_es_auc": 1.0,
        "pairs_es_f1": 1.0,
    }
    assert "character 4-grams 1.000" in found["pairs_es_auc"].sample


def test_texts_share_parts_of_words() -> None:
    alike, other = languages.gram_cosines([("Massenschlägerei", "Schlägerei"), ("Wahl in Tarnstadt", "Hochwasser")])
    assert alike > other == 0

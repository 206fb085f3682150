"""The tagger with weights: files that fit the code, the same spans everywhere, bad files, and learning a language."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.contract.errors import UsageError
from streams.entities import crf, tagging
from streams.entities.crf import probe, tagger, viterbi, weights
from streams.entities.crf.analysis import Analyser
from streams.entities.crf.languages import NEUTRAL
from streams.entities.crf.train.__main__ import main
from streams.entities.spans import BY_RULE
from tests.quality.corpus_gold import CORPUS, read

DOCS = Path(__file__).resolve().parents[2] / "docs" / "entities.md"
MEGABYTE = 1_000_000
ENGLISH_MEGABYTES = 4
MEGABYTES = 1.5
ALL_MEGABYTES = 30
SPANS = "a9d196cbcca35e2c"  # digest of the spans of the corpus, and of the probe text in each language


FILES = {**weights.shipped(), NEUTRAL.code: weights.neutral_path()}


@pytest.fixture(autouse=True)
def shipped_again() -> Iterator[None]:
    yield
    crf.use(None)


@pytest.mark.parametrize("code", sorted(FILES))
def test_weights_fit_the_features_of_the_code(code: str) -> None:
    about = weights.read(FILES[code]).about
    assert about.language.code == code
    assert about.features == probe.digest(Analyser(about.language)), "learn again: make train ONLY=entities"
    assert about.language.licence
    assert about.figures["strict_f1"] > 0


def test_files_of_weights_are_small() -> None:
    sizes = {code: path.stat().st_size / MEGABYTE for code, path in FILES.items()}
    print(f"\nweights: {sum(sizes.values()):.1f} MB in all, " + ", ".join(f"{c} {s:.2f}" for c, s in sizes.items()))
    assert all(size <= (ENGLISH_MEGABYTES if code == "en" else MEGABYTES) for code, size in sizes.items())
    assert sum(sizes.values()) <= ALL_MEGABYTES


def test_the_docs_have_the_figures_of_the_files() -> None:
    rows = [
        "| language | learnt from | licence | strict | Title Case | CAPITALS | MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for code, path in FILES.items():
        about = weights.read(path).about
        figures = (about.figures.get(name) for name in ("strict_f1", "titlecase_strict_f1", "capitals_strict_f1"))
        shown = " | ".join("" if value is None else f"{value:.3f}" for value in figures)
        size = path.stat().st_size / MEGABYTE
        sets = ", ".join((*about.language.sets, *about.language.start))
        rows.append(f"| `{code}` | {sets} | {about.language.licence} | {shown} | {size:.2f} |")
    table = "\n".join(rows)
    assert table in DOCS.read_text(encoding="utf-8"), f"docs/entities.md needs this table:\n{table}"


def test_spans_are_the_same_on_every_machine() -> None:
    whole = hashlib.sha256()
    corpus = read(CORPUS)
    assert corpus is not None
    texts = [(f"{article.title}\n\n{article.body}", article.language) for article in corpus.articles]
    texts += [(probe.TEXT, code) for code in (*sorted(weights.shipped()), "nl")]
    for text, language in texts:
        for span in tagging.spans(text, language):
            whole.update(f"{span.start} {span.end} {span.type}\n".encode())
    assert whole.hexdigest()[:16] == SPANS


def test_languages_without_weights_have_neutral_ones() -> None:
    about = weights.read(weights.neutral_path()).about
    better = {code for code in NEUTRAL.start if about.figures[f"{code}_strict_f1"] > about.figures[f"{code}_rules_f1"]}
    assert better == set(NEUTRAL.start) - {"de"}
    text = "Burgemeester Ilse Brandt sprak gisteren in Nairobi met de Noordzee Maatschappij over de haven."
    found = {span.of(text): (span.type.value, span.confidence) for span in tagging.spans(text, "nl")}
    assert found["Ilse Brandt"][0] == "person"
    assert found["Nairobi"] == ("place", 93)
    german = "D'Madame Ilse Brandt war zu Nairobi."  # nouns of Luxembourgish have capitals, as those of German
    assert {span.confidence for span in tagging.spans(german, "lb")} == {BY_RULE}


def test_arabic_names_have_no_particles() -> None:
    text = "قال وزير الخارجية إن مصر ولبنان وبريطانيا اتفقت، وسافر الوزير لاحقا إلى لبنان"
    assert {"لبنان", "بريطانيا"} <= {span.of(text) for span in tagging.spans(text, "ar")}


def test_german_federal_bodies_are_names() -> None:
    text = (
        "Das Bundesverfassungsgericht wies die Klage ab, die der Bundestag und das Bundesinnenministerium fürchteten."
    )
    names = {span.of(text) for span in tagging.spans(text, "de")}
    assert names == {"Bundesverfassungsgericht", "Bundestag", "Bundesinnenministerium"}


def test_a_name_has_a_confidence() -> None:
    text = "Mayor Ilse Brandt arrived in Kenya with Quillon."
    found = {span.of(text): span.confidence for span in tagging.spans(text, "en")}
    assert 50 <= found["Quillon"] < found["Kenya"] <= 99
    assert {span.confidence for span in tagging.spans("Мер Олена Шевченко прибула до Києва.", "uk")} == {BY_RULE}


def test_confidence_grows_with_the_margin() -> None:
    assert [viterbi.confidence(margin) for margin in (-(1 << 30), 0, viterbi.UNIT, 1 << 30)] == [0, 50, 73, 99]


def test_only_some_languages_are_held_at_a_time() -> None:
    for code in weights.shipped():
        assert crf.load(code) is not None
    assert crf.load("en") is crf.load("en")
    assert crf.load("tlh") is None
    assert len(weights.shipped()) > tagger.HELD


def test_a_text_of_any_signs_has_spans_inside_it() -> None:
    odd = [
        "",
        " ",
        "\n\n",
        "a",
        "A" * 100_000,
        "Ä̈" * 50,
        "ab\ncd" * 3_000,
        "\U0001f600" * 999,
        "A. B. C. " * 2_000,
        "\ud800x",
    ]
    for code in ("en", "de", "ar", "ja", "ko"):
        for text in odd:
            spans = tagging.spans(text, code)
            assert all(0 <= span.start < span.end <= len(text) for span in spans)
            assert all("\n" not in span.of(text) for span in spans)


def test_weights_of_the_users_own_come_first(tmp_path: Path) -> None:
    _learn(tmp_path)
    crf.use(tmp_path)
    spans = tagging.spans("Gestern kam Zorvax Kleen nach Bumbria.", "cs")
    assert [span.of("Gestern kam Zorvax Kleen nach Bumbria.") for span in spans] == ["Zorvax Kleen", "Bumbria"]


def test_learning_gives_the_same_bytes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = _learn(tmp_path / "a")
    assert _learn(tmp_path / "b") == first
    assert "strict_f1" in capsys.readouterr().out


def test_a_file_that_is_no_weights_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "de.crf").write_bytes(b"no weights")
    with pytest.raises(UsageError, match=r"de\.crf has no weights of a tagger"):
        crf.use(tmp_path)


def test_weights_of_other_features_are_one_line(tmp_path: Path) -> None:
    _learn(tmp_path)
    path = tmp_path / "cs.crf"
    stored = msgspec.msgpack.decode(zlib.decompress(path.read_bytes()), type=weights.Stored)
    weights.write(msgspec.structs.replace(stored, about=msgspec.structs.replace(stored.about, features="0")), path)
    with pytest.raises(UsageError, match="learn it again"):
        crf.use(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["tlh"], "give the sets with --set"),
        (["cs", "--set", "absent.jsonl.gz"], "no file absent.jsonl.gz"),
        (["cs", "de", "--set", "absent.jsonl.gz"], "--set needs the code of one language"),
        (["../cs", "--set", "tests/entities/cases.tsv"], "'../cs' is no code of a language"),
        (["de", "--data", "absent"], "no folder absent"),
        (["de", "--data", "tests"], "germeval2014.jsonl.gz"),
    ],
)
def test_wrong_arguments_are_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


WORD = '{"id": "a", "sentences": [[["Mirbo", "B-PER"]]]'


def rows(row: str, number: int) -> bytes:
    """A set of documents with ids of their own."""
    return "\n".join(row.replace('"a"', f'"a{i}"', 1) + "}" for i in range(number)).encode()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (gzip.compress(b""), "0 documents, but 20 are needed"),
        (gzip.compress(f"{WORD}}}\n{{".encode()), "line 2: "),
        (gzip.compress(b'{"id": "a", "tokens": []}'), "line 1: `sentences` is missing"),
        (gzip.compress(WORD.replace("B-PER", "PER").encode() + b"}"), "the label 'PER' is neither O"),
        (gzip.compress(f'{WORD}, "space": ["10"]}}'.encode()), "one sign for each word"),
        (gzip.compress(rows(WORD.replace("B-PER", "O"), 20)), "no 20 names of any one"),
        (gzip.compress(f"{WORD}}}\n".encode() * 20), "give each its own id"),
        (gzip.compress(rows(WORD.replace("Mirbo", ""), 1)), "line 1: a word is empty"),
        (gzip.compress(rows(WORD.replace("Mirbo", "Mir\\u0000bo"), 1)), "line 1: a word is empty, or contains"),
        (f"{WORD}}}".encode(), "packed by gzip"),
    ],
)
def test_a_wrong_set_is_one_line(content: bytes, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.jsonl.gz"
    path.write_bytes(content)
    assert main(["cs", "--set", str(path), "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert str(path) in said
    assert line in said
    assert said.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.jsonl.gz"
    path.write_bytes(b"")
    assert main(["cs", "--set", str(path), "--out", str(path)]) == 2
    assert capsys.readouterr().err == f"cannot make the folder {path}: File exists\n"


def _learn(folder: Path) -> bytes:
    """Learn an invented language from fifty sentences."""
    people, places = ["Zorvax", "Kleen", "Mirbo", "Tandy", "Ulvar"], ["Bumbria", "Ostvik", "Karvel", "Nordhem"]
    folder.mkdir(exist_ok=True)
    rows = []
    for number in range(50):
        first, last, place = people[number % 5], people[(number * 3 + 1) % 5], places[number % 4]
        words = [
            ("Gestern", "O"),
            ("kam", "O"),
            (first, "B-PER"),
            (last, "I-PER"),
            ("nach", "O"),
            (place, "B-LOC"),
            (".", "O"),
        ]
        rows.append({"id": f"d{number}", "sentences": [words]})
    source = folder / "cs.jsonl.gz"
    with gzip.open(source, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    assert main(["cs", "--set", str(source), "--licence", "MIT", "--out", str(folder)]) == 0
    return (folder / "cs.crf").read_bytes()

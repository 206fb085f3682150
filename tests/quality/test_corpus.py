"""The corpus is consistent and large enough, its pages hold their gold, and its figures are measured by themselves."""

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from tests.quality import corpus_gold, gate
from tests.quality.corpus_gold import CORPUS, Article, Corpus
from tests.quality.corpus_pages import TEMPLATES, Arrival, arrival
from tests.quality.data import Data
from tests.quality.figures import FIGURES

FEW = ("rate-cut", "tram-brief")  # a text, its copy, another article of the story; and one that stands alone


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    found = corpus_gold.read(CORPUS)
    assert found is not None
    return found


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A corpus of four articles."""
    folder = tmp_path / "corpus"
    (folder / "stories").mkdir(parents=True)
    for name in ("outlets", "furniture", *(f"stories/{story}" for story in FEW)):
        shutil.copy(CORPUS / f"{name}.yaml", folder / f"{name}.yaml")
    return folder


def shown(page: Arrival, charset: str) -> str:
    """All text of an arrival, that in the state of its scripts too, in single spaces."""
    text = page.content.decode(charset)
    if page.form == "html":
        tree = lxml_html.document_fromstring(text)
        scripts = tree.xpath('//script[@type="application/json"]/text()')
        text = " ".join([tree.text_content(), *(each for one in scripts for each in strings(json.loads(one)))])
    return plain(" ".join([text, *page.sender.values()]))


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_it_is_large_and_of_many_languages_outlets_and_stories(corpus: Corpus) -> None:
    articles = corpus.articles
    assert len(articles) >= 60
    assert len({one.id for one in articles}) == len(articles)
    assert len({one.language for one in articles}) >= 7
    sizes = Counter(one.story for one in articles)
    assert sum(1 for size in sizes.values() if size > 1) >= 16
    assert max(sizes.values()) <= 6
    assert {one.outlet for one in articles} == set(corpus.outlets)
    assert {outlet.template for outlet in corpus.outlets.values()} == set(TEMPLATES)


def test_each_page_holds_its_gold_and_much_that_is_not_gold(corpus: Corpus) -> None:
    for one in corpus.articles:
        page = arrival(one, corpus)
        text = shown(page, corpus.outlets[one.outlet].charset)
        missing = [part for part in (one.title, *one.paragraphs, *one.authors) if plain(part) not in text]
        assert missing == [], one.id
        if page.form != "body":
            teasers = [title for title, _ in corpus.furniture[one.language]["teasers"]]
            assert any(title in text for title in teasers), one.id
            assert corpus.furniture[one.language]["footer"] in text, one.id


def test_labels_lead_to_earlier_articles_of_the_same_story(corpus: Corpus) -> None:
    known = {one.id: one for one in corpus.articles}
    for one in corpus.articles:
        for label in (one.copy_of, one.update_of, one.path_of):
            if label is not None:
                earlier = known[label]
                assert (earlier.story, earlier.published < one.published) == (one.story, True), one.id
        assert one.copy_of is None or known[one.copy_of].outlet != one.outlet, one.id
        assert one.update_of is None or known[one.update_of].outlet == one.outlet, one.id
    relations = Counter(
        "revision" if one.path_of else "update" if one.update_of else "copy" if one.copy_of else "original"
        for one in corpus.articles
    )
    assert set(relations) == {"original", "copy", "update", "revision"}


def test_a_revision_has_the_address_of_what_it_replaces(corpus: Corpus) -> None:
    urls = {one.id: arrival(one, corpus).url for one in corpus.articles}
    for one in corpus.articles:
        same = [other for other, url in urls.items() if url == urls[one.id] and other != one.id]
        expected = [other.id for other in corpus.articles if one.id == other.path_of or other.id == one.path_of]
        assert same == expected, one.id


def test_names_are_written_as_in_the_article(corpus: Corpus) -> None:
    def text(one: Article) -> str:
        return f"{one.title}\n{one.body}".casefold()

    strange = [(one.id, name) for one in corpus.articles for name, _ in one.names() if name.casefold() not in text(one)]
    assert strange == []
    twice = [one.id for one in corpus.articles if len(set(one.names())) != len(list(one.names()))]
    assert twice == []


def test_fields_are_written_in_one_way(corpus: Corpus) -> None:
    for one in corpus.articles:
        assert one.published.tzinfo is not None, one.id
        assert [part for part in (one.title, *one.paragraphs) if part != part.strip() or "\n" in part] == [], one.id


def test_a_field_with_a_wrong_name_is_refused(few: Path) -> None:
    path = few / "stories" / "tram-brief.yaml"
    path.write_text(path.read_text().replace("authors:", "author:"))
    with pytest.raises(TypeError, match="author"):
        corpus_gold.read(few)


def run(tmp_path: Path, folder: Path, only: str = "corpus", **floors: float) -> tuple[int, str]:
    """The gate without any other labelled data."""
    (tmp_path / "floors.json").write_text(json.dumps({"floors": floors, "lowered": []}))
    data = Data(tmp_path / "nowhere", tmp_path / "no samples", folder, tmp_path / "no feeds")
    request = gate.Request(data, tmp_path / "floors.json", tmp_path / "build", gate.tasks(only))
    out = io.StringIO()
    with ThreadPoolExecutor(1) as workers:
        return gate.run(request, workers, out), out.getvalue()


def test_it_is_measured_where_there_are_no_other_data(few: Path, tmp_path: Path) -> None:
    code, printed = run(tmp_path, few, only="")
    assert code == gate.OK
    assert (
        "not measured: cleaning, copies, entities, stories, alerts, languages, links: there are no labelled data at "
        in printed
    )
    values = json.loads((tmp_path / "build" / "quality.json").read_text())
    assert set(values) == {name for name, meaning in FIGURES.items() if meaning.task == "corpus"}
    assert values["corpus_copies_f1"]["value"] == 1
    assert "corpus_copies_f1 1.0000 -  (1 of 4 articles)" in printed


def test_a_copy_that_its_gold_does_not_know_is_below_the_floor(few: Path, tmp_path: Path) -> None:
    path = few / "stories" / "rate-cut.yaml"
    assert run(tmp_path, few, corpus_copies_f1=1.0)[0] == gate.OK
    path.write_text(path.read_text().replace("  copy_of: rate-cut-1\n", ""))
    code, printed = run(tmp_path, few, corpus_copies_f1=1.0)
    assert code == gate.BELOW
    assert "worse than the floor: corpus_copies_f1" in printed


def test_nothing_measured_is_a_failure(tmp_path: Path, few: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, printed = run(tmp_path, tmp_path / "empty", only="")
    assert code != gate.OK
    assert "not measured, there are no data for it: corpus_body_f1" in printed
    assert printed.endswith("QUALITY NOT MEASURED: there are no labelled data for what was asked\n")
    assert run(tmp_path, few, only="copies")[0] != gate.OK

"""Figures of cleaning on labelled pages: bodies, titles, dates, people, languages, publishers."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from streams.contract.messages import CleanArticle
from tests.quality import disguises, pages, samples, scores
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

BODIES, FIELDS = "extraction/zyte", "fields/fundus"
LANGUAGES = Path(__file__).with_name("languages.json")
GOLD_IS_WRONG = frozenset({"de-KlasseGegenKlasse_2026_01_07"})  # its date has day and month swapped: after its fetch
ISO_COUNTRY = {"uk": "GB", "isl": "IS"}  # where the labels are not ISO 3166 codes in lower case
ONE_LANGUAGE = {"nb": "no", "nn": "no"}  # the two ways to write Norwegian
UNFORESEEN = "cannot be read: "  # how `clean` refuses what a library failed on
HALF = 0.5  # of the gold's words: a body with fewer is lost
WORN = 12  # each disguise is worn by a twelfth of the pages
DAY = timedelta(days=1)
SHOWN_LINES, SHOWN_LETTERS = 8, 220  # of a difference, in a report for people

_SUFFIX = re.compile(r"(\.\w{2,4}){1,2}$")  # of a name that is an address


@dataclass(frozen=True)
class Page:
    """One labelled page with what came of it."""

    name: str
    gold: dict[str, Any]
    found: pages.Cleaned

    @property
    def article(self) -> CleanArticle | None:
        return _article(self.found.page)


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """All figures of which there are labelled data. Raises `UsageError` when a converter is missing."""
    bodies, fields = _pages(data, BODIES, workers), _pages(data, FIELDS, workers)
    if bodies or fields:
        yield _lost([*bodies, *fields])
    if bodies:
        yield from _body_figures(bodies)
    if bodies or fields:
        yield from _beside_trafilatura(bodies, fields)
        yield _disguised(data, workers)
    if fields:
        yield from _field_figures(fields)
    if bodies or fields:
        yield _crashes([*bodies, *fields])
    yield from samples.figures(data)


def _crashes(labelled: Sequence[Page]) -> Figure:
    """A count, not a share: one is too many."""
    found = [(page.name, one) for page in labelled for one in (page.found.page, *page.found.texts)]
    crashed = [Case(name, 0.0, one) for name, one in found if isinstance(one, str) and one.startswith(UNFORESEEN)]
    return Figure("cleaning_crashes", float(len(crashed)), f"{len(found)} pages and texts of them", crashed)


def _pages(data: Data, folder: str, workers: Executor) -> list[Page]:
    gold = data.pages(folder)
    jobs = [pages.Job(data, folder, name, wanted["url"], _fetched(wanted)) for name, wanted in gold.items()]
    found = workers.map(pages.run, jobs, chunksize=2)
    return [Page(name.removesuffix(".html.gz"), gold[name], one) for name, one in zip(gold, found, strict=True)]


def _fetched(gold: dict[str, Any]) -> datetime:
    return _utc(gold["crawled"]) if gold.get("crawled") else pages.FETCHED


def _utc(written: str) -> datetime:
    """A time without a zone is taken for UTC: at most a day's error is asked for."""
    value = datetime.fromisoformat(written)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _article(found: CleanArticle | str) -> CleanArticle | None:
    return None if isinstance(found, str) else found


def _body(found: CleanArticle | str) -> str:
    return "" if isinstance(found, str) else found.body


# --- bodies -------------------------------------------------------------------------------------------------------


def _body_figures(zyte: Sequence[Page]) -> Iterator[Figure]:
    pairs = [(_body(page.found.page), page.gold["articleBody"]) for page in zyte]
    cases = [body_case(page.name, page.found.page, gold) for page, (_, gold) in zip(zyte, pairs, strict=True)]
    yield Figure("body_zyte_f1", scores.benchmark_f1(pairs), f"{len(zyte)} pages", cases)
    values, cases = [], []
    for number in range(len(zyte[0].found.texts)):
        texts = [(page, page.found.texts[number]) for page in zyte]
        values.append(scores.benchmark_f1([(_body(found), page.gold["articleBody"]) for page, found in texts]))
        cases += [body_case(f"{page.name} text {number + 1}", found, page.gold["articleBody"]) for page, found in texts]
    yield Figure("body_text_zyte_f1", scores.mean(values), f"{len(zyte)} pages, each as two texts", cases)


def _gold_body(page: Page) -> str:
    return page.gold.get("articleBody") or "\n".join(page.gold.get("paragraphs") or ())


def _lost(labelled: Sequence[Page]) -> Figure:
    """The share of pages of whose gold less than half of the words is in the body; the emptiest are shown first."""
    cases = []
    for page in labelled:
        found, gold = page.found.page, _gold_body(page)
        kept = scores.overlap(scores.tokens(_body(found)), scores.tokens(gold)).recall
        cases.append(Case(page.name, kept, body_case(page.name, found, gold).difference))
    lost = [case for case in cases if case.score < HALF]
    return Figure("cleaning_lost", len(lost) / len(cases), f"{len(cases)} pages", lost)


def _beside_trafilatura(bodies: Sequence[Page], fields: Sequence[Page]) -> Iterator[Figure]:
    """By how much token F1 is above that of the extractor alone, in its own default way: it must stay above on each."""
    for name, labelled in (("body_zyte_gain", bodies), ("body_fundus_gain", fields)):
        if labelled:
            own = [(_body(page.found.page), _gold_body(page)) for page in labelled]
            plain = [(page.found.plain, _gold_body(page)) for page in labelled]
            ours, theirs = (scores.mean(scores.token_f1(*pair) for pair in pairs) for pairs in (own, plain))
            recall, known = (
                scores.mean(scores.overlap(scores.tokens(found), scores.tokens(gold)).recall for found, gold in pairs)
                for pairs in (own, plain)
            )
            sample = f"token F1 {ours:.3f} against {theirs:.3f}, recall {recall:.3f} against {known:.3f}"
            yield Figure(name, ours - theirs, f"{len(labelled)} pages; {sample}")


def _disguised(data: Data, workers: Executor) -> Figure:
    """Each page under a few disguises in turn: all of them are worn by about as many pages."""
    jobs = []
    for folder in (BODIES, FIELDS):
        for number, (name, wanted) in enumerate(data.pages(folder).items()):
            gold = wanted.get("articleBody") or "\n".join(wanted.get("paragraphs") or ())
            worn = tuple(list(disguises.DISGUISES)[number % WORN :: WORN])
            job = pages.Job(data, folder, name, wanted["url"], _fetched(wanted))
            jobs += [pages.Disguise(job, gold, name) for name in worn[number % 2 :: 2]]
    cases = [case for case in workers.map(pages.disguised, jobs, chunksize=8) if case is not None]
    found = [
        Case(name, scores.token_f1(_body(one), gold), body_case(name, one, gold).difference)
        for name, one, gold in cases
    ]
    return _mean("body_disguised_f1", found, f"{len(found)} pages in other markup")


def body_case(name: str, found: CleanArticle | str, gold: str) -> Case:
    if isinstance(found, str):
        return Case(name, 0.0, f"refused: {found}")
    score = scores.overlap(scores.shingles(found.body), scores.shingles(gold)).f1
    return Case(name, score, difference(found.body, gold))


def difference(found: str, gold: str) -> str:
    """The lines of either text of which more than half is not in the other."""
    lines = [f"- too much: {line}" for line in _strange(found, gold)]
    lines += [f"- missing: {line}" for line in _strange(gold, found)]
    return "\n".join(lines) or "- only in details"


def _strange(text: str, other: str) -> list[str]:
    known = scores.shingles(other)
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    strange = [line for line in lines if scores.overlap(scores.shingles(line), known).precision < 0.5]
    shown = [line if len(line) <= SHOWN_LETTERS else f"{line[:SHOWN_LETTERS]} ..." for line in strange[:SHOWN_LINES]]
    return shown + ([f"and {len(strange) - SHOWN_LINES} more lines"] if len(strange) > SHOWN_LINES else [])


# --- fields -------------------------------------------------------------------------------------------------------


def _field_figures(fundus: Sequence[Page]) -> Iterator[Figure]:
    yield _mean("body_fundus_f1", [_tokens_case(page) for page in fundus])
    yield _mean("title_exact", [_title_case(page.name, page.found.page, page) for page in fundus])
    texts = [(f"{page.name} text {n}", found, page) for page in fundus for n, found in enumerate(page.found.texts, 1)]
    yield _mean("title_text_exact", [_title_case(*text) for text in texts], f"{len(fundus)} pages, each as two texts")
    dated = [page for page in fundus if page.gold["published"] and page.name not in GOLD_IS_WRONG]
    if dated:
        yield _mean("date_within_1d", [_date_case(page, missing_is_wrong=True) for page in dated])
        wrong = [_date_case(page, missing_is_wrong=False) for page in dated]
        yield Figure("date_wrong", scores.mean(1 - case.score for case in wrong), f"{len(dated)} pages", wrong)
    yield _mean("authors_f1", [_authors_case(page) for page in fundus])
    languages = json.loads(LANGUAGES.read_text(encoding="utf-8"))
    labelled = [page for page in fundus if page.name in languages]
    if labelled:
        yield _mean("language_accuracy", [_language_case(page, languages[page.name]) for page in labelled])
    yield _mean("publisher_ok", [_publisher_case(page) for page in fundus])
    yield _mean("country_ok", [_country_case(page) for page in fundus])


def _mean(name: str, cases: Sequence[Case], sample: str = "") -> Figure:
    return Figure(name, scores.mean(case.score for case in cases), sample or f"{len(cases)} pages", cases)


def field_case(name: str, right: bool, found: object, wanted: object) -> Case:
    return Case(name, float(right), f"- found: {found}\n- wanted: {wanted}")


def _tokens_case(page: Page) -> Case:
    found, gold = page.found.page, "\n".join(page.gold["paragraphs"])
    return Case(page.name, scores.token_f1(_body(found), gold), body_case(page.name, found, gold).difference)


def _title_case(name: str, found: CleanArticle | str, page: Page) -> Case:
    title = found if isinstance(found, str) else found.title
    right = not isinstance(found, str) and scores.plain(found.title) == scores.plain(page.gold["title"])
    return field_case(name, right, title, page.gold["title"])


def _date_case(page: Page, *, missing_is_wrong: bool) -> Case:
    published = page.article.published if page.article else None
    wanted = _utc(page.gold["published"])
    right = not missing_is_wrong if published is None else abs(published.value - wanted) <= DAY
    return field_case(page.name, right, f"{published.value} by {published.source}" if published else None, wanted)


def _authors_case(page: Page) -> Case:
    found, gold = (page.article.authors if page.article else ()), page.gold["authors"] or ()
    score = scores.set_f1(_names(found), _names(gold))
    return Case(page.name, score, f"- found: {', '.join(found)}\n- wanted: {', '.join(gold)}")


def _names(authors: Iterable[str]) -> set[str]:
    return {scores.plain(author).casefold() for author in authors}


def _language_case(page: Page, wanted: str) -> Case:
    found = page.article.language if page.article else "refused"
    return field_case(page.name, ONE_LANGUAGE.get(found, found) == wanted, found, wanted)


def _publisher_case(page: Page) -> Case:
    publisher = page.article.publisher if page.article else None
    wanted = (page.gold["publisher"], *page.found.site_names)
    right = publisher is not None and same_publisher(publisher.name, wanted)
    return field_case(page.name, right, publisher and publisher.name, " / ".join(wanted))


def same_publisher(found: str, wanted: Iterable[str]) -> bool:
    """Whether two names are one by their letters; the suffix of a name that is an address (x.co.uk) does not count."""
    forms = {scores.letters(found), scores.letters(_SUFFIX.sub("", found))} - {""}
    return any(scores.letters(name) in forms for name in wanted)


def _country_case(page: Page) -> Case:
    publisher = page.article.publisher if page.article else None
    found, label = publisher.country if publisher else None, page.gold["country"]
    wanted = ISO_COUNTRY.get(label, label.upper())
    return field_case(page.name, found == wanted, found, wanted)

"""The figures of the corpus: pages of invented outlets go the pipeline's whole way, from cleaning to stories."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from streams.contract.messages import COPIES, CleanArticle, Relation
from tests.entities import cases
from tests.entities.cases import Pair
from tests.quality import cleaning, corpus_gold, filing, pages, scores
from tests.quality.corpus_gold import Article, Corpus
from tests.quality.corpus_pages import TEMPLATES, Arrival, arrival
from tests.quality.data import Data
from tests.quality.figures import Case, Figure

FETCHED_AFTER = timedelta(hours=3)  # publication; some pages state a change in between
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Read:
    """One article of the corpus with what the pipeline made of its page."""

    gold: Article
    clean: CleanArticle | str
    names: frozenset[tuple[str, str]] = frozenset()
    followed: filing.Followed | None = None

    @property
    def article(self) -> CleanArticle | None:
        return None if isinstance(self.clean, str) else self.clean

    @property
    def body(self) -> str:
        return self.article.body if self.article else ""


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """All figures, or none where there is no corpus."""
    corpus = corpus_gold.read(data.corpus)
    if corpus is None:
        return
    read = _read(corpus, workers)
    sample = f"{len(read)} pages"
    bodies = [cleaning.body_case(one.gold.id, one.clean, one.gold.body) for one in read]
    value = scores.benchmark_f1([(one.body, one.gold.body) for one in read])
    yield Figure("corpus_body_f1", value, sample, bodies)
    yield _share("corpus_title", [_title(one) for one in read])
    yield _share("corpus_dates", [_date(one, corpus) for one in read])
    yield _share("corpus_authors_f1", [_authors(one) for one in read])
    yield _share("corpus_languages", [_language(one) for one in read])
    yield _entities(read)
    yield _stories(read)
    yield _copies(read)
    yield from _cases()


def _cases() -> Iterator[Figure]:
    """Names in two cases, and names that look alike, of `tests/entities/cases.tsv`."""
    same = [pair for pair in cases.pairs() if pair.same]
    other = [pair for pair in cases.pairs() if not pair.same]
    for name, meet in (("cases_joined_within", Pair.meet_within), ("cases_joined_across", Pair.meet_across)):
        results = [Case(", ".join(pair.names), float(meet(pair)), f"- apart in {pair.language}") for pair in same]
        yield Figure(name, scores.mean(case.score for case in results), f"{len(same)} pairs", results)
    wrong = [Case(", ".join(p.names), float(not (p.meet_within() or p.meet_across())), p.language) for p in other]
    yield Figure("cases_wrongly_joined", sum(1 - case.score for case in wrong), f"{len(other)} pairs", wrong)


def _read(corpus: Corpus, workers: Executor) -> list[Read]:
    """The articles in order of arrival."""
    shown = [(one, arrival(one, corpus)) for one in corpus.articles]
    cleaned = list(workers.map(_clean, [one for one, _ in shown], [page for _, page in shown], chunksize=4))
    tagged = iter(filing.tag_all([one for one in cleaned if not isinstance(one, str)], workers))
    found = [None if isinstance(one, str) else next(tagged) for one in cleaned]
    followed = iter(filing.follow([one for one in found if one is not None]))
    return [
        Read(gold, clean)
        if one is None
        else Read(gold, clean, frozenset(_name(each.name, each.type) for each in one.entities), next(followed))
        for gold, clean, one in zip(corpus.articles, cleaned, found, strict=True)
    ]


def _clean(gold: Article, page: Arrival) -> CleanArticle | str:
    pages.ready()
    return pages.cleaned(page.content, page.form, gold.published + FETCHED_AFTER, page.url, page.sender)


def _share(name: str, cases: Sequence[Case]) -> Figure:
    return Figure(name, scores.mean(case.score for case in cases), f"{len(cases)} pages", cases)


def _title(one: Read) -> Case:
    title = one.article.title if one.article else one.clean
    right = one.article is not None and scores.plain(one.article.title) == scores.plain(one.gold.title)
    return cleaning.field_case(one.gold.id, right, title, one.gold.title)


def _date(one: Read, corpus: Corpus) -> Case:
    """To the minute where the page states the time and its zone, else to the day at the place of publication."""
    wanted = one.gold.published
    found = one.article.published if one.article else None
    if found is None:
        right = False
    elif TEMPLATES[corpus.outlets[one.gold.outlet].template].states_time:
        right = found.precision == "second" and abs(found.value - wanted) < MINUTE
    else:
        right = found.value.date() == wanted.date()
    stated = f"{found.value} ({found.precision}) by {found.source}" if found else None
    return cleaning.field_case(one.gold.id, right, stated, wanted)


def _authors(one: Read) -> Case:
    found = one.article.authors if one.article else ()
    score = scores.set_f1({scores.letters(name) for name in found}, {scores.letters(name) for name in one.gold.authors})
    return Case(one.gold.id, score, f"- found: {', '.join(found)}\n- wanted: {', '.join(one.gold.authors)}")


def _language(one: Read) -> Case:
    found = one.article.language if one.article else "refused"
    return cleaning.field_case(one.gold.id, found == one.gold.language, found, one.gold.language)


def _name(name: str, kind: str) -> tuple[str, str]:
    return scores.letters(name), kind


def _entities(read: Sequence[Read]) -> Figure:
    """Micro F1 over the different names of each article."""
    cases, found, wanted = [], set(), set()
    for one in read:
        gold = {_name(*name) for name in one.gold.names()}
        found |= {(one.gold.id, *name) for name in one.names}
        wanted |= {(one.gold.id, *name) for name in gold}
        strange, missing = sorted(one.names - gold), sorted(gold - one.names)
        shown = f"- too much: {', '.join(map(' '.join, strange))}\n- missing: {', '.join(map(' '.join, missing))}"
        cases.append(Case(one.gold.id, scores.set_f1(one.names, gold), shown))
    right = scores.Ratio(len(found & wanted) / max(1, len(found)), len(found & wanted) / max(1, len(wanted)))
    sample = f"{len(wanted)} names in {len(read)} articles; precision {right.precision:.3f}, recall {right.recall:.3f}"
    return Figure("corpus_entities_f1", right.f1, sample, cases)


def _stories(read: Sequence[Read]) -> Figure:
    rows = [{"id": one.gold.id, "story": one.gold.story, "title": one.gold.title} for one in read]
    filed = {one.gold.id: one.followed.filed for one in read if one.followed and one.followed.filed}
    stories = len({one.gold.story for one in read})
    return filing.bcubed_figure("corpus_stories_f1", rows, filed, f"{len(rows)} articles in {stories} stories")


def _copies(read: Sequence[Read]) -> Figure:
    """F1 of the articles that carry an earlier text, as a copy or as an update of it, each with the text's group."""
    gold = {one.gold.id: one.gold for one in read}
    ids = {one.article.id: one.gold.id for one in reversed(read) if one.article}  # of one address: the first
    cases, found, wanted = [], set(), set()
    for one in read:
        earlier = one.gold.copy_of or one.gold.update_of
        kind = "copy" if one.gold.copy_of else "update"
        should = {(one.gold.id, kind, _first(earlier, gold))} if earlier else set()
        verdict = one.followed.verdict if one.followed else None
        claims = set()
        if one.article and verdict and verdict.relation is not Relation.ORIGINAL:
            kind = "copy" if verdict.of_text in COPIES else "update"
            of = verdict.of or one.article.id  # a revision of what was no copy
            claims = {(one.gold.id, kind, _first(ids[of], gold))}
        found |= claims
        wanted |= should
        if should or claims:
            shown = f"{verdict.relation} {verdict.reason}" if verdict else "not judged"
            cases.append(Case(one.gold.id, float(should == claims), f"- found: {shown}\n- wanted: {sorted(should)}"))
    return Figure("corpus_copies_f1", scores.set_f1(found, wanted), f"{len(wanted)} of {len(read)} articles", cases)


def _first(article: str, gold: dict[str, Article]) -> str:
    """The article that the text of this one began with."""
    earlier = gold[article].copy_of or gold[article].update_of
    return _first(earlier, gold) if earlier else article

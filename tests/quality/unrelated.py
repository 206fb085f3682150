"""How many texts and headlines that have nothing to do with each other share a story.

The mix: documents of the sets of names in many languages, some as texts, others as their first sentence alone, and
headlines in capitals of a news agency, all in one stream. A few are of one event by chance, so that 0 is not right.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from streams.contract.messages import CleanArticle, TaggedArticle
from tests.quality import filing
from tests.quality.data import Data, spread
from tests.quality.figures import Case, Figure

TEXTS = 36  # of each language
HEADLINES = 20
IN_CAPITALS = 100
MOST_LETTERS = 140  # of a headline
ARRIVES = datetime(2026, 1, 1, tzinfo=UTC)  # the first; the others come a second apart
UNSPACED = ("ja", "zh")


def figures(data: Data, workers: Executor) -> Iterator[Figure]:
    """The share of the mix that is in a story with another part of it, if the data are there."""
    by_language: dict[str, list[filing.Row]] = defaultdict(list)
    for row in data.rows("entities", "entities"):
        by_language[row["lang"]].append(row)
    if not by_language:
        return
    texts, headlines = [], []
    for language, rows in sorted(by_language.items()):
        taken = spread(rows, TEXTS + HEADLINES)
        headlines += [_document(row, language, headline=True) for row in taken[:HEADLINES]]
        texts += [_document(row, language, headline=False) for row in taken[HEADLINES:]]
    for row in spread(data.rows("neardup", "reuters"), IN_CAPITALS):
        title = row["title"].replace("&lt;", "<")
        headlines.append(filing.article(f"capitals {row['id']}", title, "", ARRIVES, None))
    mix = filing.tag_all([_at(each, place) for place, each in enumerate(_mixed(texts, headlines))], workers)
    filed = filing.file_all(mix)
    sizes = Counter(one.story for one in filed.values())
    joined = [each.article.id for each in mix if each.article.id in filed and sizes[filed[each.article.id].story] > 1]
    alone = [key in {each.id for each in headlines} for key in joined]
    sample = (
        f"{len(texts)} texts, {len(texts) - len(joined) + sum(alone)} alone, and {len(headlines)} headlines, "
        f"{len(headlines) - sum(alone)} alone, in {len(by_language)} languages; largest story {max(sizes.values())}"
    )
    yield Figure("unrelated_joined", len(joined) / len(mix), sample, _cases(mix, filed))


def _document(row: filing.Row, language: str, *, headline: bool) -> CleanArticle:
    between = "" if language in UNSPACED else " "
    sentences = [between.join(token for token, *_ in sentence) for sentence in row["sentences"]]
    title = sentences[0][:MOST_LETTERS]
    body = "" if headline else "\n".join(sentences)
    return replace(filing.article(f"{language} {row['id']}", title, body, ARRIVES, None), language=language)


def _mixed(texts: Sequence[CleanArticle], headlines: Sequence[CleanArticle]) -> list[CleanArticle]:
    """All in an order that has nothing to do with their languages and kinds, the same each time."""
    return sorted([*texts, *headlines], key=lambda each: each.revision)


def _at(article: CleanArticle, place: int) -> CleanArticle:
    return replace(article, fetched_at=ARRIVES + timedelta(seconds=place))


def _cases(mix: Sequence[TaggedArticle], filed: dict[str, filing.Filed]) -> list[Case]:
    """The stories of several, the largest first."""
    together: dict[str, list[str]] = defaultdict(list)
    for each in mix:
        if each.article.id in filed:
            together[filed[each.article.id].story].append(f"- {each.article.id}: {each.article.title}")
    several = [lines for lines in together.values() if len(lines) > 1]
    return [Case(f"story of {len(lines)}", 1 / len(lines), "\n".join(lines)) for lines in several]

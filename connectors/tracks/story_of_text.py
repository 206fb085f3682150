"""A text -> the stored story in which the pipeline would file it, found with the pipeline's own functions."""

from datetime import timedelta

from msgspec.structs import replace

from connectors.elastic.read import to_messages
from connectors.elastic.read.queries import Search
from connectors.elastic.records import ArticleRecord
from streams.contract.messages import CleanArticle, CopyVerdict, Relation, TaggedArticle, UniqueArticle

COMPARED = 100  # stored articles, those that have most of its words and names
SEARCHED_WORDS = 24  # the heaviest of the text: more only make the search slower
SEARCHED_NAMES = 10
MOST_PHRASE_WORDS = 24  # of the sentence that an awaited article has to contain
MOST_PHRASE_CHARACTERS = 200  # of scripts without blanks


def nearest_article(queries: Search, article: CleanArticle, window: timedelta) -> ArticleRecord | None:
    """Return the stored article that is most like ``article``, if the two would be filed in one story.

    ``window``: how long a story is open. Loads the tagger, which takes about a second; then the time depends on the
    number of stored articles that are compared, at most `COMPARED`. Raises `Unavailable` as the queries do.
    """
    from streams.stories.state import Stories

    tagged = _tagged(article)
    hits = queries.search(
        _words_and_names(tagged), language=article.language, since=article.fetched_at - window, limit=COMPARED
    )
    records = {one.article.id: one for one in queries.articles([hit.article.article.id for hit in hits])}
    if not records:
        return None
    stories = Stories(window=window)
    candidates = sorted(records.values(), key=lambda one: one.timestamp)
    for offset, record in enumerate(candidates):
        candidate = to_messages.tagged(record, "")
        stories.file(replace(candidate, article=replace(candidate.article, stored=None)), offset, record.timestamp)
    # a text has no time of its own: it is taken to be as old as the article that has most of its words
    at = records[hits[0].article.article.id].timestamp
    text = replace(tagged, article=replace(article, fetched_at=at), first_seen=at)
    filed = stories.file(text, len(candidates), candidates[-1].timestamp).filed
    if filed is None or filed.filing.decision != "joined":
        return None
    return records.get(filed.filing.nearest or "")


def query_of_text(article: CleanArticle) -> str:
    """Return the query that an article with this text answers: with its headline or its first sentence."""
    from streams.stories.excerpt import sentences

    first = next(iter(sentences(" ".join(article.body.split()))), "")
    phrases = dict.fromkeys(_phrase(text) for text in (article.title, first) if text.strip())
    return " | ".join(phrases)


def _tagged(article: CleanArticle) -> TaggedArticle:
    from streams import entities

    verdict = CopyVerdict(relation=Relation.ORIGINAL, group=article.id)
    return entities.tag(UniqueArticle(article=article, copy=verdict, first_seen=article.fetched_at))


def _words_and_names(tagged: TaggedArticle) -> str:
    from streams.stories.similarity.features import extract

    features = extract(tagged)
    weights = dict(features.body.items()) or dict(features.title.items())
    heaviest = sorted(features.words, key=lambda term: (-weights.get(term, 0), features.words[term]))
    words = [features.words[term] for term in heaviest[:SEARCHED_WORDS]]
    names = [entity.name for entity in tagged.entities[:SEARCHED_NAMES]]
    return " | ".join(dict.fromkeys(_phrase(text) for text in [*words, *names]))


def _phrase(text: str) -> str:
    words = text[:MOST_PHRASE_CHARACTERS].replace('"', " ").replace("\\", " ").split()
    return f'"{" ".join(words[:MOST_PHRASE_WORDS])}"'

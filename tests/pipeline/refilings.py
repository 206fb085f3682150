"""The log of a system, filed in one go: which story each article is in, and what second thoughts changed."""

from datetime import timedelta

from connectors.kafka.reader import Reader
from deploy.system import System
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import TaggedArticle
from streams.stories.state import Stories

Fact = tuple[str, str, str, tuple[str, ...]]


def replayed(system: System) -> tuple[dict[str, str], set[Fact]]:
    """The story of each article, and the facts, when the log is filed in one go."""
    stories = Stories(window=timedelta(days=system.settings.story_window_days), second_thoughts="eager")
    found: dict[str, str] = {}
    facts: set[Fact] = set()
    with Reader(system.settings, [topics.TAGGED]) as reader:
        for record in reader.read_to_end():
            result = stories.file(decode(record.value, TaggedArticle), record.offset, record.time)
            filed = [result.filed] if result.filed else []
            found |= {one.article.id: one.filing.story for one in (*filed, *result.refiled)}
            facts |= {(one.fact, one.from_, one.into, one.articles) for one in result.facts}
    return found, facts

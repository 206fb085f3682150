"""What people correct in stories while workers fail: merges, splits, moves, titles, pins, links and what is taken back.

A correction is prepared as the command prepares it, from what Elasticsearch has by then. Each of them must be decided
once, whoever dies meanwhile, and alike in a run of the log without faults.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.corrections import links, send
from connectors.corrections.request import CorrectionRequest, prepare
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings
from tests.faults import documents
from tests.faults.documents import Document

AT_ONCE = 4  # corrections, so that some wait while a process dies


class Editors:
    """``corrected``: ids of the corrections sent that the broker has confirmed."""

    def __init__(self, settings: Settings, chance: random.Random) -> None:
        self.corrected: set[str] = set()
        self._settings = settings
        self._chance = chance
        self._stories: list[Document] = []
        self._articles: dict[str, list[Document]] = {}

    def work(self) -> bool:
        """Send corrections of different kinds, one of them by two people, and links. False if there is nothing yet."""
        self._look()
        if len(self._stories) < 2:
            return False
        with SearchClient(self._settings) as client:
            queries = Search(client, self._settings.index_prefix)
            for asked in list(self._requests())[:AT_ONCE]:
                for by in ("first editor", "second editor"):
                    self._send(queries, asked, by)
            self._link(queries)
        return True

    def _look(self) -> None:
        server, prefix = self._settings.elasticsearch, self._settings.index_prefix
        self._stories = [one for one in documents.stories(server, prefix) if not one.get("story.moved_to")]
        self._articles = defaultdict(list)
        for article in documents.articles(server, prefix):
            self._articles[article.get("story.id")].append(article)

    def _requests(self) -> Iterator[CorrectionRequest]:
        kinds = [self._merge, self._split, self._move, self._rename, self._pin, self._undo]
        for kind in self._chance.sample(kinds, len(kinds)):
            asked = kind()
            if asked is not None:
                yield asked

    def _send(self, queries: Search, asked: CorrectionRequest, by: str) -> None:
        try:
            prepared = prepare(queries, asked, by, datetime.now(UTC))
        except UsageError:
            return  # the other editor was faster
        send.send(self._settings, prepared)
        self.corrected.add(prepared.correction.id)

    # --- what is asked for ------------------------------------------------------------------------------------------

    def _merge(self) -> CorrectionRequest | None:
        first = self._chance.choice(self._stories)
        other = self._other(first, same_language=True)
        return None if other is None else CorrectionRequest("merge", story=first.id, into=other.id)

    def _split(self) -> CorrectionRequest | None:
        several = [one for one in self._stories if len(self._articles[one.id]) > 1]
        if not several:
            return None
        story = self._chance.choice(several)
        articles = [str(one.get("article.id")) for one in self._articles[story.id]]
        return CorrectionRequest("split", story=story.id, articles=articles[: len(articles) // 2])

    def _move(self) -> CorrectionRequest | None:
        into = self._chance.choice(self._stories)
        other = self._other(into, same_language=True)
        if other is None or not self._articles[other.id]:
            return None
        article = str(self._articles[other.id][0].get("article.id"))
        return CorrectionRequest("move", into=into.id, articles=[article])

    def _rename(self) -> CorrectionRequest:
        story = self._chance.choice(self._stories)
        return CorrectionRequest("rename", story=story.id, title=f"Named by hand {self._chance.randrange(1000)}")

    def _pin(self) -> CorrectionRequest:
        return CorrectionRequest("pin", story=self._chance.choice(self._stories).id)

    def _undo(self) -> CorrectionRequest | None:
        done = [
            one for one in send.read(self._settings) if one.state == "applied" and not one.undone and not one.undoes
        ]
        return CorrectionRequest("undo", undoes=self._chance.choice(done)) if done else None

    def _link(self, queries: Search) -> None:
        first = self._chance.choice(self._stories)
        other = self._other(first, same_language=False)
        if other is None:
            return
        state: links.LinkState = self._chance.choice(("linked", "cut"))
        try:
            asked = links.prepare(queries, first.id, other.id, state, "by hand", "editor", datetime.now(UTC))
        except UsageError:
            return  # one of them was merged meanwhile
        links.send(self._settings, asked)

    def _other(self, story: Document, *, same_language: bool) -> Document | None:
        language = story.get("story.language")
        found = [
            one
            for one in self._stories
            if one.id != story.id and (one.get("story.language") == language) is same_language
        ]
        return self._chance.choice(found) if found else None

"""Desks for tests of corrections and second thoughts: two stories, corrections of them, and tracks that watch."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from streams.alerts.catalogue import Catalogue
from streams.alerts.decide import AlertLedger
from streams.alerts.match import QueryFollows
from streams.contract.messages import Alert, StoryCorrection, StoryUpdate, TaggedArticle, Track
from streams.contract.messages.corrections import CorrectionAction
from streams.stories.publish import FilingResult
from tests.stories import fiction
from tests.stories.fiction import START, Desk, story_of, tagged

HOUR = timedelta(hours=1)


def asked(
    action: CorrectionAction,
    story: str,
    *,
    into: str = "",
    articles: Sequence[str] = (),
    title: str = "",
    undoes: StoryCorrection | None = None,
    id_: str = "c1",
    by: str = "anna",
) -> TaggedArticle:
    """A correction, as a command sends it."""
    correction = StoryCorrection(
        id=id_,
        at=START,
        by=by,
        action=action,
        story=story,
        into=into,
        articles=tuple(articles),
        title=title,
        undoes=undoes.id if undoes else "",
    )
    return replace(tagged(("", ""), "correction", at=START + 2 * HOUR), correction=correction, undoes=undoes)


def said(result: FilingResult) -> StoryCorrection:
    return result.corrections[0]


class Two:
    """A desk with a fire, told by two outlets, and an election, told by one of them and by a third."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.log: list[TaggedArticle] = []
        self.fire = story_of(self.file(tagged(fiction.FIRE, "1", by="gazette")))
        self.file(tagged(fiction.FIRE_AGAIN, "2", by="courier"))
        self.election = story_of(self.file(tagged(fiction.ELECTION, "3", by="courier", at=START + HOUR)))
        self.file(
            tagged((fiction.ELECTION[0], f"{fiction.ELECTION[1]} Crowds cheered."), "4", by="herald", at=START + HOUR)
        )

    def file(self, article: TaggedArticle) -> FilingResult:
        self.log.append(article)
        return self.desk.file(article)

    def rows(self) -> dict[str, bytes]:
        return dict(self.desk.rows)

    def story(self, article: str) -> str:
        held = self.desk.stories.holding(article)
        assert held is not None
        return held.id


def update_of(result: FilingResult, story: str) -> StoryUpdate:
    return [one for one in result.changes if one.story.id == story][-1]


class Watched(Two):
    """`Two`, with tracks whose candidates and alerts follow the log."""

    def __init__(self, *tracks: Track) -> None:
        self.tracks = Catalogue(tracks)
        self.follows, self.ledger = QueryFollows(), AlertLedger()
        self.alerts: list[Alert] = []
        self.offset = 0
        super().__init__()

    def file(self, article: TaggedArticle) -> FilingResult:
        result = super().file(article)
        updates = [*(one for one in (result.update, result.left) if one), *result.changes]
        while updates:
            self.offset += 1
            matched = self.follows.match(update := updates.pop(0), self.offset, self.tracks)
            updates += [matched.followers] if matched.followers else []
            for one in matched.candidates:
                self.alerts += self.ledger.decide(one, self.offset, update.filed_at).alerts
        return result

    def fired(self, track: str) -> list[tuple[str, str]]:
        return [(one.condition, one.source.name) for one in self.alerts if one.track == track]


def track(id_: str, **more: object) -> Track:
    return Track(id=id_, name=id_, created_at=START - HOUR, **more)  # type: ignore[arg-type]

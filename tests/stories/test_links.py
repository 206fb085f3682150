"""Stories of different languages are linked once, with reasons; people correct it; a replay decides alike."""

from datetime import timedelta

import numpy as np
import pytest

from streams.contract.messages import Entity, EntityType, LinkCorrection, LinkRequest, StorySketch
from streams.stories.links import state
from streams.stories.links.names import common_figures, common_names
from streams.stories.links.state import LinkResult, Links
from tests.fiction import NOON

WINDOW = timedelta(days=14)


def sketch(language: str, angle: float, names: tuple[str, ...] = (), figures: tuple[str, ...] = ()) -> StorySketch:
    """A sketch whose vector stands at an angle in degrees, so that cosines are known."""
    vector = np.zeros(512)
    vector[0], vector[1] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    packed = bytes(np.rint(vector * 127).astype(np.int8).tobytes())
    return StorySketch(article=f"{language}{angle}", language=language, vector=packed, names=names, figures=figures)


class Log:
    """Requests in order, an hour apart."""

    def __init__(self, links: Links | None = None) -> None:
        self.links = links or Links(window=WINDOW)
        self.offset = -1
        self.rows: dict[str, object] = {}

    def take(self, story: str, its: StorySketch | LinkCorrection, hours: float = 1) -> LinkResult:
        self.offset += 1
        at = NOON + timedelta(hours=hours * self.offset)
        if isinstance(its, StorySketch):
            request = LinkRequest(story=story, at=at, sketch=its)
        else:
            request = LinkRequest(story=story, at=at, correction=its)
        result = self.links.take(request, self.offset, at)
        for key, row in result.rows.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        return result

    def restarted(self) -> Links:
        links = Links(window=WINDOW)
        for key, row in reversed(self.rows.items()):
            assert isinstance(row, state.SketchRow | state.LinkRow)
            links.restore(key, row)
        links.build_indexes()
        return links


def test_two_reports_of_one_event_are_linked_with_reasons() -> None:
    log = Log()
    assert log.take("s1", sketch("en", 0, ("mrln",), ("137",))).links == ()
    [link] = log.take("s2", sketch("de", 40, ("mrln",), ("137",))).links
    assert (link.stories, link.languages, link.state) == (("s1", "s2"), ("en", "de"), "linked")
    assert link.score == pytest.approx(0.766 + 0.02 + 0.08, abs=0.01)
    assert link.reasons[:2] == ("title and lead are near in meaning: cosine 0.76", "same figures: 137")


def test_stories_of_one_language_are_not_linked() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    assert log.take("s2", sketch("en", 0)).links == ()


def test_a_story_with_two_equal_partners_is_not_linked() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    log.take("s2", sketch("en", 4))
    assert log.take("s3", sketch("de", 2)).links == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [({"figures": ("12", "85")}, {"figures": ("24", "90")}), ({"names": ("brs", "lnt")}, {"names": ("krt", "mnk")})],
    ids=["figures", "names"],
)
def test_contradicting_figures_or_names_prevent_a_link(
    first: dict[str, tuple[str, ...]], second: dict[str, tuple[str, ...]]
) -> None:
    log = Log()
    log.take("s1", sketch("en", 0, **first))
    assert log.take("s2", sketch("de", 10, **second)).links == ()


def test_an_old_story_is_not_linked() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    assert log.take("s2", sketch("de", 0), hours=80).links == ()


def test_a_cut_link_stays_cut_and_is_told() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    log.take("s2", sketch("de", 10))
    [cut] = log.take("s2", LinkCorrection(other="s1", state="cut", by="jo@desk", reason="another ferry")).links
    assert (cut.state, cut.languages, cut.reasons) == ("cut", ("en", "de"), ("cut by jo@desk: another ferry",))
    assert log.restarted().links_of("s1") == [cut]


def test_a_correction_outlives_the_window() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    log.take("s2", sketch("de", 10))
    log.take("s2", LinkCorrection(other="s1", state="cut", by="jo@desk"))
    log.take("s3", sketch("fr", 90), hours=24 * 30)
    assert not any(key in log.rows for key in ("s:s1", "s:s2"))
    assert [one.state for one in log.links.links_of("s1")] == ["cut"]


def test_links_that_nobody_corrected_leave_with_their_stories() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    log.take("s2", sketch("de", 10))
    log.take("s3", sketch("fr", 90), hours=24 * 30)
    assert list(log.rows) == ["s:s3"]


def test_a_replayed_request_gives_the_same_links() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    first = log.take("s2", sketch("de", 10))
    request = LinkRequest(story="s2", at=NOON, sketch=sketch("de", 10))
    again = log.restarted().take(request, 1, NOON + timedelta(hours=1))
    assert again.links == first.links


def test_a_crash_between_two_rows_changes_no_link() -> None:
    log = Log()
    log.take("s1", sketch("en", 0))
    first = log.take("s2", sketch("de", 10))
    del log.rows["s:s2"]
    request = LinkRequest(story="s2", at=NOON, sketch=sketch("de", 10))
    again = log.restarted().take(request, 1, NOON + timedelta(hours=1))
    assert (again.links, dict(again.rows)) == (first.links, dict(first.rows))


def test_the_number_of_stories_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "MOST_STORIES", 10)
    log = Log()
    for number in range(30):
        log.take(f"s{number}", sketch("en", number), hours=0.01)
    assert list(log.rows) == [f"s:s{number}" for number in range(20, 30)]


def entity(name: str, kind: EntityType = EntityType.PERSON) -> Entity:
    return Entity(key=f"{kind}:{name.lower()}", name=name, type=kind, mentions=((0, 1),))


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("Anton Gorelov", "Антон Горелов", "ru"),
        ("Nabil Haddad", "نبيل حداد", "ar"),
        ("Arvid Solheim", "Arvid Solheim", "de"),
    ],
)
def test_names_are_alike_in_other_scripts(one: str, other: str, language: str) -> None:
    from streams.entities.canonical import fold

    found = common_names([entity(fold(one))], "", "en")
    assert set(found) & set(common_names([entity(fold(other))], "", language))


def test_countries_are_alike_in_all_languages() -> None:
    assert common_names([entity("germany", EntityType.PLACE)], "", "en") == ("=DE",)
    assert "=DE" in common_names([], "德国总理周二访问", "zh")


def test_figures_are_values_without_dates() -> None:
    assert common_figures(["137", "2500000 usd", "2031-05-14", "--03-09", "3"]) == ("137", "2500000")

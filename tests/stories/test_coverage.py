"""What counts as a new source of a story: owners, copies, editions; and the bounded lists of a snapshot."""

import pytest

from streams.contract.messages import Coverage, Kind, Publisher, Relation, Source, StoryUpdate
from streams.stories.cluster import MOST_LISTED, StoryTally
from streams.stories.coverage import is_edition
from streams.stories.rows import FilingRow
from streams.stories.state import Stories
from tests.stories import fiction
from tests.stories.fiction import Desk, publisher, tagged


class Newsroom:
    """One story; each article has its own text about the same fire."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.update: StoryUpdate | None = None

    def covers(self, identity: str, **given: object) -> Coverage:
        text = (fiction.FIRE[0], f"{fiction.FIRE[1]} Report {identity}.")
        answer = self.desk.file(tagged(text, identity, **given))  # type: ignore[arg-type]
        assert answer.filed is not None
        self.update = answer.update
        return answer.filed.coverage

    def sources(self) -> list[str]:
        assert self.update is not None
        return [source.key for source in self.update.story.sources]


def test_each_publisher_with_its_own_report_counts_once() -> None:
    room = Newsroom()
    first = room.covers("1", by="gazette")
    assert (first.new, first.new_publisher) == (True, True)
    assert room.covers("2", by="courier").new
    again = room.covers("3", by="gazette")
    assert (again.new, again.new_publisher) == (False, False)
    assert again.reason == "Gazette is already a source of this story"
    assert room.sources() == ["publisher:gazette", "publisher:courier"]


def test_outlets_of_one_owner_are_one_source() -> None:
    room = Newsroom()
    assert room.covers("1", by=publisher("north-post", owner="Sarn Media")).new
    sister = room.covers("2", by=publisher("south-post", owner="Sarn Media"))
    assert (sister.new, sister.new_publisher) == (False, True)
    assert sister.source is not None
    assert sister.source.key == "owner:Sarn Media"
    assert "Sarn Media" in sister.reason
    assert room.sources() == ["owner:Sarn Media"]


def test_a_text_without_a_publisher_is_never_a_source() -> None:
    room = Newsroom()
    anonymous = room.covers("1", by=None)
    assert (anonymous.source, anonymous.new, anonymous.new_publisher) == (None, False, False)
    assert anonymous.reason == "the text does not say who published it"
    assert room.sources() == []


def test_a_page_of_teasers_does_not_count_for_its_publisher() -> None:
    room = Newsroom()
    teasers = room.covers("1", by="gazette", kind=Kind.LISTING)
    assert (teasers.source, teasers.new, teasers.new_publisher) == (None, False, False)
    assert teasers.reason == "a page of teasers is no report of its own"
    report = room.covers("2", by="gazette")
    assert (report.new, report.new_publisher) == (True, True)


@pytest.mark.parametrize("kind", [Kind.HEADLINE, Kind.STUB, Kind.LIVE, Kind.GALLERY])
def test_short_forms_of_reports_are_sources(kind: Kind) -> None:
    assert Newsroom().covers("1", by="gazette", kind=kind).new


@pytest.mark.parametrize("relation", [Relation.EXACT, Relation.NEAR, Relation.WIRE])
def test_copies_of_one_text_count_once_whoever_carries_them(relation: Relation) -> None:
    room = Newsroom()
    room.covers("1", by="wire")
    copy = room.covers("2", by="courier", relation=relation, of="1")
    assert (copy.new, copy.new_publisher) == (False, True)
    assert "copy" in copy.reason
    assert room.sources() == ["publisher:wire"]
    assert room.update is not None
    assert room.update.story.publishers == ("Wire", "Courier")


def test_a_report_of_its_own_after_a_copy_is_a_new_source() -> None:
    room = Newsroom()
    room.covers("1", by="wire")
    room.covers("2", by="courier", relation=Relation.WIRE, of="1")
    own = room.covers("3", by="courier")
    assert (own.new, own.new_publisher) == (True, False)
    assert own.reason == "the first report of its own by Courier, which had only copies in this story"


@pytest.mark.parametrize("original_by", [None, "elsewhere"], ids=["no publisher", "not in the story"])
def test_without_its_original_a_text_counts_by_its_first_copy(original_by: str | None) -> None:
    room = Newsroom()
    room.covers("0", by="gazette")
    if original_by is None:
        room.covers("1", by=None)
    assert room.covers("2", by="courier", relation=Relation.NEAR, of="1", group="1").new
    third = room.covers("3", by="herald", relation=Relation.NEAR, of="1", group="1")
    assert (third.new, third.new_publisher) == (False, True)
    assert room.sources() == ["publisher:gazette", "publisher:courier"]


def test_an_update_by_the_same_publisher_is_not_new() -> None:
    room = Newsroom()
    room.covers("1", by="gazette")
    assert not room.covers("2", by="gazette", relation=Relation.UPDATE, of="1").new
    room.covers("3", by="courier", relation=Relation.WIRE, of="1")
    after_copy = room.covers("4", by="courier", relation=Relation.UPDATE, of="3", group="1")
    assert not after_copy.new
    assert room.sources() == ["publisher:gazette"]


def test_a_revision_is_not_new_and_stays_in_its_story() -> None:
    room = Newsroom()
    room.covers("1", by="gazette")
    desk = room.desk
    changed = tagged(fiction.ELECTION, "1", by="gazette", relation=Relation.REVISION, of="1", edit=1)
    answer = desk.file(changed)
    assert answer.update is not None
    assert answer.outcome == answer.update.kind == "revised"
    assert not answer.update.coverage.new
    assert "revision" in answer.update.coverage.reason
    assert answer.update.story.articles == 1
    assert answer.update.story.title == fiction.ELECTION[0]
    assert answer.update.filing.reasons[0] == "is a new revision of an article of this story"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("kestrelpost.de", "Kestrel Post"), ("kestrelpost.fr", "Kestrel Post France"), True),
        (("kestrel-post.co.uk", "The Kestrel Post"), ("kestrelpost.com", "Kestrel Post"), True),
        (("kestrelpost.de", "kestrelpost.de"), ("kestrelpost.fr", "kestrelpost.fr"), False),
        (("kestrelpost.de", "Kestrel Post"), ("kestrelpost.fr", "Rivage"), False),
        (("kestrelpost.com", "Kestrel Post"), ("kestrelpost.net", "Kestrel Post"), False),
        (("herald.ie", "The Herald"), ("herald.co.zw", "The Herald"), False),
        (("dailynews.lk", "Daily News"), ("dailynews.co.tz", "Daily News"), False),
        (("standard.co.uk", "Evening Standard"), ("standard.at", "Standard"), False),
        (("elnuevodia.com.co", "El Nuevo Día"), ("elnuevodia.pr", "El Nuevo Día"), False),
        (("medium.com/@ann", "Ann Lee"), ("medium.de/@ann", "Ann Lee"), False),
        (("kestrelpost", "Kestrel Post"), ("kestrelpost.fr", "Kestrel Post"), False),
    ],
)
def test_equal_labels_are_editions_if_both_spell_a_proper_name(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    assert is_edition(one, other) is is_edition(other, one) is same


def test_editions_of_one_house_are_one_source() -> None:
    room = Newsroom()
    assert room.covers("1", by=Publisher(id="kestrelpost.de", name="Kestrel Post")).new
    other = room.covers("2", by=Publisher(id="kestrelpost.fr", name="Kestrel Post France"))
    assert (other.new, other.new_publisher) == (False, True)
    assert "an edition of Kestrel Post" in other.reason
    assert room.covers("3", by=Publisher(id="ebbpost.fr", name="Ebb Post")).new
    assert not room.covers("4", by=Publisher(id="kestrelpost.fr", name="kestrelpost.fr")).new


@pytest.mark.parametrize("owned_first", [True, False])
def test_an_outlet_is_one_source_with_or_without_its_owner(owned_first: bool) -> None:
    owned = Publisher(id="coast.fr", name="Coast", owner="coast.com")
    plain = Publisher(id="coast.fr", name="Coast")
    room = Newsroom()
    assert room.covers("1", by=owned if owned_first else plain).new
    assert not room.covers("2", by=plain if owned_first else owned).new
    assert not room.covers("3", by=Publisher(id="coast.com", name="Coast")).new


def test_a_story_of_very_many_sources_lists_some_and_counts_all() -> None:
    filed = Stories(window=fiction.WINDOW).file(tagged(fiction.FIRE, "1"), 1, fiction.START)
    assert filed.update is not None
    row = filed.rows["1"]
    assert isinstance(row, FilingRow)
    tally = StoryTally()
    tally.add("1", row, 0)
    for number in range(MOST_LISTED + 50):
        source = Source(key=f"publisher:{number}", name=f"Paper {number}")
        tally.sources.add(
            Coverage(source=source, new=True, new_publisher=True, reason=""), (source.key, source.name), f"g{number}"
        )
    story = tally.story("s", "en")
    assert (len(story.sources), len(story.publishers)) == (MOST_LISTED, MOST_LISTED)
    assert story.all_sources == filed.update.story.all_sources + MOST_LISTED + 50
    assert story.all_publishers == filed.update.story.all_publishers + MOST_LISTED + 50

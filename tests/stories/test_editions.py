"""Editions of one house under several national domains, and strangers whose domains look alike."""

import pytest

from streams.contract.messages import Publisher
from streams.stories.coverage import is_edition
from tests.stories.test_coverage import Newsroom


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
def test_equal_labels_are_editions_where_both_spell_a_name_of_their_own(
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
def test_an_outlet_is_one_source_also_where_a_page_does_not_tell_its_owner(owned_first: bool) -> None:
    owned = Publisher(id="coast.fr", name="Coast", owner="coast.com")
    plain = Publisher(id="coast.fr", name="Coast")
    room = Newsroom()
    assert room.covers("1", by=owned if owned_first else plain).new
    assert not room.covers("2", by=plain if owned_first else owned).new
    assert not room.covers("3", by=Publisher(id="coast.com", name="Coast")).new

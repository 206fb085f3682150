"""Which entries of a feed are new."""

from collections.abc import Sequence

import pytest

from tests.connectors.feeds.desk import Desk
from tests.connectors.feeds.paper import PAGE, item, rss
from tests.connectors.http.serving import Answer, Site


def _polls(desk: Desk, site: Site, *feeds: Sequence[tuple[str, str, str]]) -> list[int]:
    """How many articles each poll of a feed brings, whose entries are (guid, link, title)."""
    new = []
    for entries in feeds:
        for _, path, title in entries:
            site.routes[path] = Answer(f"<p>Page {title}</p>".encode(), headers=PAGE)
        items = [item(site.url(path), guid, title=title) for guid, path, title in entries]
        site.routes["/feed"] = Answer(rss(*items))
        new.append(desk.once(site.url("/feed")).new)
    return new


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        (("fixed", "/a", "One"), ("fixed", "/b", "Two"), 1),  # an id that is the feed's
        (("id1", "/", "One"), ("id2", "/", "Two"), 1),  # a link to the front page
        (("id1", "/a", "Briefing"), ("id2", "/b", "Briefing"), 1),  # a headline that recurs
        (("id1", "/a", "One"), ("id1", "/a", "One, edited"), 0),
        (("id1", "/a", "One"), ("id1", "/moved", "One"), 0),
        (("id1", "/a", "One"), ("id2", "/a", "One"), 0),  # ids that are made anew
    ],
)
def test_two_of_id_link_and_title_make_it_the_same_entry(
    desk: Desk, site: Site, first: tuple[str, str, str], second: tuple[str, str, str], taken: int
) -> None:
    assert _polls(desk, site, [first], [second]) == [1, taken]


def test_ids_that_are_positions_hide_no_new_entry(desk: Desk, site: Site) -> None:
    old = [("1", "/a", "A"), ("2", "/b", "B")]
    assert _polls(desk, site, old, [("1", "/c", "C"), ("2", "/a", "A"), ("3", "/b", "B")]) == [2, 1]

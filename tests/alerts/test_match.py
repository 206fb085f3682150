"""The tracks that an update concerns: by story, by query, and by a story that once matched a query."""

from datetime import datetime

import pytest
from msgspec.structs import replace

from streams.alerts import query
from streams.alerts.catalogue import MOST_UNINDEXED, Catalogue
from streams.alerts.match import MOST_TRACKS, FollowedStory, QueryFollows
from streams.contract import analyzer
from streams.contract.errors import Undecodable
from streams.contract.messages import MAX_VALUE_BYTES, StoryUpdate, Track
from streams.runtime.state.table import pack
from tests.fiction import NOON, after, coverage, track, update


def by_id(*tracks: Track) -> Catalogue:
    return Catalogue(tracks)


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ({"words": ("wall",)}, True),
        ({"words": ("wall", "dunmoor")}, True),
        ({"words": ("wall", "bridge")}, False),
        ({"words": ("wal",)}, False),
        ({"entities": ("place:dunmoor",)}, True),
        ({"entities": ("dunmoor",)}, True),
        ({"entities": ("doe",)}, True),
        ({"entities": ("jane doe",)}, True),
        ({"entities": ("jane d",)}, False),
        ({"entities": ("person:doe",)}, False),
        ({"entities": ("person:dunmoor",)}, False),
        ({"entities": ("dunmoor", "doe")}, True),
        ({"words": ("wall",), "entities": ("tarn",)}, False),
        ({"words": ()}, False),
    ],
)
def test_a_query_wants_all_its_words_and_names_whole(query: dict[str, tuple[str, ...]], answers: bool) -> None:
    about = update(keys=("place:dunmoor", "person:jane doe"))
    asked = track("q", **query)
    found = by_id(track("t1"), track("other", words=("ferry",)), asked).answering(about)
    assert [one.id for one in found] == (["q"] if answers else [])


FALL = "Ferries stop as the harbour wall at Dunmoor gives way"


def said(*texts: str) -> StoryUpdate:
    return replace(update(terms=()), text=analyzer.searchable(*texts))


@pytest.mark.parametrize(
    ("typed", "answers"),
    [
        ("wall", True),
        ("WALL dunmoor", True),
        ("wall AND bridge", False),
        ('"harbour wall"', True),
        ('"wall harbour"', False),
        ('"gives way Ropes"', False),
        ("wall -ferries", False),
        ("wall NOT bridge", True),
        ("bridge OR wall", True),
        ("bridge | pier", False),
        ("ferr*", True),
        ("ferr", False),
        ("(bridge | wall) -(pier | tram)", True),
        ('wall -"wall at dunmoor"', False),
        ("repaired", True),
    ],
)
def test_a_query_means_what_was_typed(typed: str, answers: bool) -> None:
    tracks = by_id(track("other", words=("ferry",)), track("q", query=typed))
    found = tracks.answering(said(FALL, "Ropes hold it until it is repaired."))
    assert [one.id for one in found] == (["q"] if answers else [])


def test_a_query_and_names_are_all_asked_for() -> None:
    asked = track("q", query="wall -bridge", entities=("dunmoor",))
    assert by_id(asked).answering(said(FALL)) == [asked]
    assert by_id(asked).answering(replace(said(FALL), names=())) == []


def test_an_update_of_older_code_is_asked_for_words() -> None:
    tracks = by_id(track("q", query="wall -bridge"), track("r", query="wall -harbour"))
    assert [one.id for one in tracks.answering(update(terms=("harbour", "wall")))] == ["q"]


def test_tracks_without_an_index_term_are_counted_and_bounded() -> None:
    count = MOST_UNINDEXED + 2
    broad = [track(f"b{n:05}", query="-bridge", created_at=after(seconds=-count + n)) for n in range(count)]
    tracks = by_id(*reversed(broad), track("rare", query="wall -bridge"))
    assert (tracks.unindexed, tracks.left_out) == (MOST_UNINDEXED + 2, 2)
    found = {one.id for one in tracks.answering(said(FALL))}
    assert found == {one.id for one in broad[:MOST_UNINDEXED]} | {"rare"}, "those made first, in any order of reading"
    assert QueryFollows().match(said(FALL), 1, tracks).left_out >= 2
    for one in broad[:-3]:
        del tracks[one.id]
    assert (tracks.unindexed, tracks.left_out) == (3, 0)
    assert {one.id for one in tracks.answering(said(FALL))} == {"rare", *(one.id for one in broad[-3:])}


def test_an_update_without_a_text_answers_no_query() -> None:
    tracks = by_id(track("q", query="-bridge"), track("r", query="language:en"))
    assert tracks.answering(update(terms=())) == []
    assert len(tracks.answering(said(FALL))) == 2


@pytest.mark.parametrize("typed", ["ferr*", "title:ferr*", "person:do*", "publisher:ec*", "ferriesandmore* OR ferr*"])
def test_a_prefix_is_indexed_until_its_track_is_gone(typed: str) -> None:
    about = replace(said(FALL), names=("person:jane doe",))
    tracks = by_id(track("q", query=typed), track("r", query=typed))
    assert len(tracks.answering(about)) == 2
    del tracks["q"]
    assert [one.id for one in tracks.answering(about)] == ["r"]
    tracks["r"] = track("r", query="pier*")
    assert tracks.answering(about) == []


def test_the_reason_shows_the_query_as_typed() -> None:
    tracks = by_id(track("q", query="wall -bridge"))
    [found] = QueryFollows().match(said(FALL), 7, tracks).candidates
    assert found.update is not None
    assert (found.why, found.update.text) == ("the article answers the query: wall -bridge", "")


def test_a_query_of_a_newer_version_is_rejected() -> None:
    tracks, before = Catalogue(), track("q", query="wall")
    tracks["q"] = before
    with pytest.raises(Undecodable, match="column 1"):
        tracks["q"] = track("q", query="mood:grim")
    assert tracks.answering(said(FALL)) == [before]


def test_few_of_many_tracks_are_asked_though_they_share_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of evaluated queries for an article with a word of all of them; counted, not timed."""
    asked: list[query.Query] = []
    holds = query.holds

    def counted(one: query.Query, article: query.QueriedArticle, now: datetime) -> bool:
        asked.append(one)
        return holds(one, article, now)

    monkeypatch.setattr(query, "holds", counted)
    shapes = (
        "harbour town{}",
        "harbour (town{} | pier{})",
        '"harbour town{}"',
        "harbour* town{} -tram",
        "harbour to{}wn*",
    )
    queries = [shape.replace("{}", str(n)) for n in range(1_000) for shape in shapes]
    tracks = by_id(*(track(f"q{n}", query=one) for n, one in enumerate(queries)))
    assert len(tracks.answering(said("Harbour town7 closes", "A wall of the harbour fell."))) == 4
    assert len(asked) < 50


def test_changed_and_removed_tracks_leave_their_index_entries() -> None:
    tracks = by_id(track("q", words=("wall",)), track("t1"))
    tracks["q"] = track("q", entities=("doe",))
    assert tracks.answering(update(terms=("wall",))) == []
    assert [one.id for one in tracks.answering(update(terms=(), keys=("person:jane doe",)))] == ["q"]
    del tracks["q"], tracks["t1"]
    assert tracks.answering(update(terms=("wall",), keys=("person:jane doe",))) == []
    assert tracks.of_story("s1") == []
    assert len(tracks) == 0


def test_a_track_on_a_story_concerns_its_updates_and_no_others() -> None:
    follows, tracks = QueryFollows(), by_id(track("t1"), track("t2", story="s2"))
    [found] = follows.match(update("s1"), 7, tracks).candidates
    assert found.update is not None
    assert (found.track.id, found.update.story.id, found.why) == ("t1", "s1", "follows this story")


def test_candidates_come_in_the_order_of_the_tracks_ids() -> None:
    tracks = by_id(track("c"), track("a", words=("wall",)), track("b"))
    assert [one.track.id for one in QueryFollows().match(update(), 7, tracks).candidates] == ["a", "b", "c"]


def test_a_query_follows_a_story_through_other_words() -> None:
    follows, tracks = QueryFollows(), by_id(track("q", words=("wall",)))
    first = follows.match(update(terms=("wall",)), 7, tracks)
    assert first.rows == {"s1": FollowedStory(("q",), (7,), NOON)}
    assert [one.why for one in first.candidates] == ["the article answers the query: wall"]
    later = follows.match(update(by="Tarn Post", terms=("breakwater",)), 8, tracks)
    assert later.rows == {}
    assert [one.why for one in later.candidates] == ["an earlier article of the story answered the query: wall"]
    assert follows.match(update("s2", terms=("breakwater",)), 8, tracks).candidates == ()


def test_what_a_query_follows_is_known_after_a_restart() -> None:
    tracks = by_id(track("q", words=("wall",)))
    rows = QueryFollows().match(update(terms=("wall",)), 7, tracks).rows
    again = QueryFollows()
    for key, row in rows.items():
        assert row is not None
        again.restore(key, row)
    again.build_indexes()
    assert len(again.match(update(terms=("breakwater",)), 8, tracks).candidates) == 1


def test_a_replay_from_before_a_query_followed_is_the_same() -> None:
    follows, tracks = QueryFollows(), by_id(track("q", words=("wall",)))
    before = update(by="Tarn Post", terms=("breakwater",))
    assert follows.match(before, 6, tracks).candidates == ()
    row = follows.match(update(terms=("wall",)), 7, tracks).rows["s1"]
    assert row is not None
    again = QueryFollows()  # a crash before the commit, or a topic that is read again from its beginning
    again.restore("s1", row)
    assert again.match(before, 6, tracks).candidates == ()
    assert again.match(before, 6, tracks).rows == {}
    assert len(again.match(before, 8, tracks).candidates) == 1


def test_a_row_of_an_older_version_follows_from_the_beginning() -> None:
    follows = QueryFollows()
    follows.restore("s1", FollowedStory(("q",)))
    assert len(follows.match(update(terms=()), 0, by_id(track("q", words=("wall",)))).candidates) == 1


def test_an_article_without_a_source_is_followed_silently() -> None:
    follows, tracks = QueryFollows(), by_id(track("q", words=("wall",)), track("t1"))
    matched = follows.match(update(covers=coverage(new=False, new_publisher=False)), 7, tracks)
    assert matched.candidates == ()
    assert matched.rows == {"s1": FollowedStory(("q",), (7,), NOON)}
    assert len(follows.match(update(terms=()), 8, tracks).candidates) == 2


def test_a_removed_track_takes_its_row_with_it() -> None:
    follows, query = QueryFollows(), track("q", words=("wall",))
    follows.match(update(), 7, by_id(query, track("r", words=("harbour",))))
    one_left = follows.match(update(terms=()), 8, by_id(query))
    assert one_left.rows == {"s1": FollowedStory(("q",), (7,), NOON)}
    none_left = follows.match(update(terms=()), 8, by_id())
    assert (none_left.candidates, none_left.rows) == ((), {"s1": None})


def test_what_goes_out_is_slim_and_has_no_secret() -> None:
    [found] = QueryFollows().match(update(), 7, by_id(track("t1"))).candidates
    assert found.update is not None
    assert (found.update.terms, found.update.names) == ((), ())
    assert found.track.webhook is not None
    assert found.track.webhook.secret == ""
    assert found.track == replace(track("t1"), webhook=found.track.webhook)
    [bare] = QueryFollows().match(update(), 7, by_id(track("t1", webhook=None))).candidates
    assert bare.track.webhook is None


# --- too many tracks ----------------------------------------------------------------------------------------------


def test_tracks_of_an_update_are_bounded_and_the_rest_counted() -> None:
    many = by_id(*(track(f"t{n:05}", story="s1") for n in range(MOST_TRACKS + 3)))
    matched = QueryFollows().match(update(), 1, many)
    assert [one.track.id for one in matched.candidates] == [f"t{n:05}" for n in range(MOST_TRACKS)]
    assert matched.left_out == 3


def test_a_story_is_followed_by_so_many_queries_and_its_row_fits() -> None:
    follows = QueryFollows()
    many = by_id(*(track(f"{n:032}", words=("wall",)) for n in range(2 * MOST_TRACKS)))
    matched = follows.match(update(), 1, many)
    assert (len(matched.candidates), matched.left_out) == (MOST_TRACKS, MOST_TRACKS)
    [row] = matched.rows.values()
    assert row is not None
    assert len(pack(row)) < MAX_VALUE_BYTES / 2
    again = follows.match(update(), 1, many)
    assert again.candidates == matched.candidates, "the same update again says the same"
    few = by_id(*(track(f"{n:032}", words=("wall",)) for n in range(10)))
    assert QueryFollows().match(update(), 1, few).left_out == 0


@pytest.mark.parametrize(
    ("language", "text", "answers"),
    [
        ("en", "ferry", True),
        ("en", "Fähre", False),
        ("de", "Fähre", True),
        ("de", "ferry", False),
        ("fr", "bac", True),
        ("fr", "Fähre", False),
    ],
)
def test_each_language_has_its_query(language: str, text: str, answers: bool) -> None:
    asked = track("q", query="ferry", queries={"de": "Fähre", "fr": "bac OR ferry"})
    about = said(text)
    about = replace(about, article=replace(about.article, language=language))
    assert by_id(asked).answering(about) == ([asked] if answers else [])
    without = track("q", query="", queries={"de": "Fähre", "fr": "bac"})
    assert by_id(without).unindexed == 0
    assert by_id(without).answering(about) == ([without] if answers and language != "en" else [])

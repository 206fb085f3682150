"""What a story says of itself: lists are bounded, counts are not."""

from streams.contract.messages import Coverage, Source
from streams.stories import Stories
from streams.stories.cluster import MOST_LISTED, StoryTally
from tests.stories import fiction
from tests.stories.fiction import tagged


def test_a_story_of_very_many_sources_lists_some_and_counts_all() -> None:
    filed = Stories(window=fiction.WINDOW).file(tagged(fiction.FIRE, "1"), 1, fiction.START)
    assert filed.update is not None
    row = filed.rows["1"]
    assert row is not None
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

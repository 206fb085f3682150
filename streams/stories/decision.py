"""An article and the story that takes it, if any -> its filing, with the reasons."""

from datetime import timedelta

from streams.contract.messages import Filing, TaggedArticle, digest
from streams.stories import reasons
from streams.stories.search import PROBABLE, StoryCandidate
from streams.stories.similarity.features import Features

MOST_SHARED = 20  # entities named in a filing


def joined(best: StoryCandidate, tagged: TaggedArticle, features: Features, *, copied: bool) -> Filing:
    """Return the filing of an article that joins a story. ``copied``: because it copies one of its articles."""
    story = best.story
    nearest = tagged.copy.of if tagged.copy.of and tagged.copy.of in story.rows else best.nearest
    row = story.rows[nearest]
    common = reasons.shared(tagged, features, row)
    gap = story.gap(tagged.article.fetched_at)
    verdict = reasons.judged(features, row, best)
    why = reasons.joined(common, row.headline, gap, verdict)
    if copied:
        why = (reasons.copied(tagged.copy, row.headline), *why)
    return Filing(
        story=story.id,
        decision="joined",
        score=round(best.score, 4),
        threshold=best.threshold,
        reasons=why,
        nearest=nearest,
        shared_entities=common.names[:MOST_SHARED],
        shared_terms=common.terms,
        shared_quotes=reasons.shown_quotes(common),
        shared_figures=reasons.shown_figures(common),
        gap_seconds=gap.total_seconds(),
    )


def created(best: StoryCandidate | None, tagged: TaggedArticle, features: Features, window: timedelta) -> Filing:
    """Return the filing of an article that begins a story. ``best``: the nearest one."""
    score, threshold, nearest = 0.0, PROBABLE, None
    verdict: tuple[str, ...] = ()
    if best is not None:
        row = best.story.rows[best.nearest]
        score, threshold, nearest = best.score, best.threshold, row.headline
        verdict = reasons.judged(features, row, best)
    vetoed = best is not None and best.vetoed and best.ratio >= 1
    why = reasons.created(nearest, verdict, window, vetoed=vetoed)
    return Filing(
        story=digest("story", tagged.article.id),
        decision="created",
        score=round(score, 4),
        threshold=threshold,
        reasons=why,
    )

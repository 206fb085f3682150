"""The way of an article as its documents tell it, after a run of the whole pipeline."""

from itertools import pairwise

from connectors.elastic.records import AlertRecord, ArticleRecord, Stages, StageTimes
from deploy.system import System
from streams import __version__
from tests.connectors.cli.running import Command
from tests.pipeline.running.conftest import RunningWorker
from tests.pipeline.runs import open_edges, own, run

TO_A_STORY = ("receive", "clean", "dedup", "tag", "story")
TO_A_RECEIVER = (*TO_A_STORY, "match", "decide", "deliver")


def test_documents_and_trace_tell_the_time_at_each_stage(worker: RunningWorker) -> None:
    system = worker.system
    filed = run(system, own(25, 28))["articles"]
    with open_edges(system) as edges:
        edges.search.refresh()
        [alert] = [one for one in edges.search.alerts() if one.story.id == filed[0]["story"]]
        story = edges.search.story(alert.story.id)
        article = edges.search.article(alert.article.id)
    assert article is not None
    assert story is not None
    for found, passed in ((article, TO_A_STORY), (story, TO_A_STORY), (alert, TO_A_RECEIVER)):
        times = in_order(found.article.stages, passed)
        assert {one.version for one in times} == {__version__}
        assert all(one.left is not None and one.arrived <= one.left for one in times[:-1])
        assert all(one.left is not None and one.left <= next_.arrived for one, next_ in pairwise(times))
    assert [answer.code for answer in alert.delivery.answers] == [204]
    check_command(system, article, alert)


def check_command(system: System, article: ArticleRecord, alert: AlertRecord) -> None:
    """`trace` tells the same, on a screen and for programs."""
    storywatch = Command(system.settings.data_dir, system.environment())
    told = storywatch("trace", article.article.id[:12], "--scan", "1000", "--json").json
    assert [one["stage"] for one in told["stages"]] == [*TO_A_STORY, "store"]
    assert all(one["waited_seconds"] >= 0 for one in told["stages"][1:])
    assert [one["stage"] for one in told["messages"]] == ["clean", "dedup", "tag", "story", "store_articles"]
    assert told["alerts"][0]["id"] == alert.alert.id
    assert told["alerts"][0]["delivery"]["answers"][0]["code"] == 204
    assert article.url is not None
    screen = storywatch("trace", article.url.full)
    assert screen.code == 0
    assert [line.split()[0] for line in screen.lines if __version__ in line] == [*TO_A_STORY, "store"]
    assert article.story.filing.reasons[0] in screen.out
    assert "answered 204" in screen.out


def in_order(stages: Stages | None, passed: tuple[str, ...]) -> list[StageTimes]:
    """The times of these stages and of the store; there are no others."""
    assert stages is not None
    known = {name: getattr(stages, name) for name in Stages.__struct_fields__}
    assert {name for name, times in known.items() if times is not None} == {*passed, "store"}
    return [known[name] for name in (*passed, "store")]

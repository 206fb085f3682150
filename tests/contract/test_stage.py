"""What a stage declares is held: options that its shape has, topics that it sends to, a topic of its own."""

from pathlib import Path
from typing import Any

import pytest

from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.errors import FatalError
from streams.contract.messages import RawArticle
from streams.contract.stage import WORK, Effects, RecordContext, Stage, stage
from streams.runtime.delivery.crash_log import Crashes
from streams.runtime.delivery.deciding import Deciding
from streams.runtime.delivery.retry import Patience
from streams.runtime.faust.app import build
from streams.runtime.settings import Settings
from tests.agents.doubles import at
from tests.fiction import clean


async def nothing(tools: Services, *rest: Any) -> None: ...


async def copies(raw: RawArticle, tools: Services, at: RecordContext) -> Effects:
    return Effects()


@pytest.mark.parametrize("option", ["before", "background"])
def test_an_option_that_a_stateless_stage_does_not_have_is_refused(option: str) -> None:
    options: dict[str, Any] = {option: nothing}
    with pytest.raises(TypeError, match="stage copies keeps no state"):
        stage(app=WORK, reads=topics.RAW, sends=[topics.CLEAN], **options)(copies)


def deciding(of: Stage, folder: Path) -> Deciding:
    settings = Settings()
    return Deciding(of, Services(settings), Patience(of, settings), Crashes(folder, of.name, 1))


def test_a_message_to_a_topic_that_was_not_declared_is_our_error(tmp_path: Path) -> None:
    """Not the message's: it ends the process, and is no dead letter."""
    one = deciding(stage(app=WORK, reads=topics.RAW, sends=[topics.TAGGED])(copies), tmp_path)
    with pytest.raises(FatalError, match=r"stage copies is not declared to send to articles\.clean"):
        one._ready(Effects((topics.CLEAN, clean())), at())


def test_rows_of_a_stage_that_keeps_none_are_our_error(tmp_path: Path) -> None:
    one = deciding(stage(app=WORK, reads=topics.RAW)(copies), tmp_path)
    with pytest.raises(FatalError, match="stage copies is not declared to keep rows"):
        one._ready(Effects(rows={"a": clean()}), at())


def test_two_stages_of_one_app_cannot_read_one_topic(tmp_path: Path) -> None:
    first = stage(app=WORK, reads=topics.RAW)(copies)
    second = Stage("others", WORK, topics.RAW, copies)
    settings = Settings(kafka="127.0.0.1:1")
    with pytest.raises(TypeError, match="copies and others of app work read one topic"):
        build(WORK, [first, second], settings, Services(settings), tmp_path)

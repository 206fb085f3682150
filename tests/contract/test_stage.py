"""What a stage declares is enforced: the topics that it sends to, its rows, and a topic of its own."""

from pathlib import Path
from typing import Any

import pytest

from streams.agents.support.services import Services
from streams.contract import topics
from streams.contract.errors import FatalError
from streams.contract.messages import RawArticle
from streams.contract.stage import WORK, Effects, Outgoing, RecordContext, Stage, windowed_stage
from streams.runtime.delivery.committer import AppContext, Committer
from streams.runtime.delivery.offsets import OffsetLedger
from streams.runtime.faust.app import build
from streams.runtime.processes.crash_log import CrashLog
from streams.runtime.settings import Settings
from streams.runtime.state.partition_states import Partitions
from tests.agents.doubles import at
from tests.fiction import clean, raw
from tests.runtime.doubles import Group


async def copies(raw: RawArticle, services: Services, context: RecordContext) -> Effects:
    return Effects()


async def others(raw: RawArticle, services: Services, context: RecordContext) -> Effects:
    return Effects()


@pytest.mark.parametrize("option", ["prepare", "background", "new_state", "parse"])
def test_a_shape_has_no_options_of_another_one(option: str) -> None:
    options: dict[str, Any] = {option: copies}
    with pytest.raises(TypeError, match=option):
        windowed_stage(app=WORK, reads=topics.RAW, sends=[topics.CLEAN], **options)


def committer(stage: Stage, folder: Path) -> Committer:
    settings, group, partitions = Settings(), Group(), Partitions()
    app = AppContext(group, partitions, OffsetLedger(group, partitions), settings, Services(settings), {}, folder)
    return Committer(stage, app, CrashLog(folder, stage.name, 1))


def test_a_message_to_an_undeclared_topic_is_our_error(tmp_path: Path) -> None:
    """It ends the process, and makes no dead letter."""
    one = committer(windowed_stage(app=WORK, reads=topics.RAW, sends=[topics.TAGGED])(copies), tmp_path)
    with pytest.raises(FatalError, match=r"stage copies is not declared to send to articles\.clean"):
        one.encode(Effects(Outgoing(topics.CLEAN, clean())), at())


def test_rows_of_a_stage_without_a_table_are_our_error(tmp_path: Path) -> None:
    one = committer(windowed_stage(app=WORK, reads=topics.RAW)(copies), tmp_path)
    with pytest.raises(FatalError, match="stage copies is not declared to keep rows"):
        one.encode(Effects(rows={"a": clean()}), at())


def test_two_stages_of_one_app_cannot_read_one_topic(tmp_path: Path) -> None:
    stages = [windowed_stage(app=WORK, reads=topics.RAW)(one) for one in (copies, others)]
    settings = Settings(kafka="127.0.0.1:1")
    with pytest.raises(TypeError, match="copies and others of app work read one topic"):
        build(WORK, stages, settings, Services(settings), tmp_path)


def test_a_message_of_another_type_is_a_type_error() -> None:
    """mypy checks these lines: without the errors that they ignore, it would report an unused ignore."""
    wrong = Outgoing(topics.CLEAN, raw())  # type: ignore[misc]
    assert Effects(wrong).messages == (wrong,)

    @windowed_stage(app=WORK, reads=topics.CLEAN)  # type: ignore[arg-type]
    async def reads_another_type(raw: RawArticle, services: Services, context: RecordContext) -> Effects:
        return Effects()

    assert reads_another_type.reads is topics.CLEAN

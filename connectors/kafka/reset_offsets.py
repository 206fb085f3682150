"""Changelogs that are gone in; the stages behind them told to read their input again, so that they know all anew, out.

A changelog that somebody deleted is what a stage remembered. Made anew it is empty, and the stage would go on from its
last commit as if it had never seen anything. From the beginning of its input it comes to know again what that still
holds; what it sends meanwhile has the ids that it had before, so nothing is stored or delivered twice.
"""

from functools import partial

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.structs import OffsetAndMetadata

from connectors.kafka.admin import Existing, admin, commits, of_group
from streams.contract.errors import UsageError
from streams.contract.topics import changelog
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE, StageEntry


def forgotten(settings: Settings, present: Existing) -> list[StageEntry]:
    """The stages that keep rows and whose changelog is not there."""
    return [
        stage
        for stage in PIPELINE
        if stage.table and changelog(settings.app_id(stage.app), stage.table) not in present.partitions
    ]


def rewind(settings: Settings, stage: StageEntry) -> bool:
    """Let the stage's group read its input from the beginning; False when it has read nothing of it yet.

    Raises `UsageError` while a worker has the group's partitions: its next commit would undo this.
    """
    group, topic = settings.app_id(stage.app), stage.reads.name(settings.topic_prefix)
    with admin(settings) as client:
        (described,) = client.describe_topics([topic])
        parts = [TopicPartition(topic, part["partition_index"]) for part in described["partitions"]]
        if not parts:
            return False  # the topic is not there either: this is the first `init`
        committed = commits(client, group, parts)
        read = [part for part in parts if part in committed and committed[part].offset > 0]
        if not read:
            return False
        if of_group(partial(client.describe_groups, [group])).get(group, {}).get("members"):
            raise UsageError(
                f"stage {stage.name} has to read {topic} again, since its changelog is gone: stop every worker first, "
                f"then run `storywatch init` again"
            )
        earliest = client.list_partition_offsets(dict.fromkeys(read, OffsetSpec.EARLIEST))
        beginning = {part: OffsetAndMetadata(earliest[part].offset, "", None) for part in read}
        of_group(partial(client.alter_group_offsets, group, beginning))
        return True

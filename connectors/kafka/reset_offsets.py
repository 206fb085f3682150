"""Resets stages whose changelog is gone: they read their input again from the beginning and rebuild what they knew.

A deleted changelog held what a stage remembered. An empty new one would let the stage continue from its last commit
as if it had never seen anything. From the beginning of its input it rebuilds what that input still holds; what it sends
meanwhile has the same ids as before, so nothing is stored or delivered twice.
"""

from functools import partial

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.structs import OffsetAndMetadata

from connectors.kafka.admin import ExistingTopics, admin, ask_coordinator, committed_offsets
from streams.contract.errors import UsageError
from streams.contract.topics import changelog
from streams.runtime.settings import Settings
from streams.runtime.topology import PIPELINE, StageEntry


def stages_without_changelog(settings: Settings, present: ExistingTopics) -> list[StageEntry]:
    """The stages that have a table and whose changelog topic does not exist."""
    return [
        stage
        for stage in PIPELINE
        if stage.table and changelog(settings.app_id(stage.app), stage.table) not in present.partitions
    ]


def reset_to_beginning(settings: Settings, stage: StageEntry) -> bool:
    """Reset the stage's consumer group to the beginning of its input; False when it has not committed anything yet.

    Raises `UsageError` while the group has members: their next commit would undo the reset.
    """
    group, topic = settings.app_id(stage.app), stage.reads.name(settings.topic_prefix)
    with admin(settings) as client:
        (described,) = client.describe_topics([topic])
        parts = [TopicPartition(topic, part["partition_index"]) for part in described["partitions"]]
        if not parts:
            return False  # the topic does not exist either: this is the first `init`
        committed = committed_offsets(client, group, parts)
        read = [part for part in parts if part in committed and committed[part].offset > 0]
        if not read:
            return False
        if ask_coordinator(partial(client.describe_groups, [group])).get(group, {}).get("members"):
            raise UsageError(
                f"stage {stage.name} has to read {topic} again, since its changelog is gone: stop every worker first, "
                f"then run `storywatch init` again"
            )
        earliest = client.list_partition_offsets(dict.fromkeys(read, OffsetSpec.EARLIEST))
        beginning = {part: OffsetAndMetadata(earliest[part].offset, "", None) for part in read}
        ask_coordinator(partial(client.alter_group_offsets, group, beginning))
        return True

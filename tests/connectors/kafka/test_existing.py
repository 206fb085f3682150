"""Topics with wrong settings are named, with the command that corrects them."""

import re

import pytest

from connectors.kafka.admin import ExistingTopics
from streams.contract.errors import UsageError
from streams.runtime import topology
from streams.runtime.settings import Settings

SETTINGS = Settings(partitions=4)
WANTED = topology.required_topics(SETTINGS)


def test_the_topics_of_a_complete_cluster_pass_the_check() -> None:
    present = ExistingTopics(dict.fromkeys(WANTED, 4))
    present.check(WANTED, 4)
    assert present.missing(WANTED) == []


def test_another_number_of_partitions_names_the_setting() -> None:
    present = ExistingTopics({**dict.fromkeys(WANTED, 4), "articles.clean.v1": 2})
    says = "topic articles.clean.v1 has 2 partitions, the setting STORYWATCH_PARTITIONS says 4: set it to 2"
    with pytest.raises(UsageError, match=f"^{re.escape(says)}"):
        present.check(WANTED, 4)


def test_before_init_all_is_missing_and_that_is_no_loss() -> None:
    with pytest.raises(
        UsageError, match=rf"articles\.raw\.v1 is missing \({len(WANTED)} in all\): run `storywatch init`"
    ):
        ExistingTopics({}).check(WANTED, 4)


def test_a_missing_changelog_is_reported_as_a_loss() -> None:
    gone = next(name for name in WANTED if name.endswith("-changelog"))
    present = ExistingTopics({name: 4 for name in WANTED if name != gone})
    with pytest.raises(UsageError, match=f"changelog {gone} is missing, and with it what a stage remembers"):
        present.check(WANTED, 4)

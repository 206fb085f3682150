"""What the tests of the delivery queues share."""

import pytest

from streams.alerts.deliver.attempts import RunningAttempts


@pytest.fixture
def attempts() -> RunningAttempts:
    return RunningAttempts()

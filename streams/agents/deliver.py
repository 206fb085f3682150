"""alerts -> receivers: queues alerts and notices with the outcomes of attempts; background work sends what is due.

A message is acknowledged once its row is written. An outcome is a message of the same topic, which updates the row.
"""

from streams.agents.support.webhook_dispatch import send_due_alerts
from streams.alerts.deliver.queues import Queues
from streams.contract import topics
from streams.contract.messages import Deliverable
from streams.contract.stage import ORDERED_INTERVAL_SECONDS, STATE, Effects, RecordContext, ordered_stage


@ordered_stage(
    app=STATE,
    reads=topics.ALERTS,
    sends=[topics.ALERTS],
    new_state=lambda services: Queues(),
    background=send_due_alerts,
    max_batch_interval_seconds=ORDERED_INTERVAL_SECONDS,  # the article of an outcome may be days old without a backlog
)
def deliver(alert: Deliverable, queues: Queues, at: RecordContext) -> Effects:
    outcome, rows = queues.take(alert, at.time, at.trace)
    return Effects(rows=rows, outcome=outcome)

"""alerts -> webhooks: alerts and the outcomes of their attempts in; background work sends what is due.

A message is acknowledged once its row is written. An outcome goes back into the topic and changes the row in its turn.
"""

from streams.agents.support.webhook_dispatch import send_what_is_due
from streams.alerts.deliver import Queues
from streams.contract import topics
from streams.contract.messages import Alert
from streams.contract.stage import STATE, Effects, RecordContext, ordered_stage


@ordered_stage(
    app=STATE,
    reads=topics.ALERTS,
    sends=[topics.ALERTS],
    new_state=lambda tools: Queues(),
    background=send_what_is_due,
)
def deliver(alert: Alert, queues: Queues, at: RecordContext) -> Effects:
    outcome, rows = queues.take(alert, at.time, at.trace)
    return Effects(rows=rows, outcome=outcome)

"""alerts -> webhooks: alerts and the outcomes of their attempts in; background work sends what is due.

A message is acknowledged once its row is written. An outcome goes back into the topic and changes the row in its turn.
"""

from streams import topics
from streams.alerts.deliver import Queues
from streams.messages import Alert
from streams.sending import send_what_is_due
from streams.stage import STATE, At, Effects, stage


@stage(
    app=STATE,
    reads=topics.ALERTS,
    sends=[topics.ALERTS],
    keeps=lambda tools: Queues(),
    background=send_what_is_due,
)
def deliver(alert: Alert, queues: Queues, at: At) -> Effects:
    outcome, rows = queues.take(alert, at.time, at.way)
    return Effects(rows=rows, outcome=outcome)

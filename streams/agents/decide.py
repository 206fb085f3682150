"""alerts.candidates -> alerts: an alert for each receiver if the track of a candidate fires for a new fact.

What a track holds back (quiet hours, digests) is in the rows; background work asks for it to be looked at, by a message
to this stage's own topic, so that the log says what was released when.
"""

from streams.agents.support.held_alerts import release_held_alerts
from streams.alerts.decide import AlertLedger
from streams.alerts.receivers import for_receivers
from streams.contract import topics
from streams.contract.messages import Candidate
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.runtime import metrics


@ordered_stage(
    app=STATE,
    reads=topics.CANDIDATES,
    sends=[topics.ALERTS, topics.CANDIDATES],
    new_state=lambda services: AlertLedger(services.settings.public_url),
    background=release_held_alerts,
)
def decide(candidate: Candidate, ledger: AlertLedger, at: RecordContext) -> Effects:
    decision = ledger.decide(candidate, at.offset, at.time)
    metrics.ALERTS.labels(decision.outcome).inc()
    if decision.outcome == "fired":
        for alert in decision.alerts:
            metrics.END_TO_END_SECONDS.labels("alerted").observe((at.time - alert.received_at).total_seconds())
    alerts = [one for alert in decision.alerts for one in for_receivers(alert, candidate.track)]
    messages = [Outgoing(topics.ALERTS, alert) for alert in alerts]
    return Effects(*messages, rows=decision.rows, outcome=decision.outcome)

"""alerts.candidates -> alerts: an alert if the track of a candidate fires and has not fired for the same fact."""

from streams.alerts.decide import AlertLedger
from streams.contract import topics
from streams.contract.messages import Candidate
from streams.contract.stage import STATE, Effects, Outgoing, RecordContext, ordered_stage
from streams.runtime import metrics


@ordered_stage(app=STATE, reads=topics.CANDIDATES, sends=[topics.ALERTS], new_state=lambda services: AlertLedger())
def decide(candidate: Candidate, ledger: AlertLedger, at: RecordContext) -> Effects:
    decision = ledger.decide(candidate, at.offset, at.time)
    metrics.ALERTS.labels(decision.outcome).inc()
    if decision.alert:
        metrics.END_TO_END_SECONDS.labels("alerted").observe((at.time - decision.alert.received_at).total_seconds())
    messages = [Outgoing(topics.ALERTS, decision.alert)] if decision.alert else []
    return Effects(*messages, rows=decision.rows, outcome=decision.outcome)

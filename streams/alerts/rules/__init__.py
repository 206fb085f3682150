"""The rules of tracks, all pure: what an update has to meet, what fires an alert, and when one may be sent.

Read `conditions.py`, `fires.py` and `calendar.py`. Each rule gives a `Check`: its name, which is also the label of
what it stops in `storywatch_alerts_total`, what it saw, and whether it passed.
"""

from streams.alerts.rules.check import Check
from streams.alerts.rules.conditions import conditions
from streams.alerts.rules.edits import kinds_of
from streams.alerts.rules.fires import Fact, Memory, facts

__all__ = ["Check", "Fact", "Memory", "conditions", "facts", "kinds_of"]

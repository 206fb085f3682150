"""The result of one rule, for people who ask why an alert was or was not made."""

from typing import NamedTuple


class Check(NamedTuple):
    """``rule``: its name. ``saw``: what it compared, in words. ``passed``: whether it lets the update fire."""

    rule: str
    saw: str
    passed: bool

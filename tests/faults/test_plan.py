"""The order of the faults: every kind comes, the same seed gives the same, and the short run is short."""

from itertools import islice

from tests.faults.catalogue import FAULTS
from tests.faults.plan import Plan


def names(plan: Plan, count: int) -> list[str]:
    return [fault.name for fault in islice(plan.order(), count)]


def test_every_kind_comes_before_any_comes_again() -> None:
    assert sorted(names(Plan(200, seed=4), len(FAULTS))) == sorted(fault.name for fault in FAULTS)


def test_a_seed_is_an_order() -> None:
    assert names(Plan(200, seed=4), 100) == names(Plan(200, seed=4), 100)
    assert names(Plan(200, seed=4), 100) != names(Plan(200, seed=5), 100)


def test_the_short_run_has_quick_kinds_only() -> None:
    quick = {fault.name for fault in FAULTS if fault.quick}
    assert set(names(Plan(12, seed=1, quick=True), 50)) == quick
    assert len(quick) >= 12


def test_no_two_kinds_have_one_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)

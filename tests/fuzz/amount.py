"""How many inputs the tests with generated inputs try: a few, always the same, or with ``FUZZ`` many times as many.

``FUZZ=50`` tries fifty times as many, other ones in each run (`make fuzz`). A failing input is printed, and kept in
``.hypothesis``, from where the next run of the same kind tries it first.
"""

import os
from typing import Any

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ") or 1)


def inputs(most: int = 100, **others: Any) -> settings:
    """Settings of a test: ``most`` inputs in `make test`. ``others`` are those of `hypothesis.settings`."""
    few = TIMES == 1
    return settings(
        max_examples=most * TIMES,
        deadline=None,
        derandomize=few,
        print_blob=not few,
        suppress_health_check=list(HealthCheck),
        **others,
    )

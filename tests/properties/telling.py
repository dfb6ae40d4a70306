"""How many stories a test tells, and of how many steps.

``HYPOTHESIS_PROFILE=long`` tells longer stories, and many more of them.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

LONGER, MORE = 80, 100


def tell(stories: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    is_long = os.environ.get("HYPOTHESIS_PROFILE") == "long"
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        stories,
        settings=settings(
            max_examples=examples * MORE if is_long else examples,
            stateful_step_count=LONGER if is_long else steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

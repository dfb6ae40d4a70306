"""Letters that could not be read at the opening, inside the action that reads them after all."""

from __future__ import annotations

from biaobao.domain.guarantees.models import Contingency, Letter
from biaobao.domain.guarantees.states import ContingencyState
from biaobao.platform.db import step


@step
def overtake(letter: Letter) -> None:
    """Let what waits for a decision on a locked letter be over: the letter was read, nothing is to decide."""
    waiting = Contingency.objects.filter(letter=letter, state=ContingencyState.PROPOSED)
    waiting.update(state=ContingencyState.OVERTAKEN)

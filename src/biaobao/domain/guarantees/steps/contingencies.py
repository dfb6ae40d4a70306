"""Letters that could not be read at the opening, inside the action that reads them after all."""

from __future__ import annotations

from datetime import datetime

from biaobao.core.actor import Actor
from biaobao.domain.guarantees.models import Contingency, Letter
from biaobao.domain.guarantees.states import ContingencyState
from biaobao.domain.guarantees.steps import letters
from biaobao.platform.audit import log
from biaobao.platform.db import step


@step
def overtake(letter: Letter, *, at: datetime, actor: Actor) -> None:
    """Let what waits for a decision on a locked letter be over: the letter was read, nothing is to decide."""
    waiting = Contingency.objects.filter(letter=letter, state=ContingencyState.PROPOSED)
    if waiting.update(state=ContingencyState.OVERTAKEN):
        log.record(letters.event("contingency.overtaken", letter), at=at, actor=actor)

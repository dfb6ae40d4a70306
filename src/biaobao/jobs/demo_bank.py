"""The demo's bank, heard of in the past."""

from __future__ import annotations

from datetime import datetime

from biaobao.core.actor import SYSTEM
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.booking import actions as booking
from biaobao.jobs import reading, sweeps
from biaobao.platform import clock


def hear(*, at: datetime) -> None:
    """Book all that the sandbox bank has to say by now, as if it had been said at an instant of the past."""
    sweeps.collect_files(clock.now())
    files = bank_files.claim_files(limit=sweeps.BATCH, at=clock.now(), actor=SYSTEM)
    said = [part for file in files for part in reading.parts(file)]
    booking.book(files=said, at=at, actor=SYSTEM)

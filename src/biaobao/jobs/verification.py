"""Commands that an operator runs by hand: recount the books, take a bank's file."""

from __future__ import annotations

import sys
from pathlib import Path

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotFound
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.types import Source
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.ledger import queries as ledger
from biaobao.jobs import sweeps
from biaobao.platform import clock


def verify_ledger() -> int:
    """Recompute the books from their transfers, print what was found, return 1 if anything is off."""
    recount = ledger.recount(actor=SYSTEM)
    mismatches = deposit_standing.mismatches(actor=SYSTEM)
    print(
        f"{recount.accounts} accounts, {recount.transfers} transfers, {recount.moved} moved:"
        f" {len(recount.discrepancies)} totals differ, {len(mismatches)} facts disagree"
    )
    for wrong in recount.discrepancies:
        kept, recounted = (f"{debit} / {credit}" for debit, credit in (wrong.kept, wrong.recounted))
        print(f"  {wrong.account}: kept {kept}, recounted {recounted}")
    for subject, what in mismatches:
        print(f"  {subject} {what}")
    return 1 if recount.discrepancies or mismatches else 0


def import_camt(bank: str, file: str) -> int:
    """Store a bank's file, book what it says, print its receipt."""
    path = Path(file)
    try:
        with path.open("rb") as content:
            receipt = bank_files.receive_file(
                bank=bank,
                source=Source.FOLDER,
                name=path.name,
                content=content,
                at=clock.now(),
                actor=SYSTEM,
            )
    except (NotFound, OSError) as problem:
        print(f"not imported: {problem}", file=sys.stderr)
        return 1
    sweeps.read_files(clock.now())
    print(f"stored as {receipt}")
    return 0

"""Commands that an operator runs by hand: recount the books, take a bank's file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from uuid import UUID

from biaobao.core.actor import SYSTEM
from biaobao.core.refusal import NotFound
from biaobao.domain.banking import queries as bank_queries
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.states import FileState
from biaobao.domain.banking.types import ArrivedFile, ReadFile, Source, UnreadFile
from biaobao.domain.claims import queries as claims
from biaobao.domain.deposits.queries import standing as deposit_standing
from biaobao.domain.guarantees.queries import applications as guarantees
from biaobao.domain.interest import queries as interest
from biaobao.domain.invoices import queries as invoices
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.pools import queries as pools
from biaobao.jobs import sweeps
from biaobao.platform import clock

# A worker that was killed while it read is followed by another a minute later.
QUIET_SECONDS_MAX = 90


def verify_ledger() -> int:
    """Recompute the books from their transfers, print what was found, return 1 if anything is off."""
    recount = ledger.recount(actor=SYSTEM)
    mismatches = (
        *deposit_standing.mismatches(actor=SYSTEM),
        *guarantees.mismatches(actor=SYSTEM),
        *claims.mismatches(actor=SYSTEM),
        *invoices.mismatches(actor=SYSTEM),
        *pools.mismatches(actor=SYSTEM),
        *interest.mismatches(actor=SYSTEM),
    )
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
            arrived = ArrivedFile(bank, Source.FOLDER, path.name, content)
            (receipt,) = bank_files.receive_files(files=[arrived], at=clock.now(), actor=SYSTEM)
    except (NotFound, OSError) as problem:
        print(f"not imported: {problem}", file=sys.stderr)
        return 1
    print(f"stored as {receipt}", flush=True)
    sweeps.read_files(clock.now(), _tell)
    # A worker that runs may have taken it first.
    return 0 if _follow(receipt) else 1


def _tell(file: UnreadFile, read: ReadFile) -> None:
    entries = read.entries_before + len(read.message.entries)
    print(f"{read.bytes_read * 100 // file.size:3d} %  {entries} entries", flush=True)


def _follow(receipt: UUID) -> bool:
    """Print how far a file is read until it is, and tell whether it was."""
    told, quiet = -1, 0
    while True:
        file = bank_queries.progress_of(receipt, actor=SYSTEM)
        if file.state is not FileState.RECEIVED:
            print(f"{file.state.lower().replace('_', ' ')}: {file.entries_read} entries")
            return True
        quiet = quiet + 1 if file.bytes_read == told else 0
        if quiet > QUIET_SECONDS_MAX:
            print("not read yet: the worker will go on with it", file=sys.stderr)
            return False
        if not quiet:
            print(f"{file.percent:3d} %  {file.entries_read} entries", flush=True)
        told = file.bytes_read
        time.sleep(1)

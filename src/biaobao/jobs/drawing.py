"""Draws each state table to docs/states, so that the pictures cannot differ from the code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from biaobao.core.states import State, Table
from biaobao.domain.banking import states as banking
from biaobao.domain.claims import states as claims
from biaobao.domain.deposits import states as deposits
from biaobao.domain.guarantees import states as guarantees
from biaobao.domain.interest import states as interest
from biaobao.domain.invoices import states as invoices
from biaobao.domain.parties import states as parties
from biaobao.domain.pools import states as pools
from biaobao.domain.securities import states as securities
from biaobao.domain.tenders import states as tenders

FOLDER = Path("docs/states")


def draw(*, check: bool) -> int:
    """Write the pictures, or only tell (1) when one of them is not as the code says."""
    drawn = dict(_pictures())
    stale = [
        name
        for name, text in drawn.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]
    if check:
        for name in stale:
            print(f"docs/states/{name} is not as the code says: run make fix", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(drawn[name])
    return 0


def _pictures() -> Iterator[tuple[str, str]]:
    yield _picture("basic-account", parties.BASIC_ACCOUNT, parties.BasicAccountState)
    yield _picture("lot", tenders.LOT, tenders.LotState)
    yield _picture("registration", tenders.REGISTRATION, tenders.RegistrationState)
    yield _picture("bank-file", banking.FILE, banking.FileState)
    yield _picture("notice", banking.NOTICE, banking.NoticeState)
    yield _picture("sub-account", banking.SUB_ACCOUNT, banking.SubAccountState)
    yield _picture("security", securities.SECURITY, securities.SecurityState)
    yield _picture("deposit", deposits.DEPOSIT, deposits.DepositState)
    yield _picture("application", guarantees.APPLICATION, guarantees.ApplicationState)
    yield _picture("exposure", guarantees.EXPOSURE, guarantees.ExposureState)
    yield _picture("letter", guarantees.LETTER, guarantees.LetterState)
    yield _picture("amendment", guarantees.AMENDMENT, guarantees.AmendmentState)
    yield _picture("contingency", guarantees.CONTINGENCY, guarantees.ContingencyState)
    yield _picture("premium-refund", guarantees.PREMIUM_REFUND, guarantees.PremiumRefundState)
    yield _picture("claim", claims.CLAIM, claims.ClaimState)
    yield _picture("membership", pools.MEMBERSHIP, pools.MembershipState)
    yield _picture("hold", pools.HOLD, pools.HoldState)
    yield _picture("forfeiture", pools.FORFEITURE, pools.ForfeitureState)
    yield _picture("deduction", pools.DEDUCTION, pools.DeductionState)
    yield _picture("appeal", pools.APPEAL, pools.AppealState)
    yield _picture("pool-credit", pools.POOL_CREDIT, pools.PoolCreditState)
    yield _picture("pool-refund", pools.POOL_REFUND, pools.PoolRefundState)
    yield _picture("interest", interest.INTEREST, interest.InterestState)
    yield _picture("invoice", invoices.INVOICE, invoices.InvoiceState)


def _picture(name: str, table: Table[State], states: type[State]) -> tuple[str, str]:
    first = next(iter(states))
    promise = " ".join((states.__doc__ or "").split())
    moves = [f"    {old} --> {new}" for old in states for new in sorted(table[old])]
    lines = [f"# {name}", "", promise, "", "```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    return f"{name}.md", "\n".join([*lines, *moves, "```", ""])

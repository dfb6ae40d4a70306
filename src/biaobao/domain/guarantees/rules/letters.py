"""What letters say of those concerned, and how long they must hold."""

from __future__ import annotations

from biaobao.domain.guarantees.types import Guarantor, Party, Works
from biaobao.domain.tenders.types import Lot


def party_of(guarantor: Guarantor) -> Party:
    address = f"{guarantor.address} {guarantor.postcode}".strip()
    return Party(guarantor.name, guarantor.uscc, address, guarantor.phone)


def works_of(lot: Lot) -> Works:
    return Works(lot.project_name, lot.name, lot.code, lot.deadline_at)

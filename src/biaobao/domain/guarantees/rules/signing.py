"""What of an agreement is compared with its lot before it is signed."""

from __future__ import annotations

from datetime import timedelta

from biaobao.core.instants import day_of, read_out
from biaobao.domain.documents.types import Agreement
from biaobao.domain.guarantees.types import Compared, Detail
from biaobao.domain.tenders.types import Lot


def compare(agreement: Agreement, lot: Lot) -> tuple[Compared, ...]:
    """Return each detail with both values; the letter must last at least as long as the bid binds."""
    works = agreement.works
    bid_until = day_of(lot.deadline_at) + timedelta(days=lot.validity_days)
    return (
        _same(Detail.PROJECT, works.project, lot.project_name),
        _same(Detail.LOT, f"{works.lot}（{works.code}）", f"{lot.name}（{lot.code}）"),
        _same(Detail.BENEFICIARY, agreement.beneficiary.name, lot.tenderer_name),
        _same(Detail.AMOUNT, str(agreement.amount), str(lot.amount)),
        _same(Detail.DEADLINE, read_out(works.deadline_at), read_out(lot.deadline_at)),
        Compared(
            Detail.VALIDITY,
            agreement.valid_until.isoformat(),
            bid_until.isoformat(),
            agreement.valid_until >= bid_until,
        ),
    )


def _same(detail: Detail, said: str, asked: str) -> Compared:
    return Compared(detail, said, asked, said == asked)

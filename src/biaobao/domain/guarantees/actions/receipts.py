"""购买凭证: the signed proof that a letter was bought, kept as soon as its premium is paid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.documents import steps as documents
from biaobao.domain.documents.types import Kind, Receipt, Signed
from biaobao.domain.guarantees.models import Guarantor
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.steps import applications
from biaobao.platform.db import action


@action
def keep(
    *, application_id: UUID, said: Receipt, receipt: Signed, at: datetime, actor: Actor
) -> None:
    """Keep the receipt of a paid application. The first one stands: a second changes nothing.

    One over another amount than its letter is over by now is not kept; another is made.

    :raises NotFound: if there is no such application, or it is not paid.
    :raises Refused: SEAL_OF_ANOTHER, if it is not the guarantor who signed.
    """
    require(applying.may_work(actor), "keep receipts")
    rows = [row for row in applications.lock([application_id]) if row.paid_at]
    if not rows:
        raise NotFound(f"receipt of {application_id}")
    (row,) = rows
    if row.receipt_id is not None or said.amount.fen != row.amount_fen:
        return
    guarantor = Guarantor.objects.select_related("organisation").get(products=row.product_id)
    if receipt.signature.signer.uscc != guarantor.organisation.uscc:
        raise refuse("SEAL_OF_ANOTHER", guarantor=guarantor.organisation.name)
    row.receipt_id = documents.keep(
        receipt, kind=Kind.RECEIPT, bidder_id=row.bidder_id, lot_id=row.lot_id, at=at
    )
    row.save(update_fields=["receipt"])
    applications.record("receipt.made", row, at=at, actor=actor)

"""购买凭证: one signed proof of a premium that was paid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.documents.types import Kind, Receipt, Signed
from biaobao.domain.guarantees.actions import receipts
from biaobao.domain.guarantees.queries import papers
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid() -> Applied:
    given_banking.bank()
    return given_letters.paid()


def signed(applied: Applied, *, content: bytes = b"%PDF a receipt", uscc: str = "") -> Signed:
    return given_documents.signed(content, said(applied).guarantor, at=applied.at, uscc=uscc)


def said(applied: Applied) -> Receipt:
    return papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)


def kept(applied: Applied) -> bytes:
    return papers.pdf(application_id=applied.id, kind=Kind.RECEIPT, actor=applied.bidder)


def test_the_first_receipt_stands(paid: Applied):
    asked: dict[str, Any] = {
        "application_id": paid.id,
        "said": said(paid),
        "at": paid.at,
        "actor": SYSTEM,
    }
    assert papers.without_receipt(limit=9, actor=SYSTEM) == (paid.id,)

    receipts.keep(receipt=signed(paid), **asked)
    receipts.keep(receipt=signed(paid, content=b"%PDF another"), **asked)

    assert kept(paid) == b"%PDF a receipt"
    assert papers.without_receipt(limit=9, actor=SYSTEM) == ()


def test_one_that_is_not_the_guarantors_is_refused(paid: Applied):
    other = signed(paid, uscc=given_parties.credit_code())

    asked: dict[str, Any] = {"application_id": paid.id, "said": said(paid), "at": paid.at}
    with pytest.raises(Refused, match="SEAL_OF_ANOTHER"):
        receipts.keep(receipt=other, actor=SYSTEM, **asked)
    with pytest.raises(NotAllowed):
        receipts.keep(receipt=signed(paid), actor=paid.bidder, **asked)
    less = replace(said(paid), amount=Money(1))
    receipts.keep(receipt=signed(paid), actor=SYSTEM, **(asked | {"said": less}))

    with pytest.raises(NotFound):
        kept(paid)


def test_before_payment_there_is_none():
    given_banking.bank()
    unpaid = given.payable()
    receipt = given_documents.signed(b"%PDF", given_documents.GUARANTOR, at=unpaid.at)

    assert papers.without_receipt(limit=9, actor=SYSTEM) == ()
    with pytest.raises(NotFound):
        receipts.keep(
            application_id=unpaid.id,
            said=given_documents.receipt(),
            receipt=receipt,
            at=unpaid.at,
            actor=SYSTEM,
        )

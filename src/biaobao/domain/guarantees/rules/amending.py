"""What a letter has to say anew since its lot moved, what that costs, and when it comes to nothing."""

from __future__ import annotations

from datetime import datetime

from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.guarantees.rules import applying, pricing
from biaobao.domain.guarantees.rules.premiums import HEARD_WITHIN
from biaobao.domain.guarantees.states import BINDING, AmendmentState, LetterState
from biaobao.domain.guarantees.types import (
    Amendment,
    AmendmentQuote,
    AmendmentTerms,
    IssuedLetter,
)
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot

_OVER = {LotState.TERMINATED: "LOT_TERMINATED", LotState.FAILED: "LOT_FAILED"}


def quote(
    letter: IssuedLetter, lot: Lot, terms: AmendmentTerms, *, at: datetime
) -> AmendmentQuote | None:
    """Return what a letter would say to fit its lot again; None if it fits, or nothing comes of it.

    It follows another amount only while the lot can still be secured; it may always hold longer.
    """
    if letter.state not in BINDING or lot.state in _OVER:
        return None
    until = letter.valid_until
    if letter.extend_until:
        until = applying.valid_until(
            terms.product, deadline_at=lot.deadline_at, validity_days=lot.validity_days
        )
    follows = objection_to_the_amount(letter, lot, terms, at=at) is None
    amount = lot.amount if follows else letter.amount
    if (until, amount) == (letter.valid_until, letter.amount):
        return None
    difference = _difference(letter, amount, terms)
    return AmendmentQuote(letter.valid_until, until, letter.amount, amount, difference)


def objection_to_the_amount(
    letter: IssuedLetter, lot: Lot, terms: AmendmentTerms, *, at: datetime
) -> Objection | None:
    """Return why a letter cannot follow the amount of its lot, if that is another.

    What costs more has to be paid in time for the version to be made by the deadline.
    """
    if lot.amount == letter.amount:
        return None
    if letter.state is not LetterState.ISSUED_SEALED or lot.opened_at is not None:
        return Objection("LOT_OPENED")
    if objection := objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at):
        return objection
    if _difference(letter, lot.amount, terms).fen > 0:
        return applying.objection_to_time_left(terms.latest_at, at=at)
    return None


def why_over(row: Amendment, letter: LetterState, lot: Lot, *, at: datetime) -> str:
    """Return why an amendment that is on its way comes to nothing, a code; empty while it may be made."""
    if letter not in BINDING:
        return "LETTER_ENDED"
    if lot.state in _OVER:
        return _OVER[lot.state]
    if row.to_amount != lot.amount and _must_follow(row, letter, lot):
        return "AMOUNT_CHANGED"
    if row.to_amount != row.from_amount:
        is_past = lot.state is LotState.PUBLISHED and at > lot.deadline_at
        if lot.opened_at is not None or is_past:
            return "DEADLINE_PASSED"
    due_at = row.pay_due_at
    is_unpaid = row.state is AmendmentState.PAY_PENDING and due_at is not None
    # What came in the last second may still be on its way to us.
    return "UNPAID" if is_unpaid and due_at and at > due_at + HEARD_WITHIN else ""


def _must_follow(row: Amendment, letter: LetterState, lot: Lot) -> bool:
    """Tell whether an amendment is of no use unless it is over the amount of its lot.

    One that only holds longer is, too, where its letter is over too little: another one says both.
    """
    if row.to_amount != row.from_amount:
        return True
    is_sealed = letter is LetterState.ISSUED_SEALED and lot.opened_at is None
    return is_sealed and row.to_amount < lot.amount


def _difference(letter: IssuedLetter, amount: Money, terms: AmendmentTerms) -> Money:
    if amount == letter.amount:
        return Money(0)
    return pricing.premium(amount, terms.price) - terms.premium

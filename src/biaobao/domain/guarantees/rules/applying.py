"""Who may apply for what, what an application must tell, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from biaobao.core import residents
from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of, read_out
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Objection
from biaobao.domain.guarantees.rules import pricing
from biaobao.domain.guarantees.rules.premiums import HEARD_WITHIN
from biaobao.domain.guarantees.states import UNPAID, ApplicationState
from biaobao.domain.guarantees.types import (
    Check,
    Finding,
    Next,
    Offer,
    Particulars,
    Product,
    ProductTerms,
    RiskFacts,
    Stage,
    Verdict,
)
from biaobao.domain.parties.rules import EMAIL, PHONE, without_spaces
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot, Way


def may_apply(actor: Actor) -> bool:
    return actor.role is Role.BIDDER and actor.person_id is not None


def may_work(actor: Actor) -> bool:
    """Only the house itself asks guarantors, gives premiums back and issues letters."""
    return actor.role is Role.SYSTEM


def bidder_of(actor: Actor) -> UUID:
    """Return the bidder for whom somebody acts.

    :raises NotFound: if he acts for none.
    """
    if actor.role is not Role.BIDDER or actor.organisation_id is None:
        raise NotFound("a bidder to act for")
    return actor.organisation_id


def person_of(actor: Actor) -> UUID:
    """Return the person who acts.

    :raises NotAllowed: for the house itself, which applies for nothing.
    """
    if actor.person_id is None:
        raise NotAllowed("act without a person")
    return actor.person_id


def why_not_begun(lot: Lot, *, at: datetime, is_served: bool, has_way: bool) -> str:
    """Return why no application can be begun for a lot, a code; empty if one can.

    :param is_served: whether some guarantor can still issue in time.
    :param has_way: whether the bidder secures it by some way already, under no application.
    """
    objection = objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at)
    if objection:
        return objection.code
    if has_way:
        return "OTHER_WAY_CHOSEN"
    if Way.GUARANTEE not in lot.ways:
        return "WAY_NOT_OFFERED"
    return "" if is_served else "NO_OFFER"


def offer(
    product: Product,
    lot: Lot,
    *,
    at: datetime,
    is_working_day: Callable[[date], bool | None],
) -> Offer:
    """Return what a product is for a lot: its cost, its latest time, and what keeps it from being had."""
    latest = pricing.latest_at(
        product.terms,
        lot.deadline_at,
        is_working_day=is_working_day,
        closures=product.guarantor.closures,
    )
    cost = pricing.premium(lot.amount, product.price.terms) if product.price else Money(0)
    objection = objection_to_product(product, latest, at=at)
    return Offer(product, cost, latest, objection.code if objection else "")


def objection_to_product(
    product: Product, latest_at: datetime | None, *, at: datetime
) -> Objection | None:
    """Return why a product cannot be had now, if it cannot."""
    if product.withdrawn_at is not None:
        return Objection("PRODUCT_WITHDRAWN", "product")
    if product.guarantor.paused_at is not None:
        return Objection("GUARANTOR_PAUSED", "product", {"guarantor": product.guarantor.name})
    if product.price is None:
        return Objection("PRODUCT_WITHOUT_PRICE", "product")
    return objection_to_time_left(latest_at, at=at)


def objection_to_time_left(latest_at: datetime | None, *, at: datetime) -> Objection | None:
    """Return that a letter would come too late, if it would."""
    if latest_at is None or at > latest_at:
        facts = {"latest_at": read_out(latest_at) if latest_at else "—", "at": read_out(at)}
        return Objection("TOO_LATE_TO_ISSUE", "product", facts)
    return None


def valid_until(product: ProductTerms, *, deadline_at: datetime, validity_days: int) -> date:
    """Return the last day of a letter: the bid's validity from its deadline, and the product's grace."""
    return day_of(deadline_at) + timedelta(days=validity_days + product.grace_days)


def stripped(told: Particulars) -> Particulars:
    """Return particulars as they are kept and compared."""
    return Particulars(
        address=told.address.strip(),
        email=told.email.strip(),
        contact_name=told.contact_name.strip(),
        contact_phone=without_spaces(told.contact_phone),
        legal_name=told.legal_name.strip(),
        legal_id_number=without_spaces(told.legal_id_number).upper(),
        legal_phone=without_spaces(told.legal_phone),
        qualification=told.qualification.strip(),
        registered_capital=told.registered_capital,
        consents=told.consents,
    )


def objections_to_particulars(told: Particulars) -> Iterator[Objection]:
    """Yield all that keeps particulars from being submitted, each with its field."""
    texts = ("address", "contact_name", "legal_name", "qualification")
    yield from (Objection("TEXT_MISSING", field) for field in texts if not getattr(told, field))
    if not EMAIL.fullmatch(told.email):
        yield Objection("EMAIL_INVALID", "email")
    yield from (
        Objection("PHONE_INVALID", field)
        for field in ("contact_phone", "legal_phone")
        if not PHONE.fullmatch(getattr(told, field))
    )
    if not residents.is_valid(told.legal_id_number):
        yield Objection("RESIDENT_NUMBER_INVALID", "legal_id_number", citation="GB 11643-1999")
    if told.registered_capital.fen <= 0:
        yield Objection("AMOUNT_NOT_POSITIVE", "registered_capital")
    if not told.consents:
        yield Objection("CONSENT_MISSING", "consents", citation="《征信业管理条例》第十八条")


def judge(facts: RiskFacts) -> tuple[Verdict, ...]:
    """Look at an application for a guarantor; all checks are made, whatever the first finds."""
    return (
        _check(Check.PROFILE, not facts.lacks, "PROFILE_INCOMPLETE"),
        _licence(facts),
        _guarantor(facts),
        _check(Check.PRINCIPAL, not facts.is_suspended, "PRINCIPAL_SUSPENDED"),
        _check(
            Check.OPEN_CLAIMS,
            not facts.open_claims,
            "CLAIM_OPEN",
            expected="0",
            actual=str(facts.open_claims),
        ),
        _check(
            Check.PRINCIPAL_LIMIT,
            facts.amount <= facts.principal_room,
            "PRINCIPAL_LIMIT_REACHED",
            expected=str(facts.principal_room),
            actual=str(facts.amount),
        ),
        # In total and for the lot are one verdict without values: what is taken for a lot tells how many
        # bid for it.
        _check(Check.CAPACITY, facts.has_capacity, "CAPACITY_REACHED"),
    )


def first_failure(verdicts: Sequence[Verdict]) -> str:
    """Return why an application is declined, a code; empty if nothing stands against it."""
    return next((v.reason for v in verdicts if v.finding is Finding.FAIL), "")


def why_over(
    state: ApplicationState,
    lot: Lot,
    *,
    amount: Money | None,
    pay_due_at: datetime | None,
    next_at: datetime | None,
    at: datetime,
) -> str:
    """Return why an application's time is over, a code; empty while it is not.

    :param amount: what was quoted for; of another amount nothing can be issued any more.
    :param next_at: while a letter is being made, until when that may take.
    """
    if state is ApplicationState.ISSUING and next_at is not None and next_at > at:
        return ""
    if state not in (*UNPAID, ApplicationState.PAID, ApplicationState.ISSUING):
        return ""
    if lot.state is LotState.TERMINATED:
        return "LOT_TERMINATED"
    if amount is not None and amount != lot.amount:
        return "AMOUNT_CHANGED"
    if state is ApplicationState.PAY_PENDING and pay_due_at is not None:
        # What came in the last second may still be on its way to us.
        return "UNPAID" if at > pay_due_at + HEARD_WITHIN else ""
    # A suspended lot's clock does not count.
    return "DEADLINE_PASSED" if _is_past(lot, at) else ""


def why_not_revoked(state: ApplicationState) -> str:
    """Return why an application that is not PAID cannot be revoked, a code."""
    if state is ApplicationState.ISSUING:
        return "BEING_ISSUED"
    if state is ApplicationState.ISSUED:
        return "LETTER_ISSUED"
    return "NOT_PAID" if state in UNPAID else "APPLICATION_OVER"


def stage_of(state: ApplicationState, *, has_product: bool) -> Stage:
    """Return where in the bar of steps an application is."""
    if state is ApplicationState.DRAFT:
        return Stage.CREDIT if has_product else Stage.PRODUCT
    return _STAGES.get(state, Stage.LETTER)


def next_of(state: ApplicationState, *, has_product: bool, has_account: bool) -> Next:
    """Return what comes next for an application."""
    if state is ApplicationState.DRAFT:
        return Next.FILL_IN if has_product else Next.CHOOSE_PRODUCT
    if state is ApplicationState.PAY_PENDING:
        return Next.PAY if has_account else Next.WAIT_FOR_ACCOUNT
    return _NEXT[state]


_STAGES = {
    ApplicationState.SUBMITTED: Stage.CREDIT,
    ApplicationState.UNDERWRITING: Stage.CREDIT,
    ApplicationState.DECLINED: Stage.CREDIT,
    ApplicationState.APPROVED: Stage.SIGNING,
    ApplicationState.SIGNING: Stage.SIGNING,
    ApplicationState.SIGNED: Stage.PAYMENT,
    ApplicationState.PAY_PENDING: Stage.PAYMENT,
}
_NEXT = {
    ApplicationState.SUBMITTED: Next.WAIT_FOR_DECISION,
    ApplicationState.UNDERWRITING: Next.WAIT_FOR_DECISION,
    ApplicationState.DECLINED: Next.APPLY_ANEW,
    ApplicationState.APPROVED: Next.NAME_HANDLER,
    ApplicationState.SIGNING: Next.SIGN,
    ApplicationState.SIGNED: Next.READ_DECLARATION,
    ApplicationState.PAID: Next.WAIT_FOR_LETTER,
    ApplicationState.ISSUING: Next.WAIT_FOR_LETTER,
    ApplicationState.ISSUED: Next.SEE_LETTER,
    ApplicationState.LATE_ISSUED: Next.WAIT_FOR_MONEY,
    ApplicationState.ISSUE_FAILED: Next.WAIT_FOR_MONEY,
    ApplicationState.REVOKED: Next.WAIT_FOR_MONEY,
    ApplicationState.SURRENDERED: Next.WAIT_FOR_MONEY,
    ApplicationState.PREMIUM_REFUNDING: Next.WAIT_FOR_MONEY,
    ApplicationState.REFUNDED: Next.APPLY_ANEW,
    ApplicationState.CANCELLED: Next.APPLY_ANEW,
    ApplicationState.EXPIRED: Next.APPLY_ANEW,
}


def _is_past(lot: Lot, at: datetime) -> bool:
    return lot.state is not LotState.SUSPENDED and at > lot.deadline_at


def _licence(facts: RiskFacts) -> Verdict:
    until = facts.licence_until
    return _check(
        Check.LICENCE,
        until is None or until >= facts.on,
        "LICENCE_EXPIRED",
        expected=facts.on.isoformat(),
        actual=until.isoformat() if until else "",
    )


def _guarantor(facts: RiskFacts) -> Verdict:
    if facts.is_paused:
        return Verdict(Check.GUARANTOR, Finding.FAIL, "GUARANTOR_PAUSED")
    until = facts.licensed_until
    return _check(
        Check.GUARANTOR,
        until is None or until >= facts.letter_until,
        "GUARANTOR_LICENCE_TOO_SHORT",
        expected=facts.letter_until.isoformat(),
        actual=until.isoformat() if until else "",
    )


def _check(
    check: Check,
    passes: bool,  # noqa: FBT001 - it reads as a sentence at each call
    reason: str,
    *,
    expected: str = "",
    actual: str = "",
) -> Verdict:
    if passes:
        return Verdict(check, Finding.PASS, "", expected, actual)
    return Verdict(check, Finding.FAIL, reason, expected, actual)

"""Money for premiums, inside the action that books it: judged once, and given back by rule.

A premium's sub-account has the purpose ``PURPOSE``, an order that gives it back ``REFUND_PURPOSE``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet, Sum

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.states import check_move
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import NoticeRow, Order, Payout
from biaobao.domain.guarantees.models import Amendment, Application, PremiumCredit, PremiumRefund
from biaobao.domain.guarantees.rules import premiums
from biaobao.domain.guarantees.states import (
    AMENDMENT,
    LIVE,
    LIVE_AMENDMENT,
    PREMIUM_REFUND,
    AmendmentState,
    ApplicationState,
    PremiumOutcome,
    PremiumRefundState,
)
from biaobao.domain.guarantees.steps import applications, letters
from biaobao.domain.guarantees.types import JudgedPremium, PremiumExpectation, PremiumFacts
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.domain.parties import queries as parties
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import reads, wake
from biaobao.platform.audit import log
from biaobao.platform.db import step

PURPOSE = "premium"
REFUND_PURPOSE = "premium-refund"
REMITTANCE = "退还保函保费"
_AFTER = {
    OrderState.PAID: PremiumRefundState.PAID,
    OrderState.REFUSED: PremiumRefundState.FAILED,
    OrderState.RETURNED: PremiumRefundState.RETURNED,
}
# What still follows from the premium: a letter that is issued stands.
_OPEN = (ApplicationState.PAY_PENDING, ApplicationState.PAID, ApplicationState.ISSUING)
_PAID_ON = (
    ApplicationState.REVOKED,
    ApplicationState.ISSUE_FAILED,
    ApplicationState.LATE_ISSUED,
    ApplicationState.SURRENDERED,
)
# What its guarantor has, until it is moved back.
_EARNED = (ApplicationState.ISSUED, ApplicationState.SURRENDERED)


@step
def securities_of(notices: Sequence[NoticeRow]) -> dict[UUID, UUID]:
    """Return the applications that these notices pay to, each with its security."""
    accounts = {notice.sub_account_id for notice in notices if notice.sub_account_id}
    if not accounts:
        return {}
    found = Application.objects.filter(sub_account__in=reads.among("uuid", accounts))
    return dict(found.values_list("pk", "security_id"))


@step
def take_in(
    notices: Sequence[NoticeRow], paid: Sequence[Application], *, at: datetime, actor: Actor
) -> list[Move]:
    """Judge credits to the sub-accounts of locked applications, order back what does not count; return
    the moves of both.
    """
    if not notices:
        return []
    paid_to = {row.sub_account_id: row for row in paid}
    expect = _Expectations(paid)
    moves: list[Move] = []
    for notice in sorted(notices, key=lambda n: (n.credited_at, n.serial)):
        application = paid_to[notice.sub_account_id]
        amendment = expect.amendment_of(application)
        judged = premiums.judge(expect.of(application), _facts(notice))
        credit = _store(notice, application, amendment, judged, at=at)
        _record("premium.booked", application, credit, at=at, actor=actor)
        moves.append(_moved_in(notice, application))
        if judged.counted and amendment:
            _count_more(amendment, judged.counted, at=at, actor=actor)
        elif judged.counted:
            _count(application, judged.counted, notice.credited_at, at=at, actor=actor)
        if judged.back_minor:
            moves += _send_back(credit, judged.back_minor, judged.reason, at=at, actor=actor)
    return moves


@step
def take_back(
    pairs: Sequence[tuple[NoticeRow, NoticeRow]],
    paid: Sequence[Application],
    *,
    at: datetime,
    actor: Actor,
) -> dict[int, list[Move]]:
    """Take back what the bank reversed of premiums, given with the credits; return the moves that book it,
    by the reversal's id.

    A reversal of none of these premiums is left out. A letter that is not issued yet waits for its premium
    again. What had gone back is owed to the house.
    """
    if not pairs:
        return {}
    by_id = {row.pk: row for row in paid}
    found = PremiumCredit.objects.filter(notice__in=[original.id for _, original in pairs])
    credits = {c.notice_id: c for c in found.select_for_update().order_by("pk")}
    amended = Amendment.objects.filter(pk__in=[c.amendment_id for c in credits.values()])
    paid_for = {row.pk: row for row in amended.select_for_update().order_by("pk")}
    moves: dict[int, list[Move]] = {}
    for reversal, original in pairs:
        credit = credits.get(original.id)
        if credit is None:
            continue
        application = by_id[credit.application_id]
        amendment = paid_for[credit.amendment_id] if credit.amendment_id else None
        moves[reversal.id] = _moves_back(reversal, credit, application, amendment)
        if credit.counted_fen and amendment:
            _miss_more(amendment, credit)
        elif credit.counted_fen and application.state in _OPEN:
            _miss(application, credit)
        credit.outcome = PremiumOutcome.REVERSED
        credit.save(update_fields=["outcome"])
        _record("premium.reversed", application, credit, at=at, actor=actor)
    return moves


@step
def give_back(application: Application, *, at: datetime, actor: Actor) -> list[Move]:
    """Order back all that counts for a locked application that ended; return the moves that book it."""
    counted = PremiumCredit.objects.filter(application=application)
    moves, _sent = _send_counted(counted, application.why, at=at, actor=actor)
    application.counted_fen = 0
    if application.state in _PAID_ON:
        applications.move(application, ApplicationState.PREMIUM_REFUNDING)
    application.save(update_fields=["counted_fen", "state"])
    return moves


@step
def give_back_earned(application: Application, *, at: datetime, actor: Actor) -> list[Move]:
    """Order back the premium of a locked application whose letter was surrendered, out of what its guarantor
    has; return the moves that book both.
    """
    earned = _stands(PremiumCredit.objects.filter(application=application))
    key = f"surrendered:{application.pk}"
    return [
        *_unearned(application, earned, key, at=at),
        *give_back(application, at=at, actor=actor),
    ]


@step
def give_back_unused(amendment: Amendment, *, at: datetime, actor: Actor) -> list[Move]:
    """Order back what was paid for a locked amendment that came to nothing; return the moves that book it."""
    counted = PremiumCredit.objects.filter(amendment=amendment)
    moves, _sent = _send_counted(counted, "NOT_AMENDED", at=at, actor=actor)
    amendment.counted_fen = 0
    amendment.save(update_fields=["counted_fen"])
    return moves


@step
def follow_amendment(
    application: Application, amendment: Amendment, *, at: datetime, actor: Actor
) -> list[Move]:
    """Let the premium of a locked application follow its letter's amendment; return the moves that book it.

    A rise, which is paid, is its guarantor's from now on. Of a fall goes back what is more than the premium
    now: less where the bank has taken some of it back itself.
    """
    rise, product = amendment.premium_fen, application.product
    if product is None or not rise:
        return []
    application.premium_fen = (application.premium_fen or 0) + rise
    application.counted_fen += rise
    application.save(update_fields=["premium_fen", "counted_fen"])
    key = f"amended:{amendment.pk}"
    if rise > 0:
        own, earned = chart.premium(application.pk), chart.guarantor(product.guarantor_id)
        return [Move(Money(rise), debit=own, credit=earned, key=key, effective_at=at)]
    counted = PremiumCredit.objects.filter(application=application)
    over = max(0, _stands(counted).fen - application.premium_fen)
    moves, sent = _send_counted(counted, "AMOUNT_LOWERED", most=over, at=at, actor=actor)
    return [*_unearned(application, sent, key, at=at), *moves]


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let refunds, by id, follow what became of their orders: PAID, REFUSED or RETURNED."""
    state = _AFTER[became]
    locked = PremiumRefund.objects.select_for_update(of=("self",)).filter(pk__in=orders_)
    for refund in locked.select_related("application").order_by("pk"):
        check_move(PREMIUM_REFUND, PremiumRefundState(refund.state), state)
        refund.state = state
        orders.note_outcome(refund, orders_[refund.pk], became, at=at)
        refund.save()
        _record_refund(f"premium-refund.{state.lower()}", refund, at=at, actor=actor)
    wake.worker("premiums")


@step
def order_again(
    refund: PremiumRefund, account: BasicAccount, *, at: datetime, actor: Actor
) -> Move:
    """Order a locked refund to the bidder's basic account, and return the move that books it."""
    refund.payee_name = account.account_name
    refund.payee_account = account.number
    refund.payee_bank = account.bank_name
    credit = PremiumCredit.objects.select_for_update().get(pk=refund.credit_id)
    return _order(refund, credit, at=at, actor=actor)


class _Expectations:
    """What is expected for applications, and for amendments of their letters, as lots and bidders stand."""

    def __init__(self, paid: Sequence[Application]) -> None:
        bidders = {row.bidder_id for row in paid}
        waiting = Amendment.objects.filter(
            letter__application__in=[row.pk for row in paid], state=AmendmentState.PAY_PENDING
        )
        locked = waiting.select_for_update(of=("self",)).select_related("letter").order_by("pk")
        self._amendments = {row.letter.application_id: row for row in locked}
        self._lots = tenders.lots(lot_ids={row.lot_id for row in paid}, actor=SYSTEM)
        self._accounts = parties.basic_accounts(organisation_ids=bidders, actor=SYSTEM)
        self._names = parties.organisations(ids=bidders, actor=SYSTEM)

    def amendment_of(self, application: Application) -> Amendment | None:
        """Return the amendment that waits to be paid for, while it does."""
        found = self._amendments.get(application.pk)
        return found if found and found.state == AmendmentState.PAY_PENDING else None

    def of(self, application: Application) -> PremiumExpectation:
        for_what = self.amendment_of(application) or application
        return PremiumExpectation(
            is_wanted=for_what.state == ApplicationState.PAY_PENDING,
            is_over=application.state not in LIVE,
            missing=Money((for_what.premium_fen or 0) - for_what.counted_fen),
            due_at=for_what.pay_due_at,
            bidder_name=self._names[application.bidder_id].name,
            basic_account=self._accounts.get(application.bidder_id),
            basic_account_only=self._lots[application.lot_id].basic_account_only,
        )


def _facts(notice: NoticeRow) -> PremiumFacts:
    return PremiumFacts(
        notice.amount_minor,
        notice.currency,
        notice.credited_at,
        notice.payer_name,
        notice.payer_account,
    )


def _store(
    notice: NoticeRow,
    application: Application,
    amendment: Amendment | None,
    judged: JudgedPremium,
    *,
    at: datetime,
) -> PremiumCredit:
    return PremiumCredit.objects.create(
        notice_id=notice.id,
        application=application,
        amendment=amendment,
        bidder_id=application.bidder_id,
        bank_id=notice.bank,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
        payer_bank=notice.payer_bank,
        account=notice.account,
        serial=notice.serial,
        outcome=judged.outcome,
        reason=judged.reason,
        checks=[
            [v.check.value, v.finding.value, v.reason, v.expected, v.actual]
            for v in judged.verdicts
        ],
        judged_at=at,
        counted_fen=judged.counted.fen,
    )


def _moved_in(notice: NoticeRow, application: Application) -> Move:
    return Move(
        Money(notice.amount_minor),
        debit=chart.bank(notice.bank, notice.currency),
        credit=chart.premium(application.pk, notice.currency),
        key=f"credit:{notice.key}",
        effective_at=notice.credited_at,
    )


def _count(
    application: Application,
    counted: Money,
    credited_at: datetime,
    *,
    at: datetime,
    actor: Actor,
) -> None:
    application.counted_fen += counted.fen
    if application.counted_fen == application.premium_fen:
        applications.move(application, ApplicationState.PAID)
        application.paid_at = credited_at
        application.next_at = at
        wake.worker("letters")
        wake.worker("receipts")
        applications.record("application.paid", application, at=at, actor=actor)
    application.save()


def _miss(application: Application, credit: PremiumCredit) -> None:
    application.counted_fen -= credit.counted_fen
    if application.state != ApplicationState.PAY_PENDING:
        applications.move(application, ApplicationState.PAY_PENDING)
        application.paid_at = application.next_at = None
    application.save()


def _count_more(amendment: Amendment, counted: Money, *, at: datetime, actor: Actor) -> None:
    amendment.counted_fen += counted.fen
    if amendment.counted_fen == amendment.premium_fen:
        check_move(AMENDMENT, AmendmentState(amendment.state), AmendmentState.REQUESTED)
        amendment.state, amendment.next_at = AmendmentState.REQUESTED, at
        wake.worker("letters")
        log.record(letters.event("amendment.paid", amendment.letter), at=at, actor=actor)
    amendment.save()


def _miss_more(amendment: Amendment, credit: PremiumCredit) -> None:
    if amendment.state not in LIVE_AMENDMENT:
        return
    amendment.counted_fen -= credit.counted_fen
    if amendment.state == AmendmentState.REQUESTED:
        check_move(AMENDMENT, AmendmentState.REQUESTED, AmendmentState.PAY_PENDING)
        amendment.state, amendment.next_at = AmendmentState.PAY_PENDING, None
    amendment.save()


def _moves_back(
    reversal: NoticeRow,
    credit: PremiumCredit,
    application: Application,
    amendment: Amendment | None,
) -> list[Move]:
    is_earned = application.state in _EARNED and (
        amendment is None or amendment.state == AmendmentState.ISSUED
    )
    earned = credit.counted_fen if is_earned else 0
    gone = credit.returned_minor
    lies_here = reversal.amount_minor - gone - earned
    product = application.product
    parts = [
        (lies_here, chart.premium(application.pk, reversal.currency), "reversal"),
        (gone, chart.taken_back(reversal.bank, reversal.currency), "reversal-of-returned"),
    ]
    if product is not None:
        parts.append((earned, chart.guarantor(product.guarantor_id), "reversal-of-earned"))
    return [
        Move(
            Money(minor),
            debit=debit,
            credit=chart.bank(reversal.bank, reversal.currency),
            key=f"{key}:{reversal.key}",
            effective_at=reversal.credited_at,
        )
        for minor, debit, key in parts
        if minor
    ]


def _send_counted(
    credits: QuerySet[PremiumCredit],
    reason: str,
    *,
    most: int | None = None,
    at: datetime,
    actor: Actor,
) -> tuple[list[Move], Money]:
    """Order back what counts of credits, the newest first; return the moves that book it, and how much.

    :param most: so many fen, no more.
    """
    moves: list[Move] = []
    sent = 0
    counted = credits.filter(counted_fen__gt=0).exclude(outcome=PremiumOutcome.REVERSED)
    for credit in counted.select_for_update().order_by("-credited_at", "pk"):
        part = credit.counted_fen if most is None else min(credit.counted_fen, most - sent)
        if not part:
            break
        sent += part
        credit.counted_fen -= part
        if not credit.counted_fen:
            credit.outcome = PremiumOutcome.RETURNED
        credit.save(update_fields=["counted_fen", "outcome"])
        moves += _send_back(credit, part, reason, at=at, actor=actor)
    return moves, Money(sent)


def _stands(credits: QuerySet[PremiumCredit]) -> Money:
    """Return what counts of credits that the bank did not take back."""
    kept = credits.exclude(outcome=PremiumOutcome.REVERSED)
    return Money(kept.aggregate(fen=Sum("counted_fen"))["fen"] or 0)


def _unearned(application: Application, amount: Money, key: str, *, at: datetime) -> list[Move]:
    """Return the move by which a guarantor gives premium up that it had earned."""
    if application.product is None or not amount:
        return []
    debit = chart.guarantor(application.product.guarantor_id)
    credit = chart.premium(application.pk)
    return [Move(amount, debit=debit, credit=credit, key=key, effective_at=at)]


def _send_back(
    credit: PremiumCredit, amount_minor: int, reason: str, *, at: datetime, actor: Actor
) -> list[Move]:
    refund = PremiumRefund.objects.create(
        number=_number(),
        credit=credit,
        application_id=credit.application_id,
        bidder_id=credit.bidder_id,
        amount_minor=amount_minor,
        currency=credit.currency,
        reason=reason,
        payee_name=credit.payer_name,
        payee_account=credit.payer_account,
        payee_bank=credit.payer_bank,
        made_at=at,
    )
    if not refund.payee_account:
        # It goes to the basic account, if it was the bidder's own; the sweep looks for it.
        _record_refund("premium-refund.waits", refund, at=at, actor=actor)
        wake.worker("premiums")
        return []
    return [_order(refund, credit, at=at, actor=actor)]


def _order(refund: PremiumRefund, credit: PremiumCredit, *, at: datetime, actor: Actor) -> Move:
    source = (
        chart.returned(refund.order_id, refund.currency)
        if refund.order_id
        else chart.premium(refund.application_id, refund.currency)
    )
    if refund.order_id is None:
        credit.returned_minor += refund.amount_minor
        credit.save(update_fields=["returned_minor"])
    check_move(PREMIUM_REFUND, PremiumRefundState(refund.state), PremiumRefundState.ORDERED)
    refund.attempt += 1
    order = orders.order(_payout(refund, credit), at=at)
    refund.state = PremiumRefundState.ORDERED
    refund.order_id = order.id
    refund.ordered_at, refund.paid_at, refund.ended_at, refund.ended_why = at, None, None, ""
    refund.save()
    _record_refund("premium-refund.ordered", refund, at=at, actor=actor)
    return Move(
        Money(refund.amount_minor),
        debit=source,
        credit=chart.in_transit(order.id, refund.currency),
        key=f"order:{order.id}",
        effective_at=at,
    )


def _payout(refund: PremiumRefund, credit: PremiumCredit) -> Payout:
    return Payout(
        bank=credit.bank_id,
        purpose=REFUND_PURPOSE,
        purpose_id=refund.pk,
        attempt=refund.attempt,
        holder_id=refund.bidder_id,
        lot_id=refund.application.lot_id,
        from_account=credit.account,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        payee_name=refund.payee_name,
        payee_account=refund.payee_account,
        payee_bank=refund.payee_bank,
        remittance=f"{REMITTANCE} {refund.number}",
    )


def _number() -> str:
    return f"TB{drawn(10)}"


def _record(
    name: str, application: Application, credit: PremiumCredit, *, at: datetime, actor: Actor
) -> None:
    facts = {
        "amount": str(Money(credit.amount_minor)),
        "currency": credit.currency,
        "outcome": str(credit.outcome),
        "serial": credit.serial,
    }
    log.record(
        log.Event(
            name,
            f"application:{application.pk}",
            reason=credit.reason,
            facts=facts,
            organisation_id=application.bidder_id,
            lot_id=application.lot_id,
        ),
        at=at,
        actor=actor,
    )


def _record_refund(name: str, refund: PremiumRefund, *, at: datetime, actor: Actor) -> None:
    log.record(
        log.Event(
            name,
            f"premium-refund:{refund.pk}",
            reason=refund.ended_why or refund.reason,
            facts={"number": refund.number, "amount": str(Money(refund.amount_minor))},
            organisation_id=refund.bidder_id,
            lot_id=refund.application.lot_id,
        ),
        at=at,
        actor=actor,
    )

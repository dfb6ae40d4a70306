"""Reading deposits: a bidder's own, money that fits nothing, and the list at the opening."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import QuerySet, Sum

from biaobao.core.actor import Actor
from biaobao.core.money import ZERO, Money
from biaobao.core.refusal import require
from biaobao.domain.banking import queries as banking
from biaobao.domain.banking.rules import latest_safe_time
from biaobao.domain.banking.types import SubAccount
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Credit, Deposit
from biaobao.domain.deposits.queries import claims, refunds
from biaobao.domain.deposits.states import DepositState, Outcome
from biaobao.domain.deposits.types import (
    Check,
    CreditRow,
    Finding,
    OpeningRow,
    Position,
    Standing,
    Verdict,
)
from biaobao.domain.ledger import chart
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform.audit import log
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import one, query
from biaobao.platform.reads import just, prepared

_MISMATCHES = """
SELECT 'deposit ' || d.id, 'holds ' || coalesce(a.credit_fen - a.debit_fen, 0)
       || ' fen in the books, ' || d.received_fen || ' fen by its credits'
  FROM deposits_deposit d
  LEFT JOIN ledger_account a ON a.code = 'deposit:' || d.security_id
 WHERE coalesce(a.credit_fen - a.debit_fen, 0) <> d.received_fen
UNION ALL
SELECT 'credit ' || n.bank_id || ':' || n.serial, 'is ' || n.state || ' and was booked '
       || num_nonnulls(t.id, r.id) || ' times'
  FROM banking_notice n
  LEFT JOIN ledger_transfer t ON t.key = 'credit:' || n.bank_id || ':' || n.serial || ':' || n.booked_on
  LEFT JOIN ledger_transfer r ON r.key = 'return:' || n.bank_id || ':' || n.serial || ':' || n.booked_on
 WHERE n.kind = 'CREDIT' AND n.state <> 'WAITING' AND num_nonnulls(t.id, r.id) <> 1
UNION ALL
SELECT 'order ' || o.id, 'is ' || o.state || ', the books hold ' || coalesce(t.fen, 0)
       || ' fen in transit and ' || coalesce(r.fen, 0) || ' returned'
  FROM banking_paymentorder o
  LEFT JOIN (SELECT code, credit_fen - debit_fen AS fen FROM ledger_account) t
    ON t.code = 'in-transit:' || o.id || CASE o.currency WHEN 'CNY' THEN '' ELSE ':' || o.currency END
  LEFT JOIN (SELECT code, credit_fen - debit_fen AS fen FROM ledger_account) r
    ON r.code = 'returned:' || o.id || CASE o.currency WHEN 'CNY' THEN '' ELSE ':' || o.currency END
 WHERE coalesce(t.fen, 0)
       <> CASE WHEN o.state IN ('READY', 'SENT', 'ACCEPTED') THEN o.amount_minor ELSE 0 END
    OR (o.state NOT IN ('REFUSED', 'RETURNED') AND coalesce(r.fen, 0) <> 0)
UNION ALL
SELECT 'refund ' || f.number, 'is ' || f.state || ', its order ' || o.state
  FROM deposits_refund f JOIN banking_paymentorder o ON o.id = f.order_id
 WHERE f.state <> CASE o.state WHEN 'PAID' THEN 'PAID' WHEN 'REFUSED' THEN 'FAILED'
                               WHEN 'RETURNED' THEN 'RETURNED' ELSE 'APPROVED' END
   AND f.state <> 'PROPOSED'
UNION ALL
SELECT 'credit ' || c.id, 'gave back ' || c.returned_minor || ', its refunds '
       || coalesce(sum(f.amount_minor), 0)
  FROM deposits_credit c
  LEFT JOIN deposits_refund f ON f.credit_id = c.id AND f.order_id IS NOT NULL
 GROUP BY c.id HAVING c.returned_minor <> coalesce(sum(f.amount_minor), 0)
UNION ALL
SELECT 'security ' || s.id, 'is ' || s.state || ', its deposit ' || d.state
  FROM securities_security s JOIN deposits_deposit d ON d.security_id = s.id
 WHERE s.way IN ('', 'DEPOSIT') AND (s.state = 'SECURED') <> (d.state = 'CONFIRMED')
"""


@query
def standing(*, lot_id: UUID, actor: Actor) -> Standing | None:
    """Return how the actor's own deposit for a lot stands, or None if he has not chosen this way."""
    return _standing(tenders.lot(lot_id=lot_id, actor=actor), actor)


def _standing(lot: Lot, actor: Actor) -> Standing | None:
    deposit = one(_own(lot.id, actor.organisation_id))
    if deposit is None:
        return None
    return Standing(
        id=deposit.pk,
        security_id=deposit.security_id,
        state=DepositState(deposit.state),
        reason=deposit.reason,
        required=lot.amount,
        received=Money(deposit.received_fen),
        counted=Money(deposit.counted_fen),
        sub_account=_sub_account(deposit, actor=actor),
        confirmed_at=deposit.confirmed_at,
        credits=tuple(_credit_row(credit) for credit in _credits(deposit.pk)),
    )


@prepared
def _own(lot_id: UUID, bidder_id: UUID | None) -> QuerySet[Deposit]:
    return Deposit.objects.filter(lot_id=just(lot_id), bidder_id=just(bidder_id))


@prepared
def _credits(deposit_id: UUID) -> QuerySet[Credit]:
    found = Credit.objects.filter(deposit_id=just(deposit_id))
    return found.order_by("credited_at", "serial")


@query
def position(*, lot_id: UUID, actor: Actor) -> Position:
    """Return all that 保证金查询 shows of one lot to a bidder.

    :raises NotFound: if there is no such lot for him.
    """
    require(rules.may_choose(actor), "see a bidder's security")
    bidder_id = rules.organisation_of(actor)
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    security = securities.security(lot_id=lot_id, bidder_id=bidder_id, actor=actor)
    stands = _standing(lot, actor)
    going_back = refunds.of_lot(lot_id=lot_id, actor=actor)
    has_idle_money = stands is not None and any(c.refundable_minor for c in stands.credits)
    return Position(
        lot=lot,
        registration=tenders.registration(lot_id=lot_id, bidder_id=bidder_id, actor=actor),
        way=security.way if security else "",
        secured_at=security.secured_at if security else None,
        standing=stands,
        safe_time=latest_safe_time(lot.amount, lot.deadline_at, is_working_day=is_working_day),
        history=log.history(lot_id=lot_id, organisation_id=bidder_id, actor=actor),
        refunds=going_back,
        claims=claims.of_lot(lot_id=lot_id, actor=actor),
        offers=claims.offers(actor=actor),
        elsewhere=tuple(lot for lot in claims.targets(actor=actor) if lot.id != lot_id)
        if has_idle_money
        else (),
        colleagues=_colleagues(bidder_id, actor=actor) if going_back else 0,
    )


@query
def opening_list(*, lot_id: UUID, actor: Actor) -> tuple[OpeningRow, ...]:
    """Return who registered for an opened lot and whether and how each secured it.

    :raises NotFound: for a lot that the actor may not see or that is not opened.
    """
    require(rules.may_see_openings(actor), "see an opening")
    lot = tenders.opened_lot(lot_id=lot_id, actor=actor)
    registrations = tenders.registrations(lot_id=lot_id, actor=actor)
    bidders = parties.organisations(ids=[r.bidder_id for r in registrations], actor=actor)
    secured = {s.bidder_id: s for s in securities.of_lot(lot_id=lot_id, actor=actor)}
    paid = {deposit.bidder_id: deposit for deposit in Deposit.objects.filter(lot_id=lot_id)}
    shared = _bidders_who_share_a_payer(lot_id)
    returned = _returned(lot_id)
    rows = []
    for registration in registrations:
        bidder = bidders[registration.bidder_id]
        security = secured.get(registration.bidder_id)
        deposit = paid.get(registration.bidder_id)
        held = Money(deposit.received_fen if deposit else 0)
        rows.append(
            OpeningRow(
                bidder_id=bidder.id,
                bidder_name=bidder.name,
                bidder_uscc=bidder.uscc,
                registered_at=registration.registered_at or registration.contact_chosen_at,
                way=security.way if security else "",
                state=security.state if security else "",
                secured_at=security.secured_at if security else None,
                required=lot.amount,
                received=held + returned.get(bidder.id, ZERO),
                reason=deposit.reason if deposit else "",
                flags=("SHARED_PAYER",) if bidder.id in shared else (),
                held=held,
            )
        )
    return tuple(rows)


@query
def waiting_for_account(*, actor: Actor) -> int:
    """Return how many deposits wait for a sub-account."""
    require(rules.may_work(actor), "count deposits that wait")
    return Deposit.objects.filter(sub_account=None).count()


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return where deposits, notices, securities and the books disagree: nowhere, if all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _colleagues(bidder_id: UUID, *, actor: Actor) -> int:
    people = parties.members(organisation_id=bidder_id, actor=actor)
    return sum(person.is_active and person.id != actor.person_id for person in people)


def _sub_account(deposit: Deposit, *, actor: Actor) -> SubAccount | None:
    if deposit.sub_account_id is None:
        return None
    found = banking.sub_accounts(ids=[deposit.sub_account_id], actor=actor)
    return found[deposit.sub_account_id]


def _returned(lot_id: UUID) -> dict[UUID, Money]:
    """Return what has gone back to each bidder of a lot, or is on its way."""
    gone = (
        Credit.objects.filter(lot_id=lot_id, currency=chart.HOME, returned_minor__gt=0)
        .exclude(outcome=Outcome.REVERSED)
        .values("bidder_id")
        .annotate(fen=Sum("returned_minor"))
    )
    return {row["bidder_id"]: Money(row["fen"]) for row in gone}


def _bidders_who_share_a_payer(lot_id: UUID) -> set[UUID]:
    payers: dict[str, set[UUID]] = defaultdict(set)
    paid: Iterable[tuple[str, UUID]] = (
        Credit.objects.filter(lot_id=lot_id)
        .exclude(payer_account="")
        .values_list("payer_account", "bidder_id")
    )
    for account, bidder_id in paid:
        payers[account].add(bidder_id)
    return {b for bidders in payers.values() if len(bidders) > 1 for b in bidders}


def _credit_row(row: Credit) -> CreditRow:
    return CreditRow(
        row.pk,
        row.serial,
        row.amount_minor,
        row.currency,
        row.credited_at,
        row.payer_account,
        Outcome(row.outcome),
        row.reason,
        tuple(
            Verdict(Check(check), Finding(finding), reason, expected, actual)
            for check, finding, reason, expected, actual in orjson.loads(row.checks)
        ),
        row.refundable_minor,
        row.returned_minor,
    )

"""Reading applications: a bidder its own, with what comes next."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import queries as banking
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.models import (
    Amendment,
    Application,
    Letter,
    PremiumCredit,
    Verdict,
    read_application,
    read_credit,
    read_particulars,
    read_product,
    read_verdict,
)
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.guarantees.rules import applying, pricing
from biaobao.domain.guarantees.states import LIVE, AmendmentState, ApplicationState
from biaobao.domain.securities import queries as securities
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.rules import objection_to_taking_part
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.audit import log
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import query

PAGE_SIZE = 20
_MISMATCHES = """
SELECT 'application ' || a.id, 'is ' || a.state || ', counts ' || a.counted_fen || ' fen, its credits '
       || coalesce(sum(c.counted_fen) FILTER (WHERE c.outcome <> 'REVERSED'), 0)
  FROM guarantees_application a LEFT JOIN guarantees_premiumcredit c ON c.application_id = a.id
 WHERE a.state NOT IN ('ISSUED', 'SURRENDERED')
 GROUP BY a.id
HAVING a.counted_fen <> coalesce(sum(c.counted_fen) FILTER (WHERE c.outcome <> 'REVERSED'), 0)
UNION ALL
SELECT 'premium of ' || a.id, 'is ' || coalesce(l.credit_fen - l.debit_fen, 0)
       || ' fen in the books, ' || coalesce(c.fen, 0) || ' fen by its credits'
  FROM guarantees_application a
  LEFT JOIN ledger_account l ON l.code = 'premium:' || a.id
  LEFT JOIN (SELECT p.application_id,
                    sum(p.amount_minor - p.returned_minor
                        - CASE WHEN o.state IN ('ISSUED', 'SURRENDERED')
                                AND coalesce(m.state, 'ISSUED') = 'ISSUED'
                               THEN p.counted_fen ELSE 0 END) AS fen
               FROM guarantees_premiumcredit p JOIN guarantees_application o ON o.id = p.application_id
               LEFT JOIN guarantees_amendment m ON m.id = p.amendment_id
              WHERE p.outcome <> 'REVERSED' AND p.currency = 'CNY' GROUP BY 1) c
    ON c.application_id = a.id
 WHERE coalesce(l.credit_fen - l.debit_fen, 0) <> coalesce(c.fen, 0)
UNION ALL
SELECT 'amendment ' || m.id, 'is ' || m.state || ', counts ' || m.counted_fen || ' fen, its credits '
       || coalesce(sum(c.counted_fen) FILTER (WHERE c.outcome <> 'REVERSED'), 0)
  FROM guarantees_amendment m LEFT JOIN guarantees_premiumcredit c ON c.amendment_id = m.id
 WHERE m.state <> 'ISSUED'
 GROUP BY m.id
HAVING m.counted_fen <> coalesce(sum(c.counted_fen) FILTER (WHERE c.outcome <> 'REVERSED'), 0)
UNION ALL
SELECT 'application ' || a.id, 'is ISSUED over a premium of ' || a.premium_fen || ' fen, '
       || coalesce(sum(c.counted_fen), 0) || ' fen stand'
  FROM guarantees_application a
  JOIN guarantees_premiumcredit c ON c.application_id = a.id AND c.outcome <> 'REVERSED'
  LEFT JOIN guarantees_amendment m ON m.id = c.amendment_id
 WHERE a.state = 'ISSUED' AND coalesce(m.state, 'ISSUED') = 'ISSUED'
 GROUP BY a.id
HAVING sum(c.counted_fen) > a.premium_fen
    OR (sum(c.counted_fen) < a.premium_fen AND NOT EXISTS (
       SELECT 1 FROM guarantees_premiumcredit r WHERE r.application_id = a.id AND r.outcome = 'REVERSED'))
UNION ALL
SELECT 'amendment ' || m.id, 'is ' || m.state || ' over ' || m.premium_fen || ' fen, earned '
       || coalesce(max(t.fen), 0)
  FROM guarantees_amendment m LEFT JOIN ledger_transfer t ON t.key = 'amended:' || m.id
 GROUP BY m.id
HAVING coalesce(max(t.fen), 0) > CASE m.state WHEN 'ISSUED' THEN abs(m.premium_fen) ELSE 0 END
    OR (m.state = 'ISSUED' AND m.premium_fen > 0 AND count(t.id) = 0)
UNION ALL
SELECT 'letter ' || l.number, 'is over ' || l.amount_fen || ' fen, its application over ' || a.amount_fen
  FROM guarantees_letter l JOIN guarantees_application a ON a.id = l.application_id
 WHERE l.amount_fen <> a.amount_fen
UNION ALL
SELECT 'premium refund ' || f.number, 'is ' || f.state || ', its order ' || o.state
  FROM guarantees_premiumrefund f JOIN banking_paymentorder o ON o.id = f.order_id
 WHERE f.state <> CASE o.state WHEN 'PAID' THEN 'PAID' WHEN 'REFUSED' THEN 'FAILED'
                               WHEN 'RETURNED' THEN 'RETURNED' ELSE 'ORDERED' END
UNION ALL
SELECT 'premium credit ' || c.id, 'gave back ' || c.returned_minor || ', its refunds '
       || coalesce(sum(f.amount_minor), 0)
  FROM guarantees_premiumcredit c
  LEFT JOIN guarantees_premiumrefund f ON f.credit_id = c.id AND f.order_id IS NOT NULL
 GROUP BY c.id HAVING c.returned_minor <> coalesce(sum(f.amount_minor), 0)
UNION ALL
SELECT 'limit ' || l.id, 'has ' || l.reserved_fen || ' reserved and ' || l.used_fen
       || ' used, by its applications '
       || coalesce(sum(e.amount_fen) FILTER (WHERE e.state = 'RESERVED'), 0) + coalesce(sum(e.more_fen), 0)
       || ' and ' || coalesce(sum(e.amount_fen) FILTER (WHERE e.state = 'USED'), 0)
  FROM guarantees_limit l
  LEFT JOIN guarantees_exposure e
    ON e.guarantor_id = l.guarantor_id AND (l.principal_id IS NULL OR l.principal_id = e.principal_id)
   AND (l.lot_id IS NULL OR l.lot_id = e.lot_id)
 GROUP BY l.id
HAVING l.reserved_fen
       <> coalesce(sum(e.amount_fen) FILTER (WHERE e.state = 'RESERVED'), 0) + coalesce(sum(e.more_fen), 0)
    OR l.used_fen <> coalesce(sum(e.amount_fen) FILTER (WHERE e.state = 'USED'), 0)
UNION ALL
SELECT 'application ' || a.id, 'is ' || a.state || ', its limits ' || coalesce(e.state, 'untouched')
  FROM guarantees_application a LEFT JOIN guarantees_exposure e ON e.application_id = a.id
 WHERE coalesce(e.state, '') <> CASE
         WHEN a.state IN ('APPROVED', 'SIGNING', 'SIGNED', 'PAY_PENDING', 'PAID', 'ISSUING') THEN 'RESERVED'
         WHEN a.state = 'ISSUED' AND EXISTS (SELECT 1 FROM guarantees_letter l
                WHERE l.application_id = a.id AND l.ended_at IS NULL) THEN 'USED'
         WHEN e.state IS NULL THEN '' ELSE 'RELEASED' END
UNION ALL
SELECT 'application ' || a.id, 'is ' || a.state || ', has ' || count(DISTINCT l.id)
       || ' letters, its premium was earned ' || count(DISTINCT t.id) || ' times and came back '
       || count(DISTINCT b.id)
  FROM guarantees_application a
  LEFT JOIN guarantees_letter l ON l.application_id = a.id AND l.state NOT IN ('VOID', 'SURRENDERED')
  LEFT JOIN ledger_transfer t ON t.key = 'issued:' || a.id
  LEFT JOIN ledger_transfer b ON b.key = 'surrendered:' || a.id
 GROUP BY a.id
HAVING count(DISTINCT l.id) <> CASE a.state WHEN 'ISSUED' THEN 1 ELSE 0 END
    OR count(DISTINCT t.id) <> CASE WHEN a.issued_at IS NULL THEN 0 ELSE 1 END
    OR (a.state IN ('ISSUED', 'SURRENDERED') AND count(DISTINCT b.id) > 0)
    OR count(DISTINCT b.id) > count(DISTINCT t.id)
UNION ALL
SELECT 'security ' || s.id, 'is ' || s.state || ' by a letter'
  FROM securities_security s
 WHERE s.way = 'GUARANTEE' AND (s.state = 'SECURED') <> EXISTS (
       SELECT 1 FROM guarantees_application a JOIN guarantees_letter l ON l.application_id = a.id
         JOIN tenders_lot t ON t.id = l.lot_id
        WHERE a.security_id = s.id AND a.state = 'ISSUED' AND l.ended_at IS NULL
          AND l.amount_fen >= t.amount_fen
          AND coalesce((SELECT bool_or(c.state = 'ACCEPTED') FROM guarantees_contingency c
                         WHERE c.letter_id = l.id AND c.state IN ('ACCEPTED', 'REFUSED')), true))
   AND NOT EXISTS (  -- whose lot just moved: it is looked at within seconds
       SELECT 1 FROM guarantees_letter l JOIN guarantees_application a ON a.id = l.application_id
         JOIN tenders_lot t ON t.id = l.lot_id
        WHERE a.security_id = s.id AND t.opened_at IS NULL AND l.lot_as_of <> t.changed_at)
"""


@query
def of_lot(*, lot_id: UUID, actor: Actor) -> types.Application | None:
    """Return the actor's application for a lot that is under way, else the last that ended, or None."""
    own = Application.objects.filter(lot_id=lot_id, bidder_id=applying.bidder_of(actor))
    found = own.filter(state__in=LIVE).first() or own.order_by("-begun_at", "pk").first()
    return read_application(found) if found else None


@query
def progress(*, application_id: UUID, actor: Actor) -> types.Progress:
    """Return an application of the actor's own, with its step, what comes next, and its history.

    :raises NotFound: if there is none for him.
    """
    row = (
        Application.objects.select_related("product__guarantor__organisation", "particulars")
        .prefetch_related("product__guarantor__closures")
        .filter(pk=application_id, bidder_id=applying.bidder_of(actor))
        .first()
    )
    if row is None:
        raise NotFound(f"application {application_id}")
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    product = read_product(row.product, None) if row.product else None
    state = ApplicationState(row.state)
    verdicts = Verdict.objects.filter(application=row).order_by("pk")
    return types.Progress(
        application=read_application(row),
        lot=lot,
        product=product,
        stage=applying.stage_of(state, has_product=product is not None),
        next=applying.next_of(
            state, has_product=product is not None, has_account=row.sub_account_id is not None
        ),
        latest_at=pricing.latest_at(
            product.terms,
            lot.deadline_at,
            is_working_day=is_working_day,
            closures=product.guarantor.closures,
        )
        if product
        else None,
        particulars=read_particulars(row.particulars),
        verdicts=tuple(read_verdict(verdict) for verdict in verdicts),
        payment=_payment(row, actor=actor) if row.acknowledged_at else None,
        history=log.history(lot_id=row.lot_id, organisation_id=row.bidder_id, actor=actor),
    )


@query
def onward(*, lot_id: UUID, at: datetime, actor: Actor) -> types.Onward:
    """Return how the actor can still secure a lot, and by what it does already.

    :raises NotFound: if there is no such lot for him.
    """
    lot = tenders.lot(lot_id=lot_id, actor=actor)
    bidder_id = applying.bidder_of(actor)
    security = securities.security(lot_id=lot_id, bidder_id=bidder_id, actor=actor)
    way = Way(security.way) if security and security.way else None
    if objection_to_taking_part(lot.state, deadline_at=lot.deadline_at, at=at):
        return types.Onward((), way)
    is_served = bool(offers.served(lots=[lot], at=at, actor=actor))
    return types.Onward(tuple(w for w in lot.ways if w is not Way.GUARANTEE or is_served), way)


@query
def mine(*, search: str, page: int, actor: Actor) -> Page[types.Listed]:
    """Return the applications of the actor's organisation that a search finds, the newest first.

    Searched are the numbers of application and letter, code and name of the lot, and its project's name.
    """
    found = Application.objects.filter(bidder_id=applying.bidder_of(actor))
    if search:
        fields = ("number", "letter__number", "lot__code", "lot__name", "lot__project__name")
        found = found.filter(reduce(or_, (Q((f"{name}__icontains", search)) for name in fields)))
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = found.order_by("-begun_at", "pk")[first : first + PAGE_SIZE]
    return Page(_listed(rows, actor), shown, pages, total)


@query
def unfinished(*, limit: int, actor: Actor) -> tuple[types.Listed, ...]:
    """Return the newest applications of the actor's organisation that can be gone on with."""
    going = set(LIVE) - {ApplicationState.ISSUED}
    own = Application.objects.filter(bidder_id=applying.bidder_of(actor), state__in=going)
    return _listed(own.order_by("-begun_at", "pk")[:limit], actor)


@query
def choices(*, search: str, at: datetime, actor: Actor) -> tuple[types.Choice, ...]:
    """Return the bidder's own registered lots (选择标段), each with why it cannot be served, if it cannot.

    The nearest deadline comes first, and after those to come the last that passed.
    """
    bidder_id = applying.bidder_of(actor)
    live = {
        row.lot_id: row for row in Application.objects.filter(bidder_id=bidder_id, state__in=LIVE)
    }
    lots = [
        lot
        for lot, registration in tenders.my_registrations(actor=actor)
        if registration.registered_at is not None and _is_found(lot, search.casefold())
    ]
    served = offers.served(lots=lots, at=at, actor=actor)
    ways = securities.ways_of(bidder_id=bidder_id, actor=actor)
    return tuple(
        types.Choice(lot, read_application(live[lot.id]), "")
        if lot.id in live
        else types.Choice(
            lot,
            None,
            applying.why_not_begun(lot, at=at, is_served=lot.id in served, has_way=lot.id in ways),
        )
        for lot in (
            *(lot for lot in lots if lot.deadline_at >= at),
            *(lot for lot in reversed(lots) if lot.deadline_at < at),
        )
    )


@query
def waiting_for_account(*, actor: Actor) -> int:
    """Return how many applications wait for a sub-account."""
    require(applying.may_work(actor), "count applications that wait")
    return Application.objects.filter(state=ApplicationState.PAY_PENDING, sub_account=None).count()


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return where applications, premiums, limits and the books disagree: nowhere, if all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _listed(found: QuerySet[Application], actor: Actor) -> tuple[types.Listed, ...]:
    rows = list(found.select_related("letter"))
    lots = tenders.lots(lot_ids={row.lot_id for row in rows}, actor=actor)
    return tuple(
        types.Listed(read_application(row), lots[row.lot_id], _letter_number(row)) for row in rows
    )


def _letter_number(row: Application) -> str:
    try:
        return row.letter.number
    except Letter.DoesNotExist:
        return ""


def _payment(row: Application, *, actor: Actor) -> types.Payment:
    account_id = row.sub_account_id
    found = banking.sub_accounts(ids={account_id}, actor=actor) if account_id else {}
    credits = (
        PremiumCredit.objects.filter(application=row)
        .prefetch_related("refunds")
        .order_by("credited_at", "serial")
    )
    more = Amendment.objects.filter(
        letter__application=row, state=AmendmentState.PAY_PENDING
    ).first()
    due = more or row
    return types.Payment(
        is_more=more is not None,
        premium=Money(due.premium_fen or 0),
        counted=Money(due.counted_fen),
        due_at=due.pay_due_at,
        sub_account=found.get(account_id) if account_id else None,
        credits=tuple(read_credit(credit) for credit in credits),
    )


def _is_found(lot: Lot, search: str) -> bool:
    return any(search in text.casefold() for text in (lot.code, lot.name, lot.project_name))

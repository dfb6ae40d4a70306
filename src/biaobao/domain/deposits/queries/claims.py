"""Reading claims: a bidder its own with their lots, operators what they decide on, without."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from biaobao.core.actor import Actor, Role
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.deposits import rules
from biaobao.domain.deposits.models import Claim, ClaimTarget, Credit, Deposit, read_unplaced
from biaobao.domain.deposits.states import ClaimState, Outcome
from biaobao.domain.deposits.types import ClaimRow, UnplacedCredit
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import query
from biaobao.platform.reads import just, prepared

PAGE_SIZE = 20


@query
def claim(*, claim_id: UUID, actor: Actor) -> ClaimRow:
    """Return one claim; for an operator with the credits in suspense that it may mean.

    :raises NotFound: if there is none for the actor.
    """
    found = list(_claims().filter(pk=claim_id))
    if not found:
        raise NotFound(f"claim {claim_id}")
    return _rows(found, actor)[0]


@query
def of_lot(*, lot_id: UUID, actor: Actor) -> tuple[ClaimRow, ...]:
    """Return the actor's own claims for a lot, and those that would move money away, the newest first."""
    return _rows(_of_lot(lot_id, actor.organisation_id), actor)


@prepared
def _of_lot(lot_id: UUID, bidder_id: UUID | None) -> QuerySet[Claim]:
    is_for_it = Q(target__lot_id=just(lot_id))
    would_leave_it = Q(credit__lot_id=just(lot_id), state=ClaimState.PROPOSED)
    own = _claims().filter(is_for_it | would_leave_it, bidder_id=just(bidder_id))
    return own.order_by("-proposed_at", "id")


@query
def offers(*, actor: Actor) -> tuple[ClaimRow, ...]:
    """Return what operators offered the actor's organisation and it has not decided on."""
    require(rules.may_choose(actor), "see offers")
    return _rows(_offers(rules.organisation_of(actor)), actor)


@prepared
def _offers(bidder_id: UUID) -> QuerySet[Claim]:
    own = _claims().filter(bidder_id=just(bidder_id), by_operator=True, state=ClaimState.PROPOSED)
    return own.order_by("proposed_at", "id")


@query
def targets(*, actor: Actor) -> tuple[Lot, ...]:
    """Return the lots that the actor's money may be claimed for, the soonest deadline first.

    He has a deposit for each, and neither has it been released nor is the lot over.
    """
    require(rules.may_choose(actor), "claim money")
    own = Deposit.objects.filter(
        bidder_id=rules.organisation_of(actor), released_at=None, lot__opened_at=None
    )
    found = tenders.lots(lot_ids=set(own.values_list("lot_id", flat=True)), actor=actor)
    live = (lot for lot in found.values() if lot.state is not LotState.TERMINATED)
    return tuple(sorted(live, key=lambda lot: (lot.deadline_at, lot.code)))


@query
def queue(*, page: int, actor: Actor) -> Page[ClaimRow]:
    """Return bidders' claims that wait for an operator, the longest waiting first."""
    require(rules.may_decide_suspense(actor), "see claims")
    # A claim whose credit is known from the start is the bidder's own business.
    found = _claims().filter(state=ClaimState.PROPOSED, by_operator=False, credit=None)
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    rows = found.order_by("proposed_at", "id")[first : first + PAGE_SIZE]
    return Page(_rows(rows, actor), shown, pages, total)


def _claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("bidder", "proposed_by", "decided_by")


def _rows(found: Iterable[Claim], actor: Actor) -> tuple[ClaimRow, ...]:
    claims = list(found)
    if not claims:
        return ()
    # Read by themselves, not joined: row-level security hides some, and the claims show all the same.
    targets = {
        target.claim_id: target.lot
        for target in ClaimTarget.objects.filter(claim__in=claims).select_related("lot")
    }
    credits = {
        credit.pk: read_unplaced(credit)
        for credit in Credit.objects.filter(pk__in=[c.credit_id for c in claims if c.credit_id])
    }
    rows = []
    for row in claims:
        lot = targets.get(row.pk)
        rows.append(
            ClaimRow(
                id=row.pk,
                bidder_id=row.bidder_id,
                bidder_name=row.bidder.name,
                by_operator=row.by_operator,
                amount=Money(row.amount_fen) if row.amount_fen else None,
                paid_on=row.paid_on,
                payer_account=row.payer_account,
                note=row.note,
                slip_name=row.slip_name,
                slip_type=row.slip_type,
                slip_sha256=row.slip_sha256,
                state=ClaimState(row.state),
                proposed_at=row.proposed_at,
                proposed_by=row.proposed_by.name,
                decided_at=row.decided_at,
                decided_by=row.decided_by.name if row.decided_by else "",
                decline_reason=row.decline_reason,
                credit=credits.get(row.credit_id) if row.credit_id else None,
                lot_id=lot.pk if lot else None,
                lot_code=lot.code if lot else "",
                is_own_proposal=row.proposed_by_id == actor.person_id,
                candidates=_candidates(row, actor),
            )
        )
    return tuple(rows)


def _candidates(row: Claim, actor: Actor) -> tuple[UnplacedCredit, ...]:
    """Return money in suspense of the claimed amount, what was paid from the told account first."""
    if actor.role is not Role.OPERATOR or row.state != ClaimState.PROPOSED or row.by_operator:
        return ()
    found = Credit.objects.filter(
        deposit=None, outcome=Outcome.SUSPENDED, amount_minor=row.amount_fen or 0, currency="CNY"
    )
    likeliest = sorted(
        found.order_by("-credited_at", "pk")[:20],
        key=lambda credit: not rules.may_be_meant(row.payer_account, credit.payer_account),
    )
    return tuple(read_unplaced(credit) for credit in likeliest)

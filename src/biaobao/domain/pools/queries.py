"""Reading schemes and memberships, each reader what is his to see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from hmac import compare_digest
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, When

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import code_sha256
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import queries as banking
from biaobao.domain.interest import queries as interest
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import rules, types
from biaobao.domain.pools.models import (
    Appeal,
    AppealFile,
    Deduction,
    Forfeiture,
    Hold,
    Membership,
    PoolCredit,
    PoolRefund,
    Scheme,
    read_appeal,
    read_appeal_file,
    read_credit,
    read_deduction,
    read_forfeiture,
    read_hold,
    read_membership,
    read_paper,
    read_refund,
    read_scheme,
)
from biaobao.domain.pools.states import (
    LIVE_HOLDS,
    OVER,
    UNDECIDED,
    ForfeitureState,
    HoldState,
    MembershipState,
)
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform import vault
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import one, query
from biaobao.platform.reads import just, prepared

PAGE_SIZE = 20
_MISMATCHES = """
SELECT 'membership ' || m.number, 'has ' || m.balance_fen || ' fen and ' || coalesce(w.fen, 0)
       || ' fen that wait to go back, in the books ' || coalesce(l.credit_fen - l.debit_fen, 0)
  FROM pools_membership m
  LEFT JOIN ledger_account l ON l.code = 'pool:' || m.id
  LEFT JOIN (SELECT f.membership_id, sum(f.amount_minor) AS fen
               FROM pools_poolrefund f LEFT JOIN pools_poolcredit c ON c.id = f.credit_id
              WHERE f.order_id IS NULL AND f.currency = 'CNY' AND c.state IS DISTINCT FROM 'REVERSED'
              GROUP BY 1) w ON w.membership_id = m.id
 WHERE m.balance_fen + coalesce(w.fen, 0) <> coalesce(l.credit_fen - l.debit_fen, 0)
UNION ALL
SELECT 'pool refund ' || f.number, 'is ' || f.state || ', its order ' || o.state
  FROM pools_poolrefund f JOIN banking_paymentorder o ON o.id = f.order_id
 WHERE f.state <> CASE o.state WHEN 'PAID' THEN 'PAID' WHEN 'REFUSED' THEN 'FAILED'
                               WHEN 'RETURNED' THEN 'RETURNED' ELSE 'ORDERED' END
UNION ALL
SELECT 'deduction ' || d.id, 'is ' || d.state || ', its order ' || o.state
  FROM pools_deduction d JOIN banking_paymentorder o ON o.id = d.order_id
 WHERE d.state <> CASE o.state WHEN 'PAID' THEN 'PAID' WHEN 'REFUSED' THEN 'FAILED'
                               WHEN 'RETURNED' THEN 'RETURNED' ELSE 'ORDERED' END
UNION ALL
SELECT 'forfeiture ' || f.number, 'is ' || f.state || ' over ' || f.amount_fen || ' fen, its hold ' || h.state
       || ', deducted for it are ' || coalesce(sum(d.amount_fen), 0)
  FROM pools_forfeiture f
  JOIN pools_hold h ON h.id = f.hold_id
  LEFT JOIN pools_deduction d ON d.forfeiture_id = f.id
 GROUP BY f.id, h.id
HAVING f.amount_fen <> coalesce(sum(d.amount_fen), 0)
    OR (f.state = 'APPROVED' AND h.state <> 'DEDUCTED') OR (f.state = 'PROPOSED' AND h.state <> 'HELD')
UNION ALL
SELECT 'deduction ' || d.id, 'is of ' || d.membership_number || ', who does not bear it'
  FROM pools_deduction d
  LEFT JOIN pools_bearing b ON b.forfeiture_id = d.forfeiture_id AND b.membership_id = d.membership_id
 WHERE b.id IS NULL
UNION ALL
SELECT 'pool credit ' || c.id, 'gave back ' || c.returned_minor || ', its refunds '
       || coalesce(sum(f.amount_minor), 0)
  FROM pools_poolcredit c
  LEFT JOIN pools_poolrefund f ON f.credit_id = c.id AND f.order_id IS NOT NULL
 GROUP BY c.id HAVING c.returned_minor <> coalesce(sum(f.amount_minor), 0)
UNION ALL
SELECT 'reserve of ' || r.membership_id, 'holds ' || r.held_fen || ' fen for ' || r.lots
       || ' lots, its holds ' || coalesce(sum(h.amount_fen), 0) || ' for ' || count(h.id)
  FROM pools_reserve r
  LEFT JOIN pools_hold h ON h.membership_id = r.membership_id AND h.state IN ('RESERVED', 'HELD')
 GROUP BY r.membership_id HAVING r.held_fen <> coalesce(sum(h.amount_fen), 0) OR r.lots <> count(h.id)
UNION ALL
SELECT 'security ' || s.id, 'is ' || s.state || ', held for it are ' || count(h.id)
  FROM securities_security s
  LEFT JOIN pools_hold h ON h.security_id = s.id AND h.state IN ('RESERVED', 'HELD')
 WHERE s.way = 'POOL' GROUP BY s.id HAVING (s.state = 'SECURED') <> (count(h.id) = 1)
"""


@query
def hold(*, lot_id: UUID, actor: Actor) -> types.Hold | None:
    """Return the newest that is or was held for the actor's own lot (联保查询), if anything."""
    row = one(_newest_hold(lot_id, actor.organisation_id))
    return None if row is None else read_hold(row)


@prepared
def _newest_hold(lot_id: UUID, bidder_id: UUID | None) -> QuerySet[Hold]:
    own = Hold.objects.filter(lot_id=just(lot_id), bidder_id=just(bidder_id))
    return own.select_related("membership__scheme").order_by("-reserved_at", "pk")[:1]


@query
def verify(*, number: str, code: str, actor: Actor) -> types.VerifiedHold | None:
    """Return what a receipt's number and code belong to, and how it stands now.

    Before the opening only its holder learns anything: for others there is none, as for a wrong code.
    """
    row = Hold.objects.filter(number=number.strip().upper()).first()
    # As long for an unknown number as for a known one.
    is_right = compare_digest(code_sha256(code), code_sha256(row.code if row else ""))
    if row is None or not is_right:
        return None
    bidder = parties.organisation(organisation_id=row.bidder_id, actor=actor)
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    return types.VerifiedHold(
        number=row.number,
        bidder_name=bidder.name,
        bidder_uscc=bidder.uscc,
        lot_code=lot.code,
        lot_name=lot.name,
        tenderer_name=lot.tenderer_name,
        is_opened=lot.opened_at is not None,
        amount=Money(row.amount_fen),
        valid_until=rules.valid_until(lot.deadline_at, lot.validity_days),
        state=HoldState(row.state),
        reserved_at=row.reserved_at,
        held_at=row.held_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
    )


@query
def held_for(*, lot_id: UUID, actor: Actor) -> tuple[types.HeldRow, ...]:
    """Return what is or was held for the bidders of an opened lot, by name, to those who run or watch it.

    :raises NotFound: to anybody else, and before the opening to all.
    """
    lot = tenders.opened_lot(lot_id=lot_id, actor=actor)
    found = Hold.objects.filter(lot_id=lot_id, held_at__isnull=False).select_related("bidder")
    rows = list(found.order_by("bidder__name", "pk"))
    newest = {
        row.hold_id: row
        for row in Forfeiture.objects.filter(lot_id=lot_id).order_by("proposed_at", "pk")
    }
    until = _kept_until(lot, {row.bidder_id for row in rows}, actor)
    return tuple(_held_row(hold, newest.get(hold.pk), until[hold.bidder_id]) for hold in rows)


@query
def forfeiture(*, forfeiture_id: UUID, actor: Actor) -> types.ForfeitureDesk:
    """Return a forfeiture with its papers and what came of it: to its bidder, and to those who run or watch
    the lot.

    :raises NotFound: to anybody else.
    """
    row = _forfeiture(forfeiture_id, actor)
    deductions = row.deductions.order_by("membership_number")
    return types.ForfeitureDesk(
        forfeiture=read_forfeiture(row),
        papers=tuple(read_paper(each) for each in row.papers.order_by("kept_at", "name", "pk")),
        deductions=tuple(map(read_deduction, deductions)),
    )


@query
def own_forfeitures(*, lot_id: UUID, actor: Actor) -> tuple[types.Forfeiture, ...]:
    """Return the forfeitures of what was held for the actor's own lot, the newest first."""
    own = _forfeitures().filter(lot_id=lot_id, bidder_id=actor.organisation_id)
    return tuple(map(read_forfeiture, own.order_by("-proposed_at", "pk")))


@query
def kept_until(*, lot: Lot, actor: Actor) -> date | None:
    """Return until when the actor's organisation may have to answer for an award of the lot that it lost."""
    if actor.organisation_id is None:
        return None
    own = actor.organisation_id
    return _kept_until(lot, {own}, actor)[own]


@query
def open_to_objection(*, at: datetime, actor: Actor) -> tuple[types.Forfeiture, ...]:
    """Return the forfeitures that the actor's organisation may still object to, the most urgent first."""
    own = _forfeitures().filter(
        bidder_id=actor.organisation_id,
        state=ForfeitureState.PROPOSED,
        objections_until__gte=day_of(at),
    )
    return tuple(map(read_forfeiture, own.order_by("objections_until", "pk")))


@query
def forfeitures(*, page: int, actor: Actor) -> Page[types.Forfeiture]:
    """Return all forfeitures, those to be decided first, to operators and supervisors.

    :raises NotAllowed: to anybody else.
    """
    require(rules.may_see_members(actor), "see forfeitures")
    total = Forfeiture.objects.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    undecided_first = F("decided_at").desc(nulls_first=True)
    rows = _forfeitures().order_by(undecided_first, "proposed_at", "pk")
    return Page(tuple(map(read_forfeiture, rows[first : first + PAGE_SIZE])), shown, pages, total)


@query
def paper(*, forfeiture_id: UUID, paper_id: UUID, actor: Actor) -> tuple[types.Paper, bytes]:
    """Return a paper of a forfeiture and its content, to those who may see that.

    :raises NotFound: to anybody else.
    """
    row = _forfeiture(forfeiture_id, actor).papers.filter(pk=paper_id).first()
    if row is None:
        raise NotFound(f"paper {paper_id}")
    kept = vault.Kept(row.sha256, row.stored_sha256, bytes(row.wrapped_key))
    return read_paper(row), vault.read(kept)


@query
def schemes(*, actor: Actor) -> tuple[types.Scheme, ...]:  # noqa: ARG001 - schemes are public
    """Return the schemes with all their terms, by name."""
    found = Scheme.objects.prefetch_related("dated__tiers").order_by("name")
    return tuple(read_scheme(row) for row in found)


@query
def scheme(*, scheme_id: UUID, actor: Actor) -> types.Scheme:  # noqa: ARG001 - schemes are public
    """Return a scheme with all its terms.

    :raises NotFound: if there is none.
    """
    found = Scheme.objects.prefetch_related("dated__tiers").filter(pk=scheme_id)
    for row in found:
        return read_scheme(row)
    raise NotFound(f"scheme {scheme_id}")


@query
def open_schemes(*, at: datetime, actor: Actor) -> tuple[types.Scheme, ...]:
    """Return the schemes that can be joined now."""
    today = day_of(at)
    return tuple(scheme for scheme in schemes(actor=actor) if scheme.terms_on(today))


@query
def own(*, actor: Actor) -> types.MembershipDesk | None:
    """Return the membership of the actor's organisation: the one that lives, else the last that did."""
    found = Membership.objects.filter(member_id=actor.organisation_id)
    row = _live(actor.organisation_id) or _read(found).order_by("-applied_at").first()
    return None if row is None else _desk(row, actor)


@query
def desk(*, membership_id: UUID, actor: Actor) -> types.MembershipDesk:
    """Return a membership with its money to its member, to operators and to supervisors.

    :raises NotFound: to anybody else.
    """
    row = _read(Membership.objects.filter(pk=membership_id)).first()
    if row is None:
        raise NotFound(f"membership {membership_id}")
    return _desk(row, actor)


@query
def holdings(*, page: int, actor: Actor) -> types.Holdings:
    """Return what is and was held for the lots of the actor's own organisation."""
    found = Hold.objects.filter(bidder_id=actor.organisation_id)
    live = found.filter(state__in=LIVE_HOLDS).aggregate(fen=Sum("amount_fen"), lots=Count("pk"))
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    live_first = F("ended_at").desc(nulls_first=True)
    ordered = found.select_related("membership__scheme").order_by(live_first, "-reserved_at", "pk")
    rows = list(ordered[first : first + PAGE_SIZE])
    lots = tenders.lots(lot_ids={row.lot_id for row in rows}, actor=actor)
    waiting = Forfeiture.objects.filter(
        hold__in=[row.pk for row in rows], state=ForfeitureState.PROPOSED
    )
    disputed = dict(waiting.values_list("hold", "pk"))
    held = tuple(
        types.HeldLot(lots[row.lot_id], read_hold(row), disputed.get(row.pk)) for row in rows
    )
    return types.Holdings(Money(live["fen"] or 0), live["lots"], Page(held, shown, pages, total))


@query
def membership(*, membership_id: UUID, actor: Actor) -> types.Membership:  # noqa: ARG001 - the scope reads it
    """Return a membership to its member, to operators and to supervisors.

    :raises NotFound: to anybody else.
    """
    row = _read(Membership.objects.filter(pk=membership_id)).first()
    if row is None:
        raise NotFound(f"membership {membership_id}")
    return read_membership(row)


@query
def members(
    *, search: str, state: str, page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.Membership]:
    """Return the memberships that a search by number or name finds, what is to be decided first.

    :raises NotAllowed: to anybody but operators and supervisors.
    """
    require(rules.may_see_members(actor), "see members")
    found = Membership.objects.all()
    if search:
        found = found.filter(Q(number__icontains=search) | Q(member_name__icontains=search))
    if state:
        found = found.filter(state=state)
    total = found.count()
    shown, first, pages = slice_of(page, total, size)
    waiting_since = Case(When(state__in=UNDECIDED, then=F("applied_at")))
    rows = _read(found).order_by(waiting_since.asc(nulls_last=True), "-applied_at", "pk")
    return Page(
        tuple(read_membership(row) for row in rows[first : first + size]), shown, pages, total
    )


@query
def undecided(*, actor: Actor) -> tuple[int, datetime | None]:
    """Return how many applications wait to be decided, and since when the oldest does.

    :raises NotAllowed: to anybody but operators and supervisors.
    """
    require(rules.may_see_members(actor), "see members")
    waiting = Membership.objects.filter(state__in=UNDECIDED)
    oldest = waiting.aggregate(count=Count("pk"), oldest=Min("applied_at"))
    return oldest["count"], oldest["oldest"]


@query
def undecided_forfeitures(*, actor: Actor) -> tuple[int, datetime | None]:
    """Return how many forfeitures wait to be decided, and since when the oldest does.

    :raises NotAllowed: to anybody but operators and supervisors.
    """
    require(rules.may_see_members(actor), "see forfeitures")
    waiting = Forfeiture.objects.filter(state=ForfeitureState.PROPOSED)
    oldest = waiting.aggregate(count=Count("pk"), oldest=Min("proposed_at"))
    return oldest["count"], oldest["oldest"]


@query
def reminders(*, at: datetime, actor: Actor) -> tuple[types.Due, ...]:
    """Return what the actor's organisation is to do as a member, the most urgent first."""
    row = _live(actor.organisation_id)
    return () if row is None else rules.reminders(read_membership(row), today=day_of(at))


@query
def standing(*, actor: Actor) -> tuple[types.CoverVerdict, ...]:
    """Return what is looked at for whatever lot, as it stands for the actor's organisation."""
    if actor.organisation_id is None:
        return ()
    return _standing(actor.organisation_id)[1]


@query
def own_appeals(*, actor: Actor) -> tuple[types.Appeal, ...]:
    """Return the appeals of the actor's organisation, the newest first."""
    found = _read_appeals(Appeal.objects.filter(bidder_id=actor.organisation_id))
    return tuple(read_appeal(row, is_own=True) for row in found.order_by("-filed_at", "pk"))


@query
def appeals(*, search: str, state: str, page: int, actor: Actor) -> Page[types.Appeal]:
    """Return the appeals that a search by number or name finds: those that wait, the oldest first, then the
    others, decided last first.

    :raises NotAllowed: to anybody but operators.
    """
    require(rules.may_keep_schemes(actor), "see appeals")
    found = Appeal.objects.all()
    if search:
        found = found.filter(Q(number__icontains=search) | Q(bidder__name__icontains=search))
    if state:
        found = found.filter(state=state)
    total = found.count()
    shown, first, pages = slice_of(page, total, PAGE_SIZE)
    waiting_first = F("decided_at").desc(nulls_first=True)
    rows = _read_appeals(found).order_by(waiting_first, "filed_at", "pk")
    read = (read_appeal(row, is_own=False) for row in rows[first : first + PAGE_SIZE])
    return Page(tuple(read), shown, pages, total)


@query
def appeal_desk(*, appeal_id: UUID, actor: Actor) -> types.AppealDesk:
    """Return an appeal with what is looked at now, to operators.

    :raises NotAllowed: to anybody else.
    :raises NotFound: if there is no such appeal.
    """
    require(rules.may_keep_schemes(actor), "see appeals")
    row = _appeal(appeal_id)
    membership, verdicts = _standing(row.bidder_id)
    return types.AppealDesk(read_appeal(row, is_own=False), membership, verdicts)


@query
def appeal_file(*, appeal_id: UUID, file_id: UUID, actor: Actor) -> tuple[types.AppealFile, bytes]:
    """Return a document of an appeal and its content, to its company and to operators.

    :raises NotFound: if there is none for this actor.
    """
    row = AppealFile.objects.filter(appeal=appeal_id, pk=file_id).select_related("appeal").first()
    if row is None:
        raise NotFound(f"file {file_id}")
    is_own = row.appeal.bidder_id == actor.organisation_id
    content = vault.read(vault.Kept(row.sha256, row.stored_sha256, bytes(row.wrapped_key)))
    return read_appeal_file(row, row.appeal.number, is_own=is_own), content


@query
def waiting_for_account(*, actor: Actor) -> int:
    """Return how many memberships wait for a sub-account."""
    require(rules.may_work(actor), "count memberships that wait")
    return Membership.objects.filter(
        state=MembershipState.PAYMENT_PENDING, sub_account=None
    ).count()


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return where memberships, their money and the books disagree: nowhere, if all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _forfeitures() -> QuerySet[Forfeiture]:
    return Forfeiture.objects.select_related("hold", "lot", "bidder", "proposed_by", "decided_by")


def _forfeiture(forfeiture_id: UUID, actor: Actor) -> Forfeiture:  # noqa: ARG001 - the scope reads it
    row = _forfeitures().filter(pk=forfeiture_id).first()
    if row is None:
        raise NotFound(f"forfeiture {forfeiture_id}")
    return row


def _kept_until(lot: Lot, bidder_ids: Collection[UUID], actor: Actor) -> dict[UUID, date | None]:
    former = tenders.former_winners(lot_ids={lot.id}, actor=actor)
    ended_at = tenders.ended(lot_ids={lot.id}, actor=actor).get(lot.id)
    return {
        each: rules.kept_until(
            lot,
            each,
            was_winner=(lot.id, each) in former,
            ended_at=ended_at,
            is_working_day=is_working_day,
        )
        for each in bidder_ids
    }


def _held_row(hold: Hold, newest: Forfeiture | None, kept_until: date | None) -> types.HeldRow:
    return types.HeldRow(
        hold_id=hold.pk,
        number=hold.number,
        bidder_name=hold.bidder.name,
        amount=Money(hold.amount_fen),
        state=HoldState(hold.state),
        ended_at=hold.ended_at,
        ended_why=hold.ended_why,
        kept_until=kept_until,
        forfeiture_id=newest.pk if newest else None,
        forfeiture_state=ForfeitureState(newest.state) if newest else None,
    )


def _standing(
    bidder_id: UUID,
) -> tuple[types.Membership | None, tuple[types.CoverVerdict, ...]]:
    row = _live(bidder_id)
    if row is None:
        return None, rules.standing(None, "")
    membership = read_membership(row)
    return membership, rules.standing(membership, row.member.name)


def _live(member_id: UUID | None) -> Membership | None:
    held = Membership.objects.filter(member_id=member_id)
    return _read(held.exclude(state__in=[each.value for each in OVER])).first()


def _appeal(appeal_id: UUID) -> Appeal:
    row = _read_appeals(Appeal.objects.filter(pk=appeal_id)).first()
    if row is None:
        raise NotFound(f"appeal {appeal_id}")
    return row


def _read_appeals(found: QuerySet[Appeal]) -> QuerySet[Appeal]:
    related = found.select_related("bidder", "membership", "filed_by", "decided_by")
    return related.prefetch_related("files")


def _read(found: QuerySet[Membership]) -> QuerySet[Membership]:
    return found.select_related("scheme", "tier__terms", "member")


def _desk(row: Membership, actor: Actor) -> types.MembershipDesk:
    account_id = row.sub_account_id
    refunds = list(PoolRefund.objects.filter(membership=row).order_by("made_at", "pk"))
    earned = interest.on(purpose_ids={refund.pk for refund in refunds}, actor=actor)
    accounts = banking.sub_accounts(ids={account_id}, actor=actor) if account_id else {}
    return types.MembershipDesk(
        membership=read_membership(row),
        account=accounts.get(account_id) if account_id else None,
        credits=tuple(
            read_credit(credit)
            for credit in PoolCredit.objects.filter(membership=row).order_by("credited_at", "pk")
        ),
        refunds=tuple(read_refund(refund, earned.get(refund.pk, ())) for refund in refunds),
        borne=_borne(row, actor),
    )


def _borne(row: Membership, actor: Actor) -> tuple[types.Borne, ...]:
    found = list(Deduction.objects.filter(membership=row).order_by("ordered_at", "pk"))
    own = Forfeiture.objects.filter(
        bidder_id=row.member_id, pk__in={each.forfeiture_id for each in found}
    )
    own_ids = set(own.values_list("pk", flat=True))
    lots = tenders.lots(lot_ids={each.lot_id for each in found}, actor=actor)
    return tuple(
        types.Borne(
            lots[each.lot_id],
            Money(each.amount_fen),
            each.ordered_at,
            each.forfeiture_id if each.forfeiture_id in own_ids else None,
        )
        for each in found
    )

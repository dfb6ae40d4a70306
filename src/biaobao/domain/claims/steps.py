"""Money for claims, inside the action that books it: what a guarantor pays in, and what is paid out of it.

A claim's sub-account has the purpose ``PURPOSE``, an order that pays its beneficiary ``PAYOUT_PURPOSE``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.core.states import check_move
from biaobao.domain.banking.states import OrderState
from biaobao.domain.banking.steps import orders
from biaobao.domain.banking.types import NoticeRow, Order, Payout
from biaobao.domain.claims.models import Claim, ClaimCredit
from biaobao.domain.claims.states import CLAIM, ClaimState
from biaobao.domain.guarantees.steps import letters
from biaobao.domain.ledger import chart
from biaobao.domain.ledger.types import Move
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import step

PURPOSE = "claim"
PAYOUT_PURPOSE = "claim-payout"
REMITTANCE = "投标保函赔付"


@step
def lock(ids: Collection[UUID]) -> list[Claim]:
    """Lock claims, after their letters with all that those stand on."""
    if not ids:
        return []
    wanted = Claim.objects.filter(pk__in=reads.among("uuid", ids))
    letters.lock(list(wanted.values_list("letter", flat=True)))
    return lock_lettered(ids)


@step
def lock_lettered(ids: Collection[UUID]) -> list[Claim]:
    """Lock claims whose letters are locked, or stay as they are."""
    if not ids:
        return []
    wanted = Claim.objects.filter(pk__in=reads.among("uuid", ids)).select_for_update(of=("self",))
    return list(wanted.select_related("letter").order_by("pk"))


@step
def move(claim: Claim, state: ClaimState) -> None:
    """Let a locked claim follow its table; the caller saves it."""
    check_move(CLAIM, ClaimState(claim.state), state)
    claim.state = state


@step
def claims_of(notices: Sequence[NoticeRow]) -> set[UUID]:
    """Return the claims that these notices pay to."""
    accounts = {notice.sub_account_id for notice in notices if notice.sub_account_id}
    if not accounts:
        return set()
    found = Claim.objects.filter(sub_account__in=reads.among("uuid", accounts))
    return set(found.values_list("pk", flat=True))


@step
def counting(notices: Sequence[NoticeRow], claims: Sequence[Claim]) -> set[int]:
    """Return which of these notices count for locked claims, by their ids: what is asked for and no more."""
    by_account = {claim.sub_account_id: claim for claim in claims}
    missing = {claim.pk: claim.amount_fen - claim.funded_fen for claim in claims}
    counts = set()
    for notice in sorted(notices, key=lambda each: (each.credited_at, each.serial)):
        claim = by_account.get(notice.sub_account_id)
        if claim is None or claim.state != ClaimState.ACCEPTED or notice.currency != chart.HOME:
            continue
        if notice.amount_minor <= missing[claim.pk]:
            missing[claim.pk] -= notice.amount_minor
            counts.add(notice.id)
    return counts


@step
def take_in(
    notices: Sequence[NoticeRow], claims: Sequence[Claim], *, at: datetime, actor: Actor
) -> list[Move]:
    """Count credits for locked claims, order the payment of those that are funded; return both's moves."""
    by_account = {claim.sub_account_id: claim for claim in claims}
    moves = []
    for notice in sorted(notices, key=lambda each: (each.credited_at, each.serial)):
        claim = by_account[notice.sub_account_id]
        ClaimCredit.objects.create(
            notice_id=notice.id,
            claim=claim,
            amount_fen=notice.amount_minor,
            credited_at=notice.credited_at,
        )
        claim.funded_fen += notice.amount_minor
        claim.save(update_fields=["funded_fen"])
        moves.append(
            Move(
                Money(notice.amount_minor),
                debit=chart.bank(notice.bank),
                credit=chart.claim(claim.pk),
                key=f"credit:{notice.key}",
                effective_at=notice.credited_at,
            )
        )
        record("claim.funded", claim, amount=str(Money(notice.amount_minor)), at=at, actor=actor)
        if claim.funded_fen == claim.amount_fen:
            moves.append(pay(claim, notice.bank, notice.account, at=at, actor=actor))
    return moves


@step
def take_back(
    pairs: Sequence[tuple[NoticeRow, NoticeRow]],
    claims: Sequence[Claim],
    *,
    at: datetime,
    actor: Actor,
) -> dict[int, list[Move]]:
    """Take back what the bank reversed of credits for locked claims; return the moves by the reversal's id.

    What was ordered by then is owed to the house.
    """
    if not pairs:
        return {}
    by_id = {claim.pk: claim for claim in claims}
    found = ClaimCredit.objects.filter(notice__in=[original.id for _, original in pairs])
    credits = {c.notice_id: c for c in found.select_for_update().order_by("pk")}
    moves = {}
    for reversal, original in pairs:
        credit = credits.get(original.id)
        if credit is None:
            continue
        claim = by_id[credit.claim_id]
        lies_here = claim.state == ClaimState.ACCEPTED
        account = chart.claim(claim.pk) if lies_here else chart.taken_back(reversal.bank)
        moves[reversal.id] = [
            Move(
                Money(reversal.amount_minor),
                debit=account,
                credit=chart.bank(reversal.bank),
                key=f"reversal:{reversal.key}",
                effective_at=reversal.credited_at,
            )
        ]
        if lies_here:
            claim.funded_fen -= credit.amount_fen
            claim.save(update_fields=["funded_fen"])
        credit.is_reversed = True
        credit.save(update_fields=["is_reversed"])
        record("claim.reversed", claim, at=at, actor=actor)
    return moves


@step
def pay(claim: Claim, bank: str, from_account: str, *, at: datetime, actor: Actor) -> Move:
    """Order that a locked, funded claim is paid, the first time or again; return the move that books it."""
    source = chart.returned(claim.order_id) if claim.order_id else chart.claim(claim.pk)
    move(claim, ClaimState.PAYING)
    claim.attempt += 1
    order = orders.order(
        Payout(
            bank=bank,
            purpose=PAYOUT_PURPOSE,
            purpose_id=claim.pk,
            attempt=claim.attempt,
            holder_id=claim.guarantor_id,
            lot_id=claim.lot_id,
            from_account=from_account,
            amount_minor=claim.amount_fen,
            currency=chart.HOME,
            payee_name=claim.payee_name,
            payee_account=claim.payee_account,
            payee_bank=claim.payee_bank,
            remittance=f"{REMITTANCE} {claim.number}",
        ),
        at=at,
    )
    claim.order_id = order.id
    claim.problem = ""
    claim.save(update_fields=["state", "attempt", "order", "problem"])
    record("claim.ordered", claim, at=at, actor=actor)
    return Move(
        Money(claim.amount_fen),
        debit=source,
        credit=chart.in_transit(order.id),
        key=f"order:{order.id}",
        effective_at=at,
    )


@step
def follow_orders(
    orders_: Mapping[UUID, Order], became: OrderState, *, at: datetime, actor: Actor
) -> None:
    """Let claims, by id, follow what became of their orders; what is paid is charged to their letters."""
    for claim in lock(orders_):
        order = orders_[claim.pk]
        if became is OrderState.PAID:
            move(claim, ClaimState.PAID)
            claim.paid_at, claim.problem = at, ""
            if claim.first_paid_at is None:
                claim.first_paid_at = at
                (letter,) = letters.lock([claim.letter_id])
                letters.pay(letter, Money(claim.amount_fen), at=at, actor=actor)
        else:
            move(claim, ClaimState.PAY_FAILED)
            claim.paid_at = claim.ended_at = None
            claim.ended_why = ""
            claim.problem = order.reason if became is OrderState.REFUSED else "BANK_RETURNED"
        claim.save()
        record(f"claim.{claim.state.lower()}", claim, reason=claim.problem, at=at, actor=actor)


@step
def record(
    name: str,
    claim: Claim,
    *,
    reason: str = "",
    at: datetime,
    actor: Actor,
    **facts: str,
) -> None:
    """Write down what happened to a claim."""
    event = log.Event(
        name.replace("_", "-"),
        f"claim:{claim.pk}",
        reason=reason,
        facts={"number": claim.number, **facts},
        organisation_id=claim.bidder_id,
        lot_id=claim.lot_id,
    )
    log.record(event, at=at, actor=actor)

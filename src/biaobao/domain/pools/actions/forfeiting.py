"""Not giving back what is held (不予退还): proposed by one person, decided by another, and paid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse, require
from biaobao.core.uploads import BYTES_MAX, Upload
from biaobao.domain.banking.rules import account_number
from biaobao.domain.ledger import steps as ledger
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import (
    Deduction,
    Forfeiture,
    ForfeiturePaper,
    Hold,
    Membership,
)
from biaobao.domain.pools.states import SETTLED, STANDING, STUCK, ForfeitureState, HoldState
from biaobao.domain.pools.steps import forfeiting
from biaobao.domain.pools.types import Grounds
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import queries as tenders
from biaobao.domain.tenders.types import Lot
from biaobao.platform import vault
from biaobao.platform.calendar import is_working_day
from biaobao.platform.db import action


@action
def propose(
    *,
    hold_id: UUID,
    grounds: Grounds,
    papers: Sequence[Upload],
    replaces: UUID | None = None,
    at: datetime,
    actor: Actor,
) -> UUID:
    """Propose not to give back what is held for a bidder; return the forfeiture's id. Twice is once.

    Its bidder is told, and may object for some days. Until it is decided, or lapses, the hold stays, and so
    do those who bear it.

    :param replaces: the forfeiture that this one corrects: it is withdrawn, and nothing that it bound is free
        in between. What its bidder objected stands.
    :raises NotFound: if there is no such hold of a lot that the actor runs.
    :raises Refused: HOLD_NOT_HELD, FORFEITURE_UNDER_WAY if another stands, FORFEITURE_SETTLED if one for the
        same cause came to nothing, NO_TIME_TO_OBJECT, or all that is wrong with grounds and papers.
    """
    hold, bearing, lot = _hold_of_own_lot(hold_id, at=at, actor=actor)
    grounds = _stripped(grounds)
    standing = Forfeiture.objects.filter(hold=hold, state__in=STANDING)
    known = standing.select_for_update().first()
    if known is not None and _is_same(known, grounds, papers, actor):
        return known.pk
    if known is not None and (known.pk != replaces or known.state != ForfeitureState.PROPOSED):
        raise refuse("FORFEITURE_UNDER_WAY", number=known.number)
    if hold.state != HoldState.HELD:
        raise refuse("HOLD_NOT_HELD", number=hold.number)
    until, decide_by = _clock(hold, grounds.cause, at=at)
    pair = (lot.id, hold.bidder_id)
    former = tenders.former_winners(lot_ids={lot.id}, actor=SYSTEM)
    objections = list(
        rules.objections_to_grounds(
            grounds,
            papers,
            payee_name=lot.tenderer_name,
            was_winner=hold.bidder_id == lot.winner_id or pair in former,
        )
    )
    if objections:
        raise Refused(*objections)
    if known is not None:
        _withdraw(known, at=at, actor=actor)
    row = Forfeiture.objects.create(
        number=f"LF{drawn(10)}",
        hold=hold,
        lot_id=lot.id,
        bidder_id=hold.bidder_id,
        held_fen=hold.amount_fen,
        cause=grounds.cause,
        clause=grounds.clause,
        statement=grounds.statement,
        proposed_at=at,
        proposed_by_id=_person(actor),
        objections_until=until,
        decide_by=decide_by,
        payee_name=lot.tenderer_name,
        payee_account=grounds.payee_account,
        payee_bank=grounds.payee_bank,
        payee_told_by_id=_person(actor),
        **_objection_to(known),
    )
    forfeiting.bind(row, bearing)
    for each in papers:
        _keep(row, each, at=at)
    told = {"amount": str(Money(row.held_fen)), "until": until.isoformat()}
    forfeiting.record("forfeiture.proposed", row, reason=row.cause, at=at, actor=actor, **told)
    return row.pk


@action
def object_to(*, forfeiture_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Object to a proposed forfeiture, as its bidder; who decides reads it, and answers.

    Until its last day another objection takes the place of the first.

    :raises NotFound: if it is not the actor's.
    :raises Refused: TEXT_MISSING, FORFEITURE_DECIDED, or OBJECTIONS_CLOSED after the last day.
    """
    require(rules.may_join(actor), "object to a forfeiture")
    row, _, _ = _locked(forfeiture_id)
    if row.bidder_id != actor.organisation_id:
        raise NotFound(f"forfeiture {forfeiture_id}")
    _require_text(words)
    if row.state != ForfeitureState.PROPOSED:
        raise refuse("FORFEITURE_DECIDED", number=row.number)
    if day_of(at) > row.objections_until:
        raise refuse("OBJECTIONS_CLOSED", until=row.objections_until.isoformat())
    row.objection, row.objected_at, row.objected_by_id = words.strip(), at, _person(actor)
    row.save(update_fields=["objection", "objected_at", "objected_by"])
    forfeiting.record("forfeiture.objected", row, at=at, actor=actor, words=row.objection)


@action
def withdraw(*, forfeiture_id: UUID, at: datetime, actor: Actor) -> None:
    """Withdraw a proposed forfeiture, to give it up: the hold follows its lot again. Twice is once.

    :raises NotFound: if the actor does not run its lot.
    :raises Refused: FORFEITURE_DECIDED.
    """
    row, _, lot = _locked(forfeiture_id)
    if not rules.may_forfeit(actor, lot):
        raise NotFound(f"forfeiture {forfeiture_id}")
    if row.state == ForfeitureState.WITHDRAWN:
        return
    if row.state != ForfeitureState.PROPOSED:
        raise refuse("FORFEITURE_DECIDED", number=row.number)
    _withdraw(row, at=at, actor=actor)


@action
def decline(*, forfeiture_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Decline a proposed forfeiture, as another person, and say why: the hold follows its lot again. Twice is
    once.

    :raises NotFound: if the actor neither runs its lot nor the house.
    :raises Refused: OWN_FORFEITURE, FORFEITURE_DECIDED or TEXT_MISSING.
    """
    row, _, lot = _locked(forfeiture_id)
    _require_deciding(row, lot, actor)
    if row.state == ForfeitureState.DECLINED:
        return
    _decide(row, ForfeitureState.DECLINED, words, at=at, actor=actor)
    row.save()
    forfeiting.record("forfeiture.declined", row, at=at, actor=actor, words=row.words)


@action
def approve(*, forfeiture_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Approve a proposed forfeiture, as another person, and say why: it is deducted and ordered to the
    tenderer. Twice is once.

    What lies here of those who bear it is deducted, if that is less than was held.

    :raises NotFound: if the actor neither runs its lot nor the house.
    :raises Refused: OWN_FORFEITURE, FORFEITURE_DECIDED, WINNER_HAS_CONTRACTED, OBJECTIONS_STILL_OPEN,
        DECISION_TOO_LATE, TEXT_MISSING or NOTHING_TO_DEDUCT.
    """
    row, bearing, lot = _locked(forfeiture_id)
    _require_deciding(row, lot, actor)
    if row.state == ForfeitureState.APPROVED:
        return
    _decide(row, ForfeitureState.APPROVED, words, at=at, actor=actor)
    if rules.is_settled(lot, row.bidder_id, Cause(row.cause)):
        raise refuse("WINNER_HAS_CONTRACTED", number=row.number)
    if day_of(at) <= row.objections_until:
        raise refuse("OBJECTIONS_STILL_OPEN", until=row.objections_until.isoformat())
    if day_of(at) > row.decide_by:
        raise refuse("DECISION_TOO_LATE", until=row.decide_by.isoformat())
    row.amount_fen = sum(each.fen for each in forfeiting.shares_of(row, bearing).values())
    if not row.amount_fen:
        raise refuse("NOTHING_TO_DEDUCT", number=row.hold.membership.number)
    row.payee_confirmed_at, row.payee_confirmed_by_id = at, actor.person_id
    row.save()
    moves = forfeiting.deduct(row, bearing, lot, at=at, actor=actor)
    ledger.move(moves, at=at)
    told = {"amount": str(Money(row.amount_fen)), "words": row.words}
    forfeiting.record("forfeiture.approved", row, at=at, actor=actor, **told)


@action
def lapse(*, limit: int, at: datetime, actor: Actor) -> int:
    """Let forfeitures lapse that nobody decided in time: their holds follow their lots again; return how
    many.
    """
    require(rules.may_work(actor), "let forfeitures lapse")
    late = Forfeiture.objects.filter(state=ForfeitureState.PROPOSED, decide_by__lt=day_of(at))
    due = list(late.order_by("pk").select_for_update()[:limit])
    for row in due:
        forfeiting.move(row, ForfeitureState.LAPSED)
        row.decided_at = at
        row.save(update_fields=["state", "decided_at"])
        forfeiting.record("forfeiture.lapsed", row, at=at, actor=actor)
    return len(due)


@action
def tell_payee(
    *, forfeiture_id: UUID, payee_account: str, payee_bank: str, at: datetime, actor: Actor
) -> None:
    """Tell another account of the tenderer's, after the bank did not pay; another person confirms it.

    :raises NotFound: if the actor does not run its lot.
    :raises Refused: FORFEITURE_NOT_STUCK, ACCOUNT_NUMBER_INVALID or BANK_NAME_MISSING.
    """
    row, _, lot = _locked(forfeiture_id)
    if not rules.may_forfeit(actor, lot):
        raise NotFound(f"forfeiture {forfeiture_id}")
    _require_stuck(row)
    number, bank = account_number(payee_account), payee_bank.strip()
    if objections := list(rules.objections_to_payee(row.payee_name, number, bank)):
        raise Refused(*objections)
    row.payee_account, row.payee_bank, row.payee_told_by_id = number, bank, _person(actor)
    row.payee_confirmed_at, row.payee_confirmed_by_id = None, None
    row.save()
    forfeiting.record("forfeiture.payee-told", row, at=at, actor=actor)


@action
def confirm_payee(
    *, forfeiture_id: UUID, payee_account: str, payee_bank: str, at: datetime, actor: Actor
) -> None:
    """Confirm the account that another person told: what the bank did not pay is ordered there. Twice is
    once.

    :param payee_account: and bank, what the actor read and confirms.
    :raises NotFound: if the actor neither runs its lot nor the house.
    :raises Refused: OWN_FORFEITURE, FORFEITURE_NOT_STUCK, or PAYEE_CHANGED, if they are others by now.
    """
    row, _, lot = _locked(forfeiture_id)
    if not rules.may_decide(actor, lot):
        raise NotFound(f"forfeiture {forfeiture_id}")
    if row.payee_confirmed_at is not None:
        return
    if row.payee_told_by_id == actor.person_id:
        raise refuse("OWN_FORFEITURE", number=row.number)
    _require_stuck(row)
    if (payee_account, payee_bank) != (row.payee_account, row.payee_bank):
        raise refuse("PAYEE_CHANGED", number=row.number)
    row.payee_confirmed_at, row.payee_confirmed_by_id = at, actor.person_id
    row.save(update_fields=["payee_confirmed_at", "payee_confirmed_by"])
    ledger.move(forfeiting.order_again(row, at=at, actor=actor), at=at)


def _hold_of_own_lot(
    hold_id: UUID, *, at: datetime, actor: Actor
) -> tuple[Hold, list[Membership], Lot]:
    if found := forfeiting.lock_hold(hold_id, today=day_of(at)):
        hold, bearing = found
        lot = tenders.lot(lot_id=hold.lot_id, actor=SYSTEM)
        # Before the opening that there is one is a secret.
        if rules.may_forfeit(actor, lot) and lot.opened_at is not None:
            return hold, bearing, lot
    raise NotFound(f"hold {hold_id}")


def _locked(forfeiture_id: UUID) -> tuple[Forfeiture, list[Membership], Lot]:
    found = forfeiting.lock(forfeiture_id)
    if found is None:
        raise NotFound(f"forfeiture {forfeiture_id}")
    row, bearing = found
    return row, bearing, tenders.lot(lot_id=row.lot_id, actor=SYSTEM)


def _require_deciding(row: Forfeiture, lot: Lot, actor: Actor) -> None:
    if not rules.may_decide(actor, lot):
        raise NotFound(f"forfeiture {row.pk}")
    if row.proposed_by_id == actor.person_id:
        raise refuse("OWN_FORFEITURE", number=row.number)


def _decide(
    row: Forfeiture, state: ForfeitureState, words: str, *, at: datetime, actor: Actor
) -> None:
    if row.state != ForfeitureState.PROPOSED:
        raise refuse("FORFEITURE_DECIDED", number=row.number)
    _require_text(words)
    forfeiting.move(row, state)
    row.words, row.decided_at, row.decided_by_id = words.strip(), at, _person(actor)


def _withdraw(row: Forfeiture, *, at: datetime, actor: Actor) -> None:
    forfeiting.move(row, ForfeitureState.WITHDRAWN)
    row.decided_at, row.decided_by_id = at, _person(actor)
    row.save(update_fields=["state", "decided_at", "decided_by"])
    forfeiting.record("forfeiture.withdrawn", row, at=at, actor=actor)


def _objection_to(row: Forfeiture | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {each: getattr(row, each) for each in ("objection", "objected_at", "objected_by_id")}


def _require_stuck(row: Forfeiture) -> None:
    if not Deduction.objects.filter(forfeiture=row, state__in=STUCK).exists():
        raise refuse("FORFEITURE_NOT_STUCK", number=row.number)


def _require_text(words: str) -> None:
    if not words.strip() or len(words) > rules.TEXT_MAX:
        raise refuse("TEXT_MISSING", field="words")


def _clock(hold: Hold, cause: Cause, *, at: datetime) -> tuple[date, date]:
    """Return the last day to object and the last day to decide: a hold has one, whatever the causes.

    :raises Refused: FORFEITURE_SETTLED or NO_TIME_TO_OBJECT.
    """
    earlier = Forfeiture.objects.filter(hold=hold)
    if settled := earlier.filter(cause=cause, state__in=SETTLED).first():
        raise refuse("FORFEITURE_SETTLED", number=settled.number)
    until = rules.objections_until(at, is_working_day=is_working_day)
    first = earlier.order_by("proposed_at").first()
    if first is None:
        return until, rules.decide_by(until, is_working_day=is_working_day)
    if first.decide_by <= until:
        raise refuse("NO_TIME_TO_OBJECT", until=first.decide_by.isoformat())
    return until, first.decide_by


def _is_same(known: Forfeiture, grounds: Grounds, papers: Sequence[Upload], actor: Actor) -> bool:
    told = Grounds(
        cause=Cause(known.cause),
        clause=known.clause,
        statement=known.statement,
        payee_account=known.payee_account,
        payee_bank=known.payee_bank,
    )
    kept = known.papers.values_list("name", "media_type", "sha256")
    sent = [(each.name, each.media_type, vault.sha256_of(each.content)) for each in papers]
    is_own = known.proposed_by_id == actor.person_id
    return is_own and told == grounds and sorted(kept) == sorted(sent)


def _stripped(grounds: Grounds) -> Grounds:
    return replace(
        grounds,
        clause=grounds.clause.strip(),
        statement=grounds.statement.strip(),
        payee_account=account_number(grounds.payee_account),
        payee_bank=grounds.payee_bank.strip(),
    )


def _person(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise NotAllowed("decide on a forfeiture without a person")
    return actor.person_id


def _keep(row: Forfeiture, upload: Upload, *, at: datetime) -> None:
    kept = vault.keep(upload.content, limit=BYTES_MAX)
    ForfeiturePaper.objects.create(
        forfeiture=row,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=kept.sha256,
        stored_sha256=kept.stored_sha256,
        wrapped_key=kept.wrapped_key,
        kept_at=at,
    )

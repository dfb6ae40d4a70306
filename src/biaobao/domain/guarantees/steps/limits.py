"""What applications take of a guarantor's limits: reserved, used, given free; never more than there is."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from biaobao.core.money import Money
from biaobao.core.states import check_move
from biaobao.domain.guarantees.models import Application, Exposure, Guarantor, Limit
from biaobao.domain.guarantees.states import EXPOSURE, ExposureState
from biaobao.platform.db import step


@step
def lock(application: Application, guarantor: Guarantor) -> tuple[Money, bool]:
    """Lock the limits that an application would take of; return what is left for its bidder, and whether its
    amount fits in total and for its lot.
    """
    Limit.objects.bulk_create(
        [
            Limit(
                guarantor=guarantor,
                principal_id=application.bidder_id,
                limit_fen=guarantor.principal_limit_fen,
            ),
            Limit(
                guarantor=guarantor, lot_id=application.lot_id, limit_fen=guarantor.lot_limit_fen
            ),
        ],
        ignore_conflicts=True,
    )
    amount = application.amount_fen or 0
    left = {
        (row.principal_id, row.lot_id): row.limit_fen - row.reserved_fen - row.used_fen
        for row in _locked(application, guarantor)
    }
    principal = left.pop((application.bidder_id, None))
    return Money(principal), all(amount <= room for room in left.values())


@step
def reserve(application: Application, guarantor: Guarantor, *, at: datetime) -> None:
    """Take the amount of an application of its locked limits.

    :raises django.db.IntegrityError: if one of them would be exceeded.
    """
    exposure = Exposure.objects.create(
        application=application,
        guarantor=guarantor,
        principal_id=application.bidder_id,
        lot_id=application.lot_id,
        amount_fen=application.amount_fen or 0,
        reserved_at=at,
    )
    reserved = F("reserved_fen") + exposure.amount_fen
    _of(application, guarantor).update(reserved_fen=reserved)


@step
def use(application: Application, *, at: datetime) -> None:
    """Turn what a locked application reserved into what its letter uses, once."""
    exposure = Exposure.objects.select_related("guarantor").get(pk=application.pk)
    _locked(application, exposure.guarantor)
    _move(exposure, ExposureState.USED)
    exposure.used_at = at
    exposure.save(update_fields=["state", "used_at"])
    amount = exposure.amount_fen
    _of(application, exposure.guarantor).update(
        reserved_fen=F("reserved_fen") - amount, used_fen=F("used_fen") + amount
    )


@step
def reserve_more(application: Application, more: Money) -> bool:
    """Reserve for a locked application what an amendment takes beside its letter; tell whether it fits."""
    exposure = Exposure.objects.select_related("guarantor").get(pk=application.pk)
    rows = _locked(application, exposure.guarantor)
    if any(row.limit_fen - row.reserved_fen - row.used_fen < more.fen for row in rows):
        return False
    exposure.more_fen = more.fen
    exposure.save(update_fields=["more_fen"])
    reserved = F("reserved_fen") + more.fen
    _of(application, exposure.guarantor).update(reserved_fen=reserved)
    return True


@step
def give_more_back(application: Application) -> None:
    """Give free what was reserved for an amendment of a locked application that comes to nothing."""
    exposure = Exposure.objects.select_related("guarantor").get(pk=application.pk)
    _locked(application, exposure.guarantor)
    more, exposure.more_fen = exposure.more_fen, 0
    exposure.save(update_fields=["more_fen"])
    _of(application, exposure.guarantor).update(reserved_fen=F("reserved_fen") - more)


@step
def amend(application: Application) -> None:
    """Let the letter of a locked application use what it is over now, with what was reserved for that."""
    exposure = Exposure.objects.select_related("guarantor").get(pk=application.pk)
    _locked(application, exposure.guarantor)
    more, exposure.more_fen = exposure.more_fen, 0
    used = (application.amount_fen or 0) - exposure.amount_fen
    exposure.amount_fen += used
    exposure.save(update_fields=["amount_fen", "more_fen"])
    _of(application, exposure.guarantor).update(
        reserved_fen=F("reserved_fen") - more, used_fen=F("used_fen") + used
    )


@step
def release(application: Application, *, at: datetime) -> None:
    """Give free what a locked application took, if it took anything."""
    exposure = (
        Exposure.objects.select_related("guarantor")
        .filter(pk=application.pk)
        .exclude(state=ExposureState.RELEASED)
        .first()
    )
    if exposure is None:
        return
    _locked(application, exposure.guarantor)
    is_used = exposure.state == ExposureState.USED
    used, reserved = (exposure.amount_fen, 0) if is_used else (0, exposure.amount_fen)
    reserved, exposure.more_fen = reserved + exposure.more_fen, 0
    _move(exposure, ExposureState.RELEASED)
    exposure.released_at = at
    exposure.save(update_fields=["state", "released_at", "more_fen"])
    _of(application, exposure.guarantor).update(
        reserved_fen=F("reserved_fen") - reserved, used_fen=F("used_fen") - used
    )


def _locked(application: Application, guarantor: Guarantor) -> list[Limit]:
    """Lock the limits that an application takes of, and return them.

    That of the total comes first: who holds it waits for nobody who wants it.
    """
    order = (F("principal").asc(nulls_first=True), F("lot").asc(nulls_first=True))
    return list(_of(application, guarantor).select_for_update().order_by(*order))


def _of(application: Application, guarantor: Guarantor) -> QuerySet[Limit]:
    total = Q(principal=None, lot=None)
    scopes = total | Q(principal=application.bidder_id) | Q(lot=application.lot_id)
    return Limit.objects.filter(scopes, guarantor=guarantor)


def _move(exposure: Exposure, state: ExposureState) -> None:
    check_move(EXPOSURE, ExposureState(exposure.state), state)
    exposure.state = state

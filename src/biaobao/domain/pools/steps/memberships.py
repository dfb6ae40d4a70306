"""Memberships, inside the actions that move them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, Value
from django.db.models.functions import Greatest

from biaobao.core.actor import Actor
from biaobao.core.instants import day_of
from biaobao.core.states import check_move
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Membership, Reserve
from biaobao.domain.pools.states import MEMBERSHIP, MembershipState
from biaobao.platform import reads
from biaobao.platform.audit import log
from biaobao.platform.db import step

# Why a membership is suspended that was not topped up in time.
TOP_UP_MISSED = "TOP_UP_MISSED"


@step
def lock(ids: Collection[UUID]) -> list[Membership]:
    """Lock memberships, with their schemes and terms."""
    if not ids:
        return []
    wanted = Membership.objects.filter(pk__in=reads.among("uuid", ids)).order_by("pk")
    locked = list(wanted.select_for_update().values_list("pk", flat=True))
    # Read only now: of a row that was waited for, one statement would join what it was before.
    read = Membership.objects.filter(pk__in=reads.among("uuid", locked)).order_by("pk")
    return list(read.select_related("scheme", "tier__terms", "member"))


@step
def move(row: Membership, state: MembershipState) -> None:
    """Let a locked membership follow its table; the caller saves it."""
    check_move(MEMBERSHIP, MembershipState(row.state), state)
    row.state = state


@step
def resume(row: Membership, *, at: datetime, actor: Actor) -> None:
    """Let a locked membership that was suspended cover lots again; what it lacks has its time anew."""
    move(row, MembershipState.ACTIVE)
    row.why = ""
    record("membership.resumed", row, at=at, actor=actor)
    follow_balance(row, at=at, actor=actor)


@step
def take_name(row: Membership, name: str, *, at: datetime, actor: Actor) -> None:
    """Let a locked membership have its company's present name."""
    told = {"before": row.member_name, "now": name}
    row.member_name = name
    row.save(update_fields=["member_name"])
    record("membership.renamed", row, at=at, actor=actor, **told)


@step
def follow_balance(row: Membership, *, at: datetime, actor: Actor) -> None:
    """Let a locked membership follow what lies here for it: it begins, lacks something, or is whole again."""
    is_whole = row.balance_fen >= row.tier.contribution_fen
    row.shared_fen = min(row.shared_fen, max(0, row.tier.contribution_fen - row.balance_fen))
    state = MembershipState(row.state)
    if is_whole and state is MembershipState.PAYMENT_PENDING:
        row.starts_on = day_of(at)
        end_on(row, rules.last_day(row.starts_on, row.tier.terms.term_months))
        _become(row, MembershipState.ACTIVE, at=at, actor=actor)
    elif is_whole and (
        state is MembershipState.DEFICIT
        or (state is MembershipState.SUSPENDED and row.why == TOP_UP_MISSED)
    ):
        row.why, row.top_up_by = "", None
        _become(row, MembershipState.ACTIVE, at=at, actor=actor)
    elif not is_whole and state is MembershipState.ACTIVE:
        row.top_up_by = day_of(at) + timedelta(days=row.tier.terms.top_up_days)
        _become(row, MembershipState.DEFICIT, at=at, actor=actor)
    row.save()
    follow_limit(row)


@step
def follow_limit(row: Membership) -> None:
    """Let a locked membership be held for no more than lies here, where that covers; what is held stays."""
    bounded = Reserve.objects.filter(membership=row, limit_fen__isnull=False)
    bounded.update(limit_fen=Greatest(Value(row.balance_fen), F("held_fen")))


@step
def end_on(row: Membership, day: date) -> None:
    """Let a locked membership, with its new terms, last until a day and be reminded in time; the caller saves
    it.
    """
    row.ends_on = day
    row.remind_on = rules.renewed_from(day, row.tier.terms.renewal_days)


@step
def ask_to_top_up(row: Membership, *, at: datetime) -> None:
    """Let the time to top up begin anew for a locked membership that the pool paid out of."""
    if row.state == MembershipState.DEFICIT:
        row.top_up_by = day_of(at) + timedelta(days=row.tier.terms.top_up_days)
        row.save(update_fields=["top_up_by"])


@step
def record(
    name: str,
    row: Membership,
    *,
    reason: str = "",
    at: datetime,
    actor: Actor,
    **facts: str,
) -> None:
    """Write down what happened to a membership."""
    event = log.Event(
        name.replace("_", "-"),
        f"membership:{row.pk}",
        reason=reason,
        facts={"number": row.number, **facts},
        organisation_id=row.member_id,
    )
    log.record(event, at=at, actor=actor)


def _become(row: Membership, state: MembershipState, *, at: datetime, actor: Actor) -> None:
    move(row, state)
    record(f"membership.{state.lower()}", row, at=at, actor=actor)

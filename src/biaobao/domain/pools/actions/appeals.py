"""申诉: a company that was refused says that its membership is right, and an operator decides.

No lot is named anywhere: operators must not learn for what a company bids.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from biaobao.core.actor import Actor
from biaobao.core.numbers import drawn
from biaobao.core.refusal import NotAllowed, NotFound, Refused, refuse, require
from biaobao.core.states import check_move
from biaobao.core.uploads import BYTES_MAX, Upload
from biaobao.domain.pools import rules
from biaobao.domain.pools.models import Appeal, AppealFile, Membership, read_membership
from biaobao.domain.pools.states import APPEAL, OVER, AppealState, MembershipState
from biaobao.domain.pools.steps import memberships
from biaobao.domain.pools.types import Check, Mend
from biaobao.platform import vault
from biaobao.platform.audit import log
from biaobao.platform.db import action


@action
def file(*, words: str, documents: Sequence[Upload], at: datetime, actor: Actor) -> UUID:
    """Appeal against what keeps the actor's membership from covering lots, with documents; return its id.

    :raises Refused: TEXT_MISSING, APPEAL_DOCUMENTS_MISSING, DOCUMENTS_TOO_MANY, DOCUMENT_TOO_LARGE,
        DOCUMENT_NOT_READABLE, NOTHING_TO_APPEAL, or APPEAL_UNDER_WAY while one is open.
    """
    require(rules.may_join(actor), "appeal")
    if actor.organisation_id is None or actor.person_id is None:
        raise NotAllowed("appeal without an organisation")
    if objections := tuple(rules.objections_to_appeal(words, documents)):
        raise Refused(*objections)
    membership = _membership_of(actor.organisation_id)
    reasons = _failing(membership)
    if not reasons:
        raise refuse("NOTHING_TO_APPEAL")
    row = Appeal(
        number=f"SS{drawn(10)}",
        bidder_id=actor.organisation_id,
        membership=membership,
        reasons=list(reasons),
        words=words.strip(),
        filed_at=at,
        filed_by_id=actor.person_id,
    )
    Appeal.objects.bulk_create([row], ignore_conflicts=True)
    if not Appeal.objects.filter(pk=row.pk).exists():
        # Of two windows at once one was first, whatever became of its appeal by now.
        first = Appeal.objects.filter(bidder_id=actor.organisation_id).latest("filed_at")
        raise refuse("APPEAL_UNDER_WAY", number=first.number)
    for place, document in enumerate(documents, 1):
        _keep(row, place, document)
    _record(row, reasons, at=at, actor=actor)
    return row.pk


@action
def withdraw(*, appeal_id: UUID, at: datetime, actor: Actor) -> None:
    """Take one's own appeal back. Twice is once.

    :raises NotFound: if it is not the actor's.
    :raises Refused: APPEAL_DECIDED.
    """
    require(rules.may_join(actor), "take an appeal back")
    row, _ = _locked(appeal_id)
    if row.bidder_id != actor.organisation_id:
        raise NotFound(f"appeal {appeal_id}")
    if row.state != AppealState.WITHDRAWN:
        _decide(row, AppealState.WITHDRAWN, "", at=at, actor=actor)


@action
def uphold(
    *, appeal_id: UUID, mends: Collection[Mend], words: str, at: datetime, actor: Actor
) -> None:
    """Uphold an appeal, mend the membership, and say what was mended: what it was refused for holds no more.
    Twice is once.

    :param mends: to be done now; none if it was mended elsewhere, as when its money is here by now.
    :raises NotFound: if there is no such appeal.
    :raises Refused: TEXT_MISSING, APPEAL_DECIDED, or APPEAL_NOT_MENDED while a reason of the appeal holds.
    """
    require(rules.may_keep_schemes(actor), "decide on appeals")
    _require_words(words)
    row, membership = _locked(appeal_id)
    if row.state == AppealState.UPHELD:
        return
    if row.state != AppealState.FILED:
        raise refuse("APPEAL_DECIDED", number=row.number)
    if membership is not None:
        _mend(membership, mends, at=at, actor=actor)
    if set(row.reasons) & set(_failing(membership)):
        raise refuse("APPEAL_NOT_MENDED", number=row.number)
    row.mends = [each.value for each in Mend if each in mends]
    _decide(row, AppealState.UPHELD, words, at=at, actor=actor)


@action
def reject(*, appeal_id: UUID, words: str, at: datetime, actor: Actor) -> None:
    """Reject an appeal, and say why. Twice is once.

    :raises NotFound: if there is no such appeal.
    :raises Refused: TEXT_MISSING or APPEAL_DECIDED.
    """
    require(rules.may_keep_schemes(actor), "decide on appeals")
    _require_words(words)
    row, _ = _locked(appeal_id)
    if row.state != AppealState.REJECTED:
        _decide(row, AppealState.REJECTED, words, at=at, actor=actor)


def _require_words(words: str) -> None:
    if not words.strip() or len(words) > rules.TEXT_MAX:
        raise refuse("TEXT_MISSING", field="words")


def _membership_of(bidder_id: UUID) -> Membership | None:
    live = Membership.objects.filter(member_id=bidder_id).exclude(state__in=OVER)
    return next(iter(memberships.lock(list(live.values_list("pk", flat=True)))), None)


def _failing(membership: Membership | None) -> tuple[Check, ...]:
    if membership is None:
        return rules.failing(rules.standing(None, ""))
    return rules.failing(rules.standing(read_membership(membership), membership.member.name))


def _locked(appeal_id: UUID) -> tuple[Appeal, Membership | None]:
    """Return an appeal and the membership that its company has now, that one locked first."""
    found = Appeal.objects.filter(pk=appeal_id).first()
    if found is None:
        raise NotFound(f"appeal {appeal_id}")
    membership = _membership_of(found.bidder_id)
    return Appeal.objects.select_for_update().get(pk=appeal_id), membership


def _mend(row: Membership, mends: Collection[Mend], *, at: datetime, actor: Actor) -> None:
    if Mend.TAKE_NAME in mends:
        memberships.take_name(row, row.member.name, at=at, actor=actor)
    if Mend.RESUME in mends and row.state == MembershipState.SUSPENDED:
        memberships.resume(row, at=at, actor=actor)


def _keep(row: Appeal, place: int, document: Upload) -> None:
    kept = vault.keep(document.content, limit=BYTES_MAX)
    AppealFile.objects.create(
        appeal=row,
        place=place,
        name=document.name,
        media_type=document.media_type,
        size=len(document.content),
        sha256=kept.sha256,
        stored_sha256=kept.stored_sha256,
        wrapped_key=kept.wrapped_key,
    )


def _decide(row: Appeal, state: AppealState, words: str, *, at: datetime, actor: Actor) -> None:
    if row.state != AppealState.FILED:
        raise refuse("APPEAL_DECIDED", number=row.number)
    check_move(APPEAL, AppealState(row.state), state)
    row.state, row.decision = state, words.strip()
    row.decided_at, row.decided_by_id = at, actor.person_id
    row.save()
    _record(row, row.mends, at=at, actor=actor)


def _record(row: Appeal, what: Sequence[str], *, at: datetime, actor: Actor) -> None:
    told = {"number": row.number, "words": row.decision or row.words, "what": " ".join(what)}
    event = log.Event(
        f"appeal.{AppealState(row.state).lower()}",
        f"appeal:{row.pk}",
        facts=told,
        organisation_id=row.bidder_id,
    )
    log.record(event, at=at, actor=actor)

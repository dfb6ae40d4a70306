"""材料签章: naming the handler, and keeping the agreement that the bidder signed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.documents import steps as documents
from biaobao.domain.documents.types import Kind, Signed
from biaobao.domain.guarantees.models import Application, Particulars
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules import applying
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.steps import applications
from biaobao.domain.guarantees.types import SignedAgreement
from biaobao.domain.parties import queries as parties
from biaobao.domain.tenders import queries as tenders
from biaobao.platform.db import action


@action
def name_handler(*, application_id: UUID, handler_id: UUID, at: datetime, actor: Actor) -> None:
    """Name who sees an approved application through (经办人); another may be named until it is signed.

    :raises NotFound: if the application or the handler is not the actor's.
    :raises Refused: NOT_TO_BE_SIGNED.
    """
    require(applying.may_apply(actor), "name a handler")
    row = applications.lock_own(application_id, actor)
    if row.state not in (ApplicationState.APPROVED, ApplicationState.SIGNING):
        raise refuse("NOT_TO_BE_SIGNED")
    profile = parties.profile(organisation_id=row.bidder_id, actor=SYSTEM)
    handler = next((each for each in profile.handlers if each.id == handler_id), None)
    if handler is None:
        raise NotFound(f"handler {handler_id}")
    Particulars.objects.filter(pk=row.pk).update(
        handler_name=handler.name, handler_id_number=handler.id_number, handler_phone=handler.phone
    )
    if row.state == ApplicationState.APPROVED:
        applications.move(row, ApplicationState.SIGNING)
    row.handler_named_at = at
    row.save(update_fields=["state", "handler_named_at"])
    applications.record("application.handler-named", row, at=at, actor=actor)


@action
def keep_prepared(*, application_id: UUID, prepared: bytes, at: datetime, actor: Actor) -> None:
    """Keep the agreement with room for a signature, until the signature comes. The newest stands.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: NOT_TO_BE_SIGNED.
    """
    require(applying.may_apply(actor), "sign an agreement")
    row = applications.lock_own(application_id, actor)
    _require_signing(row)
    row.prepared_id = _kept(row, prepared, at=at)
    row.save(update_fields=["prepared"])


@action
def keep_signed(
    *, application_id: UUID, signed: SignedAgreement, at: datetime, actor: Actor
) -> None:
    """Keep an agreement that the bidder's certificate signed. Signed anew, the newer one stands.

    :raises NotFound: if the application is not the actor's.
    :raises Refused: NOT_TO_BE_SIGNED, AGREEMENT_CHANGED if what was signed is not what is to be signed now,
        or CERTIFICATE_OF_ANOTHER.
    """
    require(applying.may_apply(actor), "sign an agreement")
    row = applications.lock_own(application_id, actor)
    if row.agreement_sha256 == signed.pdf.sha256:
        return
    _require_signing(row)
    if signed.agreement != papers.agreement(application_id=application_id, actor=actor):
        raise refuse("AGREEMENT_CHANGED")
    bidder = parties.organisation(organisation_id=row.bidder_id, actor=SYSTEM)
    signer = signed.pdf.signature.signer
    if signer.uscc != bidder.uscc:
        raise refuse(
            "CERTIFICATE_OF_ANOTHER",
            field="certificate",
            uscc=bidder.uscc,
            certificate=signer.uscc,
        )
    if row.state == ApplicationState.SIGNING:
        applications.move(row, ApplicationState.SIGNED)
    row.agreement_id = _kept(row, signed.pdf, at=at)
    row.signed_at = at
    row.agreement_sha256 = signed.pdf.sha256
    row.agreement_signer = f"{signer.name} {signer.serial}"
    row.agreed_as_of = tenders.lot(lot_id=row.lot_id, actor=SYSTEM).changed_at
    row.save()
    applications.record("application.signed", row, at=at, actor=actor)


def _require_signing(row: Application) -> None:
    if row.state not in (ApplicationState.SIGNING, ApplicationState.SIGNED):
        raise refuse("NOT_TO_BE_SIGNED")


def _kept(row: Application, made: bytes | Signed, *, at: datetime) -> UUID:
    return documents.keep(
        made, kind=Kind.AGREEMENT, bidder_id=row.bidder_id, lot_id=row.lot_id, at=at
    )

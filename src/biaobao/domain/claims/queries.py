"""Reading claims: a beneficiary its own; guarantor, bidder and who runs the lot once they are presented."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from biaobao.core.actor import SYSTEM, Actor, Role
from biaobao.core.money import Money
from biaobao.core.paging import Page, slice_of
from biaobao.core.refusal import NotFound, require
from biaobao.domain.banking import queries as banking
from biaobao.domain.claims import models, rules, types
from biaobao.domain.claims.states import ClaimState
from biaobao.domain.documents.types import Demand, Party
from biaobao.domain.guarantees.rules import letters as letter_rules
from biaobao.domain.parties import queries as parties
from biaobao.domain.securities.rules import CAUSES
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders import queries as tenders
from biaobao.platform import vault
from biaobao.platform.db import query

PAGE_SIZE = 20
_MISMATCHES = """
SELECT 'claim ' || c.number, 'is ' || c.state || ', holds ' || coalesce(l.credit_fen - l.debit_fen, 0)
       || ' fen in the books, ' || CASE WHEN c.order_id IS NULL THEN c.funded_fen ELSE 0 END
       || ' fen by itself'
  FROM claims_claim c LEFT JOIN ledger_account l ON l.code = 'claim:' || c.id
 WHERE coalesce(l.credit_fen - l.debit_fen, 0) <> CASE WHEN c.order_id IS NULL THEN c.funded_fen ELSE 0 END
UNION ALL
SELECT 'claim ' || c.number, 'is ' || c.state || ', its order ' || o.state
  FROM claims_claim c JOIN banking_paymentorder o ON o.id = c.order_id
 WHERE c.state <> ALL (CASE o.state WHEN 'PAID' THEN ARRAY['PAID', 'CLOSED']
                       WHEN 'REFUSED' THEN ARRAY['PAY_FAILED']
                       WHEN 'RETURNED' THEN ARRAY['PAY_FAILED'] ELSE ARRAY['PAYING'] END)
UNION ALL
SELECT 'letter ' || l.number, 'paid ' || l.paid_out_fen || ' fen and has ' || l.open_claims
       || ' open claims; its claims say '
       || coalesce(sum(c.amount_fen) FILTER (WHERE c.first_paid_at IS NOT NULL), 0) || ' and '
       || count(c.id) FILTER (WHERE c.first_paid_at IS NULL AND c.state IN
                              ('PRESENTED', 'STAYED', 'ACCEPTED', 'PAYING', 'PAY_FAILED'))
  FROM guarantees_letter l LEFT JOIN claims_claim c ON c.letter_id = l.id
 GROUP BY l.id
HAVING l.paid_out_fen <> coalesce(sum(c.amount_fen) FILTER (WHERE c.first_paid_at IS NOT NULL), 0)
    OR l.open_claims <> count(c.id) FILTER (WHERE c.first_paid_at IS NULL AND c.state IN
                                            ('PRESENTED', 'STAYED', 'ACCEPTED', 'PAYING', 'PAY_FAILED'))
"""


@query
def of_opened_lot(*, lot_id: UUID, actor: Actor) -> tuple[types.Claim, ...]:
    """Return the claims of an opened lot, to those who run it and to those who watch, the newest first.

    :raises NotFound: to anybody else, and before the opening to all.
    """
    tenders.opened_lot(lot_id=lot_id, actor=actor)
    found = _rows(actor).filter(lot_id=lot_id)
    return tuple(map(models.read_claim, found.order_by("-drafted_at", "pk")))


@query
def of_application(*, application_id: UUID, actor: Actor) -> tuple[types.Claim, ...]:
    """Return the claims under the letter of an application that the actor may see, the newest first."""
    found = _rows(actor).filter(letter__application=application_id)
    return tuple(map(models.read_claim, found.order_by("-drafted_at", "pk")))


@query
def at_guarantor(
    *, search: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE, actor: Actor
) -> Page[types.Claim]:
    """Return the claims that were presented to the guarantor, those due first before others."""
    require(rules.may_examine(actor), "see a guarantor's claims")
    found = _rows(actor).filter(guarantor_id=actor.organisation_id)
    if state:
        found = found.filter(state=state)
    if search:
        found = found.filter(
            Q(number__icontains=search)
            | Q(letter__number__icontains=search)
            | Q(lot__code__icontains=search)
            | Q(bidder__name__icontains=search)
        )
    total = found.count()
    shown, first, pages = slice_of(page, total, size)
    is_to_examine = Case(When(state=ClaimState.PRESENTED, then=0), default=1)
    listed = found.order_by(
        is_to_examine, F("ended_at").desc(nulls_first=True), "examine_by", "pk"
    )[first : first + size]
    return Page(tuple(map(models.read_claim, listed)), shown, pages, total)


@query
def sums(*, actor: Actor) -> tuple[tuple[ClaimState, int, Money], ...]:
    """Return how many claims at the actor's guarantor stand how, and over how much."""
    require(rules.may_examine(actor), "see a guarantor's claims")
    own = models.Claim.objects.filter(
        guarantor_id=actor.organisation_id, presented_at__isnull=False
    )
    found = own.values_list("state").annotate(number=Count("pk"), fen=Sum("amount_fen"))
    by_state = {state: (number, Money(fen)) for state, number, fen in found}
    return tuple((state, *by_state[state]) for state in ClaimState if state in by_state)


@query
def claim(*, claim_id: UUID, actor: Actor) -> types.ClaimDesk:
    """Return a claim with all that belongs to it.

    :raises NotFound: if there is none for this actor.
    """
    row = _row(claim_id, actor)
    account = None
    if row.sub_account_id and actor.role is Role.GUARANTOR:
        found = banking.sub_accounts(ids={row.sub_account_id}, actor=SYSTEM)
        account = found.get(row.sub_account_id)
    shown = row.files.exclude(kind=types.FileKind.PREPARED)
    return types.ClaimDesk(
        claim=models.read_claim(row),
        files=tuple(map(models.read_file, shown.order_by("kept_at", "kind", "name"))),
        stays=tuple(map(models.read_stay, row.stays.order_by("ordered_at", "pk"))),
        receipts=tuple(map(models.read_receipt, row.receipts.order_by("received_on", "noted_at"))),
        account=account,
    )


@query
def file(*, claim_id: UUID, file_id: UUID, actor: Actor) -> tuple[types.KeptFile, bytes]:
    """Return a file of a claim and its content.

    :raises NotFound: if there is none for this actor.
    """
    row = _row(claim_id, actor).files.filter(pk=file_id).first()
    if row is None:
        raise NotFound(f"file {file_id}")
    return models.read_file(row), _content(row)


@query
def demand(*, claim_id: UUID, actor: Actor) -> Demand:
    """Return what the actor's drafted demand says.

    :raises NotFound: if it is not a draft of the actor's.
    """
    row = _draft(claim_id, actor)
    lot = tenders.lot(lot_id=row.lot_id, actor=actor)
    return Demand(
        number=row.number,
        letter=row.letter.number,
        guarantor=_party(row.guarantor_id),
        applicant=_party(row.bidder_id),
        beneficiary=_party(row.beneficiary_id),
        works=letter_rules.works_of(lot),
        amount=Money(row.amount_fen),
        cause=CAUSES[Cause(row.cause)],
        clause=row.clause,
        statement=row.statement,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        payee_bank=row.payee_bank,
        documents=tuple(
            f"{each.name} {each.sha256}"
            for each in row.files.filter(kind=types.FileKind.DOCUMENT).order_by("kept_at", "name")
        ),
        made_at=row.drafted_at,
    )


@query
def prepared(*, claim_id: UUID, actor: Actor) -> bytes:
    """Return the actor's demand with room for a signature, the newest that was kept.

    :raises NotFound: if nothing was prepared.
    """
    files = _draft(claim_id, actor).files.filter(kind=types.FileKind.PREPARED)
    row = files.order_by("-kept_at", "-pk").first()
    if row is None:
        raise NotFound(f"prepared demand of {claim_id}")
    return _content(row)


@query
def mismatches(*, actor: Actor) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - the scope reads it
    """Return where claims, letters, orders and the books disagree: nowhere, if all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_MISMATCHES)
        return tuple(cursor.fetchall())


def _rows(actor: Actor) -> QuerySet[models.Claim]:
    """Return the claims that the scope shows; others' drafts are nobody's business."""
    found = models.Claim.objects.select_related(
        "letter", "lot", "bidder", "guarantor", "beneficiary"
    )
    others = ~Q(state=ClaimState.DRAFT) & ~Q(presented_at=None)
    return found.filter(others | Q(beneficiary_id=actor.organisation_id))


def _row(claim_id: UUID, actor: Actor) -> models.Claim:
    row = _rows(actor).filter(pk=claim_id).first()
    if row is None:
        raise NotFound(f"claim {claim_id}")
    if actor.role in (Role.TENDERER, Role.AGENCY):
        tenders.opened_lot(lot_id=row.lot_id, actor=actor)
    return row


def _draft(claim_id: UUID, actor: Actor) -> models.Claim:
    row = _row(claim_id, actor)
    if row.state != ClaimState.DRAFT or row.beneficiary_id != actor.organisation_id:
        raise NotFound(f"draft {claim_id}")
    return row


def _content(row: models.ClaimFile) -> bytes:
    return vault.read(vault.Kept(row.sha256, row.stored_sha256, bytes(row.wrapped_key)))


def _party(organisation_id: UUID) -> Party:
    organisation = parties.organisation(organisation_id=organisation_id, actor=SYSTEM)
    return Party(organisation.name, organisation.uscc)

"""Tables of claims, their files, their money and what courts said of them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from biaobao.core.money import Money
from biaobao.domain.claims import types
from biaobao.domain.claims.states import OPEN, ClaimState
from biaobao.domain.securities.types import Cause

_DECIDED = ["ACCEPTED", "PAYING", "PAY_FAILED", "PAID", "CLOSED", "REFUSED"]
_ENDED = ["CLOSED", "REFUSED", "WITHDRAWN", "STOPPED"]


class Claim(models.Model):
    """A demand under a letter. A draft is its beneficiary's alone.

    ``first_paid_at`` is when its letter was charged with it, whatever came back since.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    letter = models.ForeignKey("guarantees.Letter", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    guarantor = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    beneficiary = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    cause = models.TextField()
    clause = models.TextField()
    statement = models.TextField()
    amount_fen = models.BigIntegerField()
    payee_name = models.TextField()
    payee_account = models.TextField()
    payee_bank = models.TextField()
    state = models.TextField(default=ClaimState.DRAFT)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    presented_at = models.DateTimeField(null=True)
    signer = models.TextField(blank=True)
    examine_by = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    discrepancies = ArrayField(models.TextField(), default=list)
    words = models.TextField(blank=True)
    sub_account = models.ForeignKey(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    funded_fen = models.BigIntegerField(default=0)
    attempt = models.IntegerField(default=0)
    order = models.ForeignKey("banking.PaymentOrder", models.PROTECT, null=True, related_name="+")
    problem = models.TextField(blank=True)
    paid_at = models.DateTimeField(null=True)
    first_paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)
    recovered_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(state__in=[each.value for each in OPEN]),
                name="claims_claim_is_open_once_for_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(payee_account=""),
                name="claims_claim_demands_something_for_somebody",
            ),
            models.CheckConstraint(
                condition=Q(funded_fen__gte=0, funded_fen__lte=F("amount_fen")),
                name="claims_claim_is_funded_to_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(recovered_fen__gte=0, recovered_fen__lte=F("amount_fen"))
                & (Q(recovered_fen=0) | Q(first_paid_at__isnull=False)),
                name="claims_claim_recovers_what_was_paid",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", presented_at=None)
                | Q(state="WITHDRAWN")
                | (
                    ~Q(state__in=["DRAFT", "WITHDRAWN"])
                    & Q(presented_at__isnull=False, examine_by__isnull=False)
                    & ~Q(signer="")
                ),
                name="claims_claim_is_presented_with_a_signature",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=_DECIDED, decided_at__isnull=False, decided_by__isnull=False)
                    | ~Q(state__in=_DECIDED)
                ),
                name="claims_claim_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDED, ended_at__isnull=False)
                | (~Q(state__in=_ENDED) & Q(ended_at=None)),
                name="claims_claim_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PAID", "CLOSED"], paid_at__isnull=False)
                | (~Q(state__in=["PAID", "CLOSED"]) & Q(paid_at=None)),
                name="claims_claim_is_paid_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["PAYING", "PAY_FAILED", "PAID", "CLOSED"])
                | Q(funded_fen=F("amount_fen"), order__isnull=False),
                name="claims_claim_is_paid_out_of_what_was_funded",
            ),
            models.CheckConstraint(
                condition=~Q(state="REFUSED") | ~Q(discrepancies=[]),
                name="claims_claim_is_refused_for_discrepancies",
            ),
        ]
        indexes = [models.Index(fields=["guarantor", "state"], name="claims_claim_by_guarantor")]


class ClaimFile(models.Model):
    """A file of a claim, kept encrypted. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="files")
    kind = models.TextField()
    name = models.TextField()
    media_type = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    kept_at = models.DateTimeField()


class ClaimCredit(models.Model):
    """Money with which a guarantor funded a claim."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notice = models.OneToOneField("banking.Notice", models.PROTECT, related_name="+")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="credits")
    amount_fen = models.BigIntegerField()
    credited_at = models.DateTimeField()
    is_reversed = models.BooleanField(default=False)


class Stay(models.Model):
    """A court's order not to pay a claim for now (中止支付), and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="stays")
    court = models.TextField()
    case_number = models.TextField()
    ordered_at = models.DateTimeField()
    ruling_by = models.DateTimeField()
    sue_by = models.DateTimeField()
    noted_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    before = models.TextField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=Q(ended_at=None), name="claims_stay_is_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="claims_stay_ends_in_some_way",
            ),
        ]


class Receipt(models.Model):
    """Money that a guarantor recovered of the bidder (追偿), as it says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="receipts")
    amount_fen = models.BigIntegerField()
    received_on = models.DateField()
    note = models.TextField(blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="claims_receipt_is_of_something"
            )
        ]


def read_claim(row: Claim) -> types.Claim:
    """Return a claim; letter, lot and the three organisations should have been read with it."""
    return types.Claim(
        id=row.pk,
        number=row.number,
        letter_id=row.letter_id,
        letter_number=row.letter.number,
        letter_amount=Money(row.letter.amount_fen),
        letter_left=Money(row.letter.amount_fen - row.letter.paid_out_fen),
        letter_until=row.letter.valid_until,
        application_id=row.letter.application_id,
        lot_id=row.lot_id,
        lot_code=row.lot.code,
        lot_name=row.lot.name,
        bidder_id=row.bidder_id,
        bidder_name=row.bidder.name,
        guarantor_id=row.guarantor_id,
        guarantor_name=row.guarantor.name,
        beneficiary_id=row.beneficiary_id,
        beneficiary_name=row.beneficiary.name,
        terms=types.Terms(
            cause=Cause(row.cause),
            clause=row.clause,
            statement=row.statement,
            amount=Money(row.amount_fen),
            payee_name=row.payee_name,
            payee_account=row.payee_account,
            payee_bank=row.payee_bank,
        ),
        state=ClaimState(row.state),
        drafted_at=row.drafted_at,
        presented_at=row.presented_at,
        signer=row.signer,
        examine_by=row.examine_by,
        decided_at=row.decided_at,
        discrepancies=tuple(map(types.Discrepancy, row.discrepancies)),
        words=row.words,
        funded=Money(row.funded_fen),
        problem=row.problem,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        recovered=Money(row.recovered_fen),
    )


def read_file(row: ClaimFile) -> types.KeptFile:
    return types.KeptFile(
        row.pk,
        types.FileKind(row.kind),
        row.name,
        row.media_type,
        row.size,
        row.sha256,
        row.kept_at,
    )


def read_stay(row: Stay) -> types.Stay:
    return types.Stay(
        row.pk,
        row.court,
        row.case_number,
        row.ordered_at,
        row.ruling_by,
        row.sue_by,
        row.ended_at,
        types.StayOutcome(row.outcome) if row.outcome else None,
    )


def read_receipt(row: Receipt) -> types.Receipt:
    return types.Receipt(Money(row.amount_fen), row.received_on, row.note, row.noted_at)

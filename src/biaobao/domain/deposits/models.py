"""Tables of deposits, of the credits judged for them, and of what goes back or is claimed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from biaobao.domain.deposits.states import (
    ClaimState,
    DepositState,
    PayeeState,
    RefundState,
)
from biaobao.domain.deposits.types import UnplacedCredit

# Whoever proposed may take it back, but only somebody else may confirm it.
CONFIRMED_BY_ANOTHER = (
    Q(state="PROPOSED", decided_at=None, decided_by=None)
    | Q(state="DECLINED", decided_at__isnull=False, decided_by__isnull=False)
    | (
        Q(state="CONFIRMED", decided_at__isnull=False, decided_by__isnull=False)
        & ~Q(decided_by=F("proposed_by"))
    )
)


class Deposit(models.Model):
    """The money way of one security: its sub-account and how far the money has come.

    ``received_fen`` is what lies here for it still; the books hold the same.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    security = models.OneToOneField("securities.Security", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    sub_account = models.ForeignKey(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    state = models.TextField(default=DepositState.EXPECTED)
    # Money came, and less than all. An index on the state would change with each deposit that is confirmed,
    # and all others of its row with it.
    is_partial = models.GeneratedField(
        expression=Q(state="PARTIAL"),  # type: ignore[arg-type]  # it is one, though the stubs say not
        output_field=models.BooleanField(),
        db_persist=True,
    )
    reason = models.TextField(blank=True)
    received_fen = models.BigIntegerField(default=0)
    counted_fen = models.BigIntegerField(default=0)
    chosen_at = models.DateTimeField()
    assessed_at = models.DateTimeField()
    # What the assessment rested on: when either moves, the deposit is assessed anew.
    lot_as_of = models.DateTimeField()
    basic_account_as_of = models.DateTimeField(null=True)
    payer_name = models.TextField(blank=True)
    payer_number = models.TextField(blank=True)
    payer_is_confirmed = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    # From when on it secures nothing, and why: SWITCHED, WITHDRAWN, or what ended the duty.
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(counted_fen__gte=0, received_fen__gte=F("counted_fen")),
                name="deposits_deposit_counts_only_what_came",
            ),
            models.CheckConstraint(
                condition=Q(state="CONFIRMED", confirmed_at__isnull=False)
                | (~Q(state="CONFIRMED") & Q(confirmed_at=None)),
                name="deposits_deposit_confirmed_with_time",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, release_reason="")
                | (Q(released_at__isnull=False, state="RELEASED") & ~Q(release_reason="")),
                name="deposits_deposit_released_with_time_and_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["lot"], condition=Q(is_partial=True), name="deposits_deposit_is_partial"
            ),
        ]


class Credit(models.Model):
    """A notice of money in, judged: every check with its verdict, and what it came to.

    ``checks`` is evidence for people, as JSON (a list of code, verdict, reason and the values compared): kept
    as text, for the server never looks into it.
    ``refundable_minor`` may go back now; ``returned_minor`` has gone back, or is on its way. What is
    copied from its notice and its deposit has no foreign keys of its own: theirs hold.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notice = models.OneToOneField("banking.Notice", models.PROTECT, related_name="+")
    bank = models.ForeignKey(
        "banking.Bank", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    deposit = models.ForeignKey(Deposit, models.PROTECT, null=True, related_name="credits")
    lot = models.ForeignKey(
        "tenders.Lot",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    bidder = models.ForeignKey(
        "parties.Organisation",
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    credited_at = models.DateTimeField()
    payer_name = models.TextField(blank=True)
    payer_account = models.TextField(blank=True)
    payer_bank = models.TextField(blank=True)
    account = models.TextField()
    serial = models.TextField()
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    checks = models.TextField()
    judged_at = models.DateTimeField()
    refundable_minor = models.BigIntegerField(default=0, db_default=0)
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    refundable_minor__gte=0,
                    returned_minor__gte=0,
                    returned_minor__lte=F("amount_minor"),
                ),
                name="deposits_credit_gives_back_at_most_itself",
            ),
        ]
        indexes = [
            models.Index(fields=["lot", "payer_account"], name="deposits_credit_by_payer"),
            models.Index(
                fields=["credited_at"],
                condition=Q(deposit=None, outcome="SUSPENDED"),
                name="deposits_credit_in_suspense",
            ),
            models.Index(
                fields=["lot"],
                condition=Q(refundable_minor__gt=0),
                name="deposits_credit_refundable",
            ),
        ]


class AssessedLot(models.Model):
    """Up to which change of a lot all its deposits are judged; so that only what changed is looked at."""

    lot = models.OneToOneField("tenders.Lot", models.PROTECT, primary_key=True, related_name="+")
    as_of = models.DateTimeField()


class AssessedBidder(models.Model):
    """Up to which change of a bidder's basic account all its deposits are judged."""

    bidder = models.OneToOneField(
        "parties.Organisation", models.PROTECT, primary_key=True, related_name="+"
    )
    as_of = models.DateTimeField()


class Refund(models.Model):
    """Money of one credit that goes back: to the account that paid it, or to one that two confirmed.

    The same person never proposes and approves it; None is the house itself, which proposes by rule.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    credit = models.ForeignKey(Credit, models.PROTECT, related_name="refunds")
    deposit = models.ForeignKey(Deposit, models.PROTECT, null=True, related_name="refunds")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, null=True, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    note = models.TextField(blank=True)
    state = models.TextField(default=RefundState.PROPOSED)
    attempt = models.IntegerField(default=1)
    payee_name = models.TextField()
    payee_account = models.TextField(blank=True)
    payee_bank = models.TextField(blank=True)
    due_at = models.DateTimeField()
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    proposed_as = models.TextField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey("banking.PaymentOrder", models.PROTECT, null=True, related_name="+")
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit"],
                condition=Q(state="PROPOSED"),
                name="deposits_refund_is_proposed_once",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="deposits_refund_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(proposed_by=None)
                | Q(approved_by=None)
                | ~Q(approved_by=F("proposed_by")),
                name="deposits_refund_needs_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", approved_at=None, paid_at=None, ended_at=None)
                | Q(state="CANCELLED", approved_at=None, paid_at=None, ended_at__isnull=False)
                | Q(state="APPROVED", approved_at__isnull=False, paid_at=None, ended_at=None)
                | Q(state="FAILED", approved_at__isnull=False, paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="deposits_refund_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False, order__isnull=False),
                name="deposits_refund_approved_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="deposits_refund_by_state"),
        ]


class LotReturn(models.Model):
    """That somebody approved, as a whole, that the deposits of a terminated lot go back."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    approved_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")


class PayeeChange(models.Model):
    """Another account for a refund that did not reach its payer. Told by one, confirmed by another.

    It names no lot, so that operators can check it before the opening.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    refund = models.ForeignKey(Refund, models.PROTECT, related_name="payee_changes")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    account_name = models.TextField()
    number = models.TextField()
    bank_name = models.TextField()
    note = models.TextField(blank=True)
    state = models.TextField(default=PayeeState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    decline_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["refund"],
                condition=Q(state="PROPOSED"),
                name="deposits_payeechange_is_proposed_once",
            ),
            models.CheckConstraint(
                condition=CONFIRMED_BY_ANOTHER, name="deposits_payeechange_needs_two_people"
            ),
        ]


class Claim(models.Model):
    """That some money belongs to a bidder, said by one and confirmed by another. It names no lot.

    A bidder claims with a bank slip, before he knows of a credit; an operator finds the credit. Or an
    operator says whose a credit is, and the bidder says for which lot. ``credit`` is set from the start
    when it is known, and once confirmed in any case.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    credit = models.ForeignKey(Credit, models.PROTECT, null=True, related_name="claims")
    by_operator = models.BooleanField()
    amount_fen = models.BigIntegerField(null=True)
    paid_on = models.DateField(null=True)
    payer_account = models.TextField(blank=True)
    note = models.TextField(blank=True)
    slip_name = models.TextField(blank=True)
    slip_type = models.TextField(blank=True)
    slip_sha256 = models.CharField(max_length=64, blank=True)
    state = models.TextField(default=ClaimState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    decline_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["credit"],
                condition=Q(state="PROPOSED"),
                name="deposits_claim_is_proposed_once",
            ),
            models.CheckConstraint(
                condition=CONFIRMED_BY_ANOTHER, name="deposits_claim_needs_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state="CONFIRMED") | Q(credit__isnull=False),
                name="deposits_claim_confirmed_of_a_credit",
            ),
        ]


class ClaimTarget(models.Model):
    """For which deposit a claim is: sealed, while the claim itself shows to operators."""

    claim = models.OneToOneField(Claim, models.PROTECT, primary_key=True, related_name="target")
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")


def read_unplaced(row: Credit) -> UnplacedCredit:
    """Return a credit in suspense as operators see it."""
    return UnplacedCredit(
        id=row.pk,
        serial=row.serial,
        amount_minor=row.amount_minor,
        currency=row.currency,
        credited_at=row.credited_at,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        reason=row.reason,
        payer_bank=row.payer_bank,
        account=row.account,
        refundable_minor=row.refundable_minor,
    )

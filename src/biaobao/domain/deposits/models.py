"""Tables of deposits and of the credits judged for them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from biaobao.domain.deposits.states import DepositState


class Deposit(models.Model):
    """The money way of one security: its sub-account and how far the money has come."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    security = models.OneToOneField("securities.Security", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    sub_account = models.OneToOneField(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    state = models.TextField(default=DepositState.EXPECTED)
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
        ]


class Credit(models.Model):
    """A notice of money in, judged: every check with its verdict, and what it came to.

    ``checks`` is evidence for people (a list of code, verdict and the values compared), never queried.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notice = models.OneToOneField("banking.Notice", models.PROTECT, related_name="+")
    bank = models.ForeignKey("banking.Bank", models.PROTECT, related_name="+")
    deposit = models.ForeignKey(Deposit, models.PROTECT, null=True, related_name="credits")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, null=True, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    credited_at = models.DateTimeField()
    payer_name = models.TextField(blank=True)
    payer_account = models.TextField(blank=True)
    serial = models.TextField()
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    checks = models.JSONField()
    judged_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["lot", "payer_account"], name="deposits_credit_by_payer"),
        ]

"""The books: an account carries its totals, a transfer is one row with both sides."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """An account. Its totals move only by the trigger on transfers and cannot pass zero."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField()
    is_asset = models.BooleanField()
    debit_fen = models.BigIntegerField(default=0)
    credit_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="ledger_account_has_its_own_code"),
            models.CheckConstraint(
                condition=Q(is_asset=True, debit_fen__gte=F("credit_fen"))
                | Q(is_asset=False, credit_fen__gte=F("debit_fen")),
                name="ledger_account_does_not_pass_zero",
            ),
        ]


class Transfer(models.Model):
    """Money moved from one account to another. It cannot be unbalanced, changed or repeated.

    That both accounts exist is seen to by the trigger that moves their totals, for all transfers of a
    statement at once; and no account is ever deleted.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.TextField()
    debit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    fen = models.BigIntegerField()
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_transfer_moves_once"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="ledger_transfer_moves_something"),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="ledger_transfer_has_two_accounts"
            ),
        ]
        indexes = [
            BrinIndex(fields=["effective_at"], autosummarize=True, name="ledger_transfer_by_time")
        ]

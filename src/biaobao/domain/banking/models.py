"""Tables of banks, sub-accounts, files from banks, and the notices in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from biaobao.domain.banking.states import FileState, NoticeState, SubAccountState


class Bank(models.Model):
    """A bank that keeps our main account, and how it is reached. Its secret is in the environment."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    channel = models.TextField()
    location = models.TextField()
    main_account = models.TextField()
    spare_accounts = models.IntegerField(default=20)
    asked_accounts = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=["http", "folder"]), name="banking_bank_channel_is_known"
            )
        ]


class SubAccount(models.Model):
    """A virtual sub-account under a main account, for one purpose, e.g. one bidder's one deposit.

    ``purpose`` and ``purpose_id`` name what it is for in the words of the context above.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    number = models.TextField()
    name = models.TextField()
    branch = models.TextField()
    state = models.TextField(default=SubAccountState.FREE)
    purpose = models.TextField(blank=True)
    purpose_id = models.UUIDField(null=True)
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "number"], name="banking_subaccount_number_is_one_at_a_bank"
            ),
            models.UniqueConstraint(
                fields=["purpose", "purpose_id"],
                condition=Q(state="ASSIGNED"),
                name="banking_subaccount_is_one_for_each_purpose",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="FREE", assigned_at=None, closed_at=None, purpose_id=None, holder=None)
                    | Q(
                        state="ASSIGNED",
                        assigned_at__isnull=False,
                        closed_at=None,
                        purpose_id__isnull=False,
                        holder__isnull=False,
                    )
                    | Q(state="CLOSED", closed_at__isnull=False)
                ),
                name="banking_subaccount_state_agrees_with_its_purpose",
            ),
        ]
        indexes = [
            models.Index(
                fields=["bank"], condition=Q(state="FREE"), name="banking_subaccount_free"
            ),
            models.Index(
                fields=["asked_at"],
                condition=Q(asked_at__isnull=False),
                name="banking_subaccount_asked",
            ),
        ]


class InboundFile(models.Model):
    """A file from a bank, stored whole before it is acknowledged, read afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    source = models.TextField()
    name = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content = models.BinaryField()
    state = models.TextField(default=FileState.RECEIVED)
    received_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    kind = models.TextField(blank=True)
    message_id = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "sha256"], name="banking_inboundfile_is_stored_once"
            ),
            models.CheckConstraint(
                condition=Q(state="RECEIVED", read_at=None)
                | (~Q(state="RECEIVED") & Q(read_at__isnull=False)),
                name="banking_inboundfile_read_with_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=Q(state="RECEIVED"),
                name="banking_inboundfile_unread",
            )
        ]


class FileProblem(models.Model):
    """A part of a file that was kept aside, with its reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="problems")
    position = models.IntegerField()
    code = models.TextField()
    detail = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "position", "code"],
                name="banking_fileproblem_is_one_for_each_place",
            )
        ]


class Notice(models.Model):
    """One entry that a bank reported. Bank, serial, day and kind identify it, however often it comes."""

    id = models.BigAutoField(primary_key=True)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    serial = models.TextField()
    booked_on = models.DateField()
    kind = models.TextField()
    account = models.TextField()
    sub_account = models.ForeignKey(SubAccount, models.PROTECT, null=True, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    credited_at = models.DateTimeField()
    payer_name = models.TextField(blank=True)
    payer_account = models.TextField(blank=True)
    payer_bank = models.TextField(blank=True)
    remittance = models.TextField(blank=True)
    original_serial = models.TextField(blank=True)
    state = models.TextField(default=NoticeState.RECEIVED)
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "serial", "booked_on", "kind"],
                name="banking_notice_is_one_for_each_serial_and_day",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="banking_notice_moves_something"
            ),
        ]
        indexes = [
            models.Index(fields=["sub_account"], name="banking_notice_by_subaccount"),
            models.Index(
                fields=["bank", "original_serial"],
                condition=Q(state="WAITING"),
                name="banking_notice_waiting",
            ),
        ]


class Statement(models.Model):
    """A day's statement of an account (camt.053): what it opened and closed with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    account = models.TextField()
    day = models.DateField()
    statement_id = models.TextField()
    opening_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    entries = models.IntegerField()
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "account", "day", "statement_id"],
                name="banking_statement_is_stored_once",
            )
        ]

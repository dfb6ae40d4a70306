"""Tables of banks, sub-accounts, files from banks, and the notices in them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from biaobao.domain.banking import types
from biaobao.domain.banking.states import (
    LIVE_ORDERS,
    FileState,
    NoticeState,
    OrderState,
    SubAccountState,
)
from biaobao.domain.banking.types import Stock


class Bank(models.Model):
    """A bank that keeps our main account, and how it is reached. Its secret is in the environment."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    channel = models.TextField()
    location = models.TextField()
    main_account = models.TextField()
    spare_accounts = models.IntegerField(default=20)
    asked_accounts = models.IntegerField(default=0)
    # How many are asked for under the key that is still open; the same key asks for the same number.
    asking = models.IntegerField(default=0, db_default=0)
    stock = models.TextField(default=Stock.NONE, db_default=Stock.NONE)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=["http", "folder"]), name="banking_bank_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(spare_accounts__gte=0, spare_accounts__lte=1000),
                name="banking_bank_keeps_a_stock_that_it_can_ask_for",
            ),
        ]


class SubAccount(models.Model):
    """A virtual sub-account under a main account, for one purpose, e.g. one bidder's one deposit.

    ``purpose`` and ``purpose_id`` name what it is for in the words of the context above. One that many pay
    to, each told apart by its own account, has no holder. ``lot_id`` says at whose opening operators may
    count it.
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
    lot_id = models.UUIDField(null=True)
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
    """A file from a bank, stored whole before it is acknowledged, read afterwards.

    ``content`` is its first mebibyte, which is all of most files; the rest is in its parts. A large file is
    read in steps, and ``entries_read`` says how far that has come.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # What is stored once begins with the bank: that index finds a bank's files, too.
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+", db_index=False)
    source = models.TextField()
    name = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content = models.BinaryField()
    state = models.TextField(default=FileState.RECEIVED)
    received_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    bytes_read = models.BigIntegerField(default=0)
    entries_read = models.IntegerField(default=0)
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


class FilePart(models.Model):
    """A further part of a file's content, up to a mebibyte; the first follows the file's own."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="parts")
    number = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "number"], name="banking_filepart_is_stored_once"
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


class Statement(models.Model):
    """A day's statement of an account (camt.053): what it opened and closed with.

    Once its file is read whole it is compared with the notices and the books.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    account = models.TextField()
    day = models.DateField()
    statement_id = models.TextField()
    opening_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    entries = models.IntegerField()
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="+")
    reconciled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "account", "day", "statement_id"],
                name="banking_statement_is_stored_once",
            )
        ]


class Reconciliation(models.Model):
    """A day's statements of a bank, compared with the notices and the books: what of it operators read.

    That a day agrees, or what of it does not, tells of no lot. What the day came to does, as long as one
    that could be paid for is not opened: that is in ``ReconciledTotals``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    day = models.DateField()
    statement_ids = models.TextField(blank=True)
    reconciled_at = models.DateTimeField(null=True)
    # When it is to be looked at again: a later file may bring what is missing.
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bank", "day"], name="banking_reconciliation_is_one_for_each_day"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="banking_reconciliation_due",
            )
        ]


class ReconciledTotals(models.Model):
    """What a day came to: by the statements, by their entries, and by the books.

    With the amount of a lot's deposit it tells how many paid, so operators see it only when every lot
    that was published by that day is opened or terminated.
    """

    reconciliation = models.OneToOneField(
        Reconciliation, models.PROTECT, primary_key=True, related_name="totals"
    )
    previous_closing_fen = models.BigIntegerField(null=True)
    opening_fen = models.BigIntegerField()
    entries = models.IntegerField()
    entries_fen = models.BigIntegerField()
    closing_fen = models.BigIntegerField()
    booked_fen = models.BigIntegerField(null=True)


class StatementDifference(models.Model):
    """One thing in which a day's statements differ from the notices or the books, with its cause.

    Operators must be able to put it to the bank: they see its serial and its amount, as they see those of
    money in suspense. That tells that somebody paid something, and not for which lot: the account it was
    paid to and who paid it are not here. Sums of a day are not either, only how far two of them are apart.
    A missed notice needs nobody, since it was booked from the statement, and a bank that misses all of them
    would have operators count who paid: it shows with the totals.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    cause = models.TextField()
    serial = models.TextField(blank=True)
    stated_minor = models.BigIntegerField(null=True)
    ours_minor = models.BigIntegerField(null=True)
    apart_minor = models.BigIntegerField(null=True)
    detail = models.TextField(blank=True)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    explained_at = models.DateTimeField(null=True)
    explained_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    explanation = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reconciliation", "cause", "serial"],
                name="banking_statementdifference_is_found_once",
            ),
            models.CheckConstraint(
                condition=Q(explained_at=None, explained_by=None, explanation="")
                | (Q(explained_at__isnull=False, explained_by__isnull=False) & ~Q(explanation="")),
                name="banking_statementdifference_explained_by_somebody",
            ),
        ]


class Notice(models.Model):
    """One entry that a bank reported. Bank, serial, day and kind identify it, however often it comes.

    Its bank is its file's, whose foreign key holds; indexes are those that are asked by.
    """

    id = models.BigAutoField(primary_key=True)
    bank = models.ForeignKey(
        Bank, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
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
    order_key = models.TextField(blank=True)
    state = models.TextField()
    # The file of the day's statement that has this entry, too.
    stated_in = models.ForeignKey(
        InboundFile, models.PROTECT, null=True, related_name="+", db_index=False
    )
    file = models.ForeignKey(InboundFile, models.PROTECT, related_name="+", db_index=False)
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
            models.Index(
                fields=["bank", "original_serial"],
                condition=Q(state="WAITING"),
                name="banking_notice_waiting",
            ),
            models.Index(fields=["bank", "booked_on"], name="banking_notice_by_day"),
            BrinIndex(fields=["credited_at"], autosummarize=True, name="banking_notice_by_time"),
        ]


class PaymentOrder(models.Model):
    """Money that the house orders a bank to pay. Its key is what the bank deduplicates by.

    ``purpose`` and ``purpose_id`` name what it is for in the words of the context above; an attempt that
    failed is followed by another order. ``holder_id`` and ``lot_id`` say who may read it, as in the audit
    trail.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.TextField(unique=True)
    bank = models.ForeignKey(Bank, models.PROTECT, related_name="+")
    purpose = models.TextField()
    purpose_id = models.UUIDField()
    attempt = models.IntegerField()
    holder_id = models.UUIDField(null=True)
    lot_id = models.UUIDField(null=True)
    from_account = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payee_name = models.TextField()
    payee_account = models.TextField()
    payee_bank = models.TextField(blank=True)
    remittance = models.TextField(blank=True)
    state = models.TextField(default=OrderState.READY)
    ordered_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When it is to be told or asked about next; while it is being, that is its lease.
    next_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    problem = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    words = models.TextField(blank=True)
    debit = models.OneToOneField(Notice, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "purpose_id"],
                condition=Q(state__in=LIVE_ORDERS),
                name="banking_paymentorder_is_live_once",
            ),
            models.UniqueConstraint(
                fields=["purpose", "purpose_id", "attempt"],
                name="banking_paymentorder_is_one_for_each_attempt",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="banking_paymentorder_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(state="READY", sent_at=None, paid_at=None, ended_at=None)
                | Q(
                    state__in=["SENT", "ACCEPTED"],
                    sent_at__isnull=False,
                    paid_at=None,
                    ended_at=None,
                )
                | Q(state="REFUSED", sent_at__isnull=False, paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, debit__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="banking_paymentorder_state_agrees_with_its_times",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(state__in=["READY", "SENT", "ACCEPTED"]),
                name="banking_paymentorder_due",
            ),
        ]


def read_order(row: PaymentOrder) -> types.Order:
    """Return the order as upper contexts and pages see it."""
    return types.Order(
        id=row.pk,
        key=row.key,
        bank=row.bank_id,
        purpose=row.purpose,
        purpose_id=row.purpose_id,
        attempt=row.attempt,
        state=OrderState(row.state),
        amount_minor=row.amount_minor,
        currency=row.currency,
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        ordered_at=row.ordered_at,
        sent_at=row.sent_at,
        answered_at=row.answered_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        problem=row.problem,
        reason=row.reason,
        words=row.words,
        tries=row.tries,
    )


def read_notice(notice: Notice) -> types.NoticeRow:
    """Return the notice as the actions that book it see it."""
    return types.NoticeRow(
        id=notice.pk,
        bank=notice.bank_id,
        serial=notice.serial,
        booked_on=notice.booked_on,
        kind=types.Kind(notice.kind),
        state=NoticeState(notice.state),
        account=notice.account,
        sub_account_id=notice.sub_account_id,
        amount_minor=notice.amount_minor,
        currency=notice.currency,
        credited_at=notice.credited_at,
        payer_name=notice.payer_name,
        payer_account=notice.payer_account,
        payer_bank=notice.payer_bank,
        original_serial=notice.original_serial,
        order_key=notice.order_key,
    )

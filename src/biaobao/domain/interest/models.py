"""Tables of rates, of the funds that interest is paid out of, and of the interest owed."""

from __future__ import annotations

import json
import uuid
from datetime import date

from django.db import models
from django.db.models import Q

from biaobao.core.money import Money
from biaobao.domain.interest import rules, types
from biaobao.domain.interest.states import InterestState
from biaobao.domain.interest.types import Change, Stretch


class InterestRate(models.Model):
    """A bank's demand rate from a day on. Never changed: of several for one day the last added holds."""

    id = models.BigAutoField(primary_key=True)
    bank = models.ForeignKey("banking.Bank", models.PROTECT, related_name="+")
    valid_from = models.DateField()
    ppm = models.IntegerField()
    note = models.TextField(blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ppm__gte=0, ppm__lte=rules.PPM_MAX),
                name="interest_interestrate_is_a_rate",
            ),
        ]


class Fund(models.Model):
    """What came of a bank in interest and was not paid on yet; the books hold the same.

    ``owed_fen`` is what the bank took back after it was paid on: what comes next makes it good. ``short_fen``
    and ``unrated_from`` are what is lacking, as coarsely as operators may know.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    bank = models.OneToOneField("banking.Bank", models.PROTECT, related_name="+")
    sub_account = models.ForeignKey(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    balance_fen = models.BigIntegerField(default=0)
    owed_fen = models.BigIntegerField(default=0)
    short_fen = models.BigIntegerField(default=0)
    unrated_from = models.DateField(null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0, owed_fen__gte=0),
                name="interest_fund_pays_only_what_came",
            ),
        ]


class FundCredit(models.Model):
    """A notice of money that came to a fund."""

    notice = models.OneToOneField(
        "banking.Notice", models.PROTECT, primary_key=True, related_name="+"
    )
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="credits")
    amount_fen = models.BigIntegerField()
    booked_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True)


class Interest(models.Model):
    """Interest on money that an order paid back: reckoned once, paid by an order of its own.

    ``changes`` and ``stretches`` are evidence for people, as JSON kept as text: what it was reckoned from,
    and how. ``lot`` says at whose opening others may read it, and when it is paid.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    purpose = models.TextField()
    purpose_id = models.UUIDField()
    on_order = models.OneToOneField("banking.PaymentOrder", models.PROTECT, related_name="+")
    bank = models.ForeignKey("banking.Bank", models.PROTECT, related_name="+")
    holder = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, null=True, related_name="+")
    changes = models.TextField()
    since = models.DateField()
    until = models.DateField()
    amount_fen = models.BigIntegerField(default=0)
    stretches = models.TextField(default="[]")
    state = models.TextField(default=InterestState.DUE)
    attempt = models.IntegerField(default=0)
    payee_name = models.TextField()
    payee_account = models.TextField()
    payee_bank = models.TextField(blank=True)
    order = models.ForeignKey("banking.PaymentOrder", models.PROTECT, null=True, related_name="+")
    owed_at = models.DateTimeField()
    reckoned_at = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="DUE", amount_fen=0, reckoned_at=None, order=None)
                | Q(state="NOTHING", amount_fen=0, reckoned_at__isnull=False, order=None)
                | Q(state="WAITING", amount_fen__gt=0, reckoned_at__isnull=False)
                | Q(
                    state__in=["ORDERED", "FAILED", "PAID", "RETURNED"],
                    amount_fen__gt=0,
                    reckoned_at__isnull=False,
                    order__isnull=False,
                ),
                name="interest_interest_is_ordered_once_it_is_reckoned",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DUE", "NOTHING", "WAITING"], paid_at=None, ended_at=None)
                | Q(state="ORDERED", ordered_at__isnull=False, paid_at=None, ended_at=None)
                | Q(state="FAILED", paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="interest_interest_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(until__gte=models.F("since")), name="interest_interest_is_of_days"
            ),
        ]
        indexes = [
            models.Index(fields=["purpose_id"], name="interest_interest_by_purpose"),
            models.Index(
                fields=["owed_at"],
                condition=Q(state__in=["DUE", "WAITING"]),
                name="interest_interest_to_do",
            ),
            models.Index(fields=["-owed_at", "id"], name="interest_interest_newest"),
        ]


def write_changes(changes: tuple[Change, ...]) -> str:
    """Return changes as they are kept."""
    return json.dumps([[change.day.isoformat(), change.fen] for change in changes])


def read_changes(row: Interest) -> tuple[Change, ...]:
    """Return what interest is reckoned from."""
    return tuple(Change(date.fromisoformat(day), fen) for day, fen in json.loads(row.changes))


def write_stretches(stretches: tuple[Stretch, ...]) -> str:
    """Return how interest was reckoned as it is kept."""
    return json.dumps(
        [
            [
                each.since.isoformat(),
                each.until.isoformat(),
                each.principal.fen,
                each.ppm,
                each.interest,
            ]
            for each in stretches
        ]
    )


def read_interest(row: Interest) -> types.Interest:
    """Return interest as pages see it; lot and holder should have been read with it."""
    return types.Interest(
        id=row.pk,
        number=row.number,
        bank=row.bank_id,
        purpose=row.purpose,
        purpose_id=row.purpose_id,
        holder_name=row.holder.name if row.holder else "",
        state=InterestState(row.state),
        since=row.since,
        until=row.until,
        amount=Money(row.amount_fen),
        stretches=tuple(
            Stretch(date.fromisoformat(since), date.fromisoformat(until), Money(fen), ppm, interest)
            for since, until, fen, ppm, interest in json.loads(row.stretches)
        ),
        payee_name=row.payee_name,
        payee_account=row.payee_account,
        is_sealed=row.lot is not None and not (row.lot.opened_at or row.lot.terminated_at),
        owed_at=row.owed_at,
        ordered_at=row.ordered_at,
        paid_at=row.paid_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
    )

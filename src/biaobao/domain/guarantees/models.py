"""Tables of guarantors and what they offer, of applications, premiums and letters."""

from __future__ import annotations

import uuid
from datetime import date
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, OuterRef, Q

from biaobao.core.money import Money
from biaobao.domain.documents.types import Form, Paper
from biaobao.domain.guarantees import types
from biaobao.domain.guarantees.states import (
    LIVE,
    AmendmentState,
    ApplicationState,
    ContingencyState,
    ExposureState,
    LetterState,
    PremiumOutcome,
    PremiumRefundState,
)


class Guarantor(models.Model):
    """Who issues letters (出函机构). What it takes on by default for one bidder, and for one lot."""

    organisation = models.OneToOneField(
        "parties.Organisation", models.PROTECT, primary_key=True, related_name="+"
    )
    issuer_class = models.TextField()
    address = models.TextField()
    postcode = models.TextField(blank=True)
    phone = models.TextField()
    licence_until = models.DateField(null=True)
    principal_limit_fen = models.BigIntegerField()
    lot_limit_fen = models.BigIntegerField()
    added_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    paused_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(principal_limit_fen__gt=0, lot_limit_fen__gt=0),
                name="guarantees_guarantor_takes_something_on",
            ),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_why="")
                | (Q(paused_at__isnull=False) & ~Q(paused_why="")),
                name="guarantees_guarantor_pauses_for_a_reason",
            ),
        ]


class Closure(models.Model):
    """Days on which a guarantor issues nothing, the first and the last included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="closures")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.TextField()
    added_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guarantor", "first_on", "last_on"],
                condition=Q(lifted_at=None),
                name="guarantees_closure_is_one_for_its_days",
            ),
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on")),
                name="guarantees_closure_ends_after_it_begins",
            ),
        ]

    @classmethod
    def on(cls, day: date, *, product: OuterRef, known_by: OuterRef) -> models.QuerySet[Closure]:
        """Return those on a day of a product's guarantor that were there at some instant."""
        return cls.objects.filter(
            guarantor__products=product,
            lifted_at=None,
            first_on__lte=day,
            last_on__gte=day,
            added_at__lte=known_by,
        )


class Limit(models.Model):
    """How much a guarantor takes on in total, for one principal, or for one lot; what is taken of it.

    Sealed for good: what is taken for a lot tells how many bid for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="+")
    principal = models.ForeignKey(
        "parties.Organisation", models.PROTECT, null=True, related_name="+"
    )
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, null=True, related_name="+")
    limit_fen = models.BigIntegerField()
    reserved_fen = models.BigIntegerField(default=0)
    used_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guarantor", "principal", "lot"],
                nulls_distinct=False,
                name="guarantees_limit_is_one_for_each_scope",
            ),
            models.CheckConstraint(
                condition=Q(principal=None) | Q(lot=None), name="guarantees_limit_has_one_scope"
            ),
            models.CheckConstraint(
                condition=Q(
                    reserved_fen__gte=0,
                    used_fen__gte=0,
                    limit_fen__gte=F("reserved_fen") + F("used_fen"),
                ),
                name="guarantees_limit_is_never_exceeded",
            ),
        ]


class Suspension(models.Model):
    """A principal for whom a guarantor issues nothing for now."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="+")
    principal = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guarantor", "principal"],
                condition=Q(lifted_at=None),
                name="guarantees_suspension_is_one_at_a_time",
            ),
        ]


class Product(models.Model):
    """What a guarantor offers: form, paper and text of the letter, and how long it takes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="products")
    name = models.TextField()
    form = models.TextField()
    paper = models.TextField()
    text = models.TextField()
    lead = models.DurationField()
    opens = models.TimeField(null=True)
    closes = models.TimeField(null=True)
    grace_days = models.IntegerField()
    payment_days = models.IntegerField()
    needs_person = models.BooleanField()
    added_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens=None, closes=None) | Q(opens__lt=F("closes")),
                name="guarantees_product_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(grace_days__gte=0, payment_days__gt=0),
                name="guarantees_product_holds_and_pays",
            ),
        ]


class PriceRule(models.Model):
    """A dated version of a product's price. Never changed: another version follows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    product = models.ForeignKey(Product, models.PROTECT, related_name="prices")
    version = models.IntegerField()
    valid_from = models.DateTimeField()
    minimum_fen = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "version"],
                name="guarantees_pricerule_versions_follow_each_other",
            ),
            models.UniqueConstraint(
                fields=["product", "valid_from"], name="guarantees_pricerule_is_one_at_a_time"
            ),
        ]


class PriceTier(models.Model):
    """The rate of the part of an amount above ``above_fen``."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(PriceRule, models.PROTECT, related_name="tiers")
    above_fen = models.BigIntegerField()
    rate_ppm = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "above_fen"], name="guarantees_pricetier_begins_once"
            ),
            models.CheckConstraint(
                condition=Q(above_fen__gte=0, rate_ppm__gt=0), name="guarantees_pricetier_costs"
            ),
        ]


APPLICATION_TIMES = (
    *("submitted_at", "decided_at", "signed_at"),
    *("paid_at", "issued_at", "ended_at"),
)


def _application_is(states: str, *times: str) -> Q:
    """Return the condition that it is in one of the states and has these of its times, no other."""
    nulls = {f"{time}__isnull": time not in times for time in APPLICATION_TIMES}
    return reduce(or_, (Q(state=state, **nulls) for state in states.split()))


class Application(models.Model):
    """A bidder's application for a letter for a lot. Until the opening the bidder's alone.

    What is quoted is frozen with the product. ``agreed_as_of`` is the change of the lot that the signed
    agreement rests on, ``prepared`` the agreement with room for a signature; ``next_at`` is when its
    guarantor is asked, or its letter made, next: while that is being done, it is the lease, and ``tries``
    says whose.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    security = models.ForeignKey("securities.Security", models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    price = models.ForeignKey(PriceRule, models.PROTECT, null=True, related_name="+")
    amount_fen = models.BigIntegerField(null=True)
    premium_fen = models.BigIntegerField(null=True)
    state = models.TextField(default=ApplicationState.DRAFT)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    handler_named_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    agreement_sha256 = models.CharField(max_length=64, blank=True)
    agreement_signer = models.TextField(blank=True)
    prepared = models.ForeignKey("documents.Document", models.PROTECT, null=True, related_name="+")
    agreement = models.ForeignKey("documents.Document", models.PROTECT, null=True, related_name="+")
    receipt = models.ForeignKey("documents.Document", models.PROTECT, null=True, related_name="+")
    agreed_as_of = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    sub_account = models.ForeignKey(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    pay_due_at = models.DateTimeField(null=True)
    counted_fen = models.BigIntegerField(default=0)
    paid_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    problem = models.TextField(blank=True)
    issued_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bidder", "lot"],
                condition=Q(state__in=LIVE),
                name="guarantees_application_is_live_once",
            ),
            models.CheckConstraint(
                condition=_application_is("DRAFT")
                | _application_is("SUBMITTED UNDERWRITING", "submitted_at")
                | _application_is("DECLINED", "submitted_at", "decided_at", "ended_at")
                | _application_is("APPROVED SIGNING", "submitted_at", "decided_at")
                | _application_is("SIGNED PAY_PENDING", "submitted_at", "decided_at", "signed_at")
                | _application_is(
                    "PAID ISSUING", "submitted_at", "decided_at", "signed_at", "paid_at"
                )
                | _application_is(
                    "ISSUED", "submitted_at", "decided_at", "signed_at", "paid_at", "issued_at"
                )
                | _application_is(
                    "LATE_ISSUED ISSUE_FAILED REVOKED PREMIUM_REFUNDING REFUNDED",
                    *("submitted_at", "decided_at", "signed_at", "paid_at", "ended_at"),
                )
                # Of a letter that was surrendered.
                | _application_is("SURRENDERED PREMIUM_REFUNDING REFUNDED", *APPLICATION_TIMES)
                | Q(
                    state__in=["CANCELLED", "EXPIRED"],
                    paid_at=None,
                    issued_at=None,
                    ended_at__isnull=False,
                ),
                name="guarantees_application_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, why="") | (Q(ended_at__isnull=False) & ~Q(why="")),
                name="guarantees_application_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["DRAFT", "CANCELLED", "EXPIRED"])
                | Q(
                    product__isnull=False,
                    price__isnull=False,
                    amount_fen__gt=0,
                    premium_fen__gt=0,
                ),
                name="guarantees_application_is_quoted_before_it_is_submitted",
            ),
            models.CheckConstraint(
                condition=Q(counted_fen=0)
                | Q(counted_fen__gt=0, counted_fen__lte=F("premium_fen")),
                name="guarantees_application_counts_no_more_than_its_premium",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["PAID", "ISSUING", "ISSUED"])
                | Q(counted_fen=F("premium_fen")),
                name="guarantees_application_is_paid_in_full",
            ),
            models.CheckConstraint(
                condition=Q(sub_account=None, pay_due_at=None)
                | Q(sub_account__isnull=False, pay_due_at__isnull=False),
                name="guarantees_application_is_paid_to_an_account_by_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(next_at__isnull=False),
                name="guarantees_application_due",
            ),
            models.Index(
                fields=["lot"], condition=Q(state__in=LIVE), name="guarantees_application_live"
            ),
        ]


class PremiumCredit(models.Model):
    """A notice of money for a premium, judged once, when it was heard of.

    ``amendment`` is what it was paid for, if not for the letter itself. ``checks`` is evidence for people (a
    list of code, verdict and the values compared), never queried. ``returned_minor`` has gone back, or is on
    its way.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notice = models.OneToOneField("banking.Notice", models.PROTECT, related_name="+")
    application = models.ForeignKey(Application, models.PROTECT, related_name="credits")
    amendment = models.ForeignKey(
        "guarantees.Amendment", models.PROTECT, null=True, related_name="credits"
    )
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    bank = models.ForeignKey("banking.Bank", models.PROTECT, related_name="+")
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
    checks = models.JSONField()
    judged_at = models.DateTimeField()
    counted_fen = models.BigIntegerField(default=0)
    returned_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    counted_fen__gte=0,
                    returned_minor__gte=0,
                    amount_minor__gte=F("counted_fen") + F("returned_minor"),
                ),
                name="guarantees_premiumcredit_counts_or_goes_back",
            ),
        ]


class PremiumRefund(models.Model):
    """Premium that goes back: by rule, to the account that paid it, so that nobody need approve it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    credit = models.ForeignKey(PremiumCredit, models.PROTECT, related_name="refunds")
    application = models.ForeignKey(Application, models.PROTECT, related_name="refunds")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    state = models.TextField(default=PremiumRefundState.WAITING)
    attempt = models.IntegerField(default=0)
    payee_name = models.TextField(blank=True)
    payee_account = models.TextField(blank=True)
    payee_bank = models.TextField(blank=True)
    order = models.ForeignKey("banking.PaymentOrder", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    ordered_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="guarantees_premiumrefund_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", ordered_at=None, paid_at=None, ended_at=None)
                | Q(state="ORDERED", ordered_at__isnull=False, paid_at=None, ended_at=None)
                | Q(state="FAILED", paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="guarantees_premiumrefund_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", order=None)
                | (~Q(state="WAITING") & Q(order__isnull=False) & ~Q(payee_account="")),
                name="guarantees_premiumrefund_is_ordered_to_an_account",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=~Q(state="PAID"),
                name="guarantees_premiumrefund_open",
            ),
        ]


class Letter(models.Model):
    """The letter of an application. Sealed until the opening; of its code only the hash is kept.

    ``lot_as_of`` is up to which change of its lot its end was looked at, ``extend_until`` what came of it.
    ``amount_fen`` and ``valid_until`` are those of its newest version. While claims are open it does not
    expire. ``read_at`` is when the house last tried to read it for the opening.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    application = models.OneToOneField(Application, models.PROTECT, related_name="letter")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    number = models.TextField(unique=True)
    code_sha256 = models.CharField(max_length=64)
    state = models.TextField(default=LetterState.ISSUED_SEALED)
    amount_fen = models.BigIntegerField()
    valid_until = models.DateField()
    paid_out_fen = models.BigIntegerField(default=0)
    open_claims = models.IntegerField(default=0)
    issued_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    unreadable_why = models.TextField(blank=True)
    unsealed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)
    lot_as_of = models.DateTimeField()
    extend_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["ISSUED_SEALED", "DECRYPT_FAILED"], unsealed_at=None, ended_at=None
                )
                | Q(
                    state__in=["UNSEALED", "CLAIMED_PARTIAL"],
                    unsealed_at__isnull=False,
                    ended_at=None,
                )
                | Q(state="CLAIMED_FULL", unsealed_at__isnull=False, ended_at__isnull=False)
                | Q(state__in=["RELEASED", "SURRENDERED", "EXPIRED"], ended_at__isnull=False)
                | Q(state="VOID", unsealed_at=None, ended_at=None),
                name="guarantees_letter_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=(Q(state="DECRYPT_FAILED") & ~Q(unreadable_why=""))
                | (~Q(state="DECRYPT_FAILED") & Q(unreadable_why="")),
                name="guarantees_letter_is_unreadable_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_why="")
                | (Q(ended_at__isnull=False) & ~Q(ended_why="")),
                name="guarantees_letter_ends_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(paid_out_fen__gte=0, paid_out_fen__lte=F("amount_fen")),
                name="guarantees_letter_pays_no_more_than_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(open_claims=0)
                | Q(open_claims__gt=0, state__in=["UNSEALED", "CLAIMED_PARTIAL"]),
                name="guarantees_letter_is_claimed_while_it_binds",
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(ended_at=None, open_claims=0) & ~Q(state="VOID"),
                name="guarantees_letter_expires",
            ),
        ]


class LetterVersion(models.Model):
    """What a letter says, and who signed it when. Never changed: another version follows it."""

    id = models.BigAutoField(primary_key=True)
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="versions")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    version = models.IntegerField()
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    form = models.TextField()
    paper = models.TextField()
    guarantor_name = models.TextField()
    principal_name = models.TextField()
    principal_uscc = models.CharField(max_length=18)
    beneficiary_name = models.TextField()
    lot_code = models.TextField()
    lot_name = models.TextField()
    amount_fen = models.BigIntegerField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    signer_name = models.TextField()
    certificate_serial = models.TextField()
    stamped_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter", "version"], name="guarantees_letterversion_follow_each_other"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from"), amount_fen__gt=0),
                name="guarantees_letterversion_covers_something",
            ),
        ]


class Amendment(models.Model):
    """A request for a version of a letter that holds longer, or is over another amount.

    ``premium_fen`` is what its premium rises by, or falls; ``counted_fen`` what of a rise is paid. Another
    amount is what those who run the lot announced (``announced_at``): that is their consent.

    ``next_at`` is when a worker makes it; while one does, it is the lease, and ``tries`` says whose. Of the
    version that it took the place of, the code is kept as a hash: it still verifies, as superseded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="amendments")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    state = models.TextField(default=AmendmentState.REQUESTED)
    from_until = models.DateField()
    to_until = models.DateField()
    from_amount_fen = models.BigIntegerField()
    to_amount_fen = models.BigIntegerField()
    announced_at = models.DateTimeField(null=True)
    premium_fen = models.BigIntegerField(default=0)
    counted_fen = models.BigIntegerField(default=0)
    pay_due_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    next_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)
    problem = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(null=True)
    replaced_code_sha256 = models.CharField(max_length=64, blank=True)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(state__in=["PAY_PENDING", "REQUESTED"]),
                name="guarantees_amendment_is_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="PAY_PENDING",
                    ended_at=None,
                    version=None,
                    next_at=None,
                    counted_fen__lt=F("premium_fen"),
                    pay_due_at__isnull=False,
                )
                | Q(state="REQUESTED", ended_at=None, version=None, next_at__isnull=False)
                | Q(state__in=["REFUSED", "CANCELLED"], ended_at__isnull=False, version=None)
                | (
                    Q(state="ISSUED", ended_at__isnull=False, version__isnull=False)
                    & ~Q(replaced_code_sha256="")
                ),
                name="guarantees_amendment_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(to_until__gt=F("from_until"))
                | (Q(to_until=F("from_until")) & ~Q(to_amount_fen=F("from_amount_fen"))),
                name="guarantees_amendment_holds_longer_or_is_over_another_amount",
            ),
            models.CheckConstraint(
                condition=Q(to_amount_fen=F("from_amount_fen"), premium_fen=0, announced_at=None)
                | (Q(announced_at__isnull=False, to_amount_fen__gt=0)),
                name="guarantees_amendment_changes_an_amount_that_was_announced",
            ),
            models.CheckConstraint(
                condition=Q(counted_fen=0)
                | Q(counted_fen__gt=0, counted_fen__lte=F("premium_fen")),
                name="guarantees_amendment_counts_no_more_than_its_premium",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["REQUESTED", "ISSUED"], premium_fen__gt=0)
                | Q(counted_fen=F("premium_fen")),
                name="guarantees_amendment_is_paid_in_full",
            ),
        ]


class Particulars(models.Model):
    """What a bidder fills in for the guarantor, and who handles it; never anybody else's to read."""

    application = models.OneToOneField(
        Application, models.PROTECT, primary_key=True, related_name="particulars"
    )
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    address = models.TextField(blank=True)
    email = models.TextField(blank=True)
    contact_name = models.TextField(blank=True)
    contact_phone = models.TextField(blank=True)
    legal_name = models.TextField(blank=True)
    legal_id_number = models.TextField(blank=True)
    legal_phone = models.TextField(blank=True)
    qualification = models.TextField(blank=True)
    registered_capital_fen = models.BigIntegerField(default=0)
    consents = models.BooleanField(default=False)
    handler_name = models.TextField(blank=True)
    handler_id_number = models.TextField(blank=True)
    handler_phone = models.TextField(blank=True)


class Verdict(models.Model):
    """One check of an application by underwriting, with the values compared."""

    id = models.BigAutoField(primary_key=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="verdicts")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    check_made = models.TextField()
    finding = models.TextField()
    reason = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    actual = models.TextField(blank=True)
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "check_made"],
                name="guarantees_verdict_is_one_for_each_check",
            ),
        ]


class Exposure(models.Model):
    """What one application takes of its guarantor's limits, from its approval on.

    ``more_fen`` is reserved beside it, for an amendment on its way.
    """

    application = models.OneToOneField(
        Application, models.PROTECT, primary_key=True, related_name="exposure"
    )
    guarantor = models.ForeignKey(Guarantor, models.PROTECT, related_name="+")
    principal = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    more_fen = models.BigIntegerField(default=0)
    state = models.TextField(default=ExposureState.RESERVED)
    reserved_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="RESERVED", used_at=None, released_at=None)
                | Q(state="USED", used_at__isnull=False, released_at=None)
                | Q(state="RELEASED", released_at__isnull=False),
                name="guarantees_exposure_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="guarantees_exposure_takes_something"
            ),
            models.CheckConstraint(
                condition=Q(more_fen=0) | Q(more_fen__gt=0, state="USED"),
                name="guarantees_exposure_takes_more_while_its_letter_binds",
            ),
        ]


def read_guarantor(row: Guarantor) -> types.Guarantor:
    """Return a guarantor with its closures, which should have been read with it."""
    return types.Guarantor(
        id=row.pk,
        name=row.organisation.name,
        uscc=row.organisation.uscc,
        issuer_class=types.IssuerClass(row.issuer_class),
        address=row.address,
        postcode=row.postcode,
        phone=row.phone,
        licence_until=row.licence_until,
        paused_at=row.paused_at,
        paused_why=row.paused_why,
        closures=tuple(map(read_closure, row.closures.all())),
    )


def read_closure(row: Closure) -> types.Closure:
    return types.Closure(row.pk, row.first_on, row.last_on, row.reason, row.added_at, row.lifted_at)


class Contingency(models.Model):
    """What those who run a lot established of a letter that could not be read, and what was decided."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    letter = models.ForeignKey(Letter, models.PROTECT, related_name="contingencies")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    cause = models.TextField()
    fault = models.TextField()
    cause_words = models.TextField(blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    state = models.TextField(default=ContingencyState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(state__in=["PROPOSED", "ACCEPTED"]),
                name="guarantees_contingency_is_one_for_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["PROPOSED", "OVERTAKEN"], decided_at=None, decided_by=None)
                | Q(
                    state__in=["ACCEPTED", "REFUSED"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="guarantees_contingency_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
                name="guarantees_contingency_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACCEPTED") | Q(fault="PLATFORM") | ~Q(receipt_sha256=""),
                name="guarantees_contingency_is_accepted_on_proof",
            ),
        ]


def read_product(row: Product, price: types.PriceRule | None) -> types.Product:
    hours = types.Hours(row.opens, row.closes) if row.opens and row.closes else None
    return types.Product(
        id=row.pk,
        guarantor=read_guarantor(row.guarantor),
        terms=types.ProductTerms(
            name=row.name,
            form=Form(row.form),
            paper=Paper(row.paper),
            text=row.text,
            lead=row.lead,
            hours=hours,
            grace_days=row.grace_days,
            payment_days=row.payment_days,
            needs_person=row.needs_person,
        ),
        price=price,
        withdrawn_at=row.withdrawn_at,
    )


def read_price(row: PriceRule) -> types.PriceRule:
    """Return a price with its tiers, which must have been read with it."""
    tiers = sorted(row.tiers.all(), key=lambda tier: tier.above_fen)
    return types.PriceRule(
        id=row.pk,
        version=row.version,
        valid_from=row.valid_from,
        terms=types.PriceTerms(
            tuple(types.Tier(Money(tier.above_fen), tier.rate_ppm) for tier in tiers),
            Money(row.minimum_fen),
        ),
    )


def read_application(row: Application) -> types.Application:
    return types.Application(
        id=row.pk,
        number=row.number,
        lot_id=row.lot_id,
        bidder_id=row.bidder_id,
        security_id=row.security_id,
        product_id=row.product_id,
        state=ApplicationState(row.state),
        amount=None if row.amount_fen is None else Money(row.amount_fen),
        premium=None if row.premium_fen is None else Money(row.premium_fen),
        begun_at=row.begun_at,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        signed_at=row.signed_at,
        pay_due_at=row.pay_due_at,
        paid_at=row.paid_at,
        issued_at=row.issued_at,
        ended_at=row.ended_at,
        why=row.why,
        words=row.words,
    )


def read_particulars(row: Particulars) -> types.Particulars:
    return types.Particulars(
        address=row.address,
        email=row.email,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        legal_name=row.legal_name,
        legal_id_number=row.legal_id_number,
        legal_phone=row.legal_phone,
        qualification=row.qualification,
        registered_capital=Money(row.registered_capital_fen),
        consents=row.consents,
    )


def read_verdict(row: Verdict) -> types.Verdict:
    return types.Verdict(
        types.Check(row.check_made),
        types.Finding(row.finding),
        row.reason,
        row.expected,
        row.actual,
    )


def read_credit(row: PremiumCredit) -> types.PremiumCredit:
    """Return money for a premium with its refunds, which must have been read with it."""
    refunds = sorted(row.refunds.all(), key=lambda refund: (refund.made_at, refund.number))
    return types.PremiumCredit(
        serial=row.serial,
        amount_minor=row.amount_minor,
        currency=row.currency,
        credited_at=row.credited_at,
        payer_account=row.payer_account,
        outcome=PremiumOutcome(row.outcome),
        reason=row.reason,
        verdicts=tuple(
            types.PremiumVerdict(
                types.PremiumCheck(check), types.Finding(finding), reason, expected, actual
            )
            for check, finding, reason, expected, actual in row.checks
        ),
        refunds=tuple(
            types.PremiumRefund(
                number=refund.number,
                amount_minor=refund.amount_minor,
                currency=refund.currency,
                reason=refund.reason,
                state=PremiumRefundState(refund.state),
                payee_account=refund.payee_account,
                ordered_at=refund.ordered_at,
                paid_at=refund.paid_at,
            )
            for refund in refunds
        ),
    )


def read_letter(row: Letter, *, version: int | None = None) -> types.IssuedLetter:
    """Return a letter by its newest version, or an earlier one; the versions should be read with it."""
    versions = {each.version: each for each in row.versions.all()}
    newest = versions[version or max(versions)]
    return types.IssuedLetter(
        id=row.pk,
        application_id=row.application_id,
        lot_id=row.lot_id,
        number=row.number,
        state=LetterState(row.state),
        version=newest.version,
        form=Form(newest.form),
        paper=Paper(newest.paper),
        guarantor_name=newest.guarantor_name,
        principal_name=newest.principal_name,
        principal_uscc=newest.principal_uscc,
        beneficiary_name=newest.beneficiary_name,
        lot_code=newest.lot_code,
        lot_name=newest.lot_name,
        amount=Money(newest.amount_fen),
        valid_from=newest.valid_from,
        valid_until=newest.valid_until,
        issued_at=row.issued_at,
        unreadable_why=row.unreadable_why,
        unsealed_at=row.unsealed_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        paid_out=Money(row.paid_out_fen),
        open_claims=row.open_claims,
        sha256=newest.sha256,
        signer_name=newest.signer_name,
        certificate_serial=newest.certificate_serial,
        stamped_at=newest.stamped_at,
        extend_until=row.extend_until,
    )


def read_contingency(row: Contingency) -> types.Contingency:
    """Return a contingency; letter with versions, lot, bidder and people should be read with it."""
    letter = read_letter(row.letter)
    return types.Contingency(
        id=row.pk,
        letter_id=row.letter_id,
        letter_number=letter.number,
        lot_id=row.lot_id,
        lot_code=row.lot.code,
        lot_name=row.lot.name,
        bidder_id=row.bidder_id,
        bidder_name=row.bidder.name,
        guarantor_name=letter.guarantor_name,
        established=types.Established(
            types.Cause(row.cause), types.Fault(row.fault), row.cause_words
        ),
        receipt_sha256=row.receipt_sha256,
        state=ContingencyState(row.state),
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by.name,
        decided_at=row.decided_at,
        decided_by=row.decided_by.name if row.decided_by else "",
        words=row.words,
        read_at=row.letter.read_at if row.letter.unsealed_at else None,
    )


def read_amendment(row: Amendment) -> types.Amendment:
    return types.Amendment(
        id=row.pk,
        state=AmendmentState(row.state),
        from_until=row.from_until,
        to_until=row.to_until,
        from_amount=Money(row.from_amount_fen),
        to_amount=Money(row.to_amount_fen),
        difference=Money(row.premium_fen),
        counted=Money(row.counted_fen),
        pay_due_at=row.pay_due_at,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        version=row.version,
        words=row.words,
        problem=row.problem,
    )

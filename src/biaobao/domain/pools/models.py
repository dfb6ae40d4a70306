"""Tables of schemes and their dated terms, of memberships and their money."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from biaobao.core.money import Money
from biaobao.domain.interest.types import Interest
from biaobao.domain.pools import rules, types
from biaobao.domain.pools.states import (
    COVERING,
    LIVE_HOLDS,
    OVER,
    PAYABLE,
    SETTLED,
    STANDING,
    AppealState,
    DeductionState,
    ForfeitureState,
    HoldState,
    MembershipState,
    PoolCreditState,
    PoolRefundState,
)
from biaobao.domain.securities.types import Cause


class Scheme(models.Model):
    """A pooled deposit that companies may join (联保金方案). How it covers stays; its terms are dated."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField(unique=True)
    coverage = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(coverage__in=[each.value for each in types.Coverage]),
                name="pools_scheme_covers_in_a_known_way",
            ),
        ]


class SchemeTerms(models.Model):
    """What those agree to who join a scheme, or renew, from a day on. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="dated")
    valid_from = models.DateField()
    regions = ArrayField(models.CharField(max_length=2))
    kinds = ArrayField(models.CharField(max_length=2))
    floor_fen = models.BigIntegerField()
    parallel_max = models.IntegerField(null=True)
    term_months = models.IntegerField()
    renewal_days = models.IntegerField()
    top_up_days = models.IntegerField()
    cooling_days = models.IntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "valid_from"], name="pools_schemeterms_begin_on_days_of_their_own"
            ),
            models.CheckConstraint(
                condition=Q(
                    floor_fen__gte=0,
                    term_months__gt=0,
                    renewal_days__gte=0,
                    top_up_days__gt=0,
                    cooling_days__gte=0,
                ),
                name="pools_schemeterms_can_be_kept",
            ),
        ]


class Tier(models.Model):
    """What a member may pay in under some terms, and how much a lot may then ask. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    terms = models.ForeignKey(SchemeTerms, models.PROTECT, related_name="tiers")
    name = models.TextField()
    contribution_fen = models.BigIntegerField()
    cap_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "name"], name="pools_tier_has_its_own_name"),
            models.CheckConstraint(
                condition=Q(contribution_fen__gt=0, cap_fen__gt=0),
                name="pools_tier_is_of_something",
            ),
        ]


class Membership(models.Model):
    """A company's membership of a scheme, under one number for as long as it lasts.

    That a company is a member tells of no lot, so operators read it. What it is held for does, and is not
    here. ``remind_on`` is when its company is to be reminded of its end; nothing once it was. ``shared_fen``
    is what it bore for others, of what it lacks.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="+")
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+")
    member = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    member_name = models.TextField()
    state = models.TextField(default=MembershipState.APPLIED)
    applied_at = models.DateTimeField()
    applied_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    consented_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    sub_account = models.ForeignKey(
        "banking.SubAccount", models.PROTECT, null=True, related_name="+"
    )
    balance_fen = models.BigIntegerField(default=0)
    shared_fen = models.BigIntegerField(default=0)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    top_up_by = models.DateField(null=True)
    leaves_on = models.DateField(null=True)
    remind_on = models.DateField(null=True)
    why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=~Q(state__in=[each.value for each in OVER]),
                name="pools_membership_is_one_for_a_company",
            ),
            models.CheckConstraint(
                condition=Q(balance_fen__gte=0), name="pools_membership_has_nothing_or_more"
            ),
            models.CheckConstraint(
                condition=Q(shared_fen__gte=0), name="pools_membership_shared_nothing_or_more"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["APPLIED", "UNDER_REVIEW"], decided_at=None, decided_by=None)
                | Q(state="WITHDRAWN")
                | (
                    ~Q(state__in=["APPLIED", "UNDER_REVIEW", "WITHDRAWN"])
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                ),
                name="pools_membership_is_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ACTIVE", "DEFICIT", "SUSPENDED", "EXPIRED"])
                | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
                name="pools_membership_runs_from_day_to_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="DEFICIT") | Q(top_up_by__isnull=False),
                name="pools_membership_is_topped_up_by_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["EXIT_REQUESTED", "REFUNDING", "EXITED"])
                | Q(leaves_on__isnull=False),
                name="pools_membership_is_left_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["REJECTED", "SUSPENDED"]) | ~Q(why=""),
                name="pools_membership_is_refused_with_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["state"], name="pools_membership_by_state"),
            # Each few seconds it is asked who is due, of all members.
            models.Index(
                fields=["ends_on"],
                condition=Q(state__in=[each.value for each in COVERING]),
                name="pools_membership_by_its_end",
            ),
            models.Index(
                fields=["remind_on"],
                condition=Q(remind_on__isnull=False),
                name="pools_membership_to_remind",
            ),
        ]


class PoolCredit(models.Model):
    """A notice of money for a membership, judged once, when it was heard of.

    ``returned_minor`` has gone back, or is on its way.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    notice = models.OneToOneField("banking.Notice", models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="credits")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    credited_at = models.DateTimeField()
    payer_name = models.TextField(blank=True)
    payer_account = models.TextField(blank=True)
    payer_bank = models.TextField(blank=True)
    serial = models.TextField()
    state = models.TextField()
    reason = models.TextField(blank=True)
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
                name="pools_poolcredit_counts_or_goes_back",
            ),
        ]


class PoolRefund(models.Model):
    """Money of a membership that goes back by rule: what does not count, to the account that paid it; what
    is left at the end, to the member's basic account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="refunds")
    credit = models.ForeignKey(PoolCredit, models.PROTECT, null=True, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    state = models.TextField(default=PoolRefundState.WAITING)
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
                condition=Q(amount_minor__gt=0), name="pools_poolrefund_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", ordered_at=None, paid_at=None, ended_at=None)
                | Q(state="ORDERED", ordered_at__isnull=False, paid_at=None, ended_at=None)
                | Q(state="FAILED", paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="pools_poolrefund_state_agrees_with_its_times",
            ),
        ]


class Reserve(models.Model):
    """What a membership is held for, all lots together, and up to what. Its member's alone.

    Where the balance covers, ``limit_fen`` is the balance; more only while what is held already has lost
    some of it.
    """

    membership = models.OneToOneField(
        Membership, models.PROTECT, primary_key=True, related_name="reserve"
    )
    limit_fen = models.BigIntegerField(null=True)
    held_fen = models.BigIntegerField(default=0)
    lots = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held_fen__gte=0, lots__gte=0)
                & (Q(limit_fen=None) | Q(held_fen__lte=F("limit_fen"))),
                name="pools_reserve_holds_no_more_than_there_is",
            ),
        ]


class Hold(models.Model):
    """What a pool holds for one member and one lot. Sealed until the opening.

    ``code`` is printed on its receipt: with the number it opens the verification. ``lot_as_of`` is the lot's
    last change that it was looked at for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    code = models.TextField()
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="holds")
    security = models.ForeignKey("securities.Security", models.PROTECT, related_name="+")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    state = models.TextField(default=HoldState.RESERVED)
    reserved_at = models.DateTimeField()
    lot_as_of = models.DateTimeField()
    held_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["security"],
                condition=Q(state__in=[each.value for each in LIVE_HOLDS]),
                name="pools_hold_is_one_for_a_security",
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="pools_hold_is_of_something"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="pools_hold_has_a_code"),
            models.CheckConstraint(
                condition=Q(state="RESERVED", held_at=None, ended_at=None, ended_why="")
                | Q(state="HELD", held_at__isnull=False, ended_at=None, ended_why="")
                | (
                    Q(state__in=["RELEASED", "LAPSED", "DEDUCTED"], ended_at__isnull=False)
                    & ~Q(ended_why="")
                ),
                name="pools_hold_state_agrees_with_its_times",
            ),
        ]


class Forfeiture(models.Model):
    """That what is held for a bidder is not given back (不予退还). It shows to those who see its hold.

    ``held_fen`` is what was held, ``amount_fen`` what of it there was when it was approved. Who proposed does
    not decide, and who told the payee's account does not confirm it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="forfeitures")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    held_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField(default=0)
    cause = models.TextField()
    clause = models.TextField()
    statement = models.TextField()
    state = models.TextField(default=ForfeitureState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    objections_until = models.DateField()
    decide_by = models.DateField()
    objection = models.TextField(blank=True)
    objected_at = models.DateTimeField(null=True)
    objected_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    words = models.TextField(blank=True)
    payee_name = models.TextField()
    payee_account = models.TextField()
    payee_bank = models.TextField()
    payee_told_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    payee_confirmed_at = models.DateTimeField(null=True)
    payee_confirmed_by = models.ForeignKey(
        "parties.Person", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hold"],
                condition=Q(state__in=[each.value for each in STANDING]),
                name="pools_forfeiture_is_one_for_a_hold",
            ),
            models.UniqueConstraint(
                fields=["hold", "cause"],
                condition=Q(state__in=[each.value for each in SETTLED]),
                name="pools_forfeiture_comes_to_nothing_once_for_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(decide_by__gt=F("objections_until")),
                name="pools_forfeiture_is_decided_after_objections",
            ),
            models.CheckConstraint(
                condition=Q(held_fen__gt=0, amount_fen__lte=F("held_fen"))
                & (
                    Q(state="APPROVED", amount_fen__gt=0) | (~Q(state="APPROVED") & Q(amount_fen=0))
                ),
                name="pools_forfeiture_takes_no_more_than_was_held",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", decided_at=None, decided_by=None)
                | Q(state="WITHDRAWN", decided_at__isnull=False, decided_by__isnull=False)
                | Q(state="LAPSED", decided_at__isnull=False, decided_by=None)
                | (
                    Q(state__in=["APPROVED", "DECLINED"], decided_at__isnull=False)
                    & ~Q(words="")
                    & Q(decided_by__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
                name="pools_forfeiture_is_decided_by_another_person",
            ),
            models.CheckConstraint(
                condition=Q(objected_at=None, objected_by=None, objection="")
                | (Q(objected_at__isnull=False, objected_by__isnull=False) & ~Q(objection="")),
                name="pools_forfeiture_is_objected_to_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(payee_confirmed_at=None, payee_confirmed_by=None)
                | (
                    Q(payee_confirmed_at__isnull=False, payee_confirmed_by__isnull=False)
                    & ~Q(payee_confirmed_by=F("payee_told_by"))
                ),
                name="pools_forfeiture_has_its_payee_confirmed_by_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(clause="") & ~Q(statement="") & ~Q(payee_account=""),
                name="pools_forfeiture_says_why_and_for_whom",
            ),
        ]


class Bearing(models.Model):
    """That a membership bears a forfeiture if it is approved, by what it was to pay in when it was proposed.

    Never changed: whoever bears it does not leave until it is decided.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    forfeiture = models.ForeignKey(Forfeiture, models.PROTECT, related_name="bearings")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="bearings")
    contribution_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forfeiture", "membership"], name="pools_bearing_is_one_for_a_membership"
            ),
            models.CheckConstraint(
                condition=Q(contribution_fen__gt=0), name="pools_bearing_is_by_a_contribution"
            ),
        ]


class ForfeiturePaper(models.Model):
    """A document that shows what a forfeiture rests on, kept encrypted. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    forfeiture = models.ForeignKey(Forfeiture, models.PROTECT, related_name="papers")
    name = models.TextField()
    media_type = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    kept_at = models.DateTimeField()


class Deduction(models.Model):
    """What one membership bears of an approved forfeiture, ordered to the tenderer's account.

    Those who run the lot read whose it is here: memberships are not theirs to read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    forfeiture = models.ForeignKey(Forfeiture, models.PROTECT, related_name="deductions")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="deductions")
    lot = models.ForeignKey("tenders.Lot", models.PROTECT, related_name="+")
    membership_number = models.TextField()
    member_name = models.TextField()
    amount_fen = models.BigIntegerField()
    state = models.TextField(default=DeductionState.ORDERED)
    attempt = models.IntegerField(default=1)
    order = models.ForeignKey("banking.PaymentOrder", models.PROTECT, related_name="+")
    payee_account = models.TextField()
    ordered_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["forfeiture", "membership"], name="pools_deduction_is_borne_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0), name="pools_deduction_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state="ORDERED", paid_at=None, ended_at=None)
                | Q(state="FAILED", paid_at=None, ended_at__isnull=False)
                | Q(state="PAID", paid_at__isnull=False, ended_at=None)
                | Q(state="RETURNED", paid_at__isnull=False, ended_at__isnull=False),
                name="pools_deduction_state_agrees_with_its_times",
            ),
        ]


def read_forfeiture(row: Forfeiture) -> types.Forfeiture:
    """Return a forfeiture; hold with membership and scheme, lot, bidder and people should have been read with
    it.
    """
    return types.Forfeiture(
        id=row.pk,
        number=row.number,
        hold_id=row.hold_id,
        hold_number=row.hold.number,
        lot_id=row.lot_id,
        lot_code=row.lot.code,
        lot_name=row.lot.name,
        bidder_id=row.bidder_id,
        bidder_name=row.bidder.name,
        amount=Money(row.held_fen),
        deducted=Money(row.amount_fen),
        state=ForfeitureState(row.state),
        grounds=types.Grounds(
            cause=Cause(row.cause),
            clause=row.clause,
            statement=row.statement,
            payee_account=row.payee_account,
            payee_bank=row.payee_bank,
        ),
        payee_name=row.payee_name,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by_id,
        proposer=row.proposed_by.name,
        objections_until=row.objections_until,
        decide_by=row.decide_by,
        objection=row.objection,
        objected_at=row.objected_at,
        decided_at=row.decided_at,
        decider=row.decided_by.name if row.decided_by else "",
        words=row.words,
        payee_told_by=row.payee_told_by_id,
        payee_confirmed_at=row.payee_confirmed_at,
    )


def read_paper(row: ForfeiturePaper) -> types.Paper:
    return types.Paper(row.pk, row.name, row.media_type, row.size)


def read_deduction(row: Deduction) -> types.Deduction:
    return types.Deduction(
        membership_number=row.membership_number,
        member_name=row.member_name,
        amount=Money(row.amount_fen),
        state=DeductionState(row.state),
        payee_account=row.payee_account,
        ordered_at=row.ordered_at,
        paid_at=row.paid_at,
        ended_why=row.ended_why,
    )


class Appeal(models.Model):
    """A company's appeal against what keeps its membership from covering lots. It does not say which lot.

    Operators decide on it, before any opening: nothing of it may tell for what the company bids.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.TextField(unique=True)
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    reasons = ArrayField(models.TextField())
    words = models.TextField()
    state = models.TextField(default=AppealState.FILED)
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    decision = models.TextField(blank=True)
    mends = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bidder"],
                condition=Q(state=AppealState.FILED),
                name="pools_appeal_is_one_for_a_company",
            ),
            models.CheckConstraint(
                condition=Q(reasons__len__gt=0) & ~Q(words=""), name="pools_appeal_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="FILED", decided_at=None, decided_by=None, decision="")
                | Q(state="WITHDRAWN", decided_at__isnull=False, decided_by__isnull=False)
                | (
                    Q(state__in=["UPHELD", "REJECTED"])
                    & Q(decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(decision="")
                ),
                name="pools_appeal_is_decided_by_somebody_who_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="UPHELD") | Q(mends=[]), name="pools_appeal_mends_if_upheld"
            ),
        ]


class AppealFile(models.Model):
    """A document of an appeal, kept encrypted. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="files")
    place = models.IntegerField()
    name = models.TextField()
    media_type = models.TextField()
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["appeal", "place"], name="pools_appealfile_has_its_own_place"
            ),
        ]


def read_hold(row: Hold) -> types.Hold:
    """Return a hold; its membership, with the scheme, should have been read with it."""
    return types.Hold(
        id=row.pk,
        number=row.number,
        code=row.code,
        membership_id=row.membership_id,
        membership_number=row.membership.number,
        scheme_name=row.membership.scheme.name,
        lot_id=row.lot_id,
        amount=Money(row.amount_fen),
        state=HoldState(row.state),
        reserved_at=row.reserved_at,
        held_at=row.held_at,
        ended_at=row.ended_at,
        ended_why=row.ended_why,
        until=row.membership.ends_on,
    )


def read_terms(row: SchemeTerms, tiers: Iterable[Tier]) -> types.Terms:
    """Return terms with these of their tiers, the lowest first."""
    ordered = sorted(tiers, key=lambda tier: (tier.contribution_fen, tier.name))
    return types.Terms(
        regions=tuple(row.regions),
        kinds=tuple(row.kinds),
        floor=Money(row.floor_fen),
        parallel_max=row.parallel_max,
        term_months=row.term_months,
        renewal_days=row.renewal_days,
        top_up_days=row.top_up_days,
        cooling_days=row.cooling_days,
        tiers=tuple(read_tier(tier) for tier in ordered),
    )


def read_tier(row: Tier) -> types.Tier:
    return types.Tier(row.name, Money(row.contribution_fen), Money(row.cap_fen))


def read_scheme(row: Scheme) -> types.Scheme:
    """Return a scheme; its terms and their tiers should have been read with it."""
    dated = sorted(row.dated.all(), key=lambda terms: terms.valid_from, reverse=True)
    return types.Scheme(
        row.pk,
        row.name,
        types.Coverage(row.coverage),
        tuple(
            types.DatedTerms(each.pk, each.valid_from, read_terms(each, each.tiers.all()))
            for each in dated
        ),
    )


def read_membership(row: Membership) -> types.Membership:
    """Return a membership; its scheme, and its tier with the terms, should have been read with it."""
    state = MembershipState(row.state)
    tier, balance = read_tier(row.tier), Money(row.balance_fen)
    return types.Membership(
        id=row.pk,
        number=row.number,
        scheme_id=row.scheme_id,
        scheme_name=row.scheme.name,
        coverage=types.Coverage(row.scheme.coverage),
        terms=read_terms(row.tier.terms, [row.tier]),
        tier=tier,
        member_id=row.member_id,
        member_name=row.member_name,
        state=state,
        balance=balance,
        shared=Money(row.shared_fen),
        missing=rules.missing(
            is_payable=state in PAYABLE, contribution=tier.contribution, balance=balance
        ),
        applied_at=row.applied_at,
        decided_at=row.decided_at,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        top_up_by=row.top_up_by,
        leaves_on=row.leaves_on,
        why=row.why,
    )


def read_credit(row: PoolCredit) -> types.PoolCredit:
    return types.PoolCredit(
        serial=row.serial,
        amount_minor=row.amount_minor,
        currency=row.currency,
        credited_at=row.credited_at,
        payer_account=row.payer_account,
        state=PoolCreditState(row.state),
        reason=row.reason,
        counted=Money(row.counted_fen),
    )


def read_appeal(row: Appeal, *, is_own: bool) -> types.Appeal:
    """Return an appeal; its people, company, membership and files should have been read with it.

    :param is_own: others than its company do not read what its documents were called.
    """
    files = sorted(row.files.all(), key=lambda file: file.place)
    return types.Appeal(
        id=row.pk,
        number=row.number,
        bidder_name=row.bidder.name,
        membership_number=row.membership.number if row.membership else "",
        reasons=tuple(types.Check(each) for each in row.reasons),
        words=row.words,
        files=tuple(read_appeal_file(file, row.number, is_own=is_own) for file in files),
        state=AppealState(row.state),
        filed_at=row.filed_at,
        filed_by=row.filed_by.name,
        decided_at=row.decided_at,
        decided_by=row.decided_by.name if row.decided_by else "",
        decision=row.decision,
        mends=tuple(types.Mend(each) for each in row.mends),
    )


def read_appeal_file(row: AppealFile, number: str, *, is_own: bool) -> types.AppealFile:
    ending = row.media_type.rpartition("/")[2]
    name = row.name if is_own else f"{number}-{row.place}.{ending}"
    return types.AppealFile(row.pk, name, row.media_type, row.size)


def read_refund(row: PoolRefund, interest: tuple[Interest, ...]) -> types.PoolRefund:
    return types.PoolRefund(
        id=row.pk,
        number=row.number,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.reason,
        state=PoolRefundState(row.state),
        payee_account=row.payee_account,
        ordered_at=row.ordered_at,
        paid_at=row.paid_at,
        interest=interest,
    )

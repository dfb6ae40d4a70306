"""Tables of projects, lots, policies and registrations."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from biaobao.domain.tenders.states import LotState, RegistrationState


class Region(models.Model):
    """An area that tenders; its two letters begin its lots' codes."""

    code = models.CharField(primary_key=True, max_length=2)
    name = models.TextField(unique=True)
    division = models.CharField(max_length=6)


class ProcurementKind(models.Model):
    """A kind of procurement (市本级工程, 国企采购, …); its two letters follow the region's."""

    code = models.CharField(primary_key=True, max_length=2)
    name = models.TextField(unique=True)


class Policy(models.Model):
    """What law and local rules ask of a kind of lots from a day on. A row for each change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    region = models.ForeignKey(Region, models.PROTECT, null=True)
    kind = models.ForeignKey(ProcurementKind, models.PROTECT)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    ways = ArrayField(models.TextField())
    cap_ppm = models.IntegerField()
    cap_fen = models.BigIntegerField(null=True)
    statutory = models.BooleanField()
    basic_account_only = models.BooleanField()
    accumulate = models.BooleanField()
    shares_account = models.BooleanField(default=False)
    validity_days = models.IntegerField()
    min_notice_days = models.IntegerField()
    citation = models.TextField()
    share_citation = models.TextField(blank=True)
    cap_citation = models.TextField(blank=True)
    notice_citation = models.TextField(blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(cap_ppm__gt=0, cap_ppm__lte=1_000_000),
                name="tenders_policy_cap_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="tenders_policy_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(cap_fen=None) | Q(cap_fen__gt=0),
                name="tenders_policy_cap_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(validity_days__gt=0, min_notice_days__gte=0),
                name="tenders_policy_days_are_not_negative",
            ),
            models.UniqueConstraint(
                fields=["region", "kind", "valid_from"],
                nulls_distinct=False,
                name="tenders_policy_is_one_for_each_region_kind_and_day",
            ),
        ]


class Project(models.Model):
    """A project (招标项目) of a tenderer, run by itself or by its agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    tenderer = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    agency = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Region, models.PROTECT)
    kind = models.ForeignKey(ProcurementKind, models.PROTECT)
    drafted_at = models.DateTimeField()


LOT_TIMES = (
    "published_at",
    "opened_at",
    "suspended_at",
    "terminated_at",
    "failed_at",
    "awarded_at",
    "contracted_at",
)
_AWARDED = ("published_at", "opened_at", "awarded_at")
# What is announced of an award names whose it is.
OF_AWARDS = ("AWARDED", "AWARD_WITHDRAWN", "CONTRACTED")


def _lot_is(state: LotState, *times: str) -> Q:
    """Return the condition that the lot is in the state and has these of its times, no other."""
    return Q(state=state.value, **{f"{time}__isnull": time not in times for time in LOT_TIMES})


class Lot(models.Model):
    """A lot (标段) of a project: the unit of security."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, models.PROTECT, related_name="lots")
    policy = models.ForeignKey(Policy, models.PROTECT, null=True)
    code = models.TextField(unique=True)
    name = models.TextField()
    state = models.TextField(default=LotState.DRAFT)
    estimate_fen = models.BigIntegerField()
    amount_fen = models.BigIntegerField()
    ways = ArrayField(models.TextField())
    guarantors = ArrayField(models.TextField(), default=list)
    deadline_at = models.DateTimeField()
    payment_deadline_at = models.DateTimeField()
    opening_at = models.DateTimeField()
    validity_days = models.IntegerField()
    published_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    suspended_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    terminated_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, related_name="+")
    winner = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    awarded_at = models.DateTimeField(null=True)
    contracted_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "deadline_at"], name="tenders_lot_by_deadline")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, estimate_fen__gt=0),
                name="tenders_lot_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z]{4}[0-9]{9}-[1-9][0-9]*$"),
                name="tenders_lot_code_has_its_form",
            ),
            models.CheckConstraint(
                condition=(
                    _lot_is(LotState.DRAFT)
                    | _lot_is(LotState.PUBLISHED, "published_at")
                    | _lot_is(LotState.SUSPENDED, "published_at", "suspended_at")
                    | _lot_is(LotState.TERMINATED, "published_at", "terminated_at")
                    | _lot_is(LotState.TERMINATED, "published_at", "suspended_at", "terminated_at")
                    | _lot_is(LotState.OPENED, "published_at", "opened_at")
                    | _lot_is(LotState.FAILED, "published_at", "opened_at", "failed_at")
                    | _lot_is(LotState.AWARDED, *_AWARDED)
                    | _lot_is(LotState.CONTRACTED, *_AWARDED, "contracted_at")
                ),
                name="tenders_lot_state_agrees_with_its_times",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT")
                | Q(
                    policy__isnull=False,
                    payment_deadline_at=F("deadline_at"),
                    opening_at__gte=F("deadline_at"),
                ),
                name="tenders_lot_published_only_within_its_policy",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(opened_at__gte=F("opening_at")),
                name="tenders_lot_opened_not_before_its_time",
            ),
            models.CheckConstraint(
                condition=Q(terminated_by=None) | Q(terminated_at__isnull=False),
                name="tenders_lot_terminated_by_somebody_only_when_terminated",
            ),
            models.CheckConstraint(
                condition=Q(winner=None, awarded_at=None)
                | Q(winner__isnull=False, awarded_at__gte=F("opened_at")),
                name="tenders_lot_is_awarded_to_somebody_after_its_opening",
            ),
            models.CheckConstraint(
                condition=Q(contracted_at=None) | Q(contracted_at__gte=F("awarded_at")),
                name="tenders_lot_is_contracted_after_its_award",
            ),
        ]


class Announcement(models.Model):
    """What happened to a published lot, and why: everyone may read it."""

    id = models.BigAutoField(primary_key=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    kind = models.TextField()
    at = models.DateTimeField()
    deadline_before = models.DateTimeField()
    deadline_at = models.DateTimeField()
    opening_before = models.DateTimeField()
    opening_at = models.DateTimeField()
    amount_before_fen = models.BigIntegerField(null=True)
    amount_fen = models.BigIntegerField(null=True)
    winner = models.ForeignKey("parties.Organisation", models.PROTECT, null=True, related_name="+")
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    deadline_at__gte=F("deadline_before"), opening_at__gte=F("opening_before")
                ),
                name="tenders_announcement_clocks_never_move_to_earlier",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["POSTPONED", "RESUMED"])
                | Q(
                    kind__in=["AMOUNT_CHANGED", "SUSPENDED", "TERMINATED", "FAILED", *OF_AWARDS],
                    deadline_at=F("deadline_before"),
                    opening_at=F("opening_before"),
                ),
                name="tenders_announcement_moves_clocks_only_if_it_may",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="AMOUNT_CHANGED", amount_before_fen__gt=0, amount_fen__gt=0)
                    & ~Q(amount_fen=F("amount_before_fen"))
                )
                | (~Q(kind="AMOUNT_CHANGED") & Q(amount_before_fen=None, amount_fen=None)),
                name="tenders_announcement_changes_the_amount_only_if_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=OF_AWARDS, winner__isnull=False)
                | (~Q(kind__in=OF_AWARDS) & Q(winner=None)),
                name="tenders_announcement_of_an_award_says_whose",
            ),
        ]


class TenderFile(models.Model):
    """A tender file (招标文件) of a lot, kept by the hash of its content."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="files")
    name = models.TextField()
    media_type = models.TextField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "sha256"], name="tenders_tenderfile_is_once_in_a_lot"
            ),
        ]


class Registration(models.Model):
    """A bidder's registration (报名) for a lot. Sealed until the opening, its number too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    bidder = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="+")
    contact = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    state = models.TextField(default=RegistrationState.CONTACT_CHOSEN)
    contact_chosen_at = models.DateTimeField()
    file_collected_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "bidder"], name="tenders_registration_is_one_for_each_bidder"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="CONTACT_CHOSEN", file_collected_at=None, registered_at=None)
                    | Q(
                        state="FILE_COLLECTED",
                        file_collected_at__isnull=False,
                        registered_at=None,
                    )
                    | Q(
                        state="REGISTERED",
                        file_collected_at__isnull=False,
                        registered_at__isnull=False,
                    )
                ),
                name="tenders_registration_state_agrees_with_its_times",
            ),
        ]

"""Tables of organisations and people."""

from __future__ import annotations

import uuid

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q

from biaobao.core.actor import Role
from biaobao.domain.parties.states import BasicAccountState
from biaobao.domain.parties.types import InvoiceData, InvoiceKind, ProfileTerms

CONSOLE_ROLES = [role.value for role in Role if role not in (Role.SYSTEM, Role.NOBODY)]


class Organisation(models.Model):
    """A company or authority, in the one role that it has on this platform."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.TextField()
    uscc = models.CharField(max_length=18, unique=True)
    role = models.TextField()
    is_demo = models.BooleanField(default=False)
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=CONSOLE_ROLES), name="parties_organisation_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="parties_organisation_uscc_has_the_form_of_gb_32100",
            ),
        ]


class Person(AbstractBaseUser):
    """Somebody who signs in; what he may do follows from his membership."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    username = models.TextField(unique=True)
    name = models.TextField()
    phone = models.TextField(blank=True)
    password_set_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "username"

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # derived here, a class attribute there
        return self.disabled_at is None


class Membership(models.Model):
    """A person in an organisation; a manager also keeps its people and accounts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    is_manager = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], name="parties_membership_is_one_for_each_pair"
            )
        ]


class BasicAccount(models.Model):
    """The basic deposit account (基本账户) of a bidder, from which deposits must come."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="basic_account"
    )
    account_name = models.TextField()
    number = models.TextField()
    bank_name = models.TextField()
    state = models.TextField(default=BasicAccountState.UNCONFIRMED)
    told_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(state="UNCONFIRMED", confirmed_at=None, confirmed_by=None)
                    | Q(state="CONFIRMED", confirmed_at__isnull=False, confirmed_by__isnull=False)
                ),
                name="parties_basicaccount_confirmed_with_time_and_person",
            )
        ]


class CompanyProfile(models.Model):
    """What a bidder tells of itself to guarantors (账户中心); its own people alone read it."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="+"
    )
    legal_name = models.TextField(blank=True)
    legal_id_number = models.TextField(blank=True)
    legal_phone = models.TextField(blank=True)
    address = models.TextField(blank=True)
    email = models.TextField(blank=True)
    licence_until = models.DateField(null=True)
    invoice_kind = models.TextField()
    invoice_bank = models.TextField(blank=True)
    invoice_account = models.TextField(blank=True)
    invoice_address = models.TextField(blank=True)
    invoice_phone = models.TextField(blank=True)
    invoice_email = models.TextField(blank=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(invoice_kind__in=["ORDINARY", "SPECIAL"]),
                name="parties_companyprofile_invoice_kind_is_known",
            )
        ]


class Handler(models.Model):
    """Somebody who sees applications of a bidder through (经办人), and must be reachable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.TextField()
    id_number = models.TextField()
    phone = models.TextField()
    told_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "id_number"],
                condition=Q(ended_at=None),
                name="parties_handler_is_one_for_each_number",
            )
        ]


class Scan(models.Model):
    """A picture of a paper of a bidder, kept encrypted; a newer one takes its place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.TextField()
    name = models.TextField()
    media_type = models.TextField()
    sha256 = models.CharField(max_length=64)
    stored_sha256 = models.CharField(max_length=64)
    wrapped_key = models.BinaryField()
    size = models.BigIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], name="parties_scan_is_one_for_each_kind"
            )
        ]


class Certificate(models.Model):
    """A certificate that the CA issued to a member of an organisation, enrolled for sign-in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="certificates")
    fingerprint = models.CharField(max_length=64, unique=True)
    serial = models.TextField()
    issuer = models.TextField()
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class SignInAttempt(models.Model):
    """A failed sign-in; enough of them close the door for a while. Names are kept as digests."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="parties_attempt_by_key")]


class Challenge(models.Model):
    """A fresh random number to be signed by a certificate, good once and for two minutes."""

    nonce = models.CharField(primary_key=True, max_length=64)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class RevocationList(models.Model):
    """The newest certificate revocation list of an issuer, as the CA signed it."""

    issuer = models.TextField(primary_key=True)
    number = models.BigIntegerField()
    content = models.BinaryField()
    fetched_at = models.DateTimeField()
    next_update_at = models.DateTimeField()


def read_profile(row: CompanyProfile) -> ProfileTerms:
    return ProfileTerms(
        legal_name=row.legal_name,
        legal_id_number=row.legal_id_number,
        legal_phone=row.legal_phone,
        address=row.address,
        email=row.email,
        licence_until=row.licence_until,
        invoice=InvoiceData(
            InvoiceKind(row.invoice_kind),
            row.invoice_bank,
            row.invoice_account,
            row.invoice_address,
            row.invoice_phone,
            row.invoice_email,
        ),
    )

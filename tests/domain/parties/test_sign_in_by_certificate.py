"""Coming in with a certificate of a real authority."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from biaobao.adapters.signing.sandbox_ca.authority import Issued, SandboxAuthority
from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.core.actor import NOBODY, SYSTEM
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.parties import actions, queries, rules
from biaobao.domain.parties.models import Certificate, Challenge, RevocationList
from biaobao.domain.parties.types import Organisation, Person, Proof, SignedIn
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import certificates
from tests.given import parties as given

pytestmark = pytest.mark.django_db
AT = given.AT
HOST = "biaobao.example"


@dataclass(frozen=True)
class World:
    ca: SandboxAuthority
    trust: TrustedAuthorities
    organisation: Organisation
    person: Person
    issued: Issued


@pytest.fixture
def world(tmp_path: Path) -> World:
    ca = certificates.authority(tmp_path / "ca")
    organisation = given.organisation()
    person = given.person(organisation)
    issued = certificates.issued(ca, uscc=organisation.uscc)
    world = World(ca, certificates.trust(ca), organisation, person, issued)
    keep_list(world)
    enrol(world)
    return world


def keep_list(world: World, *, at: datetime = AT) -> bool:
    listed = world.trust.read_revocation_list(world.ca.revocation_list(at=at))
    return actions.keep_revocation_list(revocation_list=listed, at=at, actor=SYSTEM)


def enrol(world: World, *, actor=SYSTEM, at: datetime = AT, issued: Issued | None = None):
    return actions.enrol_certificate(
        person_id=world.person.id,
        organisation_id=world.organisation.id,
        certificate=(issued or world.issued).certificate,
        authority=world.trust,
        at=at,
        actor=actor,
    )


def proof(world: World, *, at: datetime = AT, issued: Issued | None = None) -> Proof:
    challenge = actions.make_challenge(host=HOST, at=at, actor=NOBODY)
    issued = issued or world.issued
    signature = certificates.signature(issued, challenge.text.encode())
    return Proof(challenge.nonce, HOST, issued.certificate, signature)


def sign_in(world: World, proof: Proof, *, at: datetime = AT) -> SignedIn:
    return actions.sign_in_by_certificate(
        proof=proof, authority=world.trust, origin="192.0.2.1", at=at, actor=NOBODY
    )


def refusal(world: World, proof: Proof, *, at: datetime = AT) -> str:
    with pytest.raises(Refused) as refused:
        sign_in(world, proof, at=at)
    with seeing_as(SYSTEM):
        event = AuditEvent.objects.order_by("-id")[0]
    (objection,) = refused.value.objections
    assert (event.name, event.reason) == ("sign_in.refused", objection.code)
    return objection.code


@pytest.mark.parametrize("key", ["P-256", "RSA-2048"])
def test_the_holder_of_an_enrolled_certificate_comes_in(world: World, key: str):
    issued = certificates.issued(world.ca, uscc=world.organisation.uscc, key=key)
    enrol(world, issued=issued)

    assert sign_in(world, proof(world, issued=issued)) == SignedIn(
        world.person.id, world.organisation.id
    )

    with seeing_as(SYSTEM):
        event = AuditEvent.objects.order_by("-id")[0]
    assert (event.name, event.facts) == (
        "person.signed_in",
        {"way": "certificate", "serial": issued.serial},
    )


def test_a_challenge_is_answered_once_and_within_two_minutes(world: World):  # INV-14
    used = proof(world)
    sign_in(world, used)
    assert refusal(world, used) == "CHALLENGE_NOT_FRESH"

    assert sign_in(world, proof(world), at=AT + timedelta(minutes=2))
    late = AT + timedelta(minutes=2, seconds=1)
    assert refusal(world, proof(world), at=late) == "CHALLENGE_NOT_FRESH"
    invented = replace(proof(world), nonce="0" * 64)
    assert refusal(world, invented) == "CHALLENGE_NOT_FRESH"


def test_a_wrong_answer_uses_the_challenge_up(world: World):
    right = proof(world)

    assert refusal(world, replace(right, signature=b"\0" * 64)) == "SIGN_IN_FAILED"

    assert Challenge.objects.get(nonce=right.nonce).used_at == AT
    assert refusal(world, right) == "CHALLENGE_NOT_FRESH"


def test_a_signature_for_another_host_opens_nothing(world: World):  # INV-14
    assert refusal(world, replace(proof(world), host="phish.example")) == "SIGN_IN_FAILED"


def test_a_certificate_of_another_authority_learns_nothing(world: World, tmp_path: Path):
    impostor = certificates.authority(tmp_path / "impostor")
    issued = certificates.issued(impostor, uscc=world.organisation.uscc)

    assert refusal(world, proof(world, issued=issued)) == "SIGN_IN_FAILED"


def test_an_expired_certificate_says_so_to_its_holder_only(world: World):
    later = AT + timedelta(days=366)
    keep_list(world, at=later)
    right = proof(world, at=later)

    assert refusal(world, replace(right, signature=b"\0" * 64), at=later) == "SIGN_IN_FAILED"
    assert refusal(world, proof(world, at=later), at=later) == "CERTIFICATE_EXPIRED"


def test_a_revoked_certificate_is_out_once_the_list_is_here(world: World):
    world.ca.revoke(world.issued.serial, at=AT)
    assert sign_in(world, proof(world))

    assert keep_list(world) is True

    assert refusal(world, proof(world)) == "CERTIFICATE_REVOKED"


def test_without_a_current_list_nobody_comes_in(world: World):
    stale_at = AT + timedelta(hours=24, seconds=1)
    assert refusal(world, proof(world, at=stale_at), at=stale_at) == "REVOCATION_UNKNOWN"

    RevocationList.objects.all().delete()
    assert refusal(world, proof(world)) == "REVOCATION_UNKNOWN"


def test_an_unknown_or_ended_certificate_of_ours_is_told_apart(world: World):
    unknown = certificates.issued(world.ca, uscc=world.organisation.uscc)
    assert refusal(world, proof(world, issued=unknown)) == "CERTIFICATE_NOT_ENROLLED"

    certificate = Certificate.objects.get()
    for _ in range(2):
        actions.end_certificate(certificate_id=certificate.id, at=AT, actor=SYSTEM)
    assert refusal(world, proof(world)) == "CERTIFICATE_NOT_ENROLLED"
    with seeing_as(SYSTEM):
        assert AuditEvent.objects.filter(name="certificate.ended").count() == 1


def test_an_organisation_whose_code_became_another_is_told(world: World):
    code = given.credit_code()
    Certificate.objects.get().membership.organisation.__class__.objects.filter(
        id=world.organisation.id
    ).update(uscc=code)

    assert refusal(world, proof(world)) == "CERTIFICATE_OF_ANOTHER"


def test_a_disabled_person_stays_out(world: World):
    actions.disable_person(person_id=world.person.id, at=AT, actor=given.operator())

    assert refusal(world, proof(world)) == "PERSON_DISABLED"


def test_an_origin_that_fails_again_and_again_is_shut_out(world: World):
    for _ in range(rules.FOR_AN_ORIGIN.failures):
        refusal(world, replace(proof(world), signature=b""))

    with pytest.raises(Refused) as refused:
        sign_in(world, proof(world))
    assert [each.code for each in refused.value.objections] == ["SIGN_IN_THROTTLED"]


def enrolment_refused(world: World, issued: Issued, *, at: datetime = AT) -> str:
    with pytest.raises(Refused) as refused:
        enrol(world, issued=issued, at=at)
    assert Certificate.objects.count() == 1
    return refused.value.objections[0].code


def test_only_a_good_certificate_of_the_organisation_is_enrolled(world: World, tmp_path: Path):
    own = world.organisation.uscc
    impostor = certificates.authority(tmp_path / "impostor")
    revoked = certificates.issued(world.ca, uscc=own)
    world.ca.revoke(revoked.serial, at=AT)
    keep_list(world)

    another = certificates.issued(world.ca, uscc=given.credit_code())
    expired = certificates.issued(world.ca, uscc=own, days=1)
    assert enrolment_refused(world, another) == "CERTIFICATE_OF_ANOTHER"
    assert enrolment_refused(world, world.issued) == "CERTIFICATE_TAKEN"
    assert enrolment_refused(world, revoked) == "CERTIFICATE_REVOKED"
    foreign = certificates.issued(impostor, uscc=own)
    assert enrolment_refused(world, foreign) == "CERTIFICATE_NOT_OURS"
    late = AT + timedelta(days=2)
    assert enrolment_refused(world, expired, at=late) == "CERTIFICATE_EXPIRED"


def test_who_keeps_no_people_there_enrols_and_ends_no_certificate(world: World):
    certificate = Certificate.objects.get()
    handler = given.person(world.organisation, manager=False)
    for actor in (given.bidder(), given.as_actor(world.organisation, handler), NOBODY):
        with pytest.raises(NotAllowed):
            enrol(world, actor=actor)
        with pytest.raises(NotAllowed):
            actions.end_certificate(certificate_id=certificate.id, at=AT, actor=actor)
    manager = given.as_actor(world.organisation, world.person)
    with pytest.raises(NotFound):
        actions.end_certificate(certificate_id=world.person.id, at=AT, actor=manager)

    shown = queries.certificates(organisation_id=world.organisation.id, actor=manager)
    assert [(each.person_id, each.serial) for each in shown] == [
        (world.person.id, world.issued.serial)
    ]
    assert queries.certificates(organisation_id=world.organisation.id, actor=given.bidder()) == ()


def test_an_older_list_never_takes_the_place_of_a_newer_one(world: World):
    first = world.trust.read_revocation_list(world.ca.revocation_list(at=AT))
    world.ca.revoke(world.issued.serial, at=AT)
    assert keep_list(world) is True

    for _ in range(2):
        kept = actions.keep_revocation_list(revocation_list=first, at=AT, actor=SYSTEM)
        assert kept is False
    assert RevocationList.objects.get().number == first.number + 1
    with pytest.raises(NotAllowed):
        actions.keep_revocation_list(revocation_list=first, at=AT, actor=given.operator())

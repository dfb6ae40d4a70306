"""From a paid premium to a letter that strangers' tools agree on, by the worker's own sweeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from biaobao.adapters import workshop
from biaobao.adapters.guarantors.sandbox import SandboxGuarantor
from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound
from biaobao.domain.deposits.queries import standing
from biaobao.domain.documents import rules as documents
from biaobao.domain.documents.types import Finding, Kind
from biaobao.domain.guarantees.actions import amending, contingency
from biaobao.domain.guarantees.queries import contingency as decisions
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules import letters as rules
from biaobao.domain.guarantees.states import ApplicationState, LetterState
from biaobao.domain.guarantees.types import Answer, AnswerKind, Cause, Established, Fault, Product
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.domain.parties import actions as parties
from biaobao.domain.tenders import actions as tenders
from biaobao.jobs import guarantees as sweeps
from biaobao.platform import clock
from tests import outside
from tests.given import banking as given_banking
from tests.given import certificates, premiums
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import signing as given_signing
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of
from tests.given.signing import Desk
from tests.given.visits import visiting

SECOND = timedelta(seconds=1)


@dataclass
class House:
    """A guarantor with a seal, its desk, and who certifies and stamps."""

    signing: Desk
    desk: SandboxGuarantor
    product: Product

    def paid(self) -> Applied:
        lot = given_tenders.lot(deadline_at=soon())
        return given_letters.paid(lot, offered=self.product)


def soon() -> datetime:
    # What leads to the letter lies five days before the deadline.
    return clock.now().replace(microsecond=0) + timedelta(hours=1)


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Path) -> Iterator[House]:
    with opened(settings, tmp_path) as made:
        yield made


@contextmanager
def opened(settings: Any, tmp_path: Path) -> Iterator[House]:
    """Open a house whose papers lie where a product on this data folder looks for them."""
    at = clock.now() - SECOND
    with given_signing.desk(tmp_path, at=at) as signing:
        (tmp_path / "trust.pem").write_bytes(signing.ca.chain)
        settings.TRUST = tmp_path / "trust.pem"
        settings.TSA_URL = signing.url
        settings.SEALS = tmp_path / "seals"
        settings.SANDBOX_GUARANTOR = tmp_path / "sandbox-guarantor"
        settings.MEDIA_ROOT = tmp_path / "files"
        (listed,) = map(certificates.trust(signing.ca).read_revocation_list, signing.lists())
        parties.keep_revocation_list(revocation_list=listed, at=at, actor=SYSTEM)
        given_banking.bank()
        product = given.product()
        signing.make_seal(rules.party_of(product.guarantor))
        signing.now = clock.now()
        yield House(signing, SandboxGuarantor(tmp_path / "sandbox-guarantor"), product)


def pdf_of(applied: Applied, kind: Kind) -> bytes:
    return papers.pdf(application_id=applied.id, kind=kind, actor=applied.bidder)


def stored_of(applied: Applied, tmp_path: Path) -> Path:
    """Return the file in which a letter is kept encrypted."""
    pdf = pdf_of(applied, Kind.LETTER)
    kept = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    (stored,) = [path for path in kept if path.stat().st_size == len(pdf) + 28]
    return stored


@pytest.mark.parametrize(
    ("kind", "sweep"),
    [(Kind.LETTER, sweeps.issue_letters), (Kind.RECEIPT, sweeps.make_receipts)],
)
def test_paid_there_is_a_signed_paper_that_strangers_tools_agree_on(
    house: House, tmp_path: Path, kind: Kind, sweep: Any
):
    paid = house.paid()

    sweep(clock.now())
    sweep(clock.now())

    pdf = pdf_of(paid, kind)
    verdict = documents.as_named(workshop.verifying().verify(pdf))
    assert verdict.finding is Finding.GENUINE
    assert verdict.signature
    assert verdict.signature.signer.uscc == paid.product.guarantor.uscc
    outside.poppler_and_qpdf_agree(pdf, tmp_path)
    outside.openssl_agrees(pdf, house.signing.ca, tmp_path, at=house.signing.now)
    kept = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert kept
    assert all(b"ETSI.CAdES.detached" not in path.read_bytes() for path in kept)
    with pytest.raises(NotFound):
        papers.pdf(application_id=paid.id, kind=kind, actor=given.bidder())


def test_the_letter_secures_its_lot_and_earns_its_premium_once(house: House):
    paid = house.paid()

    sweeps.issue_letters(clock.now())
    sweeps.issue_letters(clock.now())

    letter = letter_of(paid)
    assert (paid.state, letter.state) == (ApplicationState.ISSUED, LetterState.ISSUED_SEALED)
    assert paid.security == ("SECURED", "GUARANTEE")
    assert (paid.held, earned(paid.product.guarantor.id)) == (Money(0), Money.yuan(300))


def test_scenario_19_stamped_a_second_late_it_is_void_and_the_premium_is_ordered_back(
    house: House,
):
    paid = house.paid()
    house.signing.now = paid.lot.deadline_at + SECOND

    sweeps.issue_letters(clock.now())

    assert (paid.state, paid.now.why) == (ApplicationState.PREMIUM_REFUNDING, "LATE_ISSUED")
    assert (letter_of(paid).state, paid.security) == (LetterState.VOID, ("REQUIRED", ""))
    assert refunds(paid) == [(300_00, "ORDERED")]
    assert earned(paid.product.guarantor.id) == Money(0)


def test_scenario_17_declined_after_payment_the_premium_comes_back_and_cash_secures_in_time(
    house: House,
):
    paid = house.paid()
    house.desk.refuse(str(paid.id), "信用状况变化")

    sweeps.issue_letters(clock.now())

    assert (paid.now.why, paid.now.words) == ("GUARANTOR_DECLINED", "信用状况变化")
    assert refunds(paid) == [(300_00, "ORDERED")]
    with pytest.raises(NotFound):
        letter_of(paid)
    switched = given_deposits.chosen(paid.lot, paid.bidder)
    given_deposits.booked(switched.pays(at=paid.lot.deadline_at - SECOND))
    assert paid.security == ("SECURED", "DEPOSIT")


@pytest.mark.parametrize("trouble", ["no timestamp", "no seal"])
def test_what_cannot_be_made_now_waits_and_nothing_is_kept(
    house: House, trouble: str, settings: Any
):
    paid = house.paid()
    if trouble == "no timestamp":
        settings.TSA_URL = "http://127.0.0.1:9/"
    else:
        settings.SEALS = settings.SEALS / "elsewhere"

    sweeps.issue_letters(clock.now())
    sweeps.make_receipts(clock.now())

    assert (paid.state, paid.held) == (ApplicationState.PAID, Money.yuan(300))
    for kind in (Kind.LETTER, Kind.RECEIPT):
        with pytest.raises(NotFound):
            pdf_of(paid, kind)


@pytest.mark.parametrize("change", ["the seal is revoked", "the authority is trusted no more"])
def test_what_the_last_letter_was_signed_with_signs_no_other_once_that_changes(
    house: House, change: str, settings: Any, tmp_path: Path
):
    seal = house.signing.make_seal(rules.party_of(house.product.guarantor))
    before = house.paid()
    sweeps.issue_letters(clock.now())
    after = house.paid()
    if change == "the seal is revoked":
        house.signing.ca.revoke(seal.serial, at=clock.now())
        newer = house.signing.ca.revocation_list(at=clock.now())
        listed = certificates.trust(house.signing.ca).read_revocation_list(newer)
        parties.keep_revocation_list(revocation_list=listed, at=clock.now(), actor=SYSTEM)
    else:
        other = certificates.authority(tmp_path / "other", at=clock.now() - SECOND)
        Path(settings.TRUST).write_bytes(other.chain)

    sweeps.issue_letters(clock.now())

    assert (before.state, after.state) == (ApplicationState.ISSUED, ApplicationState.PAID)
    assert after.held == Money.yuan(300)
    with pytest.raises(NotFound):
        letter_of(after)


def test_at_the_opening_the_worker_reads_the_letter_and_unseals_it(house: House):
    paid = house.paid()
    sweeps.issue_letters(clock.now())
    sweeps.unseal_letters(clock.now())
    assert letter_of(paid).state is LetterState.ISSUED_SEALED
    given_tenders.opened(paid.lot)

    sweeps.unseal_letters(clock.now())

    assert letter_of(paid).state is LetterState.UNSEALED


def test_postponed_and_extended_the_old_file_is_superseded_and_the_new_one_counts(  # INV-28
    house: House,
):
    paid = house.paid()
    sweeps.issue_letters(clock.now())
    old = pdf_of(paid, Kind.LETTER)
    given_tenders.postponed(paid.lot, by=timedelta(days=9), at=clock.now())
    sweeps.follow_lots(clock.now())
    amending.request(application_id=paid.id, at=clock.now(), actor=paid.bidder)

    for _ in range(2):
        sweeps.amend_letters(clock.now())

    new, letter = pdf_of(paid, Kind.LETTER), letter_of(paid)
    assert (letter.version, letter.extend_until) == (2, None)
    assert documents.as_named(workshop.verifying().verify(new)).finding is Finding.GENUINE
    assert new != old
    holder = visiting(paid.bidder)
    for pdf, said in ((old, "已被新版本取代"), (new, "签名真实，文件没有改动")):
        sent = {"file": SimpleUploadedFile("letter.pdf", pdf, "application/pdf")}
        assert said in holder.post("/verify/file/", sent).content.decode()


def test_scenario_16_raised_and_paid_for_the_letter_is_printed_over_the_new_amount(  # INV-28
    house: House,
):
    paid = house.paid()
    sweeps.issue_letters(clock.now())
    moved = given_tenders.postponed(paid.lot, by=timedelta(days=30), at=clock.now())
    more = Money.yuan(100_000)
    tenders.change_amount(
        lot_id=moved.id,
        amount=more,
        reason="补充文件一",
        at=clock.now(),
        actor=given_tenders.keeper_of(moved),
    )
    sweeps.follow_lots(clock.now())
    amending.request(application_id=paid.id, at=clock.now(), actor=paid.bidder)
    sweeps.amend_letters(clock.now())
    assert letter_of(paid).version == 1

    premiums.booked(premiums.pays(paid, at=clock.now()))
    sweeps.amend_letters(clock.now())

    letter = letter_of(paid)
    assert (letter.version, letter.amount) == (2, more)
    verdict = documents.as_named(workshop.verifying().verify(pdf_of(paid, Kind.LETTER)))
    assert verdict.finding is Finding.GENUINE
    assert orjson.loads(verdict.data)["facts"]["amount"]["fen"] == more.fen


# Scenario 24 of the domain: the seal's certificate was renewed between issue and opening.
def test_a_certificate_renewed_since_does_not_matter(house: House):
    paid = house.paid()
    sweeps.issue_letters(clock.now())
    house.signing.make_seal(rules.party_of(house.product.guarantor), at=clock.now())
    given_tenders.opened(paid.lot)

    sweeps.unseal_letters(clock.now())

    assert letter_of(paid).state is LetterState.UNSEALED


def test_a_letter_whose_file_is_damaged_stays_closed_until_it_is_there_again(
    house: House, tmp_path: Path
):
    paid = house.paid()
    sweeps.issue_letters(clock.now())
    given_tenders.opened(paid.lot)
    stored = stored_of(paid, tmp_path)
    content = stored.read_bytes()
    stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    sweeps.unseal_letters(clock.now())

    letter = letter_of(paid)
    assert (letter.state, letter.unreadable_why) == ("DECRYPT_FAILED", "NOT_OPENED")
    stored.write_bytes(content)
    sweeps.unseal_letters(clock.now())
    assert letter_of(paid).state is LetterState.DECRYPT_FAILED
    sweeps.unseal_letters(clock.now() + rules.READ_AGAIN)
    assert letter_of(paid).state is LetterState.UNSEALED


# Scenario 23 of the domain: the opening with one guarantor down, two of three.
def test_of_three_guarantors_one_is_down_and_the_opening_goes_on(house: House, tmp_path: Path):
    lot = given_tenders.lot(deadline_at=soon())
    products = [house.product, given.product(), given.product()]
    for product in products[1:]:
        house.signing.make_seal(rules.party_of(product.guarantor))
    three = [given_letters.paid(lot, offered=product) for product in products]
    sweeps.issue_letters(clock.now())
    sweeps.make_receipts(clock.now())
    given_tenders.opened(lot)
    stored_of(three[0], tmp_path).unlink()

    sweeps.unseal_letters(clock.now())
    states = [letter_of(paid).state for paid in three]
    assert states == [LetterState.DECRYPT_FAILED, LetterState.UNSEALED, LetterState.UNSEALED]
    made = contingency.propose(
        letter_id=letter_of(three[0]).id,
        established=Established(Cause.SERVER, Fault.ISSUER, ""),
        shown=None,
        checking=workshop.verifying(house.signing.lists()),
        at=clock.now(),
        actor=given_tenders.keeper_of(lot),
    )
    watching = given_parties.supervisor()
    contingency.decide(
        contingency_id=made, is_accepted=True, words="", at=clock.now(), actor=watching
    )

    rows = standing.opening_list(lot_id=lot.id, actor=given_tenders.keeper_of(lot))
    assert [(row.state, row.way) for row in rows] == [("SECURED", "GUARANTEE")] * 3
    (kept,) = decisions.of_opened_lot(lot_id=lot.id, actor=watching)
    assert kept.receipt_sha256 == hashlib.sha256(pdf_of(three[0], Kind.RECEIPT)).hexdigest()


def test_a_person_at_the_guarantor_decides(house: House):
    offered = given.product(house.product.guarantor.id, needs_person=True)
    applied = given.submitted(given_tenders.lot(deadline_at=soon()), offered=offered)

    sweeps.ask_guarantors(clock.now())
    assert applied.state is ApplicationState.UNDERWRITING
    assert list(house.desk.waiting()) == [str(applied.id)]
    house.desk.say(str(applied.id), Answer(AnswerKind.YES))
    sweeps.ask_guarantors(clock.now() + timedelta(hours=1))

    assert applied.state is ApplicationState.APPROVED


def earned(guarantor_id: UUID) -> Money:
    return ledger.balance(chart.guarantor(guarantor_id), actor=SYSTEM)


def refunds(applied: Applied) -> list[tuple[int, str]]:
    (credit,) = applied.payment.credits
    return [(refund.amount_minor, refund.state) for refund in credit.refunds]


@pytest.mark.django_db
def test_where_nothing_is_to_be_unsealed_no_trust_is_asked_for(settings, tmp_path):
    settings.TRUST = tmp_path / "not there yet.pem"

    sweeps.unseal_letters(clock.now())

"""材料签章: the handler is named, and what the bidder's certificate signed is what stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.documents.types import Kind
from biaobao.domain.guarantees.actions import paying, signing
from biaobao.domain.guarantees.queries import papers
from biaobao.domain.guarantees.rules.signing import compare
from biaobao.domain.guarantees.states import ApplicationState
from biaobao.domain.guarantees.types import Detail, Next, SignedAgreement, Stage
from tests.given import banking as given_banking
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def keep(applied: Applied, signed: SignedAgreement) -> None:
    signing.keep_signed(
        application_id=applied.id, signed=signed, at=applied.at, actor=applied.bidder
    )


def test_the_agreement_says_what_was_applied_for():
    applied = given.handled(given.submitted())

    found = papers.agreement(application_id=applied.id, actor=applied.bidder)

    assert (applied.state, applied.progress.next) == (ApplicationState.SIGNING, Next.SIGN)
    assert (found.number, found.amount, found.premium) == (
        applied.now.number,
        applied.lot.amount,
        applied.now.premium,
    )
    assert found.applicant.uscc != found.beneficiary.uscc != found.guarantor.uscc
    assert (found.works.code, found.works.deadline_at) == (
        applied.lot.code,
        applied.lot.deadline_at,
    )
    # The deadline's day in Shanghai, ninety days of validity, thirty of grace.
    assert found.valid_until.isoformat() == "2026-10-06"
    assert found.handler == applied.bidder.name
    assert papers.agreement(application_id=applied.id, actor=applied.bidder) == found


def test_it_is_compared_with_its_lot_detail_by_detail():
    applied = given.handled(given.submitted())

    found = papers.to_sign(application_id=applied.id, actor=applied.bidder)

    assert [each.detail for each in found.compared] == list(Detail)
    assert all(each.agrees for each in found.compared)
    shown = {each.detail: (each.said, each.asked) for each in found.compared}
    assert shown[Detail.AMOUNT] == (str(applied.lot.amount), str(applied.lot.amount))
    # Ninety days of validity, and thirty of grace in the letter.
    assert shown[Detail.VALIDITY] == ("2026-10-06", "2026-09-06")
    assert not found.is_outdated
    with pytest.raises(NotFound):
        papers.to_sign(application_id=applied.id, actor=given.bidder())


@pytest.mark.parametrize("detail", Detail)
def test_a_detail_that_differs_from_the_lot_does_not_agree(detail: Detail):
    applied = given.handled(given.submitted())
    said = papers.agreement(application_id=applied.id, actor=applied.bidder)
    works, day = said.works, timedelta(days=31)
    others = {
        Detail.PROJECT: replace(said, works=replace(works, project="别的项目")),
        Detail.LOT: replace(said, works=replace(works, code="QZGC202601001-9")),
        Detail.BENEFICIARY: replace(said, beneficiary=said.applicant),
        Detail.AMOUNT: replace(said, amount=said.premium),
        Detail.DEADLINE: replace(
            said, works=replace(works, deadline_at=works.deadline_at + SECOND)
        ),
        Detail.VALIDITY: replace(said, valid_until=said.valid_until - day),
    }

    wrong = [each.detail for each in compare(others[detail], applied.lot) if not each.agrees]

    assert wrong == [detail]


def test_before_a_handler_is_named_there_is_nothing_to_sign():
    applied = given.submitted()

    with pytest.raises(NotFound):
        papers.agreement(application_id=applied.id, actor=applied.bidder)


def test_another_handler_may_be_named_until_it_is_signed():
    applied = given.handled(given.submitted())
    other = given_parties.handler(applied.bidder, name="周敏")

    signing.name_handler(
        application_id=applied.id, handler_id=other, at=applied.at, actor=applied.bidder
    )

    found = papers.agreement(application_id=applied.id, actor=applied.bidder)
    assert found.handler == "周敏"
    keep(applied, given.agreed(applied))
    with pytest.raises(Refused, match="NOT_TO_BE_SIGNED"):
        given.handled(applied)


def test_somebody_elses_handler_is_not_found():
    applied = given.submitted()

    with pytest.raises(NotFound):
        signing.name_handler(
            application_id=applied.id, handler_id=uuid4(), at=applied.at, actor=applied.bidder
        )

    assert applied.state is ApplicationState.APPROVED


def test_signed_once_it_is_kept_and_twice_is_once():
    applied = given.signed()
    before = applied.now

    keep(applied, given.agreed(applied))

    assert (applied.now, applied.progress.stage) == (before, Stage.PAYMENT)
    assert applied.state is ApplicationState.SIGNED


def test_what_is_signed_with_another_certificate_is_refused():
    applied = given.handled(given.submitted())

    with pytest.raises(Refused, match="CERTIFICATE_OF_ANOTHER"):
        keep(applied, given.agreed(applied, uscc=given_parties.credit_code()))

    assert applied.state is ApplicationState.SIGNING


def test_what_says_something_else_is_refused():
    applied = given.handled(given.submitted())
    right = given.agreed(applied)
    cheaper = replace(right.agreement, premium=right.agreement.amount)

    with pytest.raises(Refused, match="AGREEMENT_CHANGED"):
        keep(applied, replace(right, agreement=cheaper))

    assert applied.state is ApplicationState.SIGNING


def test_a_lot_that_is_postponed_is_signed_for_anew():
    given_banking.bank()
    applied = given.signed()
    old = given.agreed(applied)
    given_tenders.postponed(applied.lot, by=DAY)

    assert papers.to_sign(application_id=applied.id, actor=applied.bidder).is_outdated
    with pytest.raises(Refused, match="AGREEMENT_CHANGED"):
        paying.acknowledge(application_id=applied.id, at=applied.at, actor=applied.bidder)
    with pytest.raises(Refused, match="AGREEMENT_CHANGED"):
        keep(applied, replace(old, pdf=replace(old.pdf, content=b"the old one, signed once more")))
    keep(applied, given.agreed(applied))
    paying.acknowledge(application_id=applied.id, at=applied.at, actor=applied.bidder)

    assert applied.state is ApplicationState.PAY_PENDING


def test_what_is_prepared_and_what_is_signed_are_kept():
    applied = given.handled(given.submitted())
    asked = {"application_id": applied.id, "actor": applied.bidder}
    signing.keep_prepared(prepared=b"an old one", at=applied.at, **asked)
    signing.keep_prepared(prepared=b"with room", at=applied.at, **asked)
    signed = given.agreed(applied)
    keep(applied, signed)

    assert papers.prepared(**asked) == b"with room"
    assert papers.pdf(kind=Kind.AGREEMENT, **asked) == signed.pdf.content


def test_nothing_is_prepared_before_a_handler_is_named():
    applied = given.submitted()
    asked = {"application_id": applied.id, "actor": applied.bidder}

    with pytest.raises(Refused, match="NOT_TO_BE_SIGNED"):
        signing.keep_prepared(prepared=b"with room", at=applied.at, **asked)

    with pytest.raises(NotFound):
        papers.prepared(**asked)


def test_nobody_else_signs():
    applied = given.handled(given.submitted())
    signed = given.agreed(applied)

    for other in (given.bidder(), given_parties.operator()):
        with pytest.raises((NotAllowed, NotFound)):
            signing.keep_signed(
                application_id=applied.id, signed=signed, at=applied.at, actor=other
            )
        with pytest.raises((NotAllowed, NotFound)):
            signing.name_handler(
                application_id=applied.id, handler_id=uuid4(), at=applied.at, actor=other
            )

    assert applied.state is ApplicationState.SIGNING


def test_an_application_that_is_not_approved_is_not_signed():
    applied = given.begun()

    with pytest.raises(Refused, match="NOT_TO_BE_SIGNED"):
        given.handled(applied)

"""立即申请: begun once, filled in when there is time, submitted and judged at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from biaobao.core.actor import SYSTEM
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.deposits.actions import choosing
from biaobao.domain.guarantees.actions import applying, catalogue, underwriting
from biaobao.domain.guarantees.models import Application, Exposure, Particulars, Verdict
from biaobao.domain.guarantees.queries import applications
from biaobao.domain.guarantees.rules.applying import (
    next_of,
    objections_to_particulars,
    why_not_begun,
)
from biaobao.domain.guarantees.states import LIVE, ApplicationState
from biaobao.domain.guarantees.types import Answer, AnswerKind, Finding, Next, Stage
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Way
from biaobao.platform.audit.log import history
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import deposits as given_deposits
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def submit(applied: Applied, **changes: Any) -> ApplicationState:
    asked: dict[str, Any] = {"at": applied.at, "actor": applied.bidder} | changes
    return applying.submit(application_id=applied.id, typeface=given.TYPEFACE, **asked)


def test_a_begun_application_has_what_the_bidder_told_of_itself():
    applied = given.begun()

    found = applied.progress
    assert (found.stage, found.next) == (Stage.PRODUCT, Next.CHOOSE_PRODUCT)
    assert found.particulars.legal_name == given_parties.profile_terms().legal_name
    assert (found.product, found.verdicts) == (None, ())
    assert applied.security == ("REQUIRED", Way.GUARANTEE)


def test_beginning_again_goes_on_with_the_same():
    applied = given.begun()

    again = applying.begin(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)

    assert again == applied.id
    assert applications.mine(search="", page=1, actor=applied.bidder).total == 1


@pytest.mark.parametrize(
    ("late", "says"), [(timedelta(0), ""), (SECOND, "DEADLINE_PASSED")], ids=["in-time", "late"]
)
def test_the_deadlines_own_second_is_in_time(late: timedelta, says: str):
    lot, bidder = given_tenders.lot(), given.bidder()
    given_tenders.registered(lot, bidder)

    def begin() -> Any:
        return applying.begin(lot_id=lot.id, at=lot.deadline_at + late, actor=bidder)

    if says:
        with pytest.raises(Refused, match=says):
            begin()
        assert applications.of_lot(lot_id=lot.id, actor=bidder) is None
    else:
        assert begin()


def test_without_registration_or_where_the_way_is_not_offered_nothing_begins():
    bidder = given.bidder()
    lot = given_tenders.lot()
    with pytest.raises(Refused, match="REGISTRATION_MISSING"):
        applying.begin(lot_id=lot.id, at=lot.deadline_at - DAY, actor=bidder)

    assert applications.mine(search="", page=1, actor=bidder).rows == ()


def test_a_lot_that_stands_still_is_not_applied_for():
    lot, bidder = given_tenders.lot(), given.bidder()
    given_tenders.registered(lot, bidder)
    given_tenders.suspended(lot)

    with pytest.raises(Refused, match="LOT_SUSPENDED"):
        applying.begin(lot_id=lot.id, at=lot.deadline_at - DAY, actor=bidder)


def test_one_way_at_a_time_and_switching_needs_the_other_given_up():
    given_banking.bank()
    applied = given.begun()
    with pytest.raises(Refused, match="OTHER_WAY_CHOSEN"):
        choosing.choose(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)

    applying.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)
    choosing.choose(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)

    assert applied.security == ("REQUIRED", Way.DEPOSIT)
    with pytest.raises(Refused, match="OTHER_WAY_CHOSEN"):
        applying.begin(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)
    choosing.give_up(lot_id=applied.lot.id, reason="SWITCHED", at=applied.at, actor=applied.bidder)
    again = applying.begin(lot_id=applied.lot.id, at=applied.at, actor=applied.bidder)
    assert again != applied.id
    assert applied.security == ("REQUIRED", Way.GUARANTEE)


def test_a_chosen_product_quotes_and_can_be_changed():
    applied = given.begun(given_tenders.lot(amount=Money.yuan(100_000)))
    dearer = given.product(price=replace(given.PRICE, minimum=Money.yuan(900)))

    for product, costs in ((applied.product, 500), (dearer, 900)):
        applying.choose_product(
            application_id=applied.id,
            product_id=product.id,
            at=applied.at,
            actor=applied.bidder,
        )
        assert applied.now.premium == Money.yuan(costs)
        assert (applied.progress.stage, applied.progress.next) == (Stage.CREDIT, Next.FILL_IN)


def test_a_product_that_cannot_be_in_time_is_not_chosen():
    applied = given.begun()
    latest = applied.lot.deadline_at - applied.product.terms.lead

    with pytest.raises(Refused, match="TOO_LATE_TO_ISSUE"):
        applying.choose_product(
            application_id=applied.id,
            product_id=applied.product.id,
            at=latest + SECOND,
            actor=applied.bidder,
        )

    assert applied.now.product_id is None


def test_half_of_it_is_kept_for_later():
    applied = given.begun()
    half = given.particulars(contact_name="", consents=False)

    applying.fill(application_id=applied.id, told=half, at=applied.at, actor=applied.bidder)

    assert applied.progress.particulars == half
    assert applied.state is ApplicationState.DRAFT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"address": ""}, "TEXT_MISSING"),
        ({"contact_name": ""}, "TEXT_MISSING"),
        ({"legal_name": ""}, "TEXT_MISSING"),
        ({"qualification": ""}, "TEXT_MISSING"),
        ({"email": "nobody"}, "EMAIL_INVALID"),
        ({"contact_phone": ""}, "PHONE_INVALID"),
        ({"legal_phone": "十"}, "PHONE_INVALID"),
        ({"legal_id_number": "110101198001011014"}, "RESIDENT_NUMBER_INVALID"),
        ({"registered_capital": Money(0)}, "AMOUNT_NOT_POSITIVE"),
        ({"consents": False}, "CONSENT_MISSING"),
    ],
)
def test_each_field_that_is_wrong_is_named(changes: dict[str, Any], code: str):
    found = list(objections_to_particulars(given.particulars(**changes)))

    assert [(o.code, o.field) for o in found] == [(code, next(iter(changes)))]


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_submitted():
    applied = given.filled()
    wrong = given.particulars(email="", legal_phone="", consents=False)
    applying.fill(application_id=applied.id, told=wrong, at=applied.at, actor=applied.bidder)

    with pytest.raises(Refused) as refused:
        submit(applied)

    fields = [objection.field for objection in refused.value.objections]
    assert fields == ["email", "legal_phone", "consents"]
    assert (applied.state, applied.progress.verdicts) == (ApplicationState.DRAFT, ())
    assert applied.exposure == ""


def test_without_a_product_nothing_is_submitted():
    applied = given.begun()
    told = given.particulars()
    applying.fill(application_id=applied.id, told=told, at=applied.at, actor=applied.bidder)

    with pytest.raises(Refused, match="PRODUCT_MISSING"):
        submit(applied)


def test_a_price_that_changed_meanwhile_is_looked_at_again():
    applied = given.filled()
    dearer = replace(given.PRICE, minimum=Money.yuan(500))
    given.priced(applied.product.id, dearer, at=applied.at)

    with pytest.raises(Refused, match="QUOTE_CHANGED"):
        submit(applied)
    assert applied.now.premium == Money.yuan(300)

    applying.choose_product(
        application_id=applied.id,
        product_id=applied.product.id,
        at=applied.at,
        actor=applied.bidder,
    )
    assert submit(applied) is ApplicationState.APPROVED
    assert applied.now.premium == Money.yuan(500)


def test_a_name_that_cannot_be_printed_is_refused_before_anything_is_paid():
    applied = given.filled()
    told = given.particulars(legal_name=f"王{given.Typeface.LACKS}")
    applying.fill(application_id=applied.id, told=told, at=applied.at, actor=applied.bidder)

    with pytest.raises(Refused, match="UNPRINTABLE_CHARACTERS"):
        submit(applied)

    assert applied.state is ApplicationState.DRAFT


def test_submitted_it_is_approved_at_once_with_every_verdict():
    applied = given.submitted()

    found = applied.progress
    assert found.application.state is ApplicationState.APPROVED
    assert (found.stage, found.next) == (Stage.SIGNING, Next.NAME_HANDLER)
    assert [verdict.finding for verdict in found.verdicts] == [Finding.PASS] * 7
    assert applied.exposure == "RESERVED"
    fen = applied.lot.amount.fen
    assert set(given.limits(applied.product.guarantor.id).values()) == {(fen, 0)}
    names = [recorded.event.name for recorded in found.history]
    assert names[-2:] == ["application.submitted", "application.approved"]


def test_submitting_twice_takes_the_limit_once():
    applied = given.submitted()

    assert submit(applied) is ApplicationState.APPROVED

    fen = applied.lot.amount.fen
    assert set(given.limits(applied.product.guarantor.id).values()) == {(fen, 0)}


def test_after_submitting_nothing_is_changed():
    applied = given.submitted()
    before = applied.now

    for attempt in (
        lambda: applying.fill(
            application_id=applied.id,
            told=given.particulars(address="别处"),
            at=applied.at,
            actor=applied.bidder,
        ),
        lambda: applying.choose_product(
            application_id=applied.id,
            product_id=given.product().id,
            at=applied.at,
            actor=applied.bidder,
        ),
    ):
        with pytest.raises(Refused, match="APPLICATION_SUBMITTED"):
            attempt()

    assert applied.now == before
    assert applied.progress.particulars == given.particulars()


class TestUnderwriting:
    def declined(self, applied: Applied, why: str) -> None:
        assert submit(applied) is ApplicationState.DECLINED
        assert (applied.now.why, applied.exposure) == (why, "")
        assert applied.security == ("REQUIRED", "")
        assert applied.progress.next is Next.APPLY_ANEW

    def test_an_incomplete_profile(self):
        bidder = given_parties.bidder()
        applied = given.filled(applicant=bidder)

        self.declined(applied, "PROFILE_INCOMPLETE")

    def test_a_licence_that_ended_the_day_before(self):
        lot = given_tenders.lot()
        until = (lot.deadline_at - timedelta(days=6)).date()
        applied = given.filled(lot, given.bidder(licence_until=until))

        self.declined(applied, "LICENCE_EXPIRED")

    def test_a_guarantor_that_pauses_after_it_was_chosen(self):
        applied = given.filled()
        given.paused(applied.product.guarantor.id)

        with pytest.raises(Refused, match="GUARANTOR_PAUSED"):
            submit(applied)

    def test_a_product_that_is_withdrawn_after_it_was_chosen(self):
        applied = given.filled()
        catalogue.withdraw_product(product_id=applied.product.id, at=applied.at, actor=SYSTEM)

        with pytest.raises(Refused, match="PRODUCT_WITHDRAWN"):
            submit(applied)

        assert applied.state is ApplicationState.DRAFT

    def test_a_guarantor_whose_licence_ends_before_the_letter(self):
        lot = given_tenders.lot()
        last = (lot.deadline_at + timedelta(days=lot.validity_days + 29)).date()
        guarantor_id = given.guarantor(licence_until=last)
        applied = given.filled(lot, offered=given.product(guarantor_id))

        self.declined(applied, "GUARANTOR_LICENCE_TOO_SHORT")

    def test_a_suspended_principal_and_one_readmitted(self):
        applied = given.filled()
        of_both: dict[str, Any] = {
            "guarantor_id": applied.product.guarantor.id,
            "principal_id": applied.bidder.organisation_id,
            "at": applied.at,
            "actor": given_parties.operator(),
        }
        with pytest.raises(Refused, match="TEXT_MISSING"):
            catalogue.suspend_principal(reason=" ", **of_both)
        catalogue.suspend_principal(reason="失信被执行", **of_both)
        catalogue.suspend_principal(reason="失信被执行", **of_both)

        self.declined(applied, "PRINCIPAL_SUSPENDED")

        catalogue.readmit_principal(**of_both)
        again = given.submitted(applied.lot, applied.bidder, applied.product)
        assert again.state is ApplicationState.APPROVED

    def test_the_limit_for_one_bidder_counts_all_its_lots(self):
        guarantor_id = given.guarantor(principal_limit=Money.yuan(80_000))
        product, bidder = given.product(guarantor_id), given.bidder()
        first = given.submitted(applicant=bidder, offered=product)
        assert first.state is ApplicationState.APPROVED
        second = given.filled(applicant=bidder, offered=product)

        self.declined(second, "PRINCIPAL_LIMIT_REACHED")

        (told,) = [v for v in second.progress.verdicts if v.finding is Finding.FAIL]
        assert (told.expected, told.actual) == ("¥30,000.00", "¥50,000.00")

    @pytest.mark.parametrize("limited", ["limit", "lot_limit"])
    def test_what_others_took_is_said_without_how_much(self, limited: str):
        guarantor_id = given.guarantor(**{limited: Money.yuan(50_000)})
        product, lot = given.product(guarantor_id), given_tenders.lot()
        given.submitted(lot, offered=product)
        second = given.filled(lot, offered=product)

        self.declined(second, "CAPACITY_REACHED")

        (told,) = [v for v in second.progress.verdicts if v.finding is Finding.FAIL]
        assert (told.expected, told.actual) == ("", "")

    def test_exactly_the_limit_fits(self):
        guarantor_id = given.guarantor(limit=Money.yuan(50_000), lot_limit=Money.yuan(50_000))

        applied = given.submitted(offered=given.product(guarantor_id))

        assert applied.state is ApplicationState.APPROVED
        with pytest.raises(Refused, match="LIMIT_TAKEN"):
            catalogue.set_limit(
                guarantor_id=guarantor_id, limit=Money(49_999_99), at=applied.at, actor=SYSTEM
            )

    def test_what_is_left_gives_its_part_free(self):
        guarantor_id = given.guarantor(limit=Money.yuan(50_000))
        product = given.product(guarantor_id)
        first = given.submitted(offered=product)
        applying.cancel(application_id=first.id, at=first.at, actor=first.bidder)
        applying.cancel(application_id=first.id, at=first.at, actor=first.bidder)

        assert first.exposure == "RELEASED"
        assert set(given.limits(guarantor_id).values()) == {(0, 0)}
        assert given.submitted(offered=product).state is ApplicationState.APPROVED


class TestAPersonDecides:
    @pytest.fixture
    def waiting(self) -> Applied:
        return given.submitted(offered=given.product(needs_person=True))

    def answer(self, applied: Applied, kind: AnswerKind, words: str = "") -> None:
        underwriting.keep_decision(
            application_id=applied.id,
            answer=Answer(kind, words),
            at=applied.at,
            actor=SYSTEM,
        )

    def test_it_waits_and_the_guarantor_is_asked_ever_later(self, waiting: Applied):
        assert waiting.state is ApplicationState.UNDERWRITING
        assert waiting.exposure == ""
        (asked,) = underwriting.claim_inquiries(limit=9, at=waiting.at, actor=SYSTEM)
        assert (asked.key, asked.amount) == (str(waiting.id), waiting.lot.amount)

        assert underwriting.claim_inquiries(limit=9, at=waiting.at, actor=SYSTEM) == ()
        later = waiting.at + timedelta(minutes=1)
        assert underwriting.claim_inquiries(limit=9, at=later, actor=SYSTEM) == (asked,)

    def test_nothing_yet_changes_nothing(self, waiting: Applied):
        self.answer(waiting, AnswerKind.NOT_YET)

        assert waiting.state is ApplicationState.UNDERWRITING

    def test_yes_reserves_the_limit_once(self, waiting: Applied):
        self.answer(waiting, AnswerKind.YES)
        self.answer(waiting, AnswerKind.YES)
        self.answer(waiting, AnswerKind.NO)

        assert (waiting.state, waiting.exposure) == (ApplicationState.APPROVED, "RESERVED")
        assert waiting.progress.verdicts[-1].finding is Finding.PASS

    def test_no_declines_in_the_guarantors_words(self, waiting: Applied):
        self.answer(waiting, AnswerKind.NO, "资质不符")

        assert waiting.state is ApplicationState.DECLINED
        assert (waiting.now.why, waiting.now.words) == ("GUARANTOR_DECLINED", "资质不符")

    def test_yes_to_what_no_longer_fits_is_declined(self):
        guarantor_id = given.guarantor(limit=Money.yuan(50_000))
        by_hand = given.product(guarantor_id, needs_person=True)
        waiting = given.submitted(offered=by_hand)
        given.submitted(offered=given.product(guarantor_id))

        self.answer(waiting, AnswerKind.YES)

        assert (waiting.state, waiting.now.why) == (ApplicationState.DECLINED, "CAPACITY_REACHED")

    def test_left_meanwhile_it_stays_left(self, waiting: Applied):
        applying.cancel(application_id=waiting.id, at=waiting.at, actor=waiting.bidder)

        self.answer(waiting, AnswerKind.YES)

        assert (waiting.state, waiting.exposure) == (ApplicationState.CANCELLED, "")

    def test_only_the_house_carries_questions_and_answers(self, waiting: Applied):
        for actor in (waiting.bidder, given_parties.operator()):
            with pytest.raises(NotAllowed):
                underwriting.claim_inquiries(limit=9, at=waiting.at, actor=actor)
            with pytest.raises(NotAllowed):
                underwriting.keep_decision(
                    application_id=waiting.id,
                    answer=Answer(AnswerKind.YES),
                    at=waiting.at,
                    actor=actor,
                )
        with pytest.raises(NotFound):
            underwriting.keep_decision(
                application_id=uuid4(),
                answer=Answer(AnswerKind.YES),
                at=waiting.at,
                actor=SYSTEM,
            )

        assert waiting.state is ApplicationState.UNDERWRITING


def test_nobody_else_sees_or_touches_an_application():  # INV-8
    applied = given.submitted()
    others = (
        given.bidder(),
        given_parties.operator(),
        given_parties.supervisor(),
        given_tenders.keeper_of(applied.lot),
    )

    for other in others:
        with pytest.raises((NotAllowed, NotFound)):
            applications.progress(application_id=applied.id, actor=other)
        with pytest.raises((NotAllowed, NotFound)):
            applying.cancel(application_id=applied.id, at=applied.at, actor=other)
        with seeing_as(other):
            tables = (Application, Particulars, Verdict, Exposure)
            assert not any(table.objects.exists() for table in tables)
        assert (
            history(
                lot_id=applied.lot.id,
                organisation_id=applied.bidder.organisation_id,
                actor=other,
            )
            == ()
        )
    assert applied.state is ApplicationState.APPROVED


def test_at_the_opening_an_application_without_letter_still_shows_to_nobody():
    applied = given.submitted()
    given_tenders.opened(applied.lot)

    with seeing_as(given_tenders.keeper_of(applied.lot)):
        assert not Application.objects.exists()
        assert not Particulars.objects.exists()


def test_choosing_a_lot_tells_why_one_cannot_be_served():
    given_banking.bank()
    bidder = given.bidder()
    free, begun, over, still, paid = (given_tenders.lot() for _ in range(5))
    past = given_tenders.lot(deadline_at=free.deadline_at - 2 * DAY)
    longer_past = given_tenders.lot(deadline_at=free.deadline_at - 9 * DAY)
    for lot in (free, over, still, past, longer_past):
        given_tenders.registered(lot, bidder)
    applied = given.begun(begun, bidder)
    given_deposits.chosen(paid, bidder)
    given_tenders.terminated(over)
    given_tenders.suspended(still)
    given_tenders.contact_chosen(given_tenders.lot(), bidder)

    found = applications.choices(search="", at=free.deadline_at - DAY, actor=bidder)

    assert {c.lot.id: (c.application and c.application.id, c.why_not) for c in found} == {
        free.id: (None, ""),
        begun.id: (applied.id, ""),
        over.id: (None, "LOT_TERMINATED"),
        still.id: (None, "LOT_SUSPENDED"),
        paid.id: (None, "OTHER_WAY_CHOSEN"),
        past.id: (None, "DEADLINE_PASSED"),
        longer_past.id: (None, "DEADLINE_PASSED"),
    }
    assert [c.lot.id for c in found][-2:] == [past.id, longer_past.id]
    (one,) = applications.choices(search=free.code.lower(), at=free.deadline_at - DAY, actor=bidder)
    assert one.lot == free


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"is_served": False}, "NO_OFFER"),
        ({"has_way": True}, "OTHER_WAY_CHOSEN"),
        ({"ways": (Way.DEPOSIT,)}, "WAY_NOT_OFFERED"),
        ({"deadline_at": given_tenders.DEADLINE_AT - 9 * DAY}, "DEADLINE_PASSED"),
        ({"state": LotState.SUSPENDED}, "LOT_SUSPENDED"),
        ({"state": LotState.TERMINATED}, "LOT_TERMINATED"),
    ],
)
def test_each_lot_that_cannot_be_served_has_its_reason(changes: dict[str, Any], code: str):
    asked = {"is_served": True, "has_way": False, "at": given_tenders.DEADLINE_AT - DAY}
    of_the_lot = {name: value for name, value in changes.items() if name not in asked}
    asked |= {name: value for name, value in changes.items() if name in asked}

    assert why_not_begun(replace(given_tenders.lot(), **of_the_lot), **asked) == code


@pytest.mark.parametrize("state", ApplicationState)
def test_every_state_says_what_comes_next(state: ApplicationState):
    found = next_of(state, has_product=True, has_account=True)

    assert (found is Next.APPLY_ANEW) <= (state not in LIVE)

"""Guarantors, products, dated prices and limits are kept by the platform's operators."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import offers
from biaobao.domain.guarantees.types import Hours, PriceTerms, Tier
from biaobao.domain.tenders.types import Lot
from biaobao.platform.db import seeing_as
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders

pytestmark = pytest.mark.django_db
AT = given.AT
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TOMORROW = day_of(AT + DAY)


def test_a_guarantor_is_known_by_its_credit_code_once():
    terms = given.guarantor_terms()
    given.guarantor(uscc=terms.uscc)

    with pytest.raises(Refused, match="USCC_TAKEN"):
        catalogue.add_guarantor(terms=terms, at=AT, actor=given_parties.operator())
    with pytest.raises(Refused, match="USCC_TAKEN"):
        given.guarantor(uscc=given_parties.organisation().uscc)

    assert [row.uscc for row in offers.guarantors(actor=SYSTEM)] == [terms.uscc]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "TEXT_MISSING", "name"),
        ({"uscc": "91330800MA0000001X"}, "USCC_INVALID", "uscc"),
        ({"limit": Money(0)}, "AMOUNT_NOT_POSITIVE", "limit"),
        ({"lot_limit": Money(-1)}, "AMOUNT_NOT_POSITIVE", "lot_limit"),
    ],
)
def test_a_guarantor_that_is_none_is_refused(changes: dict[str, Any], code: str, field: str):
    with pytest.raises(Refused) as refused:
        given.guarantor(**changes)

    assert [(o.code, o.field) for o in refused.value.objections] == [(code, field)]
    assert offers.guarantors(actor=SYSTEM) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "TEXT_MISSING"),
        ({"lead": timedelta(seconds=-1)}, "AMOUNT_NOT_POSITIVE"),
        ({"grace_days": -1}, "AMOUNT_NOT_POSITIVE"),
        ({"payment_days": 0}, "AMOUNT_NOT_POSITIVE"),
        (
            {"hours": Hours(given.OFFICE.closes, given.OFFICE.opens)},
            "HOURS_CLOSE_BEFORE_THEY_OPEN",
        ),
    ],
)
def test_a_product_that_is_none_is_refused(changes: dict[str, Any], code: str):
    guarantor_id = given.guarantor()

    with pytest.raises(Refused, match=code):
        catalogue.add_product(
            guarantor_id=guarantor_id, terms=given.product_terms(**changes), at=AT, actor=SYSTEM
        )


def test_a_new_price_holds_from_its_day_and_no_quote_before_changes():
    product = given.product()
    dearer = replace(given.PRICE, minimum=Money.yuan(500))
    catalogue.add_price(
        product_id=product.id, terms=dearer, valid_from=AT + DAY, at=AT, actor=SYSTEM
    )

    def price_at(at: Any) -> Any:
        return offers.product(product_id=product.id, at=at, actor=SYSTEM).price

    assert price_at(AT + DAY - timedelta(seconds=1)) == product.price
    assert (price_at(AT + DAY).version, price_at(AT + DAY).terms) == (2, dearer)
    assert price_at(AT - timedelta(seconds=1)) is None
    found = offers.prices(product_id=product.id, actor=SYSTEM)
    assert [price.version for price in found] == [2, 1]


@pytest.mark.parametrize("valid_from", [AT - DAY, AT])
def test_no_price_is_put_under_quotes_already_made(valid_from: Any):
    product = given.product()

    with pytest.raises(Refused, match="PRICE_BACKDATED"):
        catalogue.add_price(
            product_id=product.id,
            terms=given.PRICE,
            valid_from=valid_from,
            at=AT,
            actor=SYSTEM,
        )

    assert len(offers.prices(product_id=product.id, actor=SYSTEM)) == 1


def test_tiers_are_kept_as_they_were_told():
    tiers = PriceTerms((Tier(Money(0), 10_000), Tier(Money.yuan(100_000), 8_000)), Money(0))
    product = given.product(price=tiers)

    assert product.price
    assert product.price.terms == tiers


def test_pausing_and_resuming_twice_is_once():
    product = given.product()
    keep = {"guarantor_id": product.guarantor.id, "actor": given_parties.operator()}
    catalogue.pause(reason="系统升级", at=AT, **keep)
    catalogue.pause(reason="再次升级", at=AT + DAY, **keep)
    (paused,) = offers.guarantors(actor=SYSTEM)
    assert (paused.paused_at, paused.paused_why) == (AT, "系统升级")

    catalogue.resume(at=AT + DAY, **keep)
    catalogue.resume(at=AT + DAY, **keep)

    (going_on,) = offers.guarantors(actor=SYSTEM)
    assert (going_on.paused_at, going_on.paused_why) == (None, "")


@pytest.mark.parametrize(
    ("first", "last", "reason", "code"),
    [
        (0, 1, "月末盘点", "CLOSURE_TOO_SOON"),
        (2, 1, "月末盘点", "CLOSURE_ENDS_BEFORE_IT_BEGINS"),
        (1, 31, "月末盘点", "CLOSURE_TOO_LONG"),
        (1, 1, " ", "TEXT_MISSING"),
    ],
)
def test_days_that_cannot_be_closed_are_refused(first: int, last: int, reason: str, code: str):
    guarantor_id = given.guarantor()

    with pytest.raises(Refused, match=code):
        catalogue.close(
            guarantor_id=guarantor_id,
            first_on=day_of(AT + first * DAY),
            last_on=day_of(AT + last * DAY),
            reason=reason,
            at=AT,
            actor=given.desk(guarantor_id),
        )

    assert offers.guarantors(actor=SYSTEM)[0].closures == ()


def test_the_same_days_are_closed_once_and_called_off_once():
    guarantor_id = given.guarantor()
    own = given.desk(guarantor_id)
    closure_id = given.closed(guarantor_id, TOMORROW)
    assert given.closed(guarantor_id, TOMORROW) == closure_id

    catalogue.lift_closure(closure_id=closure_id, at=AT, actor=own)
    catalogue.lift_closure(closure_id=closure_id, at=AT + DAY, actor=own)

    assert [c.lifted_at for c in offers.guarantors(actor=SYSTEM)[0].closures] == [AT]
    assert given.closed(guarantor_id, TOMORROW) != closure_id


def test_days_that_are_over_are_not_called_off():
    guarantor_id = given.guarantor()
    closure_id = given.closed(guarantor_id, TOMORROW)

    with pytest.raises(Refused, match="CLOSURE_OVER"):
        catalogue.lift_closure(closure_id=closure_id, at=AT + 2 * DAY, actor=SYSTEM)

    assert [c.lifted_at for c in offers.guarantors(actor=SYSTEM)[0].closures] == [None]


def test_a_limit_is_raised_and_never_passed_by_the_database():
    guarantor_id = given.guarantor(limit=Money.yuan(100))
    catalogue.set_limit(
        guarantor_id=guarantor_id, limit=Money.yuan(50), at=AT, actor=given_parties.operator()
    )

    with pytest.raises(IntegrityError, match="never_exceeded"), seeing_as(SYSTEM):
        connection.cursor().execute("UPDATE guarantees_limit SET reserved_fen = 5001")


STRANGERS = {
    "bidder": given_parties.bidder,
    "agency": given_parties.agency,
    "supervisor": given_parties.supervisor,
    "another guarantor": given.desk,
}


@pytest.mark.parametrize("asks", STRANGERS)
def test_nobody_but_its_own_people_and_operators_keeps_a_guarantors_catalogue(asks: str):
    actor = STRANGERS[asks]()
    product = given.product()
    closure_id = given.closed(product.guarantor.id, TOMORROW)
    of_guarantor: dict[str, Any] = {"guarantor_id": product.guarantor.id, "at": AT, "actor": actor}
    of_principal = of_guarantor | {"principal_id": actor.organisation_id}

    for attempt in (
        lambda: catalogue.add_guarantor(terms=given.guarantor_terms(), at=AT, actor=actor),
        lambda: catalogue.set_limit(limit=Money(1), **of_guarantor),
        lambda: catalogue.pause(reason="系统升级", **of_guarantor),
        lambda: catalogue.resume(**of_guarantor),
        lambda: catalogue.close(first_on=TOMORROW, last_on=TOMORROW, reason="盘点", **of_guarantor),
        lambda: catalogue.lift_closure(closure_id=closure_id, at=AT, actor=actor),
        lambda: catalogue.add_product(terms=given.product_terms(), **of_guarantor),
        lambda: catalogue.add_price(
            product_id=product.id, terms=given.PRICE, valid_from=AT + DAY, at=AT, actor=actor
        ),
        lambda: catalogue.withdraw_product(product_id=product.id, at=AT, actor=actor),
        lambda: catalogue.suspend_principal(reason="失信", **of_principal),
        lambda: catalogue.readmit_principal(**of_principal),
    ):
        with pytest.raises(NotAllowed):
            attempt()

    found = offers.product(product_id=product.id, at=AT + DAY, actor=SYSTEM)
    (closure,) = found.guarantor.closures
    assert (found.terms, found.price, closure.lifted_at) == (product.terms, product.price, None)


def test_a_guarantors_own_people_keep_what_it_offers():
    guarantor_id = given.guarantor()
    own = given.desk(guarantor_id)

    product_id = catalogue.add_product(
        guarantor_id=guarantor_id, terms=given.product_terms(), at=AT, actor=own
    )
    catalogue.add_price(product_id=product_id, terms=given.PRICE, valid_from=AT, at=AT, actor=own)
    catalogue.pause(guarantor_id=guarantor_id, reason="系统升级", at=AT, actor=own)

    found = offers.product(product_id=product_id, at=AT, actor=own)
    assert (found.price is not None, found.guarantor.paused_at) == (True, AT)


def test_a_product_that_is_withdrawn_is_offered_no_more_and_gets_no_price():
    product, lot = given.product(), given_tenders.lot()
    own = given.desk(product.guarantor.id)
    catalogue.withdraw_product(product_id=product.id, at=AT, actor=own)
    catalogue.withdraw_product(product_id=product.id, at=AT + DAY, actor=own)

    with pytest.raises(Refused, match="PRODUCT_WITHDRAWN"):
        given.priced(product.id, at=AT + DAY)

    found = offers.product(product_id=product.id, at=AT + DAY, actor=SYSTEM)
    assert (found.withdrawn_at, found.price) == (AT, product.price)
    bidder = given_parties.bidder()
    assert offers.for_lot(lot_id=lot.id, at=lot.deadline_at - DAY, actor=bidder) == ()


def test_what_is_not_there_is_not_found():
    for attempt in (
        lambda: catalogue.pause(guarantor_id=uuid4(), reason="升级", at=AT, actor=SYSTEM),
        lambda: catalogue.add_price(
            product_id=uuid4(), terms=given.PRICE, valid_from=AT, at=AT, actor=SYSTEM
        ),
        lambda: offers.product(product_id=uuid4(), at=AT, actor=SYSTEM),
    ):
        with pytest.raises(NotFound):
            attempt()


class TestSideBySide:
    @pytest.fixture
    def lot(self) -> Lot:
        return given_tenders.lot(amount=Money.yuan(100_000))

    def test_each_product_tells_cost_form_and_latest_time(self, lot: Lot):
        at_once, by_hand = given.product(), given.product(lead=timedelta(days=2))
        bidder = given_parties.bidder()

        found = offers.for_lot(lot_id=lot.id, at=lot.deadline_at - DAY, actor=bidder)

        assert {(o.product.id, o.premium, o.latest_at, o.why_not) for o in found} == {
            (at_once.id, Money.yuan(500), lot.deadline_at - timedelta(minutes=10), ""),
            (by_hand.id, Money.yuan(500), lot.deadline_at - 2 * DAY, "TOO_LATE_TO_ISSUE"),
        }

    def test_days_on_which_a_guarantor_is_closed_leave_less_time(self, lot: Lot):
        product = given.product()
        last_day = day_of(lot.deadline_at)
        given.closed(product.guarantor.id, last_day - DAY, last_day)
        asked = {"lot_id": lot.id, "actor": given_parties.bidder()}

        (open_still,) = offers.for_lot(at=lot.deadline_at - 3 * DAY, **asked)
        (closed,) = offers.for_lot(at=lot.deadline_at - HOUR, **asked)

        end_of_day = datetime.combine(last_day - 2 * DAY, time(23, 59, 59), SHANGHAI)
        assert (open_still.latest_at, open_still.why_not) == (end_of_day, "")
        assert closed.why_not == "TOO_LATE_TO_ISSUE"

    def test_a_paused_guarantor_says_so_and_one_without_price_is_not_shown(self, lot: Lot):
        given.product(price=None)
        paused = given.product()
        given.paused(paused.guarantor.id)

        (found,) = offers.for_lot(
            lot_id=lot.id, at=lot.deadline_at - DAY, actor=given_parties.bidder()
        )

        assert (found.product.id, found.why_not) == (paused.id, "GUARANTOR_PAUSED")

    def test_the_order_favours_nobody_and_stays_for_a_bidder(self, lot: Lot):
        for _ in range(6):
            given.product()

        def order(actor: Any) -> list[Any]:
            found = offers.for_lot(lot_id=lot.id, at=lot.deadline_at - DAY, actor=actor)
            return [offer.product.id for offer in found]

        bidders = [given_parties.bidder() for _ in range(12)]

        assert order(bidders[0]) == order(bidders[0])
        assert len({order(bidder)[0] for bidder in bidders}) > 1

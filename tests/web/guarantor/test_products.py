"""产品与费率: a guarantor's own products, their dated prices, and the files of them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.domain.guarantees.actions import catalogue
from biaobao.domain.guarantees.queries import desk, offers
from biaobao.domain.guarantees.types import Hours, PriceRule, PriceTerms, Tier
from biaobao.platform import clock
from tests.given import guarantees as given
from tests.given import parties as given_parties
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db

URL = "/guarantor/products/"


@pytest.fixture
def own() -> Actor:
    return given.desk()


@pytest.fixture
def browser(own: Actor) -> Client:
    return visiting(own)


def product_of(actor: Actor, **changes: Any):
    return given.product(actor.organisation_id, **changes)


def prices(product_id: Any) -> tuple[PriceRule, ...]:
    return offers.prices(product_id=product_id, actor=SYSTEM)


def told(**changes: str) -> dict[str, str]:
    return {
        "name": "投标保函",
        "text": "MOHURD-INDEPENDENT",
        "lead_minutes": "30",
        "opens": "09:00",
        "closes": "16:30",
        "grace_days": "30",
        "payment_days": "5",
        "needs_person": "person",
        **changes,
    }


def priced(day: date, **changes: str) -> dict[str, str]:
    return {
        "valid_from": day.isoformat(),
        "minimum": "300",
        "above_1": "0",
        "rate_1": "0.6",
        "above_2": "100,000",
        "rate_2": "0.3",
        **changes,
    }


def tomorrow() -> date:
    return day_of(clock.now()) + timedelta(days=1)


def test_a_product_is_added_and_then_gets_its_price(browser: Client, own: Actor):
    answer = browser.post(f"{URL}add/", told())

    (added,) = desk.products(at=clock.now(), actor=own)
    terms = added.product.terms
    assert (terms.name, terms.lead, terms.needs_person) == (
        "投标保函",
        timedelta(minutes=30),
        True,
    )
    assert terms.hours == Hours(time(9), time(16, 30))
    assert answer["Location"] == f"{URL}{added.product.id}/price/"
    browser.post(answer["Location"], priced(day_of(clock.now())))
    (now,) = prices(added.product.id)
    assert now.terms == PriceTerms(
        (Tier(Money(0), 6_000), Tier(Money.yuan(100_000), 3_000)), Money.yuan(300)
    )
    page = browser.get(f"{URL}{added.product.id}/").content.decode()
    assert "0.6 %（¥100,000.00 以下部分）；0.3 %，最低 ¥300.00" in page
    assert "¥800,000.00 → ¥2,700.00" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"text": "OTHER"}, "text"),
        ({"closes": ""}, "closes"),
        ({"payment_days": "0"}, "payment_days"),
        ({"lead_minutes": "-1"}, "lead_minutes"),
        ({"opens": "17:00"}, "__all__"),
    ],
)
def test_a_product_that_is_none_is_said_beside_its_field(
    browser: Client, own: Actor, changes: dict[str, str], field: str
):
    page = browser.post(f"{URL}add/", told(**changes))

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert desk.products(at=clock.now(), actor=own) == ()


def test_a_price_holds_from_the_beginning_of_its_day(browser: Client, own: Actor):
    product = product_of(own)

    browser.post(f"{URL}{product.id}/price/", priced(tomorrow()))

    newest, first = prices(product.id)
    assert newest.valid_from == datetime.combine(tomorrow(), time.min, SHANGHAI)
    assert (newest.version, first.terms) == (2, given.PRICE)
    page = browser.get(f"{URL}{product.id}/").content.decode()
    assert "未生效" in page
    assert "现行" in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"valid_from": "2026-01-01"}, "valid_from"),
        ({"above_1": "100"}, "__all__"),
        ({"above_2": "0"}, "__all__"),
        ({"rate_2": ""}, "rate_2"),
        ({"rate_1": "100.0001"}, "__all__"),
        ({"minimum": ""}, "minimum"),
    ],
)
def test_a_price_out_of_order_is_refused_and_none_is_kept(
    browser: Client, own: Actor, changes: dict[str, str], field: str
):
    product = product_of(own)

    page = browser.post(f"{URL}{product.id}/price/", priced(tomorrow(), **changes))

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert [price.terms for price in prices(product.id)] == [given.PRICE]


def test_no_price_is_put_before_one_to_come(browser: Client, own: Actor):
    product = product_of(own)
    browser.post(f"{URL}{product.id}/price/", priced(tomorrow()))

    page = browser.post(f"{URL}{product.id}/price/", priced(tomorrow()))

    assert "没有保存费率" in page.content.decode()
    assert len(prices(product.id)) == 2


def test_a_product_is_withdrawn_after_a_question(browser: Client, own: Actor):
    product = product_of(own)
    address = f"{URL}{product.id}/withdraw/"

    asked = browser.get(address)
    assert "不能再恢复" in asked.content.decode()
    assert desk.product(product_id=product.id, at=clock.now(), actor=own).product.withdrawn_at is (
        None
    )
    browser.post(address)

    page = browser.get(URL).content.decode()
    assert "已撤下" in page
    assert browser.post(f"{URL}{product.id}/price/", priced(tomorrow())).status_code == 422
    assert len(prices(product.id)) == 1


def test_the_list_is_narrowed_by_words_and_state_and_its_files_as_well(browser: Client, own: Actor):
    product_of(own, name="银行保函")
    product_of(own, name="见索即付保函", price=None)
    withdrawn = product_of(own, name="旧保函")
    catalogue.withdraw_product(product_id=withdrawn.id, at=clock.now(), actor=own)

    def shown(**asked: str) -> list[str]:
        rows = browser.get(URL, asked).context["rows"]
        return [row["priced"].product.terms.name for row in rows]

    assert shown() == ["见索即付保函", "银行保函", "旧保函"]
    assert shown(q="银行") == ["银行保函"]
    assert shown(state="unpriced") == ["见索即付保函"]
    assert shown(state="withdrawn", q="银行") == []
    assert shown(state="nonsense") == shown(q="\0") == shown()
    lines = browser.get("/guarantor/products.csv", {"q": "银行"}).content.decode().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["银行保函"]
    assert browser.get("/guarantor/products.xlsx").content[:2] == b"PK"


def test_each_guarantor_sees_and_keeps_its_own_products_only(browser: Client, own: Actor):
    product = product_of(own, name="甲家保函")
    other = given.desk()
    product_of(other, name="乙家保函")
    stranger = visiting(other)

    for address in (URL, "/guarantor/products.csv"):
        pages = [each.get(address).content.decode() for each in (browser, stranger)]
        assert [("甲家" in page, "乙家" in page) for page in pages] == [
            (True, False),
            (False, True),
        ]
    for address in ("", "price/", "withdraw/"):
        assert stranger.get(f"{URL}{product.id}/{address}").status_code == 404
    for address, data in (("price/", priced(tomorrow())), ("withdraw/", {})):
        assert stranger.post(f"{URL}{product.id}/{address}", data).status_code == 404
    found = desk.product(product_id=product.id, at=clock.now(), actor=own)
    assert (len(found.prices), found.product.withdrawn_at) == (1, None)


@pytest.mark.parametrize("who", [given_parties.bidder, given_parties.operator])
def test_others_have_no_business_here(who):
    visitor = visiting(who())

    assert [
        visitor.get(address).status_code
        for address in (URL, f"{URL}add/", "/guarantor/products.csv", "/guarantor/products.xlsx")
    ] == [403] * 4

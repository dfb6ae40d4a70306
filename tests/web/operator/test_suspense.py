"""暂存款项: lists by reason, one credit with all facts, and the two ways on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.deposits.queries import claims as shown_claims
from biaobao.domain.deposits.queries import refunds as shown_refunds
from biaobao.domain.deposits.queries import suspense
from biaobao.domain.deposits.states import RefundState
from biaobao.web.operator.suspense import UNDER_WAY, WAYS_ON
from biaobao.web.ui import verdicts
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given.visits import visiting
from tests.web.operator import money
from tests.web.operator.money import DAY

pytestmark = pytest.mark.django_db
URL = "/operator/suspense/"


@pytest.fixture
def operators() -> tuple[Actor, Actor]:
    return given_refunds.operators()


def text(response) -> str:
    return response.content.decode()


def credit_url(operator: Actor) -> str:
    return f"{URL}{money.waiting(operator).credit.id}/"


def test_an_empty_list_says_what_would_be_there(operators):
    page = text(visiting(operators[0]).get(URL))

    assert "没有暂存的款项" in page
    assert "不会丢失" in page


def test_lists_by_reason_count_and_say_since_when_and_narrow_the_rows(operators):
    chosen = money.astray()
    free = given_banking.sub_accounts(1)[0].number
    given.booked(
        given_banking.entry(
            account=free, amount=Money(7), at=money.now() - 5 * DAY, payer_name="甲"
        )
    )
    browser = visiting(operators[0])

    everything = browser.get(URL)
    narrowed = browser.get(URL, {"reason": "NOT_IN_USE"})

    assert [(each.reason, each.credits) for each, _ in everything.context["lists"]] == [
        ("NOT_IN_USE", 1),
        ("UNKNOWN_SUB_ACCOUNT", 1),
    ]
    assert everything.context["credits"] == 2
    assert "5 天" in text(everything)
    assert [row.credit.payer_name for row, *_ in everything.context["rows"]] == [
        "甲",
        money.organisation_of(chosen).name,
    ]
    assert [row.credit.payer_name for row, *_ in narrowed.context["rows"]] == ["甲"]


def test_the_list_is_paged_and_searched(operators):
    given_banking.bank()
    given.booked(
        *(
            given_banking.entry(
                account="1",
                amount=Money(number + 1),
                at=money.now() - timedelta(hours=number),
                payer_name=f"第{number:02d}公司",
            )
            for number in range(21)
        )
    )
    browser = visiting(operators[0])

    pages = [browser.get(URL, {"page": number}) for number in (1, 2)]
    found = browser.get(URL, {"q": "第07"})

    assert [len(page.context["rows"]) for page in pages] == [20, 1]
    assert "第 1 / 2 页" in text(pages[0])
    assert [row.credit.amount_minor for row, *_ in found.context["rows"]] == [8]
    assert "没有符合条件的款项" in text(browser.get(URL, {"q": "没有这家"}))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_as_often_for_many_rows_as_for_one(
    operators, rows: int, django_assert_num_queries
):
    chosen = money.astray()
    for _ in range(rows - 1):
        money.pays_astray(chosen)
    browser = visiting(operators[0])

    # Session and presence (each with its scope), then the lists, the count, the rows and their ways.
    with django_assert_num_queries(19):
        browser.get(URL)


def test_every_reason_of_the_list_has_words_and_a_way_on():
    reasons = ("UNKNOWN_SUB_ACCOUNT", "NOT_IN_USE", "CLOSED", "PAYER_UNKNOWN", "FOREIGN_CURRENCY")

    assert tuple(WAYS_ON) == reasons
    assert [code for code in reasons if not verdicts.remedy(code)] == []
    assert UNDER_WAY.keys() == set(RefundState) - {RefundState.CANCELLED}


def test_a_credit_shows_all_its_facts_and_whose_name_it_bears(operators):
    chosen = money.astray()
    credit = money.waiting(operators[0]).credit

    page = visiting(operators[0]).get(credit_url(operators[0]))

    assert page.context["likely"] == (money.organisation_of(chosen),)
    assert page.context["offering"].initial == {"uscc": money.organisation_of(chosen).uscc}
    for fact in (credit.payer_name, f'data-copy="{credit.account}"', credit.serial, "3 天"):
        assert fact in text(page)
    assert "付款人填错了账号" in text(page)


def test_the_name_is_looked_up_before_the_money_is_offered(operators):
    chosen = money.astray()
    operator = operators[0]
    organisation = money.organisation_of(chosen)
    browser, url = visiting(operator), credit_url(operator)
    spaced = f" {organisation.uscc[:9].lower()} {organisation.uscc[9:].lower()}"

    asked = browser.post(f"{url}offer/", {"uscc": spaced, "note": "请选择标段"})
    assert asked.status_code == 200
    assert organisation.name in text(asked)
    assert asked.context["check"].verdict == "PASS"
    assert shown_claims.offers(actor=chosen.bidder) == ()

    sent = browser.post(
        f"{url}offer/", {"uscc": organisation.uscc, "note": "请选择标段", "sure": "yes"}
    )

    assert (sent.status_code, sent["Location"]) == (302, url)
    (offer,) = shown_claims.offers(actor=chosen.bidder)
    assert offer.note == "请选择标段"
    page = browser.get(url)
    assert f"待 {organisation.name} 确认" in text(page)
    assert (page.context["may_offer"], page.context["may_return"]) == (False, False)
    assert f"/operator/claims/{offer.id}/" in text(page)


def test_another_name_than_the_payers_is_pointed_out(operators):
    money.astray()
    other = given_parties.organisation(name="衢州别家建设有限公司")

    asked = visiting(operators[0]).post(
        f"{credit_url(operators[0])}offer/", {"uscc": other.uscc, "note": ""}
    )

    assert asked.context["check"].verdict == "WARN"
    assert "户名不同" in text(asked)


@pytest.mark.parametrize("sure", ["", "yes"])
def test_money_is_offered_to_bidders_only(operators, sure: str):
    money.astray()
    agency = given_parties.agency()
    uscc = given_parties.queries.organisation(
        organisation_id=agency.organisation_id, actor=agency
    ).uscc
    url = credit_url(operators[0])

    refused = visiting(operators[0]).post(f"{url}offer/", {"uscc": uscc, "sure": sure})

    assert refused.status_code == 422
    assert f"没有统一社会信用代码为 {uscc} 的投标人" in text(refused)
    assert money.waiting(operators[0]).claim_id is None


def test_money_of_another_currency_can_only_go_back(operators):
    chosen = money.astray(currency="USD")
    operator = operators[0]
    browser, url = visiting(operator), credit_url(operator)

    page = browser.get(url)
    refused = browser.post(
        f"{url}offer/", {"uscc": money.organisation_of(chosen).uscc, "sure": "yes"}
    )

    assert (page.context["may_offer"], page.context["may_return"]) == (False, True)
    assert "USD" in text(page)
    assert "¥" not in text(page)
    assert "只能退回付款人" in text(page)
    assert refused.status_code == 422
    assert "币种是 USD" in text(refused)
    assert money.waiting(operator).claim_id is None
    assert money.books_agree()


def test_money_goes_back_to_its_payer_once_a_second_operator_agrees(operators):
    one, other = operators
    money.astray()
    url = credit_url(one)

    sent = visiting(one).post(f"{url}return/", {"reason": "联系不上付款人"})

    (refund,) = shown_refunds.queue(states=(), text="", overdue_at=None, page=1, actor=one).rows
    assert sent["Location"] == f"/operator/refunds/{refund.id}/"
    assert (refund.state, refund.note) == (RefundState.PROPOSED, "联系不上付款人")
    assert "退款待复核" in text(visiting(one).get(URL))
    assert f"/operator/refunds/{refund.id}/" in text(visiting(one).get(url))
    own = visiting(one).post(f"/operator/refunds/{refund.id}/approve/")
    assert own.status_code == 422
    assert money.waiting(one).refund_state == RefundState.PROPOSED

    assert visiting(other).post(f"/operator/refunds/{refund.id}/approve/").status_code == 302

    assert suspense.waiting(reason="", text="", page=1, actor=one).total == 0
    assert "退款办理中" in text(visiting(one).get(url))
    assert money.books_agree()


def test_without_a_reason_nothing_goes_back(operators):
    money.astray()

    refused = visiting(operators[0]).post(f"{credit_url(operators[0])}return/", {"reason": " "})

    assert refused.status_code == 422
    assert "field-wrong" in text(refused)
    assert money.waiting(operators[0]).refund_state == ""


def test_money_whose_account_the_bank_did_not_tell_cannot_go_back_yet(operators):
    money.astray(payer_account="")

    page = visiting(operators[0]).get(credit_url(operators[0]))

    assert (page.context["may_offer"], page.context["may_return"]) == (True, False)
    assert "现在不能原路退回" in text(page)


def test_what_is_offered_is_not_returned_and_twice_is_refused(operators):
    chosen = money.astray()
    one, other = operators
    url = credit_url(one)
    offer = {"uscc": money.organisation_of(chosen).uscc, "sure": "yes"}
    visiting(one).post(f"{url}offer/", offer)

    again = visiting(other).post(f"{url}offer/", offer)
    back = visiting(other).post(f"{url}return/", {"reason": "无人认领"})

    assert [again.status_code, back.status_code] == [422, 422]
    assert "已经有一件认领正在办理" in text(again)
    assert "已经有一件认领正在办理" in text(back)
    assert len(shown_claims.offers(actor=chosen.bidder)) == 1
    assert money.waiting(one).refund_state == ""


def test_money_of_a_lot_is_not_here(operators):
    given_banking.bank()
    chosen = given.chosen(money.coming())
    given.booked(chosen.pays(at=money.now()))
    (credit,) = chosen.standing.credits
    browser = visiting(operators[0])

    assert browser.get(f"{URL}{credit.id}/").status_code == 404
    for name in ("offer", "return"):
        assert browser.post(f"{URL}{credit.id}/{name}/", {"note": "x"}).status_code == 404
    assert chosen.held == chosen.lot.amount


@pytest.mark.parametrize(
    "who", [given_parties.bidder, given_parties.agency, given_parties.supervisor]
)
def test_others_have_no_business_here(who, operators):
    money.astray()
    url = credit_url(operators[0])
    browser: Client = visiting(who())

    assert [browser.get(each).status_code for each in (URL, url)] == [403, 403]
    for name in ("offer", "return"):
        assert browser.post(f"{url}{name}/", {"note": "x"}).status_code == 403
    assert money.waiting(operators[0]).refund_state == ""

"""不明支出 and the work list: what waits, since when, and where to go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biaobao.core.actor import Actor
from biaobao.core.money import Money
from biaobao.domain.banking.types import Kind
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties as given_parties
from tests.given import refunds as given_refunds
from tests.given import tenders as given_tenders
from tests.given.visits import visiting
from tests.web.operator import money
from tests.web.operator.money import DAY

pytestmark = pytest.mark.django_db
URL = "/operator/unexplained/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def operator() -> Actor:
    return given_parties.operator()


def text(response) -> str:
    return response.content.decode()


def debits(number: int) -> None:
    given_banking.bank()
    given.booked(
        *(
            given_banking.entry(
                account=given_banking.MAIN_ACCOUNT,
                amount=Money(each + 1),
                at=money.now() - timedelta(hours=each),
                kind=Kind.DEBIT,
            )
            for each in range(number)
        )
    )


def test_an_empty_list_is_good_news(operator: Actor):
    assert "没有不明支出" in text(visiting(operator).get(URL))


def test_each_kind_says_what_it_is_and_what_to_do(operator: Actor):
    debits(1)
    given.booked(
        given_banking.entry(
            account="1",
            amount=Money(7),
            at=money.now() - 2 * DAY,
            kind=Kind.REVERSAL,
            original_serial="NEVER-HEARD",
            serial="REV-1",
        )
    )

    page = visiting(operator).get(URL)

    assert [(row.kind, row.amount_minor) for row, *_ in page.context["rows"]] == [
        (Kind.DEBIT, 1),
        (Kind.REVERSAL, 7),
    ]
    for words in (
        "支出，没有对应的付款指令",
        "冲回，没有对应的入账",
        "联系开户行",
        "REV-1",
        "2 天",
    ):
        assert words in text(page)


def test_the_list_is_paged(operator: Actor):
    debits(21)
    browser = visiting(operator)

    assert [len(browser.get(URL, {"page": n}).context["rows"]) for n in (1, 2)] == [20, 1]


def test_others_have_no_business_here():
    assert visiting(given_parties.agency()).get(URL).status_code == 403


def lines(browser) -> dict[str, tuple[int, str]]:
    rows = browser.get("/operator/").context["rows"]
    return {str(row.title): (row.items, row.url) for row in rows}


def test_the_work_list_leads_to_each_kind(operator: Actor):
    browser = visiting(operator)
    assert "没有等待处理的事项" in text(browser.get("/operator/"))

    chosen = money.astray()
    money.claimed(chosen)
    one, _ = given_refunds.operators()
    late = given.chosen(money.due())
    given.booked(late.pays())
    given_tenders.opened(late.lot)
    money.released(late, one, at=money.now() - 40 * DAY)
    given_tenders.terminated(money.coming(), at=money.now())
    debits(2)
    given_parties.bidder(confirmed=False)

    assert lines(browser) == {
        "超过期限的退款": (1, "/operator/refunds/?state=overdue"),
        "不明支出": (2, "/operator/unexplained/"),
        "待复核的退款": (1, "/operator/refunds/?state=proposed"),
        "认领": (1, "/operator/claims/"),
        "暂存款项": (1, "/operator/suspense/"),
        "整标段退还": (1, "/operator/refunds/lots/"),
        "基本账户核验": (1, "/operator/basic-accounts/"),
    }
    for _, url in lines(browser).values():
        assert browser.get(url).status_code == 200
    page = text(browser.get("/operator/"))
    assert "3 天" in page
    assert "40 天" in page


def test_what_is_sealed_is_not_counted(operator: Actor):  # INV-8
    given_banking.bank()
    chosen = given.chosen(money.coming())
    given.booked(chosen.pays(at=money.now()), chosen.pays(at=money.now()))
    browser = visiting(operator)
    before = text(browser.get("/operator/"))
    duplicate = next(c for c in chosen.standing.credits if c.refundable_minor)

    money.refunds.ask_back(credit_id=duplicate.id, at=money.now(), actor=chosen.bidder)

    assert lines(browser) == {}
    assert "没有等待处理的事项" in before

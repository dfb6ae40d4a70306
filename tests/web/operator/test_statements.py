"""对账, 账户池 and 银行文件, as operators meet them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.instants import day_of
from biaobao.domain.banking import queries
from biaobao.domain.banking.actions import banks
from biaobao.domain.banking.actions import files as bank_files
from biaobao.domain.banking.models import InboundFile
from biaobao.domain.banking.types import ArrivedFile, Source
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.adapters.banks.test_streaming import large_statement
from tests.domain.banking.test_reconcile import at, the_day
from tests.given import banking as given_banking
from tests.given import deposits as given
from tests.given import parties
from tests.given import statements as given_statements
from tests.given import tenders as given_tenders
from tests.given.deposits import Chosen
from tests.given.statements import reconciled, stated
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen() -> Chosen:
    given_banking.bank()
    return given.chosen()


def difference_of(chosen: Chosen) -> tuple[UUID, UUID]:
    """Return a day whose statement lacks a notice, and that difference."""
    given.booked(chosen.pays(serial="SERIAL-NOT-STATED"))
    stated(day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))
    account = given_statements.day_of_bank(the_day(chosen), actor=SYSTEM)
    return account.day.id, account.differences[0].id


def text_of(actor: Actor, address: str) -> str:
    response = visiting(actor).get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_days_are_listed_with_their_verdict(chosen: Chosen):
    operator = parties.operator()
    assert "还没有对账单" in text_of(operator, "/operator/statements/")
    difference_of(chosen)

    page = text_of(operator, "/operator/statements/")

    assert "1 处差异" in page
    assert the_day(chosen).isoformat() in page


def test_a_day_that_agrees_says_so(chosen: Chosen):
    entry = chosen.pays()
    given.booked(entry)
    stated(entry, day=the_day(chosen), at=at(chosen))
    reconciled(at=at(chosen))

    assert "相符" in text_of(parties.operator(), "/operator/statements/")


def test_a_difference_is_told_with_its_cause_both_values_and_what_to_do(chosen: Chosen):
    day_id, _ = difference_of(chosen)

    page = text_of(parties.operator(), f"/operator/statements/{day_id}/")

    assert "通知有、对账单没有" in page
    assert "SERIAL-NOT-STATED" in page
    assert str(chosen.lot.amount) in page
    assert "银行重发当日对账单后，本项自动消除" in page
    assert "开标前保密" in page
    assert chosen.account not in page


def test_sums_show_when_no_lot_waits_any_more(chosen: Chosen):
    entry = chosen.pays()
    given.booked(entry)
    stated(entry, day=the_day(chosen), at=at(chosen), opening_fen=123_45)
    reconciled(at=at(chosen))
    day_id = given_statements.day_of_bank(the_day(chosen), actor=SYSTEM).day.id
    operator = parties.operator()
    before = text_of(operator, f"/operator/statements/{day_id}/")

    given_tenders.opened(chosen.lot)

    assert "¥123.45" not in before
    assert "¥123.45" in text_of(operator, f"/operator/statements/{day_id}/")


def test_an_operator_explains_and_the_page_says_who_did(chosen: Chosen):
    day_id, difference_id = difference_of(chosen)
    operator = parties.operator()
    address = f"/operator/statements/differences/{difference_id}/"

    refused = visiting(operator).post(address, {"explanation": " "})
    sent = visiting(operator).post(address, {"explanation": "银行已确认，次日补记"})

    assert refused.status_code == 422
    assert (sent.status_code, sent["Location"]) == (302, f"/operator/statements/{day_id}/")
    page = text_of(operator, f"/operator/statements/{day_id}/")
    assert "银行已确认，次日补记" in page
    assert "1 处差异已说明" in page
    again = visiting(operator).post(address, {"explanation": "改口"})
    assert again.status_code == 422
    assert "说明不能改写" in again.content.decode()


def test_the_pool_says_whether_it_suffices_and_how_the_last_refill_went():
    given_banking.bank(spare=10)
    operator = parties.operator()
    enough = text_of(operator, "/operator/accounts/")
    banks.set_spare(bank=given_banking.BANK, spare=40, at=clock.now(), actor=operator)
    banks.keep_problem(
        bank=given_banking.BANK, problem="BANK_REFUSED", at=clock.now(), actor=SYSTEM
    )

    low = text_of(operator, "/operator/accounts/")

    assert "充足" in enough
    assert "偏低" in low
    assert "银行拒绝了申请" in low
    assert "空闲 20 个及以下" in low


def test_an_operator_sets_the_stock():
    given_banking.bank()
    operator = parties.operator()
    address = f"/operator/accounts/{given_banking.BANK}/"

    refused = visiting(operator).post(address, {"spare": "5000"})
    sent = visiting(operator).post(address, {"spare": "60"})

    assert refused.status_code == 422
    assert "备用子账号数应在 2 到 1000 之间" in refused.content.decode()
    assert sent.status_code == 302
    assert [pool.spare for pool in queries.pools(actor=operator)] == [60]
    assert visiting(operator).get("/operator/accounts/NONE/").status_code == 404


def large() -> BytesIO:
    content = BytesIO(b"".join(large_statement(1500)))
    content.name = "对账单.xml"  # type: ignore[attr-defined]  # what a browser sends along
    return content


def received(at: datetime) -> None:
    arrived = ArrivedFile(given_banking.BANK, Source.PULL, "大.xml", large())
    bank_files.receive_files(files=[arrived], at=at, actor=SYSTEM)


def test_a_large_file_that_waits_shows():
    given_banking.bank(spare=0)
    received(clock.now())

    part = text_of(parties.operator(), "/operator/bank-files/progress/")

    assert "等待读取" in part
    assert "已读 0% · 0 条" in part
    assert 'hx-trigger="every 2s"' in part


def test_while_a_large_file_is_read_its_progress_shows_and_then_ends():
    given_banking.bank(spare=0)
    operator = parties.operator()
    started = clock.now()
    received(started)
    bank_files.claim_files(limit=1, at=started, actor=SYSTEM, are_large=True)
    with seeing_as(SYSTEM):
        size = InboundFile.objects.get().size
        InboundFile.objects.update(bytes_read=size // 2, entries_read=12_345)

    reading = text_of(operator, "/operator/bank-files/progress/")
    (progress,) = queries.large_files(actor=operator)
    with seeing_as(SYSTEM):
        InboundFile.objects.update(state="READ", read_at=clock.now(), bytes_read=size)
    done = text_of(operator, "/operator/bank-files/progress/")

    assert "正在读取" in reading
    assert "12,345 条" in reading
    assert progress.percent in (49, 50)
    assert progress.seconds_left(at=started) is None
    assert "已读 100%" in done
    assert "hx-get" not in done


def test_a_small_file_does_not_show_while_it_is_read(chosen: Chosen):
    given_banking.file(chosen.pays())

    assert "<progress" not in text_of(parties.operator(), "/operator/bank-files/")


@pytest.mark.parametrize("who", [parties.agency, parties.supervisor, parties.bidder])
def test_others_do_not_come_here(who: Callable[[], Actor], chosen: Chosen):
    day_id, difference_id = difference_of(chosen)
    browser = visiting(who())

    for address in (
        "/operator/statements/",
        f"/operator/statements/{day_id}/",
        f"/operator/statements/differences/{difference_id}/",
        "/operator/accounts/",
        f"/operator/accounts/{given_banking.BANK}/",
        "/operator/bank-files/progress/",
    ):
        assert browser.get(address).status_code == 403
    assert day_of(at(chosen)) == the_day(chosen)

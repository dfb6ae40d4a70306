"""Payment orders that we write, and what banks answer to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from biaobao.adapters.banks.iso20022 import writing
from biaobao.adapters.banks.iso20022.mapping import Unreadable
from biaobao.adapters.banks.iso20022.orders import read_order
from biaobao.adapters.banks.iso20022.vocabulary import ORDER, STATUS, STATUS_LATER, schema
from biaobao.domain.banking.types import Answer, AnswerStatus, Entry, Kind, Payment, Problem
from tests.adapters.banks.reading import read
from tests.adapters.banks.test_reading import HEADER, codes, entry

PAYMENT = Payment(
    key="refund-2025-000017",
    from_account="1209280129200566688",
    amount_minor=5_000_001,
    currency="CNY",
    payee_name="浙江甲（集团）有限公司",
    payee_account="1209280109200123456",
    payee_bank="中国工商银行衢州分行",
    remittance="退还投标保证金",
    ordered_at=datetime(2025, 12, 8, 16, 30, tzinfo=UTC),
)
TRANSACTION = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>K</OrgnlPmtInfId>{instruction}
<TxInfAndSts><OrgnlEndToEndId>K1</OrgnlEndToEndId>{transaction}</TxInfAndSts></OrgnlPmtInfAndSts>"""


def report(parts: str, group: str = "", kind: str = STATUS) -> bytes:
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{kind}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>R1</MsgId><CreDtTm>2025-12-08T08:00:00Z</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>K</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}
</OrgnlGrpInfAndSts>{parts}</CstmrPmtStsRpt></Document>""".encode()


def answered(content: bytes) -> tuple[Answer, ...]:
    message = read(content)
    assert message.problems == ()
    assert message.entries == ()
    return message.answers


@pytest.mark.parametrize(
    "payment",
    [
        PAYMENT,
        replace(PAYMENT, payee_bank="", remittance=""),
        replace(PAYMENT, from_account="DE89370400440532013000", currency="JPY", amount_minor=7),
    ],
)
def test_an_order_is_valid_and_says_what_is_to_be_paid(payment: Payment):
    order = writing.payment_order(payment)

    assert schema(ORDER).validate(etree.fromstring(order)), schema(ORDER).error_log
    assert read_order(order) == payment
    assert writing.payment_order(payment) == order


def test_an_order_names_its_key_everywhere_and_the_day_in_china():
    order = etree.fromstring(writing.payment_order(PAYMENT, debtor="中心", bank="某银行"))

    told = {etree.QName(one).localname: one.text for one in order.iter()}
    assert {told[name] for name in ("MsgId", "PmtInfId", "InstrId", "EndToEndId")} == {PAYMENT.key}
    assert (told["NbOfTxs"], told["CtrlSum"], told["InstdAmt"]) == ("1", "50000.01", "50000.01")
    assert told["Dt"] == "2025-12-09"
    assert "中心" in "".join(order.itertext())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<MsgId>refund", "<MsgId>another"),
        ("<NbOfTxs>1<", "<NbOfTxs>2<"),
        (">50000.01</InstdAmt>", ">50000.011</InstdAmt>"),
        ("<PmtMtd>TRF</PmtMtd>", ""),
        ("<?xml version='1.0' encoding='UTF-8'?>", "<!DOCTYPE Document>"),
        ("</Document>", ""),
    ],
)
def test_what_is_no_order(old: str, new: str):
    text = writing.payment_order(PAYMENT).decode()
    assert old in text

    with pytest.raises(Unreadable):
        read_order(text.replace(old, new, 1).encode())


@pytest.mark.parametrize("status", ["ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC", "PDNG"])
def test_an_order_that_is_on_its_way(status: str):
    content = writing.payment_status("K1", status, header=HEADER)

    assert schema(STATUS).validate(etree.fromstring(content)), schema(STATUS).error_log
    assert answered(content) == (Answer("K1", AnswerStatus.ACCEPTED),)
    assert (read(content).kind, read(content).message_id) == (STATUS, "M1")


def test_an_order_that_is_refused_with_the_banks_words():
    words = "收款账户已销户，" * 20
    content = writing.payment_status("K1", "RJCT", header=HEADER, reason="AC04", words=words)

    (answer,) = answered(content)
    assert (answer.order_key, answer.status) == ("K1", AnswerStatus.REFUSED)
    assert (answer.reason, answer.words.replace(" ", "")) == ("AC04", words)


@pytest.mark.parametrize("kind", [STATUS, STATUS_LATER])
def test_a_transaction_speaks_before_its_group(kind: str):
    parts = TRANSACTION.format(
        instruction="<PmtInfSts>ACCP</PmtInfSts>", transaction="<TxSts>CANC</TxSts>"
    )

    assert answered(report(parts, "<GrpSts>ACCP</GrpSts>", kind)) == (
        Answer("K1", AnswerStatus.REFUSED, "CANC"),
    )


def test_an_instruction_speaks_for_its_order():
    parts = """<OrgnlPmtInfAndSts><OrgnlPmtInfId>K</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>
<StsRsnInf><Rsn><Prtry>X1</Prtry></Rsn></StsRsnInf></OrgnlPmtInfAndSts>"""

    assert answered(report(parts)) == (Answer("K", AnswerStatus.REFUSED, "X1"),)


@pytest.mark.parametrize(
    ("group", "answers"),
    [
        ("<GrpSts>ACCP</GrpSts>", (Answer("K", AnswerStatus.ACCEPTED),)),
        (
            "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn><AddtlInf>no</AddtlInf></StsRsnInf>",
            (Answer("K", AnswerStatus.REFUSED, "FF01", "no"),),
        ),
        ("<GrpSts>RCVD</GrpSts>", ()),
        ("<GrpSts>PART</GrpSts>", ()),
        ("", ()),
    ],
)
def test_a_group_speaks_for_the_one_order_in_it(group: str, answers: tuple[Answer, ...]):
    assert answered(report("", group)) == answers


@pytest.mark.parametrize(
    ("transaction", "code"),
    [
        ("<TxSts>WHAT</TxSts>", "UNREADABLE_ENTRY"),
        ("<TxSts>TOOLONG</TxSts>", "NOT_VALID"),
    ],
)
def test_an_answer_that_cannot_be_read_costs_only_itself(transaction: str, code: str):
    bad = TRANSACTION.format(instruction="", transaction=transaction)
    good = TRANSACTION.format(instruction="", transaction="<TxSts>ACSC</TxSts>")

    message = read(report(bad + good))

    assert message.answers == (Answer("K1", AnswerStatus.ACCEPTED),)
    assert codes(message) == [(1, code)]


def test_an_answer_to_nobody():
    parts = TRANSACTION.format(instruction="", transaction="<TxSts>ACSC</TxSts>")

    message = read(report(parts.replace("<OrgnlEndToEndId>K1</OrgnlEndToEndId>", "")))

    (problem,) = message.problems
    assert problem == Problem(1, "UNREADABLE_ENTRY", problem.detail)


DEBIT = entry(
    "D1",
    kind=Kind.DEBIT,
    order_key="K1",
    payer_name="中心",
    payer_account=HEADER.account,
)
RETURNED = entry("R1", original_serial="D1", order_key="K1")


@pytest.mark.parametrize("given", [DEBIT, RETURNED, replace(RETURNED, original_serial="")])
def test_entries_name_the_order_that_they_carry_out_or_give_back(given: Entry):
    assert read(writing.notice(HEADER, [given])).entries == (given,)


def test_money_that_comes_back_may_be_told_by_a_reason_alone():
    text = writing.notice(HEADER, [RETURNED]).decode()
    assert "<RtrInf/>" in text

    message = read(text.replace("<RvslInd>true</RvslInd>", "").encode())

    assert message.entries == (RETURNED,)


def test_what_a_payer_wrote_is_no_order_of_ours():
    text = writing.notice(HEADER, [entry("S1")]).decode()
    text = text.replace("<TxDtls>", "<TxDtls><Refs><EndToEndId>K1</EndToEndId></Refs>")

    assert read(text.encode()).entries == (entry("S1"),)


def test_no_name_is_no_order():
    text = writing.notice(HEADER, [DEBIT]).decode().replace(">K1<", ">NOTPROVIDED<")

    assert read(text.encode()).entries == (replace(DEBIT, order_key=""),)

"""Documents: what is printed on them, and the keys and partners that sign them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from biaobao.core import uscc
from biaobao.core.money import Money
from biaobao.domain.documents.types import (
    Agreement,
    Demand,
    Form,
    Imprint,
    Letter,
    Paper,
    Party,
    Receipt,
    Signature,
    Signed,
    Works,
)
from biaobao.domain.parties.types import Holder

GUARANTOR = Party(
    "衢州融资担保示例有限公司",
    uscc.with_check("91330800MA28F00B5"),
    "衢州市柯城区示例路1号",
    "0570-0000001",
)
APPLICANT = Party(
    "衢州示例建设有限公司",
    uscc.with_check("91330800MA28F00A7"),
    "衢州市衢江区示例路2号",
    "0570-0000002",
)
BENEFICIARY = Party(
    "衢州市示例投资有限公司", uscc.with_check("91330800MA28F00C3"), "衢州市柯城区示例路3号"
)
WORKS = Works(
    "智慧新城道路提升工程", "一标段", "QZGC202512001-1", datetime(2025, 12, 8, 6, 30, tzinfo=UTC)
)
MADE_AT = datetime(2025, 12, 5, 1, 30, tzinfo=UTC)
SEAL_IMAGE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><circle cx="50" cy="50" r="46"'
    b' fill="none" stroke="#c00" stroke-width="3"/></svg>'
)


def letter(**changes: Any) -> Letter:
    facts: dict[str, Any] = {
        "number": "BH7K2M9QX4T6W8",
        "verification_code": "R3V8-K2MQ-7XTW-9B4C-6HFN-2P5D-8J",
        "form": Form.INDEPENDENT,
        "paper": Paper.LETTER,
        "text": "MOHURD-INDEPENDENT",
        "guarantor": GUARANTOR,
        "applicant": APPLICANT,
        "beneficiary": BENEFICIARY,
        "works": WORKS,
        "amount": Money.yuan(80_000),
        "valid_from": date(2025, 12, 8),
        "valid_until": date(2026, 4, 6),
        "payment_days": 5,
    }
    return Letter(**facts | changes)


IMPRINT = Imprint("https://biaobao.example.com/verify/BH7K2M9QX4T6W8", MADE_AT, "5b3f9c")


def signed(content: bytes, by: Party, *, at: datetime, uscc: str = "") -> Signed:
    """Return content as if it were signed by a party, or by somebody with another credit code."""
    return Signed(content, Signature(Holder("ab" * 32, "5F01", "CA", uscc or by.uscc, by.name), at))


def agreement(**changes: Any) -> Agreement:
    facts: dict[str, Any] = {
        "number": "SQ4T6W8BH7K2M9",
        "form": Form.INDEPENDENT,
        "paper": Paper.LETTER,
        "guarantor": GUARANTOR,
        "applicant": APPLICANT,
        "beneficiary": BENEFICIARY,
        "works": WORKS,
        "amount": Money.yuan(80_000),
        "premium": Money.yuan(400),
        "valid_until": date(2026, 4, 6),
        "legal_person": "王建国",
        "handler": "李晓燕",
        "handler_phone": "13800000001",
        "basic_account": "33050168620800001011 示范银行衢州分行",
        "made_at": MADE_AT,
    }
    return Agreement(**facts | changes)


def receipt(**changes: Any) -> Receipt:
    facts: dict[str, Any] = {
        "number": "PZ2M9QX4T6W8BH",
        "application": "SQ4T6W8BH7K2M9",
        "guarantor": GUARANTOR,
        "applicant": APPLICANT,
        "works": WORKS,
        "amount": Money.yuan(80_000),
        "premium": Money.yuan(400),
        "paid_at": MADE_AT,
        "made_at": MADE_AT,
    }
    return Receipt(**facts | changes)


def demand(**changes: Any) -> Demand:
    facts: dict[str, Any] = {
        "number": "SP4T6W8BH7K2",
        "letter": "BH7K2M9QX4T6W8",
        "guarantor": GUARANTOR,
        "applicant": APPLICANT,
        "beneficiary": BENEFICIARY,
        "works": WORKS,
        "amount": Money.yuan(50_000),
        "cause": "中标后，无正当理由不与招标人订立合同",
        "clause": "第三章 3.4.4",
        "statement": "中标通知书发出三十日后，中标人仍拒绝签订合同。",
        "payee_name": BENEFICIARY.name,
        "payee_account": "33050168620800009999",
        "payee_bank": "示例银行衢州分行",
        "documents": ("中标通知书.pdf " + "ab" * 32, "招标文件第三章.pdf " + "cd" * 32),
        "made_at": MADE_AT,
    }
    return Demand(**facts | changes)

"""What is invoiced, and what a partner is told and says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import Money
from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.parties.types import InvoiceData


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as the invoice names it."""

    id: UUID
    name: str
    uscc: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is invoiced: an order of the context above, with what was paid for it, tax included.

    :param order_key: names the order for ever; it is in one live invoice at a time.
    :param order_number: as people know it.
    """

    order_key: str
    order_number: str
    description: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as its buyer and its seller see it.

    :param number: ours, random.
    :param title: of whom it is made out to (抬头), always the buyer's own name.
    :param tax: the part of the total that is tax.
    :param invoice_number: the 20 digits that the tax authority gives; empty until it is issued.
    :param why: why none came of it, a code; ``words`` are the partner's own.
    :param reversal_asked_at: since when it is to be reversed, as soon as it can be.
    :param problem: why it did not go on when it was last tried, a code.
    """

    id: UUID
    number: str
    state: InvoiceState
    seller: Seller
    title: str
    tax_number: str
    details: InvoiceData
    items: tuple[Item, ...]
    total: Money
    tax: Money
    rate_ppm: int
    applied_at: datetime
    issued_at: datetime | None
    invoice_number: str
    failed_at: datetime | None
    why: str
    words: str
    reversal_asked_at: datetime | None
    reversal_why: str
    red_issued_at: datetime | None
    red_number: str
    problem: str


class FileKind(StrEnum):
    """The files of an invoice, and of the red one that reverses it."""

    PDF = "PDF"
    XML = "XML"
    RED_PDF = "RED_PDF"
    RED_XML = "RED_XML"


@dataclass(frozen=True, slots=True)
class TaxedItem:
    """A line of an invoice with its tax; the taxes of all lines are that of the total."""

    description: str
    amount: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class ToIssue:
    """What the partner is told to issue, under a key for ever."""

    key: str
    seller: Seller
    title: str
    tax_number: str
    details: InvoiceData
    items: tuple[TaxedItem, ...]
    total: Money
    tax: Money
    rate_ppm: int
    remark: str


@dataclass(frozen=True, slots=True)
class ToReverse:
    """What the partner is told to take back, under a key for ever: the whole invoice of this number.

    :param confirmation: of the red one (红字确认单), 32 characters; empty until it was given.
    """

    key: str
    number: str
    reason: str
    confirmation: str


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice as the partner issued it. A red one has the amounts of the one that it takes back, negative.

    :param title: as its XML says, like the tax number and the amounts.
    """

    number: str
    issued_at: datetime
    title: str
    tax_number: str
    total: Money
    tax: Money
    pdf: bytes
    xml: bytes


class Errand(StrEnum):
    """What is to be done at the partner: a first telling, or asking what became of it."""

    ISSUE = "ISSUE"
    ASK = "ASK"
    CONFIRM = "CONFIRM"
    REVERSE = "REVERSE"
    ASK_RED = "ASK_RED"


@dataclass(frozen=True, slots=True)
class Task:
    """An errand for one invoice, by whoever claimed it; what it is about says the errand."""

    invoice_id: UUID
    errand: Errand
    order: ToIssue
    reversal: ToReverse

"""How invoices are said, by whoever shows them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from biaobao.domain.invoices.states import InvoiceState
from biaobao.domain.invoices.types import FileKind
from biaobao.domain.parties.types import InvoiceKind

KINDS = {InvoiceKind.ORDINARY: _("普通发票"), InvoiceKind.SPECIAL: _("专用发票")}
# Tone and word of each state.
STATES = {
    InvoiceState.APPLIED: ("wait", _("待开票")),
    InvoiceState.ISSUING: ("wait", _("开票中")),
    InvoiceState.ISSUED: ("ok", _("已开票")),
    InvoiceState.FAILED: ("bad", _("未开票")),
    InvoiceState.RED_PENDING: ("warn", _("红冲中")),
    InvoiceState.RED_ISSUED: ("muted", _("已红冲")),
}
# The files by their names in addresses, what people call them, and what they are.
FILES = {
    "invoice.pdf": (FileKind.PDF, _("发票（PDF）"), "application/pdf"),
    "invoice.xml": (FileKind.XML, _("发票（XML 原件）"), "application/xml"),
    "red.pdf": (FileKind.RED_PDF, _("红字发票（PDF）"), "application/pdf"),
    "red.xml": (FileKind.RED_XML, _("红字发票（XML 原件）"), "application/xml"),
}
ISSUED = ("invoice.pdf", "invoice.xml")
REVERSED = ("red.pdf", "red.xml")


def rate(ppm: int) -> str:
    """Return a tax rate as people read it: ``6%``."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"

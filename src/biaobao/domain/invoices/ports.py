"""What the house asks of whoever issues invoices. It is never called with a transaction open."""

from __future__ import annotations

from typing import Protocol

from biaobao.domain.invoices.types import Issued, ToIssue, ToReverse


class InvoicingUnreachable(Exception):
    """The partner did not answer in time; whether it heard us is unknown, so ask under the same key."""


class InvoicingRefused(Exception):
    """The partner said no, for good: under this key nothing is issued any more. Its words are the message."""


class InvoiceUnknown(Exception):
    """The partner has never heard of the key: telling it, under the same key, is safe."""


class Invoicing(Protocol):
    """Whoever issues invoices for sellers. Under a key there is one invoice, however often it is told."""

    def issue(self, order: ToIssue) -> Issued | None:
        """Have an invoice issued; None while it is being issued: ask later.

        :raises InvoicingUnreachable: if there was no answer.
        :raises InvoicingRefused: if there will be no invoice.
        """

    def confirm(self, reversal: ToReverse) -> str:
        """Have the red one confirmed (红字确认单) and return the 32 characters of that; empty while the buyer
        has not agreed.

        :raises InvoicingUnreachable: if there was no answer.
        :raises InvoicingRefused: if it is not confirmed.
        """

    def reverse(self, reversal: ToReverse) -> Issued | None:
        """Have a confirmed red invoice issued. Takes and raises what ``issue`` does."""

    def ask(self, key: str) -> Issued | None:
        """Return what came of a key: None while it is being issued.

        :raises InvoiceUnknown: if the partner has never heard of it.
        :raises InvoicingUnreachable: if there was no answer.
        :raises InvoicingRefused: if there will be none.
        """

"""What the house asks of a bank. Each channel under ``adapters/banks`` passes the same contract suite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from biaobao.domain.banking.types import BankFile, OpenedAccount, Payment


class BankUnreachable(Exception):
    """The bank did not answer; whether it heard us is unknown, so ask again with the same key."""


class BankRefused(Exception):
    """The bank answered no; its words are the message."""


class PaymentUnknown(Exception):
    """The bank has never heard of the payment: telling it again, under the same key, is safe."""


class BankChannel(Protocol):
    """A bank, host to host. No call is made with a transaction open."""

    def open_sub_accounts(self, *, key: str, count: int) -> tuple[OpenedAccount, ...]:
        """Ask for sub-accounts and return those opened under this key so far.

        The same key never opens more than ``count``. A bank that answers later (a folder) returns none
        now; asking again with the same key collects them.

        :raises BankUnreachable: if there was no answer.
        :raises BankRefused: if the bank declines.
        """

    def waiting_files(self) -> Iterable[BankFile]:
        """Return notices and statements that wait for us, oldest first, each until it is acknowledged."""

    def acknowledge(self, name: str) -> None:
        """Tell the bank that the file is stored here, so that it need not be offered again."""

    def entries_of(self, account: str) -> BankFile | None:
        """Ask now for all entries of one account, as a camt.054; None where a channel cannot be asked.

        The folder channel returns None: what it has is among the waiting files.
        """

    def pay(self, payment: Payment) -> BankFile | None:
        """Tell the bank to pay, as pain.001.001.09; the same key is paid once, however often it is told.

        Returns the pain.002 that the bank answered with, or None when its answer comes later or not at all.
        That it is paid is known only from the debit's notice.

        :raises BankUnreachable: if there was no answer; whether the bank heard it is unknown.
        :raises BankRefused: if the bank did not take the message; the payment is no further for that.
        """

    def status_of(self, key: str) -> BankFile | None:
        """Ask what became of a payment, as pain.002; None where a channel cannot be asked.

        :raises PaymentUnknown: if the bank has never heard of it.
        :raises BankUnreachable: if there was no answer.
        :raises BankRefused: if the bank declines to say.
        """

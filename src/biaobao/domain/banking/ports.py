"""What the house asks of a bank. Each channel under ``adapters/banks`` passes the same contract suite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from biaobao.domain.banking.types import BankFile, OpenedAccount


class BankUnreachable(Exception):
    """The bank did not answer; whether it heard us is unknown, so ask again with the same key."""


class BankRefused(Exception):
    """The bank answered no; its words are the message."""


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

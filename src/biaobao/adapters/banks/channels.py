"""Opens the channel that a bank's row asks for."""

from __future__ import annotations

from collections.abc import Callable

from biaobao.adapters.banks.folder import FolderBank
from biaobao.adapters.banks.http import HttpBank
from biaobao.domain.banking.ports import BankChannel
from biaobao.domain.banking.types import Address

_CHANNELS: dict[str, Callable[[Address], BankChannel]] = {"http": HttpBank, "folder": FolderBank}


def open_channel(address: Address) -> BankChannel:
    """Return the bank's channel; nothing is asked of the bank yet.

    :raises LookupError: if there is no channel of that name.
    """
    try:
        channel = _CHANNELS[address.channel]
    except KeyError:
        raise LookupError(f"no channel {address.channel!r} to bank {address.bank}") from None
    return channel(address)

"""The chart of accounts: how an account is named, and which side it grows on.

An account holds one currency, in its minor units: fen for CNY, which goes without saying, and the
currency's own for another, which the code names.
"""

from __future__ import annotations

from uuid import UUID

HOME = "CNY"


def bank(code: str, currency: str = HOME) -> str:
    """Money that lies at a bank."""
    return _of("bank", code, currency)


def suspense(bank_code: str, currency: str = HOME) -> str:
    """Money that came to a bank and fits nothing."""
    return _of("suspense", bank_code, currency)


def deposit(security_id: UUID) -> str:
    """Money that a bidder paid in for a security."""
    return f"deposit:{security_id}"


def premium(application_id: UUID, currency: str = HOME) -> str:
    """Money that a bidder paid in for a letter that is not issued yet, or that goes back."""
    return _of("premium", str(application_id), currency)


def guarantor(guarantor_id: UUID) -> str:
    """Premiums of issued letters: owed to their guarantor."""
    return f"guarantor:{guarantor_id}"


def claim(claim_id: UUID) -> str:
    """Money that a guarantor paid in for a claim, until the bank is ordered to pay its beneficiary."""
    return f"claim:{claim_id}"


def pool(membership_id: UUID, currency: str = HOME) -> str:
    """Money that a member paid in for a pooled deposit, or that goes back."""
    return _of("pool", str(membership_id), currency)


def interest(bank_code: str) -> str:
    """Interest that a bank paid us, until it is ordered to pay it on."""
    return f"interest:{bank_code}"


def in_transit(order_id: UUID, currency: str = HOME) -> str:
    """Money that a bank was ordered to pay out and has not paid yet."""
    return _of("in-transit", str(order_id), currency)


def returned(order_id: UUID, currency: str = HOME) -> str:
    """Money of an order that was refused or came back: owed until another order takes it."""
    return _of("returned", str(order_id), currency)


def taken_back(bank_code: str, currency: str = HOME) -> str:
    """Money that a bank took back after it had been paid out to its payer: owed to the house."""
    return _of("taken-back", bank_code, currency)


def is_asset(account: str) -> bool:
    """Tell whether the account grows by debits: what banks keep for us, against what we owe."""
    return account.startswith(("bank:", "taken-back:"))


def _of(kind: str, code: str, currency: str) -> str:
    return f"{kind}:{code}" if currency == HOME else f"{kind}:{code}:{currency}"

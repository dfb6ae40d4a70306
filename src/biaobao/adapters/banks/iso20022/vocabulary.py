"""What reading and writing share: namespaces, official schemas, minor units of currencies."""

from __future__ import annotations

from datetime import timedelta, timezone
from functools import cache
from pathlib import Path

from lxml import etree

NOTICE = "camt.054.001.08"
STATEMENT = "camt.053.001.08"
ORDER = "pain.001.001.09"
STATUS = "pain.002.001.10"
STATUS_LATER = "pain.002.001.12"
STATUSES = (STATUS, STATUS_LATER)
KINDS = (NOTICE, STATEMENT, *STATUSES)
# Of which parts a message is made, one for an account or an order, and of which entries these.
PARTS = {
    NOTICE: ("Ntfctn", "Ntry"),
    STATEMENT: ("Stmt", "Ntry"),
    **dict.fromkeys(STATUSES, ("OrgnlPmtInfAndSts", "TxInfAndSts")),
}
# Which schema judges a message whose own is not here: a later one, under the message's name.
_JUDGED_BY = {STATUS: STATUS_LATER}

# China has kept one offset all year since 1991; an account's books never reach further back.
CHINA = timezone(timedelta(hours=8))

# ISO 4217: the currencies whose minor unit is not a hundredth.
_MINOR_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_digits(currency: str) -> int:
    return _MINOR_DIGITS.get(currency, 2)


def namespace(kind: str) -> str:
    return f"urn:iso:std:iso:20022:tech:xsd:{kind}"


@cache
def schema(kind: str) -> etree.XMLSchema:
    """Return the official schema of a message, compiled once."""
    shipped = _JUDGED_BY.get(kind, kind)
    text = (Path(__file__).parent / "schemas" / f"{shipped}.xsd").read_text(encoding="utf-8")
    return etree.XMLSchema(
        etree.fromstring(text.replace(namespace(shipped), namespace(kind)).encode())
    )

"""What a pain.002 says of our orders."""

from __future__ import annotations

from biaobao.adapters.banks.iso20022.mapping import (
    Element,
    Found,
    Unreadable,
    children,
    found_in,
    text,
)
from biaobao.domain.banking.types import Answer, AnswerStatus

# ISO 20022 external codes of payment status. To be pending is to be on the way.
_ACCEPTED = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "ACCC", "PDNG"})
_REFUSED = frozenset({"RJCT", "CANC"})
# Received, or accepted in part: of the one order in a message of ours that says nothing.
_SILENT = frozenset({"", "RCVD", "PART"})

_REASON = ("StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry")
_TRANSACTION = ("OrgnlInstrId", "OrgnlEndToEndId", "TxSts", *_REASON)
_INSTRUCTION = ("OrgnlPmtInfId", "PmtInfSts", *_REASON)
_GROUP = ("OrgnlMsgId", "GrpSts", *_REASON)


def of_transaction(transaction: Element) -> Answer | None:
    """Return what a TxInfAndSts says, or None when it says neither yes nor no.

    :raises Unreadable: if it does not say of which order, or says what we do not know.
    """
    found = found_in(transaction, _TRANSACTION)
    key = text(found, "OrgnlEndToEndId") or text(found, "OrgnlInstrId")
    return _answer(key, text(found, "TxSts"), found, transaction)


def of_instruction(instruction: Element) -> Answer | None:
    """Return what an OrgnlPmtInfAndSts without transactions says: our orders have one id at all levels."""
    found = found_in(instruction, _INSTRUCTION)
    return _answer(text(found, "OrgnlPmtInfId"), text(found, "PmtInfSts"), found, instruction)


def of_group(body: Element) -> Answer | None:
    """Return what a report says of a message as a whole, when it says nothing of its parts."""
    for group in children(body, "OrgnlGrpInfAndSts"):
        found = found_in(group, _GROUP)
        return _answer(text(found, "OrgnlMsgId"), text(found, "GrpSts"), found, group)
    return None


def _answer(key: str, status: str, found: Found, element: Element) -> Answer | None:
    if status in _SILENT:
        return None
    if not key:
        raise Unreadable("an answer that does not say to which order")
    if status not in _ACCEPTED | _REFUSED:
        raise Unreadable(f"a status that we do not know: {status}")
    words = _words(element)
    if status in _ACCEPTED:
        return Answer(key, AnswerStatus.ACCEPTED, words=words)
    reason = text(found, "StsRsnInf/Rsn/Cd") or text(found, "StsRsnInf/Rsn/Prtry")
    return Answer(key, AnswerStatus.REFUSED, reason or status, words)


def _words(element: Element) -> str:
    lines = [
        (line.text or "").strip()
        for reason in children(element, "StsRsnInf")
        for line in children(reason, "AddtlInf")
    ]
    return " ".join(line for line in lines if line)

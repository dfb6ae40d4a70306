"""Who keeps a bidder in whose letter cannot be read at the opening, and what proves that it was paid for."""

from __future__ import annotations

from datetime import datetime

import orjson

from biaobao.core.actor import Actor, Role
from biaobao.domain.documents import rules as documents
from biaobao.domain.documents.types import Finding, Kind, Verdict
from biaobao.domain.guarantees.types import (
    Cause,
    Contingency,
    Established,
    Fault,
    IssuedLetter,
)
from biaobao.domain.tenders.types import Lot

WORDS_MAX = 500
RECEIPT_BYTES_MAX = 5 * 2**20


def may_propose(actor: Actor) -> bool:
    """Tell who establishes the cause: those who run the lot."""
    return actor.role in (Role.TENDERER, Role.AGENCY)


def may_decide(actor: Actor) -> bool:
    """Tell who confirms: the supervisor, as official procedures ask."""
    return actor.role is Role.SUPERVISOR


def is_told(established: Established) -> bool:
    """Tell whether enough is said: a cause that is on no list needs words."""
    length = len(established.words)
    return length <= WORDS_MAX and bool(length or established.cause is not Cause.OTHER)


def proves(verdict: Verdict, letter: IssuedLetter, lot: Lot, application_number: str) -> bool:
    """Tell whether a receipt proves that a letter was paid for in time.

    Genuine, signed by the guarantor that it names, over this bidder, lot and amount, paid by the deadline.
    """
    verdict = documents.as_named(verdict)
    if verdict.finding is not Finding.GENUINE:
        return False
    try:
        data = orjson.loads(verdict.data)
        facts = data["facts"]
        said = (
            data["kind"],
            facts["application"],
            facts["guarantor"]["name"],
            facts["applicant"]["uscc"],
            facts["works"]["code"],
            facts["amount"]["fen"],
        )
        paid_at = datetime.fromisoformat(facts["paid_at"])
    except (ValueError, KeyError, TypeError):
        return False
    expected = (
        Kind.RECEIPT,
        application_number,
        letter.guarantor_name,
        letter.principal_uscc,
        letter.lot_code,
        letter.amount.fen,
    )
    return said == expected and paid_at <= lot.deadline_at


def may_be_accepted(contingency: Contingency) -> bool:
    """Tell whether a bidder may be kept in: on proof, or where the platform itself failed."""
    return contingency.established.fault is Fault.PLATFORM or bool(contingency.receipt_sha256)

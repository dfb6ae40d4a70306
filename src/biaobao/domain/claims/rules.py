"""Who may claim what, by when it is examined, and what is wrong with a demand before anybody examines it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.claims.types import Terms
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter
from biaobao.domain.parties.rules import is_same_name, objections_to_account

# URDG 758, art. 20, and the letters' own words: an examiner has five working days.
EXAMINATION_DAYS = 5
SATURDAY = 6
# 法释〔2016〕24号, art. 16.
RULING_WITHIN = timedelta(hours=48)
SUE_WITHIN = timedelta(days=30)
EXPIRY = "《最高人民法院关于审理独立保函纠纷案件若干问题的规定》第十一条"
TEXT_MAX = 2000


def may_claim(actor: Actor) -> bool:
    return actor.role is Role.TENDERER


def may_examine(actor: Actor) -> bool:
    return actor.role is Role.GUARANTOR


def may_work(actor: Actor) -> bool:
    return actor.role is Role.SYSTEM


def objection_to_letter(letter: IssuedLetter, *, at: datetime) -> Objection | None:
    """Return why nothing can be demanded under a letter now.

    What counts is when a demand arrives (法释〔2016〕24号, art. 11): the last day's last second is in time.
    """
    facts = {"number": letter.number, "until": letter.valid_until.isoformat()}
    if letter.state not in (LetterState.UNSEALED, LetterState.CLAIMED_PARTIAL):
        return Objection("LETTER_NOT_CLAIMABLE", facts=facts)
    if day_of(at) > letter.valid_until:
        return Objection("CLAIM_LATE", facts=facts, citation=EXPIRY)
    return Objection("CLAIM_UNDER_WAY_ALREADY", facts=facts) if letter.open_claims else None


def objections_to_terms(
    terms: Terms, letter: IssuedLetter, beneficiary_name: str
) -> Iterator[Objection]:
    """Return all that is wrong with what is demanded."""
    left = Money(letter.amount.fen - letter.paid_out.fen)
    if terms.amount.fen <= 0:
        yield Objection("CLAIM_AMOUNT_MISSING", "amount")
    if terms.amount.fen > left.fen:
        yield Objection(
            "CLAIM_TOO_HIGH", "amount", {"amount": str(terms.amount), "left": str(left)}
        )
    for field in ("clause", "statement"):
        text = getattr(terms, field)
        if not text or len(text) > TEXT_MAX:
            yield Objection("TEXT_MISSING", field, {"field": field})
    if not is_same_name(terms.payee_name, beneficiary_name):
        yield Objection(
            "PAYEE_NOT_BENEFICIARY",
            "payee_name",
            {"name": terms.payee_name, "beneficiary": beneficiary_name},
        )
    yield from objections_to_payee(terms.payee_name, terms.payee_account, terms.payee_bank)


def objections_to_payee(name: str, number: str, bank: str) -> Iterator[Objection]:
    """Return what is wrong with an account that a demand is to be paid to."""
    fields = {"account_name": "payee_name", "number": "payee_account", "bank_name": "payee_bank"}
    for each in objections_to_account(name, number, bank):
        yield Objection(each.code, fields.get(each.field, each.field), each.facts)


def examine_by(
    presented_at: datetime, *, is_working_day: Callable[[date], bool | None]
) -> datetime:
    """Return the end of the fifth working day after the day on which a demand arrived."""
    day = day_of(presented_at)
    left = EXAMINATION_DAYS
    while left:
        day += timedelta(days=1)
        # Of a year whose calendar is not known yet, Monday to Friday count.
        works = is_working_day(day)
        left -= day.isoweekday() < SATURDAY if works is None else works
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)

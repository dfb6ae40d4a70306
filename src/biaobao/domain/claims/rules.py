"""Who may claim what, by when it is examined, and what is wrong with a demand before anybody examines it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI, day_of
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.claims.types import Cause, Terms, Upload
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter
from biaobao.domain.parties.rules import is_same_name, objections_to_account

# As a demand says it.
CAUSES = {
    Cause.BID_REVOKED: "投标截止后，在投标有效期内撤销投标文件",
    Cause.CONTRACT_REFUSED: "中标后，无正当理由不与招标人订立合同",
    Cause.CONDITIONS_ADDED: "在订立合同时提出附加条件，或者更改合同实质性内容",
    Cause.NO_PERFORMANCE_SECURITY: "中标后，不按招标文件的要求提交履约保证金",
    Cause.TENDER_FILE: "招标文件规定投标保证金不予退还的其他情形",
}
# URDG 758, art. 20, and the letters' own words: an examiner has five working days.
EXAMINATION_DAYS = 5
SATURDAY = 6
# 法释〔2016〕24号, art. 16.
RULING_WITHIN = timedelta(hours=48)
SUE_WITHIN = timedelta(days=30)
EXPIRY = "《最高人民法院关于审理独立保函纠纷案件若干问题的规定》第十一条"
FILE_BYTES_MAX = 5 * 2**20
FILES_MAX = 10
TEXT_MAX = 2000
_TYPES = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}


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


def objections_to_files(uploads: Sequence[Upload]) -> Iterator[Objection]:
    """Return what is wrong with the documents of a demand: PDF, PNG or JPEG by their content."""
    if not uploads:
        yield Objection("CLAIM_DOCUMENTS_MISSING", "documents")
    if len(uploads) > FILES_MAX:
        yield Objection("CLAIM_DOCUMENTS_TOO_MANY", "documents", {"limit": str(FILES_MAX)})
    for each in uploads:
        begins = _TYPES.get(each.media_type)
        if len(each.content) > FILE_BYTES_MAX:
            limit = f"{FILE_BYTES_MAX // 2**20} MB"
            yield Objection("DOCUMENT_TOO_LARGE", "documents", {"name": each.name, "limit": limit})
        elif begins is None or not each.content.startswith(begins):
            yield Objection("DOCUMENT_NOT_READABLE", "documents", {"name": each.name})


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

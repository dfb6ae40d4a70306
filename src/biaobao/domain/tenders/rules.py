"""What may be published, by whom, and what is wrong with the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import SHANGHAI, day_of, read_out
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Check, Policy, PolicyTerms, Terms, Way

PPM = 1_000_000

# National rules that bind every policy; a policy's own values carry their citations in its row.
NON_CASH_TOO = "发改法规〔2023〕27号：应当同时接受现金和非现金方式"
ANY_GUARANTOR = "《招标投标领域公平竞争审查规则》（2024年第16号令）：不得限定由特定机构出具保函"
# What may affect bids is told at least fifteen days before their deadline, else that moves.
NOTICE_OF_CHANGES = timedelta(days=15)
CHANGES = "《中华人民共和国招标投标法》第二十三条"
TERMINATION = "《中华人民共和国招标投标法实施条例》第三十一条"
ONE_DEADLINE = "参照财库〔2019〕38号：保证金到账（保函提交）截止时间应与投标截止时间一致"

_CODE = re.compile(
    r"(?P<region>[A-Z]{2})(?P<kind>[A-Z]{2})\d{4}(0[1-9]|1[0-2])\d{3}-(?P<section>[1-9]\d*)",
    re.ASCII,
)


def may_keep(actor: Actor, *, tenderer_id: UUID, agency_id: UUID | None) -> bool:
    """Tell whether the actor runs the project: its tenderer, or the agency that it appointed."""
    if actor.organisation_id is None:
        return False
    match actor.role:
        case Role.TENDERER:
            return actor.organisation_id == tenderer_id
        case Role.AGENCY:
            return actor.organisation_id == agency_id
        case _:
            return False


def registering_bidder(actor: Actor) -> UUID | None:
    """Return the bidder for whom the actor may register, if there is one."""
    return actor.organisation_id if actor.role is Role.BIDDER else None


def may_keep_policies(actor: Actor) -> bool:
    return actor.role is Role.OPERATOR


def may_supervise(actor: Actor) -> bool:
    return actor.role is Role.SUPERVISOR


def in_force(policies: Iterable[Policy], *, region: str, on: date) -> Policy | None:
    """Return the policy of one kind that holds in the region on the day.

    The region's own goes before one for all regions, then the newer before the older.
    """
    holding = [
        policy
        for policy in policies
        if policy.region in (region, "")
        and policy.valid_from <= on
        and (policy.valid_until is None or on <= policy.valid_until)
    ]
    return max(holding, key=lambda each: (each.region != "", each.valid_from), default=None)


def highest_security(estimate: Money, policy: PolicyTerms) -> Money:
    """Return the most that may be asked for, in whole fen, rounded down."""
    share = Money(estimate.fen * policy.cap_ppm // PPM)
    return share if policy.cap is None else min(share, policy.cap)


def publication_checks(
    terms: Terms, policy: PolicyTerms | None, *, files: int, at: datetime
) -> tuple[Check, ...]:
    """Return all that is looked at before a lot may be published, in the order people read it."""
    if policy is None:
        return (Check("NO_POLICY", passes=False),)
    if not policy.ways:
        return (Check("SECURITY_NOT_ALLOWED", passes=False, citation=policy.citation),)
    return (
        *checks_of_the_amount(terms, policy),
        *_checks_of_the_ways(terms, policy),
        *_checks_of_the_clocks(terms, policy, at),
        Check("NO_TENDER_FILE", passes=files > 0, field="file", facts={"files": str(files)}),
    )


def objections(checks: Iterable[Check]) -> tuple[Objection, ...]:
    """Return what stands against publication, all at once."""
    return tuple(
        Objection(check.code, check.field, check.facts, check.citation)
        for check in checks
        if not check.passes
    )


def checks_of_the_amount(terms: Terms, policy: PolicyTerms) -> Iterator[Check]:
    """Return what is looked at of the amount of a security."""
    highest_share = Money(terms.estimate.fen * policy.cap_ppm // PPM)
    yield Check(
        "SECURITY_ABOVE_SHARE",
        passes=terms.amount <= highest_share,
        field="amount",
        facts={
            "amount": str(terms.amount),
            "estimate": str(terms.estimate),
            "share": percent(policy.cap_ppm),
            "highest": str(highest_share),
        },
        citation=policy.share_citation,
    )
    if policy.cap is not None:
        yield Check(
            "SECURITY_ABOVE_CAP",
            passes=terms.amount <= policy.cap,
            field="amount",
            facts={"amount": str(terms.amount), "highest": str(policy.cap)},
            citation=policy.cap_citation,
        )


def _checks_of_the_ways(terms: Terms, policy: PolicyTerms) -> Iterator[Check]:
    closed = [way for way in terms.ways if way not in policy.ways]
    yield Check(
        "WAY_NOT_OPEN_HERE",
        passes=not closed,
        field="ways",
        facts={"closed": ",".join(closed), "open": ",".join(policy.ways)},
        citation=policy.citation,
    )
    yield Check(
        "CASH_ONLY",
        passes=Way.GUARANTEE in terms.ways,
        field="ways",
        facts={"ways": ",".join(terms.ways)},
        citation=NON_CASH_TOO,
    )
    yield Check(
        "ONE_GUARANTOR",
        passes=len(terms.guarantors) != 1,
        field="guarantors",
        facts={"guarantors": "、".join(terms.guarantors)},
        citation=ANY_GUARANTOR,
    )


def _checks_of_the_clocks(terms: Terms, policy: PolicyTerms, at: datetime) -> Iterator[Check]:
    deadline = {"deadline_at": read_out(terms.deadline_at)}
    payment = {"payment_deadline_at": read_out(terms.payment_deadline_at), **deadline}
    yield Check(
        "PAYMENT_BEFORE_DEADLINE",
        passes=terms.payment_deadline_at >= terms.deadline_at,
        field="payment_deadline_at",
        facts=payment,
        citation=ONE_DEADLINE,
    )
    if terms.payment_deadline_at > terms.deadline_at:
        yield Check(
            "PAYMENT_AFTER_DEADLINE",
            passes=False,
            field="payment_deadline_at",
            facts=payment,
            citation=ONE_DEADLINE,
        )
    yield Check(
        "OPENING_BEFORE_DEADLINE",
        passes=terms.opening_at >= terms.deadline_at,
        field="opening_at",
        facts={"opening_at": read_out(terms.opening_at), **deadline},
    )
    days = (day_of(terms.deadline_at) - day_of(at)).days
    yield Check(
        "DEADLINE_TOO_SOON",
        passes=terms.deadline_at > at and days >= policy.min_notice_days,
        field="deadline_at",
        facts={"days": str(max(days, 0)), "least": str(policy.min_notice_days), **deadline},
        citation=policy.notice_citation,
    )


def percent(ppm: int) -> str:
    """Return parts per million as people read a share: ``2 %``."""
    whole, rest = divmod(ppm, 10_000)
    decimals = f".{rest:04d}".rstrip("0") if rest else ""
    return f"{whole}{decimals} %"


def objection_to_changing(deadline_at: datetime, *, at: datetime) -> Objection | None:
    """Return why what bidders rely on cannot change any more: they must have fifteen days to follow."""
    if deadline_at - at >= NOTICE_OF_CHANGES:
        return None
    facts = {"days": str(NOTICE_OF_CHANGES.days), "deadline_at": read_out(deadline_at)}
    return Objection("CHANGE_TOO_LATE", "amount", facts, CHANGES)


def objection_to_amounts(terms: Terms) -> Objection | None:
    """Return what keeps the terms from being kept even as a draft."""
    if terms.estimate.fen <= 0:
        return Objection("AMOUNT_NOT_POSITIVE", "estimate")
    if terms.amount.fen <= 0:
        return Objection("AMOUNT_NOT_POSITIVE", "amount")
    if terms.validity_days <= 0:
        return Objection("AMOUNT_NOT_POSITIVE", "validity_days")
    return None


def objection_to_postponing(
    *, deadline_at: datetime, opening_at: datetime, stands: tuple[datetime, datetime], at: datetime
) -> Objection | None:
    """Return what is wrong with the new clocks of a lot, if anything.

    :param stands: the deadline and the opening as they are.
    """
    stands_deadline, stands_opening = stands
    if opening_at < deadline_at:
        facts = {"opening_at": read_out(opening_at), "deadline_at": read_out(deadline_at)}
        return Objection("OPENING_BEFORE_DEADLINE", "opening_at", facts)
    if deadline_at < stands_deadline:
        facts = {"earlier": read_out(deadline_at), "stands": read_out(stands_deadline)}
        return Objection("POSTPONED_TO_EARLIER", "deadline_at", facts)
    if opening_at < stands_opening:
        facts = {"earlier": read_out(opening_at), "stands": read_out(stands_opening)}
        return Objection("POSTPONED_TO_EARLIER", "opening_at", facts)
    if stands_deadline < deadline_at < at:
        # It would make one bidder's late money timely and give nobody any time.
        facts = {"past": read_out(deadline_at), "at": read_out(at)}
        return Objection("POSTPONED_INTO_THE_PAST", "deadline_at", facts)
    if (deadline_at, opening_at) == stands:
        return Objection("NOT_POSTPONED", "deadline_at", {"stands": read_out(stands_deadline)})
    return None


def objection_to_resuming(
    *, deadline_at: datetime, opening_at: datetime, stands: tuple[datetime, datetime], at: datetime
) -> Objection | None:
    """Return what is wrong with the clocks of a lot that goes on; they may stay while still to come.

    :param stands: the deadline and the opening as they are.
    """
    if deadline_at <= at:
        facts = {"past": read_out(deadline_at), "at": read_out(at)}
        return Objection("RESUMED_INTO_THE_PAST", "deadline_at", facts)
    if (deadline_at, opening_at) == stands:
        return None
    return objection_to_postponing(
        deadline_at=deadline_at, opening_at=opening_at, stands=stands, at=at
    )


def objection_to_standing_still(state: LotState) -> Objection | None:
    """Return why nothing goes on with a lot, if it is suspended or terminated."""
    if state is LotState.SUSPENDED:
        return Objection("LOT_SUSPENDED")
    if state is LotState.TERMINATED:
        return Objection("LOT_TERMINATED", citation=TERMINATION)
    return None


def objection_to_awarding(state: LotState, *, winner: str) -> Objection | None:
    """Return why a lot cannot be awarded as it stands.

    :param winner: who has won it by now, if anybody has.
    """
    if objection := objection_to_standing_still(state):
        return objection
    if state is LotState.FAILED:
        return Objection("LOT_HAS_FAILED")
    if state in (LotState.AWARDED, LotState.CONTRACTED):
        return Objection("LOT_AWARDED", "winner_id", {"winner": winner})
    return None if state is LotState.OPENED else Objection("LOT_NOT_OPENED")


def objection_to_instant(
    field: str, told_at: datetime, *, after: datetime, at: datetime
) -> Objection | None:
    """Return why something that is told of now cannot have happened at an instant, if it cannot."""
    if after <= told_at <= at:
        return None
    facts = {"told_at": read_out(told_at), "after": read_out(after), "at": read_out(at)}
    return Objection("NOT_AT_THAT_TIME", field, facts)


def objection_to_taking_part(
    state: LotState, *, deadline_at: datetime, at: datetime
) -> Objection | None:
    """Return why bidders cannot register for a published lot any more, nor secure it."""
    if objection := objection_to_standing_still(state):
        return objection
    if at > deadline_at:
        facts = {"deadline_at": read_out(deadline_at), "at": read_out(at)}
        return Objection("DEADLINE_PASSED", facts=facts)
    return None


def objection_to_code(code: str, *, region: str, kind: str) -> Objection | None:
    """Return what is wrong with the form of a lot's code, ``QZGQ202511019-1``."""
    parts = _CODE.fullmatch(code)
    if parts is None:
        return Objection("CODE_MALFORMED", "code", {"given": code})
    if (parts["region"], parts["kind"]) != (region, kind):
        return Objection("CODE_OF_ANOTHER_KIND", "code", {"given": code, "letters": region + kind})
    return None


def series_of(*, region: str, kind: str, at: datetime) -> str:
    """Return what the codes of a month's lots begin with: ``QZGQ202511``."""
    return f"{region}{kind}{at.astimezone(SHANGHAI):%Y%m}"


def next_code(series: str, *, own: Collection[str], taken: Collection[str]) -> str | None:
    """Return the next free code: the next section of the project, or the first of the next number.

    :param own: codes of the project's lots.
    :param taken: codes of the series.
    """
    mine = sorted(code for code in own if code.startswith(series))
    number = mine[-1].partition("-")[0] if mine else _next_number(series, taken)
    if number is None:
        return None
    sections = [int(code.partition("-")[2]) for code in taken if code.startswith(f"{number}-")]
    return f"{number}-{max(sections, default=0) + 1}"


def _next_number(series: str, taken: Collection[str]) -> str | None:
    numbers = [int(code.partition("-")[0].removeprefix(series)) for code in taken]
    following = max(numbers, default=0) + 1
    return f"{series}{following:03d}" if following <= 999 else None  # noqa: PLR2004 - three digits


def objection_to_policy(
    terms: PolicyTerms, *, valid_from: date, valid_until: date | None, today: date
) -> Objection | None:
    """Return what keeps a policy from being added."""
    if valid_from < today:
        facts = {"valid_from": valid_from.isoformat(), "today": today.isoformat()}
        return Objection("POLICY_BACKDATED", "valid_from", facts)
    if valid_until is not None and valid_until < valid_from:
        return Objection("POLICY_ENDS_BEFORE_IT_BEGINS", "valid_until")
    if not terms.citation.strip():
        return Objection("TEXT_MISSING", "citation")
    if not 0 < terms.cap_ppm <= PPM:
        return Objection("SHARE_NOT_A_SHARE", "share", {"share": percent(terms.cap_ppm)})
    too_small = {
        "cap": terms.cap is not None and terms.cap.fen <= 0,
        "validity_days": terms.validity_days <= 0,
        "min_notice_days": terms.min_notice_days < 0,
    }
    return next(
        (Objection("AMOUNT_NOT_POSITIVE", name) for name, bad in too_small.items() if bad), None
    )


@dataclass(frozen=True, slots=True)
class _Form:
    media_type: str
    signature: bytes


_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_FORMS = {
    "pdf": _Form("application/pdf", b"%PDF-"),
    "doc": _Form("application/msword", _OLE),
    "xls": _Form("application/vnd.ms-excel", _OLE),
    "docx": _Form(f"{_OFFICE}.wordprocessingml.document", _ZIP),
    "xlsx": _Form(f"{_OFFICE}.spreadsheetml.sheet", _ZIP),
    "zip": _Form("application/zip", _ZIP),
}
_MEDIA_TYPES = {form.media_type for form in _FORMS.values()}
FILE_ENDINGS = tuple(_FORMS)
FILE_SIZE_MAX = 20 * 2**20
FILE_NAME_MAX = 150


def media_type_of(name: str) -> str:
    """Return the media type that the name's ending stands for; what a browser claims is no proof."""
    return _FORMS[_ending(name)].media_type


def objection_to_file(name: str, *, media_type: str, content: bytes) -> Objection | None:
    """Return why a file cannot be a tender file, if it cannot."""
    form = _FORMS.get(_ending(name))
    allowed = {"name": name, "allowed": "、".join(FILE_ENDINGS)}
    if form is None or len(name) > FILE_NAME_MAX or not name.isprintable() or "/" in name:
        return Objection("FILE_KIND_NOT_ALLOWED", "file", allowed)
    # Office programs register names of their own for these forms: only a known other is a lie.
    if media_type != form.media_type and media_type in _MEDIA_TYPES:
        return Objection("FILE_KIND_NOT_ALLOWED", "file", {**allowed, "claimed": media_type})
    if not content.startswith(form.signature):
        return Objection("FILE_IS_NOT_WHAT_IT_SAYS", "file", {"name": name})
    if len(content) > FILE_SIZE_MAX:
        facts = {"size": _mebibytes(len(content)), "most": _mebibytes(FILE_SIZE_MAX)}
        return Objection("FILE_TOO_LARGE", "file", facts)
    return None


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"

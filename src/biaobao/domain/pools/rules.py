"""Who keeps schemes and joins them, what terms make sense, and what counts as a contribution."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from biaobao.core.actor import Actor, Role
from biaobao.core.instants import day_of, days_after
from biaobao.core.money import Money
from biaobao.core.refusal import Objection
from biaobao.core.uploads import Upload
from biaobao.domain.banking.rules import same_account, same_name
from biaobao.domain.parties.rules import is_same_name, objections_to_account
from biaobao.domain.pools.states import COVERING, MembershipState
from biaobao.domain.pools.types import (
    Bearer,
    Check,
    Coverage,
    CoverVerdict,
    Due,
    Expectation,
    Grounds,
    Judged,
    LotFacts,
    MemberFacts,
    Membership,
    PaidFacts,
    Reminder,
    Terms,
    Tier,
)
from biaobao.domain.securities.rules import objections_to_files
from biaobao.domain.securities.types import Cause
from biaobao.domain.tenders.rules import may_keep
from biaobao.domain.tenders.states import LotState
from biaobao.domain.tenders.types import Lot

HOME = "CNY"
# A year is usual; more than five nobody can say what a bid will ask.
TERM_MONTHS_MAX = 60
DAYS_MAX = 365
TEXT_MAX = 2000
_RUNNING = (*COVERING, MembershipState.SUSPENDED, MembershipState.EXPIRED)
# A bidder whose security is not to be given back has so many days to object.
OBJECTION_DAYS = 5
# Who decides has so many days after that; then it lapses.
DECISION_DAYS = 30
# Who lost an award may have to answer for it so many days after its lot ended without him: in these the law
# has securities go back (Implementing Regulations of the Bidding Law, art. 57).
KEPT_DAYS = 5
# A sub-account is kept so long after its membership, and after anything moved there last.
CLOSED_AFTER = timedelta(days=30)
# An opened lot lets those go who neither won nor lost its award, when it is in one of these.
_RELEASING = {
    LotState.AWARDED: "NOT_AWARDED",
    LotState.CONTRACTED: "NOT_AWARDED",
    LotState.FAILED: "FAILED",
}
_OF_WINNERS = (Cause.CONTRACT_REFUSED, Cause.CONDITIONS_ADDED, Cause.NO_PERFORMANCE_SECURITY)


def may_keep_schemes(actor: Actor) -> bool:
    """Operators keep schemes, review members and say who is suspended."""
    return actor.role is Role.OPERATOR and actor.person_id is not None


def may_join(actor: Actor) -> bool:
    return actor.role is Role.BIDDER and actor.person_id is not None


def may_work(actor: Actor) -> bool:
    return actor.role is Role.SYSTEM


def may_see_members(actor: Actor) -> bool:
    return actor.role in {Role.OPERATOR, Role.SUPERVISOR}


def objections_to_terms(
    terms: Terms, coverage: Coverage, *, valid_from: date, today: date
) -> Iterator[Objection]:
    """Return all that is wrong with terms to be added: they hold for days to come, and can be kept."""
    if valid_from < today:
        facts = {"valid_from": valid_from.isoformat(), "today": today.isoformat()}
        yield Objection("POOL_TERMS_BACKDATED", "valid_from", facts)
    for field in ("regions", "kinds"):
        if not getattr(terms, field):
            yield Objection("POOL_COVERS_NOTHING", field)
    numbers = {
        "term_months": (1, TERM_MONTHS_MAX),
        "renewal_days": (0, DAYS_MAX),
        "top_up_days": (1, DAYS_MAX),
        "cooling_days": (0, DAYS_MAX),
    }
    for field, (least, most) in numbers.items():
        if not least <= getattr(terms, field) <= most:
            facts = {"least": str(least), "most": str(most)}
            yield Objection("NUMBER_OUT_OF_RANGE", field, facts)
    if terms.parallel_max is not None and terms.parallel_max < 1:
        yield Objection("NUMBER_OUT_OF_RANGE", "parallel_max", {"least": "1", "most": "∞"})
    yield from _objections_to_tiers(terms, coverage)


def _objections_to_tiers(terms: Terms, coverage: Coverage) -> Iterator[Objection]:
    if not terms.tiers:
        yield Objection("POOL_WITHOUT_TIER", "tiers")
    if len({tier.name for tier in terms.tiers}) < len(terms.tiers):
        yield Objection("POOL_TIER_TWICE", "tiers")
    for tier in terms.tiers:
        if not tier.name or tier.contribution.fen <= 0 or tier.cap.fen <= 0:
            yield Objection("AMOUNT_NOT_POSITIVE", "tiers", {"amount": str(tier.contribution)})
        elif terms.floor.fen < 0 or terms.floor > tier.contribution:
            facts = {"floor": str(terms.floor), "contribution": str(tier.contribution)}
            yield Objection("POOL_FLOOR_TOO_HIGH", "floor", facts)
        elif coverage is Coverage.POOL_BALANCE and tier.cap > tier.contribution:
            facts = {"cap": str(tier.cap), "contribution": str(tier.contribution)}
            yield Objection("POOL_CAP_ABOVE_BALANCE", "tiers", facts)


def tier_named(tiers: Sequence[Tier], name: str) -> Tier | None:
    return next((tier for tier in tiers if tier.name == name), None)


def missing(*, is_payable: bool, contribution: Money, balance: Money) -> Money:
    """Return what a member is asked to pay in."""
    return Money(max(0, contribution.fen - balance.fen)) if is_payable else Money(0)


def judge(expected: Expectation, paid: PaidFacts) -> Judged:
    """Judge one credit by what is asked for still: what counts, and why the rest goes back.

    A contribution stands in for deposits, which must come from the basic account (Implementing Regulations
    of the Bidding Law, art. 26).
    """
    reason = _why_not(expected, paid)
    counted = 0 if reason else min(paid.amount_minor, expected.missing.fen)
    back = paid.amount_minor - counted
    return Judged(Money(counted), back, reason or ("OVER" if back else ""))


def _why_not(expected: Expectation, paid: PaidFacts) -> str:
    basic = expected.basic_account
    if paid.currency != HOME:
        return "FOREIGN_CURRENCY"
    if not expected.is_payable or not expected.missing:
        return "NOT_WANTED"
    if basic is None or basic.confirmed_at is None:
        return "BASIC_ACCOUNT_UNCONFIRMED"
    is_basic = same_name(paid.payer_name, basic.account_name) and same_account(
        paid.payer_account, basic.number
    )
    return "" if is_basic else "NOT_BASIC_ACCOUNT"


def last_day(starts_on: date, months: int) -> date:
    """Return the last day of a term: the day before the same day so many months later."""
    year, month = divmod(starts_on.month - 1 + months, 12)
    day = min(starts_on.day, monthrange(starts_on.year + year, month + 1)[1])
    return date(starts_on.year + year, month + 1, day) - timedelta(days=1)


def valid_until(deadline_at: datetime, validity_days: int) -> date:
    """Return the last day of a lot's bid validity: until then a pool must be able to answer for it."""
    return day_of(deadline_at) + timedelta(days=validity_days)


def renewed_from(ends_on: date, renewal_days: int) -> date:
    """Return the day from which a membership can be renewed."""
    return ends_on - timedelta(days=renewal_days)


def may_wait(row: Membership) -> bool:
    """Tell whether a leaver may be given back later than on its day: it bears defaults proposed before it."""
    return row.state is MembershipState.EXIT_REQUESTED and row.coverage is Coverage.MUTUAL


def reminders(row: Membership, *, today: date) -> tuple[Due, ...]:
    """Return what a member is to do now, the most urgent first."""
    return tuple(_reminders(row, today))


def _reminders(row: Membership, today: date) -> Iterator[Due]:
    match row.state:
        case MembershipState.PAYMENT_PENDING:
            yield Due(Reminder.PAY, row, None)
        case MembershipState.DEFICIT:
            yield Due(Reminder.TOP_UP, row, row.top_up_by)
        case MembershipState.SUSPENDED if row.missing:
            yield Due(Reminder.TOP_UP_MISSED, row, row.top_up_by)
        case MembershipState.EXPIRED:
            yield Due(Reminder.EXPIRED, row, row.ends_on)
    if row.state not in COVERING or row.ends_on is None:
        return
    if today >= renewed_from(row.ends_on, row.terms.renewal_days):
        yield Due(Reminder.RENEW, row, row.ends_on)


def standing(
    row: Membership | None, name: str, *, has_hold: bool = False
) -> tuple[CoverVerdict, ...]:
    """Look at what decides whether a pool covers any lot at all; who is no member is looked at no further.

    This, and nothing that tells of a lot, is what can be appealed against.

    :param name: the company's name now.
    :param has_hold: whether it is looked at for what is held: that stands while it tops up what it bore for
        others.
    """
    if row is None:
        return (CoverVerdict(Check.NOT_MEMBER, passes=False),)
    if row.state is MembershipState.PAYMENT_PENDING:
        missing = str(row.missing)
        return (
            CoverVerdict(Check.DATA_NOT_SYNCED, passes=False, expected=missing, actual=row.number),
        )
    if row.state not in _RUNNING:
        return (CoverVerdict(Check.NOT_MEMBER, passes=False, actual=row.number),)
    floor, suspended = row.terms.floor, row.state is MembershipState.SUSPENDED
    is_enough = stands_on(row) if has_hold else row.balance >= floor
    same = is_same_name(row.member_name, name)
    return (
        CoverVerdict(Check.NOT_MEMBER, passes=True, actual=row.number),
        CoverVerdict(Check.SUSPENDED, not suspended, actual=row.why),
        CoverVerdict(Check.NAME_CHANGED, same, row.member_name, name),
        CoverVerdict(Check.BELOW_FLOOR, is_enough, str(floor), str(row.balance)),
    )


def stands_on(row: Membership) -> bool:
    """Tell whether what is held for a member stands by its floor: what it bore for others is no reason
    against it.
    """
    return row.balance.fen + row.shared.fen >= row.terms.floor.fen


def check(member: MemberFacts | None, lot: LotFacts) -> tuple[CoverVerdict, ...]:
    """Look at all that decides whether a pool covers a lot; who is no member is looked at no further."""
    if member is None:
        return standing(None, "")
    found = standing(member.membership, member.name, has_hold=member.has_hold)
    if member.membership.state not in _RUNNING:
        return found
    return (*found, *_of_lot(member, lot), *_of_amount(member, lot))


def _of_lot(member: MemberFacts, lot: LotFacts) -> Iterator[CoverVerdict]:
    row = member.membership
    ends_on = row.ends_on or date.min
    for each, day in (
        (Check.EXPIRED_BEFORE_OPENING, lot.opening_on),
        (Check.EXPIRES_BEFORE_BID_VALIDITY_END, lot.valid_until),
    ):
        yield CoverVerdict(each, ends_on >= day, day.isoformat(), ends_on.isoformat())
    regions, kinds = row.terms.regions, row.terms.kinds
    yield CoverVerdict(Check.AREA_NOT_COVERED, lot.region in regions, " ".join(regions), lot.region)
    yield CoverVerdict(Check.KIND_NOT_COVERED, lot.kind in kinds, " ".join(kinds), lot.kind)


def _of_amount(member: MemberFacts, lot: LotFacts) -> Iterator[CoverVerdict]:
    row, asked = member.membership, str(lot.amount)
    cap = row.tier.cap
    yield CoverVerdict(Check.CAP_TOO_LOW, lot.amount <= cap, asked, str(cap))
    left = {
        Coverage.PER_BID_CAP: None,
        Coverage.POOL_BALANCE: Money(max(0, row.balance.fen - member.held.fen)),
        Coverage.MUTUAL: member.group,
    }[row.coverage]
    if left is not None:
        yield CoverVerdict(Check.BALANCE_TOO_LOW, lot.amount <= left, asked, str(left))
    most = row.terms.parallel_max
    if most is not None:
        yield CoverVerdict(Check.PARALLEL_LIMIT, member.lots < most, str(most), str(member.lots))


def why_released(lot: Lot, bidder_id: UUID, *, kept_until: date | None, at: datetime) -> str:
    """Return why what is held for an opened lot is let go by its result, or by the end of its bids, or
    nothing.

    Losers are free with the award, the winner with its contract (Implementing Regulations of the Bidding Law,
    art. 57), all when the lot fails; who lost the award is kept until a day, to answer for that first.
    """
    if day_of(at) > valid_until(lot.deadline_at, lot.validity_days):
        return "VALIDITY_OVER"
    if lot.state is LotState.CONTRACTED and bidder_id == lot.winner_id:
        return "CONTRACTED"
    is_kept = kept_until is not None and day_of(at) <= kept_until
    if is_kept or bidder_id == lot.winner_id:
        return ""
    return _RELEASING.get(lot.state, "")


def kept_until(
    lot: Lot,
    bidder_id: UUID,
    *,
    was_winner: bool,
    ended_at: datetime | None,
    is_working_day: Callable[[date], bool | None],
) -> date | None:
    """Return the last day on which who lost an award is kept to answer for it; None for all others.

    As long as the lot has not ended without him that is the last day of its bids.

    :param ended_at: when it was written down that the lot failed or has its contract.
    """
    if not was_winner or bidder_id == lot.winner_id:
        return None
    last = valid_until(lot.deadline_at, lot.validity_days)
    if ended_at is None:
        return last
    return min(last, days_after(day_of(ended_at), KEPT_DAYS, is_working_day=is_working_day))


def failing(verdicts: Sequence[CoverVerdict]) -> tuple[Check, ...]:
    return tuple(each.check for each in verdicts if not each.passes)


def objections_to_appeal(words: str, documents: Sequence[Upload]) -> Iterator[Objection]:
    """Return what is wrong with an appeal before anybody looks at what it is about."""
    if not words.strip() or len(words) > TEXT_MAX:
        yield Objection("TEXT_MISSING", "words")
    if documents:
        yield from objections_to_files(documents)
    else:
        yield Objection("APPEAL_DOCUMENTS_MISSING", "documents")


def objections(verdicts: Sequence[CoverVerdict]) -> tuple[Objection, ...]:
    """Return each check that failed as an objection, with the values compared."""
    return tuple(
        Objection(each.check.value, facts={"expected": each.expected, "actual": each.actual})
        for each in verdicts
        if not each.passes
    )


def may_forfeit(actor: Actor, lot: Lot) -> bool:
    """Those who run the lot propose that what is held is not given back."""
    runs = may_keep(actor, tenderer_id=lot.tenderer_id, agency_id=lot.agency_id)
    return runs and actor.person_id is not None


def is_settled(lot: Lot, bidder_id: UUID, cause: Cause) -> bool:
    """Tell whether a winner has signed after all what he is said to have refused."""
    has_signed = lot.state is LotState.CONTRACTED and lot.winner_id == bidder_id
    return has_signed and cause in _OF_WINNERS


def may_decide(actor: Actor, lot: Lot) -> bool:
    """Another of those who run the lot decides, or an operator."""
    return may_forfeit(actor, lot) or may_keep_schemes(actor)


def objections_to_grounds(
    grounds: Grounds, papers: Sequence[Upload], *, payee_name: str, was_winner: bool
) -> Iterator[Objection]:
    """Return all that is wrong with what a forfeiture rests on."""
    if grounds.cause in _OF_WINNERS and not was_winner:
        yield Objection("CAUSE_IS_OF_WINNERS", "cause")
    for field in ("clause", "statement"):
        text = getattr(grounds, field)
        if not text or len(text) > TEXT_MAX:
            yield Objection("TEXT_MISSING", field, {"field": field})
    yield from objections_to_payee(payee_name, grounds.payee_account, grounds.payee_bank)
    yield from objections_to_files(papers)


def objections_to_payee(name: str, number: str, bank: str) -> Iterator[Objection]:
    """Return what is wrong with an account that a forfeiture is to be paid to."""
    fields = {"number": "payee_account", "bank_name": "payee_bank"}
    for each in objections_to_account(name, number, bank):
        yield Objection(each.code, fields.get(each.field, each.field), each.facts)


def objections_until(
    proposed_at: datetime, *, is_working_day: Callable[[date], bool | None]
) -> date:
    """Return the last day on which the bidder of a proposed forfeiture may object."""
    return days_after(day_of(proposed_at), OBJECTION_DAYS, is_working_day=is_working_day)


def decide_by(objections_until: date, *, is_working_day: Callable[[date], bool | None]) -> date:
    """Return the last day on which a forfeiture may be approved: its hold does not wait for ever."""
    return days_after(objections_until, DECISION_DAYS, is_working_day=is_working_day)


def shares(loss: Money, bearers: Sequence[Bearer]) -> dict[UUID, Money]:
    """Share a loss by contribution, to the fen, none above its balance: what one lacks the others bear.

    Fen that are left over go to those with the largest remainder, of the same to the first. All together is
    the loss, or all that lies here.
    """
    left, borne = loss.fen, dict[UUID, int]()
    bearing = sorted(
        (each for each in bearers if each.balance), key=lambda each: each.membership_id
    )
    while bearing:
        parts = _parts(left, bearing)
        short = [each for each in bearing if parts[each.membership_id] >= each.balance.fen]
        if not short:
            borne |= parts
            break
        for each in short:
            borne[each.membership_id] = each.balance.fen
            left -= each.balance.fen
        bearing = [each for each in bearing if each not in short]
    return {membership: Money(fen) for membership, fen in borne.items() if fen}


def _parts(fen: int, bearing: Sequence[Bearer]) -> dict[UUID, int]:
    whole = sum(each.contribution.fen for each in bearing)
    parts = {each.membership_id: fen * each.contribution.fen // whole for each in bearing}
    largest = sorted(bearing, key=lambda each: -(fen * each.contribution.fen % whole))
    for each in largest[: fen - sum(parts.values())]:
        parts[each.membership_id] += 1
    return parts

"""What is offered, applied for, judged and issued, as rules, other contexts and pages know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from biaobao.core.money import ZERO, Money
from biaobao.core.refusal import Objection
from biaobao.domain.banking.types import SubAccount
from biaobao.domain.documents.types import Agreement, Form, Letter, Paper, Signed
from biaobao.domain.documents.types import Verdict as DocumentVerdict
from biaobao.domain.guarantees.states import (
    AmendmentState,
    ApplicationState,
    ContingencyState,
    LetterState,
    PremiumOutcome,
    PremiumRefundState,
)
from biaobao.domain.invoices.types import Invoice
from biaobao.domain.parties.types import BasicAccount
from biaobao.domain.tenders.types import Lot, Way
from biaobao.platform.audit.types import Recorded


class IssuerClass(StrEnum):
    """What kind of house a guarantor (出函机构) is: 银行, 担保公司, 保险公司."""

    BANK = "BANK"
    GUARANTEE_COMPANY = "GUARANTEE_COMPANY"
    INSURER = "INSURER"


@dataclass(frozen=True, slots=True)
class Tier:
    """The part of an amount above ``above`` costs this rate, up to where the next tier begins."""

    above: Money
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What a letter costs: marginal tiers from zero up, and at least the minimum."""

    tiers: tuple[Tier, ...]
    minimum: Money


@dataclass(frozen=True, slots=True)
class PriceRule:
    """A dated version of a product's price; a quote names the one it was made by."""

    id: UUID
    version: int
    valid_from: datetime
    terms: PriceTerms


@dataclass(frozen=True, slots=True)
class Hours:
    """When a guarantor issues: on working days, between these times in Shanghai."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class GuarantorTerms:
    """Who a guarantor is, as its letters name it, and how much it takes on.

    :param licence_until: last day of its licence; None when it has no end.
    :param limit: what all its letters may come to, ``principal_limit`` those for one bidder, ``lot_limit``
        those for one lot.
    """

    name: str
    uscc: str
    issuer_class: IssuerClass
    address: str
    postcode: str
    phone: str
    licence_until: date | None
    limit: Money
    principal_limit: Money
    lot_limit: Money


@dataclass(frozen=True, slots=True)
class Closure:
    """Days on which a guarantor issues nothing, the first and the last included.

    :param lifted_at: when it was called off.
    """

    id: UUID
    first_on: date
    last_on: date
    reason: str
    added_at: datetime
    lifted_at: datetime | None = None

    def covers(self, day: date) -> bool:
        return self.lifted_at is None and self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class Guarantor:
    """A guarantor as bidders see it."""

    id: UUID
    name: str
    uscc: str
    issuer_class: IssuerClass
    address: str
    postcode: str
    phone: str
    licence_until: date | None
    paused_at: datetime | None
    paused_why: str = ""
    closures: tuple[Closure, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """What a product is.

    :param text: the variant of the letter's text.
    :param lead: from payment to letter, at the most.
    :param hours: None when it issues at any hour.
    :param grace_days: days that the letter holds beyond the bid's validity.
    :param payment_days: working days from a demand to its payment.
    :param needs_person: whether a person at the guarantor decides on each application.
    """

    name: str
    form: Form
    paper: Paper
    text: str
    lead: timedelta
    hours: Hours | None
    grace_days: int
    payment_days: int
    needs_person: bool


@dataclass(frozen=True, slots=True)
class Product:
    """A product of a guarantor, with the price of today; None while it has none.

    :param withdrawn_at: since when it is offered no more.
    """

    id: UUID
    guarantor: Guarantor
    terms: ProductTerms
    price: PriceRule | None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """A product as its guarantor sees it, with every version of its price, the newest first."""

    product: Product
    prices: tuple[PriceRule, ...]

    @property
    def coming(self) -> PriceRule | None:
        """The version that follows the one of today, if there is one."""
        today = self.product.price.version if self.product.price else 0
        return next((price for price in reversed(self.prices) if price.version > today), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A product for one lot: what it costs, and until when it can be applied for.

    :param latest_at: the last instant at which the premium can come so that the letter is there in time; None
        when no time is left.
    :param why_not: why it cannot be had now, a code; empty if it can.
    """

    product: Product
    premium: Money
    latest_at: datetime | None
    why_not: str = ""


class Check(StrEnum):
    """What underwriting looks at, in this order."""

    PROFILE = "PROFILE"
    LICENCE = "LICENCE"
    GUARANTOR = "GUARANTOR"
    PRINCIPAL = "PRINCIPAL"
    OPEN_CLAIMS = "OPEN_CLAIMS"
    PRINCIPAL_LIMIT = "PRINCIPAL_LIMIT"
    CAPACITY = "CAPACITY"
    PERSON = "PERSON"


class Finding(StrEnum):
    """What a check found. WAIT: somebody has not decided yet. WARN: it counts, and something is notable."""

    PASS = "PASS"  # noqa: S105 - a verdict, no secret
    WAIT = "WAIT"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of an application: what it found, why, and the two values compared, fit for people.

    :param reason: empty for PASS, else a code.
    """

    check: Check
    finding: Finding
    reason: str = ""
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What underwriting rests on.

    :param lacks: codes of what the bidder's profile lacks.
    :param licence_until: last day of the bidder's business licence; None when it has no end.
    :param licensed_until: last day of the guarantor's own licence; None when it has no end.
    :param letter_until: last day of the letter that is asked for.
    :param principal_room: what is left of the guarantor's limit for this bidder.
    :param has_capacity: whether its limits in total, and for the lot, leave room for the amount.
    """

    on: date
    lacks: tuple[str, ...]
    licence_until: date | None
    is_paused: bool
    licensed_until: date | None
    letter_until: date
    is_suspended: bool
    open_claims: int
    amount: Money
    principal_room: Money
    has_capacity: bool


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a bidder fills in for the guarantor (授信信息).

    :param qualification: its highest qualification (资质等级).
    :param consents: whether it allows the guarantor to look its credit up.
    """

    address: str = ""
    email: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    legal_name: str = ""
    legal_id_number: str = ""
    legal_phone: str = ""
    qualification: str = ""
    registered_capital: Money = ZERO
    consents: bool = False


class Stage(StrEnum):
    """The bar of steps: 选择产品, 填写授信信息, 材料签章, 保函支付, 保函生成."""

    PRODUCT = "PRODUCT"
    CREDIT = "CREDIT"
    SIGNING = "SIGNING"
    PAYMENT = "PAYMENT"
    LETTER = "LETTER"


class Next(StrEnum):
    """What comes next for an application, and who is to do it."""

    CHOOSE_PRODUCT = "CHOOSE_PRODUCT"
    FILL_IN = "FILL_IN"
    WAIT_FOR_DECISION = "WAIT_FOR_DECISION"
    NAME_HANDLER = "NAME_HANDLER"
    SIGN = "SIGN"
    READ_DECLARATION = "READ_DECLARATION"
    WAIT_FOR_ACCOUNT = "WAIT_FOR_ACCOUNT"
    PAY = "PAY"
    WAIT_FOR_LETTER = "WAIT_FOR_LETTER"
    SEE_LETTER = "SEE_LETTER"
    WAIT_FOR_MONEY = "WAIT_FOR_MONEY"
    APPLY_ANEW = "APPLY_ANEW"


@dataclass(frozen=True, slots=True)
class Application:
    """An application as its bidder, and after the opening others, see it.

    :param number: random, for people; it tells nothing of how many there are.
    :param premium: as quoted; None until a product is chosen.
    :param why: why it ended, or why nothing goes on, a code.
    :param words: what the guarantor said to it.
    """

    id: UUID
    number: str
    lot_id: UUID
    bidder_id: UUID
    security_id: UUID
    product_id: UUID | None
    state: ApplicationState
    amount: Money | None
    premium: Money | None
    begun_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    signed_at: datetime | None
    pay_due_at: datetime | None
    paid_at: datetime | None
    issued_at: datetime | None
    ended_at: datetime | None
    why: str
    words: str


class PremiumCheck(StrEnum):
    """The checks of money for a premium, in the order in which they are made."""

    CURRENCY = "CURRENCY"
    WANTED = "WANTED"
    PAYER = "PAYER"
    IN_TIME = "IN_TIME"
    AMOUNT = "AMOUNT"


@dataclass(frozen=True, slots=True)
class PremiumVerdict:
    """One check of money for a premium: what it found, why, and the two values compared."""

    check: PremiumCheck
    finding: Finding
    reason: str = ""
    expected: str = ""
    actual: str = ""


@dataclass(frozen=True, slots=True)
class PremiumExpectation:
    """What is expected still for an application, or for an amendment of its letter.

    :param is_wanted: whether anything is to be paid now.
    :param missing: what its premium lacks.
    :param is_over: whether the application ended.
    """

    is_wanted: bool
    is_over: bool
    missing: Money
    due_at: datetime | None
    bidder_name: str
    basic_account: BasicAccount | None
    basic_account_only: bool


@dataclass(frozen=True, slots=True)
class PremiumFacts:
    """Money that came for a premium, in minor units of its currency."""

    amount_minor: int
    currency: str
    credited_at: datetime
    payer_name: str
    payer_account: str


@dataclass(frozen=True, slots=True)
class JudgedPremium:
    """What money for a premium came to: what counts, and what goes back, in minor units."""

    outcome: PremiumOutcome
    reason: str
    counted: Money
    back_minor: int
    verdicts: tuple[PremiumVerdict, ...]


@dataclass(frozen=True, slots=True)
class PremiumRefund:
    """Premium that goes back, by rule."""

    number: str
    amount_minor: int
    currency: str
    reason: str
    state: PremiumRefundState
    payee_account: str
    ordered_at: datetime | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class PremiumCredit:
    """Money that came for a premium, as its bidder sees it."""

    serial: str
    amount_minor: int
    currency: str
    credited_at: datetime
    payer_account: str
    outcome: PremiumOutcome
    reason: str
    verdicts: tuple[PremiumVerdict, ...]
    refunds: tuple[PremiumRefund, ...]


@dataclass(frozen=True, slots=True)
class Payment:
    """Where and until when a premium is to be paid, and what came of it.

    :param is_more: whether it is what an amendment of the letter costs beside.
    :param sub_account: None while the bank opens one.
    """

    is_more: bool
    premium: Money
    counted: Money
    due_at: datetime | None
    sub_account: SubAccount | None
    credits: tuple[PremiumCredit, ...]

    @property
    def missing(self) -> Money:
        return Money(self.premium.fen - self.counted.fen)


class Detail(StrEnum):
    """What of an agreement is compared with its lot, in this order."""

    PROJECT = "PROJECT"
    LOT = "LOT"
    BENEFICIARY = "BENEFICIARY"
    AMOUNT = "AMOUNT"
    DEADLINE = "DEADLINE"
    VALIDITY = "VALIDITY"


@dataclass(frozen=True, slots=True)
class Compared:
    """A detail as the agreement says it and as its lot asks for it, fit for people."""

    detail: Detail
    said: str
    asked: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class ToSign:
    """An agreement that is to be signed, compared with its lot.

    :param is_outdated: whether it was signed already, and the lot has moved since.
    """

    agreement: Agreement
    compared: tuple[Compared, ...]
    is_outdated: bool


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement that was signed: what the PDF says, and the PDF."""

    agreement: Agreement
    pdf: Signed


@dataclass(frozen=True, slots=True)
class ToIssue:
    """A paid application whose letter is to be made now, by whoever claimed it.

    :param attempt: whose claim it is: what an earlier one brings is not kept.
    :param order: what the guarantor is asked before.
    """

    application_id: UUID
    attempt: int
    order: Order
    letter: Letter


@dataclass(frozen=True, slots=True)
class ToAmend:
    """A letter whose next version is to be made now, by whoever claimed it; as ``ToIssue``."""

    amendment_id: UUID
    attempt: int
    order: Order
    letter: Letter


@dataclass(frozen=True, slots=True)
class AmendmentTerms:
    """What an amendment is quoted by.

    :param price: by which the letter was quoted, and is still.
    :param premium: what it cost so far.
    :param latest_at: when more can come at the latest; None if it would come too late.
    """

    product: ProductTerms
    price: PriceTerms
    premium: Money
    latest_at: datetime | None


@dataclass(frozen=True, slots=True)
class AmendmentQuote:
    """What the next version of a letter would change.

    :param difference: of the premium: to be paid, or below zero, to be given back.
    """

    from_until: date
    to_until: date
    from_amount: Money
    to_amount: Money
    difference: Money


@dataclass(frozen=True, slots=True)
class Amendment:
    """A request for a version of a letter that holds longer, or is over another amount.

    :param difference: of the premium: to be paid, or below zero, to be given back.
    :param counted: what of it is paid.
    :param pay_due_at: until when it can be paid.
    :param words: why there is no such version, a code, or what the guarantor said.
    """

    id: UUID
    state: AmendmentState
    from_until: date
    to_until: date
    from_amount: Money
    to_amount: Money
    difference: Money
    counted: Money
    pay_due_at: datetime | None
    asked_at: datetime
    ended_at: datetime | None
    version: int | None
    words: str
    problem: str

    @property
    def missing(self) -> Money:
        return self.difference - self.counted


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """A letter that its guarantor signed: what the PDF says, and the PDF."""

    letter: Letter
    pdf: Signed


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter as its holder, and after the opening others, see it; what it says by its newest version.

    :param issued_at: when its first version was issued, ``stamped_at`` its newest.
    :param unreadable_why: why the house could not read it at the opening, while it cannot.
    :param extend_until: the day to which it must be extended since its lot was postponed; None if it holds.
    :param paid_out: what claims were paid of its amount.
    """

    id: UUID
    application_id: UUID
    lot_id: UUID
    number: str
    state: LetterState
    version: int
    form: Form
    paper: Paper
    guarantor_name: str
    principal_name: str
    principal_uscc: str
    beneficiary_name: str
    lot_code: str
    lot_name: str
    amount: Money
    valid_from: date
    valid_until: date
    issued_at: datetime
    unreadable_why: str
    unsealed_at: datetime | None
    ended_at: datetime | None
    ended_why: str
    paid_out: Money
    open_claims: int
    sha256: str
    signer_name: str
    certificate_serial: str
    stamped_at: datetime
    extend_until: date | None


@dataclass(frozen=True, slots=True)
class ToUnseal:
    """A letter of an opened lot that is to be read, and where it is kept."""

    letter_id: UUID
    document_id: UUID


@dataclass(frozen=True, slots=True)
class LetterRead:
    """What reading a kept letter gave: its hash, and what checking it found."""

    sha256: str
    verdict: DocumentVerdict


class Unreadable(StrEnum):
    """Why a letter cannot be read as it was issued.

    NOT_OPENED: it is not there, or the house's key does not open it. CONTENT_CHANGED: it is not what was
    kept. NOT_GENUINE: its signature does not prove it. FIELDS_DIFFER: it says something else than was kept.
    """

    NOT_OPENED = "NOT_OPENED"
    CONTENT_CHANGED = "CONTENT_CHANGED"
    NOT_GENUINE = "NOT_GENUINE"
    FIELDS_DIFFER = "FIELDS_DIFFER"


class SurrenderReason(StrEnum):
    """Why a letter is given up (退保): its bid is withdrawn or secured otherwise, or its lot stands still."""

    WITHDRAWN = "WITHDRAWN"
    SWITCHED = "SWITCHED"
    LOT_SUSPENDED = "LOT_SUSPENDED"
    LOT_TERMINATED = "LOT_TERMINATED"
    LOT_FAILED = "LOT_FAILED"


class ReleaseReason(StrEnum):
    """Why a letter's duty ends (解保): its bidder did not win, the contract is signed, or otherwise."""

    NOT_AWARDED = "NOT_AWARDED"
    CONTRACT_SIGNED = "CONTRACT_SIGNED"
    AGREED = "AGREED"


@dataclass(frozen=True, slots=True)
class Surrendering:
    """Whether a letter can be given up now, and what that would do.

    :param why_not: a code; empty if it can.
    :param why: what became of its lot, which is reason enough; None where the bidder must say.
    :param leaves_bare: whether its bid would be left without security.
    :param invoice_number: of the invoice that would be reversed first; empty without one.
    """

    letter: IssuedLetter
    lot: Lot
    why_not: str
    why: SurrenderReason | None
    leaves_bare: bool
    invoice_number: str


class Standing(StrEnum):
    """What a genuine letter is worth on a day. NOT_YET: its first day is still to come.

    VOID: it was issued too late and secured nothing. PAID_OUT: its whole amount was claimed and paid.
    SUPERSEDED: another version took its place, under the same number.
    """

    NOT_YET = "NOT_YET"
    VALID = "VALID"
    EXPIRED = "EXPIRED"
    RELEASED = "RELEASED"
    SURRENDERED = "SURRENDERED"
    PAID_OUT = "PAID_OUT"
    SUPERSEDED = "SUPERSEDED"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class Verified:
    """A letter that a number and its code belong to, and what it is worth now."""

    letter: IssuedLetter
    standing: Standing


@dataclass(frozen=True, slots=True)
class Progress:
    """An application with all that its pages show of it.

    :param latest_at: until when the premium can come so that the letter is there in time.
    """

    application: Application
    lot: Lot
    product: Product | None
    stage: Stage
    next: Next
    latest_at: datetime | None
    particulars: Particulars
    verdicts: tuple[Verdict, ...]
    payment: Payment | None
    history: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Onward:
    """How a lot can still be secured in time once an application for it ended.

    :param ways: a letter among them only if somebody can still issue one in time; none if time is over.
    :param way: by which it is being secured already; None if by none.
    """

    ways: tuple[Way, ...]
    way: Way | None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What a guarantor is asked about an application that one of its people decides on.

    :param key: names the application for ever; the lot is not told.
    """

    key: str
    guarantor_uscc: str
    principal_name: str
    principal_uscc: str
    amount: Money
    particulars: Particulars


class AnswerKind(StrEnum):
    """What a guarantor said: yes, no, or nothing yet."""

    YES = "YES"
    NO = "NO"
    NOT_YET = "NOT_YET"


@dataclass(frozen=True, slots=True)
class Answer:
    """A guarantor's answer; its own words say why not."""

    kind: AnswerKind
    words: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A paid application as its guarantor is told of it, just before its letter is made."""

    key: str
    guarantor_uscc: str
    amount: Money
    premium: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """An application in a bidder's list, with its lot, and the number of its letter if there is one."""

    application: Application
    lot: Lot
    letter_number: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A registered lot to apply for: with what is under way for it, or why it cannot be served, a code."""

    lot: Lot
    application: Application | None
    why_not: str


@dataclass(frozen=True, slots=True)
class Billing:
    """What it rests on whether a premium may be invoiced.

    :param letter_state: None while there is no letter.
    :param is_ended: whether the letter ended, before its lot was opened even.
    :param paid: what counts of the premium and was not taken back by the bank, nor given back.
    :param invoice_number: our number of the live invoice that it is in; empty if it is in none.
    """

    order_number: str
    lot: Lot
    letter_state: LetterState | None
    is_ended: bool
    premium: Money
    paid: Money
    invoice_number: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A letter that was bought, as its bidder may have it invoiced.

    :param paper: what was bought, as the invoice says.
    :param why_not: why it cannot be invoiced now; None if it can.
    :param invoice: the newest that it was in; ``is_invoiced`` while that lives.
    """

    application: Application
    lot: Lot
    guarantor: Guarantor
    paper: Paper
    premium: Money
    why_not: Objection | None
    invoice: Invoice | None
    is_invoiced: bool


class Cause(StrEnum):
    """Why a letter cannot be read at the opening, as official contingency procedures list it."""

    NOT_FETCHED = "NOT_FETCHED"
    SOFTWARE = "SOFTWARE"
    SERVER = "SERVER"
    ATTACK = "ATTACK"
    OTHER = "OTHER"


class Fault(StrEnum):
    """In whose system the cause lies."""

    PLATFORM = "PLATFORM"
    ISSUER = "ISSUER"


@dataclass(frozen=True, slots=True)
class Established:
    """What was found out about a letter that cannot be read.

    :param words: what happened; asked for where the cause is another.
    """

    cause: Cause
    fault: Fault
    words: str


@dataclass(frozen=True, slots=True)
class Contingency:
    """A letter that could not be read at the opening, and what was decided.

    :param receipt_sha256: of the receipt that proves that the letter was paid for; empty without one.
    :param read_at: when its letter was read after all; None while it was not.
    """

    id: UUID
    letter_id: UUID
    letter_number: str
    lot_id: UUID
    lot_code: str
    lot_name: str
    bidder_id: UUID
    bidder_name: str
    guarantor_name: str
    established: Established
    receipt_sha256: str
    state: ContingencyState
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    words: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of a limit is taken: reserved by approved applications, used by letters that bind."""

    limit: Money
    reserved: Money
    used: Money

    @property
    def free(self) -> Money:
        return Money(self.limit.fen - self.reserved.fen - self.used.fen)


@dataclass(frozen=True, slots=True)
class PrincipalExposure:
    """What a guarantor takes on for one bidder.

    :param suspended_since: since when it issues nothing for it; None if it does.
    """

    principal_id: UUID
    name: str
    uscc: str
    taken: Taken
    suspended_since: datetime | None
    suspended_why: str


@dataclass(frozen=True, slots=True)
class LotExposure:
    """What a guarantor takes on for one lot; for all that are not opened together, with no code."""

    code: str
    name: str
    reserved: Money
    used: Money


@dataclass(frozen=True, slots=True)
class ToDecide:
    """An application that waits for a person's decision. Of its lot only the clock is told.

    :param latest_at: until when a letter can still be made in time; None if it cannot any more.
    """

    id: UUID
    number: str
    principal_name: str
    principal_uscc: str
    product_name: str
    amount: Money
    premium: Money
    submitted_at: datetime
    deadline_at: datetime
    latest_at: datetime | None
    particulars: Particulars
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """A letter of an opened lot as its guarantor sees it, with what was paid for it.

    :param application: how its application stands: that of a surrendered letter tells of the premium's way
        back.
    """

    letter: IssuedLetter
    premium: Money
    application: ApplicationState


@dataclass(frozen=True, slots=True)
class Month:
    """What a guarantor earned in a month, by the letters of opened lots that were issued in it.

    :param first: the month's first day.
    """

    first: date
    letters: int
    premiums: Money
    given_back: Money

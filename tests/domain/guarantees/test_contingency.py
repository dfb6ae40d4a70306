"""A letter that cannot be read at the opening: receipt, cause, two people's decision (scenario 23)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.domain.documents.types import Finding, Kind, Verdict
from biaobao.domain.guarantees.actions import contingency as actions
from biaobao.domain.guarantees.actions import receipts
from biaobao.domain.guarantees.models import Contingency
from biaobao.domain.guarantees.queries import applications, papers
from biaobao.domain.guarantees.queries import contingency as queries
from biaobao.domain.guarantees.states import ContingencyState, LetterState
from biaobao.domain.guarantees.types import Cause, Established, Fault, ToIssue
from biaobao.platform.db import seeing_as
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

ISSUERS = Established(Cause.SERVER, Fault.ISSUER, "")
OURS = Established(Cause.SOFTWARE, Fault.PLATFORM, "数据库故障")


class Checking:
    """Says of a PDF what the test says of it; tests/web/agency/test_contingencies.py has real files."""

    def __init__(self, finding: Finding = Finding.GENUINE, **changes: Any) -> None:
        self._finding, self._changes = finding, changes
        self._of: Applied | None = None

    def of(self, applied: Applied) -> Checking:
        self._of = applied
        return self

    def verify(self, content: bytes, *, signer: str = "") -> Verdict:  # noqa: ARG002 - as the port has it
        assert self._of
        at = self._of.at
        receipt = papers.receipt(application_id=self._of.id, at=at, actor=SYSTEM)
        pdf = given_documents.signed(content, receipt.guarantor, at=at)
        facts = asdict(receipt) | self._changes
        data = orjson.dumps({"kind": self._changes.get("kind", Kind.RECEIPT), "facts": facts})
        return Verdict(self._finding, pdf.signature, data)


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    given_banking.bank()


@pytest.fixture
def unread(bank: None) -> Applied:
    """Return a letter of an opened lot that could not be read; no receipt was kept."""
    applied, _claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, None)
    return applied


def keep_receipt(applied: Applied) -> None:
    receipt = papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)
    made = given_documents.signed(b"%PDF-1.7 receipt", receipt.guarantor, at=applied.at)
    receipts.keep(
        application_id=applied.id, said=receipt, receipt=made, at=applied.at, actor=SYSTEM
    )


def proposed(
    applied: Applied,
    established: Established = ISSUERS,
    *,
    shown: bytes | None = None,
    checking: Checking | None = None,
    actor: Actor | None = None,
    after: timedelta = timedelta(),
) -> UUID:
    return actions.propose(
        letter_id=letter_of(applied).id,
        established=established,
        shown=shown,
        checking=(checking or Checking()).of(applied),
        at=later(applied) + after,
        actor=actor or given_tenders.keeper_of(applied.lot),
    )


def decided(applied: Applied, contingency_id: UUID, *, accept: bool, words: str = "") -> None:
    actions.decide(
        contingency_id=contingency_id,
        is_accepted=accept,
        words=words,
        at=later(applied),
        actor=given_parties.supervisor(),
    )


def later(applied: Applied) -> datetime:
    return applied.lot.deadline_at + timedelta(minutes=10)


def audited(applied: Applied) -> list[tuple[str, str]]:
    """Return what the bidder's record says of contingencies, and why."""
    found = applications.progress(application_id=applied.id, actor=applied.bidder).history
    events = [each.event for each in found]
    return [(each.name, each.reason) for each in events if each.name.startswith("contingency.")]


def state(applied: Applied) -> list[ContingencyState]:
    found = queries.of_opened_lot(lot_id=applied.lot.id, actor=given_tenders.keeper_of(applied.lot))
    return [each.state for each in found]


def test_on_the_houses_own_receipt_the_supervisor_keeps_the_bidder_in(unread: Applied):  # INV-29
    keep_receipt(unread)

    made = proposed(unread)
    decided(unread, made, accept=True)

    (shown,) = queries.of_application(application_id=unread.id, actor=unread.bidder)
    assert (shown.state, shown.established, bool(shown.receipt_sha256)) == (
        ContingencyState.ACCEPTED,
        ISSUERS,
        True,
    )
    assert (shown.proposed_by, shown.decided_by) != ("", "")
    assert unread.security == ("SECURED", "GUARANTEE")
    assert audited(unread) == [("contingency.proposed", "SERVER"), ("contingency.accepted", "")]
    assert applications.mismatches(actor=SYSTEM) == ()


def test_the_receipt_that_the_bidder_shows_counts_as_well(unread: Applied):
    decided(unread, proposed(unread, shown=b"%PDF-1.7 shown"), accept=True)

    assert state(unread) == [ContingencyState.ACCEPTED]


def test_the_platforms_own_failure_needs_no_proof(unread: Applied):
    decided(unread, proposed(unread, OURS), accept=True)

    assert state(unread) == [ContingencyState.ACCEPTED]
    assert unread.security[0] == "SECURED"


def test_the_issuers_failure_without_proof_is_refused_on_the_spot(unread: Applied):
    made = proposed(unread)

    with pytest.raises(Refused, match="PROOF_MISSING"):
        decided(unread, made, accept=True)
    with pytest.raises(Refused, match="DECISION_UNTOLD"):
        decided(unread, made, accept=False, words=" ")
    assert state(unread) == [ContingencyState.PROPOSED]
    assert unread.security[0] == "SECURED"

    for _ in range(2):
        decided(unread, made, accept=False, words="没有购买凭证")

    assert state(unread) == [ContingencyState.REFUSED]
    assert unread.security[0] == "REQUIRED"
    assert audited(unread)[1:] == [("contingency.refused", "没有购买凭证")]
    assert applications.mismatches(actor=SYSTEM) == ()
    with pytest.raises(Refused, match="CONTINGENCY_DECIDED"):
        decided(unread, made, accept=True)


@pytest.mark.parametrize(
    "checking",
    [
        Checking(Finding.ALTERED),
        Checking(kind=Kind.LETTER),
        Checking(application="SQ0000000000"),
        Checking(amount=Money(1)),
        Checking(paid_at=datetime.fromisoformat("2099-01-01T00:00:00+00:00")),
        Checking(works={"code": "QZGC209901001-1"}),
        Checking(applicant={"uscc": "other", "name": "other"}),
    ],
)
def test_a_receipt_that_proves_nothing_is_refused(unread: Applied, checking: Checking):
    with pytest.raises(Refused, match="RECEIPT_NO_PROOF"):
        proposed(unread, shown=b"%PDF-1.7 shown", checking=checking)

    assert state(unread) == []


def test_another_cause_needs_words(unread: Applied):
    with pytest.raises(Refused, match="CAUSE_UNTOLD"):
        proposed(unread, Established(Cause.OTHER, Fault.PLATFORM, ""))

    assert state(unread) == []


def test_only_what_could_not_be_read_and_only_those_who_run_the_lot(unread: Applied):
    read, claim = given_letters.issued()
    given_tenders.opened(read.lot)
    given_letters.unsealed(read, given_letters.read(claim))
    with pytest.raises(Refused, match="CONTINGENCY_NOT_NEEDED"):
        proposed(read)
    strangers: tuple[tuple[Actor, type[Exception]], ...] = (
        (given_parties.agency(), NotFound),
        (unread.bidder, NotAllowed),
        (given_parties.supervisor(), NotAllowed),
    )
    for stranger, refused in strangers:
        with pytest.raises(refused):
            proposed(unread, actor=stranger)
    made = proposed(unread, OURS)
    for other in (given_tenders.keeper_of(unread.lot), unread.bidder, given_parties.operator()):
        with pytest.raises(NotAllowed):
            actions.decide(
                contingency_id=made, is_accepted=True, words="", at=later(unread), actor=other
            )
    with pytest.raises(NotFound):
        decided(unread, uuid4(), accept=True)

    assert (state(read), state(unread)) == ([], [ContingencyState.PROPOSED])


def test_read_after_all_before_the_decision_nothing_is_to_decide(bank: None):
    applied, claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, None)
    made = proposed(applied, OURS)
    assert queries.waiting(actor=given_parties.supervisor())

    given_letters.unsealed(applied, given_letters.read(claim))

    assert state(applied) == [ContingencyState.OVERTAKEN]
    assert audited(applied)[1:] == [("contingency.overtaken", "")]
    assert queries.waiting(actor=given_parties.supervisor()) == ()
    with pytest.raises(Refused, match="CONTINGENCY_DECIDED"):
        decided(applied, made, accept=True)


def test_read_after_the_decision_the_record_stays_and_says_so(bank: None):
    applied, claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, None)
    decided(applied, proposed(applied), accept=False, words="没有购买凭证")

    given_letters.unsealed(applied, given_letters.read(claim))

    (shown,) = queries.of_application(application_id=applied.id, actor=applied.bidder)
    assert (shown.state, shown.read_at is not None) == (ContingencyState.REFUSED, True)
    assert letter_of(applied).state is LetterState.UNSEALED
    assert applied.security[0] == "REQUIRED"


def test_proposed_by_many_at_once_it_is_one(committed: None):
    applied, _claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, None)
    keeper = given_tenders.keeper_of(applied.lot)

    made = at_once([lambda: proposed(applied, OURS, actor=keeper)] * 6)

    assert len(set(made)) == 1
    assert state(applied) == [ContingencyState.PROPOSED]


def test_the_receipt_that_comes_while_it_waits_is_added(unread: Applied):  # INV-29
    made = proposed(unread)
    keeper = given_tenders.keeper_of(unread.lot)

    def prove(shown: bytes, checking: Checking | None = None, actor: Actor = keeper) -> None:
        actions.prove(
            contingency_id=made,
            shown=shown,
            checking=(checking or Checking()).of(unread),
            at=later(unread),
            actor=actor,
        )

    with pytest.raises(Refused, match="RECEIPT_NO_PROOF"):
        prove(b"%PDF-1.7 shown", Checking(Finding.ALTERED))
    for stranger, refused in ((given_parties.agency(), NotFound), (unread.bidder, NotAllowed)):
        with pytest.raises(refused):
            prove(b"%PDF-1.7 shown", actor=stranger)
    with pytest.raises(Refused, match="PROOF_MISSING"):
        decided(unread, made, accept=True)

    for _ in range(2):
        prove(b"%PDF-1.7 shown")

    with pytest.raises(Refused, match="CONTINGENCY_WAITS"):
        prove(b"%PDF-1.7 another")
    decided(unread, made, accept=True)
    with pytest.raises(Refused, match="CONTINGENCY_DECIDED"):
        prove(b"%PDF-1.7 another")
    assert state(unread) == [ContingencyState.ACCEPTED]
    assert [name for name, _ in audited(unread)] == [
        "contingency.proposed",
        "contingency.proved",
        "contingency.accepted",
    ]


def test_refused_for_want_of_proof_it_can_be_accepted_on_proof(unread: Applied):
    before = unread.security
    decided(unread, proposed(unread), accept=False, words="没有购买凭证")
    assert unread.security[0] == "REQUIRED"

    again = proposed(unread, shown=b"%PDF-1.7 shown", after=timedelta(minutes=1))
    decided(unread, again, accept=True)

    assert state(unread) == [ContingencyState.REFUSED, ContingencyState.ACCEPTED]
    assert unread.security == before
    assert applications.mismatches(actor=SYSTEM) == ()


def test_what_is_said_otherwise_while_one_waits_is_not_dropped(unread: Applied):
    made = proposed(unread)

    assert proposed(unread) == made
    for established, shown in ((OURS, None), (ISSUERS, b"%PDF-1.7 shown")):
        with pytest.raises(Refused, match="CONTINGENCY_WAITS"):
            proposed(unread, established, shown=shown)

    (kept,) = queries.waiting(actor=given_parties.supervisor())
    assert (kept.id, kept.established, kept.receipt_sha256) == (made, ISSUERS, "")


def test_decided_both_ways_at_once_it_is_one(committed: None):
    applied, _claim = given_letters.issued()
    given_tenders.opened(applied.lot)
    given_letters.unsealed(applied, None)
    made = proposed(applied, OURS)
    supervisors = [given_parties.supervisor() for _ in range(4)]

    def decides(actor: Actor, *, accept: bool) -> str:
        try:
            actions.decide(
                contingency_id=made,
                is_accepted=accept,
                words="没有购买凭证",
                at=later(applied),
                actor=actor,
            )
        except Refused as refused:
            return refused.objections[0].code
        return "ACCEPTED" if accept else "REFUSED"

    done = at_once(
        [partial(decides, actor, accept=n % 2 == 0) for n, actor in enumerate(supervisors)]
    )

    (became,) = state(applied)
    assert sorted(done) == sorted([became, became, "CONTINGENCY_DECIDED", "CONTINGENCY_DECIDED"])
    secured = {ContingencyState.ACCEPTED: "SECURED", ContingencyState.REFUSED: "REQUIRED"}
    assert applied.security[0] == secured[became]


@pytest.mark.parametrize("broken", ["same person", "no proof"])
def test_the_database_itself_wants_two_people_and_proof(unread: Applied, broken: str):  # INV-29
    made = proposed(unread, OURS if broken == "same person" else ISSUERS)
    other = given_parties.supervisor().person_id
    with seeing_as(SYSTEM):
        row = Contingency.objects.get(pk=made)
        row.state, row.decided_at = ContingencyState.ACCEPTED, later(unread)
        row.decided_by_id = row.proposed_by_id if broken == "same person" else other
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_scenario_23_of_three_letters_one_cannot_be_read_and_the_opening_goes_on(bank: None):
    lot = given_tenders.lot()
    issued: list[tuple[Applied, ToIssue]] = [given_letters.issued(lot) for _ in range(3)]
    given_tenders.opened(lot)
    read: Callable[[ToIssue], Any] = given_letters.read
    down, *up = issued
    for applied, claim in up:
        given_letters.unsealed(applied, read(claim))
    given_letters.unsealed(down[0], None)
    keep_receipt(down[0])

    decided(down[0], proposed(down[0]), accept=True)

    assert [letter_of(applied).state for applied, _ in issued] == [
        LetterState.DECRYPT_FAILED,
        LetterState.UNSEALED,
        LetterState.UNSEALED,
    ]
    assert [applied.security[0] for applied, _ in issued] == ["SECURED"] * 3

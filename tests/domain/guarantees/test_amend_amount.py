"""A letter follows another amount of its lot, and its premium with it (scenario 16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import SYSTEM
from biaobao.core.instants import day_of
from biaobao.core.money import Money
from biaobao.core.refusal import NotFound, Refused
from biaobao.domain.documents.types import Finding, Receipt
from biaobao.domain.guarantees.actions import (
    amending,
    catalogue,
    ending,
    paying,
    receipts,
    surrendering,
)
from biaobao.domain.guarantees.actions import letters as letter_actions
from biaobao.domain.guarantees.models import Amendment, Guarantor
from biaobao.domain.guarantees.queries import applications, letters, papers
from biaobao.domain.guarantees.rules.premiums import HEARD_WITHIN
from biaobao.domain.guarantees.states import AmendmentState, ApplicationState, LetterState
from biaobao.domain.guarantees.types import (
    Amendment as Shown,
)
from biaobao.domain.guarantees.types import (
    LetterRead,
    Standing,
    SurrenderReason,
    ToAmend,
    ToIssue,
)
from biaobao.domain.ledger import chart
from biaobao.domain.ledger import queries as ledger
from biaobao.platform.db import seeing_as
from tests.domain.guarantees.test_limits_at_once import at_once
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import premiums, refunds
from tests.given import tenders as given_tenders
from tests.given.guarantees import Applied
from tests.given.letters import letter_of

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
# At half a per cent and at least 300 yuan, these cost 300, 500 and 300.
AMOUNT, MORE, LESS = Money.yuan(50_000), Money.yuan(100_000), Money.yuan(40_000)
RISE = Money.yuan(200)


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")
    given_banking.bank(spare=60)


def issued(amount: Money = AMOUNT, **how: Any) -> tuple[Applied, ToIssue]:
    """Return a letter whose lot was postponed so far that its amount may change, and that holds as long."""
    applied, claim = given_letters.issued(given_tenders.lot(amount=amount), **how)
    moved = replace(applied, lot=given_tenders.postponed(applied.lot, by=20 * DAY))
    look(moved)
    asks(moved, at=moved.at - DAY)
    kept(moved, claimed(moved))
    return moved, claim


def look(applied: Applied, *, at: datetime | None = None) -> None:
    for work in (letter_actions.recheck, ending.end_over, amending.end_over):
        work(limit=9, at=at or applied.at, actor=SYSTEM)


def changed(applied: Applied, amount: Money) -> Applied:
    after = replace(applied, lot=given_tenders.amount_changed(applied.lot, amount))
    look(after)
    return after


def raised(amount: Money = MORE, **how: Any) -> tuple[Applied, ToIssue]:
    applied, claim = issued(**how)
    return changed(applied, amount), claim


def asks(applied: Applied, *, at: datetime | None = None) -> None:
    amending.request(application_id=applied.id, at=at or applied.at, actor=applied.bidder)


def pays(applied: Applied, amount: Money | None = None, **how: Any) -> Any:
    entry = premiums.pays(applied, amount, **how)
    premiums.booked(entry)
    return entry


def claimed(applied: Applied, *, at: datetime | None = None) -> ToAmend:
    (claim,) = amending.claim(limit=9, at=at or applied.at + DAY, actor=SYSTEM)
    return claim


def kept(
    applied: Applied, claim: ToAmend, *, at: datetime | None = None, **how: Any
) -> AmendmentState:
    issue = ToIssue(applied.id, claim.attempt, claim.order, claim.letter)
    at = at or applied.at + DAY
    return amending.keep(
        amendment_id=claim.amendment_id,
        attempt=claim.attempt,
        sealed=given_letters.sealed(issue, at=at),
        read=given_letters.read(issue, **how),
        at=at,
        actor=SYSTEM,
    )


def asked(applied: Applied) -> Shown:
    """Return the newest amendment."""
    return letters.amendments(application_id=applied.id, actor=applied.bidder)[-1]


def quoted(applied: Applied) -> Any:
    return letters.amendment_quote(application_id=applied.id, at=applied.at, actor=applied.bidder)


def earned(applied: Applied) -> Money:
    return ledger.balance(chart.guarantor(applied.product.guarantor.id), actor=SYSTEM)


def taken(applied: Applied) -> set[tuple[int, int]]:
    return set(given.limits(applied.product.guarantor.id).values())


def gone(applied: Applied) -> list[int]:
    """Return what the bank is told to give back, in fen."""
    told = refunds.told(at=applied.lot.deadline_at + DAY)
    return sorted(payment.amount_minor for payment in told)


def agree() -> None:
    assert applications.mismatches(actor=SYSTEM) == ()
    assert ledger.recount(actor=SYSTEM).discrepancies == ()


def test_scenario_16_raised_the_letter_follows_once_the_difference_is_paid():  # INV-28, INV-31
    applied, first = raised()
    assert applied.security[0] == "REQUIRED"
    assert (quoted(applied).to_amount, quoted(applied).difference) == (MORE, RISE)

    for _ in range(2):
        asks(applied)
    assert asked(applied).state is AmendmentState.PAY_PENDING
    assert amending.claim(limit=9, at=applied.at, actor=SYSTEM) == ()
    assert (applied.payment.is_more, applied.payment.missing) == (True, RISE)
    assert taken(applied) == {(MORE.fen - AMOUNT.fen, AMOUNT.fen)}
    pays(applied)
    assert asked(applied).state is AmendmentState.REQUESTED
    assert earned(applied) == Money.yuan(300)
    claim = claimed(applied)
    assert (claim.letter.amount, claim.order.amount) == (MORE, MORE)
    assert kept(applied, claim) is AmendmentState.ISSUED

    letter = letter_of(applied)
    assert (letter.number, letter.amount, letter.version) == (first.letter.number, MORE, 3)
    assert applied.security[0] == "SECURED"
    assert (applied.now.amount, applied.now.premium) == (MORE, Money.yuan(500))
    assert (applied.held, earned(applied)) == (Money(0), Money.yuan(500))
    assert taken(applied) == {(0, MORE.fen)}
    agree()


def test_an_old_code_tells_what_the_old_version_said():  # INV-28
    applied, first = raised()
    asks(applied)
    pays(applied)
    claim = claimed(applied)
    kept(applied, claim)

    for said, standing, amount, version in (
        (first.letter, Standing.SUPERSEDED, AMOUNT, 1),
        (claim.letter, Standing.NOT_YET, MORE, 3),
    ):
        found = letters.verify(
            number=said.number,
            code=said.verification_code,
            at=applied.at,
            actor=applied.bidder,
        )
        assert found
        assert (found.standing, found.letter.amount) == (standing, amount)
        assert found.letter.version == version


def test_lowered_the_difference_goes_back_to_who_paid_it():  # INV-31
    applied, _first = issued(MORE)
    assert earned(applied) == Money.yuan(500)
    lowered = changed(applied, AMOUNT)
    assert lowered.security[0] == "SECURED"

    asks(lowered)
    kept(lowered, claimed(lowered))

    assert (letter_of(lowered).amount, lowered.now.premium) == (AMOUNT, Money.yuan(300))
    assert (lowered.held, earned(lowered)) == (Money(0), Money.yuan(300))
    assert taken(lowered) == {(0, AMOUNT.fen)}
    assert gone(lowered) == [RISE.fen]
    assert lowered.state is ApplicationState.ISSUED
    agree()


def test_at_the_same_price_it_is_made_at_once():
    applied, _first = raised(Money.yuan(60_000))

    asks(applied)
    kept(applied, claimed(applied))

    assert letter_of(applied).amount == Money.yuan(60_000)
    assert earned(applied) == Money.yuan(300)
    agree()


def test_postponed_too_one_version_says_both():
    applied, _first = raised()
    both = replace(applied, lot=given_tenders.postponed(applied.lot, by=5 * DAY))
    look(both)
    asks(both)
    pays(both)
    before = letter_of(both)

    kept(both, claimed(both))

    after = letter_of(both)
    assert (after.amount, after.valid_until) == (MORE, before.valid_until + 5 * DAY)
    assert after.version == before.version + 1


def test_paid_in_parts_too_much_and_twice_only_the_difference_counts():
    applied, _first = raised()
    asks(applied)

    pays(applied, Money.yuan(80))
    assert asked(applied).missing == Money.yuan(120)
    pays(applied, Money.yuan(130))
    pays(applied, RISE)

    assert asked(applied).state is AmendmentState.REQUESTED
    assert gone(applied) == [Money.yuan(10).fen, RISE.fen]
    kept(applied, claimed(applied))
    assert earned(applied) == Money.yuan(500)
    agree()


def test_reversed_before_it_is_made_it_waits_to_be_paid_again():
    applied, _first = raised()
    asks(applied)
    entry = pays(applied)
    claim = claimed(applied)

    premiums.booked(premiums.reversal_of(entry))

    assert kept(applied, claim) is AmendmentState.PAY_PENDING
    assert letter_of(applied).amount == AMOUNT
    pays(applied)
    kept(applied, claimed(applied))
    assert letter_of(applied).amount == MORE
    agree()


def test_reversed_after_it_was_made_the_letter_stands_and_its_guarantor_lacks_it():
    applied, _first = raised()
    asks(applied)
    entry = pays(applied)
    kept(applied, claimed(applied))

    premiums.booked(premiums.reversal_of(entry))

    assert (letter_of(applied).amount, earned(applied)) == (MORE, Money.yuan(300))
    agree()


@pytest.mark.parametrize(
    ("how", "state", "words"),
    [
        ("cancelled", AmendmentState.CANCELLED, "CANCELLED"),
        ("unpaid", AmendmentState.CANCELLED, "UNPAID"),
        ("surrendered", AmendmentState.REFUSED, "LETTER_ENDED"),
        ("changed again", AmendmentState.REFUSED, "AMOUNT_CHANGED"),
        ("terminated", AmendmentState.REFUSED, "LOT_TERMINATED"),
        ("too late", AmendmentState.REFUSED, "DEADLINE_PASSED"),
    ],
)
def test_come_to_nothing_what_was_paid_goes_back_and_the_letter_stands(  # INV-31
    how: str, state: AmendmentState, words: str
):
    applied, _first = raised()
    asks(applied)
    pays(applied, Money.yuan(80))
    before = letter_of(applied)
    due = asked(applied).pay_due_at
    assert due

    if how == "cancelled":
        for _ in range(2):
            amending.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)
    elif how == "surrendered":
        surrendering.surrender(
            application_id=applied.id,
            reason=SurrenderReason.SWITCHED,
            at=applied.at,
            actor=applied.bidder,
        )
    elif how == "changed again":
        changed(applied, Money.yuan(90_000))
    elif how == "terminated":
        look(replace(applied, lot=given_tenders.terminated(applied.lot)))
    else:
        look(applied, at=due + HEARD_WITHIN)
        assert asked(applied).state is AmendmentState.PAY_PENDING
        late = applied.lot.deadline_at if how == "too late" else due + HEARD_WITHIN
        look(applied, at=late + SECOND)

    assert (asked(applied).state, asked(applied).words) == (state, words)
    assert letter_of(applied).version == before.version
    rest = [Money.yuan(300).fen] if how == "surrendered" else []
    assert gone(applied) == [Money.yuan(80).fen, *rest]
    assert {reserved for reserved, _used in taken(applied)} == {0}
    assert applied.held == Money(0)
    agree()


def test_what_is_made_a_second_after_the_deadline_is_not_kept():
    applied, _first = raised()
    asks(applied)
    pays(applied)
    last = applied.lot.deadline_at
    claim = claimed(applied, at=last)

    assert kept(applied, claim, at=last + SECOND) is AmendmentState.REFUSED

    assert letter_of(applied).amount == AMOUNT
    assert applied.security[0] == "REQUIRED"
    assert earned(applied) == Money.yuan(300)
    agree()


def test_made_for_an_amount_that_moved_on_it_is_not_kept_and_the_guarantors_no_gives_back():
    applied, _first = raised()
    asks(applied)
    pays(applied)
    claim = claimed(applied)
    again = replace(applied, lot=given_tenders.amount_changed(applied.lot, Money.yuan(90_000)))

    assert kept(applied, claim) is AmendmentState.REFUSED

    look(again)
    asks(again, at=again.at + SECOND)
    pays(again)
    second = claimed(again)
    amending.keep_refusal(
        amendment_id=second.amendment_id,
        attempt=second.attempt,
        words="超出授信",
        at=again.at,
        actor=SYSTEM,
    )
    assert (asked(again).state, asked(again).words) == (AmendmentState.REFUSED, "超出授信")
    assert letter_of(again).amount == AMOUNT
    assert gone(again) == [Money.yuan(150).fen, RISE.fen]
    agree()


def test_a_version_that_the_house_cannot_read_is_not_kept():
    applied, _first = raised()
    asks(applied)
    pays(applied)
    claim = claimed(applied)

    for wrong, code in (
        ({"stored": "something else"}, "CONTENT_CHANGED"),
        ({"finding": Finding.ALTERED}, "NOT_GENUINE"),
    ):
        with pytest.raises(Refused, match=code):
            kept(applied, claim, **wrong)

    assert letter_of(applied).amount == AMOUNT
    assert kept(applied, claim) is AmendmentState.ISSUED


def test_a_guarantor_without_room_refuses_before_anything_is_paid():
    applied, _first = raised(offered=given.product(given.guarantor(lot_limit=Money.yuan(90_000))))

    with pytest.raises(Refused, match="CAPACITY_REACHED"):
        asks(applied)

    assert len(letters.amendments(application_id=applied.id, actor=applied.bidder)) == 1
    assert taken(applied) == {(0, AMOUNT.fen)}


def test_too_late_opened_or_anothers_is_refused_and_nothing_changes():
    applied, _first = raised()
    last = applied.lot.deadline_at
    with pytest.raises(Refused, match="TOO_LATE_TO_ISSUE"):
        asks(applied, at=last)
    with pytest.raises(Refused, match="DEADLINE_PASSED"):
        asks(applied, at=last + SECOND)
    with pytest.raises(NotFound):
        asks(replace(applied, bidder=given.bidder()))
    given_tenders.opened(applied.lot)
    with pytest.raises(Refused, match="LOT_OPENED"):
        asks(applied, at=last + SECOND)

    assert len(letters.amendments(application_id=applied.id, actor=applied.bidder)) == 1
    assert taken(applied) == {(0, AMOUNT.fen)}


def test_paid_for_it_is_not_cancelled():
    applied, _first = raised()
    asks(applied)
    pays(applied)

    with pytest.raises(Refused, match="AMENDMENT_PAID"):
        amending.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)

    assert asked(applied).state is AmendmentState.REQUESTED


def test_at_the_opening_the_amended_letter_is_the_one_that_is_read():
    applied, first = raised()
    asks(applied)
    pays(applied)
    claim = claimed(applied)
    kept(applied, claim)
    given_tenders.opened(applied.lot)

    new = given_letters.read(ToIssue(applied.id, claim.attempt, claim.order, claim.letter))
    old = given_letters.read(first)
    assert given_letters.unsealed(applied, LetterRead("00" * 32, old.verdict)) is (
        LetterState.DECRYPT_FAILED
    )
    assert given_letters.unsealed(applied, new) is LetterState.UNSEALED


def test_surrendered_after_a_rise_all_that_was_paid_goes_back():
    applied, _first = raised()
    asks(applied)
    pays(applied)
    kept(applied, claimed(applied))

    surrendering.surrender(
        application_id=applied.id,
        reason=SurrenderReason.SWITCHED,
        at=applied.at + DAY,
        actor=applied.bidder,
    )

    assert gone(applied) == [RISE.fen, Money.yuan(300).fen]
    assert (earned(applied), applied.held) == (Money(0), Money(0))
    assert taken(applied) == {(0, 0)}
    paying.settle(limit=9, at=applied.at, actor=SYSTEM)
    agree()


def test_asked_for_by_many_at_once_it_reserves_once(committed: None):
    applied, _first = raised()

    at_once([lambda: asks(applied)] * 6)

    assert taken(applied) == {(MORE.fen - AMOUNT.fen, AMOUNT.fen)}


def test_the_database_holds_what_an_amendment_may_be():  # INV-31
    applied, _first = raised()
    asks(applied)
    with seeing_as(SYSTEM):
        row = Amendment.objects.get(state="PAY_PENDING")
        for changes in (
            {"announced_at": None},
            {"counted_fen": row.premium_fen + 1},
            {"state": "REQUESTED", "next_at": row.asked_at},
            {
                "state": "ISSUED",
                "ended_at": row.asked_at,
                "version": 2,
                "replaced_code_sha256": "0",
            },
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Amendment.objects.filter(pk=row.pk).update(**changes)


def test_the_receipt_is_made_anew_for_what_was_bought_in_the_end():
    applied, _first = raised()
    keep_receipt(applied)
    assert papers.without_receipt(limit=9, actor=SYSTEM) == ()
    asks(applied)
    pays(applied)
    stale = papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)
    kept(applied, claimed(applied))

    keep_receipt(applied, stale)
    assert papers.without_receipt(limit=9, actor=SYSTEM) == (applied.id,)
    said = papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)
    assert (said.amount, said.premium) == (MORE, Money.yuan(500))
    keep_receipt(applied)
    assert papers.without_receipt(limit=9, actor=SYSTEM) == ()


def keep_receipt(applied: Applied, said: Receipt | None = None) -> None:
    said = said or papers.receipt(application_id=applied.id, at=applied.at, actor=SYSTEM)
    made = given_documents.signed(b"%PDF-1.7 receipt", said.guarantor, at=applied.at)
    receipts.keep(application_id=applied.id, said=said, receipt=made, at=applied.at, actor=SYSTEM)


def test_after_a_reversal_a_fall_gives_back_no_more_than_stands():  # INV-31
    applied, _first = raised()
    asks(applied)
    entry = pays(applied)
    kept(applied, claimed(applied))
    premiums.booked(premiums.reversal_of(entry))
    lowered = changed(applied, AMOUNT)

    asks(lowered, at=lowered.at + SECOND)
    kept(lowered, claimed(lowered))

    assert gone(lowered) == []
    assert (earned(lowered), lowered.now.premium) == (Money.yuan(300), Money.yuan(300))
    agree()


def longer() -> tuple[Applied, ToAmend]:
    """Return a letter that a worker makes longer, over its amount."""
    applied, _first = issued()
    further = replace(applied, lot=given_tenders.postponed(applied.lot, by=20 * DAY))
    look(further)
    asks(further)
    return further, claimed(further)


def test_raised_while_it_is_only_made_longer_it_is_not_kept_and_secures_nothing():
    applied, claim = longer()
    higher = replace(applied, lot=given_tenders.amount_changed(applied.lot, MORE))

    assert kept(higher, claim) is AmendmentState.REFUSED

    look(higher)
    assert higher.security[0] == "REQUIRED"
    assert (quoted(higher).to_amount, quoted(higher).to_until) == (MORE, claim.letter.valid_until)
    agree()


def test_raised_and_lowered_again_while_it_is_only_made_longer_it_secures_again():
    applied, _claim = longer()
    higher = changed(applied, MORE)
    assert applied.security[0] == "REQUIRED"
    back = replace(higher, lot=given_tenders.amount_changed(higher.lot, AMOUNT))

    again = claimed(back, at=back.at + 2 * DAY)
    assert kept(back, again, at=back.at + 2 * DAY) is AmendmentState.ISSUED

    assert back.security[0] == "SECURED"
    agree()


def test_waiting_to_be_made_longer_it_makes_room_for_one_that_says_both():
    applied, claim = longer()
    amending.keep_problem(
        amendment_id=claim.amendment_id,
        attempt=claim.attempt,
        problem="GUARANTOR_SILENT",
        at=applied.at,
        actor=SYSTEM,
    )
    higher = changed(applied, MORE)

    look(higher, at=higher.at + 2 * DAY)

    assert (asked(higher).state, asked(higher).words) == (AmendmentState.REFUSED, "AMOUNT_CHANGED")
    asks(higher, at=higher.at + 2 * DAY)
    assert asked(higher).to_amount == MORE


def test_what_nothing_was_paid_for_can_be_left():
    applied, claim = longer()

    amending.cancel(application_id=applied.id, at=applied.at, actor=applied.bidder)

    assert asked(applied).state is AmendmentState.CANCELLED
    assert kept(applied, claim) is AmendmentState.CANCELLED


def test_lowered_and_too_late_for_another_amount_it_can_still_hold_longer():
    applied, _first = issued(MORE)
    lowered = changed(applied, AMOUNT)
    late = replace(lowered, lot=given_tenders.postponed(lowered.lot, by=2 * DAY))
    last = late.lot.deadline_at
    look(late)

    asks(late, at=last + SECOND)

    assert asked(late).to_amount == MORE
    assert asked(late).to_until == asked(late).from_until + 2 * DAY


def test_a_licence_that_ends_before_the_version_does_is_refused_when_it_is_kept():
    applied, _first = raised()
    asks(applied)
    pays(applied)
    until = letter_of(applied).valid_until
    with seeing_as(SYSTEM):
        Guarantor.objects.filter(pk=applied.product.guarantor.id).update(licence_until=until)
    later = replace(applied, lot=given_tenders.postponed(applied.lot, by=5 * DAY))

    assert kept(later, claimed(later)) is AmendmentState.REFUSED

    assert asked(later).words == "GUARANTOR_LICENCE_TOO_SHORT"
    assert gone(later) == [RISE.fen]
    agree()


def test_on_a_closed_day_nothing_is_made_and_a_paused_guarantor_takes_no_more_on():
    applied, _first = raised()
    guarantor_id = applied.product.guarantor.id
    day = day_of(applied.at + 2 * DAY)
    catalogue.close(
        guarantor_id=guarantor_id,
        first_on=day,
        last_on=day,
        reason="盘点",
        at=applied.at - DAY,
        actor=SYSTEM,
    )
    catalogue.pause(guarantor_id=guarantor_id, reason="年审", at=applied.at, actor=SYSTEM)
    with pytest.raises(Refused, match="GUARANTOR_PAUSED"):
        asks(applied)
    assert len(letters.amendments(application_id=applied.id, actor=applied.bidder)) == 1
    catalogue.resume(guarantor_id=guarantor_id, at=applied.at, actor=SYSTEM)
    asks(applied)
    pays(applied)

    assert amending.claim(limit=9, at=applied.at + 2 * DAY, actor=SYSTEM) == ()
    assert claimed(applied, at=applied.at + 3 * DAY).letter.amount == MORE

"""申诉: filed with documents against what fails for whatever lot, mended by an operator or rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from biaobao.core.actor import NOBODY, SYSTEM, Actor
from biaobao.core.money import Money
from biaobao.core.refusal import NotAllowed, NotFound, Refused
from biaobao.core.uploads import BYTES_MAX, Upload
from biaobao.domain.parties.models import Organisation
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import appeals, holding, joining, keeping
from biaobao.domain.pools.models import Appeal, AppealFile
from biaobao.domain.pools.states import AppealState, MembershipState
from biaobao.domain.pools.types import Check, Mend
from biaobao.platform import files
from biaobao.platform.audit.models import AuditEvent
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given import tenders as given_tenders
from tests.given.pools import Member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
AT = given.AT + 2 * DAY
PDF = Upload("QZGC-秘密标段 更名通知.pdf", "application/pdf", b"%PDF-1.7 a notice")
PNG = Upload("回单.png", "image/png", b"\x89PNG\r\n\x1a\n a slip")
NEW_NAME = "衢州更名建设有限公司"


@pytest.fixture(autouse=True)
def world(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    given_banking.bank()


def renamed(member: Member) -> Member:
    with seeing_as(SYSTEM):
        Organisation.objects.filter(pk=member.bidder.organisation_id).update(name=NEW_NAME)
    return member


@dataclass(frozen=True)
class Filed:
    """An appeal of a company."""

    id: UUID
    bidder: Actor

    @property
    def row(self) -> Any:
        (found,) = [each for each in queries.own_appeals(actor=self.bidder) if each.id == self.id]
        return found

    def upheld(self, *mends: Mend, words: str = "已更正。", by: Actor | None = None) -> None:
        keeper = by or given_parties.operator()
        appeals.uphold(appeal_id=self.id, mends=mends, words=words, at=AT + DAY, actor=keeper)

    def rejected(self, words: str = "证明与登记不符。", by: Actor | None = None) -> None:
        keeper = by or given_parties.operator()
        appeals.reject(appeal_id=self.id, words=words, at=AT + DAY, actor=keeper)


def filed(bidder: Actor, *documents: Upload, words: str = "名称已变更，附通知书。") -> Filed:
    made = appeals.file(words=words, documents=documents or (PDF, PNG), at=AT, actor=bidder)
    return Filed(made, bidder)


class TestFiling:
    def test_its_documents_are_added_and_never_changed(self):
        filed(given_parties.bidder())

        for work in (lambda files: files.update(name="另一份.pdf"), lambda files: files.delete()):
            with seeing_as(SYSTEM), pytest.raises(IntegrityError), transaction.atomic():
                work(AppealFile.objects.all())

    def test_it_tells_what_fails_whatever_the_lot_with_its_documents(self):
        member = renamed(given.active())

        appeal = filed(member.bidder)

        row = appeal.row
        assert (row.state, row.reasons) == (AppealState.FILED, (Check.NAME_CHANGED,))
        assert (row.words, row.filed_at) == ("名称已变更，附通知书。", AT)
        assert row.membership_number == member.desk.membership.number
        assert [(each.name, each.size) for each in row.files] == [
            (PDF.name, len(PDF.content)),
            (PNG.name, len(PNG.content)),
        ]
        first = row.files[0]
        told = {"appeal_id": row.id, "file_id": first.id}
        assert queries.appeal_file(**told, actor=member.bidder) == (first, PDF.content)

    def test_documents_lie_encrypted(self):
        appeal = filed(given_parties.bidder())

        with seeing_as(SYSTEM):
            kept = Appeal.objects.get(pk=appeal.id).files.get(place=1)
        with pytest.raises(FileNotFoundError):
            files.open_kept(kept.sha256)
        with files.open_kept(kept.stored_sha256) as stored:
            assert PDF.content not in stored.read()

    @pytest.mark.parametrize(
        ("make", "reasons"),
        [
            (given_parties.bidder, (Check.NOT_MEMBER,)),
            (lambda: given.applied().bidder, (Check.NOT_MEMBER,)),
            (lambda: given.approved().bidder, (Check.DATA_NOT_SYNCED,)),
            (lambda: suspended().bidder, (Check.SUSPENDED,)),
            (lambda: renamed(suspended()).bidder, (Check.SUSPENDED, Check.NAME_CHANGED)),
        ],
    )
    def test_its_reasons_are_those_of_the_membership(self, make, reasons: tuple[Check, ...]):
        assert filed(make()).row.reasons == reasons

    def test_who_is_covered_has_nothing_to_appeal_against(self):
        member = given.active()
        with pytest.raises(Refused, match="NOTHING_TO_APPEAL"):
            filed(member.bidder)

        assert queries.own_appeals(actor=member.bidder) == ()

    @pytest.mark.parametrize(
        ("words", "documents", "codes"),
        [
            (" ", (PDF,), ["TEXT_MISSING"]),
            ("字" * 2001, (PDF,), ["TEXT_MISSING"]),
            ("请核对", (), ["APPEAL_DOCUMENTS_MISSING"]),
            ("请核对", (PDF,) * 11, ["DOCUMENTS_TOO_MANY"]),
            ("请核对", (Upload("a.pdf", "application/pdf", b""),), ["DOCUMENT_NOT_READABLE"]),
            ("请核对", (Upload("a.pdf", "application/pdf", b"MZ"),), ["DOCUMENT_NOT_READABLE"]),
            ("请核对", (Upload("a.html", "text/html", b"%PDF-"),), ["DOCUMENT_NOT_READABLE"]),
            (
                "请核对",
                (Upload("a.pdf", "application/pdf", b"%PDF-" + bytes(BYTES_MAX)),),
                ["DOCUMENT_TOO_LARGE"],
            ),
        ],
    )
    def test_what_is_no_appeal_is_refused(
        self, words: str, documents: tuple[Upload, ...], codes: list[str]
    ):
        bidder = given_parties.bidder()

        with pytest.raises(Refused) as refused:
            appeals.file(words=words, documents=documents, at=AT, actor=bidder)

        assert [each.code for each in refused.value.objections] == codes
        assert queries.own_appeals(actor=bidder) == ()

    def test_one_is_open_at_a_time(self):
        bidder = given_parties.bidder()
        first = filed(bidder)
        with pytest.raises(Refused, match="APPEAL_UNDER_WAY"):
            filed(bidder)
        appeals.withdraw(appeal_id=first.id, at=AT, actor=bidder)

        again = filed(bidder)

        states = {each.id: each.state for each in queries.own_appeals(actor=bidder)}
        assert states == {again.id: AppealState.FILED, first.id: AppealState.WITHDRAWN}

    @pytest.mark.parametrize("who", [given_parties.operator, given_parties.agency, lambda: NOBODY])
    def test_only_bidders_appeal(self, who):
        with pytest.raises(NotAllowed):
            appeals.file(words="请核对", documents=(PDF,), at=AT, actor=who())


def suspended() -> Member:
    member = given.active()
    keeping.suspend(membership_id=member.id, words="调查中", at=AT, actor=member.keeper)
    return member


class TestUpholding:
    def test_the_new_name_is_taken_over_and_the_lot_is_covered(self):
        member = renamed(given.active())
        lot = given_tenders.lot()
        given_tenders.registered(lot, member.bidder)
        at = given_tenders.DEADLINE_AT - 5 * DAY
        with pytest.raises(Refused, match="NAME_CHANGED"):
            holding.choose(lot_id=lot.id, at=at, actor=member.bidder)
        appeal = filed(member.bidder)

        appeal.upheld(Mend.TAKE_NAME, words="已核对更名通知，登记改为现名。")
        appeal.upheld(Mend.TAKE_NAME)

        row = appeal.row
        assert (row.state, row.mends) == (AppealState.UPHELD, (Mend.TAKE_NAME,))
        assert (row.decision, row.decided_at) == ("已核对更名通知，登记改为现名。", AT + DAY)
        assert member.desk.membership.member_name == NEW_NAME
        assert holding.choose(lot_id=lot.id, at=at, actor=member.bidder)

    def test_who_was_suspended_is_so_no_more(self):
        member = suspended()
        appeal = filed(member.bidder)

        appeal.upheld(Mend.RESUME)

        assert member.state is MembershipState.ACTIVE
        assert appeal.row.mends == (Mend.RESUME,)

    def test_what_was_mended_elsewhere_is_said_in_words(self):
        member = given.approved()
        appeal = filed(member.bidder)
        with pytest.raises(Refused, match="APPEAL_NOT_MENDED"):
            appeal.upheld()
        given.booked(member.pays())

        appeal.upheld(words="款项已登记到账。")

        assert (appeal.row.state, appeal.row.mends) == (AppealState.UPHELD, ())
        assert member.desk.membership.balance == Money.yuan(500_000)

    @pytest.mark.parametrize("mends", [(), (Mend.RESUME,)])
    def test_while_a_reason_holds_nothing_changes(self, mends: tuple[Mend, ...]):
        member = renamed(suspended())
        appeal = filed(member.bidder)
        name = member.desk.membership.member_name

        with pytest.raises(Refused, match="APPEAL_NOT_MENDED"):
            appeal.upheld(*mends)

        assert appeal.row.state is AppealState.FILED
        assert (member.state, member.desk.membership.member_name) == (
            MembershipState.SUSPENDED,
            name,
        )

    def test_who_is_no_member_cannot_be_made_one_by_it(self):
        appeal = filed(given_parties.bidder())

        with pytest.raises(Refused, match="APPEAL_NOT_MENDED"):
            appeal.upheld(Mend.TAKE_NAME, Mend.RESUME)

        assert appeal.row.state is AppealState.FILED


class TestDeciding:
    def test_it_is_rejected_with_words_that_its_company_reads(self):
        appeal = filed(given_parties.bidder())

        appeal.rejected("没有查到成员资格，请先申请加入。")
        appeal.rejected()

        row = appeal.row
        assert (row.state, row.decision) == (
            AppealState.REJECTED,
            "没有查到成员资格，请先申请加入。",
        )
        assert row.decided_by

    @pytest.mark.parametrize("words", ["", " ", "字" * 2001])
    def test_without_words_nothing_is_decided(self, words: str):
        member = renamed(given.active())
        appeal = filed(member.bidder)
        for decide in (
            lambda: appeal.upheld(Mend.TAKE_NAME, words=words),
            lambda: appeal.rejected(words),
        ):
            with pytest.raises(Refused, match="TEXT_MISSING"):
                decide()

        assert appeal.row.state is AppealState.FILED
        assert member.desk.membership.member_name != NEW_NAME

    def test_what_is_decided_stays_decided(self):
        member = renamed(given.active())
        appeal = filed(member.bidder)
        appeal.rejected()

        with pytest.raises(Refused, match="APPEAL_DECIDED"):
            appeal.upheld(Mend.TAKE_NAME)
        with pytest.raises(Refused, match="APPEAL_DECIDED"):
            appeals.withdraw(appeal_id=appeal.id, at=AT, actor=member.bidder)

        assert appeal.row.state is AppealState.REJECTED
        assert member.desk.membership.member_name != NEW_NAME

    def test_what_was_taken_back_is_not_decided_any_more(self):
        appeal = filed(given_parties.bidder())
        for _ in range(2):
            appeals.withdraw(appeal_id=appeal.id, at=AT, actor=appeal.bidder)

        with pytest.raises(Refused, match="APPEAL_DECIDED"):
            appeal.rejected()

        assert (appeal.row.state, appeal.row.decision) == (AppealState.WITHDRAWN, "")

    def test_only_operators_decide_and_only_its_company_takes_it_back(self):
        appeal = filed(given_parties.bidder())
        for stranger in (appeal.bidder, given_parties.supervisor(), given_parties.agency(), NOBODY):
            with pytest.raises(NotAllowed):
                appeal.upheld(by=stranger)
            with pytest.raises(NotAllowed):
                appeal.rejected(by=stranger)
        with pytest.raises(NotFound):
            appeals.withdraw(appeal_id=appeal.id, at=AT, actor=given_parties.bidder())
        with pytest.raises(NotAllowed):
            appeals.withdraw(appeal_id=appeal.id, at=AT, actor=given_parties.operator())
        with pytest.raises(NotFound):
            Filed(UUID(int=1), appeal.bidder).rejected()

        assert appeal.row.state is AppealState.FILED

    def test_the_database_itself_wants_a_reason(self):
        appeal = filed(given_parties.bidder())

        with seeing_as(SYSTEM), pytest.raises(Exception, match="pools_appeal_is_decided_by"):
            Appeal.objects.filter(pk=appeal.id).update(state="REJECTED")

    def test_every_step_is_in_the_audit_trail_and_none_tells_of_a_lot(self):
        member = renamed(given.active())
        appeal = filed(member.bidder)
        appeal.upheld(Mend.TAKE_NAME)

        with seeing_as(SYSTEM):
            events = list(AuditEvent.objects.filter(subject=f"appeal:{appeal.id}").order_by("id"))
            renaming = AuditEvent.objects.get(name="membership.renamed")
        assert [(event.name, event.lot_id) for event in events] == [
            ("appeal.filed", None),
            ("appeal.upheld", None),
        ]
        assert renaming.facts["now"] == NEW_NAME


class TestReading:
    def test_operators_find_them_waiting_first(self):
        old, young, done = (filed(given_parties.bidder(name=f"{each}建设")) for each in "甲乙丙")
        with seeing_as(SYSTEM):
            Appeal.objects.filter(pk=young.id).update(filed_at=AT + DAY)
        done.rejected()
        operator = given_parties.operator()

        def found(search: str = "", state: str = "") -> list[UUID]:
            page = queries.appeals(search=search, state=state, page=1, actor=operator)
            assert page.total == len(page.rows)
            return [each.id for each in page.rows]

        assert found() == [old.id, young.id, done.id]
        assert found(state="FILED") == [old.id, young.id]
        assert found(search="丙") == [done.id]
        assert found(search=old.row.number.lower()) == [old.id]
        assert found(search="丁") == []

    def test_they_read_how_the_membership_stands_and_not_what_documents_were_called(self):
        member = renamed(given.active())
        appeal = filed(member.bidder)

        desk = queries.appeal_desk(appeal_id=appeal.id, actor=given_parties.operator())

        assert desk.membership == member.desk.membership
        failing = [each for each in desk.verdicts if not each.passes]
        assert [(each.check, each.actual) for each in failing] == [(Check.NAME_CHANGED, NEW_NAME)]
        number = desk.appeal.number
        assert [each.name for each in desk.appeal.files] == [f"{number}-1.pdf", f"{number}-2.png"]
        told = {"appeal_id": appeal.id, "file_id": desk.appeal.files[0].id}
        kept, content = queries.appeal_file(**told, actor=given_parties.operator())
        assert (kept.name, content) == (f"{number}-1.pdf", PDF.content)

    def test_nobody_else_reads_them(self):
        appeal = filed(given_parties.bidder())
        told = {"appeal_id": appeal.id, "file_id": appeal.row.files[0].id}
        strangers = (
            *(given_parties.bidder(), given_parties.agency(), given_parties.tenderer()),
            *(given_parties.supervisor(), NOBODY),
        )
        for stranger in strangers:
            assert queries.own_appeals(actor=stranger) == ()
            with pytest.raises(NotFound):
                queries.appeal_file(**told, actor=stranger)
            with pytest.raises(NotAllowed):
                queries.appeals(search="", state="", page=1, actor=stranger)
            with pytest.raises(NotAllowed):
                queries.appeal_desk(appeal_id=appeal.id, actor=stranger)
            with seeing_as(stranger):
                assert Appeal.objects.count() == 0
        with pytest.raises(NotFound):
            queries.appeal_desk(appeal_id=UUID(int=1), actor=given_parties.operator())

    def test_a_company_reads_how_it_stands_for_whatever_lot(self):
        member = renamed(given.active())

        verdicts = queries.standing(actor=member.bidder)

        assert [each.check for each in verdicts if not each.passes] == [Check.NAME_CHANGED]
        assert [each.check for each in queries.standing(actor=given_parties.bidder())] == [
            Check.NOT_MEMBER
        ]
        assert queries.standing(actor=NOBODY) == ()


def test_whoever_withdrew_its_application_may_appeal_as_no_member():
    member = given.applied()
    joining.withdraw(membership_id=member.id, at=AT, actor=member.bidder)

    assert filed(member.bidder).row.reasons == (Check.NOT_MEMBER,)

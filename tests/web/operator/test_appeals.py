"""联保申诉 at the operator's desk: found, read and decided on, and no trace of a lot."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from biaobao.core.actor import SYSTEM, Actor
from biaobao.core.uploads import Upload
from biaobao.domain.parties.models import Organisation
from biaobao.domain.pools import queries
from biaobao.domain.pools.actions import appeals, keeping
from biaobao.domain.pools.states import AppealState, MembershipState
from biaobao.domain.pools.types import Appeal
from biaobao.platform import clock
from biaobao.platform.db import seeing_as
from tests.given import banking as given_banking
from tests.given import parties as given_parties
from tests.given import pools as given
from tests.given.pools import Member
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
URL = "/operator/appeals/"
PNG = Upload("QZGC-秘密标段.png", "image/png", b"\x89PNG\r\n\x1a\n proof")
NEW_NAME = "衢州更名建设有限公司"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def operator() -> Actor:
    return given_parties.operator()


@pytest.fixture
def renamed() -> Member:
    given_banking.bank()
    member = given.active()
    with seeing_as(SYSTEM):
        Organisation.objects.filter(pk=member.bidder.organisation_id).update(name=NEW_NAME)
    return member


def filed(bidder: Actor, *, days_ago: int = 0) -> Appeal:
    at = clock.now() - timedelta(days=days_ago)
    made = appeals.file(words="公司已更名。", documents=[PNG], at=at, actor=bidder)
    return again(bidder, made)


def again(bidder: Actor, appeal_id: UUID) -> Appeal:
    (row,) = [each for each in queries.own_appeals(actor=bidder) if each.id == appeal_id]
    return row


def text(response) -> str:
    return response.content.decode()


def test_an_empty_queue_says_what_would_be_there(operator: Actor):
    assert "没有申诉" in text(visiting(operator).get(URL))


def test_the_queue_is_paged_searched_and_told_on_the_work_list(operator: Actor):
    rows = [filed(given_parties.bidder(), days_ago=21 - n) for n in range(21)]
    browser = visiting(operator)

    pages = [browser.get(URL, {"page": number}).context["page"] for number in (1, 2)]

    assert [each.id for page in pages for each in page.rows] == [each.id for each in rows]
    assert [len(page.rows) for page in pages] == [20, 1]
    found = browser.get(URL, {"q": rows[7].number, "state": "FILED"})
    assert [each.id for each in found.context["page"].rows] == [rows[7].id]
    assert "已等 14 天" in " ".join(text(found).split())
    assert "没有符合条件的申诉" in text(browser.get(URL, {"state": "REJECTED"}))
    assert browser.get(URL, {"state": "NONE"}).context["page"].total == 21
    home = text(browser.get("/operator/"))
    assert f"{URL}?state=FILED" in home
    assert "21" in home


def test_it_is_read_with_its_papers_and_no_name_that_tells(operator: Actor, renamed: Member):
    row = filed(renamed.bidder)
    browser = visiting(operator)

    page = text(browser.get(f"{URL}{row.id}/"))

    for told in ("公司已更名。", NEW_NAME, renamed.desk.membership.number, f"{row.number}-1.png"):
        assert told in page
    assert "秘密标段" not in page
    kept = browser.get(f"{URL}{row.id}/files/{row.files[0].id}/")
    assert kept.content == PNG.content
    assert f"{row.number}-1.png" in kept["Content-Disposition"]


def test_upheld_the_new_name_is_taken_over(operator: Actor, renamed: Member):
    row = filed(renamed.bidder)
    sent = {"uphold-mends": ["TAKE_NAME"], "uphold-words": "登记改为现名。"}

    page = text(visiting(operator).post(f"{URL}{row.id}/uphold/", sent, follow=True))

    assert "已支持申诉" in page
    assert again(renamed.bidder, row.id).state is AppealState.UPHELD
    assert renamed.desk.membership.member_name == NEW_NAME
    decided = text(visiting(operator).get(f"{URL}{row.id}/"))
    for told in ("申诉成立，已更正", "登记改为现名。", "成员资格改用单位现在的名称"):
        assert told in decided
    assert "驳回申诉" not in decided


def test_what_does_not_mend_it_is_refused_and_changes_nothing(operator: Actor, renamed: Member):
    keeping.suspend(membership_id=renamed.id, words="调查中", at=clock.now(), actor=renamed.keeper)
    row = filed(renamed.bidder)
    sent = {"uphold-mends": ["TAKE_NAME"], "uphold-words": "登记改为现名。"}

    answer = visiting(operator).post(f"{URL}{row.id}/uphold/", sent)

    assert answer.status_code == 422
    assert "核对仍不能通过" in text(answer)
    assert again(renamed.bidder, row.id).state is AppealState.FILED
    assert renamed.desk.membership.member_name != NEW_NAME
    both = sent | {"uphold-mends": ["TAKE_NAME", "RESUME"]}
    visiting(operator).post(f"{URL}{row.id}/uphold/", both)
    assert renamed.state is MembershipState.ACTIVE


def test_it_is_rejected_with_a_reason(operator: Actor):
    bidder = given_parties.bidder()
    row = filed(bidder)
    address = f"{URL}{row.id}/reject/"
    silent = visiting(operator).post(address, {"reject-words": " "})
    assert silent.status_code == 422
    assert again(bidder, row.id).state is AppealState.FILED

    visiting(operator).post(address, {"reject-words": "没有成员资格。"})

    decided = again(bidder, row.id)
    assert (decided.state, decided.decision) == (AppealState.REJECTED, "没有成员资格。")
    twice = visiting(operator).post(f"{URL}{row.id}/uphold/", {"uphold-words": "已更正"})
    assert twice.status_code == 422
    assert "已有结果" in text(twice)


def test_nobody_else_comes_in():
    row = filed(given_parties.bidder())
    for stranger in (given_parties.bidder(), given_parties.agency(), given_parties.supervisor()):
        for address in (URL, f"{URL}{row.id}/", f"{URL}{row.id}/files/{row.files[0].id}/"):
            assert visiting(stranger).get(address).status_code == 403
        assert visiting(stranger).post(f"{URL}{row.id}/reject/").status_code == 403
    unknown = f"{URL}{UUID(int=1)}/"
    assert visiting(given_parties.operator()).get(unknown).status_code == 404

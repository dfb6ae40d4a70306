"""查验: by number and code, by QR code, by file; genuine or altered, by whom, and what it is worth now."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from biaobao.adapters.typesetting.typesetter import Typesetter
from biaobao.core.actor import SYSTEM
from biaobao.domain.documents.types import Finding
from biaobao.domain.guarantees.actions import issuing
from biaobao.domain.guarantees.types import SealedLetter, Standing, ToIssue
from biaobao.platform import clock
from biaobao.web.public.verify import FILE_BYTES_MAX
from biaobao.web.ui.words import FINDINGS, STANDINGS
from tests.given import banking as given_banking
from tests.given import documents as given_documents
from tests.given import guarantees as given
from tests.given import letters as given_letters
from tests.given import parties as given_parties
from tests.given import signing as given_signing
from tests.given import tenders as given_tenders
from tests.given.forgeries import HANDED_IN
from tests.given.guarantees import Applied
from tests.given.signing import Desk
from tests.given.visits import visiting

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@dataclass
class Held:
    """A letter that a guarantor issued, with the file that its holder has."""

    desk: Desk
    applied: Applied
    claim: ToIssue
    pdf: bytes

    @property
    def told(self) -> dict[str, str]:
        letter = self.claim.letter
        return {"number": letter.number, "code": letter.verification_code}


@pytest.fixture
def desk(settings, tmp_path) -> Iterator[Desk]:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.TRUST = tmp_path / "trust.pem"
    given_banking.bank()
    with given_signing.desk(tmp_path) as made:
        settings.TRUST.write_bytes(made.ca.chain)
        yield made


def issued(desk: Desk, *, days: int = 0) -> Held:
    """Return a letter whose first day is today, or so many days from now."""
    deadline_at = clock.now().replace(microsecond=0) + timedelta(days=days)
    applied = given_letters.paid(given_tenders.lot(deadline_at=deadline_at))
    claim = given_letters.claimed(applied)
    desk.make_seal(claim.letter.guarantor)
    printed = Typesetter().letter(
        claim.letter, given_documents.IMPRINT, seal_image=given_documents.SEAL_IMAGE
    )
    signed = desk.sealed(printed, claim.letter.guarantor)
    issuing.keep(
        application_id=applied.id,
        attempt=claim.attempt,
        sealed=SealedLetter(claim.letter, signed),
        at=given_letters.due_at(applied),
        actor=SYSTEM,
    )
    return Held(desk, applied, claim, signed.content)


@pytest.fixture
def held(desk: Desk) -> Held:
    return issued(desk)


def stranger() -> Client:
    return Client(HTTP_HOST="localhost")


def said(answer: HttpResponse) -> str:
    """Return what the page answers: its words, without those of the forms below."""
    assert answer.status_code == 200
    page = answer.content.decode()
    found = re.search(r'<section class="panel mb-4".*?</section>', page, re.DOTALL)
    assert found
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))).strip()


def by_number(told: dict[str, str], browser: Client | None = None) -> str:
    return said((browser or stranger()).post("/verify/", told))


def by_file(content: bytes, browser: Client | None = None) -> str:
    file = SimpleUploadedFile("保函.pdf", content, "application/pdf")
    return said((browser or stranger()).post("/verify/file/", {"file": file}))


def test_before_the_opening_only_the_holder_learns_anything(held: Held):  # INV-8
    unknown = by_number({"number": "BH000000000000", "code": held.told["code"]})
    assert "没有查到与此编号和验证码对应的保函" in unknown

    for other in (given.bidder(), given_parties.operator(), given_parties.supervisor()):
        assert by_number(held.told, visiting(other)) == unknown
    assert by_number(held.told) == unknown
    assert by_number(held.told | {"code": "A" * 26}) == unknown

    own = by_number(held.told, visiting(held.applied.bidder))
    assert "保函真实，现在有效" in own
    assert "该标段还没有开标" in own


def test_from_the_opening_on_anybody_with_number_and_code_learns_what_it_is_worth(held: Held):
    given_tenders.opened(held.applied.lot)
    letter = held.claim.letter

    answer = by_number(held.told)

    assert "有效 保函真实，现在有效" in answer
    for fact in (
        letter.number,
        letter.guarantor.name,
        f"{letter.applicant.name} {letter.applicant.uscc}",
        letter.beneficiary.name,
        held.applied.lot.code,
        f"{letter.amount} {letter.amount.in_capitals()}",
        f"{letter.valid_from} 至 {letter.valid_until}",
        given_letters.letter_of(held.applied).sha256,
    ):
        assert fact in answer
    assert "没有查到" in by_number(held.told | {"code": held.told["code"][:-1]})


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "尚未开始 保函真实，担保期间还没有开始"), (-150, "已过期 保函真实，有效期已过")],
    ids=["before", "after"],
)
def test_before_its_first_day_and_after_its_last_it_is_not_called_valid(
    desk: Desk, days: int, words: str
):
    held = issued(desk, days=days)

    by_holder = by_number(held.told, visiting(held.applied.bidder))
    file = by_file(held.pdf, visiting(held.applied.bidder))

    assert words in by_holder
    assert words.split(maxsplit=1)[0] in file
    for told in (by_holder, file):
        assert "现在有效" not in told
        assert "生效" not in told


def test_the_qr_code_leads_to_the_verdict_at_once(held: Held):
    given_tenders.opened(held.applied.lot)
    number, code = held.told.values()

    assert "保函真实，现在有效" in said(stranger().get(f"/verify/{number}/", {"code": code}))
    without_code = stranger().get(f"/verify/{number}/").content.decode()
    assert f'value="{number}"' in without_code
    assert "没有查到" not in without_code


def test_a_genuine_file_says_who_signed_it_when_and_what_it_is_worth(held: Held):
    letter = held.claim.letter
    sealed = by_file(held.pdf)
    assert "签名真实，文件没有改动" in sealed
    assert "平台现在查不到它的现状" in sealed
    assert f"签名单位 {letter.guarantor.name} {letter.guarantor.uscc}" in sealed
    assert "签名时间（时间戳） 2026-03-02 09:00:00" in sealed
    assert letter.verification_code not in sealed

    assert "保函现在有效" in by_file(held.pdf, visiting(held.applied.bidder))
    given_tenders.opened(held.applied.lot)
    assert "签名真实，文件没有改动，保函现在有效" in by_file(held.pdf)


def test_a_genuine_file_that_is_not_the_one_kept_says_so(held: Held):
    given_tenders.opened(held.applied.lot)
    other = Typesetter().letter(
        held.claim.letter, given_documents.IMPRINT, seal_image=given_documents.SEAL_IMAGE
    )

    answer = by_file(held.desk.sealed(other, held.claim.letter.guarantor).content)

    assert "平台登记的现行文件不是这一份" in answer
    assert "现在有效" not in answer


def test_one_changed_byte_and_it_proves_nothing(held: Held):
    given_tenders.opened(held.applied.lot)

    answer = by_file(held.pdf.replace(b"/Lang", b"/Lamg", 1))

    assert "文件在签名之后被改动" in answer
    assert held.claim.letter.applicant.name not in answer


@pytest.mark.parametrize("what", HANDED_IN)
def test_scenario_26_each_gets_its_answer_on_the_page(desk: Desk, what: str):
    make, finding = HANDED_IN[what]

    answer = by_file(make(desk))

    _tone, word, title, *_ = FINDINGS[finding]
    assert f"{word} {title}" in answer
    is_genuine = finding is Finding.GENUINE
    assert (given_documents.BENEFICIARY.name in answer) is is_genuine
    named = {"签名单位 " + p.name for p in (given_documents.GUARANTOR, given_documents.APPLICANT)}
    assert {each for each in named if each in answer} == {
        Finding.OTHER_SIGNER: {"签名单位 " + given_documents.APPLICANT.name},
        Finding.GENUINE: {"签名单位 " + given_documents.GUARANTOR.name},
    }.get(finding, set())


def test_a_receipt_is_known_for_what_it_is(desk: Desk):
    printed = Typesetter().receipt(given_documents.receipt(), seal_image=given_documents.SEAL_IMAGE)

    answer = by_file(desk.sealed(printed).content)

    assert "签名真实，文件没有改动" in answer
    assert "文件 购买凭证" in answer
    assert "保费 ¥400.00 肆佰元整" in answer
    assert "缴费时间 2025-12-05 09:30:00" in answer


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "这不是完整的 PDF 文件"), (b"GIF89a", "这不是完整的 PDF 文件")],
)
def test_what_is_no_document_proves_nothing(desk: Desk, content: bytes, words: str):
    assert words in by_file(content)


def test_an_unsigned_letter_proves_nothing(desk: Desk):
    printed = Typesetter().letter(
        given_documents.letter(), given_documents.IMPRINT, seal_image=given_documents.SEAL_IMAGE
    )

    assert "文件没有电子签名" in by_file(printed)


def test_a_file_that_is_too_large_or_none_is_asked_for_again(desk: Desk):
    for told in (
        {"file": SimpleUploadedFile("a.pdf", bytes(FILE_BYTES_MAX + 2**15), "application/pdf")},
        {"file": ""},
    ):
        answer = stranger().post("/verify/file/", told)
        assert answer.status_code == 422
        assert 'class="field-errors"' in answer.content.decode()


def test_nothing_typed_is_asked_for_again():
    answer = stranger().post("/verify/", {"number": "", "code": ""})

    assert answer.status_code == 422
    assert answer.content.decode().count("请填写这一项。") == 4


def test_every_finding_and_standing_has_words():
    assert set(FINDINGS) == set(Finding)
    assert set(STANDINGS) == set(Standing)

"""Documents as they are printed, read back by poppler and qpdf."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from biaobao.adapters.typesetting.typesetter import FONTS, Typesetter
from biaobao.core.money import Money
from biaobao.core.refusal import Refused
from biaobao.domain.documents.ports import NotSet
from biaobao.domain.documents.types import Form, Paper, Party
from biaobao.web.guarantor.forms import TEXTS
from tests.given import documents as given
from tests.outside import told

SEAL = given.SEAL_IMAGE
# Each is in names of people, and in few fonts.
RARE = ("䶮", "堃", "㛃", "翀", "喆", "𬤊")


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def words_of(pdf: bytes) -> str:
    """Return the text as poppler reads it, without the line breaks and spaces of typesetting."""
    return "".join(told("pdftotext", "-", "-", given=pdf).decode().split())


def attached(pdf: bytes, folder: Path) -> object:
    file = folder / "document.pdf"
    file.write_bytes(pdf)
    out = folder / "data.json"
    told("pdfdetach", "-savefile", "data.json", "-o", out, file)
    return json.loads(out.read_text())


def test_a_letter_has_all_that_a_letter_must_have(typesetter: Typesetter):
    letter = given.letter()

    words = words_of(typesetter.letter(letter, given.IMPRINT, seal_image=SEAL))

    for expected in (
        *(letter.number, letter.verification_code, given.IMPRINT.verification_url),
        *(letter.guarantor.name, letter.guarantor.uscc, letter.guarantor.address),
        *(letter.applicant.name, letter.beneficiary.name, given.IMPRINT.certificate_serial),
        *("智慧新城道路提升工程", "一标段（编号QZGC202512001-1）", "2025年12月8日14:30:00"),
        *("人民币¥80,000.00（大写：捌万元整）", "自2025年12月8日起至2026年4月6日止", "共120日"),
        *("自收到符合要求的索赔文件之日起5个工作日内付款", "开立时间：2025年12月5日09:30:00"),
        *("不得转让", "中华人民共和国法律", "人民法院"),
    ):
        assert expected in words


# What each text says of whom it binds, how, and when it pays; and what only others say.
PROMISES = {
    "MOHURD-INDEPENDENT": (
        (
            "投标保函",
            "见索即付独立保函",
            "受益人",
            "申请人",
            "开立人",
            "不以基础关系中的抗辩拒绝付款",
        ),
        ("连带责任", "保险"),
    ),
    "MOHURD-ACCESSORY": (
        ("投标保函", "连带责任保证", "受益人", "保证期间", "我方享有申请人对贵方的抗辩"),
        ("见索即付", "保险"),
    ),
    "INSURANCE": (
        (
            "投标保证保险保险单",
            "被保险人",
            "投保人",
            "保险人",
            "保险期间自投标截止之日",
            "保险单号",
        ),
        ("保函", "连带责任", "受益人"),
    ),
}


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_promises_what_its_form_is(typesetter: Typesetter, text: str):
    said, others_say = PROMISES[text]
    _words, form, paper = TEXTS[text]
    letter = given.letter(text=text, form=form, paper=paper)

    words = words_of(typesetter.letter(letter, given.IMPRINT, seal_image=SEAL))

    for expected in (
        *said,
        *("投标截止后，在投标有效期内撤销投标文件", "无正当理由不与招标人订立合同", "附加条件"),
        *("不按招标文件的要求提交履约保证金", "招标文件规定投标保证金不予退还的其他情形"),
        *(f"起{letter.payment_days}个工作日内", "以贵方名义开立的收款账户", "一次告知全部"),
        *("投标有效期延长的", "转让", "中华人民共和国法律", "人民法院", letter.verification_code),
    ):
        assert expected in words
    assert not [other for other in others_say if other in words]


def test_a_text_that_there_is_not_is_not_printed(typesetter: Typesetter):
    for text in ("", "MOHURD", "../house"):
        with pytest.raises(NotSet):
            typesetter.letter(given.letter(text=text), given.IMPRINT, seal_image=SEAL)


@pytest.mark.parametrize(
    ("form", "paper", "kind"),
    [
        (Form.INDEPENDENT, Paper.LETTER, "见索即付独立保函"),
        (Form.ACCESSORY, Paper.LETTER, "非独立保函，连带责任保证"),
        (Form.INDEPENDENT, Paper.POLICY, "投标保证保险，见索即付"),
    ],
)
def test_an_agreement_says_what_is_applied_for(
    typesetter: Typesetter, form: Form, paper: Paper, kind: str
):
    words = words_of(typesetter.agreement(given.agreement(form=form, paper=paper)))

    assert kind in words
    assert ("上列保险单" in words) is (paper is Paper.POLICY)


def test_an_agreement_and_a_receipt_have_what_they_are_for(typesetter: Typesetter):
    agreement = words_of(typesetter.agreement(given.agreement()))
    receipt = words_of(typesetter.receipt(given.receipt(), seal_image=SEAL))

    for expected in ("王建国", "李晓燕", "33050168620800001011", "¥400.00（大写：肆佰元整）"):
        assert expected in agreement
    for expected in ("SQ4T6W8BH7K2M9", "¥400.00", "到账时间2025年12月5日09:30:00"):
        assert expected in receipt


def test_a_demand_says_what_is_demanded_why_and_with_which_documents(typesetter: Typesetter):
    demand = given.demand()

    words = words_of(typesetter.demand(demand))

    for expected in (
        *(demand.number, demand.letter, demand.cause, demand.statement, demand.payee_account),
        *(given.GUARANTOR.name, given.BENEFICIARY.uscc, "¥50,000.00（大写：伍万元整）"),
        *("招标文件第三章.pdf", "ab" * 32, "申请人违反了招标文件规定的义务"),
    ):
        assert expected in words


def test_machines_find_the_same_facts_in_the_file(typesetter: Typesetter, tmp_path: Path):
    pdf = typesetter.receipt(given.receipt(), seal_image=SEAL)

    read = attached(pdf, tmp_path)

    assert read == {
        "kind": "RECEIPT",
        "version": 1,
        "facts": {
            "number": "PZ2M9QX4T6W8BH",
            "application": "SQ4T6W8BH7K2M9",
            "guarantor": {
                "name": given.GUARANTOR.name,
                "uscc": given.GUARANTOR.uscc,
                "address": given.GUARANTOR.address,
                "phone": given.GUARANTOR.phone,
            },
            "applicant": {
                "name": given.APPLICANT.name,
                "uscc": given.APPLICANT.uscc,
                "address": given.APPLICANT.address,
                "phone": given.APPLICANT.phone,
            },
            "works": {
                "project": "智慧新城道路提升工程",
                "lot": "一标段",
                "code": "QZGC202512001-1",
                "deadline_at": "2025-12-08T06:30:00+00:00",
            },
            "amount": {"fen": 8_000_000},
            "premium": {"fen": 40_000},
            "paid_at": "2025-12-05T01:30:00+00:00",
            "made_at": "2025-12-05T01:30:00+00:00",
        },
    }


def test_equal_data_give_equal_bytes_and_others_do_not(typesetter: Typesetter):
    letter = given.letter()
    first = typesetter.letter(letter, given.IMPRINT, seal_image=SEAL)

    assert Typesetter().letter(letter, given.IMPRINT, seal_image=SEAL) == first
    assert (
        typesetter.letter(replace(letter, amount=Money(1)), given.IMPRINT, seal_image=SEAL) != first
    )


def test_it_is_tagged_pdf_a_3_without_faults(typesetter: Typesetter, tmp_path: Path):
    file = tmp_path / "letter.pdf"
    file.write_bytes(typesetter.letter(given.letter(), given.IMPRINT, seal_image=SEAL))

    metadata = told("pdfinfo", "-meta", file)
    objects = json.loads(told("qpdf", "--json", file))["qpdf"][1].values()
    catalog = next(o["value"] for o in objects if _type(o) == "/Catalog")

    assert b"Tagged:          yes" in told("pdfinfo", file)
    assert b"<pdfaid:part>3</pdfaid:part>" in metadata
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert b"No syntax or stream encoding errors found" in told("qpdf", "--check", file)
    assert catalog["/MarkInfo"]["/Marked"] is True
    assert {"/StructTreeRoot", "/AF", "/OutputIntents", "/Lang"} <= catalog.keys()


def _type(found: dict[str, object]) -> object:
    value = found.get("value")
    return value.get("/Type") if isinstance(value, dict) else None


def everything(typesetter: Typesetter, applicant: Party) -> dict[str, bytes]:
    """Return every document that names a company, of each text."""
    letters = {
        text: typesetter.letter(
            given.letter(text=text, form=form, paper=paper, applicant=applicant),
            given.IMPRINT,
            seal_image=SEAL,
        )
        for text, (_words, form, paper) in TEXTS.items()
    }
    return letters | {
        "agreement": typesetter.agreement(given.agreement(applicant=applicant)),
        "receipt": typesetter.receipt(given.receipt(applicant=applicant), seal_image=SEAL),
        "demand": typesetter.demand(given.demand(applicant=applicant)),
    }


def test_rare_names_are_printed_right_in_every_document(typesetter: Typesetter, tmp_path: Path):
    name = "衢州" + "".join(RARE) + "建设有限公司"

    made = everything(typesetter, replace(given.APPLICANT, name=name))

    assert len(made) == len(TEXTS) + 3
    for pdf in made.values():
        assert name in words_of(pdf)
        # Drawn by the fonts in the file, of which the next test says that they have its shapes.
        file = tmp_path / "document.pdf"
        file.write_bytes(pdf)
        assert all(_is_embedded(line) for line in _fonts(file))


def _fonts(file: Path) -> list[str]:
    return told("pdffonts", file).decode().splitlines()[2:]


def _is_embedded(line: str) -> bool:
    return line.split()[-5] == "yes"


@pytest.mark.parametrize(
    ("name", "lacking"), [("𠀀𠀀建设", "𠀀"), ("建\u200b设", "\u200b"), ("😀A\n", "😀\n")]
)
def test_what_cannot_be_printed_is_refused_and_named(
    typesetter: Typesetter, name: str, lacking: str
):
    with pytest.raises(Refused) as at_once:
        typesetter.check("衢州", name)
    letter = given.letter(works=replace(given.WORKS, project=name))
    with pytest.raises(Refused) as in_a_letter:
        typesetter.letter(letter, given.IMPRINT, seal_image=SEAL)

    for refused in (at_once, in_a_letter):
        (objection,) = refused.value.objections
        assert (objection.code, objection.facts) == (
            "UNPRINTABLE_CHARACTERS",
            {"characters": lacking},
        )


@pytest.mark.parametrize("font", ["NotoSerifSC_400Regular.ttf", "NotoSansSC_500Medium.ttf"])
def test_each_font_has_every_character_that_passes(font: str):
    with TTFont(FONTS / font) as opened:
        shapes = {chr(code): opened["glyf"][name] for code, name in opened.getBestCmap().items()}

    assert set((FONTS / "characters.txt").read_text()) - set(shapes) == {"\n"}
    blank = {character for character, shape in shapes.items() if not shape.numberOfContours}
    assert not [character for character in blank if not character.isspace()]


def test_without_its_fonts_nothing_is_set(tmp_path: Path):
    with pytest.raises(NotSet, match="unknown font family"):
        Typesetter(fonts=tmp_path).receipt(given.receipt(), seal_image=SEAL)


@pytest.mark.parametrize("picture", [b"", b"<svg", b"<g/>", b"\xff\xd8\xff"])
def test_what_is_no_picture_of_a_seal_is_not_printed(typesetter: Typesetter, picture: bytes):
    with pytest.raises(NotSet):
        typesetter.receipt(given.receipt(), seal_image=picture)


def test_a_seal_whose_words_would_be_left_out_is_refused(typesetter: Typesetter):
    worded = SEAL.replace(b"</svg>", '<text y="50">印章𠀀</text></svg>'.encode())

    with pytest.raises(Refused) as refused:
        typesetter.letter(given.letter(), given.IMPRINT, seal_image=worded)

    assert refused.value.objections[0].facts == {"characters": "𠀀"}

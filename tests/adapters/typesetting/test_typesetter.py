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
from biaobao.domain.documents.types import Form
from tests.given import documents as given
from tests.outside import told

SEAL = given.SEAL_IMAGE


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


def test_the_two_forms_promise_different_things(typesetter: Typesetter):
    on_demand, joint = (
        words_of(typesetter.letter(given.letter(form=form), given.IMPRINT, seal_image=SEAL))
        for form in Form
    )

    assert ("见索即付独立保函" in on_demand, "连带责任" in on_demand) == (True, False)
    assert ("见索即付独立保函" in joint, "连带责任保证" in joint) == (False, True)


def test_an_agreement_and_a_receipt_have_what_they_are_for(typesetter: Typesetter):
    agreement = words_of(typesetter.agreement(given.agreement()))
    receipt = words_of(typesetter.receipt(given.receipt(), seal_image=SEAL))

    for expected in ("王建国", "李晓燕", "33050168620800001011", "¥400.00（大写：肆佰元整）"):
        assert expected in agreement
    for expected in ("SQ4T6W8BH7K2M9", "¥400.00", "到账时间2025年12月5日09:30:00"):
        assert expected in receipt


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


@pytest.mark.parametrize("name", ["王䶮", "李堃", "赵㛃", "周翀", "张喆", "吴𬤊"])
def test_rare_names_are_printed_right(typesetter: Typesetter, name: str):
    applicant = replace(given.APPLICANT, name=f"衢州{name}建设有限公司")

    pdf = typesetter.letter(given.letter(applicant=applicant), given.IMPRINT, seal_image=SEAL)

    assert applicant.name in words_of(pdf)


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
        covered = {chr(code) for code in opened.getBestCmap()}

    assert set((FONTS / "characters.txt").read_text()) - covered == {"\n"}


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

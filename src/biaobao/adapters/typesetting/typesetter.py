"""Documents by typst: tagged PDF/A-3, the same bytes for the same data."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import segno
import typst
from lxml import etree

from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.core.refusal import refuse
from biaobao.domain.documents.ports import NotSet
from biaobao.domain.documents.types import Agreement, Demand, Imprint, Kind, Letter, Receipt

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
# What the attached data look like; raised when a field changes its meaning.
DATA_VERSION = 1

SVG = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)


class Typesetter:
    """Sets documents with the fonts and templates beside this file, and with nothing from the machine."""

    def __init__(self, fonts: Path = FONTS) -> None:
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        )
        self._printable = frozenset((FONTS / "characters.txt").read_text()) - {"\n"}

    def check(self, *texts: str) -> None:
        """Let texts pass that can be printed.

        :raises Refused: UNPRINTABLE_CHARACTERS, with those that cannot.
        """
        lacking = dict.fromkeys(c for text in texts for c in text if c not in self._printable)
        if lacking:
            raise refuse("UNPRINTABLE_CHARACTERS", characters="".join(lacking))

    def letter(self, letter: Letter, imprint: Imprint, *, seal_image: bytes) -> bytes:
        qr = io.BytesIO()
        segno.make(imprint.verification_url, error="m").save(qr, kind="svg", border=0)
        pictures = {"seal": self._checked(seal_image), "qr": qr.getvalue()}
        facts = _fields(letter) | _fields(imprint)
        return self._set(Kind.LETTER, facts, imprint.issued_at, pictures, days=str(letter.days))

    def agreement(self, agreement: Agreement) -> bytes:
        return self._set(Kind.AGREEMENT, _fields(agreement), agreement.made_at, {})

    def demand(self, demand: Demand) -> bytes:
        return self._set(Kind.DEMAND, _fields(demand), demand.made_at, {})

    def receipt(self, receipt: Receipt, *, seal_image: bytes) -> bytes:
        pictures = {"seal": self._checked(seal_image)}
        return self._set(Kind.RECEIPT, _fields(receipt), receipt.made_at, pictures)

    def _checked(self, picture: bytes) -> bytes:
        """Return a seal whose words can be printed: others would be left out of it, without a warning."""
        try:
            words = etree.fromstring(picture, SVG).itertext()
        except etree.XMLSyntaxError as problem:
            raise NotSet(f"seal: {problem}") from problem
        self.check(*(str(word).strip() for word in words))
        return picture

    def _set(
        self,
        kind: Kind,
        facts: Mapping[str, Any],
        at: datetime,
        pictures: Mapping[str, bytes],
        **reckoned: str,
    ) -> bytes:
        printed = _printed(facts) | reckoned
        self.check(*_texts(printed))
        data = {"kind": kind, "version": DATA_VERSION, "facts": facts}
        compiler = typst.Compiler(
            TEMPLATES / f"{kind.lower()}.typ", root=TEMPLATES, font_paths=self._fonts
        )
        inputs = {"data": orjson.dumps(data), "printed": orjson.dumps(printed), **pictures}
        try:
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf",
                pdf_standards=["a-3a", "ua-1"],
                timestamp=int(at.timestamp()),
                sys_inputs={name: content.decode() for name, content in inputs.items()},
            )
        except (typst.TypstError, UnicodeDecodeError) as problem:
            raise NotSet(str(problem)) from problem
        # A font that is not found gives a blank page and no more than a warning.
        if warnings or not isinstance(pdf, bytes):
            raise NotSet("; ".join(str(warning) for warning in warnings))
        return pdf


def _printed(value: Any) -> Any:
    """Return facts as people read them: words and figures only."""
    match value:
        case Money():
            return {"figures": str(value), "words": value.in_capitals()}
        case datetime():
            return f"{value.astimezone(SHANGHAI):%Y年%-m月%-d日 %H:%M:%S}"
        case date():
            return f"{value:%Y年%-m月%-d日}"
        case str() | int():
            return str(value)
        case tuple():
            return {str(number): _printed(each) for number, each in enumerate(value, 1)}
    fields = value if isinstance(value, Mapping) else _fields(value)
    return {name: _printed(each) for name, each in fields.items()}


def _fields(facts: Any) -> dict[str, Any]:
    return {each.name: getattr(facts, each.name) for each in dataclasses.fields(facts)}


def _texts(printed: Any) -> Iterator[str]:
    if isinstance(printed, str):
        yield printed
        return
    for each in printed.values():
        yield from _texts(each)

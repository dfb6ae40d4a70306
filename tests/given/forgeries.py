"""Scenario 26 of the domain: what people might hand in as a letter, and what checking each finds."""

from __future__ import annotations

import io
from collections.abc import Callable

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from biaobao.adapters.typesetting.typesetter import Typesetter
from biaobao.core.money import Money
from biaobao.domain.documents.types import Finding
from tests.given import documents as given
from tests.given.signing import Desk


def _printed(amount: Money | None = None) -> bytes:
    letter = given.letter(amount=amount) if amount else given.letter()
    return Typesetter().letter(letter, given.IMPRINT, seal_image=given.SEAL_IMAGE)


def _fake(_desk: Desk) -> bytes:
    return _printed()


def _raised(desk: Desk) -> bytes:
    """Return a genuine letter whose pages are those of a letter over ten times the amount."""
    writer = IncrementalPdfFileWriter(io.BytesIO(desk.sealed(_printed()).content))
    other = PdfFileReader(io.BytesIO(_printed(Money.yuan(800_000))))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(
        writer.import_object(other.root["/Pages"]["/Kids"][0]["/Contents"].get_object())
    )
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))
    raised = io.BytesIO()
    writer.write(raised)
    return raised.getvalue()


def _by_another(desk: Desk) -> bytes:
    desk.make_seal(given.APPLICANT)
    return desk.sealed(_printed(), given.APPLICANT).content


def _expired_since(desk: Desk) -> bytes:
    desk.make_seal(days=1)
    return desk.sealed(_printed()).content


HANDED_IN: dict[str, tuple[Callable[[Desk], bytes], Finding]] = {
    "a fake without a signature": (_fake, Finding.UNSIGNED),
    "an altered amount": (_raised, Finding.ALTERED),
    "a valid signature of a wrong issuer": (_by_another, Finding.OTHER_SIGNER),
    "an expired certificate with a valid timestamp": (_expired_since, Finding.GENUINE),
}

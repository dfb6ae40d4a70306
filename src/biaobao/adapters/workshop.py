"""What documents are made, signed and checked with, and who is asked before, as the settings say.

Pages and the worker come here for all of it. Revocation lists are those of ``parties.revocation_lists``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import segno
from django.conf import settings

from biaobao.adapters.guarantors.sandbox import SandboxGuarantor
from biaobao.adapters.invoicing.http import HttpInvoicing
from biaobao.adapters.signing.pades import PadesSigner, Seals
from biaobao.adapters.signing.pades_checking import PadesChecker
from biaobao.adapters.signing.timestamps import TimestampsAt
from biaobao.adapters.typesetting.typesetter import Typesetter
from biaobao.domain.documents.ports import Sealing, Signing, Typesetting, Verifying
from biaobao.domain.guarantees.ports import GuarantorChannel
from biaobao.domain.invoices.ports import Invoicing


@cache
def typesetting() -> Typesetting:
    """Return what prints documents; it is a guarantee's ``Typeface`` too. Its fonts are read once."""
    return Typesetter()


def signing(revocation_lists: Sequence[bytes]) -> Signing:
    """Return what prepares and finishes signatures whose keys are elsewhere."""
    return _signer(revocation_lists)


def sealing(revocation_lists: Sequence[bytes]) -> Sealing:
    """Return what signs with the seals of guarantors."""
    return Seals(Path(settings.SEALS), _signer(revocation_lists))


def verifying(revocation_lists: Sequence[bytes] = ()) -> Verifying:
    """Return what checks PDFs, with newer lists than theirs where there are any."""
    return PadesChecker(_trust(), revocation_lists)


def guarantor() -> GuarantorChannel:
    """Return who is asked before a letter is made; nothing is asked yet."""
    return SandboxGuarantor(Path(settings.SANDBOX_GUARANTOR))


def invoicing() -> Invoicing:
    """Return who issues invoices; nothing is asked yet."""
    return HttpInvoicing(settings.INVOICING_URL, settings.INVOICING_SECRET)


def verification_url(number: str, code: str) -> str:
    """Return where a letter or a receipt is verified at once, for its QR code."""
    return f"{settings.ORIGIN}/verify/{number}/?code={code}"


def verification_qr(number: str, code: str) -> str:
    """Return the QR code of a receipt on a page, as the address of a picture."""
    return segno.make(verification_url(number, code), error="m").svg_data_uri(border=0)


def _signer(revocation_lists: Sequence[bytes]) -> PadesSigner:
    return _signer_of(_trust(), tuple(revocation_lists), settings.TSA_URL)


# A worker signs one document after the other under the same lists; new ones are seen at once.
@lru_cache(maxsize=1)
def _signer_of(trust: bytes, revocation_lists: tuple[bytes, ...], url: str) -> PadesSigner:
    return PadesSigner(trust, revocation_lists, TimestampsAt(url))


def _trust() -> bytes:
    return Path(settings.TRUST).read_bytes()

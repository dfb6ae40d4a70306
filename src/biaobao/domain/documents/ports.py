"""What the house asks of typesetting, of keys, of a timestamp authority, and of who checks a document.

None of them is called with a transaction open.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from biaobao.domain.documents.types import (
    Agreement,
    Demand,
    Imprint,
    Letter,
    Receipt,
    Signed,
    Verdict,
)
from biaobao.domain.parties.types import Holder


class NotSet(Exception):
    """A seal's picture, or a template of ours, does not come out as it should; nothing is printed."""


class CannotSign(Exception):
    """This key or certificate signs nothing now; the message is a code like CERTIFICATE_EXPIRED."""


class TimestampUnavailable(Exception):
    """The timestamp authority gave no timestamp: nothing is signed, and asking again is safe."""


class Typesetting(Protocol):
    """Data to tagged PDF/A-3. Equal data give equal bytes; the data are attached as JSON."""

    def check(self, *texts: str) -> None:
        """Let texts pass that can be printed.

        :raises Refused: UNPRINTABLE_CHARACTERS, with those that cannot.
        """

    def letter(self, letter: Letter, imprint: Imprint, *, seal_image: bytes) -> bytes:
        """Return the letter with its seal, not yet signed.

        :param seal_image: of the guarantor, SVG.
        :raises Refused: as ``check``.
        :raises NotSet: if the picture of the seal cannot be printed whole.
        """

    def agreement(self, agreement: Agreement) -> bytes:
        """:raises Refused: as ``check``."""

    def receipt(self, receipt: Receipt, *, seal_image: bytes) -> bytes:
        """Take and raise what ``letter`` does."""

    def demand(self, demand: Demand) -> bytes:
        """:raises Refused: as ``check``."""


class Timestamping(Protocol):
    """A timestamp authority (RFC 3161)."""

    def stamp(self, sha256: bytes) -> bytes:
        """Return a timestamp token (CMS, DER) over the hash.

        :raises TimestampUnavailable: if there is none to be had.
        """


class Sealing(Protocol):
    """Signing with the keys of guarantors that are kept here: PAdES B-LT, with a timestamp."""

    def holder(self, uscc: str) -> Holder:
        """Return what the certificate of a guarantor's seal says.

        :raises CannotSign: if no seal of that organisation is here, or it is of no trusted authority.
        """

    def picture(self, uscc: str) -> bytes:
        """Return the picture of a guarantor's seal, SVG.

        :raises CannotSign: if there is none.
        """

    def seal(self, content: bytes, *, uscc: str, at: datetime) -> Signed:
        """Return the PDF signed by the guarantor.

        :raises CannotSign: if its seal is not here, or its certificate is not trusted or not valid.
        :raises TimestampUnavailable: if the authority gives none.
        """


class Signing(Protocol):
    """Signing with a key that is elsewhere: the page signs, the server does the rest. PAdES B-LT too.

    What is prepared has to be kept until the signature comes: prepared anew, it is another file.
    """

    def prepare(self, content: bytes, *, certificate: bytes, at: datetime) -> bytes:
        """Return the PDF with room for a signature of the certificate (DER).

        :raises NotOurs: if the certificate is of no trusted authority.
        :raises CannotSign: if it is not valid.
        """

    def to_be_signed(self, prepared: bytes, *, certificate: bytes) -> bytes:
        """Return the bytes that the certificate's key must sign."""

    def finish(self, prepared: bytes, *, certificate: bytes, signature: bytes) -> Signed:
        """Return the signed PDF.

        :param signature: RSASSA-PKCS1-v1_5 with SHA-256, or for P-256 the 64 bytes r and s.
        :raises NotOurs: if the certificate's key did not make it, over what was to be signed.
        :raises CannotSign: if the certificate is not valid any more.
        :raises TimestampUnavailable: if the authority gives none.
        """


class Verifying(Protocol):
    """Checking a PDF with nothing but the trusted authorities' certificates. Needs no network."""

    def verify(self, content: bytes, *, signer: str = "") -> Verdict:
        """Return what the PDF proves.

        :param signer: credit code of who must have signed it; empty: whoever did is told.
        """

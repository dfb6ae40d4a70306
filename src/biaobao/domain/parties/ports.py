"""What the house asks about certificates. Nothing here goes over a network."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from biaobao.domain.parties.types import Holder


class NotOurs(Exception):
    """The certificate is of no trusted authority, cannot be read, or did not sign this."""


class CertificateAuthority(Protocol):
    """The authorities that this installation trusts."""

    def holder(self, certificate: bytes) -> Holder:
        """Return what the certificate says, once its chain ends at a trusted authority.

        :raises NotOurs: if it does not.
        """

    def check_signature(self, certificate: bytes, signature: bytes, content: bytes) -> None:
        """Let a signature over the content pass if the certificate's key made it.

        :raises NotOurs: if it did not.
        """

    def objection(self, certificate: bytes, revocation_list: bytes | None, at: datetime) -> str:
        """Return the code of the first thing wrong with a certificate of ours, or nothing.

        CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_FOR_SIGNING,
        CERTIFICATE_REVOKED, or REVOCATION_UNKNOWN without a current list that its issuer signed.
        """

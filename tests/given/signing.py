"""A guarantor's desk for tests: a sandbox CA, its timestamp authority over HTTP, and seals."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from biaobao.adapters.signing import keys
from biaobao.adapters.signing.pades import PadesSigner, Seals
from biaobao.adapters.signing.pades_checking import PadesChecker
from biaobao.adapters.signing.sandbox_ca.authority import Issued, SandboxAuthority
from biaobao.adapters.signing.sandbox_tsa.authority import SandboxTimestamps
from biaobao.adapters.signing.sandbox_tsa.server import serve
from biaobao.adapters.signing.timestamps import TimestampsAt
from biaobao.core.actor import SYSTEM
from biaobao.domain.documents.types import Party, Signed
from biaobao.domain.parties import actions as parties
from biaobao.platform import clock
from tests.given import certificates
from tests.given.documents import GUARANTOR, SEAL_IMAGE
from tests.given.parties import AT


@dataclass
class Desk:
    """Signs with certificates of an authority, issued at an instant.

    ``now`` is what the timestamp authority takes for the time.
    """

    ca: SandboxAuthority
    folder: Path
    url: str
    at: datetime
    now: datetime

    def lists(self) -> tuple[bytes, ...]:
        return (self.ca.revocation_list(at=self.at),)

    def signer(
        self, *, url: str = "", trust: bytes = b"", lists: tuple[bytes, ...] | None = None
    ) -> PadesSigner:
        """Return a signer that trusts this authority, and others in ``trust``."""
        kept = self.lists() if lists is None else lists
        return PadesSigner(self.ca.chain + trust, kept, TimestampsAt(url or self.url))

    def seals(self, signer: PadesSigner | None = None) -> Seals:
        return Seals(self.folder / "seals", signer or self.signer())

    def make_seal(
        self, guarantor: Party = GUARANTOR, *, days: int = 365, at: datetime | None = None
    ) -> Issued:
        """Have a seal certified for a guarantor, in the place of the one it had."""
        issued = certificates.issued(
            self.ca,
            uscc=guarantor.uscc,
            organisation=guarantor.name,
            person="电子印章",
            days=days,
            at=at or self.at,
        )
        path = self.folder / "seals" / f"{guarantor.uscc}.pem"
        keys.keep(path, issued.pkcs12, certificates.PASSWORD)
        path.with_suffix(".svg").write_bytes(SEAL_IMAGE)
        return issued

    def sealed(self, content: bytes, guarantor: Party = GUARANTOR) -> Signed:
        return self.seals().seal(content, uscc=guarantor.uscc, at=self.at)

    def checker(self, *lists: bytes) -> PadesChecker:
        return PadesChecker(self.ca.chain, lists)


@contextmanager
def desk(folder: Path, *, at: datetime = AT) -> Iterator[Desk]:
    """Start a timestamp authority whose clock the test sets."""
    ca = certificates.authority(folder / "ca", at=at)
    made = Desk(ca, folder, "", at, at)
    authority = SandboxTimestamps(folder / "tsa", lambda asked: ca.issue(asked, at=at))
    with answering(authority, lambda: made.now) as url:
        made.url = url
        made.make_seal(at=at)
        yield made


@contextmanager
def answering(authority: SandboxTimestamps, now: Callable[[], datetime]) -> Iterator[str]:
    server = serve(authority, 0, now)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def trusted(settings: Any, folder: Path) -> Iterator[Desk]:
    """Let the house trust an authority with a current list, and its timestamp authority, all of this hour."""
    with desk(folder, at=clock.now()) as made:
        trust = folder / "trust.pem"
        trust.write_bytes(made.ca.chain)
        settings.TRUST, settings.TSA_URL = trust, made.url
        settings.MEDIA_ROOT = folder / "files"
        keep_list(made)
        yield made


def keep_list(made: Desk) -> None:
    content = made.ca.revocation_list(at=clock.now())
    newest = certificates.trust(made.ca).read_revocation_list(content)
    parties.keep_revocation_list(revocation_list=newest, at=clock.now(), actor=SYSTEM)


def signed_form(answer: HttpResponse, key: Issued) -> dict[str, str]:
    """Return what a page sends once its key has signed what the server prepared."""
    assert answer.status_code == HTTPStatus.OK, answer.content.decode()
    told = json.loads(answer.content)
    signature = certificates.signature(key, base64.b64decode(told["to_be_signed"]))
    return {
        "certificate": base64.b64encode(key.certificate).decode(),
        "signature": base64.b64encode(signature).decode(),
        "sha256": told["sha256"],
    }

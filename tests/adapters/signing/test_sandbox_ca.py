"""The sandbox authority as a server, and fetching its list."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from biaobao.adapters.signing import revocation
from biaobao.adapters.signing.sandbox_ca.authority import Request, SandboxAuthority
from biaobao.adapters.signing.sandbox_ca.remote import SandboxAuthorityAt
from biaobao.adapters.signing.sandbox_ca.server import serve
from biaobao.adapters.signing.x509 import TrustedAuthorities
from biaobao.domain.parties.ports import NotOurs
from biaobao.platform import clock
from tests.given import certificates as given
from tests.given.parties import credit_code


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    server = serve(SandboxAuthority(tmp_path / "ca", at=clock.now()), 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def trust(url: str) -> TrustedAuthorities:
    return TrustedAuthorities.from_pem(httpx.get(f"{url}/chain.pem").content)


def test_it_issues_and_revokes_over_http(url: str):
    asked = {
        "organisation": "衢州建设有限公司",
        "uscc": credit_code(),
        "person": "王建国",
        "password": given.PASSWORD,
        "days": 30,
        "key": "P-256",
    }
    issued = httpx.post(f"{url}/control/issue", json=asked).json()
    certificate = base64.b64decode(issued["certificate"])

    before = revocation.fetch(f"{url}/crl.der", trust(url))
    httpx.post(f"{url}/control/revoke", json={"serial": issued["serial"]})
    after = revocation.fetch(f"{url}/crl.der", trust(url))

    assert trust(url).holder(certificate).uscc == asked["uscc"]
    assert trust(url).objection(certificate, before.content, clock.now()) == ""
    assert trust(url).objection(certificate, after.content, clock.now()) == "CERTIFICATE_REVOKED"
    assert (before.number, after.number) == (1, 2)


def test_it_refuses_what_a_foreign_page_could_post(url: str):
    answer = httpx.post(f"{url}/control/revoke", data={"serial": "1"})

    assert answer.status_code == 415


@pytest.mark.parametrize("asked", [{}, {"organisation": "x"}, {"serial": "not hex"}, []])
def test_it_says_what_it_does_not_understand(url: str, asked: object):
    assert httpx.post(f"{url}/control/issue", json=asked).status_code == 400
    assert httpx.post(f"{url}/control/revoke", json=asked).status_code == 400
    assert httpx.get(f"{url}/elsewhere").status_code == 404
    assert httpx.get(f"{url}/healthz").text == "ok"


def test_it_is_the_same_authority_after_a_restart(tmp_path: Path):
    first = given.authority(tmp_path)
    issued = given.issued(first, uscc=credit_code())
    first.revoke(issued.serial, at=clock.now())

    second = given.authority(tmp_path)

    assert second.chain == first.chain
    assert (tmp_path / "issuing.key").stat().st_mode & 0o077 == 0
    listed = second.revocation_list(at=clock.now())
    objection = given.trust(first).objection(issued.certificate, listed, clock.now())
    assert objection == "CERTIFICATE_REVOKED"


def test_fetching_says_who_gave_nothing(url: str, tmp_path: Path):
    trusted = trust(url)

    with pytest.raises(revocation.AuthorityUnreachable):
        revocation.fetch("http://127.0.0.1:1/crl.der", trusted)
    with pytest.raises(revocation.AuthorityUnreachable):
        revocation.fetch(f"{url}/no-list", trusted)
    with pytest.raises(NotOurs):
        revocation.fetch(f"{url}/chain.pem", trusted)
    with pytest.raises(NotOurs):
        revocation.fetch(f"{url}/crl.der", given.trust(given.authority(tmp_path / "another")))


def test_the_demo_may_have_a_past(url: str):
    now = clock.now()
    asked = Request("示例公司", credit_code(), "王示例", given.PASSWORD, past_days=60)

    issued = SandboxAuthorityAt(url).issue(asked)
    listed = SandboxAuthorityAt(url).past_list(at=now - timedelta(days=12))

    certificate = x509.load_der_x509_certificate(issued.certificate)
    assert certificate.not_valid_before_utc < now - timedelta(days=59)
    made = x509.load_der_x509_crl(listed).last_update_utc
    assert made < now - timedelta(days=11)

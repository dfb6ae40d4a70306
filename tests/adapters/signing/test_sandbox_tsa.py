"""The sandbox timestamp authority as a server, and asking it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from biaobao.adapters.signing import keys
from biaobao.adapters.signing.sandbox_tsa.authority import SandboxTimestamps
from biaobao.adapters.signing.timestamps import Response, TimestampsAt
from biaobao.domain.documents.ports import TimestampUnavailable
from tests.given import certificates
from tests.given import signing as given
from tests.given.parties import AT
from tests.given.signing import Desk
from tests.outside import told

QUERY = {"Content-Type": "application/timestamp-query"}
CONTENT = b"what was there at that time"
DIGEST = hashlib.sha256(CONTENT).digest()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with given.desk(tmp_path) as made:
        yield made


@pytest.fixture
def anchors(desk: Desk, tmp_path: Path) -> tuple[str | Path, ...]:
    (tmp_path / "root.pem").write_bytes(desk.ca.root.public_bytes(Encoding.PEM))
    (tmp_path / "issuing.pem").write_bytes(desk.ca.issuing.public_bytes(Encoding.PEM))
    at = str(int(AT.timestamp()))
    return (
        *("-CAfile", tmp_path / "root.pem", "-untrusted", tmp_path / "issuing.pem"),
        *("-attime", at),
    )


def test_openssl_asks_and_is_content(desk: Desk, anchors: tuple[str | Path, ...], tmp_path: Path):
    content, question, answer = (tmp_path / name for name in ("content", "tsq", "tsr"))
    content.write_bytes(CONTENT)

    told("openssl", "ts", "-query", "-data", content, "-sha256", "-cert", "-out", question)
    response = httpx.post(desk.url, content=question.read_bytes(), headers=QUERY)
    answer.write_bytes(response.content)

    assert response.headers["Content-Type"] == "application/timestamp-reply"
    verified = told("openssl", "ts", "-verify", "-queryfile", question, "-in", answer, *anchors)
    assert verified == b"Verification: OK\n"
    assert b"Time stamp: Mar  2 01:00:00 2026 GMT" in told(
        "openssl", "ts", "-reply", "-in", answer, "-text"
    )


def test_its_certificate_is_for_timestamps_and_for_nothing_else(desk: Desk):
    key = keys.read(desk.folder / "tsa" / "key.pem")

    usage = key.certificates[0].extensions.get_extension_for_class(x509.ExtendedKeyUsage)

    assert (usage.critical, list(usage.value)) == (True, [ExtendedKeyUsageOID.TIME_STAMPING])
    assert (desk.folder / "tsa" / "key.pem").stat().st_mode & 0o777 == 0o600


def test_it_keeps_its_key(desk: Desk):
    before = keys.read(desk.folder / "tsa" / "key.pem").certificate

    def never(_: object) -> certificates.Issued:
        raise AssertionError("it is certified already")

    SandboxTimestamps(desk.folder / "tsa", never)

    assert keys.read(desk.folder / "tsa" / "key.pem").certificate == before


def test_each_token_is_of_what_was_asked_at_its_time(desk: Desk):
    asking = TimestampsAt(desk.url)
    one = _info(asking.stamp(DIGEST))
    desk.now = AT + timedelta(seconds=7, milliseconds=900)
    other = _info(asking.stamp(DIGEST))

    assert one["message_imprint"]["hashed_message"].native == DIGEST
    assert [each["gen_time"].native for each in (one, other)] == [AT, AT + timedelta(seconds=7)]
    assert one["serial_number"].native != other["serial_number"].native


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"hash": "sha1", "hashed": b"\0" * 20}, {"bad_alg"}),
        ({"hash": "sha256", "hashed": b"\0" * 31}, {"bad_alg"}),
        ({"policy": "2.999.1"}, {"unaccepted_policy"}),
    ],
)
def test_what_it_cannot_grant_it_rejects(desk: Desk, changes: dict[str, str], failure: set[str]):
    imprint = {
        "hash_algorithm": {"algorithm": changes.get("hash", "sha256")},
        "hashed_message": changes.get("hashed", DIGEST),
    }
    asked = {"version": 1, "message_imprint": imprint}
    if "policy" in changes:
        asked["req_policy"] = changes["policy"]

    answer = httpx.post(desk.url, content=tsp.TimeStampReq(asked).dump(), headers=QUERY).content

    status = Response.load(answer)["status"]
    assert (status["status"].native, status["fail_info"].native) == ("rejection", failure)


def test_openssl_reads_a_rejection(desk: Desk, tmp_path: Path):
    (tmp_path / "tsr").write_bytes(httpx.post(desk.url, content=b"", headers=QUERY).content)

    said = told("openssl", "ts", "-reply", "-in", tmp_path / "tsr", "-text").decode()

    assert "Status: Rejected." in said
    assert "Failure info: the data submitted has the wrong format" in said


@pytest.mark.parametrize("question", [b"", b"hello", b"\x30\x00"])
def test_what_is_no_question_it_says_so(desk: Desk, question: bytes):
    answer = httpx.post(desk.url, content=question, headers=QUERY).content

    status = Response.load(answer)["status"]
    assert (status["status"].native, status["fail_info"].native) == (
        "rejection",
        {"bad_data_format"},
    )


def test_a_form_of_a_foreign_page_is_no_question(desk: Desk):
    assert httpx.post(desk.url, data={"a": "b"}).status_code == 415
    assert httpx.get(desk.url).status_code == 404


class Answering:
    """An authority that gives the same answer to everybody."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def answer(self, _: bytes, **__: object) -> bytes:
        return self._answer


def test_another_answer_than_a_timestamp_of_this_is_none(desk: Desk):
    asked = {
        "version": 1,
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": DIGEST},
    }
    replayed = httpx.post(desk.url, content=tsp.TimeStampReq(asked).dump(), headers=QUERY).content
    rejection = httpx.post(desk.url, content=b"", headers=QUERY).content

    for answer, reason in (
        (b"", "no timestamp"),
        (b"<html>", "no timestamp"),
        (rejection, "refused, {'bad_data_format'}"),
        (replayed, "something else"),
    ):
        with (
            given.answering(Answering(answer), lambda: AT) as url,
            pytest.raises(TimestampUnavailable, match=reason),
        ):
            TimestampsAt(url).stamp(DIGEST)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "nonsense", ""])
def test_nobody_there_is_said_so(url: str):
    with pytest.raises(TimestampUnavailable):
        TimestampsAt(url).stamp(DIGEST)


def _info(token: bytes) -> tsp.TSTInfo:
    return tsp.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed


def test_the_demo_may_have_a_past(desk: Desk):
    at = AT - timedelta(days=12)

    token = TimestampsAt(f"{desk.url}?{urlencode({'at': at.isoformat()})}").stamp(DIGEST)

    info = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert info["gen_time"].native == at

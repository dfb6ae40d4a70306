"""Independent tools, run as strangers run them: what they say of a document does not rest on our code."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from biaobao.adapters.signing.sandbox_ca.authority import SandboxAuthority


def told(tool: str, *arguments: str | Path, given: bytes = b"") -> bytes:
    """Return what a tool says of its input; it must end without complaint."""
    path = shutil.which(tool)
    if path is None and os.environ.get("CI") != "true":
        pytest.skip(f"no {tool} on this machine: nobody could tell from outside")
    assert path, f"CI has to have {tool}"
    return subprocess.run([path, *arguments], input=given, capture_output=True, check=True).stdout


def poppler_and_qpdf_agree(content: bytes, folder: Path) -> None:
    file = folder / "signed.pdf"
    file.write_bytes(content)

    said = told("pdfsig", "-nocert", file).decode()

    assert "Signature Type: ETSI.CAdES.detached" in said
    assert "Total document signed" in said
    assert "Signature is Valid." in said
    assert b"No syntax or stream encoding errors found" in told("qpdf", "--check", file)


def openssl_agrees(content: bytes, ca: SandboxAuthority, folder: Path, *, at: datetime) -> None:
    """Let openssl check signature and timestamp of a PDF, as of an instant."""
    embedded = PdfFileReader(io.BytesIO(content)).embedded_signatures[0]
    start, length, resumes, rest = embedded.byte_range
    covered = content[start : start + length] + content[resumes : resumes + rest]
    token = embedded.signer_info["unsigned_attrs"][0]["values"][0]
    files = {
        "root.pem": ca.root.public_bytes(Encoding.PEM),
        "issuing.pem": ca.issuing.public_bytes(Encoding.PEM),
        "signature.der": cms.ContentInfo.load(embedded.pkcs7_content).dump(),
        "covered": covered,
        "token.der": token.dump(),
        "signature": embedded.signer_info["signature"].native,
    }
    paths = {name: folder / name for name in files}
    for name, part in files.items():
        paths[name].write_bytes(part)
    trust = ("-CAfile", paths["root.pem"], "-attime", str(int(at.timestamp())))

    told(
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", paths["signature.der"]),
        *("-content", paths["covered"], "-out", folder / "out", "-purpose", "any", *trust),
    )
    stamped = told(
        *("openssl", "ts", "-verify", "-token_in", "-in", paths["token.der"]),
        *("-data", paths["signature"], "-untrusted", paths["issuing.pem"], *trust),
    )

    assert (folder / "out").read_bytes() == covered
    assert stamped == b"Verification: OK\n"

"""What the environment says: read once, here, and nowhere else."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from pathlib import Path

DATA = Path(os.environ.get("BIAOBAO_DATA", ".data")).resolve()
PORT = int(os.environ.get("PORT", "8000"))
DEMO = os.environ.get("BIAOBAO_DEMO", "") == "1"
DEBUG = os.environ.get("BIAOBAO_DEBUG", "") == "1"
HOSTS = os.environ.get("BIAOBAO_HOSTS", "127.0.0.1,localhost").split(",")
# A bank's shared secret, base64: BIAOBAO_BANK_SECRET_<CODE>.
BANK_SECRET_PREFIX = "BIAOBAO_BANK_SECRET_"  # noqa: S105 - a name, no secret
SECRET_BYTES = 32

# Root and issuing certificates (PEM) of the authorities whose certificates open the door.
TRUST = Path(os.environ.get("BIAOBAO_TRUST", DATA / "trust.pem"))
# Behind a proxy: the header in which it always puts the address of the browser, e.g. X-Real-IP.
CLIENT_ADDRESS_HEADER = os.environ.get("BIAOBAO_CLIENT_ADDRESS_HEADER", "")

# The addresses under which people reach the house, e.g. https://bond.example.com: behind a proxy that
# ends TLS and always sets X-Forwarded-Proto.
ORIGINS = os.environ.get("BIAOBAO_ORIGINS", "").split()
ORIGIN = ORIGINS[0] if ORIGINS else f"http://127.0.0.1:{PORT}"

SANDBOX_BANK_PORT = PORT + 1
SANDBOX_CA_PORT = PORT + 2
# Where banks push their messages to.
INBOUND_PORT = PORT + 3
SANDBOX_TSA_PORT = PORT + 4
SANDBOX_INVOICING_PORT = PORT + 5
LAST_PORT = SANDBOX_INVOICING_PORT
SANDBOX_BANK_URL = f"http://127.0.0.1:{SANDBOX_BANK_PORT}"
SANDBOX_CA_URL = f"http://127.0.0.1:{SANDBOX_CA_PORT}"
SANDBOX_TSA_URL = f"http://127.0.0.1:{SANDBOX_TSA_PORT}"
SANDBOX_INVOICING_URL = f"http://127.0.0.1:{SANDBOX_INVOICING_PORT}"
# The desk of the sandbox guarantor, a folder.
SANDBOX_GUARANTOR = DATA / "sandbox-guarantor"
# Where the authority's revocation list is fetched from.
CRL_URL = os.environ.get("BIAOBAO_CRL_URL", f"{SANDBOX_CA_URL}/crl.der" if DEMO else "")
# Where timestamps (RFC 3161) are asked for.
TSA_URL = os.environ.get("BIAOBAO_TSA_URL", f"{SANDBOX_TSA_URL}/" if DEMO else "")
# Who issues invoices, and the secret shared with him, base64.
INVOICING_URL = os.environ.get("BIAOBAO_INVOICING_URL", SANDBOX_INVOICING_URL if DEMO else "")
INVOICING_SECRET = os.environ.get("BIAOBAO_INVOICING_SECRET", "")
# The keys that guarantors' letters are sealed with: <credit code>.pem, key and certificates.
SEALS = Path(os.environ.get("BIAOBAO_SEALS", DATA / "seals"))


def secret_key() -> str:
    """Return Django's signing key: from the environment, else one made once in the data folder."""
    return os.environ.get("BIAOBAO_SECRET_KEY") or _made_once("secret-key")


def document_key() -> bytes:
    """Return the key (256 bits) under which the keys of documents are wrapped."""
    given = os.environ.get("BIAOBAO_DOCUMENT_KEY") or _made_once("document-key")
    key = base64.b64decode(given)
    if len(key) != SECRET_BYTES:
        raise ValueError(f"BIAOBAO_DOCUMENT_KEY must be {SECRET_BYTES} bytes in base64")
    return key


def _made_once(name: str) -> str:
    """Return a secret of 32 bytes in base64, made by whichever process comes first."""
    kept = DATA / name
    if not kept.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        made = DATA / f"{name}.{secrets.token_hex(8)}"
        made.touch(mode=0o600)
        made.write_text(base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
        with contextlib.suppress(FileExistsError):
            kept.hardlink_to(made)
        made.unlink()
    return kept.read_text()


def bank_secrets() -> dict[str, str]:
    """Return the secrets shared with banks, by the bank's code."""
    return {
        name.removeprefix(BANK_SECRET_PREFIX): value
        for name, value in os.environ.items()
        if name.startswith(BANK_SECRET_PREFIX)
    }

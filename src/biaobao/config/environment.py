"""What the environment says: read once, here, and nowhere else."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

DATA = Path(os.environ.get("BIAOBAO_DATA", ".data")).resolve()
PORT = int(os.environ.get("PORT", "8000"))
DEMO = os.environ.get("BIAOBAO_DEMO", "") == "1"
DEBUG = os.environ.get("BIAOBAO_DEBUG", "") == "1"
HOSTS = os.environ.get("BIAOBAO_HOSTS", "127.0.0.1,localhost").split(",")
# A bank's shared secret: BIAOBAO_BANK_SECRET_<CODE>; in the demo all sandbox partners share one.
BANK_SECRET_PREFIX = "BIAOBAO_BANK_SECRET_"

SANDBOX_BANK_PORT = PORT + 1
SANDBOX_CA_PORT = PORT + 2


def secret_key() -> str:
    """Return Django's signing key: from the environment, else one made once in the data folder."""
    if given := os.environ.get("BIAOBAO_SECRET_KEY"):
        return given
    kept = DATA / "secret-key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def bank_secret(code: str) -> str:
    """Return the shared secret of a bank.

    :raises LookupError: if the environment has none.
    """
    name = BANK_SECRET_PREFIX + code
    try:
        return os.environ[name]
    except KeyError:
        raise LookupError(f"set {name} to the secret shared with bank {code}") from None

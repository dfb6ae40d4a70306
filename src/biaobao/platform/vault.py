"""Content kept encrypted: each under a key of its own, which only the house's key can unwrap.

Whoever has the disk and the database, but not ``DOCUMENT_KEY``, reads nothing.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.conf import settings

from biaobao.core.refusal import Objection, Refused
from biaobao.platform import files

NONCE_BYTES = 12
TAG_BYTES = 16


logger = logging.getLogger(__name__)


class CannotOpen(Refused):
    """The house's key is not the one that the content was kept under, or the file is damaged or lost."""

    def __init__(self) -> None:
        super().__init__(Objection("FILE_UNREADABLE"))


@dataclass(frozen=True, slots=True)
class Kept:
    """Where content is, and under which key.

    :param sha256: of the content itself.
    :param stored_sha256: of what lies on the disk, its name among the files.
    :param wrapped_key: the content's key, wrapped (RFC 3394).
    """

    sha256: str
    stored_sha256: str
    wrapped_key: bytes


def sha256_of(content: bytes) -> str:
    """Return under which hash a content is kept."""
    return hashlib.sha256(content).hexdigest()


def keep(content: bytes, *, limit: int) -> Kept:
    """Encrypt and keep the content, safe on disk when this returns.

    :raises TooLarge: if it has more than ``limit`` bytes.
    """
    sha256 = sha256_of(content)
    key, nonce = AESGCM.generate_key(256), secrets.token_bytes(NONCE_BYTES)
    # The content's hash is bound in: what is put in its place does not open.
    encrypted = nonce + AESGCM(key).encrypt(nonce, content, sha256.encode())
    stored = files.keep(encrypted, limit=limit + NONCE_BYTES + TAG_BYTES)
    return Kept(sha256, stored, aes_key_wrap(settings.DOCUMENT_KEY, key))


def read(kept: Kept) -> bytes:
    """Return the content.

    :raises CannotOpen: if it is not there, or the house's key does not open it.
    """
    try:
        with files.open_kept(kept.stored_sha256) as file:
            encrypted = file.read()
        nonce, rest = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        key = aes_key_unwrap(settings.DOCUMENT_KEY, kept.wrapped_key)
        return AESGCM(key).decrypt(nonce, rest, kept.sha256.encode())
    except (InvalidUnwrap, InvalidTag, FileNotFoundError) as problem:
        # Somebody must look after it: it is not the reader's doing.
        logger.error("%s is not read: %r", kept.sha256, problem)  # noqa: TRY400 - the trace tells nothing
        raise CannotOpen from None

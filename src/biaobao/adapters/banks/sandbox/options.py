"""What the bank was started with: handed over in the environment of its process."""

from __future__ import annotations

import os
from pathlib import Path

PREFIX = "DEMO_BANK_"
# In the environment of a request: what ends its connection without an answer.
HANG_UP = "demo_bank.hang_up"


def data() -> Path:
    return Path(os.environ[PREFIX + "DATA"])


def port() -> int:
    return int(os.environ[PREFIX + "PORT"])


def secret() -> str:
    return os.environ[PREFIX + "SECRET"]


def push_url() -> str:
    """Return where the house takes messages, empty when it takes none."""
    return os.environ.get(PREFIX + "PUSH_URL", "")


def folder() -> Path | None:
    """Return the folder shared with the house, if there is one."""
    named = os.environ.get(PREFIX + "FOLDER", "")
    return Path(named) if named else None

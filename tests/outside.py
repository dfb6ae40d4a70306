"""Independent tools, run as strangers run them: what they say of a document does not rest on our code."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def told(tool: str, *arguments: str | Path, given: bytes = b"") -> bytes:
    """Return what a tool says of its input; it must end without complaint."""
    path = shutil.which(tool)
    if path is None and os.environ.get("CI") != "true":
        pytest.skip(f"no {tool} on this machine: nobody could tell from outside")
    assert path, f"CI has to have {tool}"
    return subprocess.run([path, *arguments], input=given, capture_output=True, check=True).stdout

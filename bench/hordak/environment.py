"""The virtual environment that django-hordak lives in: made once, in ``.bench``, from the machine's index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.server import REPOSITORY

PACKAGES = ("django-hordak==2.0.0", "django>=5.2,<5.3", "psycopg[binary]>=3.2")
FOLDER = REPOSITORY / ".bench" / "hordak"


class NotInstalled(Exception):
    """The environment could not be made; the message is the installer's."""


def python() -> Path:
    """Return its interpreter.

    :raises NotInstalled: if the packages cannot be had.
    """
    interpreter = FOLDER / "bin" / "python"
    if not (FOLDER / "complete").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        _run(sys.executable, "-m", "venv", "--clear", "--without-pip", str(FOLDER))
        _run(uv, "pip", "install", "--quiet", "--python", str(interpreter), *PACKAGES)
        FOLDER.joinpath("complete").touch()
    return interpreter


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled(done.stderr.strip() or f"{command[0]} exited with {done.returncode}")

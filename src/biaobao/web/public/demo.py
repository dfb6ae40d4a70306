"""The made-up people of the demo, as its seed wrote them down; in production there are none."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

from django.conf import settings

from biaobao.core.actor import Role
from biaobao.web.ui.parties import ROLE_NAMES


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who may be tried out; the certificate is the name of a file, or empty."""

    organisation: str
    role: str
    person: str
    username: str
    password: str
    certificate: str = ""
    certificate_password: str = ""
    note: str = ""

    @property
    def role_name(self) -> str:
        return str(ROLE_NAMES[Role(self.role)])


def people() -> tuple[DemoPerson, ...]:
    """Return the demo's people, none outside the demo or before its seed."""
    manifest = _folder() / "people.json"
    if not settings.DEMO or not manifest.exists():
        return ()
    known = {field.name for field in fields(DemoPerson)}
    return tuple(
        DemoPerson(**{name: value for name, value in each.items() if name in known})
        for each in json.loads(manifest.read_text())
    )


def person(username: str) -> DemoPerson | None:
    return next((each for each in people() if username and each.username == username), None)


def certificate_file(name: str) -> Path | None:
    """Return a certificate file that the manifest names, so no other path can be asked for."""
    if name not in {each.certificate for each in people() if each.certificate}:
        return None
    file = _folder() / "certificates" / name
    return file if file.is_file() else None


def _folder() -> Path:
    return Path(settings.DATA) / "demo"

"""Handing out kept files."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from biaobao.platform import files


def attachment(*, name: str, media_type: str, sha256: str) -> HttpResponse:
    """Return a kept file's content to be saved under its name, never shown in the browser."""
    with files.open_kept(sha256) as kept:
        return to_be_saved(kept.read(), name=name, media_type=media_type)


def to_be_saved(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """Return content to be saved under its name, never shown in the browser."""
    # content_disposition_header quotes names in any script; it is None only without a name.
    disposition = content_disposition_header(as_attachment=True, filename=name) or ""
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": disposition}
    )

"""Handing out kept files."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from biaobao.domain.tenders.types import TenderFile
from biaobao.platform import files


def attachment(file: TenderFile) -> HttpResponse:
    """Return the file's content to be saved under its name, never shown in the browser."""
    with files.open_kept(file.sha256) as kept:
        content = kept.read()
    # content_disposition_header quotes names in any script; it is None only without a name.
    disposition = content_disposition_header(as_attachment=True, filename=file.name) or ""
    return HttpResponse(
        content, content_type=file.media_type, headers={"Content-Disposition": disposition}
    )

"""Why a bid's security is not given back, in words, and what papers that show it must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from biaobao.core.refusal import Objection
from biaobao.domain.securities.types import Cause, Upload

CAUSES = {
    Cause.BID_REVOKED: "投标截止后，在投标有效期内撤销投标文件",
    Cause.CONTRACT_REFUSED: "中标后，无正当理由不与招标人订立合同",
    Cause.CONDITIONS_ADDED: "在订立合同时提出附加条件，或者更改合同实质性内容",
    Cause.NO_PERFORMANCE_SECURITY: "中标后，不按招标文件的要求提交履约保证金",
    Cause.TENDER_FILE: "招标文件规定投标保证金不予退还的其他情形",
}
FILE_BYTES_MAX = 5 * 2**20
FILES_MAX = 10
_TYPES = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}


def objections_to_files(uploads: Sequence[Upload]) -> Iterator[Objection]:
    """Return what is wrong with the papers that show a cause: PDF, PNG or JPEG by their content."""
    if not uploads:
        yield Objection("DOCUMENTS_MISSING", "documents")
    if len(uploads) > FILES_MAX:
        yield Objection("DOCUMENTS_TOO_MANY", "documents", {"limit": str(FILES_MAX)})
    for each in uploads:
        begins = _TYPES.get(each.media_type)
        if len(each.content) > FILE_BYTES_MAX:
            limit = f"{FILE_BYTES_MAX // 2**20} MB"
            yield Objection("DOCUMENT_TOO_LARGE", "documents", {"name": each.name, "limit": limit})
        elif begins is None or not each.content.startswith(begins):
            yield Objection("DOCUMENT_NOT_READABLE", "documents", {"name": each.name})

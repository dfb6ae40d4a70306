"""Why a bid's security is not given back, in words, and what papers that show it must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from biaobao.core import uploads
from biaobao.core.refusal import Objection
from biaobao.core.uploads import Upload
from biaobao.domain.securities.types import Cause

CAUSES = {
    Cause.BID_REVOKED: "投标截止后，在投标有效期内撤销投标文件",
    Cause.CONTRACT_REFUSED: "中标后，无正当理由不与招标人订立合同",
    Cause.CONDITIONS_ADDED: "在订立合同时提出附加条件，或者更改合同实质性内容",
    Cause.NO_PERFORMANCE_SECURITY: "中标后，不按招标文件的要求提交履约保证金",
    Cause.TENDER_FILE: "招标文件规定投标保证金不予退还的其他情形",
}
FILES_MAX = 10


def objections_to_files(files: Sequence[Upload]) -> Iterator[Objection]:
    """Return what is wrong with the papers that show a cause: PDF, PNG or JPEG by their content."""
    if not files:
        yield Objection("DOCUMENTS_MISSING", "documents")
    if len(files) > FILES_MAX:
        yield Objection("DOCUMENTS_TOO_MANY", "documents", {"limit": str(FILES_MAX)})
    for each in files:
        if each.is_too_large:
            facts = {"name": each.name, "limit": uploads.LIMIT}
            yield Objection("DOCUMENT_TOO_LARGE", "documents", facts)
        elif not each.is_paper:
            yield Objection("DOCUMENT_NOT_READABLE", "documents", {"name": each.name})

"""Papers that people upload: PDF, PNG or JPEG, told by their content and not by their names."""

from __future__ import annotations

from dataclasses import dataclass

BYTES_MAX = 5 * 2**20
# As people read it.
LIMIT = f"{BYTES_MAX // 2**20} MB"
TYPES = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as uploaded: its name, its type and its bytes."""

    name: str
    media_type: str
    content: bytes

    @property
    def is_too_large(self) -> bool:
        return len(self.content) > BYTES_MAX

    @property
    def is_paper(self) -> bool:
        """Whether its content is of the type that it says, and that of a paper."""
        begins = TYPES.get(self.media_type)
        return begins is not None and self.content.startswith(begins)

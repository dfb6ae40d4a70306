"""A guarantor for demos and tests: it accepts by itself, and its people answer through files in a folder."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from biaobao.domain.guarantees.types import Answer, AnswerKind, Inquiry, Order


class SandboxGuarantor:
    """A guarantor whose desk is a folder: what waits for a person, what he said, and what was accepted.

    What was once said under a key stands.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def decide(self, inquiry: Inquiry) -> Answer:
        if (said := self._said("decided", inquiry.key)) is not None:
            return said
        self._keep("waiting", inquiry.key, Answer(AnswerKind.NOT_YET, inquiry.principal_name))
        return Answer(AnswerKind.NOT_YET)

    def accept(self, order: Order) -> Answer:
        if (said := self._said("accepted", order.key)) is not None:
            return said
        answer = Answer(AnswerKind.YES)
        self._keep("accepted", order.key, answer)
        return answer

    def waiting(self) -> dict[str, str]:
        """Return the keys of applications that wait for a person, with whose they are."""
        asked = {path.stem for path in (self._folder / "waiting").glob("*.json")}
        decided = {path.stem for path in (self._folder / "decided").glob("*.json")}
        return {
            key: said.words
            for key in sorted(asked - decided)
            if (said := self._said("waiting", key))
        }

    def say(self, key: str, answer: Answer) -> None:
        """Let a person decide on an application that waits."""
        self._keep("decided", key, answer)

    def refuse(self, key: str, words: str) -> None:
        """Let the guarantor change its mind before the letter is made."""
        self._keep("accepted", key, Answer(AnswerKind.NO, words))

    def _said(self, what: str, key: str) -> Answer | None:
        try:
            kept = json.loads(self._path(what, key).read_text())
        except FileNotFoundError:
            return None
        return Answer(AnswerKind(kept["kind"]), kept["words"])

    def _keep(self, what: str, key: str, answer: Answer) -> None:
        path = self._path(what, key)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            json.dump({"kind": answer.kind.value, "words": answer.words}, file)
        # The name appears only with the whole answer behind it.
        Path(file.name).rename(path)

    def _path(self, what: str, key: str) -> Path:
        if not key.replace("-", "").isalnum():
            raise ValueError(f"no key of ours: {key!r}")
        return self._folder / what / f"{key}.json"

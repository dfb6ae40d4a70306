"""Reads a file from a bank; whatever is wrong with it, all that is right in it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from lxml import etree

from biaobao.adapters.banks.iso20022 import mapping
from biaobao.adapters.banks.iso20022.mapping import Element, Unreadable
from biaobao.adapters.banks.iso20022.vocabulary import KINDS, NOTICE, namespace, schema
from biaobao.domain.banking.types import Balance, Entry, Message, Problem

SIZE_BYTES_MAX = 20 * 2**20
_DETAIL_CHARACTERS_MAX = 500
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_GROUPS = "{*}Ntfctn", "{*}Stmt"


def read(content: bytes) -> Message:
    """Return what a file says: whatever it holds, this answers with a message and does not raise.

    A file that is not valid is read entry by entry: each is judged alone in its envelope.
    Entries that are not booked yet (``PDNG``, ``INFO``, ``FUTR``) are left out and are no problem.
    """
    if len(content) > SIZE_BYTES_MAX:
        return _nothing("TOO_LARGE", f"more than {SIZE_BYTES_MAX} bytes")
    try:
        root = _parsed(content)
    except etree.XMLSyntaxError as problem:
        # Entities that grow too far end the parsing: what was tried says more than where it ended.
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            return _nothing("FORBIDDEN_CONSTRUCT", "a document type declaration")
        return _nothing("NOT_XML", str(problem))
    if root.getroottree().docinfo.internalDTD is not None:
        return _nothing("FORBIDDEN_CONSTRUCT", "a document type declaration")
    for kind in KINDS:
        if root.tag == f"{{{namespace(kind)}}}Document":
            return _Reading(root, kind).message()
    return _nothing("UNKNOWN_MESSAGE", f"{root.tag}: neither of {', '.join(KINDS)}")


def _nothing(code: str, detail: str) -> Message:
    return Message("", "", problems=(_problem(0, code, detail),))


def _problem(position: int, code: str, detail: str) -> Problem:
    return Problem(position, code, detail[:_DETAIL_CHARACTERS_MAX])


def _parsed(content: bytes) -> Element:
    # Made anew each time: a parser is not shared between threads.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(content, parser)
    # A validator fetches what these name. A hint is never followed, so it is not kept.
    for element in root.iter():
        for hint in ("schemaLocation", "noNamespaceSchemaLocation"):
            element.attrib.pop(_XSI + hint, "")
    return root


class _Reading:
    """One document being read; a group is the part about one account, a Ntfctn or a Stmt."""

    def __init__(self, root: Element, kind: str) -> None:
        self._root = root
        self._kind = kind
        self._schema = schema(kind)
        self._groups = [group for name in _GROUPS for group in root.findall(f"{{*}}*/{name}")]
        self._entries_of = {group: group.findall("{*}Ntry") for group in self._groups}
        every = [entry for entries in self._entries_of.values() for entry in entries]
        self._position = {entry: number for number, entry in enumerate(every, 1)}
        self._entries: list[Entry] = []
        self._balances: list[Balance] = []
        self._problems: list[Problem] = []

    def message(self) -> Message:
        message_id = mapping.text(self._root, "*/GrpHdr/MsgId")
        if self._schema.validate(self._root):
            for group, entries in self._entries_of.items():
                self._read(group, entries, left_out=0)
        elif not self._groups:
            self._problems.append(_problem(0, "NOT_VALID", self._complaint()))
        else:
            self._salvage()
        problems = sorted(dict.fromkeys(self._problems), key=lambda problem: problem.position)
        return Message(
            self._kind, message_id, tuple(self._entries), tuple(self._balances), tuple(problems)
        )

    def _salvage(self) -> None:
        body = self._root[0]
        # Only a place behind the header is right for the group that stays.
        place = body.index(self._groups[0])
        for group in self._groups:
            body.remove(group)
        for group, entries in self._entries_of.items():
            places = [group.index(entry) for entry in entries]
            for entry in entries:
                group.remove(entry)
            body.insert(place, group)
            if self._schema.validate(self._root):
                valid = [entry for entry in entries if self._fits(group, places[0], entry)]
                self._read(group, valid, left_out=len(entries) - len(valid))
            else:
                self._problems.append(_problem(0, "NOT_VALID", self._complaint()))
            body.remove(group)

    def _fits(self, group: Element, place: int, entry: Element) -> bool:
        """Tell whether the group is valid with this entry alone, and note why not."""
        group.insert(place, entry)
        valid = self._schema.validate(self._root)
        if not valid:
            problem = _problem(self._position[entry], "NOT_VALID", self._complaint())
            self._problems.append(problem)
        group.remove(entry)
        return valid

    def _read(self, group: Element, entries: list[Element], *, left_out: int) -> None:
        account = mapping.account(group.find("{*}Acct"))
        stated = left_out
        for entry in entries:
            for one in mapping.entries(account, entry):
                stated += 1
                if isinstance(one, Unreadable):
                    position = self._position[entry]
                    self._problems.append(_problem(position, "UNREADABLE_ENTRY", str(one)))
                else:
                    self._entries.append(one)
        if self._kind != NOTICE:
            try:
                self._balances.append(mapping.balance(group, account, stated))
            except Unreadable as reason:
                self._problems.append(_problem(0, "UNREADABLE_ENTRY", str(reason)))

    def _complaint(self) -> str:
        # The stubs do not know that an error log is a sequence.
        errors = cast("Sequence[etree._LogEntry]", self._schema.error_log)
        return "; ".join(f"line {error.line}: {error.message}" for error in errors[:3])

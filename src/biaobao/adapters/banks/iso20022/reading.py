"""Reads a file from a bank as it comes; whatever is wrong with it, all that is right in it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain, takewhile
from typing import Any, BinaryIO, cast

from lxml import etree

from biaobao.adapters.banks.iso20022 import answers, mapping
from biaobao.adapters.banks.iso20022.mapping import Element, Unreadable
from biaobao.adapters.banks.iso20022.vocabulary import (
    KINDS,
    PARTS,
    STATEMENT,
    STATUSES,
    namespace,
    schema,
)
from biaobao.domain.banking.types import Answer, Balance, Entry, Message, Problem

# What a bank may push, or answer to a question.
SIZE_BYTES_MAX = 20 * 2**20
# What a file that we fetch may have.
FETCHED_BYTES_MAX = 200 * 2**20

# An element that is held whole: one entry, or what stands before an account's first entry.
_HELD_BYTES_MAX = 20 * 2**20
# As many entries as this are read at once, even when fewer than were asked for.
_READ_AT_ONCE_BYTES = 2 * 2**20
_PIECE_BYTES = 128 * 2**10
_DETAIL_CHARACTERS_MAX = 500
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HINTS = (f"{{{_XSI}}}schemaLocation", f"{{{_XSI}}}noNamespaceSchemaLocation")


def read(file: BinaryIO, *, entries_max: int = 1000) -> Iterator[Message]:
    """Return what a file says, in one message or more, each of at most ``entries_max`` entries.

    Whatever the file holds, this answers with messages and does not raise; it never holds the file
    whole. Where the file breaks off, what was whole before is kept, and the break is a problem of
    the last message. Entries that are not booked yet (``PDNG``, ``INFO``, ``FUTR``) are left out
    and are no problem. A balance is told with the last entries of its statement. The
    entries of a pain.002 are answers to our orders.
    """
    pieces = _pieces(file)
    try:
        start = next(pieces, b"")
        root = _root(start) if len(start) < _PIECE_BYTES else None
        if root is None:
            kind, start = _recognised(chain((start,), pieces))
        else:
            kind = _kind(root)
    except _Broken as broken:
        yield Message("", "", problems=(broken.problem,))
        return
    yield from _Reading(kind, entries_max).messages(root, chain((start,), pieces))


class _Broken(Exception):
    """The file cannot be read further."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = _problem(0, code, detail)


def _problem(position: int, code: str, detail: str) -> Problem:
    return Problem(position, code, detail[:_DETAIL_CHARACTERS_MAX])


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    size = 0
    while piece := file.read(_PIECE_BYTES):
        size += len(piece)
        if size > FETCHED_BYTES_MAX:
            raise _Broken("TOO_LARGE", f"more than {FETCHED_BYTES_MAX} bytes")
        yield piece


_SAFELY: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "remove_blank_text": True,
}


# Parsers are made anew each time: they are not shared between threads.
def _parser(*events: str, tags: Sequence[str] | None = None) -> etree.XMLPullParser:
    return etree.XMLPullParser(events=events, tag=tags, **_SAFELY)  # type: ignore[arg-type]  # the stubs want literals


def _root(content: bytes) -> Element | None:
    """Return the root of a document that is here whole, or None if it is not well formed."""
    try:
        return etree.fromstring(content, etree.XMLParser(**_SAFELY))
    except etree.XMLSyntaxError:
        return None


def _heard(parser: etree.XMLPullParser) -> Iterator[tuple[str, Element]]:
    # Of the events that the stubs allow for, only tags were asked for.
    return cast("Iterator[tuple[str, Element]]", parser.read_events())


def _recognised(pieces: Iterator[bytes]) -> tuple[str, bytes]:
    """Return the kind of message that a file is, and what of it had to be read to know."""
    parser = _parser("start")
    start = b""
    try:
        for piece in pieces:
            start += piece
            parser.feed(piece)
            if kind := _kind_heard(parser):
                return kind, start
            if len(start) > SIZE_BYTES_MAX:
                raise _Broken("TOO_LARGE", f"no element in {SIZE_BYTES_MAX} bytes")
        parser.close()
    except etree.XMLSyntaxError as reason:
        if kind := _kind_heard(parser):
            return kind, start
        # Entities that grow too far end the parsing: what was tried says more than where.
        if b"<!DOCTYPE" in start.replace(b"\0", b""):
            raise _Broken("FORBIDDEN_CONSTRUCT", "a document type declaration") from None
        raise _Broken("NOT_XML", str(reason)) from None
    raise _Broken("NOT_XML", "no element")


def _kind_heard(parser: etree.XMLPullParser) -> str:
    """Return the kind that the root's name tells, empty when the root has not come yet."""
    for _event, root in _heard(parser):
        return _kind(root)
    return ""


def _kind(root: Element) -> str:
    if root.getroottree().docinfo.internalDTD is not None:
        raise _Broken("FORBIDDEN_CONSTRUCT", "a document type declaration")
    for kind in KINDS:
        if root.tag == f"{{{namespace(kind)}}}Document":
            return kind
    raise _Broken("UNKNOWN_MESSAGE", f"{root.tag}: neither of {', '.join(KINDS)}")


@dataclass(slots=True)
class _Group:
    """The part about one account, a Ntfctn or a Stmt, and an envelope to judge its entries in.

    :param source: the part where it was parsed; it ends where parsing has come to.
    :param frame: the same part in the envelope: what it says before its first entry.
    """

    source: Element
    envelope: Element
    frame: Element
    account: str
    head: int
    stated: int = 0
    is_valid: bool = True
    sample: Element | None = None


def _enveloped(source: Element, header: Sequence[Element], entry_tag: str) -> _Group:
    body = _above(source)
    root = _above(body)
    envelope = etree.Element(root.tag, _attributes(root))
    around = etree.SubElement(envelope, body.tag, _attributes(body))
    around.extend(deepcopy(one) for one in header)
    frame = etree.SubElement(around, source.tag, _attributes(source))
    frame.text = source.text
    head = takewhile(lambda child: child.tag != entry_tag, source)
    frame.extend([deepcopy(one) for one in head])
    account = mapping.account_of(frame)
    return _Group(source, envelope, frame, account, len(frame))


class _Reading:
    """One document being read, by the start tags and end tags of its groups and entries.

    The parser's tree grows at its end. So entries that have ended are moved out of it into the
    envelope of their group, some at a time, judged there, and forgotten.
    """

    def __init__(self, kind: str, entries_max: int) -> None:
        group, entry = PARTS[kind]
        self._kind = kind
        self._entries_max = entries_max
        self._group_tag = f"{{{namespace(kind)}}}{group}"
        self._entry_tag = f"{{{namespace(kind)}}}{entry}"
        self._schema = schema(kind)
        self._message_id = ""
        self._body: Element | None = None
        self._header: list[Element] = []
        self._open: Element | None = None
        self._ended: Element | None = None
        self._group: _Group | None = None
        self._position = 0
        self._told: Problem | None = None
        self._is_answered = False
        self._forget()

    def messages(self, root: Element | None, pieces: Iterable[bytes]) -> Iterator[Message]:
        """Return what a document says, from its root if it is here whole and valid."""
        if root is not None and self._read_whole(root):
            yield self._message()
            return
        said = False
        try:
            for event, element in self._events(pieces):
                if event == "start":
                    if self._is_enough():
                        self._read_entries()
                        yield self._message()
                        said = True
                    self._start(element)
                else:
                    self._end(element)
        except _Broken as broken:
            self._read_entries()
            self._problems.append(broken.problem)
        if not said or self._entries or self._balances or self._answers or self._problems:
            yield self._message()

    def _read_whole(self, root: Element) -> bool:
        """Read a document that is valid and not too long for one message; tell whether it was.

        Most files are so short. What is valid as a whole is so in parts, which take longer to judge.
        """
        if not self._is_valid(root) or sum(map(len, root[0])) >= self._entries_max:
            return False
        body = root[0]
        self._message_id = mapping.message_id(body)
        for source in body.iterchildren(self._group_tag):
            group = _Group(source, root, source, mapping.account_of(source), head=0)
            self._read_valid(group, source.iterchildren(self._entry_tag))
            self._read_head(group)
        self._read_order(body)
        return True

    def _events(self, pieces: Iterable[bytes]) -> Iterator[tuple[str, Element]]:
        parser = _parser("start", "end", tags=(self._group_tag, self._entry_tag))
        try:
            for piece in pieces:
                self._held_bytes += len(piece)
                parser.feed(piece)
                yield from _heard(parser)
                if self._held_bytes > _HELD_BYTES_MAX:
                    raise _Broken("TOO_LARGE", f"an element of more than {_HELD_BYTES_MAX} bytes")
            self._finish(parser.close())
        except etree.XMLSyntaxError as reason:
            yield from _heard(parser)
            raise _Broken("NOT_XML", str(reason)) from None

    def _start(self, element: Element) -> None:
        parent = element.getparent()
        if element.tag == self._entry_tag:
            self._entries_waiting += parent is self._open
            return
        if self._body is None and parent is not None and parent.getparent() is not None:
            self._begin(parent, element)
        if self._open is None and parent is self._body:
            self._groups_waiting += 1
            self._open = element
            self._leave_behind(element)

    def _begin(self, body: Element, first: Element) -> None:
        self._body = body
        self._header = list(body)[: body.index(first)]
        self._message_id = mapping.message_id(body)

    def _end(self, element: Element) -> None:
        if element.tag == self._entry_tag:
            if element.getparent() is self._open:
                self._ended = element
        elif element is self._open:
            self._read_entries()
            self._read_rest()
            self._open = self._group = None

    def _finish(self, root: Element) -> None:
        """Judge what stands around the groups: of these only the last one's frame is left."""
        if self._body is None and len(root):
            self._message_id = mapping.message_id(root[0])
        if self._judge(root):
            self._read_order(root[0])

    def _read_order(self, body: Element) -> None:
        # What is said of the whole is said of the order in it, when nothing is said of that.
        if self._kind in STATUSES and not self._is_answered:
            self._answer(answers.of_group, body)

    def _leave_behind(self, group: Element) -> None:
        """Take out what stands between the header and a group: groups that have been read."""
        body = _above(group)
        for one in list(body)[len(self._header) : body.index(group)]:
            if one.tag != self._group_tag:
                self._stray(one)
            body.remove(one)

    def _is_enough(self) -> bool:
        waiting = max(self._entries_waiting, self._groups_waiting)
        return waiting >= self._entries_max or self._held_bytes >= _READ_AT_ONCE_BYTES

    def _read_entries(self) -> None:
        """Read the entries of the open group that have ended."""
        if self._open is None or self._ended is None:
            return
        if self._group is None:
            self._group = _enveloped(self._open, self._header, self._entry_tag)
        ended = list(self._open)[self._group.head : self._open.index(self._ended) + 1]
        self._ended = None
        for stray in (one for one in ended if one.tag != self._entry_tag):
            self._stray(stray)
            self._open.remove(stray)
        entries = [one for one in ended if one.tag == self._entry_tag]
        self._read_fitting(self._group, entries)
        # An element that nobody holds is freed; others would be made fit to stand alone.
        del ended, entries
        del self._group.frame[self._group.head :]

    def _read_fitting(self, group: _Group, entries: list[Element]) -> None:
        """Read entries in the envelope if they fit there, and tell of those that do not."""
        if self._fits(group, entries):
            self._read_valid(group, entries)
            return
        del group.frame[group.head :]
        group.is_valid = group.is_valid and self._judge(group.envelope)
        if not group.is_valid:
            self._position += len(entries)
            return
        for entry in entries:
            if self._fits(group, [entry]):
                self._read_valid(group, [entry])
            else:
                self._position += 1
                group.stated += 1
                self._problems.append(_problem(self._position, "NOT_VALID", self._complaint()))

    def _fits(self, group: _Group, entries: Iterable[Element]) -> bool:
        """Put entries alone into the envelope of their group, and tell whether it is valid then."""
        del group.frame[group.head :]
        group.frame.extend(entries)
        return self._is_valid(group.envelope)

    def _read_valid(self, group: _Group, entries: Iterable[Element]) -> None:
        for entry in entries:
            self._position += 1
            self._read(group, entry)

    def _read(self, group: _Group, entry: Element) -> None:
        group.sample = entry
        if self._kind in STATUSES:
            self._answer(answers.of_transaction, entry, self._position)
            return
        for one in mapping.entries(group.account, entry):
            group.stated += 1
            if isinstance(one, Unreadable):
                problem = _problem(self._position, "UNREADABLE_ENTRY", str(one))
                self._problems.append(problem)
            else:
                self._entries.append(one)

    def _answer(
        self, told: Callable[[Element], Answer | None], element: Element, position: int = 0
    ) -> None:
        try:
            answer = told(element)
        except Unreadable as reason:
            self._tell(_problem(position, "UNREADABLE_ENTRY", str(reason)))
        else:
            self._answers += [] if answer is None else [answer]
            self._is_answered = self._is_answered or answer is not None

    def _read_rest(self) -> None:
        """Judge what a group says behind its entries, and read what it says before them."""
        open_ = cast("Element", self._open)
        group = self._group
        if group is None:
            group = _enveloped(open_, self._header, self._entry_tag)
            group.is_valid = self._judge(group.envelope)
        elif rest := list(open_)[group.head :]:
            group.frame.extend([*([] if group.sample is None else [group.sample]), *rest])
            self._judge(group.envelope)
            del group.frame[group.head :]
        if group.is_valid:
            self._read_head(group)

    def _read_head(self, group: _Group) -> None:
        if self._kind in STATUSES and group.sample is None:
            self._answer(answers.of_instruction, group.frame)
        if self._kind == STATEMENT:
            try:
                balance = mapping.balance(group.frame, group.account, group.stated)
                self._balances.append(balance)
            except Unreadable as reason:
                self._tell(_problem(0, "UNREADABLE_ENTRY", str(reason)))

    def _is_valid(self, document: Element) -> bool:
        _drop_hints(document)
        return self._schema.validate(document)

    def _judge(self, document: Element) -> bool:
        """Tell whether a document is valid, and keep the complaint of the file."""
        valid = self._is_valid(document)
        if not valid:
            self._tell(_problem(0, "NOT_VALID", self._complaint()))
        return valid

    def _stray(self, element: Element) -> None:
        words = f"line {element.sourceline}: {etree.QName(element).localname} is not expected here"
        self._tell(_problem(0, "NOT_VALID", words))

    def _tell(self, problem: Problem) -> None:
        # What is wrong with the header is found with each group anew.
        if problem != self._told:
            self._problems.append(problem)
        self._told = problem

    def _complaint(self) -> str:
        # The stubs do not know that an error log is a sequence.
        errors = cast("Sequence[etree._LogEntry]", self._schema.error_log)
        return "; ".join(f"line {error.line}: {error.message}" for error in errors[:3])

    def _message(self) -> Message:
        problems = sorted(self._problems, key=lambda problem: problem.position)
        message = Message(
            self._kind,
            self._message_id,
            tuple(self._entries),
            tuple(self._balances),
            tuple(problems),
            tuple(self._answers),
        )
        self._forget()
        return message

    def _forget(self) -> None:
        self._entries_waiting = 0
        self._groups_waiting = 0
        self._held_bytes = 0
        self._entries: list[Entry] = []
        self._balances: list[Balance] = []
        self._answers: list[Answer] = []
        self._problems: list[Problem] = []


def _drop_hints(document: Element) -> None:
    # A validator fetches what these name. A hint is never followed, so it is not kept.
    etree.strip_attributes(document, *_HINTS)


def _attributes(element: Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _above(element: Element) -> Element:
    return cast("Element", element.getparent())

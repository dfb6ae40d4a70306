"""What the house asks of guarantors, and of whoever prints. Guarantors are asked with no transaction open."""

from __future__ import annotations

from typing import Protocol

from biaobao.domain.guarantees.types import Answer, Inquiry, Order


class GuarantorUnreachable(Exception):
    """The guarantor did not answer; asking again under the same key is safe."""


class GuarantorChannel(Protocol):
    """A guarantor's own house. A question has a key: under it there is one answer, however often asked."""

    def decide(self, inquiry: Inquiry) -> Answer:
        """Ask for a person's decision on an application.

        :raises GuarantorUnreachable: if there was no answer.
        """

    def accept(self, order: Order) -> Answer:
        """Tell that the premium is here and ask whether the letter may be issued now.

        :raises GuarantorUnreachable: if there was no answer.
        """


class Typeface(Protocol):
    """What letters are printed with."""

    def check(self, *texts: str) -> None:
        """Let texts pass that can be printed.

        :raises Refused: UNPRINTABLE_CHARACTERS, with those that cannot.
        """

"""The steps of receiving, refunding, issuing and invoicing to be killed at, before or after the n-th time.

The product knows nothing of it: what starts a part wraps the step from outside, in the part's own process.
Up to the kill, what runs is the product, and the kill is SIGKILL.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

ACTIONS = "biaobao.domain"
ADAPTERS = "biaobao.adapters"
_HTTP = f"{ADAPTERS}.banks.http:HttpBank"
_GUARANTEES = f"{ACTIONS}.guarantees"
# By the part in whose process they are reached.
STEPS: dict[str, dict[str, str]] = {
    "inbound": {
        "pushed files are stored": f"{ACTIONS}.banking.actions.files:receive_files",
    },
    "worker": {
        "the worker stores a file": f"{ACTIONS}.banking.actions.files:receive_files",
        "a fetched file is acknowledged": f"{_HTTP}.acknowledge",
        "files are claimed": f"{ACTIONS}.banking.actions.files:claim_files",
        "what a file says is booked": f"{ACTIONS}.booking.actions:book",
        "notices are stored": f"{ACTIONS}.banking.steps.notices:read_files",
        "deposits are judged": f"{ACTIONS}.deposits.steps.assessing:assess",
        "the books are moved": f"{ACTIONS}.ledger.steps:move",
        "answers move orders": f"{ACTIONS}.banking.steps.orders:take_answers",
        "debits move orders": f"{ACTIONS}.banking.steps.orders:paid_by",
        "returned money moves orders": f"{ACTIONS}.banking.steps.orders:returned_by",
        "refunds follow their orders": f"{ACTIONS}.deposits.steps.refunding:follow_orders",
        "orders are claimed": f"{ACTIONS}.banking.actions.orders:claim_orders",
        "the bank is told to pay": f"{_HTTP}.pay",
        "the bank is asked about a payment": f"{_HTTP}.status_of",
        "the bank is asked for entries": f"{_HTTP}.entries_of",
        "what went wrong is kept": f"{ACTIONS}.banking.actions.orders:keep_problem",
    },
    "letters": {
        "letters are claimed": f"{_GUARANTEES}.actions.issuing:claim",
        "the guarantor is asked": f"{ADAPTERS}.guarantors.sandbox:SandboxGuarantor.accept",
        "a letter is printed": f"{ADAPTERS}.typesetting.typesetter:Typesetter.letter",
        "a letter is sealed": f"{ADAPTERS}.signing.pades:Seals.seal",
        "a letter is stored": f"{ACTIONS}.documents.steps:keep",
        "its limit is used": f"{_GUARANTEES}.steps.limits:use",
        "its premium is booked": f"{ACTIONS}.ledger.steps:move",
        "a letter is kept": f"{_GUARANTEES}.actions.issuing:keep",
    },
    "invoices": {
        "invoices are claimed": f"{ACTIONS}.invoices.actions:claim",
        "an invoice is asked for": f"{ADAPTERS}.invoicing.http:HttpInvoicing.issue",
        "a file is kept": "biaobao.platform.vault:keep",
        "an invoice is kept": f"{ACTIONS}.invoices.actions:keep_issued",
        "a red one is confirmed": f"{ADAPTERS}.invoicing.http:HttpInvoicing.confirm",
        "a confirmation is kept": f"{ACTIONS}.invoices.actions:keep_confirmation",
        "a red one is asked for": f"{ADAPTERS}.invoicing.http:HttpInvoicing.reverse",
        "a red one is kept": f"{ACTIONS}.invoices.actions:keep_reversed",
    },
    "people": {
        "a deposit is chosen": f"{ACTIONS}.deposits.actions.choosing:choose",
        "a deposit is given up": f"{ACTIONS}.deposits.actions.choosing:give_up",
        "a refund is proposed": f"{ACTIONS}.deposits.steps.refunding:propose",
        "a refund is approved": f"{ACTIONS}.deposits.actions.refunds:approve",
        "a payment is ordered": f"{ACTIONS}.banking.steps.orders:order",
        "a refund is proposed again": f"{ACTIONS}.deposits.actions.refunds:propose_again",
    },
}
WHENS = ("before", "after")
_VARIABLE = "CRASH_AT"
# Names the file by which a part says that it is at work.
READY = "CRASH_READY"


def environment(step: str, when: str, times: int) -> dict[str, str]:
    """Return what makes a part die at a step."""
    return {_VARIABLE: f"{step}|{when}|{times}"}


def arm(part: str) -> None:
    """Make this process die at the step that its environment names, if it names one; say that it is up."""
    Path(os.environ[READY]).touch()
    told = os.environ.get(_VARIABLE)
    if not told:
        return
    step, when, times = told.split("|")
    holder, name = found(part, step)
    setattr(holder, name, _deadly(getattr(holder, name), when, int(times)))


def found(part: str, step: str) -> tuple[Any, str]:
    """Return the module or class that has a step, and the step's name in it.

    :raises AttributeError: if there is no such step.
    """
    module, _, path = STEPS[part][step].partition(":")
    holder: Any = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    getattr(holder, name)
    return holder, name


def _deadly(step: Callable[..., Any], when: str, times: int) -> Callable[..., Any]:
    left = times

    @functools.wraps(step)
    def until_then(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if when == "before":
            left -= 1
            if left <= 0:
                _die()
        result = step(*args, **kwargs)
        # Claiming nothing is no step: the sweep found nothing to do.
        if when == "after" and (result is None or result not in ((), [], 0)):
            left -= 1
            if left <= 0:
                _die()
        return result

    return until_then


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)

"""What the worker does for invoices: tell the partner, ask what became of it, keep what it says.

It may be killed anywhere and run twice: the partner knows a key for ever, and what it said is kept once.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings

from biaobao.adapters import workshop
from biaobao.core.actor import SYSTEM
from biaobao.domain.invoices import actions
from biaobao.domain.invoices.ports import (
    InvoiceUnknown,
    Invoicing,
    InvoicingRefused,
    InvoicingUnreachable,
)
from biaobao.domain.invoices.types import Errand, Issued, Task
from biaobao.platform import clock

logger = logging.getLogger(__name__)

_RED = (Errand.REVERSE, Errand.ASK_RED)


def carry(_: datetime) -> None:
    """Do what is due at the partner, with no transaction open; while he is silent, one at a round."""
    if not settings.INVOICING_URL:
        return
    while due := actions.claim(limit=1, at=clock.now(), actor=SYSTEM):
        for task in due:
            if not _carry(task):
                return


def _carry(task: Task) -> bool:
    """Do an errand, and tell whether the partner answered."""
    partner = workshop.invoicing()
    try:
        if task.errand is Errand.CONFIRM:
            _keep_confirmation(task, partner.confirm(task.reversal))
        else:
            _keep(task, _answer(partner, task))
    except InvoicingRefused as no:
        actions.keep_refusal(task=task, words=str(no), at=clock.now(), actor=SYSTEM)
    except InvoicingUnreachable as problem:
        logger.warning("invoice %s: %s", task.invoice_id, problem)
        _note(task, "INVOICING_UNREACHABLE")
        return False
    return True


def _keep_confirmation(task: Task, confirmation: str) -> None:
    actions.keep_confirmation(task=task, confirmation=confirmation, at=clock.now(), actor=SYSTEM)


def _keep(task: Task, issued: Issued | None) -> None:
    if issued is None:
        _note(task, "")
        return
    keep = actions.keep_reversed if task.errand in _RED else actions.keep_issued
    keep(invoice_id=task.invoice_id, issued=issued, at=clock.now(), actor=SYSTEM)


def _answer(partner: Invoicing, task: Task) -> Issued | None:
    is_red = task.errand in _RED
    if task.errand in (Errand.ASK, Errand.ASK_RED):
        try:
            return partner.ask(task.reversal.key if is_red else task.order.key)
        except InvoiceUnknown:
            # Never heard: the same key is issued once, whenever it is told.
            logger.info("invoice %s was never heard of", task.invoice_id)
    return partner.reverse(task.reversal) if is_red else partner.issue(task.order)


def _note(task: Task, problem: str) -> None:
    actions.keep_problem(invoice_id=task.invoice_id, problem=problem, at=clock.now(), actor=SYSTEM)

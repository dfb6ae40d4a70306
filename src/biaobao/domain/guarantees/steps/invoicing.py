"""Invoices of applications, inside the actions that give their premiums back."""

from __future__ import annotations

from datetime import datetime

from biaobao.core.actor import Actor
from biaobao.domain.guarantees.models import Application
from biaobao.domain.guarantees.rules.invoicing import order_key
from biaobao.domain.invoices import steps as invoices
from biaobao.platform.db import step


@step
def reverse_for(application: Application, *, why: str, at: datetime, actor: Actor) -> bool:
    """See that a locked application is in no live invoice, and return whether that is to be waited for.

    An issued invoice is reversed whole: the other orders in it can be applied for anew. The premium goes
    back only when this returns False.
    """
    return invoices.reverse([order_key(application.pk)], why=why, at=at, actor=actor)

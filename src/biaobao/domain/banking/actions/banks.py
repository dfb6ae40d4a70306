"""What the house does with its banks: connecting them, keeping spare sub-accounts, asking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q

from biaobao.core.actor import Actor
from biaobao.core.refusal import NotFound, refuse, require
from biaobao.domain.banking import rules
from biaobao.domain.banking.models import Bank, SubAccount
from biaobao.domain.banking.states import SubAccountState
from biaobao.domain.banking.types import OpenedAccount, Question
from biaobao.platform import wake
from biaobao.platform.audit import log
from biaobao.platform.db import action

LEASE = timedelta(seconds=60)
REFUSED = "BANK_REFUSED"
AFTER_REFUSAL = timedelta(seconds=60)


@action
def connect_bank(  # noqa: PLR0913 - a bank's address has this many parts
    *,
    code: str,
    name: str,
    channel: str,
    location: str,
    main_account: str,
    spare_accounts: int,
    at: datetime,
    actor: Actor,
) -> None:
    """Keep how a bank is reached; a known code is given its new address."""
    require(rules.may_keep_bank_matters(actor), "connect a bank")
    Bank.objects.update_or_create(
        code=code,
        defaults={
            "name": name,
            "channel": channel,
            "location": location,
            "main_account": rules.account_number(main_account),
            "spare_accounts": spare_accounts,
        },
    )
    log.record(log.Event("bank.connected", f"bank:{code}"), at=at, actor=actor)


@action
def set_spare(*, bank: str, spare: int, at: datetime, actor: Actor) -> None:
    """Set how many free sub-accounts of a bank are to be kept; more are asked for at half of that.

    :raises NotFound: if no such bank is connected.
    :raises Refused: SPARE_OUT_OF_RANGE.
    """
    require(rules.may_keep_stock(actor), "set the stock of sub-accounts")
    row = Bank.objects.select_for_update().filter(pk=bank).first()
    if row is None:
        raise NotFound(f"bank {bank}")
    if not rules.SPARE_MIN <= spare <= rules.SPARE_MAX:
        bounds = {"least": str(rules.SPARE_MIN), "most": str(rules.SPARE_MAX)}
        raise refuse("SPARE_OUT_OF_RANGE", field="spare", **bounds)
    if row.spare_accounts == spare:
        return
    facts = {"before": str(row.spare_accounts), "now": str(spare)}
    row.spare_accounts = spare
    row.stock = rules.stock_of(_free(bank), spare)
    row.save(update_fields=["spare_accounts", "stock"])
    log.record(log.Event("bank.stock-set", f"bank:{bank}", facts=facts), at=at, actor=actor)
    wake.worker("accounts")


@action
def ask_for_accounts(
    *, bank: str, waiting: int, at: datetime, actor: Actor
) -> tuple[str, int] | None:
    """Return the key and number of sub-accounts to ask the bank for, or None while enough are free.

    Key and number stay the same until accounts under the key were kept, so that asking again opens no
    more. One that the bank refused is over: after a minute the usual number is asked for under a new key.

    :param waiting: how many wait for a sub-account just now, whatever for.
    """
    require(rules.may_keep_bank_matters(actor), "open sub-accounts")
    row = Bank.objects.select_for_update().get(pk=bank)
    free = _free(bank)
    row.stock = rules.stock_of(free, row.spare_accounts)
    was_refused = row.problem == REFUSED
    wanted = None
    if free <= rules.threshold(row.spare_accounts) and not (
        was_refused and row.answered_at and at - row.answered_at < AFTER_REFUSAL
    ):
        if not row.asking:
            row.asking = rules.refill(
                spare=row.spare_accounts, waiting=0 if was_refused else waiting
            )
        if row.asking:
            row.asked_at = at
            wanted = f"{bank}-{row.asked_accounts}", row.asking
    row.save(update_fields=["stock", "asking", "asked_at"])
    return wanted


@action
def keep_problem(*, bank: str, problem: str, at: datetime, actor: Actor) -> None:
    """Record why a bank opened no sub-accounts: BANK_UNREACHABLE or BANK_REFUSED."""
    require(rules.may_keep_bank_matters(actor), "open sub-accounts")
    row = Bank.objects.select_for_update().get(pk=bank)
    is_news = row.problem != problem
    row.problem = problem
    if problem == REFUSED:
        # It answered, and nothing was opened under this key.
        row.answered_at = at
        row.asking = 0
        row.asked_accounts += 1
    row.save(update_fields=["problem", "answered_at", "asking", "asked_accounts"])
    if is_news:
        event = log.Event("sub-accounts.asked", f"bank:{bank}", reason=problem)
        log.record(event, at=at, actor=actor)


@action
def keep_accounts(
    *, bank: str, key: str, opened: Sequence[OpenedAccount], at: datetime, actor: Actor
) -> int:
    """Keep sub-accounts that the bank opened under a key and return how many are new."""
    require(rules.may_keep_bank_matters(actor), "keep sub-accounts")
    before = SubAccount.objects.filter(bank=bank).count()
    SubAccount.objects.bulk_create(
        [
            SubAccount(
                bank_id=bank,
                number=rules.account_number(account.number),
                name=account.name,
                branch=account.branch,
                opened_at=at,
            )
            for account in opened
        ],
        ignore_conflicts=True,
    )
    new = SubAccount.objects.filter(bank=bank).count() - before
    row = Bank.objects.select_for_update().get(pk=bank)
    row.answered_at, row.problem = at, ""
    if new:
        # What is lacking still is asked for under a new key.
        row.asked_accounts += 1
        row.asking = 0
    row.stock = rules.stock_of(_free(bank), row.spare_accounts)
    row.save(update_fields=["answered_at", "problem", "asked_accounts", "asking", "stock"])
    if new:
        log.record(
            log.Event("sub-accounts.opened", f"bank:{bank}", facts={"key": key, "new": str(new)}),
            at=at,
            actor=actor,
        )
        wake.worker("deposits")
    return new


@action
def claim_questions(*, limit: int, at: datetime, actor: Actor) -> tuple[Question, ...]:
    """Take unanswered questions about sub-accounts; nobody else gets them for a minute."""
    require(rules.may_keep_bank_matters(actor), "ask banks")
    rows = list(
        SubAccount.objects.select_for_update(skip_locked=True)
        .filter(
            Q(answered_at=None) | Q(answered_at__lt=F("asked_at")),
            Q(lease_until=None) | Q(lease_until__lt=at),
            asked_at__isnull=False,
        )
        .order_by("asked_at", "id")[:limit]
    )
    SubAccount.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until=at + LEASE)
    return tuple(
        Question(row.id, row.bank_id, row.number, row.asked_at) for row in rows if row.asked_at
    )


@action
def keep_answer(*, question: Question, problem: str, at: datetime, actor: Actor) -> None:
    """Record that the bank answered a question, or why it did not."""
    require(rules.may_keep_bank_matters(actor), "keep a bank's answer")
    # A question asked again meanwhile is newer than this answer and stays open.
    answered = SubAccount.objects.filter(
        pk=question.sub_account_id, asked_at=question.asked_at
    ).update(answered_at=max(at, question.asked_at), problem=problem, lease_until=None)
    if answered:
        subject = f"sub-account:{question.sub_account_id}"
        log.record(log.Event("bank.answered", subject, reason=problem), at=at, actor=actor)


def _free(bank: str) -> int:
    return SubAccount.objects.filter(bank=bank, state=SubAccountState.FREE).count()

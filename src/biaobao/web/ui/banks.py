"""What banks say of payments that they do not carry out, in words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

# Why banks refuse a payment: ISO 20022's codes, as far as people can do something about them.
BANK_REASONS: dict[str, Words] = {
    "AC01": _("账号不正确"),
    "AC03": _("收款账号无效"),
    "AC04": _("账户已销户"),
    "AC06": _("账户已冻结或止付"),
    "AC07": _("收款账户已销户"),
    "AG01": _("该账户不允许此类交易"),
    "AG02": _("银行不受理此类交易"),
    "AM02": _("金额超过限额"),
    "AM03": _("币种不受理"),
    "AM04": _("付款账户余额不足"),
    "AM05": _("银行认为是重复的付款"),
    "AM14": _("金额超过账户限额"),
    "BE01": _("户名与账号不符"),
    "BE04": _("收款人资料不全"),
    "CNOR": _("收款银行未接入"),
    "CUST": _("应客户要求取消"),
    "DT01": _("日期不正确"),
    "DUPL": _("银行认为是重复的付款"),
    "FF01": _("报文格式不符"),
    "MS02": _("收款人拒收"),
    "MS03": _("银行没有说明原因"),
    "NARR": _("原因见银行说明"),
    "RC01": _("开户行行号不正确"),
    "RR04": _("监管原因"),
    "TM01": _("已过银行受理时间"),
}


def bank_reason(code: str, words: str = "") -> str:
    """Return why a bank refused: the code, what it means, and the bank's own words."""
    said = f"{code} {BANK_REASONS[code]}" if code in BANK_REASONS else code
    return f"{said}（{words}）" if words and words not in said else said

"""查验: whether a letter, or the receipt of a pooled deposit, is genuine and what it is worth now.

Anybody who holds it may ask. Guesses are not counted: a code has 130 random bits (``numbers.CODE_LENGTH``),
and nobody guesses that however often he asks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

import orjson
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from biaobao.adapters import workshop
from biaobao.core.actor import Actor
from biaobao.core.instants import SHANGHAI
from biaobao.core.money import Money
from biaobao.domain.documents import rules as documents
from biaobao.domain.documents.types import Finding, Kind, Verdict
from biaobao.domain.guarantees.queries import letters
from biaobao.domain.guarantees.states import LetterState
from biaobao.domain.guarantees.types import IssuedLetter, Standing, Verified
from biaobao.domain.parties import queries as parties
from biaobao.domain.pools import queries as pools
from biaobao.domain.pools.types import VerifiedHold
from biaobao.platform import clock
from biaobao.web.ui.access import Request
from biaobao.web.ui.forms import Form
from biaobao.web.ui.holds import HOLDS, why_ended
from biaobao.web.ui.templatetags.ui import daxie, instant, yuan
from biaobao.web.ui.words import FINDINGS, STANDINGS

# A letter with its fonts, timestamp and revocation lists has about 200 kB.
FILE_BYTES_MAX = 5 * 2**20
# What a browser sends around a file.
ENVELOPE_BYTES = 16 * 2**10

Facts = list[tuple[object, object]]

KINDS = {
    Kind.LETTER: _("电子保函"),
    Kind.RECEIPT: _("购买凭证"),
    Kind.AGREEMENT: _("申请书暨委托担保协议"),
    Kind.DEMAND: _("索赔申请书"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What verifying came to: in a word, a line, why, and what to do now; and what it is about."""

    tone: str
    word: object
    title: object
    why: object
    now: object
    facts: Facts | None = None
    signature: Facts | None = None


# One answer for a wrong code, for a number that never was, and for what is still sealed.
NOT_FOUND = Answer(
    "warn",
    _("没有查到"),
    _("没有查到与此编号和验证码对应的保函或联保担保凭证"),
    _("编号或验证码不正确；或者该标段还没有开标，开标前一律保密，只有持有单位登录后能查到。"),
    _("请对照保函或凭证重新填写。投标人可以登录后再查；手中有 PDF 文件时，可以直接查验文件。"),
)
# What its holder reads before the opening.
NOT_OPENED = _("该标段还没有开标，本页内容现在只有持有单位登录后能看到。")
# What a genuine letter's file proves without what the house knows of it.
NOT_KNOWN_HERE = _(
    "平台现在查不到它的现状：标段还没有开标（开标前只有持有单位登录后能查到），或者它不是在本平台开立的。"
)
# What a letter is worth whose file is genuine too.
WITH_A_FILE = {
    Standing.NOT_YET: _("签名真实，文件没有改动，担保期间还没有开始"),
    Standing.VALID: _("签名真实，文件没有改动，保函现在有效"),
}


class LetterForm(Form):
    """Number and code, as the letter or the receipt prints them."""

    number = forms.CharField(
        label=_("保函编号或联保担保编号"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("验证码"),
        max_length=80,
        help_text=_("印在保函或凭证上。大小写、空格和连字符都不影响。"),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class FileForm(Form):
    """A signed PDF."""

    file = forms.FileField(
        label=_("保函或购买凭证的 PDF 文件"),
        allow_empty_file=True,
        help_text=_("请用收到的原文件，不超过 5 MB。打印后扫描的文件没有电子签名，不能查验。"),
        widget=forms.FileInput({"accept": "application/pdf,.pdf"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_number(request: HttpRequest, number: str = "") -> HttpResponse:
    """Verify by number and code: typed, or brought by the QR code."""
    brought = {"number": number, "code": request.GET.get("code", "")}
    if request.method == "POST":
        form = LetterForm(request.POST)
    else:
        form = LetterForm(brought) if brought["code"] else LetterForm(initial=brought)
    answer = _looked_up(request, **form.cleaned_data) if form.is_valid() else None
    return _page(request, answer, form=form, status=422 if form.errors else 200)


# Nothing is changed by it, and whoever sends it for somebody else cannot read the answer. Without the token,
# which stands in the body, the body is not read before its length was looked at.
@never_cache
@csrf_exempt
@require_POST
def by_file(request: HttpRequest) -> HttpResponse:
    """Verify a signed PDF, as ``biaobao verify-letter`` does, and say what its letter is worth now."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > FILE_BYTES_MAX + ENVELOPE_BYTES:
        form = FileForm({}, {})
        form.errors["file"] = form.error_class([str(_("文件超过 5 MB，不是本平台开立的文件。"))])
        return _page(request, file_form=form, status=422)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file_form=form, status=422)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    return _page(request, _judged(request, file.read()))


def _page(
    request: HttpRequest,
    answer: Answer | None = None,
    *,
    form: LetterForm | None = None,
    file_form: FileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "answer": answer,
        "form": form or LetterForm(),
        "file_form": file_form or FileForm(),
    }
    return render(request, "public/verify.html", context, status=status)


def _verified(request: HttpRequest, number: str, code: str) -> Verified | None:
    actor: Actor = cast("Request", request).actor
    return letters.verify(number=number, code=code, at=clock.now(), actor=actor)


def _looked_up(request: HttpRequest, number: str, code: str) -> Answer:
    if found := _verified(request, number, code):
        return _standing(found)
    held = pools.verify(number=number, code=code, actor=cast("Request", request).actor)
    return _held(held) if held else NOT_FOUND


def _held(hold: VerifiedHold) -> Answer:
    """Return what is told of what a pooled deposit holds."""
    tone, word, title, why, now = HOLDS[hold.state]
    if not hold.is_opened:
        now = NOT_OPENED
    facts: Facts = [
        (_("担保编号"), hold.number),
        (_("投标人"), f"{hold.bidder_name} {hold.bidder_uscc}"),
        (_("招标人"), hold.tenderer_name),
        (_("标段"), f"{hold.lot_code} {hold.lot_name}"),
        (_("担保金额"), f"{yuan(hold.amount)} {daxie(hold.amount)}"),
        (_("核对通过"), instant(hold.reserved_at)),
    ]
    if hold.held_at:
        facts.append((_("开标时核对"), instant(hold.held_at)))
    if hold.ended_at:
        facts.append((_("结束"), f"{instant(hold.ended_at)} {why_ended(hold.ended_why)}"))
    else:
        facts.append((_("担保至"), _("%(day)s（投标有效期结束）") % {"day": hold.valid_until}))
    return Answer(tone, word, title, why, now, facts)


def _standing(found: Verified) -> Answer:
    """Return what is told of a letter that a number and its code belong to."""
    letter = found.letter
    tone, word, title, why, now = STANDINGS[found.standing]
    if letter.state is LetterState.ISSUED_SEALED:
        now = NOT_OPENED
    elif letter.state is LetterState.DECRYPT_FAILED:
        now = _("平台没有读出自己保存的这份文件，正在处理；请直接查验手中的 PDF 文件。")
    facts = [*_letter_facts(letter), (_("SHA-256 指纹"), letter.sha256)]
    signature: Facts = [
        (_("签名单位"), letter.signer_name),
        (_("证书序列号"), letter.certificate_serial),
        (_("开立时间"), instant(letter.issued_at)),
    ]
    return Answer(tone, word, title, why, now, facts, signature)


def _letter_facts(letter: IssuedLetter) -> Facts:
    facts: Facts = [
        (_("保函编号"), letter.number),
        (_("开立人"), letter.guarantor_name),
        (_("申请人"), f"{letter.principal_name} {letter.principal_uscc}"),
        (_("受益人"), letter.beneficiary_name),
        (_("标段"), f"{letter.lot_code} {letter.lot_name}"),
        (_("保证金额"), f"{yuan(letter.amount)} {daxie(letter.amount)}"),
        (_("有效期"), _period(letter.valid_from, letter.valid_until)),
    ]
    if letter.extend_until:
        facts.append((_("标段延期后须延长至"), letter.extend_until.isoformat()))
    return facts


def _judged(request: HttpRequest, content: bytes) -> Answer:
    """Return what a file proves, and for a letter of the house what it is worth now."""
    lists = parties.revocation_lists(actor=cast("Request", request).actor)
    verdict = documents.as_named(workshop.verifying(lists).verify(content))
    tone, word, title, why, now = FINDINGS[verdict.finding]
    sha256 = hashlib.sha256(content).hexdigest()
    answer = Answer(tone, word, title, why, now, signature=_signature(verdict, sha256))
    if verdict.finding is not Finding.GENUINE:
        return answer
    printed = orjson.loads(verdict.data)
    kind, facts = Kind(printed["kind"]), printed["facts"]
    answer = replace(answer, facts=[(_("文件"), KINDS[kind]), *_printed_facts(facts)])
    if kind is not Kind.LETTER:
        return answer
    found = _verified(request, str(facts.get("number")), str(facts.get("verification_code")))
    return _with_standing(answer, found, sha256)


def _with_standing(answer: Answer, found: Verified | None, sha256: str) -> Answer:
    """Add what the house knows of a genuine letter."""
    if found is None:
        return replace(answer, now=NOT_KNOWN_HERE)
    if found.letter.sha256 != sha256 and found.standing is not Standing.SUPERSEDED:
        return replace(
            answer,
            tone="warn",
            word=_("不是现行文件"),
            title=_("签名真实，但平台登记的现行文件不是这一份"),
            now=_("请以平台登记的文件为准，向投标人或开立人索取现行文件。"),
        )
    tone, word, title, why, now = STANDINGS[found.standing]
    return replace(
        answer,
        tone=tone,
        word=word,
        title=WITH_A_FILE.get(found.standing, title),
        why=why,
        now=now,
    )


def _signature(verdict: Verdict, sha256: str) -> Facts:
    facts: Facts = [(_("SHA-256 指纹"), sha256)]
    if verdict.signature is None:
        return facts
    signer = verdict.signature.signer
    return [
        (_("签名单位"), f"{signer.name} {signer.uscc}"),
        (_("证书序列号"), signer.serial),
        (_("签名时间（时间戳）"), instant(verdict.signature.stamped_at)),
        *facts,
    ]


def _printed_facts(printed: dict[str, Any]) -> Facts:
    """Return the facts that a document carries, of those that people compare.

    A trusted signer need not write them as the house does: what is not like that is left out.
    """
    facts: Facts = []
    for name, label, read in PRINTED:
        try:
            facts.append((label, read(printed[name])))
        except (KeyError, TypeError, ValueError):
            continue
    return facts


def _party(party: dict[str, str]) -> str:
    return f"{party['name']} {party['uscc']}"


def _works(works: dict[str, str]) -> str:
    return f"{works['code']} {works['project']} {works['lot']}"


def _amount(amount: dict[str, int]) -> str:
    money = Money(int(amount["fen"]))
    return f"{money} {money.in_capitals()}"


def _moment(text: str) -> object:
    return instant(datetime.fromisoformat(text).astimezone(SHANGHAI))


def _period(first: date, last: date) -> object:
    return format_html("{} {} {}", first.isoformat(), _("至"), last.isoformat())


PRINTED = (
    ("number", _("编号"), str),
    ("application", _("申请书编号"), str),
    ("letter", _("保函编号"), str),
    ("guarantor", _("开立人"), _party),
    ("applicant", _("申请人"), _party),
    ("beneficiary", _("受益人"), _party),
    ("works", _("标段"), _works),
    ("amount", _("保证金额"), _amount),
    ("premium", _("保费"), _amount),
    ("valid_from", _("有效期起"), str),
    ("valid_until", _("有效期止"), str),
    ("paid_at", _("缴费时间"), _moment),
)

"""The showcase of the design system; its data is made up and it asks no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from biaobao.core.actor import Actor, Role
from biaobao.core.paging import Page
from biaobao.core.refusal import NotAllowed, NotFound, Objection, Refused
from biaobao.web.ui.charts import Bar, Chart
from biaobao.web.ui.forms import Form
from biaobao.web.ui.nav import NavItem
from biaobao.web.ui.parts import Check, Event, Step
from biaobao.web.ui.words import Explanation

THEMES = ("light", "dark")
NOW = datetime(2025, 12, 5, 2, 17, 27, tzinfo=UTC)
DEADLINE = datetime(2025, 12, 8, 6, 30, tzinfo=UTC)
ACCOUNT_NUMBER = "1209280011200738415"
CHART = Chart(
    _("额度占用"),
    (_("已使用"), _("已预留")),
    (
        Bar("衢州示例建设有限公司", (80_000_000, 24_000_000), "¥1,040,000.00", 200_000_000),
        Bar("江山示例水利水电工程有限公司第一分公司", (0, 6_000_000), "¥60,000.00", 200_000_000),
        Bar("龙游示例路桥工程有限公司", (0, 0), "¥0.00", 200_000_000),
    ),
)


class SampleForm(Form):
    """One field of each kind."""

    name = forms.CharField(label=_("单位名称"), help_text=_("与营业执照一致，不用简称。"))
    uscc = forms.CharField(
        label=_("统一社会信用代码"), min_length=18, max_length=18, help_text=_("18 位。")
    )
    bank = forms.ChoiceField(
        label=_("开户银行"),
        choices=[("", _("请选择")), ("A", "衢江示范银行"), ("B", "信安模拟银行")],
    )
    way = forms.ChoiceField(
        label=_("缴纳方式"),
        choices=[("D", _("保证金")), ("G", _("保函")), ("P", _("联保金"))],
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(label=_("备注"), required=False, widget=forms.Textarea({"rows": 3}))
    slip = forms.FileField(
        label=_("银行回单"), required=False, help_text=_("PDF 或图片，不超过 10 MB。")
    )
    known = forms.BooleanField(label=_("我已知晓：保证金须从基本账户转出"))


def shown(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    theme = request.GET.get("theme", "")
    context["theme"] = theme if theme in THEMES else ""
    return render(request, template, context)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "nav": _showcase_nav("components"),
        "chart": CHART,
        "now": NOW,
        "deadline": DEADLINE,
        "soon": NOW + timedelta(minutes=12, seconds=33),
        "today": NOW + timedelta(hours=4, minutes=12, seconds=33),
        "over": NOW - timedelta(seconds=1),
        "account_number": ACCOUNT_NUMBER,
        "checks": _every_check(),
        "events": _events(),
        "steps": _guarantee_steps(),
        "short_steps": _short_steps(),
        "facts": _account_facts(),
        "explanations": _explanations(),
        "form": SampleForm(),
        "wrong_form": _wrong_form(),
        "page": Page(rows=(), number=3, pages=10, total=187),
        "tones": ("ok", "wait", "warn", "bad", "info", "muted", "sealed"),
    }
    return shown(request, "ui/showcase/components.html", context)


@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    """Show the bidder's face: one question, one answer, one thing to do."""
    _pretend(request, Actor("陈晓岚", Role.BIDDER), "浙江云岭建设有限公司")
    context: dict[str, Any] = {
        "nav": _workbench_nav(),
        "now": NOW,
        "deadline": DEADLINE,
        "account_number": ACCOUNT_NUMBER,
        "checks": _every_check()[:4],
        "events": _events(),
    }
    return shown(request, "ui/showcase/workbench.html", context)


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show the denser face of the desks: a queue with its figures and clocks."""
    _pretend(request, Actor("吴敏", Role.OPERATOR), "交易中心财务")
    context: dict[str, Any] = {
        "nav": _desk_nav(),
        "now": NOW,
        "rows": _refund_rows(),
        "page": Page(rows=(), number=3, pages=10, total=187),
    }
    return shown(request, "ui/showcase/desk.html", context)


@require_safe
def product(request: HttpRequest) -> HttpResponse:
    """Show the face of a product site: its own band and accent, and the way through it."""
    _pretend(request, Actor("陈晓岚", Role.BIDDER), "浙江云岭建设有限公司")
    context: dict[str, Any] = {
        "site": _site(),
        "now": NOW,
        "deadline": DEADLINE,
        "steps": _guarantee_steps(),
    }
    return shown(request, "ui/showcase/product.html", context)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    return shown(request, "ui/showcase/document.html", {"at": NOW})


@require_safe
def refusal(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django calls it with one
    raise Refused(
        Objection(
            "SECURITY_ABOVE_SHARE",
            facts={
                "amount": "¥350,000.00",
                "estimate": "¥15,000,000.00",
                "share": "2 %",
                "highest": "¥300,000.00",
            },
            citation="《招标投标法实施条例》第二十六条",
        ),
        Objection("NO_TENDER_FILE"),
    )


@require_safe
def not_allowed(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django calls it with one
    raise NotAllowed("look at the showcase")


@require_safe
def not_found(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django calls it with one
    raise NotFound("the showcase")


@require_safe
def error_page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a page that nobody wants to see, without its cause."""
    if name not in {"400", "403", "403_csrf", "404", "500"}:
        raise Http404
    return shown(request, f"{name}.html", {})


def _pretend(request: HttpRequest, actor: Actor, organisation: str) -> None:
    # The faces are shown as somebody would see them; no session is read or made.
    request.actor = actor  # type: ignore[attr-defined]  # set by the identity middleware
    request.organisation_name = organisation  # type: ignore[attr-defined]  # likewise


def _showcase_nav(current: str) -> list[NavItem]:
    pages = [
        ("components", "组件与状态", "设计系统"),
        ("workbench", "投标人工作台", "各种面貌"),
        ("product", "产品网站", "各种面貌"),
        ("desk", "财务工作台", "各种面貌"),
        ("document", "打印文件", "各种面貌"),
        ("refused", "被拒绝", "说不的页面"),
        ("not-allowed", "没有权限", "说不的页面"),
        ("not-found", "没有找到", "说不的页面"),
    ]
    return [
        NavItem(title, reverse(f"ui:{name}"), name == current, group)
        for name, title, group in pages
    ]


def _workbench_nav() -> list[NavItem]:
    here = reverse("ui:workbench")
    return [
        NavItem("招标文件领取", here, group="招标", badge="已完成"),
        NavItem("答疑与补充文件", here, group="招标"),
        NavItem("保证金查询", here, is_current=True, group="投标"),
        NavItem("投标文件递交", here, group="投标"),
        NavItem("开标大厅", here, group="开标", why_not="2025-12-08 14:30:00 开标后可进入"),
        NavItem("退款进度", here, group="开标后", why_not="中标结果公示后可查询"),
        NavItem("发票申请", here, group="开标后", why_not="开标后可申请"),
    ]


def _site() -> list[NavItem]:
    here = reverse("ui:product")
    return [NavItem("首页", here), NavItem("投标保函", here, is_current=True)]


def _desk_nav() -> list[NavItem]:
    here = reverse("ui:desk")
    return [
        NavItem("待认领款项", here, group="收款", badge="3"),
        NavItem("到账流水", here, group="收款"),
        NavItem("退款复核", here, is_current=True, group="退款", badge="12"),
        NavItem("退汇处理", here, group="退款", badge="1"),
        NavItem("银行对账", here, group="账务"),
        NavItem("单位管理", here, group="管理"),
        NavItem("政策参数", here, group="管理"),
    ]


def _every_check() -> list[Check]:
    return [
        Check(
            "付款账户是基本账户",
            "PASS",
            (("登记的基本账户", "1209 2800 0456"), ("付款账户", "1209 2800 0456")),
        ),
        Check(
            "到账金额等于应缴金额",
            "FAIL",
            (("应缴", "¥300,000.00"), ("实收", "¥299,980.00")),
            "还差 ¥20.00。请在截止时间前从基本账户补转差额，多笔合计即可。",
        ),
        Check(
            "付款户名与报名单位一致",
            "WARN",
            (("报名单位", "浙江云岭建设有限公司"), ("付款户名", "浙江云岭建设有限公司（衢州）")),
            "名称多出括号内文字，请上传更名证明，或联系开户行核对户名。",
        ),
        Check(
            "在截止时间前到账", "WAITING", (("截止", "2025-12-08 14:30:00"), ("到账", "尚未收到"))
        ),
        Check("与其他投标人付款账户不同", "SEALED"),
    ]


def _events() -> list[Event]:
    return [
        Event(
            NOW,
            "衢江示范银行",
            "收到 ¥299,980.00，比应缴少 ¥20.00",
            "bad",
            "银行流水号 20251205-000318",
        ),
        Event(NOW - timedelta(minutes=41), "陈晓岚", "查询子账号转账结果", "info"),
        Event(NOW - timedelta(hours=3), "陈晓岚", "选择以保证金方式缴纳", "ok"),
        Event(
            NOW - timedelta(days=1, hours=2), "陈晓岚", "保存联系人并下载招标文件，完成报名", "ok"
        ),
        Event(NOW - timedelta(days=9), "", "标段发布", "muted"),
    ]


def _guarantee_steps() -> list[Step]:
    return [
        Step("进入保函平台", "done"),
        Step("选择金融产品", "done", url=reverse("ui:components")),
        Step("填写授信信息", "done", url=reverse("ui:components")),
        Step("材料签章", "current", hint="等待法定代表人"),
        Step("保函支付", "todo"),
        Step("保函生成", "todo"),
        Step("退保申请", "blocked", hint="出函后可申请"),
        Step("发票申请", "blocked", hint="开标后可申请"),
    ]


def _short_steps() -> list[Step]:
    return [
        Step("报名", "done", hint="12-04 08:17"),
        Step("缴纳保证金", "current", hint="还差 ¥20.00"),
        Step("开标", "todo", hint="12-08 14:30"),
        Step("退还", "over", hint="已改用保函"),
    ]


def _account_facts() -> list[tuple[str, object]]:
    return [
        ("标段", "衢江区滨江路（府东街至信安大道）改造工程施工"),
        ("标段编号", "QZGQ202511019-1"),
        ("保函编号", ""),
        ("招标人", "衢江示范城市建设有限公司"),
    ]


def _explanations() -> list[Explanation]:
    return [
        Explanation(
            "没有提交退款申请。",
            "该标段处于中标候选人公示期，2025-12-12 24:00 公示结束后才能退还中标候选人的保证金。",
            "无需重复提交。公示期满且无异议，系统会自动生成退款申请并发短信告知。",
            "《招标投标法实施条例》第五十七条",
        )
    ]


def _wrong_form() -> SampleForm:
    form = SampleForm(
        {"name": "浙江云岭建设有限公司", "uscc": "91330800MA2", "bank": "", "way": "G"},
        auto_id="wrong_%s",
    )
    form.add_error(None, "开户银行没有确认该账户是基本账户，请核对后再提交。")
    return form


def _refund_rows() -> list[dict[str, Any]]:
    bidders = [
        ("浙江云岭建设有限公司", 30_000_000, 1_233, "wait", "待复核", timedelta(hours=5)),
        (
            "江山市峡里湖市政工程有限公司",
            30_000_000,
            1_233,
            "wait",
            "待复核",
            timedelta(minutes=38),
        ),
        ("衢州信安园林有限公司", 30_000_000, 0, "info", "银行处理中", timedelta(days=2)),
        ("开化钱江源生态科技有限公司", 5_000_050, 87, "bad", "退汇", timedelta(hours=27)),
        ("常山胡柚建设集团有限公司", 123_456_789, 5_321, "ok", "已退还", timedelta(days=4)),
        ("龙游石窟装饰工程有限公司", 800_000, 12, "warn", "即将超期", timedelta(seconds=-1)),
    ]
    return [
        {
            "bidder": bidder,
            "lot": f"QZGQ20251101{number}-1",
            "principal": principal,
            "interest": interest,
            "tone": tone,
            "state": state,
            "due": NOW + left,
        }
        for number, (bidder, principal, interest, tone, state, left) in enumerate(bidders)
    ]

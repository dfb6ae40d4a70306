"""What people read when something is refused: what happened, why, and what now.

Each code has its three sentences in ``WORDS``, the only place. ``{names}`` are filled with the
objection's facts. Sentences say who does what, and blame nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from biaobao.core.refusal import Objection

Templates = tuple[str | Promise, str | Promise, str | Promise]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal in three parts, and the article or standard that asks for it, if one does."""

    what: str
    why: str
    now: str
    citation: str = ""


GENERAL: Templates = (
    _("这一步没有办成，资料和资金都没有变动。"),
    _("当前情况不符合办理条件。"),
    _("请返回上一页核对；如仍不明白，请拨打页面下方的咨询电话，并告知代码 {code}。"),
)

WORDS: dict[str, Templates] = {
    "NAME_MISSING": (_("名称没有填写。"), _("名称为必填项。"), _("请填写与证照一致的全称。")),
    "USCC_INVALID": (
        _("统一社会信用代码有误。"),
        _("“{uscc}”不是 18 位有效代码，或校验码不符。"),
        _("请对照营业执照逐位核对，字母用大写，没有 I、O、S、V、Z。"),
    ),
    "USCC_TAKEN": (
        _("该单位已经登记。"),
        _("统一社会信用代码 {uscc} 已在使用。"),
        _("请在单位列表中按代码查找。"),
    ),
    "USERNAME_INVALID": (
        _("用户名不能使用。"),
        _("用户名须为 3 至 64 位文字、数字或 . _ @ -，不含空格。"),
        _("请换一个用户名。"),
    ),
    "USERNAME_TAKEN": (
        _("用户名不能使用。"),
        _("“{username}”已有人使用。"),
        _("请换一个用户名，例如加上单位简称。"),
    ),
    "PASSWORD_TOO_SHORT": (
        _("密码太短。"),
        _("密码至少 {length} 位。"),
        _("可用几个不相关的词连成一句，便于记忆。"),
    ),
    "PASSWORD_TOO_SIMPLE": (
        _("密码太简单。"),
        _("密码与用户名相同，或反复使用同几个字符。"),
        _("请换一个别人猜不到的密码。"),
    ),
    "PHONE_INVALID": (
        _("电话有误。"),
        _("电话只能是数字和短横线。"),
        _("请填写手机号，或带区号的座机号。"),
    ),
    "ACCOUNT_NAME_MISSING": (
        _("户名没有填写。"),
        _("户名为必填项。"),
        _("请按开户许可证或基本存款账户信息填写。"),
    ),
    "ACCOUNT_NUMBER_INVALID": (
        _("账号有误。"),
        _("账号须为 6 至 32 位数字，空格不计。"),
        _("请按开户许可证或基本存款账户信息逐位核对。"),
    ),
    "BANK_NAME_MISSING": (
        _("开户行没有填写。"),
        _("开户行为必填项。"),
        _("请填写到分行或支行。"),
    ),
    "BASIC_ACCOUNT_CHANGED": (
        _("没有核验通过，账户未变动。"),
        _("您查看期间，单位修改了账户信息。"),
        _("请核对修改后的内容，再次确认。"),
    ),
    "SIGN_IN_FAILED": (
        _("没有登录成功。"),
        _("用户名、密码或证书不正确，或账号不可用。"),
        _("请核对后再试；仍不成功时请联系本单位管理员。"),
    ),
    "SIGN_IN_THROTTLED": (
        _("暂时不能登录。"),
        _("短时间内登录失败次数过多。"),
        _("请 {minutes} 分钟后再试；投标人也可改用证书登录。"),
    ),
    "CHALLENGE_NOT_FRESH": (
        _("没有登录成功。"),
        _("登录验证码已过期或已用过，有效时间为 2 分钟。"),
        _("请重新点击“用证书登录”。"),
    ),
    "CERTIFICATE_NOT_OURS": (
        _("证书没有登记。"),
        _("证书不是本平台认可的机构签发，或文件无法读取。"),
        _("请上传认可机构签发的证书（.cer、.crt 或 .pem），不是 .p12 文件。"),
    ),
    "CERTIFICATE_OF_ANOTHER": (
        _("证书与单位不符。"),
        _("证书中的统一社会信用代码与本单位不一致。"),
        _("请使用本单位的证书；单位代码有变更的，请向签发机构换发。"),
    ),
    "CERTIFICATE_TAKEN": (
        _("证书没有登记。"),
        _("这张证书已经登记过。"),
        _("请在证书列表中查看；停用过的证书不能再次登记，请换发新证书。"),
    ),
    "CERTIFICATE_NOT_ENROLLED": (
        _("没有登录成功。"),
        _("这张证书有效，但没有登记到任何人员，或已停用。"),
        _("请由单位管理员用密码登录，在企业信息中登记证书。"),
    ),
    "CERTIFICATE_NOT_YET_VALID": (
        _("证书不能使用。"),
        _("证书还没有到生效时间。"),
        _("请在生效后使用，或向签发机构咨询。"),
    ),
    "CERTIFICATE_EXPIRED": (
        _("证书不能使用。"),
        _("证书已过有效期。"),
        _("请向签发机构续期，再由单位管理员登记新证书。"),
    ),
    "CERTIFICATE_NOT_FOR_SIGNING": (
        _("证书不能使用。"),
        _("这张证书不是签名证书。"),
        _("证书介质中通常有签名和加密两张证书，请选用签名证书。"),
    ),
    "CERTIFICATE_REVOKED": (
        _("证书不能使用。"),
        _("签发机构已吊销这张证书。"),
        _("请向签发机构换发，再由单位管理员登记新证书。"),
    ),
    "REVOCATION_UNKNOWN": (
        _("暂时不能用证书登录。"),
        _("系统没有取得签发机构当前有效的吊销列表，无法确认证书状态。"),
        _("请稍后再试，或先用密码登录。"),
    ),
    "PERSON_DISABLED": (
        _("没有登录成功。"),
        _("您的账号已停用。"),
        _("请联系本单位管理员或平台运营人员。"),
    ),
}


class _Facts(dict[str, str]):
    """Facts that never fail a sentence: a missing one is a dash."""

    def __missing__(self, key: str) -> str:
        return "—"


def explain(objection: Objection) -> Explanation:
    """Return the words for an objection; a code without words of its own gets general ones."""
    facts: Mapping[str, str] = _Facts(objection.facts, code=objection.code)
    what, why, now = (str(part).format_map(facts) for part in WORDS.get(objection.code, GENERAL))
    return Explanation(what, why, now, objection.citation)

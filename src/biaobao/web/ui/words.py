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
    # Coming in, and who somebody is.
    "SIGN_IN_FAILED": (
        _("没有登录成功。"),
        _("用户名、密码或数字证书不正确。"),
        _("请核对后重新登录；忘记密码时，请联系本单位管理员重设。"),
    ),
    "SIGN_IN_THROTTLED": (
        _("暂时不能登录。"),
        _("短时间内多次登录未成功，为保护账户已暂停登录。"),
        _("请在 {minutes} 分钟后再试。"),
    ),
    "CHALLENGE_NOT_FRESH": (
        _("没有登录成功。"),
        _("登录页面打开太久，或已经用过一次。"),
        _("请刷新登录页面，再用数字证书登录。"),
    ),
    "PERSON_DISABLED": (
        _("没有登录成功。"),
        _("该人员的账户已停用。"),
        _("请联系本单位管理员启用。"),
    ),
    "CERTIFICATE_NOT_OURS": (
        _("没有接受这张数字证书。"),
        _("证书不是本平台认可的机构签发的。"),
        _("请插入本平台认可的 CA 证书后重试。"),
    ),
    "CERTIFICATE_NOT_ENROLLED": (
        _("没有登录成功。"),
        _("这张数字证书还没有在本平台登记。"),
        _("请先用密码登录，在账户中心登记这张证书。"),
    ),
    "CERTIFICATE_OF_ANOTHER": (
        _("没有接受这张数字证书。"),
        _("证书上的统一社会信用代码与本单位不一致。"),
        _("请改用本单位的数字证书。"),
    ),
    "CERTIFICATE_TAKEN": (
        _("没有登记这张数字证书。"),
        _("这张证书已经登记过。"),
        _("请直接用它登录；需要换人使用时，请先在原人员名下注销。"),
    ),
    "CERTIFICATE_NOT_YET_VALID": (
        _("没有接受这张数字证书。"),
        _("证书的有效期还没有开始。"),
        _("请在证书生效后再试。"),
    ),
    "CERTIFICATE_EXPIRED": (
        _("没有接受这张数字证书。"),
        _("证书已经过期。"),
        _("请向签发机构办理续期后重试。"),
    ),
    "CERTIFICATE_REVOKED": (
        _("没有接受这张数字证书。"),
        _("签发机构已经吊销这张证书。"),
        _("请向签发机构重新办理证书。"),
    ),
    "CERTIFICATE_NOT_FOR_SIGNING": (
        _("没有接受这张数字证书。"),
        _("这张证书的用途不包含签名。"),
        _("请改用签发机构提供的签名证书。"),
    ),
    "REVOCATION_UNKNOWN": (
        _("暂时不能用数字证书登录。"),
        _("平台还没有取得签发机构最新的吊销列表，无法确认证书有效。"),
        _("请稍后再试，或先用密码登录。"),
    ),
    # Organisations, people, basic accounts.
    "NAME_MISSING": (
        _("没有保存。"),
        _("名称是空的。"),
        _("请填写完整名称后再保存。"),
    ),
    "USCC_INVALID": (
        _("没有保存。"),
        _("“{uscc}”不是有效的统一社会信用代码，校验位不符。"),
        _("请对照营业执照，填写 18 位代码。"),
    ),
    "USCC_TAKEN": (
        _("没有保存。"),
        _("统一社会信用代码 {uscc} 已经注册。"),
        _("请用已注册的单位登录；如非本单位注册，请拨打页面下方的咨询电话。"),
    ),
    "USERNAME_INVALID": (
        _("没有保存。"),
        _("用户名的格式不符合要求。"),
        _("请按输入框下方的要求填写用户名。"),
    ),
    "USERNAME_TAKEN": (
        _("没有保存。"),
        _("用户名 {username} 已被使用。"),
        _("请换一个用户名。"),
    ),
    "PASSWORD_TOO_SHORT": (
        _("没有保存。"),
        _("密码太短。"),
        _("请设置至少 {length} 位的密码。"),
    ),
    "PASSWORD_TOO_SIMPLE": (
        _("没有保存。"),
        _("密码与用户名相同，或重复的字符太多。"),
        _("请换一个不容易猜到的密码。"),
    ),
    "PHONE_INVALID": (
        _("没有保存。"),
        _("手机号码的格式不正确。"),
        _("请填写可以接收短信的手机号码。"),
    ),
    "ACCOUNT_NAME_MISSING": (
        _("没有保存基本账户。"),
        _("户名是空的。"),
        _("请填写基本存款账户信息上的户名。"),
    ),
    "ACCOUNT_NUMBER_INVALID": (
        _("没有保存基本账户。"),
        _("账号的格式不正确。"),
        _("请对照基本存款账户信息，重新填写账号。"),
    ),
    "BANK_NAME_MISSING": (
        _("没有保存基本账户。"),
        _("开户行是空的。"),
        _("请填写开户行全称，到支行或营业部。"),
    ),
    "BASIC_ACCOUNT_CHANGED": (
        _("没有确认基本账户。"),
        _("在您查看之后，该单位又改动了账户信息。"),
        _("请重新查看最新信息，再确认。"),
    ),
    # Projects, lots, policies.
    "NO_POLICY": (
        _("没有保存。"),
        _("该地区、该类采购没有适用的政策参数。"),
        _("请联系平台运营人员，先设置政策参数。"),
    ),
    "SECURITY_NOT_ALLOWED": (
        _("没有发布。"),
        _("该地区的这类采购不得收取投标保证金。"),
        _("请核对项目的采购类别；类别无误时，不在本平台收取保证金。"),
    ),
    "SECURITY_ABOVE_SHARE": (
        _("没有发布。"),
        _("保证金 {amount} 超过估算价 {estimate} 的 {share}，即 {highest}。"),
        _("请把保证金改为 {highest} 或更低。"),
    ),
    "SECURITY_ABOVE_CAP": (
        _("没有发布。"),
        _("保证金 {amount} 超过最高限额 {highest}。"),
        _("请把保证金改为 {highest} 或更低。"),
    ),
    "WAY_NOT_OPEN_HERE": (
        _("没有发布。"),
        _("所选的缴纳方式中，有本地区、本类采购没有开通的。"),
        _("请只保留已开通的缴纳方式。"),
    ),
    "CASH_ONLY": (
        _("没有发布。"),
        _("缴纳方式中没有保函，投标人只能缴纳现金。"),
        _("请把保函列入缴纳方式。"),
    ),
    "ONE_GUARANTOR": (
        _("没有发布。"),
        _("只指定了一家担保机构：{guarantors}。"),
        _("请不要限定担保机构，由投标人自行选择。"),
    ),
    "PAYMENT_BEFORE_DEADLINE": (
        _("没有发布。"),
        _("保证金缴纳截止 {payment_deadline_at} 早于投标截止 {deadline_at}。"),
        _("请把缴纳截止改为与投标截止相同。"),
    ),
    "PAYMENT_AFTER_DEADLINE": (
        _("没有发布。"),
        _("保证金缴纳截止 {payment_deadline_at} 晚于投标截止 {deadline_at}。"),
        _("请把缴纳截止改为与投标截止相同。"),
    ),
    "OPENING_BEFORE_DEADLINE": (
        _("没有保存时间。"),
        _("开标时间 {opening_at} 早于投标截止 {deadline_at}。"),
        _("请把开标时间改到投标截止之时或之后。"),
    ),
    "DEADLINE_TOO_SOON": (
        _("没有发布。"),
        _("距投标截止 {deadline_at} 只有 {days} 天，至少应有 {least} 天。"),
        _("请推迟投标截止时间。"),
    ),
    "NO_TENDER_FILE": (
        _("没有发布。"),
        _("还没有上传招标文件。"),
        _("请先上传招标文件，再发布。"),
    ),
    "LOT_NOT_DRAFT": (
        _("没有改动标段 {lot}。"),
        _("标段已经发布，发布后不能再改条件。"),
        _("如需更改时间，请使用延期。"),
    ),
    "LOT_NOT_WAITING_FOR_ITS_OPENING": (
        _("没有办理。"),
        _("该标段不在等待开标的状态。"),
        _("请刷新页面，查看标段的最新状态。"),
    ),
    "LOT_SUSPENDED": (
        _("没有办理。"),
        _("该标段已暂停，暂停期间不办理报名、缴纳、延期和开标。"),
        _("请等待恢复公告，时间以恢复公告为准；已缴纳的保证金保持不变，投标人也可以申请退回。"),
    ),
    "LOT_TERMINATED": (
        _("没有办理。"),
        _("该标段已终止，不再开标。"),
        _("不需要再办理；已缴纳的保证金按原路退还；银行同期存款利息由招标人依法另付。"),
    ),
    "LOT_NOT_SUSPENDED": (
        _("没有恢复。"),
        _("该标段没有处于暂停状态。"),
        _("请刷新页面，查看标段的最新状态。"),
    ),
    "RESUMED_INTO_THE_PAST": (
        _("没有恢复。"),
        _("投标截止时间 {past} 已经过去，现在是 {at}。"),
        _("恢复后要给所有投标人留出时间，请填写将来的时间。"),
    ),
    "NOT_YET_OPENING": (
        _("还不能开标。"),
        _("开标时间是 {opening_at}。"),
        _("请到时再开标；开标前，投标人和缴纳情况均保密。"),
    ),
    "POSTPONED_TO_EARLIER": (
        _("没有改动时间。"),
        _("新的时间 {earlier} 早于现在的 {stands}。"),
        _("时间只能往后移，请填写更晚的时间。"),
    ),
    "POSTPONED_INTO_THE_PAST": (
        _("没有延期。"),
        _("新的截止时间 {past} 已经过去，现在是 {at}。"),
        _("延期要给所有投标人留出时间，请填写将来的时间。"),
    ),
    "NOT_POSTPONED": (
        _("没有延期。"),
        _("填写的时间与现在的 {stands} 相同。"),
        _("请填写更晚的时间，或保持不变。"),
    ),
    "AMOUNT_NOT_POSITIVE": (
        _("没有保存。"),
        _("金额、天数应当大于零。"),
        _("请填写大于零的数字。"),
    ),
    "SHARE_NOT_A_SHARE": (
        _("没有保存政策参数。"),
        _("比例 {share} 不在 0 到 100 % 之间。"),
        _("请填写大于 0 且不超过 100 % 的比例。"),
    ),
    "POLICY_BACKDATED": (
        _("没有保存政策参数。"),
        _("生效日期 {valid_from} 早于今天 {today}。"),
        _("请填写今天或以后的日期；已发布的标段仍按原政策。"),
    ),
    "POLICY_ENDS_BEFORE_IT_BEGINS": (
        _("没有保存政策参数。"),
        _("失效日期早于生效日期。"),
        _("请更正失效日期，或留空表示长期有效。"),
    ),
    "POLICY_TAKEN": (
        _("没有保存政策参数。"),
        _("该地区、该类采购在 {valid_from} 已有一条政策。"),
        _("请换一个生效日期。"),
    ),
    "REGION_UNKNOWN": (
        _("没有保存。"),
        _("没有代码为 {region} 的地区。"),
        _("请从列表中选择地区。"),
    ),
    "KIND_UNKNOWN": (
        _("没有保存。"),
        _("没有代码为 {kind} 的采购类别。"),
        _("请从列表中选择采购类别。"),
    ),
    "ORGANISATION_OF_ANOTHER_ROLE": (
        _("没有保存。"),
        _("{name} 在平台上的身份与这里需要的不同。"),
        _("请选择身份相符的单位。"),
    ),
    "CODE_MALFORMED": (
        _("没有保存标段。"),
        _("“{given}”不是标段编号的写法。"),
        _("请按 QZGQ202511019-1 的样式填写，或留空由系统编号。"),
    ),
    "CODE_OF_ANOTHER_KIND": (
        _("没有保存标段。"),
        _("“{given}”的字头与地区、类别不符，应以 {letters} 开头。"),
        _("请更正编号，或留空由系统编号。"),
    ),
    "CODE_TAKEN": (
        _("没有保存标段。"),
        _("标段编号 {taken} 已被使用。"),
        _("请换一个编号，或留空由系统编号。"),
    ),
    "CODES_USED_UP": (
        _("没有保存标段。"),
        _("{series} 本月的编号已经用完。"),
        _("请联系平台运营人员。"),
    ),
    "DIFFERENCE_SETTLED": (
        _("没有保存说明。"),
        _("这处差异在此期间已经消除。"),
        _("请返回对账页面查看，无需再说明。"),
    ),
    "DIFFERENCE_EXPLAINED": (
        _("没有保存说明。"),
        _("这处差异已经由同事说明过，说明不能改写。"),
        _("请返回对账页面查看同事的说明。"),
    ),
    "EXPLANATION_TOO_LONG": (
        _("没有保存说明。"),
        _("说明超过 {most} 个字。"),
        _("请写得简短一些，再保存。"),
    ),
    "SPARE_OUT_OF_RANGE": (
        _("没有保存。"),
        _("备用子账号数应在 {least} 到 {most} 之间。"),
        _("请改为这个范围内的整数，再保存。"),
    ),
    "TEXT_MISSING": (
        _("没有保存。"),
        _("有一项必填内容是空的。"),
        _("请填写后再保存。"),
    ),
    "FILE_KIND_NOT_ALLOWED": (
        _("没有上传文件 {name}。"),
        _("这种文件不能上传。"),
        _("请改用以下格式：{allowed}。"),
    ),
    "FILE_IS_NOT_WHAT_IT_SAYS": (
        _("没有上传文件 {name}。"),
        _("文件内容与后缀名不符。"),
        _("请用原来的软件重新另存，再上传。"),
    ),
    "FILE_TOO_LARGE": (
        _("没有上传文件。"),
        _("文件大小 {size}，超过上限 {most}。"),
        _("请压缩或拆分后再上传。"),
    ),
    # Registering and securing.
    "CONTACT_MISSING": (
        _("没有完成报名。"),
        _("还没有选择联系人。"),
        _("请在招标文件领取页面选择联系人，再下载招标文件并点击“保存”。"),
    ),
    "CONTACT_NOT_YOURS": (
        _("没有选定联系人。"),
        _("所选人员不是本单位的在用人员。"),
        _("请从本单位人员中选择联系人。"),
    ),
    "FILE_MISSING": (
        _("没有完成报名。"),
        _("还没有下载招标文件。"),
        _("请下载招标文件，再点击“保存”。"),
    ),
    "REGISTRATION_MISSING": (
        _("还不能缴纳保证金。"),
        _("贵单位还没有完成该标段的报名。"),
        _("请先在招标文件领取页面选择联系人、下载招标文件并点击“保存”。"),
    ),
    "DEADLINE_PASSED": (
        _("没有办理。"),
        _("该标段的投标截止时间已过。"),
        _("该标段不再受理；截止后到账的款项会退还。"),
    ),
    "WAY_NOT_OFFERED": (
        _("没有选定缴纳方式。"),
        _("该标段没有开通这种缴纳方式。"),
        _("请在保证金查询页面选择列出的方式。"),
    ),
    "OTHER_WAY_CHOSEN": (
        _("没有办理。"),
        _("该标段已经选择了另一种缴纳方式。"),
        _("请到保证金查询页面查看已选的方式。"),
    ),
    "ASKED_JUST_NOW": (
        _("刚刚已经向银行查询过。"),
        _("为避免重复查询，两次之间需要间隔一会儿。"),
        _("请在 {seconds} 秒后再点击“子账号转账结果查询”。"),
    ),
    # Money that goes back.
    "LOT_OPENED": (
        _("没有办理。"),
        _("该标段已经开标，以开标时的缴纳情况为准。"),
        _("不能再改动；应退的款项由平台复核后退还，请到保证金查询页面查看进度。"),
    ),
    "ALREADY_RELEASED": (
        _("没有办理。"),
        _("这笔保证金已经撤回、退还或不再需要。"),
        _("请到保证金查询页面查看最新情况；截止前仍可重新选择缴纳方式。"),
    ),
    "NOTHING_TO_RETURN": (
        _("没有提出退款。"),
        _("这笔款项现在没有可以退的金额：或已计入保证金，或已在退款途中，或已被银行冲回。"),
        _("请刷新页面，查看这笔款项的最新情况。"),
    ),
    "REFUND_UNDER_WAY": (
        _("没有办理。"),
        _("这笔款项已经提出退款，正在等待复核。"),
        _("请先等待复核，或撤回那笔退款申请后再办理。"),
    ),
    "REASON_NOT_FITTING": (
        _("没有提出退款。"),
        _("所选的退款原因不适用于开标后的退还。"),
        _("请从列出的原因中另选一项。"),
    ),
    "CREDIT_REVERSED": (
        _("没有办理退款。"),
        _("银行已经冲回这笔入账，款项已回到付款账户，不能再退一次。"),
        _("请与开户行核对；如有疑问，请拨打页面下方的咨询电话。"),
    ),
    "REFUND_NOT_WAITING": (
        _("没有办理。"),
        _("这笔退款不在等待复核的状态，可能已由他人复核或撤回。"),
        _("请刷新页面，查看退款的最新状态。"),
    ),
    "OWN_PROPOSAL": (
        _("没有办理。"),
        _("这件事是您本人提出的，提出和复核须由两个人分别办理。"),
        _("请由本单位另一名人员登录后办理。"),
    ),
    "APPROVED_BY_PLATFORM": (
        _("没有复核。"),
        _("该标段已经开标，开标后的退款由平台复核。"),
        _("不需要再操作，请留意退款进度。"),
    ),
    "PAYEE_MISSING": (
        _("没有复核。"),
        _("银行没有提供付款账号，还不知道退到哪个账户。"),
        _("请投标人填写收款账户，平台核对后再复核。"),
    ),
    "PAYEE_UNCONFIRMED": (
        _("没有复核。"),
        _("投标人填写了新的收款账户，平台还没有核对。"),
        _("请等平台核对收款账户后再复核。"),
    ),
    "REFUND_NOT_FAILED": (
        _("没有办理。"),
        _("这笔退款没有被银行拒绝，也没有退汇。"),
        _("请刷新页面，查看退款的最新状态。"),
    ),
    "PAYEE_OF_ANOTHER": (
        _("没有保存收款账户。"),
        _("户名与本单位名称“{name}”不一致，保证金只能退到本单位的账户。"),
        _("请填写本单位的账户；单位更名的，请先联系平台更新单位名称。"),
    ),
    "PAYEE_TOLD": (
        _("没有保存收款账户。"),
        _("这笔退款已经填写过新的收款账户，平台正在核对。"),
        _("请等待核对结果；未通过时可以重新填写。"),
    ),
    "PAYEE_DECIDED": (
        _("没有办理。"),
        _("这个收款账户已经核对过。"),
        _("请刷新页面，查看核对结果。"),
    ),
    # Money that is claimed.
    "CLAIM_UNDER_WAY": (
        _("没有办理。"),
        _("这笔款项已经有一件认领正在办理。"),
        _("请等待那件认领的结果，或先将它撤回。"),
    ),
    "OFFER_NOT_CNY": (
        _("没有通知投标人。"),
        _("这笔款项的币种是 {currency}，保证金只收人民币，不能认给投标人。"),
        _("请将款项退回付款账户。"),
    ),
    "CLAIM_DECIDED": (
        _("没有办理。"),
        _("这件认领已经有了结果。"),
        _("请刷新页面，查看认领的最新状态。"),
    ),
    "NO_SUCH_BIDDER": (
        _("没有通知投标人。"),
        _("没有统一社会信用代码为 {uscc} 的投标人。"),
        _("请核对代码；该单位未在平台注册时，请将款项退回付款账户。"),
    ),
    "NOTHING_TO_MOVE": (
        _("没有转出这笔款项。"),
        _("只有整笔都不计入保证金的人民币款项才能转到另一标段，这笔款项不是。"),
        _("请刷新页面查看；不需要的部分可以申请退回。"),
    ),
    "AMOUNT_OTHER_THAN_CLAIMED": (
        _("没有确认认领。"),
        _("所选款项的金额或币种与认领的 {claimed} 不一致。"),
        _("请选择金额相符的款项；没有相符的，请驳回认领并说明原因。"),
    ),
    "SLIP_MISSING": (
        _("没有提交认领。"),
        _("没有上传银行回单，或上传的文件是空的。"),
        _("请上传付款回单的照片或 PDF 文件。"),
    ),
    "SLIP_TOO_LARGE": (
        _("没有提交认领。"),
        _("回单文件超过 {limit}。"),
        _("请压缩或重新截图后再上传。"),
    ),
    "SLIP_NOT_READABLE": (
        _("没有提交认领。"),
        _("文件“{name}”不是 PDF、PNG 或 JPEG 格式。"),
        _("请上传回单的 PDF 文件，或 PNG、JPEG 格式的照片。"),
    ),
    "UNPRINTABLE_CHARACTERS": (
        _("没有提交申请。"),
        _("有字符无法印在保函上：{characters}。"),
        _("请核对名称和地址；确有生僻字的，请改用其他缴纳方式。"),
    ),
    # A flag of the opening list. What is wrong with money is said in verdicts.py.
    "SHARED_PAYER": (
        _("付款账户与其他投标人相同。"),
        _("同一账户为不止一个投标人付款。"),
        _("由评标委员会按招标文件认定。"),
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

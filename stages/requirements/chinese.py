"""What does a Chinese sentence say, as far as rules can tell? EARS form, how many ideas, what a criterion observes."""

import re

from runner.said import say
from stages.requirements.ears import Form

# 应 is a duty but in 响应, 对应, 应用 and the like.
DUTY = (
    r"(?:\bshall\b|应当|应该|(?<![响对供相适反效感呼])应(?!用程|用系|用服|急|付款|收款|收账|答|聘|届)|必须|务必|须(?!知)|"
    r"需要|需(?!求)|不得|禁止)"
)
WEAK = r"(?:可以|可能|能够|能|会|将|要|想|希望|打算|计划)"
NEGATIVE = r"(?:不得|禁止|不应|必须不|不可|不能)"
EVENT = r"(?:每?当|一旦|每次|每逢|收到|在?[^，,]{1,40}(?:时|后|之后|以后|前|之前|的时候)[，,])"
UNWANTED = r"(?:如果|如若|如(?=[^，,]*[，,])|若|假如|假若|倘若|要是|万一|除非)"
STATE = r"(?:只要|在[^，,]{1,40}(?:期间|过程中|状态下|之内|中)[，,]|处于)"
OPTION = r"(?:在[^，,]{1,40}(?:情况下|条件下|场景下|环境下)[，,]|凡|对于?[^，,]{1,30}[，,])"
UNIVERSAL = (
    r"(?:每|各|所有|全部|任何|任一|一律|均|都|只|仅|始终|总是|永远|从不|不得|不应|禁止|必须|至少|至多|最多|不超过|不少于|"
    r"以内|之内|无|没有)"
)
ACTS = (
    "发送|发出|发邮件|发短信|通知|提醒|推送|清空|清除|删除|移除|导出|导入|打印|扣减|扣除|退款|归档|同步|触发|启用|停用|禁用|"
    "取消|锁定|解锁|注销|生成|重新计算|发布|下架|上架|创建|新建|分配|转发|备份|恢复|刷新"
)
JOINS = r"(?:(?<!一)并且?|同时|而且|且|还|另外|此外|然后|随后|接着|以及)"
SECOND_ACT = re.compile(
    rf"(?:{JOINS}|[；;])[\s，,]*(?:也|会|再|自动|立即|要)*(?:(?:向|给|对|为|将|把)[^，。；,;]{{1,15}}?)?(?:{ACTS})"
)

CONDITION = re.compile(
    rf"{UNWANTED}|当|给定|假设|设有|已知|已有|存在|有[^，,]{{1,30}}[，,]|对于?|用|以|由|从|在|按|经|[时后前][，,]|"
    r"(?:未|已)[^，,]{1,12}|"
    r"\b(?:GET|POST|PUT|PATCH|DELETE)\b|^(?:每|各|任何|所有|一|两|没有)"
)
OUTCOME = re.compile(
    r"\d|[“\"`‘「『]|返回|得到|收到|显示|看到|看见|列出|包含|等于|拒绝|接受|保存|写入|创建|删除|保留|保持|仍|不再|没有|不变|"
    r"出现|消失|存在|增加|减少|变为|成为|为空|相同|一致|恰好|只有|可见|不可见|失效|通过|提示|记录"
)
IT_WORKS = re.compile(
    r"(?:功能|系统|服务|程序|一切|全部|接口|页面|界面|流程|操作|结果|测试|使用|运行|显示|工作|处理)\w{0,6}?"
    r"(?:正常|没有?问题|无误|可用|好用|正确|良好|完好|成功|符合预期|如预期|满足要求|满足需求)(?:工作|运行|使用|显示|通过)?"
    r"\s*[。！.!]?\s*$|符合(?:预期|要求|需求)|满足(?:要求|需求|期望)|达到预期"
)


def form(text: str) -> Form | None:
    """The EARS pattern of a sentence; None when it has none."""
    duty = re.search(DUTY, text)
    if duty is None:
        return None
    before = text[: duty.start()].strip()
    kinds = [kind for kind in (Form.UNWANTED, Form.STATE, Form.OPTION, Form.EVENT) if _opens(kind, before)]
    actor = re.split(r"[，,：:]", before)[-1]
    actor = re.sub(r"^(?:则|那么|就|也|都|均|还)+", "", actor).strip()
    if not actor:
        return None
    if not kinds:
        return Form.UBIQUITOUS
    if not re.search(r"[，,]|则|那么", before):
        return None
    return Form.COMPLEX if len(kinds) > 1 and Form.OPTION not in kinds else kinds[0]


def _opens(kind: Form, before: str) -> bool:
    opening = {Form.UNWANTED: UNWANTED, Form.STATE: STATE, Form.OPTION: OPTION, Form.EVENT: EVENT}[kind]
    return bool(re.search(rf"(?:^|[，,]\s*)(?:并且?|且|和)?{opening}", before))


def problem_of(text: str, *, needs_trigger: bool) -> str:
    """Why a requirement says not when, who and 应; empty when it does."""
    if not re.search(DUTY, text):
        weak = re.search(WEAK, text)
        return say("says `{weak}`, not `应`", weak=weak[0]) if weak else say("has no `应`")
    if form(text) is None:
        return say("condition and actor can't be told apart: put a comma between them, and name who acts before `应`")
    if not re.search(r"\w", re.sub(UNIVERSAL, "", re.split(DUTY, text, maxsplit=1)[-1])):
        return say("nothing is said to be done after `应`")
    if needs_trigger and not triggered(text):
        return say("no trigger or condition (当, 如果, 在…期间), and no 每, 只 or 不得")
    return ""


def triggered(text: str) -> bool:
    return form(text) not in {None, Form.UBIQUITOUS} or bool(re.search(UNIVERSAL, text))


def is_failure_case(text: str) -> bool:
    before = re.split(DUTY, text, maxsplit=1)[0]
    return bool(re.search(rf"(?:^|[，,]\s*)(?:并且?|且|但)?{UNWANTED}", before.strip()))


def second_idea(text: str) -> str | None:
    """The words that start a second requirement in the same text; None when it is one."""
    plain = text.strip()
    duty = re.search(DUTY, plain)
    sentences = [one for one in re.split(r"(?<=[。！？；;])\s*", plain) if one.strip()]
    extra = next((one for one in sentences[1:] if re.search(DUTY, one) and not re.search(NEGATIVE, one)), None)
    if extra:
        return say("a second sentence, “{extra}”", extra=_short(extra))
    if duty is None:
        return None
    response = plain[duty.end() :]
    again = next((one for one in re.finditer(DUTY, response) if not re.fullmatch(NEGATIVE, one[0])), None)
    if again and not re.search(r"不\s*$", response[: again.start()]):
        return say("a second `{again}`, “{response}”", again=again[0], response=_short(response[again.start() :]))
    act = SECOND_ACT.search(response)
    return say("a second act, “{response}”", response=_short(response[act.start() :])) if act else None


def empty_criterion(text: str, words: float, shortest: float) -> str:
    """Why no test can decide a criterion; empty when one can."""
    if words < shortest:
        return say("“{text}” says neither what is done nor what is seen", text=text)
    if empty := IT_WORKS.search(text):
        return say("“{empty}” is no observation; say what is seen", empty=empty[0])
    if not CONDITION.search(text):
        return say("does not say in which situation (给定, 当)")
    return "" if OUTCOME.search(text) else "does not say what is then seen"


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"

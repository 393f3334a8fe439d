"""Is a Chinese rule an act that somebody does, or a limit that always holds?"""

import re
from functools import cache

from stages.requirements.document.figures import Bound, Figure, figures
from stages.requirements.document.lists import chinese, either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Kind

# "当…时，", "…后，", "…的，": what follows answers it.
LEADING = Pattern(
    r"^(?:如果?|若|当|一旦|凡|在)?[^，。；]{2,40}?(?:(?:时|之?后|之?前|的|期间|失败|[完满成]|者)[，,]|时(?=系统|平台|软件))"
)
FORBIDS = Pattern(
    r"不得|不[能可]|不应(?!当)|不允许|不许|不再|禁止|只能|只有|[只仅][限对派给接有由能可看显]|且仅|不要|不限|唯一|必须有|看不[到见]|不付|无权|不受|"
    r"不承担|不多于|(?:一律)?不(?:予|得)"
)
# How something is, or what holds of it.
LIMITS = Pattern(
    r"最多|至多|至少|最高|最低|[不未]超过|不少于|不低于|不大于|不高于|上限|下限|封顶|为限|重复|包括|包含|属于|"
    r"保存|保留|留存|存[到\s\d一二两三四五六七八九十]|有效期|精确|大于|小于|为\s*\d|比例|按.{1,12}计算|优惠|截止|持续|"
    r"留[一二三四五六七八九十两\d]|提前\s*\d|标准|遵守|符合|以[下上](?!架)|[打\d一二三四五六七八九]折|先于|不支持|每吨|元|"
    r"由.{1,8}组成|协议|费|载明|对应|绑定|什么的|免[收费付]|免除?(?=[^，。；]{0,6}费)|删掉|可见|加收|加\s*\d+\s*分|"
    r"上浮|下浮|满[^，。；]{1,6}清零|累计|以[^，。；]{1,8}计|一对一|不计|等(?:费用|格式)|(?:类型|种类|类别)有|阈值|规则[：:]|不限"
)
# Neither the deadline of an act nor how often it is done is a limit of its own.
PERIOD = Pattern(r"次/|每\s*\d*\s*(?:天|日|周|月|年|次|分钟|小时|秒)")


@cache
def _acts() -> re.Pattern[str]:
    lists = either("chinese", "human_acts", "emits", "acts")
    who = rf"(?:{either('chinese', 'persons')}|{either('chinese', 'system')})"
    return re.compile(
        rf"(?:^|[，；|]\s*){who}[^，。；]{{0,12}}?(?:{lists})|"
        rf"(?:应当?|须|可以?|能够?|要|需要?|得|将|由[^，。；]{{1,8}}|予以|进行|自动|就)[^，。；]{{0,10}}?(?:{lists})"
    )


def constraint_or_function(said: str) -> Kind:
    """`said`: a rule or a wish that is no quality."""
    main = LEADING.sub("", said)
    conditional = main != said
    if FORBIDS.search(main):
        return Kind.FUNCTIONAL if conditional and _acts().search(main) and _answers(main) else Kind.CONSTRAINT
    acts = _acts().search(main)
    if acts and conditional:
        return Kind.FUNCTIONAL
    if acts and not chinese("states").search(main):
        counted = [one for one in figures(main, chinese=True) if _bounds(one)]
        return Kind.CONSTRAINT if counted and not re.search(r"优先|自动", main) else Kind.FUNCTIONAL
    return Kind.CONSTRAINT if LIMITS.search(main) or chinese("states").search(main) else Kind.FUNCTIONAL


def _answers(main: str) -> bool:
    """The prohibition is an answer of the system, which does something besides."""
    return bool(re.search(r"(?:系统|平台)[^，。；]{0,6}(?:不|拒)|[并且同][^，。；]{0,3}(?:提示|通知|告|给)", main))


def _bounds(one: Figure) -> bool:
    """How many or how much; a deadline bounds no act."""
    return one.bound is not Bound.EXACT and "time" not in one.of

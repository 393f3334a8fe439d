"""Which kind is a Chinese sentence, and does it oblige?"""

import re
from dataclasses import replace
from functools import cache

from stages.requirements.document.chinese_rules import constraint_or_function
from stages.requirements.document.lists import chinese, either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Kind
from stages.requirements.document.terms import Terms, under
from stages.requirements.document.units import Block, Unit

MODAL = Pattern(
    r"(?<![响对供相适反效感呼])应(?![用急收付答届])|必须|务必|须|需要?(?!求)|不得|不能|不可|"
    r"不允许|不许|禁止|只能|可以|可(?=[随查申取选在对按远])|允许|要(?![求素点闻])|希望|最好|"
    r"想(?=让|要|能)|"
    r"至少|最多|至多|最高|最低|不超过|不少于|不低于|不大于|不高于|以内|支持|提出"
)
PERFORMANCE = Pattern(
    r"\d[\d.]*\s*(?:毫秒|秒|ms|s)(?!钟后)|并发(?![送出布放给])|\d+\s*(?:人|名|个|台)"
    r".{0,8}(?:同时|在线)|同时.{0,6}\d+\s*(?:人|名|个|台)|可用(?:性|率)|停机|宕机|"
    r"恢复(?!一个|窗口|使用)|备份|数据丢失|加密|bcrypt|TLS|HTTPS|兼容|误差|成功率|吞吐|"
    r"延迟不?超过|等保|脱敏存储|双因素|二次验证|容灾|百分位|故障时间|不可用的?时间|(?:口令|密码)[^，。]{0,8}\d+\s*位|(?:安卓|Android|苹果|iOS|微信)[^，。]{0,6}\d[\d.]*(?:及以上|以上|开始|起|版本)|安卓(?:和|、)苹果|"
    r"丢失?[^，。；]{0,6}\d+\s*(?:分钟|秒|小时|条)|分位|从\s*\d+\s*开始"
)
A_VALUE = 24  # characters of a row that is nothing but a key and its value
PRICE = Pattern(r"\d[\d.]*\s*(?:元|%|％|折|角|分)|[¥￥]\s*\d")


def kind_of(unit: Unit, number: int, terms: Terms) -> Kind:
    if number in terms.glosses:
        return Kind.BACKGROUND
    if unit.block is Block.ROW and _is_data_row(unit):
        return Kind.QUALITY if PERFORMANCE.search(unit.said) else Kind.CONSTRAINT
    if not _obliges(unit):
        scoped = under(unit, "scope_headings") or chinese("scope_signs").search(unit.said)
        return Kind.SCOPE if scoped and not chinese("remarks").search(unit.said) else Kind.BACKGROUND
    if is_quality(replace(unit, said=unnamed(unit.said, terms))):
        return Kind.QUALITY
    return constraint_or_function(unit.said)


def _is_data_row(unit: Unit) -> bool:
    return len(unit.said) < A_VALUE and bool(PRICE.search(unit.cells[-1] if unit.cells else ""))


def _obliges(unit: Unit) -> bool:
    said = unit.said
    if re.search(r"[？?]$", said) or chinese("scope_signs").search(said) or under(unit, "scope_headings"):
        return False
    strong = re.search(
        r"必须|应当|不得|务必|(?<![响对供相适反效感呼])应(?![用急收付答届])|须(?!知)|要(?=符合|"
        r"有|能|快|稳|简|上传|走|提前)",
        said,
    )
    if chinese("remarks").search(said) and not (strong and re.search("系统|平台|小程序", said)):
        return False
    main = re.sub(r"^[\u4e00-\u9fff]{2,4}(?:提出|要求|建议|强调)[，,]", "", said)
    if (
        chinese("history").search(SAID_OF.sub("", main))
        and not strong
        and not re.search(r"每(?:天|日|周|月|年|次)", main)
        and not re.search(r"系统|小程序|平台", main)
    ):
        return False
    if under(unit, "background_headings") or (
        chinese("history").match(SAID_OF.sub("", main)) and not (strong and CASE.match(main))
    ):
        return False
    if under(unit, "role_headings") or under(unit, "term_headings"):
        return bool(re.search(r"必须|不得|只能|最多|可以|能看|至少", said))
    return not re.search(r"^(?:大家|我们?|他们|先说)|约\s*\d+\s*[%％张个人]|(?:开会|带来|批了|谈了?)[。！]?$", main)


SAID_OF = Pattern(r"(?:反映|发现|认为|提出)[^，。；]{0,8}的")  # 反映强烈的商品: which ones, and not what was said
CASE = Pattern(r"[^，。；]{2,20}的[，,]")  # 发现假币的，应当上报


def is_quality(unit: Unit) -> bool:
    said = unit.said
    if re.search(r"删除|保存期?|只有|仅限|退出登录|锁定|签收|位置(?!查询)", said) and not re.search(
        r"恢复|备份|加密", said
    ):
        return False
    if PERFORMANCE.search(said):
        return not re.search(r"取消订单|重试|上传一次|呼叫|价格|提醒|通知|发短信", said)
    if under(unit, "quality_headings"):
        if chinese("quality").search(said):
            return True
        rules = r"可见|查看|看|记录|导出|收取|权限|不得|协议|支付|到场|登录(?!口令|密码)"
        return not re.search("数据|权限", unit.headings[-1]) and not re.search(rules, said)
    return attribute_of_product(said) is not None


def unnamed(said: str, terms: Terms) -> str:
    """The sentence without the names that the document defines: 安全 in 安全员 says nothing about security."""
    for term in (term for term in terms.terms if term):
        said = said.replace(term, "〇" * len(term))
    return said


def _ends_with_a_wish(said: str, found: re.Match[str]) -> bool:
    """ "出票要快": the sentence ends with what something shall be like, and nobody does it."""
    before = said[: found.start()]
    duty = re.match(r"要|得|应", found[0]) or re.search(r"(?:要|得|应当?|必须|须)$", before)
    return bool(
        duty and len(before) > 1 and not said[found.end() :].strip("。！ ") and not chinese("persons").search(before)
    )


# 下单页面要防呆, 系统不能老卡: what a part of the product shall be like, in any word that is no act.
PART = Pattern(
    r"^(?:[|\s]*)[^，。；|]{0,6}?(?:系统|平台|小程序|软件|页面|网页|界面|屏幕|画面|搜索|查询|结果|地图|流程|操作|按钮|字体|字号|提示音?|"
    r"排版|布局|登录|加载|打开|图标|菜单|语音|个人信息|数据传输)(?:整体|本身)?"
    r"(?P<how>(?:不能|不要|不应|别|要|应当?|须|必须|得|一定要)(?:足够|尽量|真正|比较|更|很|老|总|经常|让人|妥善|充分|严格|易于|便于|方便)?"
    r"[\u4e00-\u9fff]{1,6})[。！\s|]*$"
)


@cache
def _done() -> re.Pattern[str]:
    lists = either("chinese", "human_acts", "emits", "acts", "states")
    return re.compile(
        rf"(?:要|应当?|须|得|能|别)(?!.*(?:{LIKE}))[^，。]{{0,3}}?(?:{lists}|支持|采用|使用|提供|显示|展示|记录|保存|备份|"
        r"加密|校验|检查|拒绝|允许|限制|删除|导出|导入|上传|下载|生成|打印|同步|更新|包含|包括|符合|遵守|兼容|接入|区分|"
        r"标注|公开|可见|查看|修改|按|以|由|在|向|给|对|把|将|有|为|是|带|留)"
    )


LIKE = "妥善|充分|严格|易于|便于|方便|让人"


def _claim_of_a_part(said: str) -> re.Match[str] | None:
    found = PART.match(said)
    return found if found and not _done().search(found["how"]) and not re.search(r"\d", said) else None


def attribute_of_product(said: str) -> re.Match[str] | None:
    """ "系统要稳定可靠": how well, and not when or which."""
    for found in chinese("quality").finditer(said):
        subject = chinese("quality_subject").search(said[: found.start()])
        leak = re.search(r"泄露|泄漏|外泄|安全$", found[0])
        near = re.search(
            r"(?:要|应|须|必须|具备|具有|有|保证|保持|满足|能够?|够|得|更|很|非常|尽量|易|不能|足够|"
            r"做到)\S{0,6}$|[，、]$|(?:系统|界面|平台)(?:操作|整体|运行)?$",
            said[: found.start()],
        )
        bare = re.match(r"(?:要|应当?|须|必须|得|需要?)\S{0,2}$", said[: found.start()] or "-") or re.match(
            r"(?:要|应|得)", found[0]
        )
        if (
            _ends_with_a_wish(said, found)
            or (subject and near)
            or leak
            or (bare and said.startswith(("要", "应", "须", "必", "得", "需")))
            or (subject and re.match(r"(?:要|应|得)", found[0]))
        ):
            return found
    return _claim_of_a_part(said)

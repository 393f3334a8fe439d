"""Who does what a Chinese sentence demands, and when, where it names nobody or no event?"""

import re
from collections.abc import Sequence

from stages.requirements.document.lists import chinese, either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.terms import Terms
from stages.requirements.document.units import Unit

BARE = 14  # signs of a sentence that says nothing but that something is done
MODALITY = (
    r"(?:应予|须予|应当?|须经?|必须|务必|要|需要?|可以|可|经|得到|进行|予以|被|一定|均|都|统一|有人|专人|允许|能)"
)
NEGATED = Pattern(r"不|未|禁止|无|没有?(?!人)|只|仅")


def names_somebody(text: str, terms: Terms) -> bool:
    return any(role and role in text for role in terms.roles) or bool(chinese("persons", "system").search(text))


def without_actor(units: Sequence[Unit], number: int, terms: Terms) -> str:
    said = units[number].said
    nobody = re.search(r"(?:必须|一定要|须|要|应|需要?)?有(?:专?人)(?:来)?(?:负责)?\S{2,4}", said)
    duty = re.search(r"(?:必须|一定要|须|(?<!只)要|应当?|需要?|得)有专?人(?!数|工|民|员|均|口)\S{1,4}", said)
    if duty and not re.search(r"由|系统", said):
        return duty[0].rstrip("。")
    if nobody and re.search(either("chinese", "human_acts"), nobody[0]):
        return nobody[0].rstrip("。")
    if habit := _by_habit(said, terms):
        return habit
    pattern = re.compile(
        rf"{MODALITY}(?:在[^，。]{{1,10}}[内前时后中])?(?:及时|尽快|妥善|定期|尽量|适当|合理|统一|认真|逐级|提前|由?专人|再次?|先|"
        rf"马上|立即|严格|另行|人工|事后|一并|单独)*(?:(?![由向时])"
        rf"[\u4e00-\u9fff]{{1,2}})?(?:进行|予以|加以|得到|经过?)"
        rf"?(?P<act>{either('chinese', 'human_acts')})"
    )
    for match in pattern.finditer(said):
        before = re.split(r"[，,；;]", said[: match.start()])[-1]
        if (
            names_somebody(match[0], terms)
            or NEGATED.search(before[-4:])
            or NEGATED.search(match[0])
            or (match[0].startswith("可") and not re.search("[\u4e00-\u9fff]", before))  # 可上传…: by whoever uses it
            or re.search(r"自动|系统|平台|本人|自己|自行", said)
        ):
            continue
        subject = said[: match.start()]
        soft = re.fullmatch(either("chinese", "soft_acts"), match["act"])
        if soft and (len(said) > BARE or re.search(r"[，,\d]", said)):
            continue
        if "得到" in match[0] and not re.search("由|[给向]", said):  # who is named there receives
            return match[0]
        if (
            _begins(said, terms)
            or _acts(subject, terms)
            or (re.search(r"由[^，。]{2,8}", said) and not re.search(r"由专人", said))
        ):
            continue
        if re.match(r"[^，。]{0,4}(?!后[才方])(?:时(?!间|段|限|长)|后|前)", said[match.end() :]):
            continue
        if _named_elsewhere(units, number, match["act"], terms):
            continue
        return match[0]
    return _done_by_hand(units, number, terms)


# 每晚清点钱箱, 冷柜温度一天记两次: what hands do, as often as is said, whosever they are.
HABIT = Pattern(
    r"(?:每[日天晚周月班次]|[一两][天日周月]|每周[一二三四五六日])(?:须|要|应)?"
    r"(?P<act>(?:清[点洗扫]|盘点|巡[查检视]|抽[查检]|检[查修]|核[对查]|[记查点测洗擦称]|下架|消毒|打扫|整理|更换|校准)"
    r"[\u4e00-\u9fff]{0,6})(?=[。，；|]|$|\s)"
)


def _by_habit(said: str, terms: Terms) -> str:
    """What somebody does so often, whom the sentence does not name."""
    if names_somebody(said, terms):
        return ""
    often = re.search(
        rf"^(?:[^，。]{{2,10}})?每(?:隔?[\d一两二三四五六七八九十半]*个?)[天日周月季年](?:度)?(?:至少|须|应|"
        rf"要)?(?P<act>{either('chinese', 'human_acts')})"
        r"[\d一两二三四五六七八九十]次",
        said,
    )
    if often and not re.search("自动|备份", said):
        return often["act"]
    by_hand = HABIT.search(said)
    return by_hand["act"] if by_hand and not re.search("自动|系统|平台", said) else ""


# 须逐一核对, 应予审核: an adverb of what people do, and nothing behind the verb that it is done to.
BY_HAND = Pattern(
    r"(?:应予|须予|(?:应当?|须|必须|要|得)(?:酌情|重新|另行|再次|逐[一项个件级]|当[场面]|现场|人工|专门|分别|如实|"
    r"妥善|及时|尽快|予以|加以)+)(?!由)(?P<act>[\u4e00-\u9fff]{2})(?=[。；，]|\s*[|]|$)"
)


def _done_by_hand(units: Sequence[Unit], number: int, terms: Terms) -> str:
    said = units[number].said
    found = BY_HAND.search(said)
    if not found or re.search(r"自动|系统|平台|本人|自己|自行|由", said) or NEGATED.search(said[: found.start()][-4:]):
        return ""
    if re.fullmatch(either("chinese", "soft_acts", "states", "emits"), found["act"]) or names_somebody(
        SERVICE.sub("", said), terms
    ):
        return ""
    return "" if _named_elsewhere(units, number, found["act"], terms) else found[0]


SERVICE = Pattern(r"(?:服务|应用)(?=[\u4e00-\u9fff])(?!应|须|要|会|可|能|将|自动)")  # 服务照片 is no service that acts


def _begins(said: str, terms: Terms) -> bool:
    """用电户对账单有异议的，可以…: who acts stands at the beginning."""
    return any(
        role and re.match(rf"{re.escape(role)}(?:对|在|于|有|未|不|因|若|如|提|经|把|将|可|应|须|要|能)", said)
        for role in terms.roles
    )


# 人员名单, 客户资料: what belongs to people, without 的.
HIS_PAPERS = Pattern(
    r"[\u4e00-\u9fff]{2,6}(?:名单|信息|资料|证件|档案|材料|名册|账号|数据|记录|情况|身份|申请|请求|投诉|合同|费用|账单)"
)


def _acts(subject: str, terms: Terms) -> bool:
    """Somebody stands in it who does something, and is not only whose thing it is (客户的订单)."""
    owned = re.sub(
        r"[\u4e00-\u9fff]{2,5}的(?=[\u4e00-\u9fff])", lambda m: m[0] if re.search("后|时|前", m[0]) else "", subject
    )
    return names_somebody(HIS_PAPERS.sub("", owned), terms)


def _named_elsewhere(units: Sequence[Unit], number: int, act: str, terms: Terms) -> bool:
    """Somebody of the document does the same act with a thing of this sentence, or stands beside it."""
    things = pairs(units[number].said.replace(act, ""))
    for other, unit in enumerate(units):
        if other == number or act not in unit.said:
            continue
        before = unit.said.split(act)[0]
        if names_somebody(before, terms) and (things & pairs(unit.said.replace(act, "")) or abs(other - number) == 1):
            return True
    return False


def pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1) if re.fullmatch("[\u4e00-\u9fff]{2}", text[n : n + 2])} - {
        "应当",
        "必须",
        "可以",
        "需要",
        "系统",
        "进行",
        "以上",
        "以下",
        "不得",
        "不能",
    }


def _receives(said: str, terms: Terms) -> str:
    """ "收件人会接到电话通知": when?"""
    people = "|".join([*(re.escape(role) for role in terms.roles if role), either("chinese", "persons")])
    match = re.search(
        rf"^(?:每[名个位])?(?:{people})(?:将|会|应|可以?|能够?|都|均)*(?P<act>(?:收到|接到|得到|获得)(?:[^，。]{{0,8}}"
        rf"{either('chinese', 'emitted')}|一[份条封张][^，。；]{{1,12}}))(?=[。；]|$)",
        said,
    )
    return match["act"] if match else ""


def without_trigger(units: Sequence[Unit], number: int, terms: Terms) -> str:
    unit = units[number]
    said = unit.said
    if (got := _receives(said, terms)) and not chinese("triggers").search(said.replace(got, "")):
        return got
    if chinese("triggers").search(said.rstrip("。")):
        return ""
    act = re.search(
        rf"^(?:本|该|整个)?(?:{either('chinese', 'system')})(?:应当?|须|必须|会|要|可以|能够?|"
        rf"需要?|自动|统一|主动|定时|定期|按时|还|也|负责)*(?:(?:向|给|为|对)[^，。]{{1,12}}?)"
        rf"?(?P<act>{either('chinese', 'emits')})(?P<what>.*)$",
        said,
    )
    if not act:
        act = re.search(
            rf"^(?:应当?|须|必须|会|要|自动)"
            rf"*(?P<act>{either('chinese', 'emits')})(?P<what>[^，"
            rf"。]*{either('chinese', 'emitted')}[^，。]*)$",
            said,
        )
    shown = (
        None
        if act
        else re.search(
            rf"^[^，。]*(?P<act>{either('chinese', 'emitted')}(?:应|要|须|"
            rf"需要)?(?:给|发给|报给|推送给|发送给|报送)[^，。]+)",
            said,
        )
    )
    if not act and not shown:
        return ""
    neighbours = [units[n] for n in (number - 1, number + 1) if 0 <= n < len(units) and units[n].group == unit.group]
    if any(
        re.match(r"(?:该|此|这|以上|上述|提醒|通知|消息|报表)", one.said) and chinese("triggers").search(one.said)
        for one in neighbours
    ):
        return ""
    if act:
        return (act["act"] + re.split(r"[，。]", act["what"])[0]).strip()
    return shown["act"] if shown else ""

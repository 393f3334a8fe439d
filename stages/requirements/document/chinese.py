"""What is unclear in a Chinese sentence that obliges?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stages.requirements.document.chinese_kinds import attribute_of_product, unnamed
from stages.requirements.document.lists import chinese, either
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import Terms, under
from stages.requirements.document.units import Unit

DIGIT = r"(?:\d[\d.,]*|[一二三四五六七八九十百半两]+)"
MEASURE = re.compile(
    rf"{DIGIT}\s*(?:个)?(?:毫秒|秒|分钟|刻钟|小时|工作日|自然日|天|日|周|月|学期|年|元|%|％|次|公里|吨|米)"
)
FIGURE = re.compile(r"\d|百分之|[一二三四五六七八九十百千万两]+\s*(?:个)?(?:毫秒|秒|分钟|小时|人|次|步)")
CRITERION = re.compile(
    r"TLS|HTTPS|AES|bcrypt|argon2|等级保护|国密|SM[234]|等保|ISO|GB/?T|OAuth|"
    r"加密|哈希|双因素|Chrome|Edge|iOS|安卓|Android|微信",
    re.IGNORECASE,
)
# "经常迟到的职工", "金额较大的订单": a group by a degree.
GRADED = re.compile(
    r"(?:经常|多次|长期|频繁|屡次|表现|成绩|业绩|信用|信誉|情节|金额|数量|价值|距离|年龄|年纪|岁数|资历|经验|"
    r"态度|状况|风险|(?<!受)影响|规模|"
    rf"贡献)[^，。；\d]{{0,6}}的{either('chinese', 'persons', 'sorted')}|"
    rf"[\u4e00-\u9fff]{{2,4}}[多少好差高低强弱久](?<!最多)(?<!最少)(?<!最高)"
    rf"(?<!至少)的{either('chinese', 'persons', 'sorted')}"
)
OPEN_CLAIM = re.compile(r"(?!.*(?:不得|只|每|均|所有|全部|支持|禁止|一律)).*(?:应|要|须|必须|别|不能|不要)(?!用).{1,}")
BARE = 14  # signs of a sentence that says nothing but that something is done
FEW = 2  # roles of a document that lists its roles; actors of a sentence with more than one
SOME_WORDS = 4  # signs of a clause that says more than who
MODALITY = (
    r"(?:应予|须予|应当?|须经?|必须|务必|要|需要?|可以|可|经|得到|进行|予以|被|一定|均|都|统一|有人|专人|允许|能)"
)
NEGATED = re.compile(r"不|未|禁止|无|没有?(?!人)|只|仅")
RELATED = re.compile(
    r"批|审|确认|核|签|则|再|他|她|其|该|并|收到|看到|之后|后$|后，|随后|然后|即|就|由|对方|同时通知|转|才|也|的，|"
    r"时，|前，|失败|如果|否则|不放人"
)
CLAUSE = re.compile(r"[，,；;、](?:并且?|同时|而|另外|还有)?")


def defects(units: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    """All of one sentence but what other sentences repeat, contradict or leave uncovered."""
    said = units[number].said
    taken: list[str] = []
    if escape := chinese("escapes").search(said):
        taken.append(escape[0])
        yield Found(defect=Defect.ESCAPE, span=escape[0])
    if open_end := _unbounded(said):
        taken.append(open_end)
        yield Found(defect=Defect.UNBOUNDED, span=open_end)
    if undefined := _undefined(said, kind, terms):
        taken.append(undefined)
        yield Found(defect=Defect.UNDEFINED, span=undefined)
    yield from _gradable(replace(units[number], said=unnamed(said, terms)), kind, taken)
    if compound := _compound(said, terms):
        yield Found(defect=Defect.COMPOUND, span=compound)
    if kind is not Kind.QUALITY:
        if act := _without_actor(units, number, terms):
            yield Found(defect=Defect.NO_ACTOR, span=act)
        if act := _without_trigger(units, number, terms):
            yield Found(defect=Defect.NO_TRIGGER, span=act)


def _unbounded(said: str) -> str:
    for match in chinese("open_lists").finditer(said):
        before = said[: match.start()]
        if match[0].startswith("等") and not re.search(
            r"、[^，。；]{1,16}$|和[^，。；]{1,10}$|[\u4e00-\u9fff]{2,}$", before
        ):
            continue
        if match[0] == "等" and re.search(r"(?:要|须|需|请|再|先|就|可以|在)$", before):
            continue
        return match[0]
    endless = chinese("unlimited").search(said)
    return endless[0] if endless else ""


def _gradable(unit: Unit, kind: Kind, taken: Sequence[str]) -> Iterator[Found]:
    said = unit.said
    if kind is Kind.QUALITY:
        found = attribute_of_product(said) or chinese("quality").search(said) or chinese("manner").search(said)
        found = found or (OPEN_CLAIM.match(said) if under(unit, "quality_headings") else None)
        if found and not FIGURE.search(said) and not CRITERION.search(said):
            yield Found(defect=Defect.UNMEASURABLE, span=found[0])
        return
    for match in chinese("manner").finditer(said):
        word = match[0]
        if any(word in one or one in word for one in taken) or _made_precise(said, match):
            continue
        yield Found(defect=Defect.VAGUE, span=word)
        return


def _made_precise(said: str, match: re.Match[str]) -> bool:
    after, word = said[match.end() :], match[0]
    if word in {"提前", "提早"}:
        return bool(
            MEASURE.search(said)
            or re.match(r"(?:还|终止|结束|完成|归还|通知[^，。]{0,3}后)", after)
            or re.search("不", said[: match.start()][-2:])
        )
    if word == "优先":
        return True
    if re.match("优惠|折扣|补贴|奖励", word):
        return bool(FIGURE.search(said)) or not re.search(
            r"(?:享受|给予|有|享有|给)[^，。]{0,6}$", said[: match.start()]
        )
    if word in {"左右", "大约", "大概", "基本", "几乎"}:
        return True
    if re.match(r"\s*[（(]", after) or MEASURE.search(after[:12]):
        return True
    return bool(re.search(r"快|早|及时|时间|长|期|短|稍后|赶|迅速|久|晚|频|常", word) and MEASURE.search(said))


def _undefined(said: str, kind: Kind, terms: Terms) -> str:
    if kind is Kind.QUALITY:
        return ""
    named = "".join(f"|{re.escape(term)}" for term in terms.terms if re.fullmatch("[\u4e00-\u9fff]{2,}", term))
    roles = "|".join(re.escape(role) for role in terms.roles if re.fullmatch("[\u4e00-\u9fff]{2,}", role))
    before = rf"|(?<![\u4e00-\u9fff])[老新大小](?={roles})" if roles else ""
    nouns = either("chinese", "sorted", "persons")
    group = rf"(?P<how>{either('chinese', 'standing')}{before})(?:的)?(?P<noun>{nouns}{named})"
    for match in re.finditer(group, said):
        words, how = match[0], match["how"]
        if words in {
            "特殊情况",
            "特定情况",
            "紧急情况",
            "一般情况",
            "有关情况",
            "相关信息",
            "相关数据",
            "相关资料",
            "相关内容",
            "主要内容",
            "主要信息",
            "问题单",
            "相关业务",
            "相关操作",
            "特殊问题",
            "主要数据",
            "普通用户",
            "一般问题",
            "有关信息",
            "有关数据",
            "有关资料",
            "相关文件",
            "重要信息",
            "外部系统",
        }:
            continue
        if how.startswith(("问题", "不合格", "合格")) and re.search(
            r"(?:出|有|发现|遇到?|存在|[抽检送初复]检|检[验测]|验收|测试|审核|考核|化验)$", said[: match.start()]
        ):  # a problem that occurred, a test that was not passed
            continue
        if words in terms.definitions or how.rstrip("的") in terms.definitions:
            continue
        if re.match(r"\s*[（(]", said[match.end() :]) or (
            MEASURE.search(said[match.end() : match.end() + 10])
            and re.search(r"达到|超过|以上|指", said[match.end() : match.end() + 12])
        ):
            continue
        if how in {
            "特殊",
            "一般",
            "普通",
            "内部",
            "外部",
            "简单",
            "复杂",
            "主要",
            "新",
            "长期",
            "短期",
            "授权",
            "指定",
            "异常",
            "问题",
            "困难",
            "远程",
        } and re.search(r"(?:等|的)$", said[: match.start()]):
            continue
        return words
    if (
        (graded := GRADED.search(said) or _graded_role(said, terms))
        and not MEASURE.search(graded[0])
        and graded[0] not in terms.definitions
    ):
        return graded[0]
    return _stranger(said, terms)


def _graded_role(said: str, terms: Terms) -> re.Match[str] | None:
    """ "信用不佳的寄件人": a role of the document, by a degree."""
    roles = "|".join(re.escape(role) for role in terms.roles if role)
    if not roles:
        return None
    return re.search(
        rf"(?:表现|成绩|业绩|信用|信誉|态度|口碑|记录|资质)[^，。；\d]{{0,3}}(?:不?[佳好良]|差|优|高|低)[^，。；\d]{{0,2}}的(?:{roles})",
        said,
    )


def _stranger(said: str, terms: Terms) -> str:
    if len(terms.roles) < FEW:
        return ""
    match = re.search(
        rf"(?:^|[，,]|由|给|经|报|向|让)"
        rf"(?P<who>{either('chinese', 'strangers')})(?=每|\S{{0,4}}(?:应|须|要|可|必须|能|不)|"
        rf"负责|的|审|批|看|同意|确认|处理|人工|查|签|决定|定|来|统|[。，,]|$|进行|随时|有权|会)",
        said,
    )
    if not match:
        return ""
    who = match["who"]
    known = any(who in role or role in who for role in terms.roles) or who in terms.definitions
    known = known or terms.spoken[who] > FEW
    return "" if known else who


def names_somebody(text: str, terms: Terms) -> bool:
    return any(role and role in text for role in terms.roles) or bool(chinese("persons", "system").search(text))


def _without_actor(units: Sequence[Unit], number: int, terms: Terms) -> str:
    said = units[number].said
    nobody = re.search(r"(?:必须|一定要|须|要|应|需要?)?有(?:专?人)(?:来)?(?:负责)?\S{2,4}", said)
    duty = re.search(r"(?:必须|一定要|须|(?<!只)要|应当?|需要?|得)有专?人(?!数|工|民|员|均|口)\S{1,4}", said)
    if duty and not re.search(r"由|系统", said):
        return duty[0].rstrip("。")
    if nobody and re.search(either("chinese", "human_acts"), nobody[0]):
        return nobody[0].rstrip("。")
    often = re.search(
        rf"^(?:[^，。]{{2,10}})?每(?:隔?[\d一两二三四五六七八九十半]*个?)[天日周月季年](?:度)?(?:至少|须|应|"
        rf"要)?(?P<act>{either('chinese', 'human_acts')})"
        r"[\d一两二三四五六七八九十]次",
        said,
    )
    if often and not names_somebody(said, terms) and not re.search("自动|备份", said):
        return often["act"]
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
            or re.search(r"自动|系统|平台|本人|自己|自行", said)
        ):
            continue
        subject = said[: match.start()]
        soft = re.fullmatch(either("chinese", "soft_acts"), match["act"])
        if soft and (len(said) > BARE or re.search(r"[，,\d]", said)):
            continue
        if "得到" in match[0] and not re.search("由|[给向]", said):  # who is named there receives
            return match[0]
        if _acts(subject, terms) or (re.search(r"由[^，。]{2,8}", said) and not re.search(r"由专人", said)):
            continue
        if re.match(r"[^，。]{0,4}(?!后[才方])(?:时(?!间|段|限|长)|后|前)", said[match.end() :]):
            continue
        if _named_elsewhere(units, number, match["act"], terms):
            continue
        return match[0]
    return ""


# 人员名单, 客户资料: what belongs to people, without 的.
HIS_PAPERS = re.compile(
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
    things = _pairs(units[number].said.replace(act, ""))
    for other, unit in enumerate(units):
        if other == number or act not in unit.said:
            continue
        before = unit.said.split(act)[0]
        if names_somebody(before, terms) and (things & _pairs(unit.said.replace(act, "")) or abs(other - number) == 1):
            return True
    return False


def _pairs(text: str) -> set[str]:
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
        rf"^(?:每[名个位])?(?:{people})(?:将|会|应|可以?|能够?|都|均)*(?P<act>(?:收到|接到|得到|获得)[^，。]{{0,8}}"
        rf"{either('chinese', 'emitted')})(?=[。；]|$)",
        said,
    )
    return match["act"] if match else ""


def _without_trigger(units: Sequence[Unit], number: int, terms: Terms) -> str:
    unit = units[number]
    said = unit.said
    if (got := _receives(said, terms)) and not chinese("triggers").search(said.replace(got, "")):
        return got
    if chinese("triggers").search(said.rstrip("。")):
        return ""
    act = re.search(
        rf"^(?:本|该|整个)?(?:{either('chinese', 'system')})(?:应当?|须|必须|会|要|可以|能够?|"
        rf"需要?|自动|统一|主动|还|也|负责)*(?:(?:向|给|为|对)[^，。]{{1,12}}?)"
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


def _compound(said: str, terms: Terms) -> str:
    clauses, begin = [], 0
    for match in [*CLAUSE.finditer(said), None]:
        end = match.start() if match else len(said)
        clauses.append((begin, said[begin:end]))
        begin = match.end() if match else end
    acting = [(at, part, who) for at, part in clauses if (who := _actor(part, terms))]
    people = list(dict.fromkeys(who for _, _, who in acting))
    if len(people) < FEW:
        return ""
    first = acting[0][0]
    later = next(part for _, part, who in acting if who != acting[0][2])
    conditional = re.search(
        r"如果|若|(?<![工小课学定按准及临同])时[，,]|后[，,]|的[，,]|前[，,]|超过|未", said[: said.find(later)]
    )
    if len(acting) > FEW and len(people) > FEW and not conditional:
        return said[first:].rstrip("。")
    joined = re.search(r"[；;]|同时|另外|还有|而且", said)  # a bare comma joins what follows from each other
    if (
        conditional
        or not joined
        or RELATED.search(later)
        or _pairs(acting[0][1].replace(people[0], "")) & _pairs(later.replace(people[1], ""))
    ):
        return ""
    return said[first:].rstrip("。") if len(later) > SOME_WORDS and len(acting[0][1]) > SOME_WORDS else ""


def _actor(clause: str, terms: Terms) -> str:
    """Who acts in a clause that begins with somebody and goes on with a verb."""
    for role in sorted((r for r in terms.roles if r), key=len, reverse=True):
        if (
            clause.startswith(role)
            and len(clause) > len(role) + 1
            and not clause[len(role) :].startswith(("的", "和", "与", "或", "、"))
        ):
            return role
    if (person := chinese("persons").match(clause)) and re.match(r"[^的和与或、]\S", clause[person.end() :]):
        return person[0]
    match = re.match(rf"(?:{either('chinese', 'system')})(?!的|内|中|里|外)", clause)
    return "系统" if match and len(clause) > match.end() + 2 else ""

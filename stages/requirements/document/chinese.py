"""What is unclear in a Chinese sentence that obliges?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stages.requirements.document.chinese_duties import pairs, without_actor, without_trigger
from stages.requirements.document.chinese_kinds import attribute_of_product, unnamed
from stages.requirements.document.lists import chinese, either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import Terms, under
from stages.requirements.document.units import Unit

DIGIT = r"(?:\d[\d.,]*|[一二三四五六七八九十百半两]+)"
MEASURE = Pattern(
    rf"{DIGIT}\s*(?:个)?(?:毫秒|秒|分钟|刻钟|小时|工作日|自然日|天|日|周|月|学期|年|元|%|％|次|公里|吨|米)"
)
TIME = Pattern(rf"{DIGIT}\s*(?:个)?(?:毫秒|秒|分钟|刻钟|小时|工作日|自然日|天|日|周|月|学期|年|次)")
FIGURE = Pattern(r"\d|百分之|[一二三四五六七八九十百千万两]+\s*(?:个)?(?:毫秒|秒|分钟|小时|人|次|步)")
CRITERION = Pattern(
    r"TLS|HTTPS|AES|bcrypt|argon2|等级保护|国密|SM[234]|等保|ISO|GB/?T|OAuth|"
    r"加密|哈希|双因素|Chrome|Edge|iOS|安卓|Android|微信",
    re.IGNORECASE,
)
# "经常迟到的职工", "金额较大的订单": a group by a degree.
GRADED = Pattern(
    lambda: (
        r"(?:经常|多次|长期|频繁|屡次|表现|成绩|业绩|信用|信誉|情节|金额|数量|价值|距离|年龄|年纪|岁数|资历|经验|"
        r"态度|状况|风险|(?<!受)影响|规模|"
        rf"贡献)[^，。；\d]{{0,6}}的{either('chinese', 'persons', 'sorted')}|"
        rf"[\u4e00-\u9fff]{{2,4}}[多少好差高低强弱久](?<!最多)(?<!最少)(?<!最高)"
        rf"(?<!至少)的{either('chinese', 'persons', 'sorted')}"
    )
)
# Of a person his standing is left undefined; of a thing, or of how much there is of it, a degree is left open.
STANDING = Pattern(
    r"表现|成绩|业绩|信用|信誉|情节|资历|经验|态度|年龄|年纪|岁数|贡献|条件|资质|口碑|家境|经常|多次|频繁|屡次|长期"
)
REPUTE = Pattern(r"信用|信誉|口碑|资质")  # of ships and shops as well
DEGREE = Pattern(
    r"(?:[较偏]|过于|比较|相当|明显|特别)不?[多少大小高低长短重轻差久远近旧齐慢快](?:的|(?=时|[，。]|$))|"
    r"[\u4e00-\u9fff]得(?:比较|很|太|特别|有点)?(?:多|少|厉害|离谱|严重|久|远|晚|早|慢)(?=[的了，。]|$)|"
    r"[大小多少早晚快慢干高低近远长短好轻重净松紧燥]一[点些]|[\u4e00-\u9fff]{2}(?:严重|厉害|过度)的|"
    r"(?:仔细|认真|细致|耐心|用心|小心|妥当)(?=[\u4e00-\u9fff])|短(?:时)?间内|"
    r"(?:清淡|繁忙|空闲|冷清|[忙闲]|拥挤|人多)(?:的)?(?:时候?|的时候)(?![段间])|快[\u4e00-\u9fff]{2}(?:的)?时(?![段间])"
)
OPEN_CLAIM = Pattern(r"(?!.*(?:不得|只|每|均|所有|全部|支持|禁止|一律)).*(?:应|要|须|必须|别|不能|不要)(?!用).{1,}")
FEW = 2  # roles of a document that lists its roles; actors of a sentence with more than one
SOME_WORDS = 4  # signs of a clause that says more than who
RELATED = Pattern(
    r"批|审|确认|核|签|则|再|他|她|其|该|并|收到|看到|之后|后$|后，|随后|然后|即|就|由|对方|同时通知|转|才|也|的，|"
    r"时，|前，|失败|如果|否则|不放人"
)
SHORT = 2  # signs of a role called by its end
CLAUSE = Pattern(r"[，,；;、](?:并且?|同时|而|另外|还有)?")


def defects(units: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    """All of one sentence but what other sentences repeat, contradict or leave uncovered."""
    said = units[number].said
    taken: list[str] = []
    escape = chinese("escapes").search(said)
    if escape and not (kind is Kind.QUALITY and _strives(said, escape)):
        taken.append(escape[0])
        yield Found(defect=Defect.ESCAPE, span=escape[0])
    if open_end := _unbounded(said):
        taken.append(open_end)
        yield Found(defect=Defect.UNBOUNDED, span=open_end)
    if undefined := _undefined(said, kind, terms) or _of_the_document(units, said, kind, terms):
        taken.append(undefined)
        yield Found(defect=Defect.UNDEFINED, span=undefined)
    yield from _gradable(replace(units[number], said=unnamed(said, terms)), kind, taken, terms)
    if compound := _compound(said, terms):
        yield Found(defect=Defect.COMPOUND, span=compound)
    if kind is not Kind.QUALITY:
        act = without_actor(units, number, terms)
        if act and not (escape and act in escape[0]):
            yield Found(defect=Defect.NO_ACTOR, span=act)
        if act := without_trigger(units, number, terms):
            yield Found(defect=Defect.NO_TRIGGER, span=act)


def _strives(said: str, escape: re.Match[str]) -> bool:
    """检索结果应力求准确: how good the product shall be, which is measured by nothing."""
    return escape[0] in {"力求", "力争", "努力", "尽量", "尽可能", "争取"} and bool(
        chinese("quality").match(said, escape.end())
    )


def _unbounded(said: str) -> str:
    for match in chinese("open_lists").finditer(said):
        before = said[: match.start()]
        if match[0].startswith("等") and not re.search(
            r"、[^，。；]{1,16}$|和[^，。；]{1,10}$|[\u4e00-\u9fff]{2,}$", before
        ):
            continue
        if match[0] == "等" and re.search(
            r"(?:[要须需请再先就在]|可以|[让叫使令][^，。；]{1,4}|[别久苦白干])$", before
        ):
            continue
        return match[0]
    endless = chinese("unlimited").search(said)
    return endless[0] if endless else ""


def _graded_things(said: str, terms: Terms) -> Iterator[re.Match[str]]:
    graded = GRADED.search(said)
    if graded and not MEASURE.search(graded[0]) and _is_degree(graded[0], terms):
        yield graded


def _gradable(unit: Unit, kind: Kind, taken: Sequence[str], terms: Terms) -> Iterator[Found]:
    said = unit.said
    if kind is Kind.QUALITY:
        found = attribute_of_product(said) or chinese("quality").search(said) or chinese("manner").search(said)
        found = found or (OPEN_CLAIM.match(said) if under(unit, "quality_headings") and "〇" not in said else None)
        if found and not FIGURE.search(said) and not CRITERION.search(said):
            yield Found(defect=Defect.UNMEASURABLE, span=found[0])
        return
    for match in [*chinese("manner").finditer(said), *DEGREE.finditer(said), *_graded_things(said, terms)]:
        word = match[0]
        if any(word in one or one in word for one in taken) or _made_precise(said, match):
            continue
        yield Found(defect=Defect.VAGUE, span=word)
        return


LEFT_OPEN = Pattern(r"[_＿]{2,}|待定")  # what will be said precisely, and is asked for as a gap
PURPOSE = Pattern(r"^(?:第[一二三四五六七八九十百]+条)?\s*为了?[^，。；]{2,30}，(?=依托|根据|依据|制定|特|经)")


def _told_apart(said: str, match: re.Match[str]) -> bool:
    """The figure is left open, and asked for as such; or the words say what for."""
    purpose = PURPOSE.match(said)
    return bool(LEFT_OPEN.search(said, match.end())) or bool(purpose and match.end() <= purpose.end())


def _made_precise(said: str, match: re.Match[str]) -> bool:
    after, word = said[match.end() :], match[0]
    if word in {"提前", "提早"}:
        return bool(
            MEASURE.search(said)
            or re.match(r"(?:还|终止|结束|完成|归还|通知[^，。]{0,3}后)", after)
            or re.search("不", said[: match.start()][-2:])
        )
    if word == "优先" or _told_apart(said, match):
        return True
    if re.match("优惠|折扣|补贴|奖励", word):
        return bool(FIGURE.search(said)) or not re.search(
            r"(?:享受|给予|有|享有|给)[^，。]{0,6}$", said[: match.start()]
        )
    if word in {"左右", "大约", "大概", "基本", "几乎"}:
        return True
    if re.match(r"\s*[（(]", after) or MEASURE.search(after[:12]):
        return True
    return bool(re.search(r"快|早|及时|时间|长|期|短|稍后|赶|迅速|久|晚|频|常", word) and TIME.search(said))


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
        if how.startswith(("严重", "轻微")) and re.search("[\u4e00-\u9fff]$", said[: match.start()]):
            continue  # 破损严重的包裹: how badly, which is a degree
        if DEGREE.search(words) and _is_degree(words, terms):
            continue
        if words in {
            "特殊情况",
            "特种设备",
            "特种车辆",
            "重型货车",
            "大型客车",
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
    if (valued := VALUED.search(said)) and not _explained(valued, said, terms):
        return valued[0]
    if (
        (graded := GRADED.search(said) or _graded_role(said, terms))
        and not MEASURE.search(graded[0])
        and not _is_degree(graded[0], terms)
        and graded[0] not in terms.definitions
    ):
        return graded[0]
    return _stranger(said, terms)


# 敏感案件, 重大复杂的案件: a standing, before what the document speaks of elsewhere.
STANDS_OUT = Pattern(
    r"(?:^|[，；|\s])(?:对于?)?(?P<how>(?:敏感|重大|复杂|疑难|特殊|重要|优质|贵重|高产|低产|高频|老旧|高端|紧急|大额|小额|核心|关键|可疑|"
    r"问题|大型|小型|珍贵|热门){1,2})的?(?P<noun>[\u4e00-\u9fff]{1,2}?)"
    r"(?=[应须需要可由不免享优按以另每加先后给的]|一律|必须|实行|采用|单独|$)"
)
SPOKEN_OF = 3  # units that speak of a thing, from which on it is one of the document's


def _of_the_document(units: Sequence[Unit], said: str, kind: Kind, terms: Terms) -> str:
    """Which of the things that the document is about, by a standing that it explains nowhere."""
    found = STANDS_OUT.search(said)
    if not found or kind is Kind.QUALITY or found["noun"] in {"情况", "情形", "时", "的"}:
        return ""
    known = found["how"] in terms.definitions or sum(found["noun"] in unit.said for unit in units) < SPOKEN_OF
    words = found[0].lstrip("，；| 对于")
    return "" if known or words in terms.definitions or re.match(r"\s*[（(]", said[found.end() :]) else words


# By worth, rarity or distance, whatever it is that is sorted so: 贵重物品, 偏远乡镇.
VALUED = Pattern(
    r"(?:贵重|偏远|疑难|大宗|珍贵|珍稀|稀有|昂贵|易碎|高端|冷门|热门|热销|畅销|滞销|恶意|优质|高价值|高风险)(?:的)?"
    r"(?!的|[、，。]|程度|情况|问题)[\u4e00-\u9fff]{2}"
)


def _explained(match: re.Match[str], said: str, terms: Terms) -> bool:
    known = match[0] in terms.definitions or match[0][:2] in terms.definitions
    return (
        known
        or bool(re.match(r"\s*[（(]", said[match.end() :]))
        or bool(MEASURE.search(CLAUSE.split(said[: match.start()])[-1]))
    )


def _is_degree(words: str, terms: Terms) -> bool:
    """体积较大的快件, 长期占位的车辆: how much of it, or a thing; 表现好的学员 are people of a standing."""
    people = "|".join([*(re.escape(role) for role in terms.roles if role), either("chinese", "persons")])
    sorted_by_repute = REPUTE.search(words) is not None
    return not (
        sorted_by_repute or (STANDING.search(words) and re.search(rf"(?:{people}|家庭|[人户员者师方])$", words))
    )


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


# Who acts, by the end of its name: 配种员, 餐饮部, 场长, 值班经理.
WHO = Pattern(
    r"(?P<who>[\u4e00-\u9fff]{1,5}?(?:员|长|师|工|部|科|处|室|组|队|方|户|者|客|生|人|中心|主管|经理|老板|店主|教练|教务|客服|会计|出纳|系统|平台))"
    r"(?![的和与或、在由])(?P<does>[\u4e00-\u9fff].+)"
)


def _unrelated(said: str, terms: Terms) -> str:
    """Three clauses or more, each of another who does another thing, and none for a case: 教练排课，财务部报税，…"""
    clauses = [part for part in re.split(r"[，,；;]", said.rstrip("。")) if part]
    if len(clauses) <= FEW or re.search(r"[\d]|如果|若|时|后|前|的[，,]|超过|未|再|则|该|其", said):
        return ""
    acting = [(_actor(part, terms), WHO.match(part)) for part in clauses]
    who = {known or (found["who"] if found else "") for known, found in acting}
    done = [pairs(part.removeprefix(known or "")) for part, (known, _) in zip(clauses, acting, strict=True)]
    shared = any(a & b for n, a in enumerate(done) for b in done[n + 1 :])
    return "" if "" in who or len(who) < len(clauses) or shared else said.rstrip("。")


def _compound(said: str, terms: Terms) -> str:
    if tasks := _unrelated(said, terms):
        return tasks
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
        or pairs(acting[0][1].replace(people[0], "")) & pairs(later.replace(people[1], ""))
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
        short = role[-SHORT:]  # 师傅 for 维修师傅
        if len(role) >= SHORT * 2 and clause.startswith(short) and re.match("[^的和与或、]\\S", clause[SHORT:]):
            return role
    if (person := chinese("persons").match(clause)) and re.match(r"[^的和与或、]\S", clause[person.end() :]):
        return person[0]
    match = re.match(rf"(?:{either('chinese', 'system')})(?!的|内|中|里|外)", clause)
    return "系统" if match and len(clause) > match.end() + 2 else ""

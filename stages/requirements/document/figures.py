"""Which figures does a sentence say: how many of what, and is it the most, the least or exactly that?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from stages.requirements.document.lists import listed
from stages.requirements.document.patterns import Pattern


@cache
def number_words() -> dict[str, float]:
    return {word: float(value) for value, *words in map(str.split, listed("english")["numbers"]) for word in words}


@cache
def empty_words() -> frozenset[str]:
    return frozenset(" ".join(listed("english")["empty"]).split())


def _tens() -> str:
    return "|".join(word for word, n in number_words().items() if n in {20, 30, 40, 50, 60, 70, 80, 90})


HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "半": 0.5,
    "一": 1,
    "两": 2,
    **{sign: n for n, sign in enumerate("二三四五六七八九", 2)},
}
HAN_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
# Unit → (what it measures, how many of the smallest).
MEASURES = {
    **dict.fromkeys(("ms", "millisecond", "毫秒"), ("time", 0.001)),
    **dict.fromkeys(("s", "sec", "second", "秒"), ("time", 1.0)),
    **dict.fromkeys(("min", "minute", "分钟"), ("time", 60.0)),
    **dict.fromkeys(("h", "hour", "小时"), ("time", 3600.0)),
    **dict.fromkeys(("day", "night", "天", "日", "晚", "自然日"), ("time", 86400.0)),
    **dict.fromkeys(("working day", "business day", "工作日"), ("working time", 1.0)),
    **dict.fromkeys(("week", "周", "星期"), ("time", 7 * 86400.0)),
    **dict.fromkeys(("fortnight",), ("time", 14 * 86400.0)),
    **dict.fromkeys(("month", "个月", "月"), ("time", 30 * 86400.0)),
    **dict.fromkeys(("quarter", "季度"), ("time", 90 * 86400.0)),
    **dict.fromkeys(("year", "年"), ("time", 360 * 86400.0)),
    **dict.fromkeys(
        ("eur", "euro", "€", "元", "块", "块钱", "pound", "gbp", "£", "usd", "dollar", "$"), ("money", 1.0)
    ),
    **dict.fromkeys(("岁", "周岁"), ("age", 1.0)),
    **dict.fromkeys(("%", "％", "percent", "per cent"), ("share", 1.0)),
    **dict.fromkeys(("kg", "公斤", "千克"), ("weight", 1.0)),
    **dict.fromkeys(("t", "ton", "tonne", "吨"), ("weight", 1000.0)),
    **dict.fromkeys(("斤",), ("weight", 0.5)),
    **dict.fromkeys(("m", "metre", "meter", "米"), ("length", 1.0)),
    **dict.fromkeys(("cm", "厘米"), ("length", 0.01)),
    **dict.fromkeys(("km", "公里"), ("length", 1000.0)),
    **dict.fromkeys(("litre", "liter", "升"), ("volume", 1.0)),
    **dict.fromkeys(("ml", "毫升"), ("volume", 0.001)),
    **dict.fromkeys(("cubic metre", "立方米"), ("volume", 1000.0)),
    **dict.fromkeys(("hectare", "公顷"), ("area", 10_000.0)),
    **dict.fromkeys(("square metre", "平方米", "平米"), ("area", 1.0)),
    **dict.fromkeys(("亩",), ("area", 666.7)),
    **dict.fromkeys(("degree", "°c", "°", "℃", "摄氏度"), ("temperature", 1.0)),
    **dict.fromkeys(("kw", "千瓦"), ("power", 1.0)),
    **dict.fromkeys(("watt", "瓦"), ("power", 0.001)),
    **dict.fromkeys(("kwh", "千瓦时"), ("energy", 1.0)),
    **dict.fromkeys(("volt", "伏"), ("voltage", 1.0)),
    **dict.fromkeys(("dpi",), ("resolution", 1.0)),
    **dict.fromkeys(("m/s", "米/秒"), ("speed", 3.6)),
    **dict.fromkeys(("km/h", "公里/小时"), ("speed", 1.0)),
    **dict.fromkeys(("db", "分贝"), ("loudness", 1.0)),
    **dict.fromkeys(("mb", "兆"), ("size", 1.0)),
    **dict.fromkeys(("kb",), ("size", 0.001)),
    **dict.fromkeys(("gb",), ("size", 1000.0)),
}


def _words() -> str:
    return "|".join(sorted((re.escape(one) for one in number_words()), key=len, reverse=True))


FIGURE = Pattern(
    lambda: (
        rf"(?P<sign>[€£$])?\s?(?:(?P<digits>(?<![\w.:])\d[\d,]*(?:\.\d+)?)(?![:\d]|\.\d)|\b(?P<word>(?:{_tens()})"
        rf"-(?:one|two|three|four|five|six|seven|eight|nine)|(?:half )?a dozen|half an?(?= )|(?:{_words()})(?![\w])))"
        r"[\s-]*(?P<unit>%|€|£|per cent\b|(?:working |business )days?\b|"
        r"(?:square|cubic) met(?:re|er)s?\b|m/s\b|km/h\b|[a-z°]+)?(?P<rest>(?:\s+[a-z][a-z-]*){0,2})"
    ),
    re.IGNORECASE,
)
NTH = Pattern(
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)$", re.IGNORECASE
)  # "the first day" is which, and not how long
ORDINAL = Pattern(
    r"(?:first|once|single|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|one)$", re.IGNORECASE
)
MEASURE_WORDS = (
    "个张位名件条台本份种枚册套场节门笔盒瓶页字箱间辆次倍家人斤度平方单项亩户趟桌棵篇封杯轮"
    "付剂帖支枝朵株头匹尾艘副袋桶罐扎束捆根粒片颗幅"
)
HAN_FIGURE = Pattern(
    r"(?<![第周期\d.:：])(?P<number>\d[\d,]*(?:\.\d+)?\s*[万千百]?|[一两二三四五六七八九十百千半][零一二三四五六七八九十百千万两]*)"
    rf"\s*(?P<unit>毫秒|秒|分钟|个?小时|个?工作日|自然日|周?岁|天|日|晚(?!上|间|点)|个?星期|周|个?月|季度|年|块钱?|万?元|[%％]|公斤|千克|平方米|平米|立方米|公顷|亩|毫升|升|千瓦时|千瓦|摄氏度|℃|分贝|DPI|dpi|"
    rf"公里|厘米|米|吨|兆|只(?![能限有要需可许允收接对在供])(?=[\u4e00-\u9fff])|MB|GB|KB|[{MEASURE_WORDS}](?=[\u4e00-\u9fff]|[，。、；）]|\s|$))"
)
MOST = Pattern(
    r"\b(?:at (?:the )?(?:very )?(?:most|latest|longest|highest)|no (?:more|longer|later|larger|higher|greater) than|"
    r"up to|max(?:imum|"
    r"\.)?|longest|largest|highest|heaviest|limit\w*|not (?:to )?exceed\w*|"
    r"within|no \w+ .*\b(?:more|longer|larger|higher|later|older|heavier|bigger) than|(?:not|never|nobody|none|"
    r"cannot|neither|no one|n't)\b[^,;]*\b(?:more|"
    r"longer|later|over|above|exceed\w*)"
    r"(?: than)?|ceiling|cap(?:ped)?|until|as many as|run to)\b|# +(?:[a-z]+ ){0,3}(?:is|"
    r"are) the (?:(?:very|absolute) )?(?:most|limit|maximum|upper limit)\b|最[多长高大晚迟]|至多|不得?(?:可|能|许|"
    r"准|应|会)?(?:超[过出]|多[于过]|大[于过]|高于|晚于|重于|长于|宽于|突破)|顶多|"
    r"上限|为限|限[重高宽长速]|限于|以内|之内|# ?内|(?:期限|时限)[^，。；]{0,16} #|封顶|限额|额度|只能|仅限|不超过",
    re.IGNORECASE,
)
LEAST = Pattern(
    r"\b(?:at (?:the )?(?:least|earliest)|no (?:less|fewer|earlier|shorter) than|"
    r"no [a-z]+ [^,;]*\b(?:less|fewer|earlier|shorter|lower|smaller|lighter|younger) than|"
    r"min(?:imum|\.)?|more than|over|above|"
    r"not (?:be )?(?:less|fewer)|from|beyond|exceed\w*|or more)\b|至少|最[少低短早]|不(?:得|能|"
    r"可)?(?:少于|低于|小于|短于|早于|轻于)|# ?起|以上|超过|满",
    re.IGNORECASE,
)

LIMITED = Pattern(
    r"(?:只能|最[多少长短]|仅|至[多少]|不得?(?:超过|少于)|[存留满]|超过|提前|只(?=[\u4e00-\u9fff]{0,3}$))[^，。；]{0,6}$"
)


# Two hours before something are no length of time.
HAN_BEFORE = Pattern(r"(?<![目以当此先])前\s*$")  # 提前 2 天, 开始前 2 小时
BEFORE = Pattern(r"\s*(?:before|prior to|ahead|in advance|beforehand)\b|之?以?前")


class Bound(StrEnum):
    MOST = "most"
    LEAST = "least"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """30 days: 30 × 86400 of time; eight tickets: 8 of ticket."""

    value: float
    of: str  # what is measured; empty where things are counted
    nouns: frozenset[str]  # what is counted, as written
    bound: Bound

    def comparable(self, other: "Figure") -> bool:
        return self.of == other.of if self.of or other.of else bool(self.nouns & other.nouns)


MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DATE = Pattern(
    r"\b(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?P<month>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|"
    r"oct|nov|dec)[a-z]*)|"
    r"(?P<month2>(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*) (?P<day2>\d{1,2})(?:st|nd|rd|th)?)\b|"
    r"(?P<han_month>\d{1,2}|每)\s*月\s*(?P<han_day>\d{1,2})\s*[日号]",
    re.IGNORECASE,
)
CLOCK = Pattern(r"(?<!\d)(?P<hour>\d{1,2})[:：](?P<minute>\d\d)(?!\d)|\b(?P<word>noon|midnight)\b", re.IGNORECASE)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY = Pattern(
    lambda: (
        rf"\b(?P<name>{'|'.join(WEEKDAYS)})s?\b|(?:周|星期|"
        rf"礼拜)(?P<han>[一二三四五六日天])"
    ),
    re.IGNORECASE,
)
PERIODS = {
    r"hourly|every hour|每小时": 1.0,
    r"daily|nightly|every (?:day|night|evening|morning)|(?:once|twice)? ?(?:a|per) day|每[天日晚]": 24.0,
    r"weekly|every week|once (?:a|per) week|每周|每星期": 168.0,
    r"monthly|every month|once (?:a|per) month|每个?月": 720.0,
    r"quarterly|every quarter|once (?:a|per) quarter|每季度?": 2160.0,
    r"yearly|annual(?:ly)?|every year|once (?:a|per) year|每年": 8640.0,
}


def moments(said: str) -> tuple[Figure, ...]:
    """Dates, days of the week, clock times and how often: when, not how many."""
    return tuple(_moments(said.lower()))


def _moments(said: str) -> Iterator[Figure]:
    def at(of: str, value: float) -> Figure:
        return Figure(value=value, of=of, nouns=frozenset(), bound=Bound.EXACT)

    for date in DATE.finditer(said):
        month = date["month"] or date["month2"] or ""
        number = MONTHS.index(month[:3]) + 1 if month else 0 if date["han_month"] == "每" else int(date["han_month"])
        yield at(
            "date" if number else "day of the month", number * 100 + int(date["day"] or date["day2"] or date["han_day"])
        )
    for clock in CLOCK.finditer(said):
        hour = {"noon": 12, "midnight": 24}.get(clock["word"] or "") or int(clock["hour"])
        yield at("clock", hour * 60 + int(clock["minute"] or 0))
    for named in WEEKDAY.finditer(said):
        han = named["han"]
        yield at("weekday", "一二三四五六日天".index(han) if han else WEEKDAYS.index(named["name"]))
    for pattern, hours in PERIODS.items():
        if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", said):
            yield at("period", hours)


def figures(said: str, *, chinese: bool) -> tuple[Figure, ...]:
    left = CLOCK.sub(" ; ", DATE.sub(" ; ", said))
    left = AND_A_HALF.sub(_and_a_half, left)
    left = RANGE.sub(_spread, left.replace("’", "'").lower())
    return tuple(_chinese(left.replace(",", "")) if chinese else _english(left))


# "An hour and a half", 一个半小时, 一年半.
AND_A_HALF = Pattern(
    r"\b(?P<one>an?|one) (?P<unit>minute|hour|day|week|month|year) and a half\b|"
    r"一个半(?P<han>小时|月|星期)|一(?P<after>[天年周])半",
    re.IGNORECASE,
)


def _and_a_half(match: re.Match[str]) -> str:
    if unit := match["unit"]:
        return f"1.5 {unit}s"
    return f"1.5个{match['han']}" if match["han"] else f"1.5{match['after']}"


# "Between 5 and 12 members", "5 至 12 人": at least the one and at most the other.
RANGE = Pattern(
    r"(?:(?P<between>between )|from )?(?P<low>(?<![\d.:])\d[\d.]*)\s*(?P<joint>and|to|-|–|—|至|到|~|～)\s*"
    r"(?P<high>\d[\d.]*)(?P<unit>\s*(?:[a-z]+|[\u4e00-\u9fff]{1,3}|%|€))"
)


def _spread(match: re.Match[str]) -> str:
    if match["joint"] == "and" and not match["between"]:
        return match[0]
    if re.search(r"[至到]|[\u4e00-\u9fff]", match[0]):
        return f"至少{match['low']}{match['unit']}；最多{match['high']}{match['unit']}"
    return f"at least {match['low']}{match['unit']}; at most {match['high']}{match['unit']}"


def _english(said: str) -> Iterator[Figure]:
    for match in FIGURE.finditer(said):
        unit = _singular(match["unit"] or match["sign"] or "")
        unit = match["sign"] or unit if unit not in MEASURES else unit
        if match["word"] and (NTH if unit in MEASURES else ORDINAL).match(match["word"]):
            continue
        if re.search(r"\b(?:these|those|this|that|such)\s*$", said[: match.start()]):  # said before
            continue
        of, times = MEASURES.get(unit, ("", 1.0))
        of = f"{of} before" if of == "time" and BEFORE.match(said, match.end("unit")) else of
        nouns = frozenset(_singular(w) for w in f"{unit} {match['rest']}".split()) - empty_words()
        nouns = nouns or frozenset({_singular(_counted(said[: match.start()]))} - {""})
        yield Figure(
            value=_value(match) * times,
            of=of,
            nouns=frozenset() if of else nouns,
            bound=_bound(said, match.start(), match.end("unit") if match["unit"] else match.end()),
        )


def _value(match: re.Match[str]) -> float:
    if match["digits"]:
        return float(match["digits"].replace(",", "").rstrip("."))
    word = match["word"].lower()
    if word.endswith("dozen"):
        return 6 if word.startswith("half") else 12
    if word.startswith("half"):
        return 0.5
    return sum(number_words()[part] for part in word.split("-")) if word not in number_words() else number_words()[word]


def _singular(word: str) -> str:
    low = word.lower()
    return low[:-1] if len(low) > 1 and low.endswith("s") and not low.endswith("ss") else low


def _chinese(said: str) -> Iterator[Figure]:
    for match in HAN_FIGURE.finditer(said):
        unit, value = match["unit"].replace("万元", "元"), han_number(match["number"].strip())
        value *= 10_000 if match["unit"].startswith("万") else 1
        of, times = MEASURES.get(unit.removeprefix("个") if unit != "个" else unit, ("", 1.0))
        bound = _bound(said, match.start(), match.end("unit"))
        if match["number"] == "一" and not LIMITED.search(said[: match.start()]):  # 一个: a, not how many
            continue
        if of == "time" and (BEFORE.match(said, match.end("unit")) or HAN_BEFORE.search(said[: match.start()])):
            of = "time before"
        nouns = {"人" if unit in "位名人" else unit}
        yield Figure(value=value * times, of=of, nouns=frozenset() if of else frozenset(nouns), bound=bound)


def han_number(text: str) -> float:
    if digits := re.match(r"[\d.]+", text):
        return float(digits[0].rstrip(".")) * HAN_POWERS.get(text[digits.end() :].strip()[:1], 1)
    whole, part, digit = 0.0, 0.0, 0.0
    for sign in text:
        if sign in HAN_DIGITS:
            digit = HAN_DIGITS[sign]
        elif sign == "万":
            whole, part, digit = (part + digit) * HAN_POWERS[sign], 0.0, 0.0
        else:
            part, digit = part + (digit or 1) * HAN_POWERS[sign], 0.0
    return whole + part + digit


# "3 jobs at a time, no more".
NO_MORE = Pattern(r"[^.;]*?,? (?:but |and )?(?:no|not) (?:more|longer)\W*$")
# "The number of jobs is limited to 5", "amendments are limited to 5": what is counted stands before.
COUNTED = Pattern(
    r"(?:\b(?:number|count) of (?:[a-z-]+ )??(?P<of>(?!simultaneous|previous|various|continuous)[a-z-]+s)\b[^,;]*|"
    r"\b(?P<noun>[a-z-]+s)\b[^,;]{0,30} (?:is|are|be) "
    r"(?:limited|restricted|capped) (?:to|at) ?|"
    r"\b(?P<over>[a-z-]+s)\b[^,;]{0,20} (?:is|are|may|must|shall|should|can|do)(?:n't| not)(?: to)? exceed ?)$"
)


def _counted(before: str) -> str:
    found = COUNTED.search(before)
    return next(filter(None, found.groups()), "") if found else ""


def _bound(said: str, begin: int, end: int) -> Bound:
    if NO_MORE.match(said, end):
        return Bound.MOST
    before = re.split(r"[;；,，]", said[:begin])[-1]
    after = re.split(r"[;；,，]", said[end:])[0]
    near = f"{before[-40:]} # {after[:24]}"
    if MOST.search(near):
        return Bound.MOST
    return Bound.LEAST if LEAST.search(near) else Bound.EXACT

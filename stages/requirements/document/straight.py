"""How is a sentence said straight: "no two codes are the same" is "unique code", 不得绑定多个 is 只能绑定一个."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from stages.requirements.document.figures import MEASURE_WORDS, PERIODS
from stages.requirements.document.patterns import Pattern

# "No parcels other than her own" is only her own, "not those of others" as well; "needs no account" is having none;
# in "Ines insisted that …" who said it is no part of what holds.
ENGLISH = (
    (r"\bno (?P<what>[a-z ]{2,30}?) (?:other than|but|except) ", r"only \g<what> "),
    (
        (
            r"\b(?:cannot|can't|(?:may|must|shall|can) not|never|no) (?P<act>\w+ )(?P<what>.{0,30}?)(?:of (?:others|"
            r"other \w+|(?:any|some)(?:body|one) else)|other (?:people|person|user|member)s?'s?)"
        ),
        r"only \g<act> own \g<what>",
    ),
    (r"\bneeds? no\b", "does not have"),
    (r"\b(?:writes?|wrote|written|notes?|noted|jots?|jotted) down\b", "record"),
    (r"\b(?:is|are|be|remains?|stays?) good for (?=\d|an? |one |two |three |half |twelve |twenty)", "valid for "),
    (r"\bruns? out\b", "expires"),
    (
        r"\bthere (?:is|are|shall be) no (?:charges?|fees?|costs?) for (?P<what>(?:the |an? )?[a-z-]+(?: [a-z-]+)?)",
        r"\g<what> free",
    ),
    (
        (
            r"\b(?:free of (?:any )?(?:charge|cost)|(?:pays?|costs?) nothing|without (?:any )?(?:charge|fee)|"
            r"exempt from (?:the |any )?fees?)\b"
        ),
        "free",
    ),
    (r"\b(?:travels?|rides?|goes?|enters?|parks?|(?:is|are)) free\b", "free"),
    (
        (
            r"\b(?P<noun>[a-z]+s?) (?:is|are|shall be|may be|must be) (?:given|assigned|issued|allocated) to "
            r"(?:(?:only|exactly|just) one [a-z]+|one [a-z]+ only|a single [a-z]+)\b"
        ),
        r"unique \g<noun>",
    ),
    (r"\b(?:go|goes|going|gone|sent|send|sends|give|gives|given|brought|bring|brings) back\b", "return"),
    (r"\b(?:as well|too|also)\b(?! \w+ly)", " "),
    (
        (
            r"^[\w .'’-]{1,30}? (?:insist|demand|ask|propos|decid|agre|want|request|add|stat|said|confirm)(?:s|"
            r"ed|d|ed on)?"
            r" that "
        ),
        "",
    ),
    (r"\b(?:last|final|closing|due) (?:day|date|time)\b", " finish "),
    (
        (
            r"\bno two (?P<noun>[a-z]+) (?:\w+ ){0,2}?(?:share|have|carry|bear|use|get)(?: the same|"
            r" an? identical| one|"
            r" an?)?\b"
        ),
        r" unique \g<noun> ",
    ),
    (r"\bno two (?P<noun>[a-z]+) (?:\w+ )?(?:are|be) (?:the same|identical|alike|equal)\b", r" unique \g<noun> "),
    (
        (
            r"\b(?:that|which) no other [a-z]+ (?:has|have|carries|bears|uses|shares)\b|"
            r"\b(?:shall|must|may|can|is|are|will)? ?(?:not|never) (?:be )?(?:used|assigned|issued|given|allocated|"
            r"shared) (?:again|twice|(?:a second|another) time|more than once|by (?:two|several)|to (?:two|"
            r"several|another))\b|"
            r"\b(?:differs?|(?:is|are|be) different) from (?:that of )?(?:all|every|any) others?\b|\bone of a kind\b"
        ),
        " unique ",
    ),
)
# 不得查看他人的 is 只能查看自己的, 不得分放在不同库区 is 同一库区, 不得绑定多个车主 is one.
CHINESE = (
    (
        (
            r"未经(?P<who>[^，。；]{1,10}?)(?:事先|书面)?(?:批准|同意|审批|许可|审核|核准)[，,]?(?P<what>[^，。；]{0,12}?)"
            r"不[得能可准许](?:以|擅自)?(?P<act>[^，。；]{1,10})"
        ),
        r"\g<what>\g<act>须经\g<who>审批",
    ),
    (rf"不[得能可应许会](?:有|出现|存在|使用|用)(?:任何)?(?:两|二|2|多)[{MEASURE_WORDS}](?:相同|一样|重复)的?", "唯一"),
    (
        rf"不[得能可应许]([^，。；\d一二两三]{{0,8}}?)(?:两|二|2) ?([{MEASURE_WORDS}])(?:及|或)?以上(?:（含[^）]*）)?",
        r"只能\1一\2",
    ),
    (r"(?<=[\u4e00-\u9fff])不[得能可应许]([^，。；]{1,4})(?:他人|别人|其他[^，。；的]{1,4})的?", r"只能\1自己的"),
    (r"不[得能可应许](?:分[开别]?)?([^，。；]{0,6}?)不同的?", r"\1同一"),
    (rf"不[得能可应许会]([^，。；]{{0,6}}?)(?:多|几|两)([{MEASURE_WORDS}])", r"只能\1一\2"),
)
COMPILED = {
    chinese: tuple((Pattern(turned, re.IGNORECASE), straight) for turned, straight in rules)
    for chinese, rules in ((False, ENGLISH), (True, CHINESE))
}
HOW_OFTEN = Pattern(lambda: rf"(?<![a-z])(?:{'|'.join(PERIODS)})(?![a-z])")
# "Per day", "on Saturdays", "in winter": figures for another time say nothing against each other.
TIMES = {"dai": "day", "日": "day", "天": "day", "周": "week", "月": "month", "年": "year"}
PER = Pattern(
    r"\b(?:per|an?|each|every) (day|week|month|year|hour|night|minute|quarter|season|term)\b|"
    r"\b(dai|week|month|year|hour)ly\b|(?:每|单|(?<!第)一个?)([天日周月年晚季]|小时|分钟|学期|学年|季度)(?!内)"
)
ON = Pattern(
    r"\b((?:week|work(?:ing )?|mon|tues|wednes|thurs|fri|satur|sun|holi)days?|weekends?|summer|winter|spring|autumn|"
    r"night|day ?time|peak|off-peak|low season|high season)\b|"
    r"(工作日|周末|节假日|周[一二三四五六日]|白天|夜间|[高低]峰|峰时|谷时|平时|[旺淡]季|[夏冬春秋]季)"
)


@lru_cache(maxsize=8192)
def straight(said: str, *, chinese: bool) -> str:
    """The same, with what is turned round said as it is elsewhere."""
    for turned, instead in COMPILED[chinese]:
        said = turned.sub(instead, said)
    return said


@cache
def _roles_at_the_start(roles: tuple[str, ...]) -> re.Pattern[str] | None:
    words = "|".join(sorted((re.escape(role) for role in roles if role), key=len, reverse=True))
    if not words:
        return None
    return re.compile(
        rf"(?:(?:an?|the|each|every|any|all|no|our) |(?:同)?[一每各任]?[{MEASURE_WORDS}]|[每各]|任何|所有)?"
        rf"(?P<who>{words})"
        rf"(?:s\b|\b|(?=[\u4e00-\u9fff\s\d]))(?!的)",
        re.IGNORECASE,
    )


# "Blocked by the manager", 由店长拉黑: who acts in the passive.
AGENT = Pattern(
    r"\b(?:is|are|be|been|gets?) (?:[a-z]+ly )?[a-z]+(?: (?:up|down|off|out|over|back|away))? by |由", re.IGNORECASE
)


def subject(said: str, roles: Sequence[str]) -> str:
    """The role that acts, or that a sentence begins with; empty where it begins with something else."""
    pattern = _roles_at_the_start(tuple(roles))
    if not pattern:
        return ""
    for agent in AGENT.finditer(said):
        if match := pattern.match(said, agent.end()):
            return match["who"].lower()
    match = pattern.match(said)
    return match["who"].lower() if match else ""


def of_other_times(one: str, other: str) -> bool:
    """One speaks of days or Saturdays, the other of months or Sundays."""
    return any(
        (first := _times(one, pattern)) and (second := _times(other, pattern)) and not first & second
        for pattern in (PER, ON)
    )


def times(said: str) -> frozenset[str]:
    """The days, weeks or seasons that a sentence speaks of."""
    return _times(said, PER) | _times(said, ON)


@lru_cache(maxsize=8192)
def _times(said: str, pattern: Pattern) -> frozenset[str]:
    return frozenset(
        TIMES.get(word, word) for match in pattern.finditer(said.lower()) for word in match.groups() if word
    )

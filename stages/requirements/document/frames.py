"""What is a sentence about, and what does it say of it: which figures, how often, whether it may be, who alone may?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from stages.requirements.document.conditions import BAN, HAN_BAN, LIMITED_BAN
from stages.requirements.document.figures import MEASURES, Figure, figures, han_number, moments, number_words
from stages.requirements.document.gists import CONDITIONAL, GAP, Gist, gist
from stages.requirements.document.limits import Sense, sense
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.straight import straight


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a sentence is about, and what it says of it."""

    about: Gist
    said: str
    figures: tuple[Figure, ...]
    counts: tuple[float, ...]  # of whatever it is
    periods: frozenset[float]  # seconds between two times that it is done
    sense: Sense
    bans: bool
    limited: bool  # what it bans, it bans in some cases
    alone: str  # who alone may
    agent: frozenset[str]  # by whom it is done, where a sentence names him behind the deed
    values: frozenset[tuple[str, str]]  # (what can be one of several, which it is): language, English
    conditional: bool


CLAUSES = Pattern(r"[;；]")


@lru_cache(maxsize=4096)
def frame(said: str, *, chinese: bool) -> Frame:
    said = straight(said.replace("’", "'"), chinese=chinese)
    main = OTHERS.sub(" ", (HAN_LIMIT if chinese else NO_MORE).sub(" ", _main_clause(said, chinese=chinese)))
    ban = (HAN_BANS if chinese else BANS).search(main)
    counted = (HAN_A_UNIT if chinese else A_UNIT).sub(_one_unit, SHIFT.sub(" ", said))
    return Frame(
        about=gist(next((part for part in CLAUSES.split(said) if ban and ban[0] in part), said), chinese=chinese),
        said=said,
        figures=(*figures(counted, chinese=chinese), *(one for one in moments(said) if one.of != "period")),
        counts=tuple(_counts(said, chinese=chinese)),
        periods=frozenset(_periods(said, chinese=chinese)),
        sense=sense(said, chinese=chinese),
        bans=bool(ban),
        limited=bool(ban and _limited(said, ban[0])),
        alone=_named(HAN_ALONE if chinese else ALONE, said),
        agent=gist(_named(HAN_BY if chinese else BY, said), chinese=chinese).words - {GAP},
        values=frozenset(_values(said, chinese=chinese)),
        conditional=bool(CONDITIONAL.match(said)),
    )


def _one_unit(match: re.Match[str]) -> str:
    return f"{match['before']}1 {match['unit']}"


# "Lasts an hour", 时长一小时: one of them, though no figure is written.
A_UNIT = Pattern(
    r"(?P<before>\b(?:lasts?|have|for|takes?|after) )an? (?P<unit>minute|hour|day|week|month|year)\b", re.IGNORECASE
)
HAN_A_UNIT = Pattern(r"(?P<before>[长留存为起在期后管])一(?P<unit>小时|个月|年|天|周)")
# "Postpone it by up to 14 days", 顺延 3 天: how much later, and not when.
SHIFT = Pattern(
    r"(?<= )by (?:up to |at most |no more than |another )?[\w.-]+ (?:minute|hour|day|week|month|year)s?\b|"
    r"(?:延长|推迟|顺延|缩短|延期|提早|推后)(?:不超过|最多|至多)?\s*[\d一二两三四五六七八九十]+\s*个?(?:分钟|小时|天|日|周|月|年)",
    re.IGNORECASE,
)
# What comes to be cannot be banned before: "once submitted", 一经提交, 售出后.
ONCE_THERE = Pattern(
    r"\bonce (?:it is |they are )?(?:submitted|sent|sold|placed|entered|made|paid|signed|published|issued|stored)\b|"
    r"一经[\u4e00-\u9fff]{2}|(?:售出|提交|上传|发布|生效|录入|签发|缴纳)(?:之后|以后|后)",
    re.IGNORECASE,
)


def _limited(said: str, ban: str) -> bool:
    """It holds in some cases, and leaves room for what is allowed in others."""
    return bool(LIMITED_BAN.search(ONCE_THERE.sub(" ", said).replace(ban, " ", 1)) or WHOEVER.match(said))


WHOEVER = Pattern(r"(?:whoever|anyone|anybody|those|people) (?:who )?|an? \w+ (?:who|whose|without)\b", re.IGNORECASE)
# 其他人员无权修改: that one alone may, and not that it is forbidden.
OTHERS = Pattern(r"[，,]?其[他它余](?:人员?|[\u4e00-\u9fff]{1,4}?)(?:一律|均|都)?(?:不得|无权|不能|不可)[^，。；]*")
NO_MORE = Pattern(
    r"\b(?:no(?! longer (?!than))|not|never|cannot|nobody|no one)\b[^,;.]{0,40}?"
    r"\b(?:more|longer|larger|later|less|fewer|exceed\w*|older|higher|above|over)\b|\bor (?:rejects?|refuses?)\b",
    re.IGNORECASE,
)
HAN_LIMIT = Pattern(r"不[得能可许准应允会]{0,2}(?:超[过出]|突破|[多大高晚低少小短早重长轻][于过]|足|到|满)")


def _named(pattern: Pattern, said: str) -> str:
    found = pattern.search(said)
    return next(filter(None, found.groupdict().values()), "").lower() if found else ""


# What stands before the comma, or in a clause of its own, is no part of what is allowed or banned.
CLAUSE = Pattern(
    r"^(?:if|when|where|once|as soon as|in case|whenever|until|unless)\b[^,]*,|"
    r"\b(?:who|which|that|if|when|unless|until|because|as long as)\b[^,]*",
    re.IGNORECASE,
)
HAN_CLAUSE = Pattern(r"^[^，。；]*(?:的|时|后|前|者|期间)[，,]|[未不][^，。；的]{1,8}的")


def _main_clause(said: str, *, chinese: bool) -> str:
    return (HAN_CLAUSE if chinese else CLAUSE).sub(" ", said)


BANS = Pattern(
    rf"{BAN.pattern}|\b(?:reject|refus|exclud|ban)(?:s|es|ed|ned|al)?\b|\bdeni(?:ed|es)\b|\bturned (?:away|down)\b|"
    r"\bno [a-z]+ (?:is|are|may|can|shall|must|will)\b",
    re.IGNORECASE,
)
HAN_BANS = Pattern(
    rf"{HAN_BAN.pattern}|谢绝|拒绝|无[需须权]|不[用必需]|免于|勿|一律不|(?<![得可能应低高少多超])不(?=[含收退传设留发接给开])"
)
WHO = r"(?P<who>[a-z]+(?: [a-z]+){0,2}?)"
NOBODY = "ones?|once|two|if|when|after|before|until|with|in|on|at|as|from|where|while"  # what "only" limits else
ALONE = Pattern(
    rf"\bonly (?!(?:{NOBODY})\b)(?:by |to |for )?(?:an? |the )?{WHO} "
    r"(?:may|can|shall|must|will|is|are|has|who|[a-z]+s)\b|"
    rf"\bonly (?:by|to|for) (?:an? |the )?(?P<to>[a-z]+(?: [a-z]+)?)|"
    rf"\b(?:by|to|for) (?:an? |the )?(?P<by>[a-z]+(?: [a-z]+)?) (?:only|alone|exclusively)\b|"
    r"\bnobody but (?:an? |the )?(?P<but>[a-z]+(?: [a-z]+)?)|"
    r"\b(?:exclusive (?:right|privilege|task|duty) of|reserved (?:for|to)) (?:an? |the )(?P<right>[a-z]+(?: [a-z]+)?)",
    re.IGNORECASE,
)
HAN_ALONE = Pattern(
    r"(?:只有|只能由|仅由|仅限|只[由按用])(?P<who>[\u4e00-\u9fff]{2,6}?)(?=[可能才有方放审查修更决发打给]|$|[，。])|"
    r"[仅只](?P<may>[\u4e00-\u9fff]{2,5}?)可|权限?(?:归|属于?|专属)(?P<right>[\u4e00-\u9fff]{2,6}?)(?=[，。；所]|$)"
)
BY = Pattern(
    r"\b(?:is|are|be) (?:[a-z]+ly )?[a-z]+(?:ed|en|t|n|d) by (?:an? |the )(?P<who>[a-z]+(?: [a-z]+)?)(?=\W|$)|"
    r"\bcarr(?:y|ies) the (?:signature|stamp) of (?:an? |the )(?P<sign>[a-z]+)",
    re.IGNORECASE,
)
HAN_BY = Pattern(r"(?<![自理])由(?P<who>[\u4e00-\u9fff]{2,6}?)(?=[指发签审批决填登确办负设分安派])")


def _of(name: str) -> str:
    return "|".join(sorted(map(re.escape, (word for word, (of, _) in MEASURES.items() if of == name)), key=len)[::-1])


@cache
def _units() -> str:
    return "|".join(sorted((re.escape(unit) for unit in MEASURES if unit.isascii()), key=len, reverse=True))


@cache
def _numbers() -> str:
    return "|".join(sorted((re.escape(word) for word in number_words()), key=len, reverse=True))


ADVERBS = {
    "hourly": 3600.0,
    "daily": 86400.0,
    "nightly": 86400.0,
    "weekly": 7 * 86400.0,
    "monthly": 30 * 86400.0,
    "quarterly": 90 * 86400.0,
    "yearly": 360 * 86400.0,
    "annually": 360 * 86400.0,
}
TIMES = {"once": 1, "twice": 2, "one": 1}
EVERY = Pattern(
    lambda: (
        rf"\bevery (?:(?P<number>\d+|{_numbers()}) )?(?P<unit>{_of('time')})s?\b|"
        rf"\b(?P<adverb>{'|'.join(ADVERBS)})\b|"
        rf"\b(?P<times>once|twice|(?:\d+|{_numbers()}) times) (?:an?|per|every|each|in|in every) "
        rf"(?:(?P<of>\d+|{_numbers()}) )?(?P<in>{_of('time')})s?\b|"
        rf"\bone (?:[a-z]+ ){{1,2}}(?:per|an|each|every) (?:[a-z]+ and )?"
        r"(?P<per>second|minute|hour|day|week|month|year)\b"
    ),
    re.IGNORECASE,
)
HAN_UNITS = r"毫秒|秒|分钟|小时|天|日|周|星期|月|季度|年"
HAN_DIGIT = r"\d+|[一二两三四五六七八九十半]+"
HAN_EVERY = Pattern(
    rf"每隔?\s*(?P<number>{HAN_DIGIT})\s*个?(?P<unit>{HAN_UNITS})|"
    rf"(?:每|(?P<of>{HAN_DIGIT})\s*个?)(?P<in>{HAN_UNITS})[^，。；\d]{{0,6}}?(?P<times>{HAN_DIGIT})\s*[次回遍]|"
    rf"按(?P<by>[日天周月季年])(?![^，。；]{{0,3}}(?:计|算|租))|每(?P<each>[天日周月年]|季度)(?!最|不|至|之|内)"
)


def _periods(said: str, *, chinese: bool) -> Iterator[float]:
    for found in (HAN_EVERY if chinese else EVERY).finditer(said):
        named = found.groupdict()
        if adverb := named.get("adverb"):
            yield ADVERBS[adverb.lower()]
            continue
        unit = named["unit"] or named["in"] or named.get("per") or named.get("by") or named.get("each") or ""
        whole = MEASURES[{"季": "季度"}.get(unit, unit.lower())][1]
        many = named["number"] or named["of"]
        times = (named["times"] or "1").removesuffix(" times").lower()
        yield whole * (_value(many) if many else 1) / (TIMES.get(times) or _value(times) or 1)


def _value(text: str) -> float:
    low = text.lower()
    return number_words().get(low) or han_number(low)


NTH = {"fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
COUNT = Pattern(
    lambda: (
        rf"(?<![\w.:,-])(?!first|second|third|once|twice|half)"
        rf"(?P<number>\d+|{_numbers()}|{'|'.join(NTH)})(?![\w.:%]|,\d) "
        rf"(?!(?:of the|{_units()}|per cent|percent|working|business)s?\b)"
    ),
    re.IGNORECASE,
)
HAN_COUNT = Pattern(
    r"(?<![第周期\d.:：每])(?P<number>\d+|[一两二三四五六七八九十]+)\s*(?:个(?!月|小时|工作日)|[名位人张件间台份次层节套辆条只级])"
)


def _counts(said: str, *, chinese: bool) -> Iterator[float]:
    for found in (HAN_COUNT if chinese else COUNT).finditer(said):
        yield NTH.get(found["number"].lower()) or _value(found["number"])


# Of each line a thing is one or the other; who writes both, or "or", offers a choice.
VALUES = {
    "language": r"english|german|french|spanish|italian|polish|chinese|dutch",
    "tax": r"(?P<with>includ\w+ (?:all )?(?:tax|vat)|with (?:tax|vat))|(?:without|exclud\w+|plus) (?:tax|vat)",
    "name": r"(?P<with>anonym\w+)|with (?:the |their |his )?names?|by name",
    "hand": (r"(?P<with>automatic\w*|by itself|by themselves)|manual(?:ly)?|by hand|(?:has|have) to (?:apply|ask)"),
    "access": (
        r"(?P<with>public(?:ly)?|open to (?:all|every\w+)|every \w+ (?:can|may) (?:see|read))|"
        r"confidential|secret(?:ly)?|hidden|visible (?:only )?to the \w+ only"
    ),
    "state": r"(?P<with>is open|are open|opens?)|is closed|are closed|closes?|is shut|are shut",
    "must": r"(?P<with>mandatory|compulsory|obligatory|required|must)|optional|voluntary|may leave out|need not",
    "company": (
        r"(?P<with>accompanied|escorted|in the presence of|supervised)|alone|unaccompanied|unsupervised|"
        r"on (?:his|her|their|its) own|by (?:him|her)self|by themselves"
    ),
    "medium": r"(?P<with>on paper|by (?:post|letter)|in print)|electronic(?:ally)?|by e-?mail|digital(?:ly)?|as pdf",
    "turn": r"(?P<with>first[ -]come|in the order (?:of|in which)|waited longest)|by lot|drawn|at random",
    "original": r"(?P<with>originals?)|cop(?:y|ies)|scans?",
    "advance": r"(?P<with>in advance|up ?front|beforehand|prepa(?:y|id))|afterwards|in arrears|on departure",
    "price": r"(?P<with>free(?: of charge)?|nothing)|\d[\d.,]* ?(?:eur|euros?|pounds?|dollars?)|half",
}
HAN_VALUES = {
    "language": r"英文|英语|中文|汉语|法文|德文|日文",
    "tax": r"(?P<with>(?<!不)含税)|不含税|未税",
    "name": r"(?P<with>匿名|不记名|不署名)|实名|署名|记名",
    "hand": r"(?P<with>自动)|手动|人工|手工|须由|由[\u4e00-\u9fff]{2,5}(?:手动|申请)",
    "access": r"(?P<with>(?<!不)公开|全体|任何人|所有人)|保密|仅限|只有|不公开",
    "must": r"(?P<with>必须|必填|必选|应当?|须)|可以不|可不|选填|可选|无需|无须|不必|不用",
    "company": r"(?P<with>陪同|陪护|双人|两人一起)|独自|单独|一个人|自行",
    "medium": r"(?P<with>纸质|书面|邮寄)|电子|线上|邮件",
    "turn": r"(?P<with>先到先得|先后顺序|时间顺序)|抽签|摇号|随机",
    "original": r"(?P<with>原件)|复印件|扫描件",
    "price": r"(?P<with>免费|免票|不收费|免收)|\d+\s*元|半价|一半|收取",
}
VALUE_OF = {
    chinese: {name: Pattern(words if chinese else rf"\b(?:{words})\b", re.IGNORECASE) for name, words in lines.items()}
    for chinese, lines in ((False, VALUES), (True, HAN_VALUES))
}


def _values(said: str, *, chinese: bool) -> Iterator[tuple[str, str]]:
    for name, words in VALUE_OF[chinese].items():
        found = {
            match[0].lower() if "with" not in match.re.groupindex else "yes" if match["with"] else "no"
            for match in words.finditer(said)
        }
        if len(found) == 1:
            yield name, found.pop()

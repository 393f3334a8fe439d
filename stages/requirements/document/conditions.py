"""Under which condition does a sentence hold? Do two of them leave each other room, or claim the same hour?"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from stages.requirements.document.figures import figures, moments
from stages.requirements.document.gists import gist
from stages.requirements.document.patterns import Pattern

# A ban with one of these holds at some times or for some cases, and leaves room for what is allowed.
LIMITED_BAN = Pattern(
    r"\b(?:unless|without|until|before|if|when|whenever|while|except|other|than|only|again|second|another|"
    r"further|twice|once|own|outside|"
    r"during|after(?:wards)?|within|same|more|at the same time|as (?:long|soon) as|where|both|from|below|above|under|"
    r"over|(?:who|which|that) (?:is|are|has|have|do|does)|any more|no longer)\b|\d|"
    r"未经|除(?:非|了|外|此)|除[^，。；]{1,12}外|[未无没]|之?前|超过|多于|以[上下外内]|不足|低于|[仅只]|"
    r"他人|其他|本人|自己|同[时一]|重[复号名]|[两多几再]|期间|"
    r"时[，,]|(?<!台)后[，,不]|的[，,]|[如若当]|一旦|已[^，。；]{1,8}的|相同|擅自|随意|任意|直接|替|代",
    re.IGNORECASE,
)
CASE = Pattern(
    r"(?:^|[ ,])(?P<case>(?:if|when|unless|until|once|after|before|while|provided|as (?:long|soon) as|where|"
    r"with(?:out)? (?:the |an? )?(?:consent|approval|permission|agreement) of)\b[^,.;]*)",
    re.IGNORECASE,
)
HAN_CASE = Pattern(
    r"(?P<case>(?:[已未][^，。；的]{1,8}(?=的)|[^，。；]{1,10}(?:之?[前后]|时|期间)(?=[\u4e00-\u9fff，,])|"
    r"(?:经|凭|在)[^，。；]{1,8}(?:同意|批准|许可|[前后时])))"
)
NO = (
    r"(?:cannot|can't|(?:can|may|must|shall|should|will) (?:not|never|no longer)|(?:is|are|be)(?: not|n't) |"
    r"(?:is|are) (?:not|never) (?:allowed|permitted)|no longer|not any more|never|nobody|no one|forbidden|prohibited)"
)
BAN = Pattern(rf"\b{NO}\b|\b(?:is|are|do|does|can|may|must|should|wo)n[o']t\b", re.IGNORECASE)
HAN_BAN = Pattern(r"不得|不能|不可(?!用)以?|不允许|不准|不许|不再|不予|禁止|严禁|无法")
LEAVE = Pattern(
    r"\b(?:can|may|shall|will|want to|(?:is|are) (?:free|allowed|possible|entitled|accepted))\b", re.IGNORECASE
)
HAN_LEAVE = Pattern(r"(?<![不])可(?!能|靠|行|见|用|选|读)以?|允许|准许|有权|最迟|最晚|截止")
ALWAYS = Pattern(
    r"\b(?:at any time|any time|at all times|around the clock|always)\b|随时|任何时[候间]|不限时间", re.IGNORECASE
)
ADVANCE = Pattern(
    r"\b(?:up to|until|no later than|at the latest|at least|not later than)\b|最[迟晚]|截止|以上|至少|以前"
)
LAST = Pattern(r"\b(?:within|in|during|less than|under|later than|for|from)\b|内|不足|不到|少于|晚于|起", re.IGNORECASE)
CONJUNCTION = Pattern(
    r"^(?:if|when|unless|until|once|after|before|while|provided|as (?:long|soon) as|where|with(?:out)?)\b|"
    r"[已未经在凭前后时]",
    re.IGNORECASE,
)
IN_TIME = Pattern(
    r"\b(?:once|after(?:wards)?|before|during|while|when|until|(?:that|which) (?:is|are|has|have) (?:been )?[a-z]+|"
    r"at night)\b|(?<![台售背今最先目当此])[前后]|[^同]时|期间|[已未][^，。；]{1,8}的",
    re.IGNORECASE,
)
OF_SOMEBODY = Pattern(r"\b(?:own|other|others|another|someone|somebody)\b|他人|别人|其他|本人|自己", re.IGNORECASE)


class Room(StrEnum):
    UNKNOWN = "unknown"
    LEFT = "left"  # what one allows, the other does not forbid
    CLAIMED = "claimed"  # some hour or case is allowed here and forbidden there


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """Whether a sentence forbids or allows, and when."""

    bans: bool
    leaves: bool
    always: bool
    limited: bool  # a ban that holds for some cases
    in_time: bool  # of these: for some time, whoever it is
    measured: bool  # figures or moments tell when, or how much
    advance: float | None  # seconds before something begins until which it is allowed, or from which it is forbidden
    after: float | None  # seconds after something until which it is forbidden, or from which it is allowed
    cases: tuple[frozenset[str], ...]
    words: frozenset[str]
    said: str


@lru_cache(maxsize=4096)
def stance(said: str, *, chinese: bool) -> Stance:
    said = said.replace("’", "'")
    ban = HAN_BAN if chinese else BAN
    bans = bool(ban.search(said))
    rest = ban.sub(" ", said)
    counted = figures(LAST_HOUR.sub("the last one ", said), chinese=chinese)
    before = [one.value for one in counted if one.of == "time before"]
    until = (LAST if bans else ADVANCE).search(said)
    return Stance(
        bans=bans,
        leaves=not bans and bool((HAN_LEAVE if chinese else LEAVE).search(said)),
        always=bool(ALWAYS.search(said)),
        limited=bool(LIMITED_BAN.search(rest)),
        in_time=bool(IN_TIME.search(said)) and not OF_SOMEBODY.search(said),
        measured=bool(counted or moments(said)),
        advance=before[0] if len(before) == 1 and until else None,
        after=_after(said, bans=bans, chinese=chinese),
        cases=_cases(said, chinese=chinese),
        said=said,
        words=gist(said, chinese=chinese).words,
    )


# Forbidden within seven days of it, allowed once five days have passed.
BARRED = Pattern(
    r"\b(?:within|in|during|for)(?: the)?(?: first)? (?P<figure>[\w.-]+ [a-z]+) (?:of|after|following|from|since)\b|"
    r"后\s*(?P<han>[\d.一二两三四五六七八九十半]+\s*个?[\u4e00-\u9fff]{1,3}?)之?内",
    re.IGNORECASE,
)
FREED = Pattern(
    r"\b(?:after|from) (?P<figure>[\w.-]+ [a-z]+)\b|\b(?P<later>[\w.-]+ [a-z]+) (?:after|later)\b|"
    r"满\s*(?P<han>[\d.一二两三四五六七八九十半]+\s*个?(?:分钟|小时|天|日|周|月|年))|"
    r"(?P<past>[\d.一二两三四五六七八九十半]+\s*个?(?:分钟|小时|天|日|周|月|年))(?:之?后|以上)",
    re.IGNORECASE,
)


def _after(said: str, *, bans: bool, chinese: bool) -> float | None:
    found = (BARRED if bans else FREED).search(said)
    words = next(filter(None, found.groups()), "") if found else ""
    counted = [one.value for one in figures(words, chinese=chinese) if one.of == "time"]
    return counted[0] if len(counted) == 1 else None


OWN = Pattern(r"\b(?:their|his|her|its) own (?P<what>[a-z]+)", re.IGNORECASE)


def beside_the_same(ban: str, leave: str) -> str:
    """The ban without those of its limits that the permission has as well: "of their own institute"."""
    return OWN.sub(
        lambda own: (
            own["what"]
            if re.search(rf"\b(?:their|his|her|its)(?: own)? {re.escape(own['what'])}\b", leave, re.IGNORECASE)
            else own[0]
        ),
        ban,
    )


LAST_HOUR = Pattern(r"\bthe last (?=(?:minute|hour|day|week|month)\b)", re.IGNORECASE)


def _cases(said: str, *, chinese: bool) -> tuple[frozenset[str], ...]:
    """What makes the case of a permission: "unless it is packed", which a ban on packed orders speaks of too."""
    found = [CONJUNCTION.sub("", one["case"]) for one in (HAN_CASE if chinese else CASE).finditer(said)]
    return tuple(words for case in found if (words := gist(case, chinese=chinese).words - {"of"}))


def room(one: Stance, other: Stance) -> Room:
    """Between a permission and a ban, in whatever order; UNKNOWN where there are not one of each."""
    leave, ban = (other, one) if one.bans else (one, other)
    if not ban.bans or not leave.leaves:
        return Room.UNKNOWN
    for allowed, forbidden in ((leave.advance, ban.advance), (leave.after, ban.after)):
        # Allowed until two hours before it begins, and forbidden in the last one: the hours do not meet.
        if allowed is not None and forbidden is not None:
            return Room.CLAIMED if allowed < forbidden else Room.LEFT
    if leave.always and ban.in_time:
        return Room.CLAIMED
    if leave.always or (leave.measured and ban.measured):
        return Room.UNKNOWN
    if any(case <= ban.words for case in leave.cases):
        return Room.LEFT
    shared = not leave.cases or any(case & ban.words for case in leave.cases)
    return Room.LEFT if ban.limited and shared and not _limits_nothing(ban, leave) else Room.UNKNOWN


def _limits_nothing(ban: Stance, leave: Stance) -> bool:
    rest = beside_the_same(ban.said, leave.said)
    return rest != ban.said and not LIMITED_BAN.search(rest)


DONE = Pattern(r"已经?(?P<state>[\u4e00-\u9fff]{2})|\b(?P<english>[a-z]{4,}ed) (?!by\b|in\b|to\b)[a-z]+", re.IGNORECASE)
UNDONE = Pattern(r"未(?P<state>[\u4e00-\u9fff]{2})|\bun(?P<english>[a-z]{3,}ed)\b", re.IGNORECASE)


def in_other_states(one: str, other: str) -> bool:
    """已开封 here, 未开封 there; "opened boxes" and "unopened boxes"."""
    return any(_states(DONE, a) & _states(UNDONE, b) for a, b in ((one, other), (other, one)))


@lru_cache(maxsize=4096)
def _states(pattern: Pattern, said: str) -> frozenset[str]:
    return frozenset(found["state"] or found["english"].lower() for found in pattern.finditer(said))

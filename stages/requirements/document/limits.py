"""What does a sentence limit: how many of what, how long something is kept, how often it is done?"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from math import inf

from stages.requirements.document.figures import MEASURES, Bound, Figure, figures
from stages.requirements.document.gists import GAP, Gist, gist, root
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect
from stages.requirements.document.straight import times


class Sense(StrEnum):
    """What a length of time says of a thing."""

    KEPT = "kept"  # until it is deleted
    EVERY = "every"  # how often something is done
    LASTS = "lasts"
    VALID = "valid"
    OTHER = "other"  # a deadline, or what cannot be told


SENSES = {
    False: (
        (
            Sense.KEPT,
            Pattern(
                r"\b(?:keep|keeps|kept|stor(?:e|es|ed)|retain(?:s|ed)?|retention|archiv(?:e|es|ed)|preserv(?:e|es|ed)|"
                r"h(?:o|e)ld on to|on file|"
                r"(?:stays?|remains?) (?:available|accessible|visible|stored)|"
                r"delet(?:e|es|ed|ion)|eras(?:e|es|ed|ure)|purg(?:e|es|ed)|destroy(?:s|ed)?|"
                r"discard(?:s|ed)?|wip(?:e|es|ed)|shred(?:s|ded)?|th(?:row|rown|rows)\b.{0,30}\b(?:away|out)|"
                r"dispos(?:e|es|ed) of|gets? rid of)\b",
                re.IGNORECASE,
            ),
        ),
        (Sense.EVERY, Pattern(r"\bevery (?:\d|[a-z]+ )|\b(?:once|twice) (?:in|every|an?|per)\b", re.IGNORECASE)),
        (Sense.VALID, Pattern(r"\b(?:valid|validity|expir\w+|laps(?:e|es|ed)|runs? out)\b", re.IGNORECASE)),
        (
            Sense.LASTS,
            Pattern(
                r"\b(?:lasts?|takes?|durations?|(?:be|is|are) (?:no )?(?:longer|shorter)|longest|shortest)\b",
                re.IGNORECASE,
            ),
        ),
    ),
    True: (
        (
            Sense.KEPT,
            Pattern(
                r"保[存留](?!申请)|留存|[存归]档|存满|留满|留底|[存留](?=[\d一二三四五六七八九十两半\s])|清[除掉空理]|删[除掉]|销毁|销掉|抹[掉去]"
            ),
        ),
        (Sense.VALID, Pattern(r"有效|失效|过期|作废")),
        (Sense.LASTS, Pattern(r"时长|持续|历时|为期|时间(?=不|最|至|为)|最[长短]")),
        (
            Sense.EVERY,
            Pattern(r"[每隔]\s*[\d一二两三四五六七八九十半]+\s*个?(?:毫秒|秒|分钟|小时|天|日|周|星期|月|季|年)"),
        ),
    ),
}
# What is done without saying what: "an order covers", "is put into", "work on". In Chinese also what classifies.
LIGHT = (
    "have hold carry bear contain cover include comprise consist put place make take get give work stand go come be "
    "exist accept allow permit count total amount fit sit admit enter span involve feature run possess own use do "
    "perform handle process have there person people somebody name user anybody row time once simultaneous "
    "simultaneously concurrent concurrently parallel altogether record log datum end start automatic automatically "
    "old older new period maximum minimum limit restrict cap occur happen receive store keep delete throw away archive "
    "longer shorter longest shortest larger smaller higher lower less more discard "
    "destroy shred wipe rid dispose file retain retention how hold"
)
HAN_LIGHT = frozenset(
    "承接收含有填放装占持拥做办干给拿用位名人个件张份项次条种笔满超过多少于每各同只能就得自动手系统全部所量限共总计记入登据日天周月年内里存删"
)
ONCE = Pattern(
    r"\bat (?:once|a time|the same time|any (?:one )?time)\b|\bsimultaneous|\bconcurrent|\bin parallel\b|"
    r"同时|同一时[间刻]|手[上头里中]",
    re.IGNORECASE,
)
# From when a time is counted, which says nothing of what is kept.
SINCE = Pattern(
    r"\b(?:from|since|after|following|as of|counted from) (?:the |its |their |an? )?(?:end|date|day|beginning|start|"
    r"creation|receipt|entry|last|moment)\b[^,.;]*|[自从][^，。；]{1,12}(?:起|算)|[^，。；为是自从]{1,8}之日起(?:计?算)?",
    re.IGNORECASE,
)
# A threshold beyond which something is refused is a limit; one beyond which something else happens is none.
THRESHOLD = Pattern(
    r"^(?:if|when|where|once|as soon as|in case|whenever)\b[^,]*,|"
    r"^[^，。；]*?(?:超过|多于|大于|满|达到|不足|少于|以上|以下)[^，。；]*[，,]",
    re.IGNORECASE,
)
REFUSED = Pattern(
    r"\b(?:refus|reject|turn(?:s|ed)? (?:away|down)|not (?:be )?(?:accept|allow|permit|possible)|block|den[yi]|"
    r"cannot|split)|拒|退回|不[收接予得能让许准]|拆|拦",
    re.IGNORECASE,
)
FEW, HAN_FEW, MORE = 1, 2, 3  # words that the longer sentence may have besides
ENOUGH = 2  # signs that make a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """An order covers up to ten accessions: at most 10, accessions, in what is about an order."""

    figure: Figure
    sense: Sense
    about: Gist
    topic: frozenset[str]  # without what is counted, who acts, and words that tell nothing
    counted: frozenset[str]
    who: frozenset[str]
    times: frozenset[str]  # per day, on Sundays
    allowed: bool  # "two dogs may share a kennel"


@cache
def _light() -> frozenset[str]:
    units = (unit for unit in MEASURES if unit.isascii() and unit.isalpha())
    return frozenset(root(word) for word in (*LIGHT.split(), *units))


def sense(said: str, *, chinese: bool) -> Sense:
    return next((one for one, pattern in SENSES[chinese] if pattern.search(said)), Sense.OTHER)


@lru_cache(maxsize=4096)
def limits(said: str, roles: tuple[str, ...], *, chinese: bool) -> tuple[Limit, ...]:
    return tuple(_limits(said, roles, chinese=chinese))


def _limits(said: str, roles: Sequence[str], *, chinese: bool) -> Iterator[Limit]:
    said = ONCE_IN.sub("every ", said)
    threshold = THRESHOLD.match(said)
    refused = threshold and REFUSED.search(said, threshold.end())
    limited = said[: threshold.end()] if refused and threshold else THRESHOLD.sub("", said)
    told = (*figures(limited, chinese=chinese), *_endless(said, chinese=chinese))
    if not told:
        return
    low = said.lower()
    who = frozenset(role.lower() for role in roles if role and role.lower() in low)
    about = gist(limited, chinese=chinese)
    of = sense(said, chinese=chinese)
    kept = gist(SINCE.sub(" ", limited), chinese=chinese) if of in {Sense.KEPT, Sense.VALID} else about
    for figure in told:
        counted = _counted(figure, limited, about)
        yield Limit(
            figure=replace(figure, bound=Bound.MOST) if refused and figure.bound is Bound.LEAST else figure,
            sense=of if figure.of == "time" else Sense.OTHER,
            about=about,
            topic=_topic(kept, who)
            - (HAN_NUMBER if chinese and not figure.of else HAN_PERIOD if of is Sense.KEPT else frozenset()),
            counted=counted,
            who=who,
            allowed=bool(ALLOWED.search(said)) and not about.negated,
            times=frozenset()
            if figure.of == "time"
            else times(said) | (frozenset({"day"}) if not figure.of and WITHIN_A_DAY.search(said) else frozenset()),
        )


# "There is no limit to the dogs", 狗不限数量.
ENDLESS = Pattern(
    r"\b(?:no (?:upper )?limit (?:to|on|for) (?:the )?(?:number of )?|any number of |"
    r"(?:an )?unlimited (?:number of )?)(?P<of>[a-z]+)",
    re.IGNORECASE,
)
HAN_ENDLESS = Pattern(
    r"(?P<before>[\u4e00-\u9fff]{1,2})(?:的)?(?:数量|个数|件数|次数)?不限(?:数量|个数|件数|次数)?|不限(?:数量|次数)"
)


def _endless(said: str, *, chinese: bool) -> Iterator[Figure]:
    for match in (HAN_ENDLESS if chinese else ENDLESS).finditer(said):
        nouns = frozenset(match["before"] or "") if chinese else frozenset({match["of"].lower()})
        yield Figure(value=inf, of="", nouns=nouns, bound=Bound.MOST)


ALLOWED = Pattern(r"\b(?:may|can|(?:is|are) allowed to)\b(?! not)|(?<!不)可以|允许|(?<!不)能", re.IGNORECASE)
ONCE_IN = Pattern(r"\bonce (?:in|every) (?=\d|two|three|four|five|six|ten|twelve|an? )", re.IGNORECASE)
HAN_NUMBER = frozenset("数")  # 接单数: how many
HAN_PERIOD = frozenset("期")  # 保存期限
WITHIN_A_DAY = Pattern("一[天日]之?内")


def _counted(figure: Figure, said: str, about: Gist) -> frozenset[str]:
    """What there are so many of; of "up to three times", what is done."""
    if figure.of:
        return frozenset()
    if not about.chinese:
        found = frozenset(root(noun) for noun in figure.nouns) - _light()
        return found or (_topic(about, frozenset()) if re.search(r"\btimes\b", said) else found)
    if figure.value == inf:
        return figure.nouns
    nouns = "".join(
        match["noun"]
        for unit in figure.nouns
        for match in re.finditer(rf"{unit}(?P<noun>(?:(?![为限以的在和及且由每]|之内)[\u4e00-\u9fff]){{0,3}})", said)
        if re.search(r"[\d一二三四五六七八九十两]\s*$", said[: match.start()])
    )
    return frozenset(nouns) | figure.nouns - {"个"}


def _topic(about: Gist, who: frozenset[str]) -> frozenset[str]:
    if about.chinese:
        return about.words - HAN_LIGHT - {GAP} - frozenset("".join(who))
    named = frozenset(root(word) for role in who for word in role.split())
    return about.words - _light() - named


def judged(ones: Sequence[Limit], others: Sequence[Limit], alone: Set[str] = frozenset()) -> Defect | None:
    """Whether two sentences limit the same: to the same figure, or to another one. `alone`: words of no other rule."""
    found = {defect for one in ones for other in others if (defect := _judged(one, other, alone))}
    return Defect.CONTRADICTION if Defect.CONTRADICTION in found else min(found, default=None)


def of_other_senses(ones: Sequence[Limit], others: Sequence[Limit]) -> bool:
    """How often something is done, and how long it is kept, say nothing against each other."""
    first, second = ({one.sense for one in limits} - {Sense.OTHER} for limits in (ones, others))
    timed = all(one.figure.of == "time" for one in (*ones, *others))
    return bool(timed and first and second and not first & second)


def _judged(one: Limit, other: Limit, alone: Set[str]) -> Defect | None:
    a, b = one.figure, other.figure
    if not _comparable(one, other) or (one.who and other.who and not one.who & other.who):
        return None
    counted = one.counted | other.counted if one.about.chinese else one.counted & other.counted
    small, large = sorted((one.topic - counted, other.topic - counted), key=len)
    extra = large - small
    enough = len(small) >= (ENOUGH if one.about.chinese and not one.who & other.who else 1)
    if not small <= large or not (enough or (not small and not a.of)):
        return None
    if a.value == b.value:
        again = len(extra) <= (MORE if small else FEW) and a.value > 1 and not _begins_with(one, other, extra)
        return Defect.DUPLICATE if again else None
    bare = not small and extra and not one.counted & other.counted & alone  # hens, of which nobody else speaks, may do
    if len(extra) > (HAN_FEW if one.about.chinese else FEW) or bare or _qualified(one, other, extra):
        return None
    return Defect.CONTRADICTION


def _comparable(one: Limit, other: Limit) -> bool:
    """Figures of the same kind, in the same direction, for the same time."""
    a, b = one.figure, other.figure
    if a.of != b.of or one.sense is not other.sense or (a.of == "time" and one.sense is Sense.OTHER):
        return False
    if a.of != "time" and (a.bound is not b.bound or a.bound is Bound.EXACT) and not _goes_beyond(one, other):
        return False
    if a.of == "time" and one.sense is not Sense.KEPT and {a.bound, b.bound} == {Bound.MOST, Bound.LEAST}:
        return False
    if not a.of and not one.counted & other.counted:
        return False
    return one.times == other.times if not a.of else not (one.times and other.times and not one.times & other.times)


def _goes_beyond(one: Limit, other: Limit) -> bool:
    """What one allows is more than the most of the other."""
    return any(
        most.figure.bound is Bound.MOST
        and of.allowed
        and of.figure.bound is Bound.EXACT
        and of.figure.value > most.figure.value
        for most, of in ((one, other), (other, one))
    )


def _begins_with(one: Limit, other: Limit, extra: frozenset[str]) -> bool:
    """What it is about is narrowed: "a double appointment", "an appointment"."""
    firsts = (next((word for word in of.about.order if word), "") for of in (one, other))
    return not one.about.chinese and any(first in extra for first in firsts)


def _qualified(one: Limit, other: Limit, extra: frozenset[str]) -> bool:
    """What only one says stands right before what both say: "child tickets", "tickets"."""
    both = one.about.words & other.about.words | one.counted
    return any(
        before in extra and after in both
        for about in (one.about, other.about)
        for before, after in zip(about.order, about.order[1:], strict=False)
    )

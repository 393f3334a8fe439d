"""Do two sentences about nearly the same disagree: in a figure, how often, whether it may be, or who alone may?"""

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

from stages.requirements.document.conditions import LIMITED_BAN, beside_the_same, in_other_states
from stages.requirements.document.figures import MEASURE_WORDS, Bound, Figure
from stages.requirements.document.frames import Frame
from stages.requirements.document.gists import GAP, gist
from stages.requirements.document.gists_compared import contrasted, weighed
from stages.requirements.document.limits import Sense
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.straight import of_other_times

# Of both sentences' weight what has to be common, in English and in Chinese, so that of 500 pairs with such an
# opposition one is judged wrongly. Measured on the labelled documents but the sealed ones, and on pairs written apart.
ALIKE = {
    "figure": (0.39, 0.29),
    "count": (0.36, 0.4),
    "period": (0.25, 0.2),
    "ban": (0.33, 0.29),
    "alone": (0.26, 0.25),
    "value": (0.28, 0.18),
    "state": (0.34, 0.24),
    "price": (0.18, 0.26),
    "agent": (0.0, 0.0),
}
# Where what stands before a common word tells two matters apart: "child tickets", "tickets".
TOLD_APART = ({"figure", "count", "ban", "price", "state", "agent"}, {"figure", "count"})
ON_THE_WHOLE = 0.33  # what a ban and a permission have to share, where the ban says something besides
CONDITIONAL_BY = 0.3  # what has to be common besides, where one of the two holds under a condition
KEPT_BY = 0.15  # the same, where figures may be of different times: one is kept, or both are deadlines or moments
PAIR = 2  # words that have to be common where little else tells


def opposition(one: Frame, other: Frame) -> str:
    """In what two sentences say something that cannot both hold, whatever it is about; empty where in nothing."""
    if one.bans != other.bans:
        ban, leave = (one, other) if one.bans else (other, one)
        return "" if leave.alone or (ban.limited and not _limited_alike(ban, leave)) else "ban"
    if found := _quantities_differ(one, other):
        return found
    if bool(one.alone) != bool(other.alone):
        return "" if _speaks_of_who(one, other) else "alone"
    first, second = dict(one.values), dict(other.values)
    if apart := {name for name in first.keys() & second.keys() if first[name] != second[name]}:
        return apart.pop() if apart in ({"price"}, {"state"}) else "value"
    return "agent" if _by_another(one, other) or _by_another(other, one) else ""


def _limited_alike(ban: Frame, leave: Frame) -> bool:
    """What limits the ban limits the permission as well."""
    rest = beside_the_same(ban.said, leave.said)
    return rest != ban.said and not LIMITED_BAN.search(rest)


def _quantities_differ(one: Frame, other: Frame) -> str:
    compared = [(a, b) for a in one.figures for b in other.figures if a.comparable(b)]
    if compared and _differ(one, other, compared):
        return "figure"
    if len(one.periods) == len(other.periods) == 1 and one.periods != other.periods:
        return "period"
    counted = len(one.counts) == len(other.counts) == 1 and one.counts != other.counts
    return "count" if counted and not compared and not one.bans else ""


def _differ(one: Frame, other: Frame, compared: Sequence[tuple[Figure, Figure]]) -> bool:
    if any(a.value == b.value for a, b in compared) or of_speed(one.said) != of_speed(other.said):
        return False
    if Sense.OTHER not in {one.sense, other.sense} and one.sense is not other.sense:
        return False
    return not all(_fit(a, b) or _fit(b, a) for a, b in compared)


def _speaks_of_who(one: Frame, other: Frame) -> bool:
    """Who alone may in one sentence is who does something in the other."""
    who = one.alone or other.alone
    return who in one.said.lower() and who in other.said.lower()


def _by_another(one: Frame, other: Frame) -> bool:
    """What one says is done by somebody, somebody else does: all but who begins the other sentence is the same."""
    if not one.agent:
        return False
    first, second = one.about.words - {GAP}, other.about.words - {GAP}
    rest = first - one.agent - OF_THE_PASSIVE
    if one.agent <= second or other.about.conditional or one.about.conditional:
        return False
    own = second - first - OF_THE_PASSIVE
    common = rest & second
    return rest <= second and len(common) >= (PAIR + one.about.chinese) and 0 < len(own) <= (OWN[one.about.chinese])


OF_THE_PASSIVE = frozenset({"carry", "carri", "signatur", "由", "须", "应", "行", "自"})
OWN = {False: 3, True: 6}  # words, or signs, that name who does it


def _fit(one: Figure, other: Figure) -> bool:
    """Both can hold: at most 6 and exactly 2, at least 1 and at most 10."""
    if one.bound is Bound.MOST and (other.bound is Bound.LEAST or (not one.of and other.bound is Bound.EXACT)):
        return other.value <= one.value
    return one.bound is Bound.LEAST and other.bound is Bound.EXACT and not one.of and other.value >= one.value


# What stands before the thing that a sentence is about.
HAN_WHICH = Pattern(
    rf"^(?:[^，。；]{{2,30}}?(?:时|后|前)，)?(?:每|各|任[何意一]?|同|所有|全部|单|该|对于?|一|[{MEASURE_WORDS}](?!人))*"
)


def topic_of(said: str, *, chinese: bool) -> str:
    """The thing that a sentence begins with, as `gist` calls it; in Chinese two signs."""
    order = gist(HAN_WHICH.sub("", said.replace(" ", "")) if chinese else said, chinese=chinese).order
    if chinese:
        return "".join(order[:PAIR]) if GAP not in order[:PAIR] else ""
    return next((word for word in order if word), "")


class Known(IntEnum):
    """What two rules speak of that no other rule of the document speaks of."""

    NOTHING = 0
    WORD = 1
    PAIR = 2  # of words: "medical data"
    TOPIC = 3  # both begin with it


# By how much it has to be known that the same is meant, whatever else is said: of 5,500 pairs with such an opposition
# in the labelled documents none was told wrongly by it.
ENOUGH = {"count": Known.WORD, "period": Known.WORD, "value": Known.WORD, "alone": Known.PAIR}


def disagree(one: Frame, other: Frame, rarity: Mapping[str, float], known: Known = Known.NOTHING) -> bool:
    """Nearly the same is spoken of, and both cannot hold."""
    opposed = opposition(one, other)
    if not opposed or in_other_states(one.said, other.said) or _before_and_after(one.said, other.said):
        return False
    if opposed != "period" and of_other_times(one.said, other.said):
        return False
    if opposed in TOLD_APART[one.about.chinese] and contrasted(one.about, other.about):
        return False
    common, _, both = weighed(one.about, other.about, rarity)
    same = known >= ENOUGH.get(opposed, Known.TOPIC)
    if same and not (opposed == "figure" and _of_other_senses(one, other)) and one.conditional == other.conditional:
        return True
    if opposed == "ban" and both < ON_THE_WHOLE and not _covered(one, other, rarity):
        return False
    least = ALIKE[opposed][one.about.chinese] + (CONDITIONAL_BY if one.conditional != other.conditional else 0)
    if opposed == "figure" and (_of_other_senses(one, other) or _only_moments(one, other)):
        least += KEPT_BY
    enough = PAIR if opposed in {"count", "ban"} or (opposed == "figure" and one.sense is Sense.OTHER) else 1
    return common >= enough and both >= least


def _covered(one: Frame, other: Frame, rarity: Mapping[str, float]) -> bool:
    """Nearly all that the ban is about, the other sentence is about."""
    ban, leave = (one.about.words, other.about.words) if one.bans else (other.about.words, one.about.words)
    told = ban - HAN_NO - {GAP}
    return sum(rarity[word] for word in told & leave) >= NEARLY_ALL * sum(rarity[word] for word in told)


HAN_NO = frozenset("不得能可允许准禁止严任何人员予受理律一")
NEARLY_ALL = 0.75


def _of_other_senses(one: Frame, other: Frame) -> bool:
    return one.sense is not other.sense and Sense.KEPT in {one.sense, other.sense}


def _only_moments(one: Frame, other: Frame) -> bool:
    """Clock times, and times before something: there is one for each thing that is done."""
    compared = {a.of for a in one.figures for b in other.figures if a.comparable(b)}
    return compared <= {"clock", "time before", "weekday", "date"}


# How fast a program answers is no deadline for people.
LATENCY = Pattern(
    r"\b(?:response times?|latency|percentile|concurrent|simultaneous\w*|clients? online)\b|"
    r"响应|延迟|时延|并发|在线|加载|分位|[\d.]+\s*[%％]的",
    re.IGNORECASE,
)


def of_speed(said: str) -> bool:
    """Does a sentence say how fast a program answers?"""
    return _speaks_of(LATENCY, said)


BEFORE = Pattern(r"\b(?:before|until|up to)\b|(?:之|以)?前(?![台])", re.IGNORECASE)
AFTER = Pattern(r"\b(?:after|from then|afterwards)\b|(?:之|以)后", re.IGNORECASE)


def _before_and_after(one: str, other: str) -> bool:
    """One speaks of what is before something, the other of what is after it."""
    return any(
        _speaks_of(BEFORE, a) and _speaks_of(AFTER, b) and not _speaks_of(AFTER, a)
        for a, b in ((one, other), (other, one))
    )


@lru_cache(maxsize=4096)
def _speaks_of(pattern: Pattern, said: str) -> bool:
    return bool(pattern.search(said))

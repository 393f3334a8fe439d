"""Does a sentence say that a thing has, or stands in, one of another thing at most?

"A glider has at most one open flight", "no glider is in two flights at the same time", "two flights must not share a
glider" say the same.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from stages.requirements.document.gists import root
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect

GIVEN = r"(?:assigned|booked|given|lent|let|linked) to"
HAS = (
    r"(?:has|have|holds?|carr(?:y|ies)|belongs? to|is in|are in|takes?|owns?|keeps?|gets?|receives?|occup(?:y|ies)|"
    rf"is {GIVEN})"
)
CAN = (
    r"(?:(?:can|may|must|shall|should|will)(?: only| always)? )?(?:be in|have|hold|carry|take|belong to|own|keep|get|"
    rf"be on|be at|be {GIVEN})"
)
NEVER = r"(?:cannot|never|(?:can|may|must|shall) (?:not|never))"
MAY_HOLD = r"(?:be in|have|hold|carry|take|belong to|own|keep|get|be on)"
EACH = r"(?:an?|the|each|every|any)"
END = r"(?= (?:at|in|on|for|per|within|during|of|only|again)\b|[,.;]|$)"
AT_ONCE = r" (?:at (?:the same time|once|a time)|simultaneously|on (?:the same|any) [a-z]+)"


def _who(number: int) -> str:
    return rf"(?P<who{number}>[a-z][a-z -]{{1,40}}?)"


def _what(number: int) -> str:
    return rf"(?P<what{number}>[a-z][a-z -]{{1,40}}?)"


# A glider has only one flight; one at a time; no glider two; two flights never a glider; no two do; a glider never two.
SINGLE = Pattern(
    rf"^{EACH} {_who(1)} (?:{HAS}|{CAN}) (?:at most|only|exactly|no more than|just|not more than) one {_what(1)}{END}|"
    rf"^{EACH} {_who(2)} (?:{HAS}|{CAN}) one {_what(2)}{AT_ONCE}|"
    rf"^no {_who(3)} (?:{HAS}|{CAN}) (?:more than one|two|several) {_what(3)}{END}|"
    rf"^two {_what(4)} {NEVER} share (?:an?|one|the same) {_who(4)}{END}|"
    rf"^no two {_what(5)} (?:(?:can|may|must|shall) )?(?:share|have|use|occupy) (?:an?|one|the same) {_who(5)}{END}|"
    rf"^{EACH} {_who(6)} {NEVER} {MAY_HOLD} (?:more than one|two|several) {_what(6)}{END}",
    re.IGNORECASE,
)
SEVERAL = Pattern(
    rf"^{EACH} {_who(1)} (?:can|may) {MAY_HOLD} (?:up to )?(?:two|three|four|five|six|several|many|any number of|"
    rf"multiple) {_what(1)}{END}",
    re.IGNORECASE,
)
HAN, UNIT = r"[\u4e00-\u9fff]", r"[个位张名件条台本份种辆套场间艘项次]"
HAN_EACH = r"(?:每|一|任[何一意]|同一?)?[个位张名件条台本份种辆套场间艘只头棵家人批]?"
HAN_ONCE = r"(?:在?同一?(?:时间|时段|时刻|时|天|日)[内里]?|同时|任何时候)?"
HAN_HAS = r"(?:有|存在|持有|对应|拥有|占用?)?"
HAN_SINGLE = Pattern(
    rf"^{HAN_EACH}(?P<who1>{HAN}{{1,8}}?){HAN_ONCE}(?:只能?|仅能?|最多|至多){HAN_HAS}一{UNIT}(?P<what1>{HAN}{{1,14}})"
    r"[。；]?$|"
    rf"^{HAN_EACH}(?P<who2>{HAN}{{1,8}}?){HAN_ONCE}不[得能可应]{HAN_ONCE}{HAN_HAS}(?:两|二|多){UNIT}(?:及?以上)?的?"
    rf"(?P<what2>{HAN}{{1,14}})[。；]?$"
)
JOINTS = frozenset({"of", "on", "in", "the", "an", "one", "for", "at", "same"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """Of `who` there is at most one `what`, or there are several where `several` is true."""

    who: frozenset[str]
    what: frozenset[str]
    several: bool


@lru_cache(maxsize=4096)
def single(said: str, *, chinese: bool) -> Single | None:
    """None for any other sentence."""
    said = said.replace("’", "'")
    several = None if chinese else SEVERAL.match(said)
    found = several or (HAN_SINGLE.match(said.replace(" ", "")) if chinese else SINGLE.match(said))
    if not found:
        return None
    named = {name: text for name, text in found.groupdict().items() if text}
    who, what = ("".join(text for name, text in named.items() if name.startswith(key)) for key in ("who", "what"))
    if chinese:  # the last two signs name the thing: 有效的过闸申报, 未完结的过闸申报
        return Single(who=frozenset(who), what=frozenset({what[-2:]}), several=False)
    return Single(who=_nouns(who), what=_nouns(what), several=bool(several))


def _nouns(text: str) -> frozenset[str]:
    return frozenset(root(word) for word in re.findall(r"[a-z]{2,}", text.lower()) if word not in JOINTS)


def said_of_one(one: Single | None, other: Single | None) -> Defect | None:
    """Both say it of the same two things; or one lets there be several."""
    if not one or not other or (one.several and other.several):
        return None
    if not _same(one.who, other.who) or not _same(one.what, other.what):
        return None
    return Defect.CONTRADICTION if one.several or other.several else Defect.DUPLICATE


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """What the shorter name says, the longer one says as well."""
    return bool(one and other) and (one <= other or other <= one)

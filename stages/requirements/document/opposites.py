"""What does a sentence let somebody do, forbid, or give to one role alone? Does another one say the contrary?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stages.requirements.document.conditions import LIMITED_BAN
from stages.requirements.document.gists import GAP, Gist, gist
from stages.requirements.document.gists_compared import contrasted
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Sentence
from stages.requirements.document.units import plain

NEARLY_ALL, PAIR = 0.75, 2  # a share of weight; words
SENTENCE = (5, 16)  # characters of a cell that says something, in Chinese and in English


HAN_MODAL = frozenset("不得能可允许准禁止严")  # what says that it is forbidden
HAN_ANYBODY = Pattern(
    r"不得|不能|不可以?|不允许|不准|不许|禁止|严禁|无权|可以|允许|有权|准许|任何(?:人员?|用户|角色)|所有人|谁都?|一律|一经|均|都"
)


class Said(StrEnum):
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    DONE = "done"  # by a role, which need not be the only one
    KEPT = "kept"  # for one role, in this case
    ALONE = "alone"  # for one role, and nobody else in any case


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """ "Machines are never lent to private persons": forbidden, lend, of machines and private persons, by anybody."""

    said: Said
    act: frozenset[str]  # roots; in Chinese the signs behind the verb's beginning
    who: str  # the role, in lower case; empty where anybody is meant, or nobody is named
    about: Gist  # of the main clause, without role and act


NO = (
    r"(?:cannot|can't|(?:can|may|must|shall|should|will) (?:not|never)|(?:is|are) (?:not|"
    r"never) (?:allowed|permitted) to)"
)
FORBIDDEN = Pattern(
    rf"(?:\b{NO}|\b(?:is|are|be)? ?never|\b(?:is|are) (?:forbidden|prohibited) (?:to|from)|"
    r"^(?:nobody|no one|no [a-z]+(?: [a-z]+)?) (?:can|may|shall|must|will|"
    r"is allowed to)) (?:ever )?(?:be )?(?P<act>[a-z]+)\b",
    re.IGNORECASE,
)
ALLOWED = Pattern(
    r"\b(?:can|may|(?:is|are) (?:allowed|permitted|free|entitled) to|(?:has|have) the right to|"
    r"(?:shall|must|should|will) be (?:able|allowed) to) (?!not\b|never\b)(?:also |still |"
    r"always )?(?:be )?(?P<act>[a-z]+)\b",
    re.IGNORECASE,
)
WISHED = Pattern(r"\bshall (?:be able to )?(?!not\b|be\b|have\b)(?P<act>[a-z]+)\b", re.IGNORECASE)  # of a user story
HAN_FORBIDDEN = Pattern(r"(?:不得|不能|不可以?|不允许|不准|不许|禁止|严禁|无权)(?P<act>[\u4e00-\u9fff]{1,6})")
HAN_ALLOWED = Pattern(r"(?<!不)(?:可以?|允许|有权|准许|能够)(?!能|靠|行|见|用)(?P<act>[\u4e00-\u9fff]{1,12})")
CONDITION = Pattern(
    r",? ?\b(?:if|when|unless|until|once|after|before|while|provided|as long as|so that|because|where|"
    r"within|up to)\b.*$",
    re.IGNORECASE,
)
DONE = r"(?P<act>[a-z]{3,}(?:ed|en|n|t|d)|visible)"
BY_ALONE = (
    rf"\b(?:is|are|be|being) only {DONE} (?:by|to) (?:the |an? )?(?P<who>%s)s?\b",
    rf"\b(?:is|are|be|being) {DONE} only (?:by|to) (?:the |an? )?(?P<who>%s)s?\b",
    rf"\b(?:is|are|be|being) {DONE} (?:by|to) (?:the |an? )?(?P<who>%s)s? (?:only|alone|exclusively)\b",
    rf"\bonly be {DONE} (?:by|to) (?:the |an? )?(?P<who>%s)s?\b",
    r"^(?:the |an? )?(?P<who>%s)s? alone (?:(?:can|may|shall|must) )?(?P<act>[a-z]+)\b",
)
BY = r"(?:is|are|be|being) (?:\w+ly )?(?P<act>[a-z]{3,}(?:ed|en|n|t|d)) by (?:the |an? )?(?P<who>%s)s?\b"
ONLY = (
    r"^(?:only|nobody but|no one but) (?:the |an? )?(?P<who>%s)s? (?:(?:can|may|shall|must|is allowed to|"
    r"has the right to) )?(?P<act>[a-z]+)\b"
)
DOES = (
    r"^(?:the |an? |each |every )?(?P<who>%s)s? (?:(?:can|may|shall|must|will|is allowed to) )?(?!not\b|"
    r"be\b|is\b|are\b|has\b)(?P<act>[a-z]+)\b"
)
HAN_BY = r"(?:只能|应当?|须|必须|统一)?由(?P<who>%s)(?P<act>[\u4e00-\u9fff]{1,6})"
HAN_ONLY = r"(?:只有|仅|仅限)(?P<who>%s)(?:才?能|可以?|有权|方可)?(?P<act>[\u4e00-\u9fff]{1,12})"
HAN_DOES = r"^(?P<who>%s)(?:可以?|应当?|须|必须|负责)?(?!不|在|的|无)(?P<act>[\u4e00-\u9fff]{1,12})"
KEPT_FOR = {
    False: (
        *((shape, Said.ALONE) for shape in (ONLY, *BY_ALONE)),
        (BY, Said.KEPT),
        (DOES, Said.DONE),
    ),
    True: ((HAN_ONLY, Said.ALONE), (HAN_BY, Said.KEPT), (HAN_DOES, Said.DONE)),
}
# Who lends is not who borrows, but it is one loan.
ONE_DEAL = (frozenset({"loan", "rent", "hir"}), frozenset({"buy", "sell"}), frozenset({"giv", "receiv", "issu"}))


def deeds(sentence: Sentence, roles: Sequence[str], *, wish: bool = False) -> tuple[Deed, ...]:
    """What a sentence allows or forbids, and what it gives to a role; what somebody wishes in a story is allowed."""
    chinese = sentence.unit.chinese
    said = (_cell(sentence) or sentence.unit.said).replace("’", "'")
    found: list[Deed] = []
    ban = (HAN_FORBIDDEN if chinese else FORBIDDEN).search(said)
    leave = (HAN_ALLOWED if chinese else WISHED if wish else ALLOWED).search(said)
    who = _who(said, roles)
    if ban:
        if not LIMITED_BAN.search(said.replace(ban[0], ban["act"])):
            found.append(_deed(Said.FORBIDDEN, ban["act"], who, said, chinese=chinese))
        return tuple(found)
    main = said if chinese else CONDITION.sub("", said)
    if leave and not re.search(r"\bonly\b|[只仅]", said):
        found.append(
            _deed(Said.ALLOWED, said[leave.start("act") :] if chinese else leave["act"], who, main, chinese=chinese)
        )
    found += _given(said, roles, chinese=chinese)
    return tuple(found)


def _cell(sentence: Sentence) -> str:
    """Of a row, the one cell that is a sentence; empty where none or several are."""
    cells = [plain(cell).strip() for cell in sentence.unit.cells]
    said = [cell for cell in cells if len(cell) > (SENTENCE[0] if sentence.unit.chinese else SENTENCE[1])]
    return said[0] if len(said) == 1 else ""


def _given(said: str, roles: Sequence[str], *, chinese: bool) -> list[Deed]:
    names = "|".join(sorted((re.escape(role) for role in roles if role), key=len, reverse=True))
    for shape, kept in KEPT_FOR[chinese] if names else ():
        if match := re.search(shape % names, said, re.IGNORECASE):
            return [_deed(kept, match["act"], match["who"].lower(), said, chinese=chinese)]
    return []


def _deed(said: Said, act: str, who: str, clause: str, *, chinese: bool) -> Deed:
    clause = next((part for part in re.split(r"[;；]", clause) if act in part), clause)
    clause = HAN_ANYBODY.sub("", clause) if chinese else clause
    without = re.sub(rf"{re.escape(who)}s?", "", clause, flags=re.IGNORECASE) if who else clause
    return Deed(said=said, act=gist(act, chinese=chinese).words, who=who, about=gist(without, chinese=chinese))


def _who(said: str, roles: Sequence[str]) -> str:
    """The first role that a sentence names."""
    low = said.lower()
    named = [(low.index(role.lower()), -len(role), role.lower()) for role in roles if role and role.lower() in low]
    return min(named)[2] if named else ""


def opposed(ones: Sequence[Deed], others: Sequence[Deed], rarity: dict[str, float]) -> bool:
    """What one sentence lets be done, the other forbids; or what one keeps for a role, another role does."""
    return any(_opposed(a, b, rarity) or _opposed(b, a, rarity) for a in ones for b in others)


def _opposed(one: Deed, other: Deed, rarity: dict[str, float]) -> bool:
    if one.said is Said.FORBIDDEN and other.said is Said.ALLOWED:
        return _same_role(one, other) and _same_act(one, other) and _covers(one, other, rarity)
    if one.said in {Said.KEPT, Said.ALONE} and other.said in {Said.ALONE, Said.KEPT, Said.DONE}:
        alike = _among(one, other, rarity) if one.said is Said.ALONE else _alike(one, other, rarity)
        return bool(one.who and other.who and one.who != other.who) and _same_act(one, other) and alike
    return False


def _among(one: Deed, other: Deed, rarity: dict[str, float]) -> bool:
    """What is kept for one role in every case, another role does in some: for their own village, up to five a month."""
    if one.about.conditional or one.about.negated or other.about.negated or contrasted(one.about, other.about):
        return False
    first, second = one.about.words - {GAP, "仅"}, other.about.words - {GAP, "仅"}
    shared, whole = (sum(rarity[word] for word in words) for words in (first & second, first))
    enough = len(first & second) > (PAIR if one.about.chinese else 0)
    return enough and shared >= NEARLY_ALL * whole


def _same_role(one: Deed, other: Deed) -> bool:
    return not one.who or not other.who or one.who == other.who


def _same_act(one: Deed, other: Deed) -> bool:
    if one.about.chinese:
        return bool(one.act) and len(one.act & other.act) * PAIR >= len(one.act)
    deal = next((deal for deal in ONE_DEAL if one.act & deal), one.act)
    return bool(one.act and other.act & (deal | one.act))


def _covers(ban: Deed, leave: Deed, rarity: dict[str, float]) -> bool:
    """All that the ban is about is what the permission is about."""
    first, second = ban.about.words - (HAN_MODAL if ban.about.chinese else ban.act), leave.about.words
    common = first & second
    weight, shared = sum(rarity[w] for w in first), sum(rarity[w] for w in common)
    enough = len(common) > PAIR if ban.about.chinese else bool(common)
    return enough and shared >= NEARLY_ALL * weight and not contrasted(ban.about, leave.about)


def _alike(one: Deed, other: Deed, rarity: dict[str, float]) -> bool:
    """The same act on the same thing in the same case."""
    if one.about.conditional or other.about.conditional or one.about.negated or other.about.negated:
        return False
    first, second = (of.about.words - {GAP} for of in (one, other))
    first, second = first - ({"仅"} - second), second - ({"仅"} - first)
    shared, either = (sum(rarity[w] for w in words) for words in (first & second, first | second))
    enough = len(first & second) > PAIR if one.about.chinese else len(first & second) >= PAIR
    return enough and shared >= NEARLY_ALL * either and not contrasted(one.about, other.about)

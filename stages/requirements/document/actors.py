"""Who acts in a document, beside the roles that it defines? Persons who may, must or do something, in its words."""

import re
from collections.abc import Iterator, Sequence

from stages.requirements.document.lists import chinese, either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Sentence
from stages.requirements.document.stories import as_a_rule
from stages.requirements.document.terms import Terms, stem
from stages.requirements.document.units import plain

ARTICLE = r"(?:(?:an?|the|each|every|any|all|no|only|our|both|two|new|registered|other|another|same) )*"
MAY = (
    r"(?:can(?:not|'t|’t)?|may|must|mustn't|shall|should|will|has to|have to|needs? to|wants? to|"
    r"(?:is|are) (?:not )?(?:allowed|able|permitted) to)"
)
ACTS = Pattern(
    lambda: (
        rf"(?:^|[;:,.] |\b(?:and|or|only|when|if|that|unless|while|once|because|as) ){ARTICLE}"
        rf"(?P<who>[a-z][a-z-]+(?: (?!{MAY} )[a-z][a-z-]+)?)(?: \([^)]*\))? "
        rf"(?:{MAY} (?:not |never |also |only |always |then |each |both )*(?P<verb>(?!be\b|have\b)[a-z-]+)|"
        rf"(?:also |then |never |only )?(?P<act>{either('english', 'keeps')}(?:e?s)?)\b)"
    ),
    re.IGNORECASE,
)
# "Only the keeper and the borrower may see it": both.
TOGETHER = Pattern(
    rf"\b(?:the|an?|only|both) (?P<one>[a-z-]+) (?:and|or) (?:the |an? )?(?P<other>[a-z-]+) {MAY} ", re.IGNORECASE
)
AGENT = Pattern(r"[a-z]{2,}(?:er|or|ist|ian|ant|ee|man|woman)")
HAN_ACTS = Pattern(
    lambda: (
        r"(?:^|[，。；：、和与及或]|只有|仅|每[名位个]|任何|所有|由|让|经|如果|当)"
        rf"(?P<who>{either('chinese', 'persons')})"
        r"(?:们)?(?:和[\u4e00-\u9fff]{2,5})?(?:都|也|只|均|自行|随时|还)*(?:可以?|能够?|应当?|须|必须|不得|不能|要|需要?|想|只能|"
        rf"{either('chinese', 'acts', 'keeps')})"
    )
)
HAN_NOBODY = frozenset(
    {"用户", "部门", "人员", "负责人", "双方", "领导", "甲方", "乙方", "丙方", "投标人", "中标人", "招标人"}
)
OFTEN = 2  # sentences in which somebody acts whom no list of persons knows
STRANGER = 3  # sentences in which somebody acts whom the document leaves out among those whom it defines


def actors(sentences: Sequence[Sentence], terms: Terms) -> dict[str, list[int]]:
    """Person, in the singular → numbers of the sentences in which that person acts; who is met first comes first."""
    found: dict[str, list[int]] = {}
    for number, sentence in enumerate(sentences):
        if number in terms.glosses:
            continue
        for who in dict.fromkeys(_acting(sentence)):
            found.setdefault(who, []).append(number)
    return {
        who: numbers
        for who, numbers in found.items()
        if not terms.is_role(who)
        and not any(who.endswith(role) for role in terms.roles)
        and len(numbers) >= (STRANGER if terms.roles else 1 if _is_known(who) else OFTEN)
    }


def _acting(sentence: Sentence) -> Iterator[str]:
    said = plain(as_a_rule(sentence.unit.said))
    if sentence.unit.chinese:
        yield from (match["who"] for match in HAN_ACTS.finditer(said) if match["who"] not in HAN_NOBODY)
        return
    for match in ACTS.finditer(said):
        if who := _person(match["who"], strict=match["verb"] is None):
            yield who
    for match in TOGETHER.finditer(said):
        yield from (who for who in map(_person, match.group("one", "other")) if who)


def _person(words: str, *, strict: bool = True) -> str:
    """The person of one or two words; empty where it is none. Not `strict`: the ending alone may make it one."""
    both = " ".join(stem(word) for word in words.split())
    last = both.rsplit(" ", 1)[-1]
    for one in (both, last):
        if _is_known(one):
            return "" if english("nobody").fullmatch(one) else one
    thing = english("no_people").fullmatch(last) or english("system").fullmatch(last)
    return "" if strict or thing or english("nobody").fullmatch(last) or not AGENT.fullmatch(last) else last


def _is_known(who: str) -> bool:
    return bool(english("persons").fullmatch(who) or chinese("persons").fullmatch(who))

"""Does a sentence say that no two things share something: "ticket numbers are unique", 条码不得重复?"""

import re
from functools import cache, lru_cache

from stages.requirements.document.gists import GAP, gist, root
from stages.requirements.document.patterns import Pattern

NO = r"(?:can(?:not|'t| not)|(?:must|shall|may|will|should|do|does|is|are)(?: not|n't)|mustn't|never)"
GIVEN = r"(?:given|used|issued|assigned|allocated|handed out|taken|repeated|printed|occur|appear|exist|be)"
AGAIN = r"(?:twice|again|a second time|more than once|two times|for two [a-z]+|to two [a-z]+)"
UNIQUE = Pattern(
    rf"\b(?:is|are|be|remains?) unique\b|\ban? unique\b|\bunique(?=[a-z ]{{0,20}} (?:number|code|id|name|key)s?\b)|"
    rf"\b(?:no )?two (?=[a-z -]{{2,40}}? (?:{NO} )?(?:\w+ )?(?:share|have|carry|bear|use|get|hold|show)\b)|"
    rf"\b{NO} (?:be )?(?:{GIVEN} {AGAIN}|re-?used)\b|^no (?=[a-z -]{{2,40}}? (?:is|are|may|can|shall|must|will) "
    rf"(?:ever )?(?:be )?{GIVEN} {AGAIN}\b)",
    re.IGNORECASE,
)
SHARED = Pattern(
    rf"\b(?:{NO} )?(?:share|have|carry|bear|use|get|hold|show) (?:the same|an identical|an equal|one|an?)\b|"
    rf"\b(?:be )?{GIVEN} {AGAIN}\b|\b{NO}\b|\bno two\b|\btwo\b|^no\b|\bunique\b|\bthe same\b",
    re.IGNORECASE,
)
TWO = Pattern(
    rf"\btwo [a-z -]{{2,40}}? {NO} (?:\w+ )?(?:share|have|carry|bear|use|get|hold|show) (?:the same|an identical|an "
    r"equal|one|an?)\b|\bno two\b",
    re.IGNORECASE,
)
HAN_NO = r"(?:不[得能可许会准应允]{0,2}|没有|绝?无|禁止|严禁)"
HAN_UNIQUE = Pattern(
    rf"(?:必须|应当?|须|要|是|为)?(?:全[局国市院校馆]|系统内)?唯一|{HAN_NO}(?:出现|发生|有)?重(?:复|号|名|码)?(?![新量要大点启])|"
    rf"{HAN_NO}(?:使用|采用|共用|共享|有|用|出现|存在)?(?:同一(?:[个张条份名])?|相同的?|一样的?)|[各互]不相同|独一无二"
)
HAN_TWO = Pattern(
    r"(?:任[何意一])?(?:两|二|2)[个名张位件条台份辆]?|每一?(?:[个名张位件台份辆])?|一[\u4e00-\u9fff]一[码号]|同一"
)
# Verbs and numerals that say no more than that something is unique.
LIGHT = (
    "share",
    "have",
    "carry",
    "bear",
    "use",
    "get",
    "hold",
    "show",
    "give",
    "assign",
    "issue",
    "print",
    "number",
    "twice",
    "two",
    "same",
    "unique",
)
HAN_LIGHT = frozenset("的得须应当必要都均各同一使用")
FEW = 2  # words that only one sentence has


@cache
def _light() -> frozenset[str]:
    return frozenset(root(word) for word in LIGHT)


@lru_cache(maxsize=4096)
def unique(said: str, *, chinese: bool) -> frozenset[str]:
    """What a sentence that demands uniqueness is about; empty for any other sentence."""
    said = said.replace("’", "'")
    if chinese:
        if not HAN_UNIQUE.search(said):
            return frozenset()
        left = HAN_TWO.sub(" ", HAN_UNIQUE.sub(" ", said))
        return frozenset(sign for sign in left if "\u4e00" <= sign <= "\u9fff") - HAN_LIGHT
    found = UNIQUE.search(said)
    if not found or (found[0].lower().startswith("two") and not TWO.search(said)):
        return frozenset()
    return gist(SHARED.sub(" ", said), chinese=False).words - _light() - {GAP}


def same_uniqueness(one: frozenset[str], other: frozenset[str]) -> bool:
    """All that the shorter of two such sentences is about, the longer one is about."""
    small, large = sorted((one, other), key=len)
    return bool(small) and small <= large and len(large - small) <= FEW

"""Do two sentences say contrary things of the same: free and paid, needed and needless, open and closed?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from stages.requirements.document.gists import GAP, Gist, gist
from stages.requirements.document.gists_compared import HALF, PAIR, contrasted
from stages.requirements.document.patterns import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrary:
    """What one of two sentences says, and what the other one says then; a group `what` has to be the same in both."""

    one: Pattern
    other: Pattern
    chinese: bool


def _of(one: str, other: str, *, chinese: bool = False) -> Contrary:
    return Contrary(one=Pattern(one, re.IGNORECASE), other=Pattern(other, re.IGNORECASE), chinese=chinese)


IS = r"\b(?:is|are|be|stays?|remains?|kept) "
ANYBODY = r"\b(?:anyone|anybody|everyone|everybody|(?:the )?(?:general )?public|all (?:users|visitors|persons))\b"
MONEY = r"\d[\d.,]* ?(?:eur|euros?|gbp|usd|pounds?|dollars?)\b|[€£$] ?\d"
CONTRARIES = (
    _of(r"\bfree of (?:any )?(?:charge|cost)\b|\bfor free\b|\bcosts? nothing\b|\bno (?:charge|fee)\b", MONEY),
    _of(rf"{IS}open\b", rf"{IS}(?:closed|shut)\b"),
    _of(rf"{IS}(?:mandatory|compulsory|obligatory|required)\b", rf"{IS}(?:optional|voluntary)\b"),
    _of(rf"{IS}(?:public|visible)\b", rf"{IS}(?:hidden|invisible|secret|confidential)\b"),
    _of(r"^only\b|\bonly (?:by|to|for)\b|\bnobody but\b", ANYBODY),
    _of(r"\banonym\w+", r"\b(?:names?|identit(?:y|ies)) of\b"),
    _of(
        r"\bonly\b[^.;]*\bown\b|\bown\b[^.;]*\bonly\b|\bno [a-z]+ but (?:his|her|their|its) own\b",
        r"\b(?:all|any|every|each other's|everybody's|everyone's|others'|other people's|another)\b",
    ),
    _of(
        r"\b(?:without (?:an? |any |further |prior )?|(?:needs?|requires?) no )(?P<what>[a-z]+)\b",
        r"\b(?:needs?|requires?|must have|must|has to|have to|only with|subject to) (?:an? |the |prior |written )*"
        r"(?P<what>[a-z]+)\b",
    ),
    _of("免费|不收[取费]|分文不取", r"[\d一二两三五十百]\s*(?:元|块)", chinese=True),
    _of("(?<!不)公开|可见", "保密|不公开|不可见|隐藏", chinese=True),
    _of(
        "(?:只|仅)[能可限]?[^，。；]{0,6}(?:自己|本人)的?",
        "(?<!不)(?:所有|全部|任何|各[家个人]|他人|别人|其他人)的?",
        chinese=True,
    ),
    _of("必填|必选", "选填|可选|可不填", chinese=True),
    _of("(?:正常|照常)?(?:开放|营业)", "(?:关闭|闭馆|停业|歇业|不开放|不营业)", chinese=True),
    _of(
        "(?:无需|无须|不需要?|不必|不用|免于?)(?P<what>[\u4e00-\u9fff]{2})",
        "(?<![无不])(?:必须|须|需要?|应当?|要)(?:先|经|要)?(?P<what>[\u4e00-\u9fff]{2})",
        chinese=True,
    ),
    _of("[只仅](?:有|限|对|能由)", "任何人|所有人|谁都|人人", chinese=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One side of a contrary, as a sentence takes it, and what the sentence speaks of besides."""

    of: Contrary
    first: bool
    what: frozenset[str]
    about: Gist


@lru_cache(maxsize=4096)
def claims(said: str, *, chinese: bool) -> tuple[Claim, ...]:
    return tuple(
        Claim(
            of=pair,
            first=side is pair.one,
            what=gist(found.groupdict().get("what") or "", chinese=chinese).words,
            about=gist(f"{said[: found.start()]} {said[found.end() :]}", chinese=chinese),
        )
        for pair in CONTRARIES
        if pair.chinese is chinese
        for side in (pair.one, pair.other)
        for found in side.finditer(said)
    )


def contrary(ones: Sequence[Claim], others: Sequence[Claim]) -> bool:
    """Contrary sides of the same: what the shorter sentence speaks of besides, the longer one speaks of as well."""
    return any(
        one.of is other.of and one.first != other.first and one.what == other.what and _the_same(one.about, other.about)
        for one in ones
        for other in others
    )


def _the_same(one: Gist, other: Gist) -> bool:
    if one.conditional or other.conditional or one.negated or other.negated or contrasted(one, other):
        return False
    first, second = (of.words - {GAP, "free"} for of in (one, other))
    common = first & second
    return (
        len(common) >= (PAIR if one.chinese else 1)
        and min(first, second, key=len) <= common
        and (len(common) >= HALF * len(first | second))
    )

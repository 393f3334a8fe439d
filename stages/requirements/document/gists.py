"""What is a sentence about, and which quantities does it say?"""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from stages.requirements.document.figures import (
    HAN_FIGURE,
    MEASURE_WORDS,
    NTH,
    ORDINAL,
    empty_words,
    han_number,
    number_words,
)
from stages.requirements.document.lists import either, listed
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.straight import HOW_OFTEN, straight

LIMIT = Pattern(
    r"\b(?:at (?:most|least|the (?:latest|earliest))|no (?:more|longer|less|fewer|later) than|(?:shall|must|may|"
    r"can|should|do|does|will|is|are)?\s*(?:not|never) (?:be )?(?:exceed|last longer|take longer|have more|be "
    r"longer|hold more|longer|more|later|less|fewer)(?: than)?|up to|maximum|minimum|limited to)\b",
    re.IGNORECASE,
)
NEGATION = Pattern(
    r"\b(?:not|never|no|none|neither|nor|cannot|nobody|without|forbidden|prohibited)\b|n't\b", re.IGNORECASE
)
SEVERAL = Pattern(
    r"\b(?:several|many|multiple|(?<!no )(?<!not )more than one|any number of|two or more|"
    r"(?:can|may) [a-z]+ (?:to |in |on |at |up to )?(?:two|three|four|five))\s+([a-z]+)(?: ([a-z]+))?",
    re.IGNORECASE,
)
ONE = Pattern(
    r"\b(?:exactly one|only one|a single|one and only one|just one|at most one|no more than one|"
    r"one(?= [a-z -]{3,30} (?:at most|only\b|at a time|and no more)))\s+([a-z]+)(?: ([a-z]+))?",
    re.IGNORECASE,
)
SUBJECT = Pattern(
    r"^(?:the|an?|each|every) [a-z-]+ [a-z]{2,}[^s\W]s (?:an?|the|his|her|its|their|one|two|three|\d+)\b",
    re.IGNORECASE,
)
# What is done several times, and what only once.
OFTEN = Pattern(
    r"\b(?:can|may|must|shall|should|will) (?:be )?([a-z]+)\b[^,;.]{0,30}? (?:several|many|multiple|as many|"
    r"any number of|an unlimited number of) times\b",
    re.IGNORECASE,
)
ONCE = Pattern(
    r"\b([a-z]+)(?: it| them)? (?:only once|just once|exactly once|once only|at most once|no more than once)\b"
    r"(?! (?:an?|per|every|each)\b)|\bonly (?:be )?([a-z]+) once\b(?! (?:an?|per|every|each)\b)",
    re.IGNORECASE,
)
QUANTITY = Pattern(
    lambda: (
        rf"(?P<number>(?<![\w.])\d[\d,]*(?:\.\d+)?|\b(?:{'|'.join(number_words())})\b)[\s-]*(?P<unit>%|€|[a-z°]+(?:-[a-z]+)?)?"
    ),
    re.IGNORECASE,
)
HAN_QUANTITY = Pattern(
    lambda: (
        rf"(?P<number>\d[\d,]*(?:\.\d+)?|[一二三四五六七八九]?[十百千][零一二三四五六七八九十百]*|"
        rf"{either('chinese', 'number_words')})"
        rf"\s*(?P<unit>{either('chinese', 'units')}|(?<=\d)[升克瓦米伏]|"
        rf"(?<=\d )[升克瓦米伏])"
    )
)
HAN_SEVERAL = Pattern(
    rf"(?<!不)(?:可以?|能够?|允许|会)[^，。；]{{0,8}}?(?P<act>[\u4e00-\u9fff]{{2}}[在到于入给])?"
    rf"(?:多|几|若干|[两二三四五2-9] ?)[{MEASURE_WORDS}](?P<of>[\u4e00-\u9fff]{{2}})"
)
HAN_OFTEN = Pattern(r"(?<!不)(?:可以?|能够?|允许|会)[^，。；]{0,4}?(?:多|反复|无限|任意|不限)次([\u4e00-\u9fff]{2})")
HAN_ONCE = Pattern(
    r"(?:只[能可限许]?|仅[限可能]?|最多|至多|限)([\u4e00-\u9fff]{2})一次|([\u4e00-\u9fff]{2})(?:只限|仅限|以|限)一次"
)
HAN_ONLY = Pattern(rf"仅|只(?:能|有|可|允许)(?![^，。；]{{0,4}}(?:\d|[一两二三四五六七八九十][{MEASURE_WORDS}]))")
HAN_ONE = Pattern(
    rf"(?:只|仅|唯一|最多|至多)[^，。；]{{0,6}}?(?P<act>[\u4e00-\u9fff]{{2}}[在到于入给])?一[{MEASURE_WORDS}](?P<of>[\u4e00-\u9fff]{{2}})"
)
HAN_FORMAT = Pattern(
    r"[\d一二三四五六七八九十]+(?:[至到~-]\d+)?位(?:的)?(?:数字|数(?![据量])|字母|字符|编码|编号)"
)  # how long a code is
DAYS = {"日": "天", "自然日": "天", "个工作日": "工作日", "月": "个月", "％": "%", "位": "人", "名": "人", "个": "个"}


@cache
def same_words() -> dict[str, str]:
    """Words that say the same, the first of each line for all."""
    return {word: words[0] for words in map(str.split, listed("english")["same"]) for word in words}


@cache
def han_numbers() -> dict[str, float]:
    return {word: float(value) for value, word in map(str.split, listed("chinese")["numbers"])}


@cache
def han_same() -> tuple[tuple[str, str], ...]:
    """Pattern → what stands for it, in this order: limits, uniqueness, then words of the same meaning and of none."""
    turned = (one.split(" ", 1) for one in listed("chinese")["same"])
    return tuple((pattern, instead.strip("-")) for instead, pattern in turned)


HAN_COUNTED = frozenset(MEASURE_WORDS) - frozenset("个位名人次单项")  # 节 is a lesson, 个 is anything
GAP = "·"  # where a word stood that says nothing: what stands on its two sides is not side by side
ROOT, LONG = 3, 4  # letters that a word must keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What a sentence is about, and which quantities it says."""

    words: frozenset[str]
    quantities: frozenset[tuple[str, float]]  # (unit, number)
    negated: bool
    only: bool
    several: frozenset[str] = frozenset()
    one: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()  # the words as they stand
    chinese: bool = False
    conditional: bool = False
    acting: bool = False  # the first noun is who acts, and sorts nothing: "a co-owner books a car"

    @property
    def units(self) -> frozenset[str]:
        return frozenset(unit for unit, _ in self.quantities)


CONDITIONAL = Pattern(
    r"(?:when|if|as soon|once|(?:after|before)(?! (?:\d|an? |two |three |four |five |six |ten |half ))|unless|"
    r"where)\b|(?:如果?|若|当|一旦)|[^，]{2,}(?:(?<![课工学小计])时|后|的)，",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def gist(said: str, *, chinese: bool) -> Gist:
    found = _chinese(said) if chinese else _english(said)
    return replace(found, conditional=bool(CONDITIONAL.match(said)))


def _english(said: str) -> Gist:
    text = straight(said.replace("’", "'"), chinese=False).lower()
    quantities = frozenset(
        (_unit(m["unit"] or ""), _number(m["number"]))
        for m in QUANTITY.finditer(text)
        if not (ORDINAL.match(m["number"]) or NTH.match(m["number"])) or _unit(m["unit"] or "") in MEASURES
    )
    bare = LIMIT.sub(lambda limit: " duration " if re.search("last|long", limit[0]) else " ", HOW_OFTEN.sub(" ", text))
    order = tuple(
        ""
        if word in empty_words() or word in number_words() or not word[0].isalpha() or root(word) in MEASURES
        else root(word)
        for word in re.findall(r"[a-z][a-z'-]*[a-z]|[^\w\s]|\d+|a", bare)
    )
    units = {unit for unit, _ in quantities}
    words = frozenset(word for word in order if word and word not in MEASURES and word not in empty_words())
    return Gist(
        words=words,
        quantities=frozenset((u, n) for u, n in quantities if u) if any(units) else quantities,
        negated=bool(NEGATION.search(bare))
        and not re.search(r"\bno \w+ .*\bmore than\b|\bno more \w+ .*\bthan\b", text),
        only=bool(re.search(r"\bonly\b|\bnobody but\b|\bno one but\b", text)),
        several=frozenset(root(m[1]) for m in OFTEN.finditer(text)) | _counted(SEVERAL, text),
        one=frozenset(root(m[1] or m[2]) for m in ONCE.finditer(text)) | _counted(ONE, text),
        order=order,
        acting=bool(SUBJECT.match(text)),
    )


def _counted(pattern: Pattern, text: str) -> frozenset[str]:
    """Of how many is said: the noun, and the word that may stand before it."""
    words = (word for match in pattern.finditer(text) for word in match.groups() if word)
    return frozenset(root(word) for word in words if word not in empty_words())


MEASURES = frozenset(
    [
        "day",
        "week",
        "month",
        "year",
        "hour",
        "minute",
        "second",
        "eur",
        "usd",
        "gbp",
        "percent",
        "ms",
        "kg",
        "km",
        "working",
    ]
)


@lru_cache(maxsize=8192)
def root(word: str) -> str:
    low = word.lower().removesuffix("'s")
    if low in same_words():
        return same_words()[low]
    for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s", "ly"):
        if low.endswith(ending) and len(low) - len(ending) >= ROOT and not low.endswith("ss"):
            low = low[: -len(ending)] + ("y" if ending in {"ied", "ies"} else "")
            break
    for form in (low, f"{low}e", _single(low), _act(low), f"{_act(low)}e"):
        if form in same_words():
            return same_words()[form]
    low = _single(_act(low) or low)
    return low.removesuffix("e") if len(low) > ROOT else low


def _single(word: str) -> str:
    """Without the second of two equal letters at its end: "logg" of "logged"."""
    return word[:-1] if len(word) > ROOT and word[-1] == word[-2] and word[-1] not in "sfe" else word


# "rental" is about to rent, "payment" about to pay: ending → letters that must stay.
NOUNS_OF_ACTS = (("ation", 5), ("ment", 3), ("ance", 4), ("ence", 5), ("al", 4), ("ion", 4), ("age", 4))


def _act(word: str) -> str:
    """What is done, of the noun for it; empty where the word is none."""
    if word.endswith("ery"):
        return word[:-1]
    for ending, least in NOUNS_OF_ACTS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return _single(word[: -len(ending)])
    return ""


def _unit(unit: str) -> str:
    low = unit.lower()
    if low in {"second"}:
        return "second"
    return root(low) if low and low not in empty_words() and low not in number_words() else ""


def _number(text: str) -> float:
    low = text.lower()
    if low in number_words():
        return float(number_words()[low])
    return han_numbers().get(low) or han_number(low.replace(",", ""))


def _chinese(said: str) -> Gist:
    text = said.replace(" ", "")
    text = straight(re.sub(*han_same()[2], text), chinese=True)
    text = HAN_FORMAT.sub("", text)
    quantities = frozenset(
        (DAYS.get(m["unit"], m["unit"]), _number(m["number"]))
        for m in HAN_QUANTITY.finditer(text)
        if not (
            m["number"] == "一"
            and m["unit"] in {*MEASURE_WORDS}
            and not re.search(r"(?:只能?|最多|仅|至多|不得?超过)[^，。；]{0,6}$", text[: m.start()])
        )
    )
    bare = HAN_FIGURE.sub("", HAN_QUANTITY.sub("", text))
    *pairs, (empty, _) = han_same()
    for pattern, instead in pairs:
        bare = re.sub(pattern, instead, bare)
    bare = re.sub(empty, lambda word: "" if word[0] == "的" else GAP, bare)
    letters = re.findall(rf"[\u4e00-\u9fff{GAP}]|[A-Za-z]+", bare)
    plain = text
    for pattern, instead in han_same()[:3]:
        plain = re.sub(pattern, instead, plain)
    negated = bool(re.search(r"不|禁止|未|无", plain))
    return Gist(
        words=frozenset(letters) - {GAP} | {unit for unit, _ in quantities if unit in HAN_COUNTED},
        quantities=quantities,
        negated=negated,
        only=bool(HAN_ONLY.search(text)),
        order=tuple(letters),
        several=_han_counted(HAN_SEVERAL, text) | {m[1] for m in HAN_OFTEN.finditer(text)},
        one=_han_counted(HAN_ONE, text) | {m[1] or m[2] for m in HAN_ONCE.finditer(text)},
        chinese=True,
    )


def _han_counted(pattern: Pattern, text: str) -> frozenset[str]:
    """Of how many is said; and 登记在工地 where it is said what is done there."""
    found = [(match["act"] or "", match["of"]) for match in pattern.finditer(text)]
    return frozenset({of for _, of in found} | {act + of for act, of in found})

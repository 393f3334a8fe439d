"""Which sentences say the same as an earlier one, and which contradict each other?"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log

from stages.requirements.document.figures import (
    EMPTY,
    HAN_FIGURE,
    MEASURE_WORDS,
    NUMBERS,
    Bound,
    Figure,
    figures,
    moments,
)
from stages.requirements.document.lists import either, listed
from stages.requirements.document.sentence import Defect, Found, Sentence
from stages.requirements.document.straight import HOW_OFTEN, of_other_times, straight, subject
from stages.requirements.document.units import Block

# Words that say the same, the first of each line for all.
SAME = {word: words[0] for words in map(str.split, listed("english")["same"]) for word in words}
LIMIT = re.compile(
    r"\b(?:at (?:most|least|the (?:latest|earliest))|no (?:more|longer|less|fewer|later) than|(?:shall|must|may|"
    r"can|should|do|does|will|is|are)?\s*(?:not|never) (?:be )?(?:exceed|last longer|take longer|have more|be "
    r"longer|hold more|longer|more|later|less|fewer)(?: than)?|up to|maximum|minimum|limited to)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(
    r"\b(?:not|never|no|none|neither|nor|cannot|nobody|without|forbidden|prohibited)\b|n't\b", re.IGNORECASE
)
SEVERAL = re.compile(
    r"\b(?:several|many|multiple|(?<!no )(?<!not )more than one|any number of|two or more)\s+([a-z]+)", re.IGNORECASE
)
ONE = re.compile(
    r"\b(?:exactly one|only one|a single|one and only one|just one|at most one|no more than one)\s+([a-z]+)",
    re.IGNORECASE,
)
QUANTITY = re.compile(
    rf"(?P<number>(?<![\w.])\d[\d,]*(?:\.\d+)?|\b(?:{'|'.join(NUMBERS)})\b)[\s-]*(?P<unit>%|€|[a-z°]+(?:-[a-z]+)?)?",
    re.IGNORECASE,
)

HAN_NUMBERS = {word: float(value) for value, word in map(str.split, listed("chinese")["numbers"])}
HAN_QUANTITY = re.compile(
    rf"(?P<number>\d[\d,]*(?:\.\d+)?|"
    rf"{either('chinese', 'number_words')})"
    rf"\s*(?P<unit>{either('chinese', 'units')}|(?<=\d)[升克瓦米伏]|"
    rf"(?<=\d )[升克瓦米伏])"
)
# Pattern → what stands for it, in this order: limits, uniqueness, then words of the same meaning and of none.
HAN_SAME = tuple(
    (pattern, instead.strip("-")) for instead, pattern in (one.split(" ", 1) for one in listed("chinese")["same"])
)
HAN_SEVERAL = re.compile(
    rf"(?<!不)(?:可以?|能够?|允许|会)[^，。；]{{0,4}}?(?:多|几|若干|两)[{MEASURE_WORDS}]([\u4e00-\u9fff]{{2}})"
)
HAN_ONLY = re.compile(rf"仅|只(?:能|有|可|允许)(?![^，。；]{{0,4}}(?:\d|[一两二三四五六七八九十][{MEASURE_WORDS}]))")
HAN_ONE = re.compile(rf"(?:只|仅|唯一)[^，。；]{{0,4}}?一[{MEASURE_WORDS}]([\u4e00-\u9fff]{{2}})")
HAN_VERBS = frozenset("存删告改看提仅独")  # what stands for a group of words that say what is done
DAYS = {"日": "天", "自然日": "天", "个工作日": "工作日", "月": "个月", "％": "%", "位": "人", "名": "人", "个": "个"}


USUAL = 30  # sentences of a document, below which how often a word is said tells little
PAIR, QUARTER, A_THIRD = 2, 0.25, 0.32  # words in common; shares weighed by how much each word tells
CLOSE, LIKE, NEAR, HALF = 0.8, 0.7, 0.6, 0.5  # shares of words that two sentences have in common
MANY = 6  # clauses of a sentence that is no rule any more
ENOUGH = 3  # words, or in Chinese signs, below which nothing can be told
A_VALUE = 24  # characters of a row that is nothing but a key and its value
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

    @property
    def units(self) -> frozenset[str]:
        return frozenset(unit for unit, _ in self.quantities)


def with_pairs(
    sentences: Sequence[Sentence], roles: Sequence[str] = ()
) -> tuple[tuple[Sentence, ...], tuple[tuple[str, str], ...]]:
    """The sentences with their duplicates and contradictions, and the pairs that contradict."""
    extra: dict[int, list[Found]] = {}
    pairs = []
    for first, second, defect in pairs_of(sentences, roles):
        one, other = sentences[first].unit, sentences[second].unit
        if defect is Defect.DUPLICATE:
            extra.setdefault(second, []).append(Found(defect=defect, span=other.said, other=one.text))
            continue
        pairs.append((one.text, other.text))
        extra.setdefault(first, []).append(Found(defect=defect, span=one.said, other=other.text))
        extra.setdefault(second, []).append(Found(defect=defect, span=other.said, other=one.text))
    whole = [
        Sentence(unit=s.unit, kind=s.kind, found=(*s.found, *extra.get(number, ())))
        for number, s in enumerate(sentences)
    ]
    return tuple(whole), tuple(pairs)


def pairs_of(sentences: Sequence[Sentence], roles: Sequence[str] = ()) -> Iterator[tuple[int, int, Defect]]:
    """(earlier, later, whether they repeat or contradict each other), by their numbers."""
    who = {n: subject(s.unit.said, roles) for n, s in enumerate(sentences) if s.obliges}
    gists = {n: gist(s.unit.said, chinese=s.unit.chinese) for n, s in enumerate(sentences) if s.obliges}
    data = {n for n in gists if _is_data(sentences[n])}
    clauses = {n: _measured(sentences[n]) for n in gists}
    matters = {n: _matters(sentences[n], gists[n]) for n in gists}
    rarity = _rarity(list(gists.values()))
    seen: set[int] = set()
    for first, second in combinations(gists, 2):
        one, other = gists[first], gists[second]
        if one.chinese != other.chinese or len(one.words & other.words) * 3 < min(len(one.words), len(other.words)):
            continue
        if data & {first, second} and sentences[first].unit.block is sentences[second].unit.block:
            continue
        if who[first] and who[second] and who[first] != who[second] and not one.only and not other.only:
            continue
        told = {_told(a, b, rarity) for a in matters[first] for b in matters[second]} | _ruled(one, other, rarity)
        plain = not data & {first, second}
        if Defect.CONTRADICTION in told or (
            plain and (contradict(one, other) or _in_clauses(clauses[first], clauses[second]))
        ):
            defect = Defect.CONTRADICTION
        elif second not in seen and (Defect.DUPLICATE in told or (plain and repeats(one, other))):
            defect = Defect.DUPLICATE
        else:
            continue
        if _apart(sentences[first], sentences[second], matters[first], matters[second]):
            continue
        seen |= {second} if defect is Defect.DUPLICATE else set()
        yield first, second, defect


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the figures of a sentence, or of a clause of it, are about."""

    gist: Gist
    figures: tuple[Figure, ...]
    moments: tuple[Figure, ...]
    conditional: bool


CONDITIONAL = re.compile(
    r"(?:when|if|as soon|once|(?:after|before)(?! (?:\d|an? |two |three |four |five |six |ten |half ))|unless|"
    r"where)\b|(?:如果?|若|当|一旦)|[^，]{2,}(?:时|后|的)，",
    re.IGNORECASE,
)


def _matters(sentence: Sentence, about: Gist) -> list[Matter]:
    zh = about.chinese
    said = straight(sentence.unit.said, chinese=True) if zh else sentence.unit.said
    if {"delete", "keep"} & about.words:  # kept for two years, deleted after two years
        order = tuple("keep" if word == "delete" else word for word in about.order)
        about = replace(about, words=about.words - {"delete"} | {"keep"}, order=order)
    conditional = bool(CONDITIONAL.match(said))
    parts = [part for part in re.split(r"[,，;；](?!\d)|\band\b", said) if part.strip() and part.strip() != said]
    matters = [
        Matter(
            gist=of,
            figures=figures(part, chinese=zh),
            moments=moments(part),
            conditional=conditional,
        )
        for part, of in [(said, about), *((part, gist(part, chinese=zh)) for part in parts)]
    ]
    return [matters[0], *(one for one in matters[1:] if one.figures)]


def _rarity(gists: Sequence[Gist]) -> dict[str, float]:
    """Word → how much it tells: one that half of the sentences have tells little."""
    spoken = Counter(word for one in gists for word in one.words)
    there = max(len(gists), USUAL) + 1
    return defaultdict(lambda: log(there), {word: log(there / often) for word, often in spoken.items()})


def _told(one: Matter, other: Matter, rarity: dict[str, float]) -> Defect | None:
    """The same matter with figures of the same thing: all equal is a repetition, none equal a contradiction."""
    compared = [(a, b) for a in one.figures for b in other.figures if a.comparable(b)]
    compared = compared or [(a, b) for a in one.moments for b in other.moments if a.comparable(b)]
    if not compared or one.conditional != other.conditional or _contrasted(one.gist, other.gist):
        return None
    common, share, both = _weighed(one.gist, other.gist, rarity)
    equal = [(a, b) for a, b in compared if a.value == b.value]
    if equal:
        counted = (one.figures, other.figures) if equal[0][0] in one.figures else (one.moments, other.moments)
        alone = len(equal) in {len(figures) for figures in counted}
        bounds = all(a.bound == b.bound or Bound.EXACT in {a.bound, b.bound} for a, b in equal)
        near = share >= HALF and both >= QUARTER if common >= PAIR else share == 1 and both >= HALF
        near = near and (
            one.gist.negated == other.gist.negated or all(Bound.EXACT not in {a.bound, b.bound} for a, b in equal)
        )
        return Defect.DUPLICATE if alone and bounds and near else None
    limits = any(a.bound == b.bound != Bound.EXACT for a, b in compared)
    near = share >= (HALF if limits else NEAR) and both >= (QUARTER if limits else A_THIRD)
    if all(a.of == "time before" for a, _ in compared):  # booking and cancelling have a deadline each
        near = near and share >= CLOSE
    opposite = all({a.bound, b.bound} == {Bound.MOST, Bound.LEAST} for a, b in compared)
    if common < PAIR:
        near = share == 1 and both >= QUARTER and (limits or all(a.of for a, _ in compared))
    return Defect.CONTRADICTION if near and not opposite else None


def _apart(one: Sentence, other: Sentence, matters: Sequence[Matter], others: Sequence[Matter]) -> bool:
    """They speak of other times, or of a least and a most that fit together."""
    apart = of_other_times(one.unit.said, other.unit.said) or _fit_together(matters, others)
    return apart and not _of_the_calendar(matters[0], others[0])


def _of_the_calendar(one: Matter, other: Matter) -> bool:
    """How often, or on which day, is what both say."""
    compared = {a.of for a in one.moments for b in other.moments if a.comparable(b)}
    return "period" in compared or compared == {"weekday"}


def _fit_together(one: Sequence[Matter], other: Sequence[Matter]) -> bool:
    """All figures of the same thing are a least one and a most one with room between them."""
    compared = [(a, b) for a in one[0].figures for b in other[0].figures if a.comparable(b)]
    return bool(compared) and all(
        {a.bound, b.bound} == {Bound.MOST, Bound.LEAST} and (a.value <= b.value) == (a.bound is Bound.LEAST)
        for a, b in compared
    )


def _weighed(one: Gist, other: Gist, rarity: dict[str, float]) -> tuple[int, float, float]:
    """Words in common; their weight as a share of the lighter sentence, and of both together."""
    common = one.words & other.words
    shared, first, second = (sum(rarity[w] for w in words) for words in (common, one.words, other.words))
    return len(common), shared / (min(first, second) or 1), shared / (first + second - shared or 1)


def _ruled(one: Gist, other: Gist, rarity: dict[str, float]) -> set[Defect]:
    """Without figures: what one allows, the other forbids, or keeps for somebody else."""
    if one.quantities or other.quantities or one.conditional != other.conditional:
        return set()
    common, share, both = _weighed(one, other, rarity)
    if one.negated != other.negated and not one.only and not other.only and not _contrasted(one, other):
        if one.words == other.words and common >= PAIR:
            return {Defect.CONTRADICTION}
        return {Defect.CONTRADICTION} if common > PAIR and share >= CLOSE and both >= NEAR else set()
    return {Defect.CONTRADICTION} if _kept_for_others(one, other) and common >= PAIR else set()


def _kept_for_others(one: Gist, other: Gist) -> bool:
    """ "Only the lead changes prices", "a mechanic changes prices": all but who acts is the same."""
    if one.only == other.only or one.negated or other.negated:
        return False
    if one.chinese:
        return _of_others(one, other)
    apart = ((one.words - other.words, one), (other.words - one.words, other))
    return all(words and words <= set([w for w in of.order if w][:PAIR]) for words, of in apart)


def _of_others(one: Gist, other: Gist) -> bool:
    """只有店长可以打开保险柜, 店员可以打开保险柜: the end is the same, the beginning is not."""
    first, second = ([sign for sign in of.order if sign != "仅"] for of in (one, other))
    same = 0
    while same < min(len(first), len(second)) and first[-1 - same] == second[-1 - same]:
        same += 1
    heads = first[: len(first) - same], second[: len(second) - same]
    return same >= ENOUGH and all(0 < len(head) <= MANY for head in heads)


def _contrasted(one: Gist, other: Gist) -> bool:
    """Each has a word of its own before the same word, as "adult tickets" and "child tickets"."""
    first, second = _before(one, other), _before(other, one)
    if any(first[word] & second[word] or "" in first[word] | second[word] for word in first.keys() & second.keys()):
        return True
    return not one.chinese and (_narrowed(one, other) or _narrowed(other, one))


def _before(one: Gist, other: Gist) -> dict[str, set[str]]:
    """Word that both have, behind one that only the first has → what follows it there; a single sign is no word yet."""
    found: dict[str, set[str]] = defaultdict(set)
    for before, after, following in zip(one.order, one.order[1:], (*one.order[2:], ""), strict=False):
        if after in other.words and before in one.words and before not in other.words and after not in HAN_VERBS:
            found[after].add(following if one.chinese else "")
    return found


def _narrowed(one: Gist, other: Gist) -> bool:
    """Its first noun has a word before it that the other never says: "first-time buyers"."""
    first = next((n for n, word in enumerate(one.order) if word), len(one.order))
    pair = one.order[first : first + 2]
    return len(pair) > 1 and pair[0] not in other.words and pair[1] in other.words


def _in_clauses(one: Sequence[Gist], other: Sequence[Gist]) -> bool:
    """Two clauses with a number that say all but the number alike: "…, kept for 20 minutes"."""
    return any(a.words == b.words and len(a.words) >= ENOUGH and contradict(a, b) for a in one for b in other)


def _measured(sentence: Sentence) -> list[Gist]:
    clauses = re.split(r"[，,；;|]", sentence.unit.said)
    if len(clauses) > MANY or not re.search(r"\d", sentence.unit.said):
        return []
    return [gist(clause, chinese=sentence.unit.chinese) for clause in clauses if re.search(r"\d", clause)]


def _is_data(sentence: Sentence) -> bool:
    """A row of a list of prices or values differs from its neighbours by its key alone."""
    unit = sentence.unit
    return (
        unit.block is Block.ROW
        and len(unit.said) < A_VALUE
        and len(unit.cells) <= ENOUGH
        and bool(re.search(r"\d", unit.cells[-1]))
        and len(re.findall(r"[\u4e00-\u9fff]|[a-z]{3,}", unit.cells[-1], re.IGNORECASE)) <= MANY
    )


def gist(said: str, *, chinese: bool) -> Gist:
    found = _chinese(said) if chinese else _english(said)
    return replace(found, conditional=bool(CONDITIONAL.match(said)))


def _english(said: str) -> Gist:
    text = straight(said.replace("’", "'"), chinese=False).lower()
    quantities = frozenset(
        (_unit(m["unit"] or ""), _number(m["number"]))
        for m in QUANTITY.finditer(text)
        if m["number"] not in {"one", "single", "first", "once", "second"} or _unit(m["unit"] or "") in MEASURES
    )
    bare = LIMIT.sub(lambda limit: " duration " if re.search("last|long", limit[0]) else " ", HOW_OFTEN.sub(" ", text))
    order = tuple(
        "" if word in EMPTY or word in NUMBERS or not word[0].isalpha() or _root(word) in MEASURES else _root(word)
        for word in re.findall(r"[a-z][a-z'-]*[a-z]|[^\w\s]|\d+|a", bare)
    )
    units = {unit for unit, _ in quantities}
    words = frozenset(word for word in order if word and word not in MEASURES and word not in EMPTY)
    return Gist(
        words=words,
        quantities=frozenset((u, n) for u, n in quantities if u) if any(units) else quantities,
        negated=bool(NEGATION.search(bare)) and not re.search(r"\bno \w+ .*\bmore than\b", text),
        only=bool(re.search(r"\bonly\b|\bnobody but\b|\bno one but\b", text)),
        several=frozenset(_root(m[1]) for m in SEVERAL.finditer(text)),
        one=frozenset(_root(m[1]) for m in ONE.finditer(text)),
        order=order,
    )


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


def _root(word: str) -> str:
    low = word.lower().removesuffix("'s")
    if low in SAME:
        return SAME[low]
    for ending in ("ings", "ing", "ied", "ies", "ed", "es", "s", "ly"):
        if low.endswith(ending) and len(low) - len(ending) >= ROOT and not low.endswith("ss"):
            low = low[: -len(ending)] + ("y" if ending in {"ied", "ies"} else "")
            break
    for form in (low, f"{low}e", _single(low), _act(low), f"{_act(low)}e"):
        if form in SAME:
            return SAME[form]
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
    return _root(low) if low and low not in EMPTY and low not in NUMBERS else ""


def _number(text: str) -> float:
    low = text.lower()
    if low in NUMBERS:
        return float(NUMBERS[low])
    return HAN_NUMBERS.get(low) or float(low.replace(",", "") or 0)


def _chinese(said: str) -> Gist:
    text = said.replace(" ", "")
    text = straight(re.sub(*HAN_SAME[2], text), chinese=True)
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
    for pattern, instead in HAN_SAME:
        bare = re.sub(pattern, instead, bare)
    letters = re.findall(r"[\u4e00-\u9fff]|[A-Za-z]+", bare)
    plain = text
    for pattern, instead in HAN_SAME[:3]:
        plain = re.sub(pattern, instead, plain)
    negated = bool(re.search(r"不|禁止|未|无", plain))
    return Gist(
        words=frozenset(letters),
        quantities=quantities,
        negated=negated,
        only=bool(HAN_ONLY.search(text)),
        order=tuple(letters),
        several=frozenset(HAN_SEVERAL.findall(text)),
        one=frozenset(HAN_ONE.findall(text)),
        chinese=True,
    )


def repeats(one: Gist, other: Gist) -> bool:
    """The same about the same, with the same numbers."""
    if not _same_quantities(one, other) or one.negated != other.negated or one.several != other.several:
        return False
    if one.chinese:
        return one.only == other.only and (
            _overlap(one, other) >= CLOSE
            and _jaccard(one, other) >= (HALF if one.quantities or "独" in one.words & other.words else NEAR)
            and len(one.words & other.words) >= ENOUGH
        )
    return _says_it_again(one, other)


def _says_it_again(one: Gist, other: Gist) -> bool:
    if one.only != other.only:
        return False
    if one.words == other.words and len(one.words) >= PAIR and (one.order == other.order or "unique" in one.words):
        return True
    if min(len(one.words), len(other.words)) < (2 if one.quantities else 3) - one.negated:
        return False
    if _qualified(one, other) or _qualified(other, one):
        return False
    return _overlap(one, other) >= (0.8 if one.quantities or one.negated or one.only else 0.85) and _jaccard(
        one, other
    ) >= (0.55 if one.quantities or one.only else 0.7)


def contradict(one: Gist, other: Gist) -> bool:
    """The same about the same, with another number of the same unit, or once allowed and once not."""
    shared = one.units & other.units
    close = _overlap(one, other) >= (0.75 if one.chinese else 0.8) and len(one.words & other.words) >= (
        3 if one.chinese else 2
    )
    if close and (one.several & other.one or one.one & other.several):
        return _jaccard(one, other) >= HALF
    if (
        not close
        or one.conditional != other.conditional
        or (one.chinese and _contrasted(one, other))
        or _qualified(one, other)
        or _qualified(other, one)
    ):
        return False
    differs = [unit for unit in shared if not _values(one, unit) & _values(other, unit)]
    if "" in one.units ^ other.units and len(one.quantities) == len(other.quantities) == 1:
        return not _same_quantities(one, other) and _jaccard(one, other) >= NEAR
    if differs and one.negated == other.negated:
        rest = {u for u in shared if u not in differs}
        return not rest and _jaccard(one, other) >= (0.5 if one.chinese else 0.4)
    return (
        not one.quantities
        and not other.quantities
        and one.negated != other.negated
        and _jaccard(one, other) >= CLOSE
        and one.only == other.only
    )


def _same_quantities(one: Gist, other: Gist) -> bool:
    """Also where one of them leaves the unit out: "at most 2 permits", "the number of permits is at most 2"."""
    if one.quantities == other.quantities:
        return True
    if not one.quantities or not other.quantities or (one.units and other.units and "" not in one.units | other.units):
        return False
    return {number for _, number in one.quantities} == {number for _, number in other.quantities}


def _values(gist: Gist, unit: str) -> set[float]:
    return {number for of, number in gist.quantities if of == unit}


def _overlap(one: Gist, other: Gist) -> float:
    return len(one.words & other.words) / (min(len(one.words), len(other.words)) or 1)


def _jaccard(one: Gist, other: Gist) -> float:
    return len(one.words & other.words) / (len(one.words | other.words) or 1)


def _qualified(one: Gist, other: Gist) -> bool:
    """A word that only one has, right before one that both have, tells them apart: "premium members", "members"."""
    if one.chinese:
        return False
    return (
        any(
            before in one.words and before not in other.words and after in other.words
            for before, after in zip(one.order, one.order[1:], strict=False)
            if after in one.words
        )
        and len(one.words - other.words) > 0
        and len(one.words) > len(other.words)
    )

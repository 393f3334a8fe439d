"""Do two gists say the same, or the contrary, of the same?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from stages.requirements.document.gists import Gist

HAN_HOW_OFTEN = frozenset("限次多反复仅只持凭")  # and having a thing, before it
HAN_WHEN = frozenset("日")  # what says when, and not which
HAN_ASSENT = frozenset("审批")  # what needs it is not simply allowed
HAN_VERBS = frozenset("存删告改看提仅独")  # what stands for a group of words that say what is done
HAN_ACT_OF = 4  # signs, above which an act and what it is done to are both said
PAIR, QUARTER, A_THIRD = 2, 0.25, 0.32  # words in common; shares weighed by how much each word tells
CLOSE, LIKE, NEAR, HALF = 0.8, 0.7, 0.6, 0.5  # shares of words that two sentences have in common
ENOUGH = 3  # words, or in Chinese signs, below which nothing can be told


def contrasted(one: Gist, other: Gist) -> bool:
    """Each has a word of its own before the same word, as "adult tickets" and "child tickets"."""
    first, second = _before(one, other), _before(other, one)
    if any(first[word] & second[word] or "" in first[word] | second[word] for word in first.keys() & second.keys()):
        return True
    return not one.chinese and (_narrowed(one, other) or _narrowed(other, one))


def _before(one: Gist, other: Gist) -> dict[str, set[str]]:
    """Word that both have, behind one that only the first has → what follows it there; a single sign is no word yet."""
    found: dict[str, set[str]] = defaultdict(set)
    for before, after, following in zip(one.order, one.order[1:], (*one.order[2:], ""), strict=False):
        if (
            after in other.words
            and before in one.words
            and before not in other.words | HAN_WHEN
            and after not in HAN_VERBS
        ):
            found[after].add(following if one.chinese else "")
    return found


def _narrowed(one: Gist, other: Gist) -> bool:
    """Its first noun has a word before it that the other never says: "first-time buyers"."""
    first = next((n for n, word in enumerate(one.order) if word), len(one.order))
    pair = one.order[first : first + 2]
    return not one.acting and len(pair) > 1 and pair[0] not in other.words and pair[1] in other.words


def parallel(one: Gist, other: Gist) -> bool:
    """The same sentence about another thing: "videos are kept in one folder", "images are kept in one folder"."""
    if one.chinese or other.chinese:
        return False
    first, second = ([word for word in of.order if word] for of in (one, other))
    apart = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
    if len(first) != len(second) or len(first) < ENOUGH or len(apart) != 1:
        return False
    return apart[0][0] not in other.words and apart[0][1] not in one.words


def repeats(one: Gist, other: Gist) -> bool:
    """The same about the same, with the same numbers."""
    if not _same_quantities(one, other) or one.negated != other.negated or one.several != other.several:
        return False
    if one.chinese:
        if one.words.issuperset(HAN_ASSENT) != other.words.issuperset(HAN_ASSENT):
            return False
        return (one.only == other.only or bool(one.one & other.one)) and (
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
    if _once_and_often(one, other):
        return True
    shared = one.units & other.units
    close = _overlap(one, other) >= (0.75 if one.chinese else 0.8) and len(one.words & other.words) >= (
        3 if one.chinese else 2
    )
    if close and (one.several & other.one or one.one & other.several):
        return _jaccard(one, other) >= HALF
    if (
        not close
        or one.conditional != other.conditional
        or (one.chinese and contrasted(one, other))
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


def _once_and_often(one: Gist, other: Gist) -> bool:
    """One lets something be done several times, the other once; and both speak of the same besides."""
    done = one.several & other.one | one.one & other.several
    if any(len(act) > HAN_ACT_OF for act in done if one.chinese):
        return True
    said = {sign for act in done for sign in ([*act] if one.chinese else [act])}
    if not done or not (one.words & other.words) - said:
        return False
    first, second = (replace(of, order=tuple(w for w in of.order if w not in HAN_HOW_OFTEN)) for of in (one, other))
    if one.chinese:
        return not (_before(first, second).keys() & _before(second, first).keys()) - said
    return not contrasted(first, second)


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


def weighed(one: Gist, other: Gist, rarity: Mapping[str, float]) -> tuple[int, float, float]:
    """Words in common; their weight as a share of the lighter sentence, and of both together."""
    common = one.words & other.words
    shared, first, second = (sum(rarity[w] for w in words) for words in (common, one.words, other.words))
    return len(common), shared / (min(first, second) or 1), shared / (first + second - shared or 1)

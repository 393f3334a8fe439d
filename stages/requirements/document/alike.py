"""Which sentences say the same as an earlier one, and which contradict each other?"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import log

from stages.requirements.document.conditions import Room, Stance, in_other_states, room, stance
from stages.requirements.document.contraries import Claim, claims, contrary
from stages.requirements.document.disagreements import Known, disagree, of_speed, topic_of
from stages.requirements.document.figures import Bound, Figure, figures, moments
from stages.requirements.document.frames import SHIFT, Frame, frame
from stages.requirements.document.gists import CONDITIONAL, GAP, Gist, gist
from stages.requirements.document.gists_compared import (
    A_THIRD,
    CLOSE,
    ENOUGH,
    HALF,
    NEAR,
    PAIR,
    QUARTER,
    contradict,
    contrasted,
    parallel,
    repeats,
    weighed,
)
from stages.requirements.document.limits import Limit, judged, limits, of_other_senses
from stages.requirements.document.opposites import Deed, deeds, opposed
from stages.requirements.document.sentence import Defect, Found, Sentence
from stages.requirements.document.single import Single, said_of_one, single
from stages.requirements.document.stories import as_a_rule
from stages.requirements.document.straight import of_other_times, straight, subject
from stages.requirements.document.uniqueness import same_uniqueness, unique
from stages.requirements.document.units import Block

UNSAID, TINY = "", 1e-9  # a word that no sentence has; what floating point may lose
USUAL = 30  # sentences of a document, below which how often a word is said tells little
MANY = 6  # clauses of a sentence that is no rule any more
A_VALUE = 24  # characters of a cell that is nothing but a value


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What the figures of a sentence, or of a clause of it, are about."""

    gist: Gist
    figures: tuple[Figure, ...]
    moments: tuple[Figure, ...]
    conditional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is compared of a sentence that obliges."""

    sentence: Sentence
    who: str  # the role that it begins with
    gist: Gist
    is_data: bool
    matters: tuple[Matter, ...]
    deeds: tuple[Deed, ...]
    stance: Stance
    claims: tuple[Claim, ...]
    limits: tuple[Limit, ...]
    unique: frozenset[str]
    single: Single | None
    frame: Frame
    topic: str  # the thing that it begins with; empty where it begins with a role

    @property
    def words(self) -> frozenset[str]:
        """All that it speaks of, in whichever way it is read."""
        return self.gist.words.union(self.frame.about.words, self.unique, *(one.counted for one in self.limits))

    @property
    def frames(self) -> bool:
        return bool(self.limits or self.unique or self.single)


def _rule(sentence: Sentence, as_written: Sentence, roles: Sequence[str]) -> Rule:
    said, chinese = sentence.unit.said, sentence.unit.chinese
    about = gist(said, chinese=chinese)
    return Rule(
        sentence=sentence,
        who=subject(said, roles),
        gist=about,
        is_data=_is_data(sentence),
        matters=tuple(_matters(sentence, about)),
        deeds=deeds(sentence, roles, wish=sentence != as_written),
        stance=stance(said, chinese=chinese),
        claims=claims(said, chinese=chinese),
        limits=limits(said, tuple(roles), chinese=chinese),
        unique=unique(said, chinese=chinese),
        single=single(said, chinese=chinese),
        frame=frame(said, chinese=chinese),
        topic="" if subject(said, roles) else topic_of(said, chinese=chinese),
    )


def pairs_of(sentences: Sequence[Sentence], roles: Sequence[str] = ()) -> Iterator[tuple[int, int, Defect]]:
    """(earlier, later, whether they repeat or contradict each other), by their numbers."""
    told = [replace(s, unit=replace(s.unit, said=as_a_rule(s.unit.said))) for s in sentences]
    rules = {n: _rule(one, sentences[n], roles) for n, one in enumerate(told) if one.obliges}
    rarity = _rarity([one.gist for one in rules.values()])
    seen: set[int] = set()
    for first, second in _with_words_in_common(rules):
        defect = _between(rules[first], rules[second], rarity)
        if defect is None or (defect is Defect.DUPLICATE and second in seen):
            continue
        seen |= {second} if defect is Defect.DUPLICATE else set()
        yield first, second, defect


def _with_words_in_common(rules: Mapping[int, Rule]) -> Iterator[tuple[int, int]]:
    """The pairs of rules that can be about the same, by their numbers, in the order of the document."""
    speaking: dict[str, set[int]] = defaultdict(set)
    for number, rule in rules.items():
        for word in rule.words:
            speaking[word].add(number)
    for first, rule in rules.items():
        others = set[int]().union(*(speaking[word] for word in rule.words))
        yield from ((first, second) for second in sorted(others) if second > first)


def _between(one: Rule, other: Rule, rarity: dict[str, float]) -> Defect | None:
    return _of_one_kind(one, other, rarity) or (Defect.CONTRADICTION if _disagree(one, other, rarity) else None)


def _disagree(one: Rule, other: Rule, rarity: dict[str, float]) -> bool:
    """About nearly the same they say what cannot both hold; rows of one list, or rules of two roles, can."""
    if one.gist.chinese != other.gist.chinese or one.is_data or other.is_data:
        return False
    of_two = one.who and other.who and one.who != other.who
    left = one.stance.bans != other.stance.bans and room(one.stance, other.stance) is Room.LEFT
    same = bool(one.topic) and one.topic == other.topic and of_two_alone(one.topic, rarity)
    common = frozenset[str]() if one.gist.chinese else one.gist.words & other.gist.words
    named = any(of_two_alone(word, rarity) for word in common)
    paired = named and any(of_two_alone(pair, rarity) for pair in _pairs(one.gist) & _pairs(other.gist))
    known = Known.TOPIC if same else Known.PAIR if paired else Known.WORD if named else Known.NOTHING
    return not of_two and not left and disagree(one.frame, other.frame, rarity, known)


def of_two_alone(word: str, rarity: Mapping[str, float]) -> bool:
    """No rule but these two speaks of it."""
    return rarity[word] >= rarity[UNSAID] - log(2) - TINY


def _of_one_kind(one: Rule, other: Rule, rarity: dict[str, float]) -> Defect | None:
    a, b = one.gist, other.gist
    if a.chinese != b.chinese:
        return None
    left = room(one.stance, other.stance) if one.stance.bans != other.stance.bans else Room.UNKNOWN
    if _allowed_and_forbidden(one, other, left, rarity):
        return Defect.CONTRADICTION
    in_one_list = (one.is_data or other.is_data) and one.sentence.unit.block is other.sentence.unit.block
    framed = _framed(one, other, rarity) if one.frames and other.frames and not in_one_list else None
    if framed or in_one_list or len(a.words & b.words) * 3 < min(len(a.words), len(b.words)):
        return framed
    if one.who and other.who and one.who != other.who and not a.only | b.only:
        return None
    told = {_told(x, y, rarity) for x in one.matters for y in other.matters} | _ruled(a, b, rarity)
    found = _contradicted(one, other, told) if left is not Room.LEFT else None
    of_people = of_speed(one.sentence.unit.said) != of_speed(other.sentence.unit.said)
    if found and (of_people or of_other_senses(one.limits, other.limits)):
        found = None
    found = found or _repeated(one, other, told)
    return None if found and _apart(one.sentence, other.sentence, one.matters, other.matters) else found


def _allowed_and_forbidden(one: Rule, other: Rule, left: Room, rarity: dict[str, float]) -> bool:
    if left is Room.LEFT:
        return False
    a, b = one.gist, other.gist
    if left is Room.CLAIMED and len(a.words & b.words) >= PAIR and not contrasted(a, b):
        return True
    if one.deeds and other.deeds and opposed(one.deeds, other.deeds, rarity):
        return True
    return bool(one.claims and other.claims) and contrary(one.claims, other.claims)


def _framed(one: Rule, other: Rule, rarity: Mapping[str, float]) -> Defect | None:
    """Both limit the same, or both say that the same is unique."""
    alone = {word for limit in one.limits for word in limit.counted if of_two_alone(word, rarity)}
    if found := judged(one.limits, other.limits, alone):
        return found
    again = one.unique and other.unique and same_uniqueness(one.unique, other.unique)
    return Defect.DUPLICATE if again else said_of_one(one.single, other.single)


def _contradicted(one: Rule, other: Rule, told: Set[Defect | None]) -> Defect | None:
    if Defect.CONTRADICTION in told:
        return Defect.CONTRADICTION
    if one.is_data or other.is_data:
        return None
    told_apart = contradict(one.gist, other.gist) or _in_clauses(_measured(one.sentence), _measured(other.sentence))
    return Defect.CONTRADICTION if told_apart else None


def _repeated(one: Rule, other: Rule, told: Set[Defect | None]) -> Defect | None:
    again = not one.is_data and not other.is_data and repeats(one.gist, other.gist)
    if Defect.DUPLICATE not in told and not again:
        return None
    apart = in_other_states(one.sentence.unit.said, other.sentence.unit.said) or parallel(one.gist, other.gist)
    return None if apart else Defect.DUPLICATE


# What a unit says already: "weighs 20 kg", "of up to 30 kg".
IMPLIED = {
    "weight": frozenset({"weigh", "accept", "重", "量", "限"}),
    "length": frozenset({"length", "high", "wide", "deep", "long", "accept", "长", "高", "宽", "限"}),
    "temperature": frozenset({"temperatur", "温"}),
    "area": frozenset({"area", "面", "积", "占", "地"}),
    "volume": frozenset({"volum", "容", "量"}),
    "speed": frozenset({"speed", "速", "度"}),
}
GONE_AND_KEPT = (("delete", "keep"), ("删", "存"))


def _matters(sentence: Sentence, about: Gist) -> list[Matter]:
    zh = about.chinese
    said = SHIFT.sub(" ", straight(sentence.unit.said, chinese=True) if zh else sentence.unit.said)
    for gone, kept in GONE_AND_KEPT:  # kept for two years, deleted after two years
        if gone in about.words:
            order = tuple(kept if word == gone else word for word in about.order)
            about = replace(about, words=about.words - {gone} | {kept}, order=order)
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
    spoken = Counter(word for one in gists for word in {*one.words, *_pairs(one)})
    there = max(len(gists), USUAL) + 1
    return defaultdict(lambda: log(there), {word: log(there / often) for word, often in spoken.items()})


def _pairs(one: Gist) -> set[str]:
    """Words side by side, which tell more than each: "full scores"; in Chinese the words of two signs."""
    joint = "" if one.chinese else " "
    return {f"{a}{joint}{b}" for a, b in pairwise(one.order) if a and b and GAP not in {a, b}}


def _told(one: Matter, other: Matter, rarity: dict[str, float]) -> Defect | None:
    """The same matter with figures of the same thing: all equal is a repetition, none equal a contradiction."""
    compared = [(a, b) for a in one.figures for b in other.figures if a.comparable(b)]
    compared = compared or [(a, b) for a in one.moments for b in other.moments if a.comparable(b)]
    if not compared or one.conditional != other.conditional or contrasted(one.gist, other.gist):
        return None
    implied = frozenset[str]().union(*(IMPLIED.get(a.of, ()) for a, _ in compared))
    first, second = (replace(of.gist, words=of.gist.words - implied) for of in (one, other))
    common, share, both = weighed(first, second, rarity)
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


def _ruled(one: Gist, other: Gist, rarity: dict[str, float]) -> set[Defect]:
    """Without figures: what one allows, the other forbids, or keeps for somebody else."""
    if one.quantities or other.quantities or one.conditional != other.conditional:
        return set()
    common, share, both = weighed(one, other, rarity)
    if one.negated != other.negated and not one.only and not other.only and not contrasted(one, other):
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
    first, second = ([sign for sign in of.order if sign not in {"仅", GAP}] for of in (one, other))
    same = 0
    while same < min(len(first), len(second)) and first[-1 - same] == second[-1 - same]:
        same += 1
    heads = first[: len(first) - same], second[: len(second) - same]
    return same >= ENOUGH and all(0 < len(head) <= MANY for head in heads)


def _in_clauses(one: Sequence[Gist], other: Sequence[Gist]) -> bool:
    """Two clauses with a number that say all but the number alike: "…, kept for 20 minutes"."""
    return any(a.words == b.words and len(a.words) >= ENOUGH and contradict(a, b) for a in one for b in other)


@lru_cache(maxsize=1024)
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
        and len(unit.cells[-1]) < A_VALUE
        and len(unit.cells) <= ENOUGH
        and bool(re.search(r"\d", unit.cells[-1]))
        and len(re.findall(r"[\u4e00-\u9fff]|[a-z]{3,}", unit.cells[-1], re.IGNORECASE)) <= MANY
    )

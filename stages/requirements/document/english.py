"""What is unclear in an English sentence that obliges?"""

import re
from collections.abc import Iterator, Sequence

from stages.requirements.document.english_duties import CONDITION, without_actor
from stages.requirements.document.english_groups import undefined
from stages.requirements.document.english_moments import without_trigger
from stages.requirements.document.english_words import escapes, gradable, overlaps, unbounded
from stages.requirements.document.lists import either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import Terms, stem
from stages.requirements.document.units import Unit

ANAPHORA = Pattern(
    r"\b(?:it|them|its|their|this|these|that|those|then|her|his|he|she|they|so|afterwards|otherwise|thereby|the "
    r"(?:same|latter|former)|instead)\b",
    re.IGNORECASE,
)
SEPARATORS = Pattern(r"(?:;\s*|,?\s+(?:and|while|whereas|plus)\s+(?:also\s+)?|,\s+)(?=\S)", re.IGNORECASE)
RECEIVES = Pattern(
    r"^(?:\w+ )?(?:gets?|sees?|receives?|(?:is|are|(?:shall|must|will|should|may|can) be|(?:has|have) to be) "
    r"(?:\w+ly )?"
    r"(?:told|informed|notified|shown|asked|reminded|warned)|"
    r"then|can then|has to|becomes?|stays?|remains?|goes|go)\b",
    re.IGNORECASE,
)
FEW = 2  # actors of a sentence with several


def defects(units: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    """All of one sentence but what other sentences repeat, contradict or leave uncovered."""
    unit = units[number]
    said = unit.said
    ways_out = list(escapes(said))
    yield from ways_out
    taken = [one.span for one in ways_out]
    open_lists = [one for one in unbounded(said) if not overlaps(one.span, taken)]
    yield from open_lists
    taken += [one.span for one in open_lists]
    groups = [one for one in undefined(unit, kind, terms) if not overlaps(one.span, taken)]
    yield from groups
    taken += [one.span for one in groups]
    open_ended = list(gradable(unit, kind, taken))
    yield from open_ended
    yield from _compound(unit, terms)
    if kind is not Kind.QUALITY:
        yield from without_actor(units, number, terms)
        yield from without_trigger(units, number, terms)


# "The treasurer banks the takings", "I mend the gate", "Maureen files the minutes": somebody does something.
TASK = Pattern(
    r"(?:(?:[Tt]he|[Aa]n?|[Oo]ur|[Ee]ach) (?P<who>[a-z-]+(?: [a-z-]+){0,2}?) (?:(?:shall|must|will|should) [a-z]+|"
    r"(?!is\b|has\b|was\b|does\b|needs\b|costs\b|lasts\b)[a-z]{2,}s)|"
    r"(?P<name>I|We|we|[A-Z][a-z]+) (?:shall |must |will )?[a-z]{2,}) "
    r"(?:(?:up|out|off|down|in) )?(?:the|an?|our|their|its|his|her|all|[a-z]+s)\b"
)


ITS_OWN = Pattern(r"(?<=[a-z] )(?:its|their|his|her)\b", re.IGNORECASE)  # "the panel elects its chair"


def _unrelated(said: str) -> bool:
    """Three clauses or more, each of another who does another thing, and none for a case."""
    clauses = [part for _, part in _clauses(said.rstrip("."))]
    tasks = [TASK.match(part) for part in clauses]
    who = {(one["who"] or one["name"]).lower() for one in tasks if one}
    if len(who) <= FEW or len(who) < len(clauses) or CONDITION.search(said):
        return False
    return not any(
        _share(a, b) or ANAPHORA.search(ITS_OWN.sub(" ", b)) for n, a in enumerate(clauses) for b in clauses[n + 1 :]
    )


def _compound(unit: Unit, terms: Terms) -> Iterator[Found]:
    """Main clauses of different actors that have nothing to do with each other."""
    if _unrelated(unit.said):
        yield Found(defect=Defect.COMPOUND, span=unit.said.rstrip("."))
        return
    said = (
        CONDITION.sub(lambda m: " " * len(m[0]), unit.said)
        if re.match(r"(?:when|if|as soon|once|after|before|while)", unit.said, re.IGNORECASE)
        else unit.said
    )
    clauses = [(m, part) for m, part in _clauses(said) if (_actor(part, terms))]
    actors = [_actor(part, terms) for _, part in clauses]
    if len(set(actors)) < FEW:
        return
    second = next(n for n, who in enumerate(actors) if who != actors[0])
    later = clauses[second][1]
    body = later[len(actors[second] or "") :].strip()
    related = (
        ANAPHORA.search(later)
        or RECEIVES.match(re.sub(r"^(?:the|an?|all|every|each)?\s*[\w-]+(?: [\w-]+)?\s+", "", later, count=1))
        or RECEIVES.match(body)
    )
    conditional = said != unit.said or _is_noted(body, terms, actors[second] or "")
    if (len(set(actors)) == FEW and len(clauses) == FEW) and (related or conditional or _share(clauses[0][1], later)):
        return
    yield Found(defect=Defect.COMPOUND, span=unit.said[clauses[0][0] :].rstrip("."))


NOTES = Pattern(
    r"^(?:(?:shall|must|will) )?(?:then )?(?:records?|stores?|saves?|logs?|notes?|keeps?|shows?|displays?)\b",
    re.IGNORECASE,
)


def _is_noted(body: str, terms: Terms, who: str) -> bool:
    """The clerk scans the tag, and the system records it: what somebody does, and what is kept of it."""
    built = who in terms.products or re.fullmatch(either("english", "system"), who, re.IGNORECASE)
    told = re.sub(r"^(?:the |our )?[\w-]+ ", "", body, count=1)
    return bool(built) and bool(NOTES.match(told) or NOTES.match(body))


def _clauses(said: str) -> Iterator[tuple[int, str]]:
    begin = 0
    for match in SEPARATORS.finditer(said):
        yield begin, said[begin : match.start()].strip()
        begin = match.end()
    yield begin, said[begin:].strip()


def _actor(clause: str, terms: Terms) -> str | None:
    """Who acts in a clause that begins with somebody and goes on with a verb."""
    match = re.match(
        rf"(?:(?:the|an?|all|every|each|our|only)\s+)?(?P<who>(?:[\w-]+ )"
        rf"?(?:{terms.people}|{either('english', 'system')}))\s+(?:(?:also|then|automatically)\s+)?(?P<verb>[a-z]+)"
        rf"\b(?P<rest>.*)",
        clause,
        re.IGNORECASE,
    )
    if not match or re.fullmatch(r"and|or|of|with|to|for|in|on|at|from|by|is|are|it|we", match["verb"], re.IGNORECASE):
        return None
    if (
        not re.search(r"\w", match["rest"])
        or re.match(r"(?:do|does|did|can|may|must)(?:n't|not)?\W*$", match["verb"] + match["rest"].replace(" ", ""))
        or re.match(r"(?:it|we)$", match["who"], re.IGNORECASE)
    ):
        return None
    return stem(match["who"].split()[-1])


def _share(one: str, other: str) -> bool:
    words = [
        {stem(w) for w in re.findall(r"[a-z-]{4,}", text.lower())}
        - {"shall", "must", "should", "will", "with", "from", "that", "system", "service"}
        for text in (one, other)
    ]
    return bool(words[0] & words[1])

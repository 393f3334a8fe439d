"""Which words of an English sentence leave open how well, how much, or whether at all?"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from stages.requirements.document.english_kinds import attribute_of_product
from stages.requirements.document.english_predicates import predicate_of_product
from stages.requirements.document.figures import figures
from stages.requirements.document.lists import either, english, listed
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import under
from stages.requirements.document.units import Block, Unit

UNITS = (
    r"(?:%|percent|ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|(?:working |business |calendar )?days?|"
    r"weeks?|months?|years?|EUR|USD|GBP|€|\$|kg|km|m|mb|gb|kb|kwh|°c|pixels?|users?|requests?)"
)
WORDS = r"(?:half an?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)"
MEASURE = Pattern(
    rf"(?:[€$£]\s*\d|\b(?:\d[\d.,]*(?:\s|-)*|(?!a second [a-z]){WORDS}(?:\s|-)+){UNITS}(?!\w))",
    re.IGNORECASE,
)
FIGURE = Pattern(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half) (?:of|minutes?|seconds?|hours?|days?|clicks?|"
    r"steps?|people|users?)\b",
    re.IGNORECASE,
)
CRITERION = Pattern(
    r"\b(?:WCAG|TLS|AES|ISO|RFC|OWASP|GDPR|SHA|argon2\w*|bcrypt|scrypt|HTTPS|OAuth|hashed|encrypted|second factor|"
    r"two-factor|Firefox|Chrome|Safari|Edge|screen readers?)\b|"
    r"\bwithout (?:an? |any )?(?:network|internet|connection|reception|signal|mouse|keyboard|installation|plug-?ins?|"
    r"javascript|cookies)\b"
)
# "gets silly", "overruns badly", "too noisy": a degree, wherever a clause says how something is or is done.
DEGREE = (
    r"\b(?:too(?! (?:and|or|but|the|when|if)\b)|very|extremely|overly|unduly|unreasonably|unusually|"
    r"exceptionally|particularly|"
    r"especially|terribly|awfully|fairly|quite|rather(?! than)|pretty|somewhat|a bit|a little|slightly|"
    r"reasonably|sufficiently) "
    r"(?!\d|(?:the|an?|of|in|on|at|for|from|to|by|most|least|latest|earliest|first|last|same|this|that|these|"
    r"those|when|if|where|with|during|after|before)\b)(?P<degree>[a-z-]+)"
)
IS = (
    r"\b(?:is|are|be|gets?|becomes?|looks?|seems?|feels?|turns?|grows?|goes|go|stays?|remains?|"
    r"appears?|sounds?|runs?|smells?|tastes?|"
    r""
    r""
    r"works?)"
)
# "Avoids long drives": what somebody keeps away from, or looks out for.
SHUNS = r"\b(?:avoid|prevent|reduce|spare|tolerate|minimi[sz]e|shorten|cause|skip|ignore|discourage|limit)(?:s|es|ing)?"
# "Readings that are implausible": an opinion that decides which ones are meant.
OPINION = Pattern(
    r"\b(?:that|which|who) (?:looks?|seems?|appears?|feels?) [a-z]+\b|\bsomewhere (?!else\b)[a-z]+\b|"
    r"\b(?:that|which|who) (?:is|are|looks?|seems?|appears?|feels?) (?!(?:un|in|non-)?(?:available|visible|possible|"
    r"responsible|accessible|applicable|eligible|payable|active|positive|negative|chargeable|previous|reachable|taxable|"
    r"refundable|liable|readable|valuable|contagious|infectious|dangerous|native|exclusive|consecutive)\b)"
    r"[a-z]+(?:ible|able|ful|ous|ive|ish)\b(?=\W*$|[.,;])",
    re.IGNORECASE,
)
OPEN_CLAIM = Pattern(
    r"^(?!.*\b(?:only|possible|available|logged|languages?|exported?|deleted|if|when|whenever)\b)"
    r".*\b(?:must|shall|should|has to|have to|needs? to)\b.*$",
    re.IGNORECASE,
)
BARE = 7  # words of a sentence that says nothing but that something is done
FIRST = 3  # words of a span, by which two of them are told to overlap
LETTERS = 4  # of a word that says nothing by itself
SPEED = Pattern(
    r"soon|quick|prompt|rapid|swift|speed|short|delay|time|early|fast|late|long|advance|interval|while|regular|"
    r"period|frequent|often",
    re.IGNORECASE,
)
# How much it matters says nothing about how it is done; what is needed for a purpose, or enough of what is counted, can
# be told.
IMPORTANT = Pattern(
    r"\b(?:is|are|be) (?:critical|vital|important|crucial|essential)$|\b(?:critical|vital|important) (?:role|part)\b",
    re.IGNORECASE,
)
ON_PURPOSE = Pattern(r"^necessary (?:to|for|in|by|during|when|if|as)\b", re.IGNORECASE)
SUFFICIENT = Pattern(
    r"(?:enough|sufficient|insufficient) (?:[a-z-]+ )?(?:stock|seats?|places?|funds?|credits?|balance|money|points|"
    r"items|copies|pieces|space|capacity|tickets|vouchers)\b",
    re.IGNORECASE,
)
# "Even if others have waited longer": however long it is, the rule is the same.
CONCEDED = Pattern(r"\b(?:even (?:if|when|though)|no matter|regardless of|however)\b[^,;.]*", re.IGNORECASE)
AT_ONCE = Pattern(r"\s*(?:,\s*)?(?:as soon as|when(?:ever)?|once)\b", re.IGNORECASE)  # "without delay when it is saved"
AS_SOON = Pattern(r"\bas [a-z]+ (?:as )?$", re.IGNORECASE)
TRIES = Pattern(r"(?:tr(?:y|ies)|attempts?) to", re.IGNORECASE)
CASE = Pattern(r"\W*(?:(?:and|or|but) )?(?:when(?:ever)?|if|given|where|once|while|after|in case)\b", re.IGNORECASE)


def escapes(said: str) -> Iterator[Found]:
    for match in english("escapes").finditer(said):
        clause = re.split(r"[,;:]|\bthen\b", said[: match.start()])[-1]
        if re.match("(?:as )?(?:possible|practicable|practical|feasible|reasonable)", match[0]) and AS_SOON.search(
            said[: match.start()]
        ):  # "as soon as possible" is a degree
            continue
        if TRIES.match(match[0]) and CASE.match(clause):  # what somebody tries is the case that the duty is for
            continue
        if (
            TRIES.match(match[0])
            and re.search(r"\b(?:who|which|that|when|if|anyone|users?|\w+s)\s*$", said[: match.start()], re.IGNORECASE)
            and not re.search(r"\b(?:shall|must|should|will)\s*$", said[: match.start()])
        ):
            continue
        yield Found(defect=Defect.ESCAPE, span=match[0])
        return


def unbounded(said: str) -> Iterator[Found]:
    match = english("open_lists").search(said)
    if match is None:
        match = english("unlimited").search(said)
        if (
            match
            and re.match(r"(?:all|any|every|each)", match[0], re.IGNORECASE)
            and re.search(r"\bnot\b|\bno\b|:|\(", said[match.end() :][:25])
        ):
            match = None
    match = LIST_OF_OTHERS.search(said) if match is None or re.match(r"any other\b", match[0], re.IGNORECASE) else match
    if match:
        yield Found(defect=Defect.UNBOUNDED, span=match.groupdict().get("others") or match[0])


# "Misfires, fumes and any other observations": a list that ends with whatever else there is.
LIST_OF_OTHERS = Pattern(
    r"(?<=,)[^,.;:]+,? (?P<others>(?:and|or) (?:any |all )?other [a-z-]+(?: [a-z-]+)?)(?=\W*$|[.;)])", re.IGNORECASE
)


def overlaps(span: str, taken: Sequence[str]) -> bool:
    words = {word for word in span.lower().split()[:FIRST] if len(word) > LETTERS}
    return any(
        span.lower() in one.lower() or one.lower() in span.lower() or words & set(one.lower().split()[-FIRST:])
        for one in taken
    )


def gradable(unit: Unit, kind: Kind, taken: Sequence[str]) -> Iterator[Found]:
    """A word of degree or manner: unmeasurable where it says how well the product is, vague elsewhere."""
    said = unit.said
    if kind is Kind.QUALITY:
        attribute = attribute_of_product(unit) or english("quality").search(said) or english("manner").search(said)
        attribute = attribute or next(_degrees(said), None)
        attribute = (
            attribute
            or predicate_of_product(said)
            or (under(unit, "quality_headings") and (_open_claim(said) or _fragment(unit)))
            or None
        )
        if (
            attribute
            and not FIGURE.search(said)
            and not figures(said, chinese=False)
            and not CRITERION.search(said)
            and not overlaps(attribute[0], taken)
        ):
            yield Found(defect=Defect.UNMEASURABLE, span=attribute[0])
        return
    said = CONCEDED.sub(lambda clause: " " * len(clause[0]), said)
    for match in [*english("manner").finditer(said), *_degrees(said), *OPINION.finditer(said)]:
        if IMPORTANT.search(match[0]) or (SUFFICIENT.match(said, match.start()) or ON_PURPOSE.search(match[0])):
            continue
        if not overlaps(match[0], taken) and not _made_precise(said, match):
            yield Found(defect=Defect.VAGUE, span=match[0])
            return


def _open_claim(said: str) -> re.Match[str] | None:
    """What a person has to do is no claim about the product."""
    acts = (
        rf"(?:the |an? |all |each |every )?(?:[a-z-]+ )?{either('english', 'persons')} (?:shall|must|should|has|have)"
    )
    return None if re.match(acts, said, re.IGNORECASE) else OPEN_CLAIM.match(said)


def _fragment(unit: Unit) -> re.Match[str] | None:
    """ "Cool design", "Handling | easy": an item of a list of qualities that is little but a word of degree."""
    if len(unit.said.split()) > BARE or unit.block is Block.PARAGRAPH:
        return None
    if unit.block is Block.ROW and unit.cells and not re.search(r"\d", unit.cells[-1]):
        return re.search(r"(?<=\| )[^|\d]+$", unit.said)
    return english("gradable", "quality").search(unit.said)


@cache
def _adverbs() -> frozenset[str]:
    """badly, easily, terribly, drastically: of the adjectives of degree."""
    words = listed("english")["gradable"]
    regular = {f"{word}ly" for word in words} | {f"{word[:-1]}ily" for word in words if word.endswith("y")}
    return frozenset(
        regular
        | {f"{word[:-1]}y" for word in words if word.endswith("le")}
        | {f"{word}ally" for word in words if word.endswith("ic")}
    ) - {
        "hardly",
        "largely",
        "lately",
        "newly",
        "normally",
        "presently",
        "shortly",
        "directly",
        "only",
        "naturally",
        "fairly",
        "clearly",
        "wrongly",
        "falsely",
        "mildly",
    }


def _degrees(said: str) -> Iterator[re.Match[str]]:
    yield from re.finditer(DEGREE, said, re.IGNORECASE)
    yield from re.finditer(
        rf"{IS} (?P<how>{either('english', 'gradable')})(?= *(?:[,.;!]|$|(?:and|or|enough|again|at|on|"
        rf"in|for|during|to|shall|must|should|may|can|will|are|is|has|have|gets?|goes?|stays?)\b))",
        said,
        re.IGNORECASE,
    )
    yield from re.finditer(
        rf"\b(?:an?|some|such|in|with|at|of|for|under|of) (?:[a-z]+ly )?(?P<how>{either('english', 'gradable')}),? "
        rf"(?!(?:of|and|or|to|in|on|at|for|with|by|as|than|from)\b)(?:[a-z-]+ )?[a-z-]+\b",
        said,
        re.IGNORECASE,
    )
    yield from re.finditer(
        rf"{SHUNS} (?P<how>{either('english', 'gradable')}) [a-z]+s\b(?! (?:than|of|over|above|longer|more|with)\b)",
        said,
        re.IGNORECASE,
    )
    for match in re.finditer(r"\b[a-z]+ly\b", said, re.IGNORECASE):
        if match[0].lower() in _adverbs():
            yield match


# "A day late", "two metres wide": how much is said before.
COUNTED_OFF = Pattern(
    r"\b(?:an?|one|two|three|four|five|six|seven|ten|half an|\d[\d.]*)[ -](?:minute|hour|day|week|month|"
    r"year|m|cm|km|metre|meter|"
    r"mile|kilomet(?:re|er)|step|working day|business day)s? $",
    re.IGNORECASE,
)


SO_MANY = Pattern(
    r"\b(?:\d+|two|three|four|five|six|several|both|these|the|all|unsold) $", re.IGNORECASE
)  # two lots of fish


def _made_precise(said: str, match: re.Match[str]) -> bool:
    if re.search(r"\bthan\b", said[match.end() : match.end() + 25]) or re.search(
        r"\b(?:no|as|how|so) $", said[: match.start()], re.IGNORECASE
    ):
        return True
    if COUNTED_OFF.search(said[: match.start()]) or (
        re.match("lots? of", match[0], re.IGNORECASE) and SO_MANY.search(said[: match.start()])
    ):
        return True
    if re.match("without (?:any )?delay$", match[0], re.IGNORECASE) and AT_ONCE.match(said, match.end()):
        return True
    after = said[match.end() : match.end() + 45]
    if re.match(r"\s*[(:]", after) or (MEASURE.search(after) and not SPEED.search(match[0])):
        return True
    return bool(SPEED.search(match[0]) and any(one.of.endswith("time") for one in figures(said, chinese=False)))

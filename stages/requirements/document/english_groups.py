"""Whom does an English rule hit: a group that the document defines nowhere?"""

import re
from collections.abc import Iterator

from stages.requirements.document.lists import either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import Terms, stem
from stages.requirements.document.units import Block, Unit

# "Items of high value, above 500 EUR": the figure says when it is meant.
SAID_HOW_MUCH = Pattern(
    r",? ?(?:\(|(?:of|above|over|exceeding|worth|from|below|under|up to|more than|at least|with)\b)[^.;]{0,20}\d",
    re.IGNORECASE,
)
FEW = 2  # roles of a document that lists them; units that speak of a stranger
# "Aggressive animals": by an adjective that says an opinion.
OPINION = Pattern(
    r"^(?:all |only |for |if )?(?P<words>(?P<how>[a-z-]+(?:ive|able|ible|ful|ous|al|ic|ant|ent|y|ish|less))"
    r"\s+(?P<noun>[a-z]+s?))\b(?! \w+ing\b)",
    re.IGNORECASE,
)
# "Items of high value", "members who help a lot", "category A parts": a group by a degree.
GRADED = Pattern(
    lambda: (
        r"\b[a-z]+s? of (?:(?:particularly |very |especially )?(?:high|great|special|low|lower|higher|considerable|"
        r"little|historic|sentimental|strategic|major|minor))"
        r" (?:value|worth|importance|interest|risk|priority|quality|urgency|age|significance|relevance)\b|"
        r"\b[a-z]+s (?:with|in) (?:an? )?(?:particularly |very |especially )?(?:high|great|special|low|lower|higher|"
        r"heavy|heavier|light|little|considerable|strong|weak|short|long) "
        r"(?:use|usage|demand|turnover|traffic|volumes?|"
        r"incomes?|workload|needs?|consumption|footfall|throughput|risk|priority|value)\b|"
        rf"\b{either('english', 'persons', 'anybody')}s? (?:with|on|under|in) (?:an? )?"
        r"(?:framework|premium|partner|priority|"
        r"preferential|volume|special|key-account) (?:contracts?|agreements?|status|plans?|deals?|accounts?|terms)\b|"
        rf"\b{either('english', 'persons', 'anybody')} (?:who|that|which) [^,.;]{{0,40}}\b(?:a lot|often|frequently|"
        rf"regularly|rarely|well|poorly|actively|"
        r"a long time|many times|repeatedly|badly|properly|enough|most|much|late|long)\b|"
        r"\b(?:category|class|tier|grade|level|type|group)[ -](?:[A-D]|[1-5]|I{1,3})\b(?= [a-z])"
    ),
    re.IGNORECASE,
)


def undefined(unit: Unit, kind: Kind, terms: Terms) -> Iterator[Found]:
    said = unit.said
    if kind is Kind.QUALITY and not re.search(r"\bshall\b.*\bonly\b", said):
        return
    sorting = re.finditer(
        rf"(?<![\w-])(?P<how>{either('english', 'standing', 'gradable')})(?:(?:,| and|"
        rf" or) (?!(?:the|an?|this|that|it|they)\b)[\w-]+)? (?P<noun>[a-z][a-z-]+)",
        said,
        re.IGNORECASE,
    )
    words = next((match[0] for match in sorting if _sorts(match, said, terms)), "")
    reputed = re.search(rf"\b(?:{terms.people}) {REPUTED}", said, re.IGNORECASE)
    if not words and reputed and not terms.defines(reputed[0]):
        words = reputed[0]
    if not words and (opinion := OPINION.match(said)) and _is_opinion(opinion, terms):
        words = opinion["words"]
    graded = GRADED.search(said)
    if not words and graded and not SAID_HOW_MUCH.match(said, graded.end()) and not terms.defines(graded[0]):
        words = graded[0]
    if words:
        yield Found(defect=Defect.UNDEFINED, span=words)
        return
    if unit.block is not Block.ROW or re.search(r"\w+ \w+ \w+ \w+", said):
        yield from _strangers(unit, terms)


REPUTED = (
    r"(?:in|of|with)(?: an?)? (?:good|high|low|long|bad|poor|excellent|clean|doubtful) "
    r"(?:standing|record|reputation|repute|character|credit|rating|history)\b"
)


def _is_opinion(match: re.Match[str], terms: Terms) -> bool:
    """ "Aggressive animals": an adjective before a term of the document, which says nowhere when it is true."""
    how, noun = match["how"].lower(), stem(match["noun"])
    known = {stem(term) for term in terms.terms} | {stem(term.split()[-1]) for term in terms.terms if term}
    if noun not in known or english("plain_adjectives").fullmatch(how) or how in " ".join(terms.terms).lower():
        return False
    return not re.search(rf"\b{re.escape(how)}", terms.definitions)


# "Parcels longer than 120 cm": where the line is drawn, which "large parcels cost 5 EUR" does not say.
DEFINING = (
    r"of|with|over|above|below|under|from|up to|longer|heavier|larger|bigger|higher|smaller|older|younger|more|less|"
    r"whose|which|that|who|worth|exceeding|between|at least|as of|aged"
)


BY_LAW = Pattern(r"(?:private|natural|legal|juridical) (?:persons?|people|individuals?|customers?)", re.IGNORECASE)


def _sorts(match: re.Match[str], said: str, terms: Terms) -> bool:
    """Does the adjective decide whom the rule hits, with nothing that says when it is true?"""
    how, noun = match["how"].lower(), match["noun"].lower()
    if (
        english("anybody", "persons").fullmatch(noun) is None
        and not noun.endswith("s")
        and noun not in {stem(t) for t in terms.terms}
    ):
        return False
    if (
        terms.defines(match[0])
        or terms.defines(f"{how} {stem(noun)}")
        or re.search(rf"\b{re.escape(how)}\b", terms.definitions)
    ):
        return False
    if (
        re.match(rf",? (?:{DEFINING})\b.{{0,20}}\d", said[match.end() :], re.IGNORECASE)
        or re.match(r"\s*\(|, (?:i\.e\.|that is|meaning|namely|those)", said[match.end() :])
        or re.match(r" (?:of|for|from|on|by|about) the same\b", said[match.end() :])
        or re.match(r" (?:of|with|over|above|below|under) (?:more|less|at|over|up)?\b.{0,12}\d", said[match.end() :])
    ):
        return False
    person = english("persons", "anybody").fullmatch(noun)
    weak = re.fullmatch(either("english", "weak_standing"), how) or not re.fullmatch(either("english", "standing"), how)
    states = re.fullmatch(
        r"old|older|young|younger|approved|verified|active|inactive|certified|established|associated|accredited|"
        r"internal|external|local|"
        r"remote|temporary|permanent|returning|repeat|selected|known|relevant|confidential|responsible",
        how,
    )
    if (states or english("plain_adjectives").fullmatch(how)) and not person:
        return False
    if BY_LAW.fullmatch(match[0]):
        return False
    starts = not re.search(
        r"\w",
        re.sub(
            r"^(?:(?:all|the|an?|only|every|each|for|any|our|most|more|my|very|really)\b *)+",
            "",
            re.split(r"[,;:|]", said[: match.start()])[-1].lstrip(),
            flags=re.IGNORECASE,
        ),
    )
    return bool(person) or not weak or starts


NO_VERBS = (
    "with|from|for|who|that|whose|which|and|or|of|in|at|on|to|via|by|without|under|over|as|than|outside|inside|aged"
)
TAKES_NOUNS = (
    "approves|decides|checks|confirms|signs|gets|receives|pays|sees|takes|delivers|writes|reads|gives|sends|collects|orders|"
    "enters|reviews|answers|accepts|rejects|refuses|plans|assigns|sets|grants|issues|provides|inspects|verifies"
)


def _strangers(unit: Unit, terms: Terms) -> Iterator[Found]:
    """A person who acts, in a document that lists its roles, and is none of them."""
    if len(terms.roles) < FEW:
        return
    person = either("english", "persons")
    for match in re.finditer(
        rf"(?:^|\bby )(?:(?:the|an?|all|any|each|every|our|only)\s+)?(?:[a-z-]+ )"
        rf"?(?P<who>{person})(?= (?:shall|must|may|can|"
        r"cannot|should|will|has|have|is|are|needs?|[a-z]+s\b(?! )|[a-z]{3,}s? (?:the|an?|their|all|every|each|any|its|"
        r"his|her|to|in|on|by|off|for|with|from|\d+)\b|[a-z]+(?:es|s)?\b (?!of\b)[a-z]+s\b|"
        rf"(?<=s )(?!(?:{NO_VERBS})\b)[a-z]{{3,}}\b|"
        rf"(?:{TAKES_NOUNS})\b)|[.,;]|$)",
        unit.said,
        re.IGNORECASE,
    ):
        who = match["who"]
        if (
            english("anybody", "plain_persons").fullmatch(who)
            or stem(who) in terms.products
            or terms.is_role(who)
            or terms.defines(stem(who))
            or terms.spoken[stem(who)] > FEW
        ):
            continue
        yield Found(defect=Defect.UNDEFINED, span=who)
        return

"""What is unclear in an English sentence that obliges?"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from stages.requirements.document.english_kinds import attribute_of_product, predicate_of_product
from stages.requirements.document.figures import figures
from stages.requirements.document.gaps import gap_in
from stages.requirements.document.lists import either, english, listed
from stages.requirements.document.sentence import Defect, Found, Kind
from stages.requirements.document.terms import Terms, stem, under
from stages.requirements.document.units import Block, Unit

UNITS = (
    r"(?:%|percent|ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|(?:working |business |calendar )?days?|"
    r"weeks?|months?|years?|EUR|USD|GBP|€|\$|kg|km|m|mb|gb|kb|kwh|°c|pixels?|users?|requests?)"
)
WORDS = r"(?:half an?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)"
MEASURE = re.compile(
    rf"(?:[€$£]\s*\d|\b(?:\d[\d.,]*(?:\s|-)*|(?!a second [a-z]){WORDS}(?:\s|-)+){UNITS}(?!\w))",
    re.IGNORECASE,
)
FIGURE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half) (?:of|minutes?|seconds?|hours?|days?|clicks?|"
    r"steps?|people|users?)\b",
    re.IGNORECASE,
)
CRITERION = re.compile(
    r"\b(?:WCAG|TLS|AES|ISO|RFC|OWASP|GDPR|SHA|argon2\w*|bcrypt|scrypt|HTTPS|OAuth|hashed|encrypted|second factor|"
    r"two-factor|Firefox|Chrome|Safari|Edge|screen readers?)\b"
)
CONDITION = re.compile(
    r"\b(?:when(?:ever)?|if|as soon as|once|after|before|until|unless|while|as long as|where|in case)"
    r"\b[^,;]*(?:[,;]|$)",
    re.IGNORECASE,
)
BE = r"(?:is|are|be|been|being|gets?|get|was|were)"
DUTY_PASSIVE = re.compile(
    r"\b(?:shall|must|should|has to|have to|needs? to|ought to|is to|are to) (?:always |then |also |first )?be "
    rf"(?:(?!not\b|only\b)\w+ly )?(?P<act>(?!{either('english', 'system_acts')}\b)(?:\w{{3,}}ed(?: (?:out|off|over|"
    rf"up|away|with|for|back))?|"
    rf"{either('english', 'human_acts')}|{either('english', 'irregular', less='system_acts')}))(?![\w-])",
    re.IGNORECASE,
)
GETS_DONE = re.compile(
    rf"\b(?:get|gets) (?P<act>(?:\w{{3,}}ed|{either('english', 'irregular')})(?: (?:down|up|off|out|"
    rf"away|over|back))?)(?![\w-])",
    re.IGNORECASE,
)
PASSIVE = re.compile(
    rf"\b{BE}\s+(?:(?!not\b|never\b|only\b|no\b)\w+ly\s+|then\s+|also\s+|always\s+|to be\s+|first\s+)"
    rf"?(?P<act>{either('english', 'human_acts')})(?![\w-])",
    re.IGNORECASE,
)
# "Refunds require approval": whose?
NEEDS_ASSENT = re.compile(
    r"\b(?:(?:shall |must |will )?(?:requires?|needs?)|(?:is|are|be) subject to) (?:an? |prior |written |"
    r"formal |further )*"
    r"(?:approval|sign-?off|authori[sz]ation|confirmation|permission|consent|clearance|countersignature|signature|"
    r"verification|assent|agreement)\b(?! (?:by|of|from|code|number|e-?mail|link))",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(?:not|never|cannot|can't|no longer|no(?!-)|nobody|none|neither|only|won't)\b", re.IGNORECASE)
BY = re.compile(
    r"\b(?:via|through|using|against) (?:the|an?|our|its|their|his|her)\b|\bby (?!\d|the end|e-?mail|mail|post|"
    r"phone|telephone|card|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may \d|june|"
    r"july|august|"
    r"september|october|november|december|tomorrow|next|then\b|hand|default|date|name|title|noon|text|sms|means|"
    r"way|scanning|[a-z]+ing\b)(?:an?|the|its|her|his|their|another|one of)?\s*[a-z]",
    re.IGNORECASE,
)
# Done by the system as well, where it answers an event.
RESPONSES = re.compile(
    r"released?|cancell?ed|blocked|unblocked|unlocked|marked|updated|recorded|notified|informed|moved|completed|"
    r"assigned|returned|refunded|rejected|accepted|given|told|scheduled|changed|escalated|deactivated|issued",
    re.IGNORECASE,
)
ANAPHORA = re.compile(
    r"\b(?:it|them|its|their|this|these|that|those|then|her|his|he|she|they|so|afterwards|otherwise|thereby|the "
    r"(?:same|latter|former)|instead)\b",
    re.IGNORECASE,
)
SEPARATORS = re.compile(r"(?:;\s*|,?\s+(?:and|while|whereas|plus)\s+(?:also\s+)?|,\s+)(?=\S)", re.IGNORECASE)
RECEIVES = re.compile(
    r"^(?:\w+ )?(?:gets?|sees?|receives?|(?:is|are|(?:shall|must|will|should|may|can) be|(?:has|have) to be) "
    r"(?:\w+ly )?"
    r"(?:told|informed|notified|shown|asked|reminded|warned)|"
    r"then|can then|has to|becomes?|stays?|remains?|goes|go)\b",
    re.IGNORECASE,
)

# "Items of high value", "members who help a lot", "category A parts": a group by a degree.
OPINION = re.compile(
    r"^(?:all |only |for |if )?(?P<words>(?P<how>[a-z-]+(?:ive|able|ible|ful|ous|al|ic|ant|ent|y|ish|less))"
    r"\s+(?P<noun>[a-z]+s?))\b(?! \w+ing\b)",
    re.IGNORECASE,
)
GRADED = (
    r"\b[a-z]+s? of (?:(?:particularly |very |especially )?(?:high|great|special|low|lower|higher|considerable|"
    r"little|historic|sentimental|strategic|major|minor))"
    r" (?:value|worth|importance|interest|risk|priority|quality|urgency|age|significance|relevance)\b|"
    rf"\b{either('english', 'persons', 'anybody')} (?:who|that|which) [^,.;]{{0,40}}\b(?:a lot|often|frequently|"
    rf"regularly|rarely|well|poorly|actively|"
    r"a long time|many times|repeatedly|badly|properly|enough|most|much|late|long)\b|"
    r"\b(?:category|class|tier|grade|level|type|group)[ -](?:[A-D]|[1-5]|I{1,3})\b(?= [a-z])"
)
# "gets silly", "overruns badly", "too noisy": a degree, wherever a clause says how something is or is done.
DEGREE = (
    r"\b(?:too(?! (?:and|or|but|the|when|if)\b)|very|extremely|overly|unduly|unreasonably|unusually|"
    r"exceptionally|particularly|"
    r"especially|terribly|awfully|fairly|quite|rather(?! than)|pretty|somewhat|a bit|a little|slightly|"
    r"reasonably|sufficiently) "
    r"(?!\d|(?:the|an?|of|in|on|at|for|from|to|by|most|least|latest|earliest|first|last|same)\b)(?P<degree>[a-z-]+)"
)
IS = (
    r"\b(?:is|are|be|gets?|becomes?|looks?|seems?|feels?|turns?|grows?|goes|go|stays?|remains?|"
    r"appears?|sounds?|runs?|smells?|tastes?|"
    r""
    r""
    r"works?)"
)
OPEN_CLAIM = re.compile(
    r"^(?!.*\b(?:only|possible|available|logged|languages?|exported?|deleted|if|when|whenever)\b)"
    r".*\b(?:must|shall|should|has to|have to|needs? to)\b.*$",
    re.IGNORECASE,
)
PLACEHELD = re.compile(
    r"\bto be (?:defined|decided|determined|confirmed|specified|agreed|clarified|filled in|discussed)\b", re.IGNORECASE
)
LETTERS = 4  # of a word that says nothing by itself
BARE = 7  # words of a sentence that says nothing but that something is done
FEW = 2  # roles of a document that lists them; units that speak of a stranger; actors of a sentence with several
SPEED = re.compile(
    r"soon|quick|prompt|rapid|swift|speed|short|delay|time|early|fast|late|long|advance|interval|while|regular|"
    r"period|frequent|often",
    re.IGNORECASE,
)


def defects(units: Sequence[Unit], number: int, kind: Kind, terms: Terms) -> Iterator[Found]:
    """All of one sentence but what other sentences repeat, contradict or leave uncovered."""
    unit = units[number]
    said = unit.said
    escapes = list(_escapes(said))
    yield from escapes
    taken = [one.span for one in escapes]
    open_lists = [one for one in _unbounded(said) if not _overlaps(one.span, taken)]
    yield from open_lists
    taken += [one.span for one in open_lists]
    undefined = list(_undefined(unit, kind, terms))
    yield from undefined
    taken += [one.span for one in undefined]
    open_ended = list(_gradable(unit, kind, taken))
    yield from open_ended
    yield from _compound(unit, terms)
    if kind is not Kind.QUALITY:
        yield from _without_actor(units, number, terms)
        yield from _without_trigger(units, number, terms)


TRIES = re.compile(r"(?:tr(?:y|ies)|attempts?) to", re.IGNORECASE)
CASE = re.compile(r"\W*(?:(?:and|or|but) )?(?:when(?:ever)?|if|given|where|once|while|after|in case)\b", re.IGNORECASE)


def _escapes(said: str) -> Iterator[Found]:
    for match in english("escapes").finditer(said):
        clause = re.split(r"[,;:]|\bthen\b", said[: match.start()])[-1]
        if TRIES.match(match[0]) and CASE.match(clause):  # what somebody tries is the case that the duty is for
            continue
        if (
            re.match(r"tr(?:y|ies) to", match[0], re.IGNORECASE)
            and re.search(r"\b(?:who|which|that|when|if|anyone|users?|\w+s)\s*$", said[: match.start()])
            and not re.search(r"\b(?:shall|must|should|will)\s*$", said[: match.start()])
        ):
            continue
        yield Found(defect=Defect.ESCAPE, span=match[0])
        return


def _unbounded(said: str) -> Iterator[Found]:
    match = english("open_lists").search(said)
    if match is None:
        match = english("unlimited").search(said)
        if (
            match
            and re.match(r"(?:all|any|every|each)", match[0], re.IGNORECASE)
            and re.search(r"\bnot\b|\bno\b|:|\(", said[match.end() :][:25])
        ):
            match = None
    if match:
        yield Found(defect=Defect.UNBOUNDED, span=match[0])


def _overlaps(span: str, taken: Sequence[str]) -> bool:
    words = {word for word in span.lower().split()[:2] if len(word) > LETTERS}
    return any(
        span.lower() in one.lower() or one.lower() in span.lower() or words & set(one.lower().split()[-2:])
        for one in taken
    )


def _gradable(unit: Unit, kind: Kind, taken: Sequence[str]) -> Iterator[Found]:
    """A word of degree or manner: unmeasurable where it says how well the product is, vague elsewhere."""
    said = unit.said
    if kind is Kind.QUALITY:
        attribute = attribute_of_product(unit) or english("quality").search(said) or english("manner").search(said)
        attribute = attribute or next(_degrees(said), None)
        attribute = (
            attribute
            or predicate_of_product(said)
            or (under(unit, "quality_headings") and (OPEN_CLAIM.match(said) or _fragment(unit)))
            or None
        )
        if (
            attribute
            and not FIGURE.search(said)
            and not figures(said, chinese=False)
            and not CRITERION.search(said)
            and not _overlaps(attribute[0], taken)
        ):
            yield Found(defect=Defect.UNMEASURABLE, span=attribute[0])
        return
    for match in [*english("manner").finditer(said), *_degrees(said)]:
        if not _overlaps(match[0], taken) and not _made_precise(said, match):
            yield Found(defect=Defect.VAGUE, span=match[0])
            return


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
    for match in re.finditer(r"\b[a-z]+ly\b", said, re.IGNORECASE):
        if match[0].lower() in _adverbs():
            yield match


def _made_precise(said: str, match: re.Match[str]) -> bool:
    if re.search(r"\bthan\b", said[match.end() : match.end() + 25]) or re.search(
        r"\b(?:no|as|how|so) $", said[: match.start()], re.IGNORECASE
    ):
        return True
    after = said[match.end() : match.end() + 45]
    if re.match(r"\s*[(:]", after) or (MEASURE.search(after) and not SPEED.search(match[0])):
        return True
    return bool(SPEED.search(match[0]) and any(one.of.endswith("time") for one in figures(said, chinese=False)))


def _undefined(unit: Unit, kind: Kind, terms: Terms) -> Iterator[Found]:
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
    graded = re.search(GRADED, said, re.IGNORECASE)
    if not words and graded and not FIGURE.search(said) and not terms.defines(graded[0]):
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
    if states and not person:
        return False
    starts = not re.search(
        r"\w",
        re.sub(
            r"^(?:(?:all|the|an?|only|every|each|for|any|our|most|more|my|very|really)\b *)+",
            "",
            said[: match.start()],
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
            english("anybody").fullmatch(who)
            or stem(who) in terms.products
            or terms.is_role(who)
            or terms.defines(stem(who))
            or terms.spoken[stem(who)] > FEW
        ):
            continue
        yield Found(defect=Defect.UNDEFINED, span=who)
        return


def names_a_role(text: str, terms: Terms) -> bool:
    named = terms.named
    if named is not None and named.search(text):
        return True
    return any(terms.is_role(match[0]) for match in english("persons").finditer(text))


def _without_actor(units: Sequence[Unit], number: int, terms: Terms) -> Iterator[Found]:
    unit = units[number]
    said = unit.said
    if PLACEHELD.search(said) or gap_in(said):
        return
    if (needed := NEEDS_ASSENT.search(said)) and not names_a_role(said, terms):
        yield Found(defect=Defect.NO_ACTOR, span=needed[0])
        return
    for match in [*DUTY_PASSIVE.finditer(said), *PASSIVE.finditer(said), *GETS_DONE.finditer(said)]:
        before, after = said[: match.start()], said[match.end() :]
        clause = re.split(r"[;,]|\band\b", before)[-1]
        if re.search(r"\b(?:which|what|whether)\b[^,;]*$|\b(?:that|who)\s+(?:\w+\s+)?$", before):
            continue
        if CONDITION.search(before) and not re.search(r"[,;]", before):
            continue
        if (
            NEGATED.search(clause)
            or NEGATED.search(match[0])
            or BY.search(after)
            or _is_done_by(before, terms)
            or re.search(
                r"\b(?:system|(?<!of )(?<!in )(?<!into )service|tool|app|platform|automatically|itself)\b",
                said,
                re.IGNORECASE,
            )
        ):
            continue
        if re.match(
            r"\s+(?:only|(?:once|twice)(?! (?:an?|per|every|each)\b)|at most|up to|exactly|no more)\b", after
        ) or re.search(r"\b(?:which|that|who)\s*$", before):
            continue
        if re.match(r"(?:when|if|as soon|once|after)\b", said, re.IGNORECASE) and RESPONSES.fullmatch(match["act"]):
            continue
        soft = re.fullmatch(either("english", "soft_acts"), match["act"], re.IGNORECASE)
        if soft and CONDITION.search(after):
            continue
        if soft and (len(said.split()) > BARE or re.search(r"\d|\b(?:every|each|exactly|one)\b", said, re.IGNORECASE)):
            continue
        if _named_elsewhere(units, number, match, terms):
            continue
        start = re.search(
            r"\b(?:shall|must|should|can|may|will|have to|has to|needs? to|ought to|are to|is to)\s+$", before
        )
        yield Found(defect=Defect.NO_ACTOR, span=said[start.start() if start else match.start() : match.end()])
        return


def _is_done_by(clause: str, terms: Terms) -> bool:
    """ "Licences are taken back by the desk; the holder is informed": who acts goes on acting."""
    return any(
        stem(match["who"].split()[-1]) in terms.products or names_a_role(match["who"], terms)
        for match in re.finditer(r"\bby (?:the|our|an?) (?P<who>[\w-]+(?: [\w-]+)?)", clause, re.IGNORECASE)
    )


def _named_elsewhere(units: Sequence[Unit], number: int, match: re.Match[str], terms: Terms) -> bool:
    """Somebody is named in the sentence, beside it, or does the same act in another one."""
    said = units[number].said
    subject = re.split(r"\b(?:shall|must|should|can|may|will|have|has|needs?|ought|is|are)\b", said[: match.start()])[0]
    rest = re.sub(
        rf"\b(?:to|for|from|with|of) (?:the |an? |its |her |his |their )?(?:new |next |other )?(?:{terms.people})\b",
        " ",
        said.replace(subject, "", 1),
        flags=re.IGNORECASE,
    )
    if names_a_role(rest, terms) or (
        re.search(r"^(?:when|if|after|before|once)\b", said, re.IGNORECASE) and names_a_role(said, terms)
    ):
        return True
    root = re.sub(r"(?:ied|y)$", "", re.sub(r"(?:ed|d)$", "", match["act"].split()[0].lower()))
    nouns = {stem(w) for w in re.findall(r"[a-z-]{3,}", subject.lower())} - {
        "the",
        "all",
        "any",
        "each",
        "every",
        "and",
    }
    if MEASURE.search(said) and _handled_beside(units, number, nouns, terms):
        return True
    for other, unit in enumerate(units):
        if other == number or not (
            active := re.search(
                rf"(?<!\bis )(?<!\bare )(?<!\bbe )(?<!been )(?<!not )\b{re.escape(root)}", unit.said, re.IGNORECASE
            )
        ):
            continue
        near = abs(other - number) == 1 and unit.group == units[number].group
        shares = nouns & {stem(w) for w in re.findall(r"[a-z-]{3,}", unit.said.lower())}
        if (near or shares) and names_a_role(unit.said[: active.start()], terms):
            return True
    return False


def _handled_beside(units: Sequence[Unit], number: int, nouns: set[str], terms: Terms) -> bool:
    """The sentence before or after says which role deals with the same thing."""
    for other in (number - 1, number + 1):
        if not 0 <= other < len(units) or units[other].group != units[number].group:
            continue
        actor = re.match(rf"(?:the |an? |each |every )?(?:{terms.people})\s+", units[other].said, re.IGNORECASE)
        if actor and nouns & {stem(w) for w in re.findall(r"[a-z-]{3,}", units[other].said[actor.end() :].lower())}:
            return True
    return False


def _is_system(subject: str, terms: Terms) -> bool:
    return bool(english("system").search(subject)) or stem(subject.rsplit(maxsplit=1)[-1]) in terms.products


def _without_trigger(units: Sequence[Unit], number: int, terms: Terms) -> Iterator[Found]:
    unit = units[number]
    said = f"{unit.lead.rstrip(':')} {unit.said}" if unit.lead else unit.said
    if english("triggers").search(said):
        return
    act = re.search(
        rf"^(?:please let |(?:i|we)(?:'d| would)? (?:like|want|wish|love|need|expect) )?(?P<who>(?:the |"
        rf"our |a |an )?[\w -]{{1,40}}?)\s+(?:(?:to|shall|must|should|will|can|may|"
        rf"also|automatically|has to|needs to)\s+)*(?P<act>{either('english', 'emits')})\b(?P<what>.*)$",
        said,
        re.IGNORECASE,
    )
    passive = re.search(
        rf"^(?P<what>.{{0,40}}\b{either('english', 'emitted')}\b.{{0,30}}?)\b(?P<act>(?:shall|must|should|will|are|"
        rf"is|have to|has to|needs? to)(?: be)? (?:automatically )?(?:sent|generated|printed|produced|created|"
        rf"issued|mailed|e-?mailed|published|delivered|distributed|compiled|go out))\b",
        said,
        re.IGNORECASE,
    )
    if act and _is_system(act["who"], terms) and not re.search(r"\b(?:able to|user|allow)\b", said):
        if not _is_emission(act["act"], act["what"]):
            return
        span = _short(act, said)
    elif passive and not BY.search(said):
        span = passive["act"]
    elif got := _gets_something(said, terms):
        span = got
    else:
        return
    after = units[number + 1] if number + 1 < len(units) else None
    before = units[number - 1] if number else None
    if (
        after
        and after.group == unit.group
        and re.match(
            r"(?:it|they|this|these|the (?:message|mail|e-?mail|reminder|report|letter|notification|summary|list))\b",
            after.said,
            re.IGNORECASE,
        )
        and english("triggers").search(after.said)
    ):
        return
    if (
        before
        and before.group == unit.group
        and re.search(r"\b(?:then|thereupon|this|that)\b", said, re.IGNORECASE)
        and english("triggers").search(before.said)
    ):
        return
    yield Found(defect=Defect.NO_TRIGGER, span=span)


def _gets_something(said: str, terms: Terms) -> str:
    """ "Members get a list of what to pick up": when?"""
    match = re.search(
        rf"^(?:the |an? |all |every |each |our )?(?:{terms.people}) (?:(?:also|shall|can|may|will|must|"
        rf"should) )*(?P<act>(?:gets?|"
        rf"receives?|(?:is|are) sent) (?:an? |the |his |her |their )?(?:[\w-]+ )?{either('english', 'emitted')})\b",
        said,
        re.IGNORECASE,
    )
    return match["act"] if match else ""


def _is_emission(act: str, what: str) -> bool:
    if re.match(
        r"(?:remind|notif|inform|alert|warn|e-?mail|mails|text|drop|ping|nudge|tell|writes? to|let|give)",
        act,
        re.IGNORECASE,
    ):
        return True
    if re.match(r"\s*no\b", what):
        return False
    return bool(english("emitted").search(what)) or bool(
        re.match(r"(?:send|sends|export|exports|synchroni|transmit|forward)", act, re.IGNORECASE)
    )


def _short(act: re.Match[str], said: str) -> str:
    return " ".join(said[act.start("act") :].rstrip(".").split()[:4])


def _compound(unit: Unit, terms: Terms) -> Iterator[Found]:
    """Main clauses of different actors that have nothing to do with each other."""
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
    conditional = said != unit.said
    if (len(set(actors)) == FEW and len(clauses) == FEW) and (related or conditional or _share(clauses[0][1], later)):
        return
    yield Found(defect=Defect.COMPOUND, span=unit.said[clauses[0][0] :].rstrip("."))


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

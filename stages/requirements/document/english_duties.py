"""Who does what an English sentence demands, where it names nobody?"""

import re
from collections.abc import Iterator, Sequence

from stages.requirements.document.english_words import BARE, MEASURE
from stages.requirements.document.gaps import gap_in
from stages.requirements.document.lists import either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found
from stages.requirements.document.terms import Terms, stem
from stages.requirements.document.units import Unit

CONDITION = Pattern(
    r"\b(?:when(?:ever)?|if|as soon as|once|after|before|until|unless|while|as long as|where|in case)"
    r"\b[^,;]*(?:[,;]|$)",
    re.IGNORECASE,
)
BE = r"(?:is|are|be|been|being|gets?|get|was|were)"
DUTY_PASSIVE = Pattern(
    lambda: (
        r"\b(?:shall|must|should|has to|have to|needs? to|ought to|is to|are to) (?:always |then |also |first )?be "
        rf"(?:(?!not\b|only\b)\w+ly )?(?P<act>(?!{either('english', 'system_acts')}\b)(?:\w{{3,}}ed(?: (?:out|off|over|"
        rf"up|away|with|for|back))?|"
        rf"{either('english', 'human_acts')}|{either('english', 'irregular', less='system_acts')}))(?![\w-])"
    ),
    re.IGNORECASE,
)
GETS_DONE = Pattern(
    lambda: (
        rf"\b(?:get|gets) (?P<act>(?:\w{{3,}}ed|{either('english', 'irregular')})(?: (?:down|up|off|out|"
        rf"away|over|back))?)(?![\w-])"
    ),
    re.IGNORECASE,
)
PASSIVE = Pattern(
    lambda: (
        rf"\b{BE}\s+(?:(?!not\b|never\b|only\b|no\b)\w+ly\s+|then\s+|also\s+|always\s+|to be\s+|first\s+)"
        rf"?(?P<act>{either('english', 'human_acts')})(?![\w-])"
    ),
    re.IGNORECASE,
)
# "Refunds require approval": whose?
NEEDS_ASSENT = Pattern(
    r"\b(?:(?:shall |must |will )?(?:requires?|needs?)|(?:is|are|be) subject to) (?:an? |prior |written |"
    r"formal |further )*"
    r"(?:approval|sign-?off|authori[sz]ation|confirmation|permission|consent|clearance|countersignature|signature|"
    r"verification|assent|agreement)\b(?! (?:by|of|from|code|number|e-?mail|link))",
    re.IGNORECASE,
)
# "Somebody has to read the meters": who? "Deliveries need signing for": by whom?
SOMEBODY = Pattern(r"some(?:body|one) (?:has to|must|should|needs to|shall|will|ought to) [a-z]+\b", re.IGNORECASE)
NEEDS_DOING = Pattern(
    r"\b(?:needs?|wants?) (?:regular |prior |careful )?(?:signing|checking|cleaning|testing|filling|refilling|counting|"
    r"weighing|repairing|replacing|approving|reviewing|inspecting|sorting|packing|labelling|chasing|emptying|washing|"
    r"stamping|renewing|updating|verifying|confirming|mending|supervising|monitoring|servicing|calibrating)\b"
    r"(?: (?:for|up|out|off|over))?",
    re.IGNORECASE,
)
NEGATED = Pattern(r"\b(?:not|never|cannot|can't|no longer|no(?!-)|nobody|none|neither|only|won't)\b", re.IGNORECASE)
BY = Pattern(
    r"\b(?:via|through|using|against) (?:the|an?|our|its|their|his|her)\b|\bby (?!\d|the end|e-?mail|mail|post|"
    r"phone|telephone|card|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may \d|june|"
    r"july|august|"
    r"september|october|november|december|tomorrow|next|then\b|hand|default|date|name|title|noon|text|sms|means|"
    r"way|scanning|[a-z]+ing\b)(?:an?|the|its|her|his|their|another|one of)?\s*[a-z]",
    re.IGNORECASE,
)
# "Permits that nobody closes": a ban inside of a name forbids nothing.
WHICH = Pattern(
    r"\b(?:that|which|who) (?:nobody|no one|(?:is|are|has|have|do|does) not|(?:is|are|has|have)n't)\b.*", re.IGNORECASE
)
# Done by the system as well, where it answers an event.
RESPONSES = Pattern(
    r"released?|cancell?ed|blocked|unblocked|unlocked|marked|updated|recorded|notified|informed|moved|completed|"
    r"assigned|returned|refunded|rejected|accepted|given|told|scheduled|changed|escalated|deactivated|issued",
    re.IGNORECASE,
)
# "The manager shall be notified": that is what a system sends, and what is asked for is the moment.
TOLD = Pattern(r"(?:told|notified|informed|reminded|warned|alerted|texted|e-?mailed|distributed)", re.IGNORECASE)
# What becomes of a request, a turn or an entry, as a program decides it: no hands are asked for.
OUTCOMES = Pattern(
    r"granted|awarded|allot?ted|allocated|refilled|corrected|amended|extended|renewed|prolonged|postponed|suspended|"
    r"revoked|withdrawn|transferred|re-?allocated|reassigned|waived|promoted",
    re.IGNORECASE,
)
DUTY = Pattern(
    r"\b(?:shall|must|should|has to|have to|needs? to|ought to|is to|are to) (?:always |also |then )?$", re.IGNORECASE
)
WITH = Pattern(
    r"\s*(?:with|between|among) (?:the |an? |all |both )?(?P<who>[^.;,]+)", re.IGNORECASE
)  # agreed with whom
PLACEHELD = Pattern(
    r"\bto be (?:defined|decided|determined|confirmed|specified|agreed|clarified|filled in|discussed)\b", re.IGNORECASE
)


def names_a_role(text: str, terms: Terms) -> bool:
    named = terms.named
    if named is not None and named.search(text):
        return True
    return any(terms.is_role(match[0]) for match in english("persons").finditer(text))


def without_actor(units: Sequence[Unit], number: int, terms: Terms) -> Iterator[Found]:
    unit = units[number]
    said = unit.said
    if PLACEHELD.search(said) or gap_in(said):
        return
    if (needed := NEEDS_ASSENT.search(said)) and not names_a_role(said, terms):
        yield Found(defect=Defect.NO_ACTOR, span=needed[0])
        return
    if (open_to_all := SOMEBODY.match(said) or NEEDS_DOING.search(said)) and not BY.search(said, open_to_all.end()):
        yield Found(defect=Defect.NO_ACTOR, span=open_to_all[0])
        return
    for match in [*DUTY_PASSIVE.finditer(said), *PASSIVE.finditer(said), *GETS_DONE.finditer(said)]:
        before, after = said[: match.start()], said[match.end() :]
        clause = WHICH.sub(" ", re.split(r"[;,]|\band\b", before)[-1])
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
        if (
            _told_or_granted(match, before)
            or _agreed_with(match, after, terms)
            or _named_elsewhere(units, number, match, terms)
        ):
            continue
        start = re.search(
            r"\b(?:shall|must|should|can|may|will|have to|has to|needs? to|ought to|are to|is to)\s+$", before
        )
        yield Found(defect=Defect.NO_ACTOR, span=said[start.start() if start else match.start() : match.end()])
        return


def _told_or_granted(match: re.Match[str], before: str) -> bool:
    """Nobody has to lift a hand for it: a message that goes out, or what a program decides of a request."""
    if match.re is DUTY_PASSIVE.compiled or DUTY.search(before):
        return bool(TOLD.fullmatch(match["act"]))
    return bool(OUTCOMES.fullmatch(match["act"]))


def _agreed_with(match: re.Match[str], after: str, terms: Terms) -> bool:
    """ "The discount is agreed with the account holder": both sides of it are plain."""
    named = WITH.match(" with" + after if match["act"].endswith(" with") else after)
    return bool(named and names_a_role(named["who"], terms))


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

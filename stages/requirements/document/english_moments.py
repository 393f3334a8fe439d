"""When does the system send, print or report, where an English sentence names no event and no time?"""

import re
from collections.abc import Iterator, Sequence

from stages.requirements.document.english_duties import BY, TOLD
from stages.requirements.document.lists import either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Defect, Found
from stages.requirements.document.terms import Terms, stem
from stages.requirements.document.units import Unit

# "The system prints labels": what comes out, with nothing that it belongs to; a number or a key is no output.
BARE_OBJECT = Pattern(
    r" (?:an? |the )?(?:[a-z-]+ )?(?!(?:\w+ )?(?:numbers?|ids?|codes?|keys?|tokens?|identifiers?|passwords?|"
    r"hash(?:es)?)\b)[a-z-]+\.?",
    re.IGNORECASE,
)


ABBREVIATED = Pattern(r"(?:[Tt]he )?[A-Z]{2,6}")  # "the ERS shall print": what shall be built, by its letters


def _is_system(subject: str, terms: Terms) -> bool:
    last = subject.rsplit(maxsplit=1)[-1]
    short = ABBREVIATED.fullmatch(subject) and not terms.is_role(last)
    return bool(short or english("system").search(subject)) or stem(last) in terms.products


GOES_OUT = Pattern(
    lambda: (
        rf"^(?:an? |the |all )?(?:[a-z-]+ ){{0,2}}{either('english', 'emitted')} (?P<act>(?:go|goes|"
        rf"(?:shall|must|should|will) go) out|reach(?:es)? (?:the |all |every )?[a-z]+)\b"
    ),
    re.IGNORECASE,
)


def without_trigger(units: Sequence[Unit], number: int, terms: Terms) -> Iterator[Found]:
    unit = units[number]
    said = f"{unit.lead.rstrip(':')} {unit.said}" if unit.lead else unit.said
    if english("triggers").search(said):
        return
    act = re.search(
        rf"^(?:please let |(?:i|we)(?:'d| would)? (?:like|want|wish|love|need|expect) )?(?P<who>(?:the |"
        rf"our |a |an )?[\w-]+(?: (?!(?:shall|must|should|will|can|may)\b)[\w-]+){{0,5}}?)\s+"
        rf"(?:(?:to|shall|must|should|will|can|may|"
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
    elif (goes := GOES_OUT.search(said)) and not BY.search(said):
        span = goes["act"]
    elif passive and not BY.search(said):
        span = passive["act"]
    elif got := _gets_something(said, terms) or _is_told(said, terms):
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


WANTS = Pattern(
    lambda: (
        rf"^(?:the |an? |all |every |each |our )?[\w-]+(?: [\w-]+)? (?:(?:wants?|needs?|expects?|would like|"
        rf"would love)(?: to (?:get|receive|have))?|shall(?= an? )) "
        rf"(?P<act>(?:an? |some )?(?:[\w-]+ )?{either('english', 'emitted')})\b"
    ),
    re.IGNORECASE,
)


def _gets_something(said: str, terms: Terms) -> str:
    """ "Members get a list of what to pick up": when?"""
    match = re.search(
        rf"^(?:the |an? |all |every |each |our )?(?:{terms.people}) (?:(?:also|shall|can|may|will|must|"
        rf"should) )*(?P<act>(?:gets?|"
        rf"receives?|(?:is|are) sent) (?:an? |the |his |her |their )?(?:[\w-]+ )?{either('english', 'emitted')})\b",
        said,
        re.IGNORECASE,
    )
    match = match or re.search(
        rf"^(?:the |an? |all |every |each |our )?(?P<who>[\w-]+(?: [\w-]+)?) (?:(?:also|shall|will|must|should) )*"
        rf"(?P<act>(?:receives?|(?:is|are|be) sent) (?:an? |the )?(?:[\w-]+ )?{either('english', 'emitted')})\b",
        said,
        re.IGNORECASE,
    )
    match = match or WANTS.search(said)
    match = match or re.fullmatch(
        rf"(?P<act>(?:an? |some )?(?:[\w-]+ )?{either('english', 'emitted')})\W*", said, re.IGNORECASE
    )
    if not match or ("who" in match.groupdict() and _is_system(match["who"], terms)):
        return ""
    return match["act"]


def _is_told(said: str, terms: Terms) -> str:
    """ "The manager shall be notified": when?"""
    match = re.search(
        rf"^(?:the |an? |all |every |each |our )?(?:{terms.people}) (?P<act>(?:shall|must|should|is to|are to|has to|"
        rf"have to|needs? to) be (?:automatically )?{TOLD.pattern})\b",
        said,
        re.IGNORECASE,
    )
    return match["act"] if match and not BY.search(said, match.end()) else ""


# What can be exported as a file is exported by whoever wants it.
IN_A_FORMAT = Pattern(r"\b(?:in|as|to) (?:an? )?(?:csv|pdf|excel|xml|json|xlsx?|ical|ods)\b", re.IGNORECASE)


def _is_emission(act: str, what: str) -> bool:
    if re.match(
        r"(?:remind|notif|inform|alert|warn|e-?mail|mails|text|drop|ping|nudge|tell|writes? to|let|give)",
        act,
        re.IGNORECASE,
    ):
        return True
    if re.match(r"\s*no\b", what) or IN_A_FORMAT.search(what):
        return False
    if re.match(r"(?:generat|print|produc|compil|issu|publish)", act, re.IGNORECASE) and BARE_OBJECT.fullmatch(what):
        return True
    return bool(english("emitted").search(what)) or bool(
        re.match(r"(?:send|sends|export|exports|synchroni|transmit|forward)", act, re.IGNORECASE)
    )


def _short(act: re.Match[str], said: str) -> str:
    return " ".join(said[act.start("act") :].rstrip(".").split()[:4])

"""Is an English rule an act that somebody does, or a limit that always holds?"""

import re
from functools import cache

from stages.requirements.document.figures import Bound, Figure, figures
from stages.requirements.document.lists import either
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Kind

LEADING = Pattern(
    r"^(?:(?:and|but|then) )?(?:when(?:ever)?|if|as soon as|once|after|before|where|while|unless|until|on|"
    r"upon)\b[^,]*, ?"
    r"(?:then )?",
    re.IGNORECASE,
)
TRAILING = Pattern(
    r"(?:\b(?:as long as|until|unless|if|when|where|because|so that|after|before|once(?! (?:per|an?|each|every))|"
    r"even if|"
    r"provided|e\.g)\b|[;(]).*$",
    re.IGNORECASE,
)
FORBIDS = Pattern(
    r"\b(?:only|never|nobody|no one|none|neither|no two|unique|exactly|cannot|can't|(?:may|must|shall|should|do|"
    r"does|will|"
    r"are|is) not|mustn't|shouldn't|don't|doesn't|won't|no(?!-| later| longer shown)|(?:but|and|or) not|not be)\b",
    re.IGNORECASE,
)
LIMITS = Pattern(
    r"\b(?:at (?:most|least)|up to|no (?:more|less|fewer|longer|later) than|(?:not|never) (?:exceed|be (?:longer|"
    r"more|less|"
    r"larger|higher|lower)|last longer|more than)|exactly|at the (?:latest|earliest|longest|very most)|maximum|minimum|"
    r"max\.?|min\.?|limited to|the limit|unique|only|never|no two|no one|nobody|none|neither|cannot|can't|can not|must "
    r"not|may not|shall not|mustn't|should not|shouldn't|don't|doesn't|do not|does not|not|no(?!-)|between \d|"
    r"one of|belongs? to|consists? of|contains?|carr(?:y|ies)|expires?|kept for|retained|retention|(?:deleted|erased) "
    r"(?:after|\d|[a-z]+ (?:days|months|years))|costs?|price|fee|deposit|penalty|lasts?|types are|(?:states?|values?|"
    r"status\w*|categories) (?:are|is)|format is|(?:per|a) (?:person|day|week|month|year|reader|member|researcher)|"
    r"percent|\d ?%|comply|complies|observes?|in accordance|free of charge|go(?:es)? into)\b",
    re.IGNORECASE,
)
PERMITTED = r"(?:the |an? |each |every |our )?(?:[\w-]+ ){1,3}(?:can|may) (?!be\b|hold\b|have\b|not\b|only\b)[a-z]+"
CLAUSE = 3  # words, below which nothing is said yet
MODAL = (
    r"(?:shall|must|should|may|can|could|will|has to|have to|needs? to|ought to|is to|are to|wants? to|would like to|"
    r"is able to|are able to)"
)
ADVERBS = (
    r"(?:(?:also|then|always|first|automatically|(?!(?:only|early|apply|comply|supply|reply)\b)[a-z]+ly|be able to) )*"
)
BE = r"(?:is|are|be|gets?|being)"
# Verbs that say how something is, or before what is acted on an act: "a bin takes 3 bags", "the kiosk takes the card".
ON_SOMETHING = Pattern(
    r"(?:takes?|closes?|blocks?|opens?|starts?|ends?|begins?|covers?|gets?|receives?|keeps?|counts?|runs?|shares?|"
    r"names?|passe?s?) "
    r"(?:the|an?|it|them|his|her)\b|takes? (?:[a-z-]+ ){1,3}from\b|appl(?:y|ies) (?:for|to have)\b|"
    r"pays?\b[^,;]*\b(?:by|with|via|online|through)\b",
    re.IGNORECASE,
)
BY_SOMEBODY = Pattern(r"\bby (?:the|an?|his|her|its|their|one of)\b", re.IGNORECASE)


@cache
def _state() -> re.Pattern[str]:
    return re.compile(rf"(?:{either('english', 'states')})(?:s|es)?(?![\w-])", re.IGNORECASE)


@cache
def _lasting() -> re.Pattern[str]:
    return re.compile(rf"(?:{either('english', 'lasting')})(?![\w-])", re.IGNORECASE)


@cache
def _told() -> tuple[re.Pattern[str], ...]:
    """What is to be done; what somebody does; what is done; what something does. Each has the verb as `act`."""
    who = rf"(?:{either('english', 'persons')}|{either('english', 'system')})"
    done = rf"(?:[a-z]+ed|{either('english', 'irregular', 'human_acts')}|possible)"
    return tuple(
        re.compile(one, re.IGNORECASE)
        for one in (
            rf"\b{MODAL} {ADVERBS}be {ADVERBS}(?P<done>{done})(?![\w-])",
            rf"\b{MODAL} {ADVERBS}(?P<act>(?!be\b)[a-z-]+)",
            (
                rf"\b{who} {ADVERBS}(?P<act>(?!(?:{BE}|{MODAL}|who|which|that|of|and|or|with|in|on|at|for|to|from|by|"
                rf"than)\b)"
                r"[a-z-]+)"
            ),
            rf"\b{BE} {ADVERBS}(?P<done>{done})(?![\w-])",
            (
                r"^(?:the|an?|each|every|all|our) (?:[a-z-]+ ){1,2}?(?P<act>[a-z]+[^s\W]s) (?=(?:the|an?|its|their|"
                r"his|her|to|"
                r"at|by)\b|\d)"
            ),
        )
    )


def constraint_or_function(said: str) -> Kind:
    """`said`: a rule or a wish that is no quality."""
    main = LEADING.sub("", said)
    conditional = main != said
    short = TRAILING.sub("", main)
    main = short if len(short.split()) >= CLAUSE and _says_something(short) else main
    main = NOT_WHICH.sub(" ", main)
    if FORBIDS.search(main):
        return Kind.CONSTRAINT
    if act := _act(main):
        counted = [one for one in figures(main, chinese=False) if _bounds(one, act)]
        return Kind.CONSTRAINT if counted and not conditional else Kind.FUNCTIONAL
    if re.match(PERMITTED, main, re.IGNORECASE) and not LIMITS.search(main):
        return Kind.FUNCTIONAL
    if conditional and not LIMITS.search(main):
        return Kind.FUNCTIONAL
    stands = re.search(rf"\b(?:{either('english', 'states')})(?:s|es)?\b", main, re.IGNORECASE)
    return Kind.CONSTRAINT if stands or LIMITS.search(main) else Kind.FUNCTIONAL


# "Rejects a bag whose tag cannot be read": which one is meant, and nothing forbidden.
NOT_WHICH = Pattern(
    r"(?<=[a-z] )(?:whose [a-z]+|which|who|that) (?:can|do|does|is|are|has|have)(?:not| not|n't| no longer| never)\b",
    re.IGNORECASE,
)


def _says_something(short: str) -> bool:
    """ "An hour begun", cut off before "after 20:00 costs …", does not."""
    stands = re.search(rf"\b(?:{either('english', 'states')})(?:s|es)?\b", short, re.IGNORECASE)
    return bool(stands or _act(short) or LIMITS.search(short) or FORBIDS.search(short) or VERB.search(short))


VERB = Pattern(
    rf"\b(?:{MODAL}|{BE})\b|(?<!^)\b[a-z]{{2,}}[^s\W]s (?:the|an?|his|her|its|their|to|in|on|for|up|out)\b",
    re.IGNORECASE,
)


def _bounds(one: Figure, act: str) -> bool:
    """How many or how much; a deadline bounds what is done by nobody in particular, and no act of somebody."""
    return act == "is done" if "time" in one.of else one.bound is not Bound.EXACT


def _act(main: str) -> str:
    """ "does" or "is done"; empty where something merely is so, or lasts."""
    found = [match for one in _told() if (match := one.search(main))]
    if not found:
        return ""
    first = min(found, key=lambda match: (match.end(match.lastgroup or 0), match.lastgroup == "act"))
    verb = main[first.start(first.lastgroup or 0) :]
    if first.lastgroup == "done":
        by = BY_SOMEBODY.search(main, first.end())
        return "" if _lasting().match(verb) and not by else "does" if by else "is done"
    return "" if _state().match(verb) and not ON_SOMETHING.match(verb) else "does"

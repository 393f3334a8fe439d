"""What shall the product be like, in whatever words: "searching must feel instant", "data must be well guarded"?"""

import re

from stages.requirements.document.lists import either
from stages.requirements.document.patterns import Pattern

# "Personal data must be well guarded": how well, of what no person does.
GUARDED = Pattern(
    r"\b(?:data|information|records?|files?|passwords?|traffic|connections?|lines?|networks?|links?|access|accounts?|"
    r"systems?|backups?|servers?) [^,.;]{0,30}?(?:must|shall|should|has to|have to|needs? to|ought to) be "
    r"(?P<how>(?:well|properly|adequately|sufficiently|suitably|strongly|thoroughly|safely|securely|reliably|"
    r"carefully) "
    r"(?:guarded|protected|secured|shielded|defended|encrypted|kept|stored|handled|looked after))\b",
    re.IGNORECASE,
)


# "The catalogue has to be snappy": an adjective that is said of nothing but products.
OF_PRODUCTS = Pattern(
    r"\b(?:must|shall|should|has to|have to|needs? to|ought to|is to|are to) (?:always |also |really )?"
    r"(?:be|feel|look|seem|stay) (?:very |really |as |more |highly |reasonably )?(?P<how>snappy|responsive|intuitive|"
    r"user-friendly|self-explanatory|sleek|slick|polished|fluid|robust|rugged|sturdy|seamless|hassle-free|foolproof|"
    r"idiot-proof|bulletproof|future-proof|state-of-the-art|performant|maintainable|scalable|ergonomic|painless|effortless|"
    r"(?:easy|simple|quick|straightforward|pleasant|fun|a joy|a pleasure) to (?:use|learn|operate|understand|handle|"
    r"read|navigate|maintain|extend|install))\b",
    re.IGNORECASE,
)
# "So that even a newcomer can find his way": for whom it shall be easy.
FOR_ANYBODY = Pattern(
    r"\bso (?:that )?(?:even )?(?:an?|any|every|the) (?:[a-z-]+ ){1,3}(?:can|could|is able to|finds?|understands?) "
    r"(?P<how>(?:find|use|understand|operate|work|manage|cope|read|learn|see)\b[^.;]*)",
    re.IGNORECASE,
)
# "The plan should come up quickly": whatever is shown, how fast it is there is said of the product.
COMES_UP = Pattern(
    r"^(?:the |an? |each |every |all |our |its )?(?:[a-z-]+ ){1,4}(?:must|shall|should|has to|have to|needs? to|"
    r"ought to|will) (?:always |also |still )?(?P<how>(?:come up|load|open|appear|start(?: up)?|respond|react|refresh|"
    r"render|boot|scroll|pop up|show up|be (?:there|on (?:the )?screen|displayed|shown|found)) (?:very |really )?"
    r"(?:quickly|fast|promptly|swiftly|rapidly|instantly|smoothly|quick|speedily|without (?:any |much |undue )?"
    r"(?:delay|lag|waiting)))\b",
    re.IGNORECASE,
)


def predicate_of_product(said: str) -> re.Match[str] | None:
    """ "Searching must feel instant", "it should be a pleasure to use": what the product is like, in any words."""
    praised = re.search(
        r"^(?:security|usability|performance|reliability|speed|privacy|availability|data protection)\b.* (?:is|"
        r"are) (?:very |really |most |of )?(?:important|crucial|key|essential|paramount|critical|a must|"
        r"importance|a priority)\b",
        said,
        re.IGNORECASE,
    )
    anybody = re.search(
        r"\b(?:even|every(?:one|body)|any(?:one|body))\b.*\b(?:able to|can|could) (?:use|operate|understand|"
        r"handle|work with) (?:it|the (?:system|app|tool|site|page))\b",
        said,
        re.IGNORECASE,
    )
    spared = re.search(
        r"^(?:no ?body|no one|none of \w+|no [a-z]+) (?:should|must|may|shall|needs? to|ought to|"
        r"wants? to|has to|will) (?:ever |have to )?"
        r"(?:need|wait|think|ask|search|struggle|get lost|read|learn|fear|worry|guess|notice|feel|"
        r"be (?:left|kept|forced|confused))\b.*",
        said,
        re.IGNORECASE,
    )
    harmless = re.search(
        r"^(?:the |our |its |this )?(?:[\w-]+ ){1,3}(?:must|shall|should|may|can|will|has to)(?:n't|"
        r" not| never)(?: ever)? (?P<how>(?:be|feel|look|get|keep|"
        r"let|fall|crash|freeze|hang|lag|stutter|fail|break|lose|confuse|annoy|overwhelm|slow|bother|"
        r"surprise|stop|go down|disturb|drain|hog|waste|clutter|distract|irritate|frustrate|"
        r"drag|choke|buckle|suffer)\b[^.;]*)",
        said,
        re.IGNORECASE,
    )
    harmless = (
        harmless
        if harmless
        and re.search(
            rf"\b(?:waiting|us|you|people|anyone|anybody|users?|down|over|way|"
            rf"{either('english', 'quality', 'gradable')}|crash|freeze|hang|lag|stutter|"
            r"confuse|annoy|overwhelm|choke|buckle|suffer|drain|hog|waste|clutter|distract|irritate|frustrate)\b",
            harmless["how"],
            re.IGNORECASE,
        )
        else None
    )
    copes = re.search(
        rf"\b(?:system|service|tool|app|platform|software|site|portal|program|it|everything|"
        rf"{either('english', 'quality_subject')}) "
        r"(?:must|shall|should|has to|needs to|ought to|will)(?: also| always| still)? (?P<how>(?:cope|"
        r"stand up|hold up|hold its own|keep (?:up|running|working)|"
        r"last|survive|withstand|manage|grow|bear|handle|take|support|scale|stay|blend|fit|come across|"
        r"come up|go off|run|work|load|open|appear|react|respond|return|give|show|deliver|produce|"
        r"perform|pass|live up|meet|satisfy|suit|win|delight|impress)\b[^.;]*)",
        said,
        re.IGNORECASE,
    )
    copes = (
        copes
        if copes
        and re.search(
            rf"\b(?:{either('english', 'quality', 'gradable', 'manner')}|busy|busiest|peak|rush|crowds?|"
            rf"storms?|demands?|needs|expectations|standards?|"
            r"growth|future|years|drama|trouble|grace|ease|hitch|state of the art|on any|on every|whatever|"
            r"under (?:load|pressure|stress)|"
            r"without [a-z]+ (?:waits?|delays?|interruptions?|glitches|hiccups?|fuss))\b",
            copes["how"],
            re.IGNORECASE,
        )
        else None
    )
    learned = re.search(
        r"^(?:an? |the |any |even )?(?:newcomers?|beginners?|novices?|new (?:users?|staff|colleagues?|members?|"
        r"starters?|employees)|first-time users?|untrained [a-z]+|laymen|occasional users?) "
        r"(?:must|should|shall|has to|have to|needs? to|ought to|can|will) "
        r"(?P<how>(?:be able to |need |find |get |understand |use |"
        r"manage |cope|learn |know )"
        r"(?![^.;]*(?:\d|\b(?:one|two|three|half an?) (?:hours?|days?|minutes?|clicks?)))[^.;]*)",
        said,
        re.IGNORECASE,
    )
    felt = re.search(
        rf"^(?:the |our |its |every |each |all )?[a-z-]+(?: [a-z-]+)? (?:shall|must|should|has to|needs? to|ought to) "
        rf"(?P<how>(?:feel|look|seem|sound) {either('english', 'quality', 'gradable')})\b",
        said,
        re.IGNORECASE,
    )
    return (
        praised
        or felt
        or learned
        or anybody
        or spared
        or harmless
        or copes
        or GUARDED.search(said)
        or COMES_UP.search(said)
        or OF_PRODUCTS.search(said)
        or FOR_ANYBODY.search(said)
        or re.search(
            rf"(?<=^)(?:(?:the |our |its )?(?:[a-z-]+ ){{0,2}}?{either('english', 'quality_subject', 'system')}|"
            rf"(?:the )?(?:using it|searching|"
            r"working with it|everything)) (?:must|shall|should|has to|have to|needs to|ought to|is to)(?: always| "
            r"also| really)? "
            r"(?:be|feel|look|run|work|remain|seem|behave|perform|sound|stay|last|scale|react|respond|cope with|"
            r"withstand|keep up with)\b (?!(?:possible|able|available|reachable|in|on|at|part|only|the|one|called|"
            r"named|compatible|online|offline|multilingual|bilingual|free|based|open|web-based|by|from|with|without|"
            r"out|up|to|under|an? (?!pleasure|joy|fun|delight)|"
            r"\w+(?:ed|en|ught|pt|ade|own|ent))\b)(?P<how>[^,.;]+)",
            said,
            re.IGNORECASE,
        )
    )

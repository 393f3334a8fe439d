"""Which kind is an English sentence, and does it oblige?"""

import re
from collections.abc import Sequence

from stages.requirements.document.english_predicates import predicate_of_product
from stages.requirements.document.english_rules import constraint_or_function
from stages.requirements.document.gaps import gap_in
from stages.requirements.document.lists import either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Kind
from stages.requirements.document.terms import Terms, under
from stages.requirements.document.units import Block, Unit

STRONG = Pattern(
    r"\b(?:shall|must|has to|have to|needs to|need to|is to be|are to be|ought to|may not|is required to|are "
    r"required to)\b",
    re.IGNORECASE,
)
MODAL = Pattern(
    r"\b(?:shall|must|has to|have to|needs?(?: to)?|should|ought to|may|might|can(?:not|'t)?|could|will|won't|"
    r"would like|(?:is|are) to|want(?:s)?(?: to)?|wish(?:es)?|"
    r"would be (?:lovely|nice|good|great|helpful|useful)|please|required?|allowed|permitted|forbidden|prohibited|"
    r"insists?|asks? for|requires?)\b",
    re.IGNORECASE,
)
PERFORMANCE = Pattern(
    r"\b\d[\d.,]*\s*(?:ms|milliseconds?|s|sec|seconds?)\b(?=.*\b(?:answer|respon|load|search|page|open|request|"
    r"display|show|call|quer|start|users?|cases|%|percent|screen|list|result)\w*|.*%)"
    r"|\b(?:answer|respon|load|search|page|open|request|display|quer|appear|result)\w*\b.*\b(?:\d[\d.,]*|one|two|"
    r"three|five|ten|half a|a(?! second [a-z])) (?:ms|milliseconds?|s|sec|seconds?)\b"
    r"|\b\d[\d.,]* (?:requests?|searches|transactions|calls|messages|bookings|orders) (?:per|a|an) (?:second|"
    r"minute)|\b(?:concurrent|simultaneous)\w* (?:users|requests|sessions|connections)|\bpercentile\b",
    re.IGNORECASE,
)
ATTRIBUTE = Pattern(
    r"\b(?:up ?time|down ?time|availab(?:le|ility) (?:of|at|for|\d|between|on|during)|\d[\d.,]* ?% (?:of the time|"
    r"availab|per month|uptime)|unavailable|outages?|be back (?:within|in)|restor(?:e|ed|able)|data loss|lost "
    r"data|of data lost|data lost|backups?|back(?:ed)? up|"
    r"encrypt\w*|hash(?:ed|es|ing)?|argon2\w*|bcrypt|tls|https|aes|second factor|two-factor|multi-factor|password "
    r"of at least|penetration|screen readers?|wcag|browsers?|firefox|chrome|safari|edge|pixels?|ios|android|"
    r"compatible|offline|live without it|learn(?:s|ed|able)? [^.;]{0,30}\b(?:in|within)\b|throughput|latency|"
    r"error rate|mean time|recover(?:y|s|ed)?|failover|keep "
    r"running|learn(?:ed|able)? (?:in|within)|without training|training of)\b",
    re.IGNORECASE,
)
NUMBERED = Pattern(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|half)\b", re.IGNORECASE)
SUBORDINATE = Pattern(
    r"\b(?:when(?:ever)?|if|after|before|as long as|as soon as|once|until|unless|while|where|which|who|that|"
    r"because|since)\b[^,;]*[,;]?",
    re.IGNORECASE,
)
FINITE = Pattern(
    r"(?:is|are|be|been|has|have|do|does|shall|must|may|might|can|cannot|could|should|will|would|needs?|wants?|"
    r"gets?|costs?|stays?|remains?|keeps?)(?:n't)?$",
    re.IGNORECASE,
)
SHORT = 4  # letters of a word too short to end in -ed
NO_VERB = frozenset(
    (
        "unlimited",
        "limited",
        "need",
        "feed",
        "speed",
        "seed",
        "exceed",
        "proceed",
        "succeed",
        "embed",
        "shared",
        "related",
        "hundred",
        "unauthorised",
        "unauthorized",
        "interested",
    )
)
BEFORE_NOUN = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "all",
        "each",
        "every",
        "and",
        "or",
        "with",
        "for",
        "to",
        "by",
        "any",
        "no",
        "only",
        "in",
        "its",
        "their",
        "her",
        "his",
    )
)
AFTER_VERB = Pattern(
    r"the|an?|that|to|by|how|why|what|who|his|her|our|their|its?|them|us|me|him|in|on|at|from|into|with|about|for|"
    r"of|over|"
    r"nobody|everyone|everybody|some|many|most|no|two|three|four|five|six|seven|eight|nine|ten|twelve|several|again|away|up|out|down|\d.*|whether|when|"
    r"because|as"
)
REPORTED = Pattern(
    r"^(?!(?:an?|the|each|every|any|all|no|"
    r"some) \w+\b)(?:\W*[\w'.-]+){1,3}?\W+(?<!are )(?<!is )(?<!be )(?<!get )(?<!gets )(?:said|explained|"
    r"wondered|mentioned|"
    r"thought|joked|"
    r"remarked|told us|complained|"
    r"felt|recalled|described|pointed out|noted|reported|presented|showed|hoped|doubted)\b",
    re.IGNORECASE,
)
SPOKEN_FOR = Pattern(
    r"\b(?:insist(?:s|ed)?|asks?|asked|requests?|requested|demands?|demanded|requires?|wants?|wanted|needs?|proposed|"
    r"suggested|agreed|decided)\b(?: \w+)? (?:that|for|to)\b",
    re.IGNORECASE,
)
PRICE = Pattern(r"\b\d[\d.,]*\s*(?:EUR|USD|GBP|CHF|€|\$|£|%)|[€$£]\s*\d", re.IGNORECASE)


# "Printing a ticket mustn't take ages": how well an activity goes.
GERUND = (
    r"^(?:[A-Z][a-z]+ing (?:an? |the |in |out |up |through |for |with |"
    r"to )?(?:[a-z-]+ ){0,5}?(?:must|should|shall|has to|needs to|ought to|can|may|will|is|"
    r""
    r""
    r""
    r"takes?|works?|runs?|goes|feels?|happens?)(?:n't|not| not| never)?\b)"
)


def kind_of(unit: Unit, number: int, terms: Terms) -> Kind:
    said = unit.said
    if number in terms.glosses:
        return Kind.BACKGROUND
    if unit.block is Block.ROW and _is_data_row(unit):
        quality = PERFORMANCE.search(unit.said) or ATTRIBUTE.search(unit.said)
        return Kind.QUALITY if quality or under(unit, "quality_headings") else Kind.CONSTRAINT
    if not _obliges(unit):
        scoped = under(unit, "scope_headings") or _is_scoped(said)
        return Kind.SCOPE if scoped and not _is_remark(said) else Kind.BACKGROUND
    if is_quality(unit):
        return Kind.QUALITY
    return constraint_or_function(_with_plain_names(said, terms))


def _with_plain_names(said: str, terms: Terms) -> str:
    """The sentence with its roles called clerks, which any document knows: who acts is told by that."""
    return terms.named.sub(lambda name: "clerks" if name[0].endswith("s") else "clerk", said) if terms.named else said


def _is_data_row(unit: Unit) -> bool:
    """A row of values: a price list, a table of limits."""
    values = [cell for cell in unit.cells[1:] if not gap_in(cell)]
    if values and all(re.search(r"\d", cell) and PRICE.search(cell) for cell in values):
        return True
    return not re.search(r"[a-z]+ [a-z]+ [a-z]+ [a-z]+", unit.said) and bool(
        PRICE.search(unit.said) or re.search(r"\d", unit.cells[-1] if unit.cells else "")
    )


# "Should the lift be out of order", "if nobody is in": what is in or out in a case is not the project.
CASE = Pattern(
    r"^should\b[^,;]*,|\b(?:if|when(?:ever)?|unless|while|as long as|because)\b[^,;]*[,;]|"
    r"\bout of (?:order|stock|date|reach|service|use|town|range|office|hours|paper)\b",
    re.IGNORECASE,
)


def _is_scoped(said: str) -> bool:
    return bool(re.search(rf"\b{either('english', 'scope_signs')}", CASE.sub(" ", said), re.IGNORECASE))


def _is_remark(said: str) -> bool:
    if re.match(
        r"we (?:expect|want|need|require|would like|ask|wish) (?:for )?(?:the|our|an?|every|all) .*\bto [a-z]+",
        said,
        re.IGNORECASE,
    ) or re.match(
        r"we (?:expect|want|need|require|demand|insist on) (?:[a-z-]+ ){1,3}(?:security|performance|availability|"
        r"reliability|usability|speed|uptime|stability|privacy)\b",
        said,
        re.IGNORECASE,
    ):
        return False
    return bool(english("remarks").search(said)) and not STRONG.search(said)


def _obliges(unit: Unit) -> bool:
    said = f"{unit.lead} {unit.said}" if MODAL.search(unit.lead) else unit.said
    if _is_remark(said) or said.endswith("?"):
        return False
    if under(unit, "scope_headings"):
        return False
    if _is_scoped(said):
        return bool(re.search(r"\b(?:shall|must)\b(?! not be part)", said))
    if REPORTED.match(said):
        return bool(re.search(r"\b(?:shall|must|has to|have to)\b", said))
    if STRONG.search(said) and not english("current").search(said):
        return not (under(unit, "background_headings") and re.search(r"\b(?:by hand|paper)\b", said))
    return _wishes_or_rules(unit, said)


def _wishes_or_rules(unit: Unit, said: str) -> bool:
    """Without a strong word: what somebody asks for, may do, or what simply is so in the service."""
    main = SUBORDINATE.sub(" ", said)
    if SPOKEN_FOR.search(main) or re.match(
        r"[\w .'-]{1,30}? (?:insist|demand|ask|propos|decid|agre)(?:s|ed|ed on|d) that\b", said
    ):
        return not re.search(r"\b(?:agreed on|decided on)\b", main)
    modal = MODAL.search(main)
    been = re.search(r"\b(?:has|have) (?:always |never |long |already )?been\b", main)
    if (
        _is_past(main)
        or under(unit, "background_headings")
        or ((been or english("current").search(said)) and not modal)
    ):
        return False
    if MODAL.search(said):
        speaker = re.match(
            r"(?:we (?:can|will|may)\b(?! live)|i\b(?!(?:'d| would) (?:like|love|want)| (?:can|must|"
            r"should|want|need|wish|expect|may)\b(?! (?:be|have|not)\b))|"
            r"you\b(?! (?:can|must|should|may)\b))",
            said,
            re.IGNORECASE,
        )
        return not speaker and not re.search(r"\bwill (?:close|move|be given|retire|bring)\b", said)
    return not under(unit, "role_headings") and not under(unit, "term_headings") and _is_rule(said)


PARTICIPLES = frozenset({"lost", "kept", "made", "bought", "met", "got", "broken", "spoken", "written"})
BEFORE_PARTICIPLE = BEFORE_NOUN | {"two", "three", "four", "five", "six", "ten", "than", "as", "such", "more"}


def _stands_before_a_noun(words: Sequence[str], number: int) -> bool:
    """ "Five lost pieces", "the list of lost pieces", and not "we lost two pieces"."""
    after = words[number + 1 :]
    return words[number - 1].lower() in BEFORE_PARTICIPLE and bool(after) and not AFTER_VERB.fullmatch(after[0].lower())


def _is_past(main: str) -> bool:
    """Is the first verb one of the past? "Withdrawn items are …" is none."""
    words = re.findall(r"[\w'-]+", main)
    for number, word in enumerate(words[:8]):
        low = word.lower()
        if FINITE.match(low):
            return False
        attributive = low in PARTICIPLES and _stands_before_a_noun(words, number)
        if number and english("history").fullmatch(low) and not attributive:
            return True
        if (
            number
            and low.endswith("ed")
            and len(low) > SHORT
            and low not in NO_VERB
            and words[number - 1].lower() not in BEFORE_NOUN
        ):
            after = words[number + 1].lower() if number + 1 < len(words) else ""
            return not after or bool(AFTER_VERB.fullmatch(after))
    return False


WE_KEEP = Pattern(
    r"we (?:keep|retain|store|archive|hold|delete|erase|destroy|throw)\b.* (?:for|after|until) "
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve) (?:days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)


def _is_rule(said: str) -> bool:
    """A present-tense sentence about what the service has or does; what "we keep" for so long is kept by it."""
    if WE_KEEP.match(said):
        return True
    if re.match(
        r"(?:we|i|you|our|my|there(?! (?:is|are) (?:no|at most|at least|exactly|only|one|always|an? (?:fee|charge|"
        r"limit|deposit|fine))\b)|this|that|these|many thanks|nothing|most)\b",
        said,
        re.IGNORECASE,
    ):
        return False
    return bool(re.search(r"\b[a-z]+\b.*\b[a-z]+\b", said))


def is_quality(unit: Unit) -> bool:
    said = unit.said
    if PERFORMANCE.search(said) or ATTRIBUTE.search(said):
        return not re.search(r"\b(?:deleted|retained|kept for)\b|^only\b", said, re.IGNORECASE)
    if attribute_of_product(unit) or predicate_of_product(said):
        return True
    if re.match(GERUND, said) and not NUMBERED.search(said) and english("quality", "gradable", "manner").search(said):
        return True
    return under(unit, "quality_headings") and not re.search(
        r"\b(?:deleted|kept|retained|only|export\w*|log(?:ged)?|sees?|copy|every night|locked|charged?)\b",
        said,
        re.IGNORECASE,
    )


def attribute_of_product(unit: Unit) -> re.Match[str] | None:
    """ "The register must be easy to use", "find objects easily": how well, and not when or which."""
    said = NO_PRAISE.sub(lambda words: " " * len(words[0]), unit.said)
    return next((one for one in english("quality").finditer(said) if _of_product(unit, said, one)), None)


# What says when, how many or whether, with a word of praise in it.
NO_PRAISE = Pattern(
    r"\b(?:(?:it )?would be \w+ if|in (?:good|due|reasonable) time|in good (?:standing|faith|order|shape|condition)|"
    r"an? good (?:deal|many|while)|well (?:before|after|ahead|in advance|over|under)|as well(?: as)?|well as)\b",
    re.IGNORECASE,
)
EFFORT = Pattern(
    r"(?:take|cost|need)s? |without (?!noticeable)|in no time|at a glance|straight away|like clockwork|"
    r"a (?:pleasure|joy|delight|breeze)",
    re.IGNORECASE,
)


def _of_product(unit: Unit, said: str, found: re.Match[str]) -> bool:
    if under(unit, "quality_headings") or re.match(rf"{GERUND}.*$", said[: found.start()], re.IGNORECASE):
        return True
    subject = re.search(
        rf"(?:^|[,;:] |\bthat |\bso |\band )(?:the |all |our |its |every |each |any )?(?:[\w-]+ )"
        rf"{{0,2}}{either('english', 'quality_subject', 'system')}\b(?=[^,;]*$|[^;]*)",
        said[: found.start()],
        re.IGNORECASE,
    )
    predicate = re.search(
        r"\b(?:be|is|are|look|looks|feel|feels|run|runs|work|works|stay|remain|respond|react|answer|display|"
        r"displays|show|load|loads|behave|scale|tolerate|handle|cope with|support|perform)\s+(?:\w+\s+){0,3}$",
        said[: found.start()],
        re.IGNORECASE,
    )
    acts = re.search(
        rf"^(?:the |our )?(?:[\w-]+ )?{either('english', 'system')} (?:shall |must |should |will |has to |needs to "
        rf")?$",
        said[: found.start()],
        re.IGNORECASE,
    ) and re.match(
        r" (?:display|show|load|open|respond|answer|find|search|start|react|work|run|handle)",
        said[found.end() :],
        re.IGNORECASE,
    )
    usable = re.search(
        r"\b(?:easily|intuitively|simply|comfortably|conveniently|quickly|easy)\b|^without |"
        r"^at a glance|^with (?:little|ease)",
        found[0],
        re.IGNORECASE,
    ) and re.search(
        r"\b(?:able to|can|use|find|learn|see|understand|work with|get (?:along|around|by)|manage|cope|operate)\b",
        said[: found.start()],
        re.IGNORECASE,
    )
    return bool((subject and predicate) or acts or usable)

"""What does a document speak of keeping, where it defines no things? What people make, change and look for in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runner.specification import FieldKind
from stages.requirements.document.figures import number_words
from stages.requirements.document.lists import chinese, either, english, listed
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.sentence import Sentence
from stages.requirements.document.stories import as_a_rule
from stages.requirements.document.terms import stem
from stages.requirements.document.units import plain

OFTEN = 2  # sentences that speak of a thing
LONGEST = 30  # characters of a field's name
MOST_WORDS = 3  # of it
FILLED = 200  # most characters of a text, where nobody says how many and the format wants a number

THE = r"(?:(?:an?|the|each|every|any|all|no|its|her|his|their|our|own|new|another|other|one|two|\d+|such) )*"
NOUN = r"[a-z][a-z-]+(?: [a-z][a-z-]+)?"
# "adds a tool", "books, copies and loans are listed"
DONE = Pattern(lambda: rf"\b{either('english', 'keeps')}(?:e?s|ed|ing)? {THE}(?P<what>{NOUN})(?=\W|$)", re.IGNORECASE)
LISTED = Pattern(
    lambda: (
        rf"\b{either('english', 'keeps')}(?:e?s|ed|ing)? {THE}(?P<some>[a-z]+s(?:, {THE}[a-z]+s)*,? and {THE}[a-z]+s)\b"
    ),
    re.IGNORECASE,
)
UNDERGOES = Pattern(
    rf"(?:^|[;:,.] |\b(?:when|if|once|unless|that|until) ){THE}(?P<what>{NOUN}) "
    r"(?:that |which )?(?:(?:can(?:not|'t)?|may|must|shall|should|will) (?:not |never )?be|is|are|was|were) "
    r"(?:not |never |still |then )?(?:[a-z]+(?:ed|en|nt)|asked for|kept|made|put|overdue|open|late)\b",
    re.IGNORECASE,
)
# "A book has a title, an author and a year", "add a tool with a name and a price"
HOLDS = Pattern(
    rf"(?:^|[;:,.] |\b(?:add|adds|create|creates|register|registers|enter|enters|record|records|keep|keeps) ){THE}"
    rf"(?P<what>{NOUN}?),? (?:has|have|with|consists? of|contains?|is made of|states?|shows?|carries|comes with) "
    r"(?P<parts>(?:an?|the|its|their|at least|one|two|many|several) .+)$",
    re.IGNORECASE,
)
PART = Pattern(r",? and (?=an?\b|the\b|its\b|their\b|one\b|[a-z]+ ?[.;]?$)|, ")
HAN_PART = Pattern(r"[、，,]|(?<=.)(?:和|与|以及|及)(?=.)")
HAN_DONE = Pattern(
    lambda: (
        rf"{either('chinese', 'keeps')}(?:自己的|一[个条本份件张笔]|该|新的?|所有|全部)?"
        rf"(?P<what>[\u4e00-\u9fff]{{2,4}})"
    )
)
HAN_HOLDS = Pattern(
    r"(?:^|[，。；])(?:每[个条本份件张名位项笔种]|一[个条本份件张项笔]|录入的?|新增的?|添加的?)?(?P<what>[\u4e00-\u9fff]{2,4}?)"
    r"(?:的信息)?(?:需|应|须|必须|要)?(?:有|包括|包含|含有?|由|具有|登记|记录|填写)(?P<parts>[\u4e00-\u9fff].*[、和与及].+)$"
)
ONE_OF = Pattern("^[一每][个条本份件张名位项笔种]")
AT_MOST = Pattern(
    r"\b(?:of )?(?:at most|up to|no more than|maximum(?: of)?|max\.?|within) ([\d,]+) characters|"
    r"([\d,]+) characters at most|"
    r"(?:不超过|最多|至多|不得超过|不多于)\s*(\d+)\s*(?:个)?(?:字符|字|汉字)",
    re.IGNORECASE,
)
DIGITS = Pattern(
    r"\b(?:of |with )?(\d+|four|five|six|seven|eight|nine|ten|twelve)[- ]digits?\b|(\d+)\s*位(?:数字|编号|号码)?",
    re.IGNORECASE,
)
ONLY_ONE = Pattern(r"\bunique\b|\bno other\b|唯一|不(?:得|能|可)?重复", re.IGNORECASE)
MAY_LACK = Pattern(r"\boptional(?:ly)?\b|\bif (?:any|known|there is one)\b|可选|可不填|选填", re.IGNORECASE)
# What the last word of a part's name says of its kind; "a price in cents", "the number of seats" besides.
KINDS: tuple[tuple[str, Pattern], ...] = (
    ("email", Pattern(r"e_?mail")),
    ("money", Pattern(r"(?:^|_)(?:price|fee|cost|costs|amount|charge|fine|deposit|rent|salary)$")),
    ("date", Pattern(r"(?:^|_)date(?:_of_\w+)?$|(?:^|_)(?:birthday|day|due)$")),
    ("datetime", Pattern(r"(?:^|_)(?:time|moment|start|end|beginning)$")),
    (
        "integer",
        Pattern(r"^(?:number|count)_of_|(?:^|_)(?:count|quantity|stock|age|year|seats|capacity|places|floor)$"),
    ),
)
IN_COINS = Pattern(r"\bin (?:cents|euros?|pounds|dollars|pence|yuan)\b", re.IGNORECASE)
HELPS = Pattern(
    r"(?:^| )(?:is|are|was|were|be|been|has|have|had|can|cannot|may|must|shall|should|will|needs?|does|do)\b.*$"
)
BRACKETS = Pattern(r"[（(【][^）)】]*[）)】]|唯一的?|可选的?")
LEADING = Pattern(rf"^(?:{THE})", re.IGNORECASE)
TAIL = Pattern(
    r"(?<!date )(?<!day )(?<!place )(?<!number )\bof\b.*$|"
    r"\b(?:for|in|that|which|with|at|to|where|from|by|when|on)\b.*$",
    re.IGNORECASE,
)


@dataclass(slots=True, kw_only=True)
class Thing:
    """Something that is kept: where it is spoken of, and what one of them holds."""

    numbers: list[int] = field(default_factory=list)  # of sentences, in their order
    fields: dict[str, FieldKind] = field(default_factory=dict)
    filled: list[str] = field(default_factory=list)  # texts whose most characters are said nowhere
    kept: bool = False  # somebody makes, changes or looks for it, or it is said what it holds


def things(sentences: Sequence[Sentence], people: Sequence[str], products: frozenset[str]) -> dict[str, Thing]:
    """Name in the singular → what is known of it. Neither `people` nor what shall be built is a thing that it keeps."""
    left_out = {one.lower() for one in people} | {stem(one.split()[-1]) for one in people} | set(products)
    found: dict[str, Thing] = {}
    for number, sentence in enumerate(sentences):
        said = plain(as_a_rule(sentence.unit.said))
        told = _in_chinese(said) if sentence.unit.chinese else _in_english(said)
        for name, fields, kept in told:
            if name in left_out or not name:
                continue
            thing = found.setdefault(name, Thing())
            thing.kept |= kept
            thing.fields |= {key: kind for key, kind in fields.items() if key not in thing.fields}
            if number not in thing.numbers:
                thing.numbers.append(number)
    lower = [sentence.unit.said.lower() for sentence in sentences]
    for name, thing in found.items():
        also = Pattern(rf"(?<![a-z]){re.escape(name)}(?:e?s)?(?![a-z])")
        spoken = [number for number, said in enumerate(lower) if name in said and also.search(said)]
        thing.numbers = sorted({*thing.numbers, *spoken})
    chosen = {
        name: thing for name, thing in found.items() if thing.kept and (thing.fields or len(thing.numbers) > OFTEN)
    }
    return {name: _related(thing, chosen) for name, thing in chosen.items()}


def _related(thing: Thing, chosen: Mapping[str, Thing]) -> Thing:
    """A part that is a thing with parts itself is a reference to it; another text has a most, said or not."""
    for key, kind in list(thing.fields.items()):
        other = chosen.get(key.replace("_", " "))
        if other is not None and other.fields and other is not thing:
            thing.fields[key] = FieldKind(type="reference", to=key.replace("_", "-"), optional=kind.optional)
        elif kind.type == "text" and kind.max is None:
            thing.fields[key] = kind.model_copy(update={"max": FILLED})
            thing.filled.append(key)
    return thing


def _in_english(said: str) -> Iterator[tuple[str, dict[str, FieldKind], bool]]:
    """Name, fields, and whether it is kept."""
    if (holds := HOLDS.search(said)) and (name := _noun(holds["what"])):
        fields = dict(_fields(PART.split(re.split(r"[.;]", holds["parts"])[0])))
        if len(fields) > 1:
            yield name, fields, True
    for match in LISTED.finditer(said):
        yield from ((_noun(one), {}, True) for one in re.split(r",? and |, ", match["some"]))
    for match in DONE.finditer(said):
        yield _noun(match["what"]), {}, True
    for match in UNDERGOES.finditer(said):
        yield _noun(match["what"]), {}, False


def _in_chinese(said: str) -> Iterator[tuple[str, dict[str, FieldKind], bool]]:
    if holds := HAN_HOLDS.search(said):
        fields = dict(_fields(HAN_PART.split(re.split(r"[。；;]", holds["parts"])[0])))
        what = ONE_OF.sub("", holds["what"])
        if len(fields) > 1 and len(what) > 1 and not chinese("no_things").search(what):
            yield what, fields, True
    for match in HAN_DONE.finditer(said):
        if not chinese("no_things").search(match["what"]):
            yield match["what"], {}, True


def _noun(words: str) -> str:
    """The thing of one or two words, in the singular; empty where it is none."""
    named = HELPS.sub("", LEADING.sub("", TAIL.sub("", words)).lower()).split()
    known = [word for word in named if not english("no_names").fullmatch(word)]
    if not known or english("no_things").fullmatch(stem(known[-1])):
        return ""
    return stem(known[-1])


def _fields(parts: Sequence[str]) -> Iterator[tuple[str, FieldKind]]:
    for part in parts:
        name = _key(part)
        if not name:
            continue
        kind = "money" if IN_COINS.search(part) else next((k for k, words in KINDS if words.search(name)), "text")
        most, digits = AT_MOST.search(part), DIGITS.search(part)
        told: dict[str, object] = {"type": kind}
        if most:
            told |= {"type": "text", "max": int(next(filter(None, most.groups())).replace(",", ""))}
        elif digits:
            word = next(filter(None, digits.groups())).lower()
            count = int(number_words().get(word) or word)
            told |= {"type": "text", "min": count, "max": count, "pattern": f"[0-9]{{{count}}}"}
        if ONLY_ONE.search(part):
            told["unique"] = True
        if MAY_LACK.search(part):
            told["optional"] = True
        yield name, FieldKind.model_validate(told)


def _key(part: str) -> str:
    """A field's name of what a part is called; empty where it has none in letters, as in Chinese."""
    words = LEADING.sub("", TAIL.sub("", DIGITS.sub("", AT_MOST.sub("", part))).strip(" .;,"))
    if re.search(r"[\u4e00-\u9fff]", words):
        return _key_of_chinese(words)
    words = re.sub(r"\b(?:unique|optional(?:ly)?)\b ?", "", words)
    key = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    whole = re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", key) and len(key) <= LONGEST
    return key if whole and len(key.split("_")) <= MOST_WORDS else ""


def _key_of_chinese(words: str) -> str:
    """The name that code has for a part of this name; empty where no list knows one."""
    called = BRACKETS.sub("", words).strip()
    names = (one.split() for one in listed("chinese")["part_names"])
    found = max(
        ((han, name) for name, han in names if called.endswith(han)), key=lambda one: len(one[0]), default=("", "")
    )
    return found[1]

"""What does a document define: roles, terms, things? What stands in no definition is undefined."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from stages.requirements.document.lists import chinese, either, english
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.units import Block, Unit, plain

TERM_HEADER = Pattern(
    r"(?:term|word|name|role|concept|abbreviation|who|person)s?|名词|术语|角色|名称|用户|概念|岗位|人员|称呼|简称|叫法|词|谁|身份|对象|用语",
    re.IGNORECASE,
)
MEANING_HEADER = Pattern(
    r"meaning|definition|explanation|description|what|stands|说明|意思|做什么|干什么|干啥|权限|任务|负责|工作|含义|定义|解释|描述|职责",
    re.IGNORECASE,
)
NUMBER_OF_HEADING = Pattern(
    r"^(?:(?:part|section|chapter|annex|appendix|article|clause|schedule) (?:[A-Z]\b|[IVX]+\b|\d)|[A-Z](?=[.)]|"
    r"\d))[\d.]*[.):]?\s*[-–—:]?\s*|"
    r"^第[\d一二三四五六七八九十]+[章节条部]分?\s*",
    re.IGNORECASE,
)
BOLD = Pattern(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
GLOSS = Pattern(
    r"^(?:(?:in|within|throughout|for the purposes? of) (?:this|the) [\w ]{2,30}, )?(?:(?:an?|the|by|"
    r"our)\s+)?[“\"]?(?P<term>[a-z][\w-]*(?: [\w-]+){0,3}?)[”\"]?(?: \([^)]*\))? "
    r"(?:(?:is|are) "
    r"(?!(?:an?|one) (?:minute|hour|day|week|fortnight|month|quarter|year)\b)"
    r"(?:an?|any|the(?! only\b| first\b| last\b| same\b| most\b| least\b| maximum\b| limit\b)|"
    r"one(?! of the\b.*\bonly)|every|each|all|"
    r"another|someone|anyone|people|persons|those|what|everybody|everyone)\b|means?\b|"
    r"refers? to\b|denotes?\b|we understand\b|(?:is|are) understood (?:as|to be)\b|we call\b|stands? for\b|we mean\b)",
    re.IGNORECASE,
)
LISTED_GLOSS = Pattern(
    r"^(?:(?:an?|the)\s+)?[“\"]?(?P<term>[a-z][\w'/-]*(?: [\w'/&-]+){0,3}?)[”\"]?(?: \([^)]*\))?"
    r"(?:\s*[:–—]\s+|\s+[-=]\s+)",
    re.IGNORECASE,
)
COUNTS_AS = Pattern(
    r"\b(?:counts? as|(?:is|are) (?:considered|regarded as|deemed|called|classed as|defined as)|means|in the "
    r"sense of|i\.e\.|that is)\b",
    re.IGNORECASE,
)
NAMED_PERSON = Pattern(r"^(?P<term>[\u4e00-\u9fff]{2,8}|[A-Za-z][a-z]+(?: [a-z]+)?)\s*(?:[:：=＝]|——|–|—)\s*\S")
USED_BY = Pattern(
    r"^(?:people|those|everybody|who|users?|roles?|it is used|"
    r"actors?|使用者|用户|角色|使用人员|参与人员)(?![a-z])"
    r"[^:：]{0,40}[:：]\s*(?P<names>.+)$",
    re.IGNORECASE,
)
SHORT_NAME = 3  # words
# "Today the catalogue is a …", "every new account is a …": nothing is defined.
NO_NAME = Pattern(
    r"^(?:every|each|all|any|no|today|now|when|where|while|there|how|why|if)\b|\b(?:the|an?|i|we)$", re.IGNORECASE
)
CHINESE_GLOSS = Pattern(
    r"^(?:本[\u4e00-\u9fff]{1,6}?(?:中|所称|所说|里)的?|所谓|这里(?:说)?的|所称|下文的?)"
    r"?[“「]?(?P<term>[\u4e00-\u9fffA-Za-z ]{1,10}?)"
    r"[”」]?(?:（[^）]*）)?[，,]?(?:是指|指的是|系指|即|指(?=[^定派导])|，是|均?指|就是|：|:| - |——)"
)
CHINESE_IS = Pattern(
    r"^[“「]?(?P<term>[\u4e00-\u9fff]{2,8}?)[”」]?是(?!否|不|系统|由|因|为|"
    r"必|可)(?=.{2,40}(?:的(?:人|企业|单位|员工|个人|人员|公司|客户|机构|记录|设备|监护人|"
    r"[\u4e00-\u9fff]{1,4})|监护人)[，。]?$)"
)
CHINESE_COUNTS_AS = Pattern(
    r"视为|叫做?(?![号车人])|就是|归为|列为|算是|一律算|是指|(?<=[\u4e00-\u9fff])指(?=[^定派导挥引标示南出明数甲着尖])|指的是|定义为|算作|认定为|称为|即为|即[^将使便可]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the sentences of one document can be read by."""

    roles: tuple[str, ...]  # as written, without markup
    terms: tuple[str, ...]  # everything defined, roles among them
    glosses: frozenset[int]  # numbers of the units that define something
    definitions: str  # the text of all that defines, in lower case
    people: str  # pattern of all who may act: the roles, and persons that any document knows
    named: re.Pattern[str] | None  # a role, in singular or plural; None where there is none
    products: frozenset[str]  # what shall be built is called that, besides "the system": "desk", "planner"
    spoken: Counter[str]  # stem of a person → in how many units

    def defines(self, words: str) -> bool:
        """Is it said anywhere what they mean?"""
        return bool(re.search(rf"(?<![a-z]){re.escape(words.lower())}", self.definitions))

    def is_role(self, person: str) -> bool:
        """A role of the document, in singular or plural, also by its last word ("officer" of "HR officer")."""
        wanted = stem(person)
        return any(
            wanted == stem(role)
            or wanted == stem(role.split()[-1])
            or stem(person.rsplit(maxsplit=1)[-1]) == stem(role)
            for role in self.roles
            if role
        )


def stem(words: str) -> str:
    """Without plural, in lower case: "Deputies" is "deputy"."""
    low = words.lower().strip()
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if low.endswith(ending):
            return low[: -len(ending)] + instead
    return low[:-1] if low.endswith("s") and not low.endswith(("ss", "us", "is")) else low


def under(unit: Unit, name: str) -> bool:
    """Does the nearest heading belong to a list of headings?"""
    return bool(unit.headings) and _is_among(unit.headings[-1], name, chinese_text=unit.chinese)


# "Money and exceptions" does not say that the money is left out.
WHOLE_HEADINGS = frozenset({"scope_headings"})


@cache
def _is_among(headline: str, name: str, *, chinese_text: bool) -> bool:
    heading = re.sub(r"^[\W\d_一二三四五六七八九十、（）]+", "", NUMBER_OF_HEADING.sub("", plain(headline)))
    if chinese_text or re.search(r"[\u4e00-\u9fff]", heading):
        return bool(chinese(name).search(heading))
    return bool(
        re.match(rf"(?:the |our |its )?{either('english', name)}(?:\W|$)", heading, re.IGNORECASE)
        or (
            name not in WHOLE_HEADINGS
            and re.search(rf"\b(?:and|or|,) {either('english', name)}$", heading, re.IGNORECASE)
        )
    )


def terms_of(units: Sequence[Unit]) -> Terms:
    found: list[tuple[int, str]] = []
    for number, unit in enumerate(units):
        found += [(number, term) for term in _defined_in(unit) if not NO_NAME.search(term)]
    glosses = frozenset({*(number for number, _ in found), *(n for n, u in enumerate(units) if USED_BY.match(u.said))})
    people = [term for number, term in found if _is_person(term, units[number])]
    people += [term for unit in units if under(unit, "role_headings") for term in _people_in(unit)]
    people += [term for unit in units for term in _counted_roles(unit)]
    roles = tuple(dict.fromkeys(people))
    texts = [units[n].said for n in glosses] + [term for _, term in found]
    texts += [u.said for u in units if COUNTS_AS.search(u.said) or CHINESE_COUNTS_AS.search(u.said)]
    texts += [h for u in units for h in u.headings[1:]]
    spoken: Counter[str] = Counter()
    for unit in units:
        spoken.update({stem(m[0]) for m in english("persons").finditer(unit.said)})
        spoken.update({m[0] for m in chinese("strangers").finditer(unit.said)} if unit.chinese else ())
    return Terms(
        roles=roles,
        terms=tuple(dict.fromkeys([*(term for _, term in found), *roles])),
        glosses=glosses,
        definitions=" \n".join(texts).lower(),
        people="|".join([*(rf"{re.escape(role)}s?" for role in roles if role), either("english", "persons")]),
        named=_named(roles),
        products=frozenset(_products(units, {stem(role.split()[-1]) for role in roles if role})),
        spoken=spoken,
    )


IS_A_PRODUCT = Pattern(
    r"^(?:the |our )?(?P<name>[a-z][a-z-]*(?: [a-z-]+){0,2}?) (?:is|means|denotes|shall be) (?:the |an? |"
    r"our )?(?:[a-z-]+ ){0,3}?"
    r"(?:system|tool|app|application|service|platform|software|program|programme|website|site|portal|database|module|"
    r"solution|product)\b",
    re.IGNORECASE,
)
SUBJECT = Pattern(
    r"^(?:if [^,]*, |when [^,]*, )?(?:the|our|this) (?P<name>[a-z][a-z-]*(?: [a-z-]+)?) "
    r"(?:shall|must|should|will|has to|needs to|can|may|[a-z]{2,}s)\b",
    re.IGNORECASE,
)


def _products(units: Sequence[Unit], roles: set[str]) -> Iterator[str]:
    """Said to be a tool; or named in the title, no role, and told to do something more than once."""
    titled = {stem(word) for unit in units[:1] for word in re.findall(r"[a-z]+", " ".join(unit.headings[:1]).lower())}
    acting: Counter[str] = Counter()
    for unit in units:
        if match := IS_A_PRODUCT.match(unit.said):
            yield stem(match["name"].split()[-1])
        if match := SUBJECT.match(unit.said):
            acting[stem(match["name"].split()[-1])] += 1
    yield from (name for name, often in acting.items() if often > 1 and name in titled and name not in roles)


def _named(roles: Sequence[str]) -> re.Pattern[str] | None:
    words = "|".join(re.escape(role) for role in roles if role)
    return re.compile(rf"\b(?:{words})s?\b", re.IGNORECASE) if words else None


def _defined_in(unit: Unit) -> Iterator[str]:
    """The terms that a unit says the meaning of."""
    if unit.block is Block.ROW:
        first = plain(unit.cells[0]).strip() if unit.cells else ""
        listed = under(unit, "term_headings") or under(unit, "role_headings")
        if len(unit.cells) > 1 and (listed or _is_called_a_person(first, chinese_text=unit.chinese)) and first:
            yield first
        elif (
            len(unit.header) > 1
            and TERM_HEADER.fullmatch(plain(unit.header[0]).strip())
            and MEANING_HEADER.search(unit.header[1])
        ):
            yield plain(unit.cells[0])
        return
    if (named := NAMED_PERSON.match(unit.said)) and _is_called_a_person(named["term"], chinese_text=unit.chinese):
        yield named["term"]
        return
    if unit.chinese:
        match = (
            CHINESE_GLOSS.match(unit.said)
            if under(unit, "term_headings")
            or under(unit, "role_headings")
            or re.search("是指|指的是|系指|所称|说的", unit.said)
            else None
        )
        match = match or CHINESE_IS.match(unit.said)
        if match and "角色" not in match["term"] and not re.search(r"必须|应当|不得", unit.said):
            yield match["term"].strip("“”「」 ")
        return
    listed = under(unit, "term_headings") or under(unit, "role_headings")
    bold = BOLD.match(unit.text.lstrip("-* ").join(["", ""])) if unit.text.startswith(("**", "__")) else None
    match = GLOSS.match(unit.said) or (LISTED_GLOSS.match(unit.said) if listed or bold else None)
    if (
        match
        and not re.search(r"\b(?:shall|must)\b", unit.said)
        and not re.match(
            r"(?:it|this|that|there|these|those|he|she|they|we|what|which|nothing|everything)\b",
            match["term"],
            re.IGNORECASE,
        )
    ):
        yield match["term"]
    elif listed:
        yield from (bold_term for bold_term in BOLD.findall(unit.text))


def _is_called_a_person(term: str, *, chinese_text: bool) -> bool:
    return bool((chinese if chinese_text else english)("persons").fullmatch(term))


# "Fitter | Repairs what is broken": in a list of roles and words, what is said to do something is a role.
DOES = Pattern(
    r"(?:\| |[:–—] ?|\b(?:who|that) )[A-Za-z][a-z]+[^s\Wua]s (?:the|an?|what|all|one|in|at|on|up|out|"
    r"after|for|to|from|with|[a-z]+s)\b"
)


def _is_person(term: str, unit: Unit) -> bool:
    if under(unit, "role_headings") and not under(unit, "term_headings"):
        return True
    if unit.chinese or re.search(r"[\u4e00-\u9fff]", term):
        text = unit.said
        return bool(
            chinese("persons").search(term)
            or re.search(r"(?:[^本每]人|方|员|者|师|长|单位|部门|企业|公司|中心|机构)$", term)
            or re.search(r"的(?:人|[^，。；的]{0,4}(?:人员|员工|职工|老师))[。，]?$", text)
        )
    return bool(
        english("persons").search(term)
        or re.search(r"\b(?:person|someone|people|anyone|member of|employee)\b", unit.said, re.IGNORECASE)
        or (under(unit, "role_headings") and DOES.search(unit.said))
    )


def _people_in(unit: Unit) -> Iterator[str]:
    """Persons named in a section about roles."""
    bold = [plain(one).strip(":：") for one in BOLD.findall(unit.text)]
    if bold or any(True for _ in _defined_in(unit)):
        yield from bold
        return
    pattern = chinese("persons") if unit.chinese else english("persons")
    yield from (match[0] for match in pattern.finditer(unit.said))


def _counted_roles(unit: Unit) -> Iterator[str]:
    """ "Four roles: **employee**, **manager** …"."""
    if re.search(r"\b(?:roles?|user groups?|kinds? of users?)\b|角色", unit.said):
        yield from (plain(bold) for bold in BOLD.findall(unit.text))
    if listed := USED_BY.match(unit.said):
        names = re.split(r",\s*(?:and\s+)?|\s+and\s+|、|和|与", listed["names"].rstrip(".。"))
        yield from (
            re.sub(r"^(?:the|an?|our)\s+", "", name).strip() for name in names if len(name.split()) <= SHORT_NAME
        )

"""What does a sentence ask of a value? Bounds, choices, forms and relations, as refusals say them in two languages."""

import re
from collections.abc import Sequence
from typing import Any

from runner.http.references import Schema

Path = tuple[str, ...]
N = r"\(?(-?\d+(?:\.\d+)?)"
FILL = r"(?: ?(?:value|length|size|is|of|be|to|or|equal|=|:|为|是))* ?"
NOT_BE = r"(?:not|n't|never) (?:be )?"
HIGH = (
    rf"at most|up to|max(?:imum)?{FILL}|<=|≤|(?:less|fewer) than or equal to"
    r"|no(?:t be)?(?: be)? (?:more|greater|longer|larger|higher|later) than"
    rf"|{NOT_BE}(?:exceed|above|over|more than|greater than)"
    r"|最多|最大|不(?:能|得|可)?(?:大于|超过|多于)|小于等于"
)
LOW = (
    rf"at least|min(?:imum)?{FILL}|>=|≥|(?:greater|more) than or equal to"
    r"|no(?:t be)?(?: be)? (?:less|fewer|shorter|smaller|lower|earlier) than"
    rf"|{NOT_BE}(?:below|under|less than)"
    r"|至少|最少|最小|不(?:能|得|可)?(?:小于|少于|低于)|大于等于"
)
BETWEEN = rf"between {N} (?:and|to|-) {N}|介于\s*{N}\s*[和到至]\s*{N}|{N}\s*[-–~至到]\s*{N}(?= ?(?:char|位|个))"
EXACTLY = (
    rf"exactly {N}|(?:be|have|contain|of) {N} (?:\w+-?case |alphanumeric |latin )?(?:letters|char|digits)"
    rf"|{N}[ -]digits?\b|必须(?:是|为){N}(?=位|个)"
)
# The bounds, each with the words before or after its number. What is read is taken out of the sentence.
BOUNDS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (side, re.compile(words, re.IGNORECASE))
    for side, words in (
        ("both", BETWEEN),
        ("high", rf"(?:{HIGH}) ?{N}|{N} or (?:less|fewer|lower|below)"),
        ("low", rf"(?:{LOW}) ?{N}|{N} or (?:more|greater|higher|above)"),
        ("above", rf"(?:(?:greater|more|larger|higher|longer) than|above|exceed|over|>|大于|超过) ?{N}"),
        ("below", rf"(?:(?:less|fewer|smaller|lower|shorter) than|below|under|<|小于|低于|少于) ?{N}"),
        ("exactly", EXACTLY),
    )
)
WORDS = {
    "length": {"low": "minLength", "high": "maxLength", "above": "minLength", "below": "maxLength"},
    "items": {"low": "minItems", "high": "maxItems", "above": "minItems", "below": "maxItems"},
    "number": {"low": "minimum", "high": "maximum", "above": "exclusiveMinimum", "below": "exclusiveMaximum"},
}
LENGTH = re.compile(
    r"char|letters?\b|\blong\b|length|longer|shorter|symbols|digits?\b|字符|个字|长度|位", re.IGNORECASE
)
ITEMS = re.compile(
    r"\bitems?\b|entries|elements|\bone\b|\bproducts?\b|\blines?\b|empty list|(?:个|条|项)", re.IGNORECASE
)
CHOICES = re.compile(
    r"(?:\bone of|\beither|\b(?:allowed|valid|permitted|supported|available|possible|accepted|acceptable)(?: \w+)?"
    r"(?: (?:are|is|include))?|choose (?:from|between)|should be|must be|expected"
    r"|可选值?|只能(?:是|为)|取值|必须(?:是|为)|支持)"
    r"(?: one of| either)?(?: the following(?: values)?| values?)?\s*[:：=]?\s*(?P<rest>.+?)(?:\s*之一|\s*其中之一)?$",
    re.IGNORECASE,
)
QUOTED = re.compile(r"""['"`“‘]([^'"`“”‘’]{1,60})['"`”’]""")
SPLIT = re.compile(r"\s*(?:,|，|、|\||/|;)\s*(?:or |and )?|\s+(?:or|and)\s+|\s*或\s*")
TOKEN = re.compile(r"[\w.+#:-]{1,40}")
PATTERN = re.compile(r"(\^\S.*?\$)(?=['\"`\s),.]|$)")
SAMPLE = re.compile(
    r"(?:\blike|e\.g\.?|for example|such as|example|i\.e\.?|例如|如|format)"
    r"\s*[:：,]?\s*['\"`(]*([A-Za-z0-9#][\w#+./:-]*\d[\w./:-]*)",
    re.IGNORECASE,
)
MOMENT = re.compile(
    r"(?:%[YmdHMSyz]|YYYY|MM|DD|HH|mm|ss|SS)(?:[-/.: T]?(?:%[YmdHMSyz]|YYYY|YY|MM|DD|HH|mm|MI|ss|SS))+Z?"
)
MOMENTS = {
    "%Y": "2031",
    "%m": "03",
    "%d": "14",
    "%H": "09",
    "%M": "30",
    "%S": "00",
    "%y": "31",
    "%z": "+0000",
    "YYYY": "2031",
    "MM": "03",
    "DD": "14",
    "HH": "09",
    "mm": "30",
    "MI": "30",
    "ss": "00",
    "SS": "00",
    "YY": "31",
}
STARTS = re.compile(
    r"(?:starts?|begins?|prefixed) with ['\"`]?([\w#+-]+)|以\s*['\"]?([\w#+-]+)['\"]?\s*开头", re.IGNORECASE
)
ENDS = re.compile(r"ends? (?:with|in) ['\"`]?([.\w#+-]+)|以\s*['\"]?([.\w#+-]+)['\"]?\s*结尾", re.IGNORECASE)
MULTIPLE = re.compile(rf"(?:multiple of|divisible by|(?:in )?steps of) {N}|{N}\s*的倍数", re.IGNORECASE)
EMPTY = r"(?:must|may|can) ?not be (?:empty|blank)|(?:can't|cannot) be (?:empty|blank)|(?:is|are|was) empty|不能为空"
LACKING = (
    r"(?:must|may|can) ?not be null|\b(?:is|are) (?:required|missing|mandatory)"
    r"|must be (?:provided|specified|given|set|present)|\brequired\b|\bprovide\b|必填|必须提供|缺少"
)
FORMS: Sequence[tuple[str, Schema]] = (
    (r"positive|大于零|正数|正整数", {"exclusiveMinimum": 0}),
    (r"non-?negative|not be negative|不能为负", {"minimum": 0}),
    (r"\buuid\b|\bguid\b", {"type": "string", "format": "uuid"}),
    (r"e-?mail address|valid e-?mail|邮箱", {"type": "string", "format": "email"}),
    (r"valid (?:https? )?(?:url|uri|link)|https?://", {"type": "string", "format": "uri"}),
    (r"\bip(?:v4)? address", {"type": "string", "format": "ipv4"}),
    (r"hex(?:adecimal)? colou?r|#rrggbb", {"pattern": "^#[0-9a-f]{6}$"}),
    (r"iso[ -]?8601|valid (?:date-?time|timestamp)|日期时间", {"type": "string", "format": "date-time"}),
    (r"valid date\b|日期格式", {"type": "string", "format": "date"}),
    (r"base-?64", {"type": "string", "format": "byte"}),
    (r"only (?:contain )?digits|digits only|(?:must be|be all|only) numeric|纯数字", {"pattern": r"^\d+$"}),
    (r"alphanumeric|letters (?:and|or) (?:digits|numbers)|字母(?:和|或)数字", {"pattern": r"^[A-Za-z0-9]+$"}),
    (r"letters (?:and|or) (?:white)?spaces|字母(?:和|或)空格", {"pattern": "^[A-Z][a-z]{5} [A-Z][a-z]{6}$"}),
    (r"only (?:contain )?letters|letters only|alphabetic", {"pattern": r"^[A-Za-z]+$"}),
    (r"must be (?:in )?(?:all )?upper-?case|大写", {"pattern": r"^[A-Z][A-Z0-9_-]*$"}),
    (r"must be (?:in )?(?:all )?lower-?case|小写", {"pattern": r"^[a-z][a-z0-9_-]*$"}),
    (r"(?:start|begin)s? with an? (?:upper-?case|capital) letter", {"pattern": "^[A-Z][a-z]{7}[0-9]{3}$"}),
    (r"\bslug\b", {"pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$"}),
    (r"(?:valid|an|whole|be) (?:integer|whole number)|整数", {"type": "integer"}),
    (r"\bjson\b", {"enum": ["{}"]}),
    (r"\bcron\b", {"enum": ["0 9 * * 1"]}),
    (r"time ?zone|时区", {"enum": ["Europe/Berlin"]}),
    (r"in the past|before (?:today|now)|not be in the future|过去|早于(?:今天|当前)", {"x-when": "past"}),
    (r"in the future|after (?:today|now)|not be in the past|未来|晚于(?:今天|当前)", {"x-when": "future"}),
    (r"not contain (?:any )?(?:special|spaces|white)|特殊字符", {"pattern": r"^[A-Za-z0-9]+$"}),
    (EMPTY, {"minItems": 1, "minLength": 1}),
    (LACKING, {}),
)  # fmt: skip
AFTER = r"after|(?:later|greater|more|higher|larger) than(?: or equal to)?|above|exceed|beyond|晚于|大于|高于|之后"
BEFORE = (
    r"before|earlier than|less than(?: or equal to)?|below|under|lower than|smaller than|precede|早于|小于|低于|之前"
)
NOT = r"(?:\bnot|n't|cannot|never|不能|不得|不可)\s*(?:be\s*)?$"
SAME = (
    r"\bmatch(?!\w* (?:the )?(?:format|pattern|regex|expression|'))|(?:the )?same as"
    r"|(?<!or )\bequal\b(?! to \d)|identical|一致|相同"
)
HOW: Sequence[tuple[str, re.Pattern[str]]] = (
    (
        "other",
        re.compile(r"different|differ\b|distinct|not (?:be )?(?:the )?(?:same|equal)|不能相同|不同", re.IGNORECASE),
    ),
    ("same", re.compile(SAME, re.IGNORECASE)),
    ("after", re.compile(AFTER, re.IGNORECASE)),
    ("before", re.compile(BEFORE, re.IGNORECASE)),
)


DIGITS = re.compile(r"\d+|\D+")


def asked_in(sentence: str) -> Schema | None:
    """What it asks of a value, in the words of JSON Schema; None where it says nothing that is understood."""
    return next((asks for read in READERS if (asks := read(sentence)) is not None), None)


def _pattern(sentence: str) -> Schema | None:
    found = PATTERN.search(sentence)
    return {"pattern": found[1]} if found else None


def _written(sentence: str) -> Schema | None:
    found = MOMENT.search(sentence)
    return {"type": "string", "enum": [_moment(found[0])]} if found else None


def _multiple(sentence: str) -> Schema | None:
    found = MULTIPLE.search(sentence)
    return {"multipleOf": _number(next(filter(None, found.groups())))} if found else None


def _affix(sentence: str) -> Schema | None:
    for pattern, form in ((STARTS, r"^{}[0-9]{{8}}$"), (ENDS, r"^[a-z0-9]{{6}}{}$")):
        if found := pattern.search(sentence):
            return {"pattern": form.format(re.escape(next(filter(None, found.groups()))))}
    return None


def _sample(sentence: str) -> Schema | None:
    found = SAMPLE.search(sentence)
    return {"pattern": form_of(found[1])} if found else None


def _choices(sentence: str) -> Schema | None:
    found = CHOICES.search(sentence)
    choices = choices_in(found["rest"]) if found else []
    return {"enum": choices} if len(choices) > 1 else None


def _form(sentence: str) -> Schema | None:
    return next((asks for words, asks in FORMS if re.search(words, sentence, re.IGNORECASE)), None)


def choices_in(text: str) -> list[str | int]:
    """The values of a list in a sentence: quoted ones, else words between commas, `or` and strokes."""
    if quoted := QUOTED.findall(text):
        return list(dict.fromkeys(quoted))
    inner = re.search(r"[\[({](.+?)[\])}]", text)
    parts = [part.strip(" .[](){}'\"") for part in SPLIT.split(inner[1] if inner else text)]
    if not all(TOKEN.fullmatch(part) for part in parts if part):
        return []
    return [int(part) if re.fullmatch(r"-?\d+", part) else part for part in dict.fromkeys(parts) if part]


def _bounds(sentence: str) -> Schema | None:
    kind = "length" if LENGTH.search(sentence) else "items" if ITEMS.search(sentence) else "number"
    words, rest = WORDS[kind], _spelt(sentence)
    asks: dict[str, Any] = {}
    for side, pattern in BOUNDS:
        found = pattern.search(rest)
        if not found:
            continue
        numbers = [_number(one) for one in found.groups() if one]
        rest = rest.replace(found[0], " ", 1)
        if side in {"both", "exactly"}:
            asks |= {words["low"]: numbers[0], words["high"]: numbers[-1]}
        else:
            step = {"above": 1, "below": -1}.get(side, 0) if kind != "number" else 0
            asks[words[side]] = numbers[0] + step
    alphabet = next((letters for words, letters in ALPHABETS if re.search(words, sentence, re.IGNORECASE)), "")
    if alphabet and kind == "length" and asks:
        asks["pattern"] = f"^[{alphabet}]+$"
    return asks or None


ALPHABETS = (
    (r"alphanumeric|letters (?:and|or) (?:digits|numbers)", "A-Za-z0-9"),
    (r"digits?\b|numeric|数字", "0-9"),
    (r"upper-?case|capital|大写", "A-Z"),
    (r"lower-?case|小写", "a-z"),
)
SPELT = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "零": 0, "一": 1, "两": 2}


def _spelt(sentence: str) -> str:
    """`at least one item` as `at least 1 item`."""
    return re.sub(
        r"(?<=at least )(?:one|two|three|four|five|six)\b|(?<=than )zero\b|(?<=至少)[一两]|(?<=大于)零",
        lambda found: str(SPELT[found[0].lower()]),
        sentence,
        flags=re.IGNORECASE,
    )


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _moment(form: str) -> str:
    """2031-03-14 for YYYY-MM-DD and for %Y-%m-%d. MM behind hours means minutes."""
    form = re.sub(r"(?<=HH[:.])MM", "mm", form)
    return re.sub("|".join(map(re.escape, MOMENTS)), lambda found: MOMENTS[found[0]], form)


def form_of(sample: str) -> str:
    """A pattern that others of its form fit: `^AB\\-\\d{4}$` of AB-1234. Letters beside digits may be a prefix."""
    if not any(map(str.isdigit, sample)):
        return f"^{re.sub('[A-Z]+|[a-z]+', _letters, sample)}$"
    runs = (rf"\d{{{len(run)}}}" if run.isdigit() else re.escape(run) for run in DIGITS.findall(sample))
    return f"^{''.join(runs)}$"


def _letters(run: re.Match[str]) -> str:
    return f"[{'A-Z' if run[0].isupper() else 'a-z'}]{{{len(run[0])}}}"


def named_in(sentence: str, known: Sequence[Path]) -> list[Path]:
    """The fields that a sentence names, in its order: as they are spelt, else as words; the longest name at a place."""
    found: dict[int, tuple[int, Path]] = {}
    for path in known:
        for spelt in dict.fromkeys((path[-1], _words(path[-1]))):
            for match in re.finditer(rf"(?<![A-Za-z0-9]){re.escape(spelt)}(?![A-Za-z0-9])", sentence, re.IGNORECASE):
                at, end = match.span()
                if all(not (start <= at < stop and stop - start > end - at) for start, (stop, _) in found.items()):
                    found = {s: kept for s, kept in found.items() if not at <= s < end}
                    found[at] = (end, path)
    return list(dict.fromkeys(path for _, (_, path) in sorted(found.items())))


def _words(name: str) -> str:
    """`end date` of end_date and endDate."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("_", " ").strip().lower()


def relation_in(sentence: str, known: Sequence[Path], path: Path | None) -> tuple[Path, str, Path] | None:
    """(one field, how it must stand to another, the other), where a sentence says so of two that stand side by side.

    `path`: the field that the sentence is about, if it is known otherwise.
    """
    named = named_in(sentence, known)
    if path is not None and path not in named:
        named = [path, *named]
    if len(named) != 2 or named[0][:-1] != named[1][:-1]:  # noqa: PLR2004
        return None
    for how, pattern in HOW:
        match = pattern.search(sentence)
        if match is None:
            continue
        if how in {"after", "before"}:
            turned = (how == "before") != bool(re.search(NOT, sentence[: match.start()], re.IGNORECASE))
            first, second = reversed(named) if turned else named
            return first, "after", second
        return named[0], how, named[1]
    return None


READERS = (_pattern, _written, _multiple, _bounds, _affix, _sample, _choices, _form)  # the most certain first

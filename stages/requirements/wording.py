"""What does a sentence say, as far as rules can tell? EARS form, how many ideas, which words no test can prove."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.said import say
from stages.requirements import chinese
from stages.requirements.ears import Form
from stages.requirements.languages import HAN, Language, language, words_in

CONDITION = r"(?:when(?:ever)?|while|if|where|whilst|as long as|after|before|once|during|upon|until|unless)\b"
MODAL = r"\b(?:shall|must|should|will|may|can|need to|needs to|has to|have to)\b"
UNIVERSAL = (
    r"\b(?:every|each|all|any|only|never|always|no|none|nothing|at most|at least|exactly|not|within|"
    r"for (?:each|every)|per)\b"
)
NUMBERS = {  # what makes a vague word precise
    "time": (
        r"(?<![\w.])\d[\d,.]*\s*(?:ms\b|s\b|sec|second|millisecond|min\b|minute|h\b|hour|day|req/s|(?:\w+ )?per second)"
    ),
    "any": (
        r"(?<![\w.])(?![1-5]\d\d\s+(?:error|answer|response|status))\d[\d,.]*\s*"
        r"(?:%|ms\b|s\b|min\b|h\b|[kmg]i?b\b|[kmg]\b|(?:[a-z-]+ )?[a-z]+s\b)"
    ),
}
CHINESE_NUMBERS = {
    "time": r"\d[\d.,]*\s*(?:毫秒|秒|分钟|小时|天|日|周|ms\b|s\b|min\b|h\b|次/秒|req/s)",
    "any": r"\d[\d.,]*\s*(?:毫秒|秒|分钟|小时|[天日周个条次页项行名位份字元倍万%％]|[kmg]i?b\b|ms\b|s\b)",
}
# Verbs that start a second idea after "and". Those that report the first ("and answer 201 with it") are not among them.
ACTS = (
    r"add|append|assign|attach|broadcast|calculate|cancel|create|deactivate|deduct|delete|disable|dispatch|"
    r"edit|emit|enable|encrypt|enqueue|generate|inform|migrate|modify|notify|obtain|publish|recalculate|remind|"
    r"remove|resize|send|suspend|synchronise|synchronize|unpublish|validate|verify"
)
# These are nouns as well ("name and email"): verbs only before what they act on ("and email the buyer").
NOUNS = (
    r"archive|ban|block|book|charge|convert|download|e-mail|email|export|import|index|insert|invite|issue|lock|"
    r"log|mail|merge|move|pay|ping|post|print|process|push|record|redirect|refund|register|rename|render|"
    r"reserve|reset|restore|retry|save|schedule|share|sign|start|stop|store|submit|subscribe|sync|track|"
    r"transfer|trigger|unlock|update|upload|warn|withdraw|write"
)
OBJECT = r"(?:the|an?|it|its|them|him|her|his|their|all|every|each|any|this|that|these|those|one|another|both|to|\d+)"
SECOND_ACT = re.compile(
    rf"(?:\band|;|\bas well as|\bplus)\s+(?:then\s+|also\s+|it\s+)?(?:(?:{ACTS})\b(?!-)|(?:{NOUNS})\s+{OBJECT}\b)"
    r"(?!(?:\W+\w+){0,2}?\W+(?:nothing|no|not|none|neither)\b)",
    re.IGNORECASE,
)

BARE_ANSWER = re.compile(r"\s*(?:answer|respond|reply|return)(?: with)? [1-5]\d\d,?\s*", re.IGNORECASE)
FORMS = {"if": Form.UNWANTED, "unless": Form.UNWANTED, "while": Form.STATE, "whilst": Form.STATE, "during": Form.STATE}

# What the lists of words say of them (`vague_words.toml`, and of patterns).
REASONS = (
    say("it lets anyone off"),
    say("how fast is not said"),
    say("the list has no end"),
    say("how much or how many is not said"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vague:
    word: str
    because: str


def form(text: str) -> Form | None:
    """The EARS pattern of a sentence; None when it has none."""
    if is_chinese(text):
        return chinese.form(unquoted(text))
    before, shall, _ = unquoted(text).partition(" shall ")
    if not shall:
        return None
    conditions = re.findall(rf"(?:^|,\s*)(?:and\s+)?({CONDITION})", before.strip(), re.IGNORECASE)
    if not re.match(CONDITION, before.strip(), re.IGNORECASE):
        return Form.UBIQUITOUS if re.search(r"\w", before) else None
    if not re.search(r"(?:,|\bthen\b)\s*(?:then\s+)?[^,]*\w[^,]*$", before):
        return None
    if len(conditions) > 1:
        return Form.COMPLEX
    first = conditions[0].lower()
    return FORMS.get(first, Form.OPTION if first == "where" else Form.EVENT)


def is_chinese(text: str) -> bool:
    return language(unquoted(text)) is Language.CHINESE


def is_read(text: str) -> bool:
    """Is it in a language that these rules know? What they can't read they don't judge."""
    return language(unquoted(text)) is not Language.OTHER


def action(text: str) -> str:
    """What shall be done: the words after `shall`; empty where only words like `every` and `never` stand there."""
    after = unquoted(text).partition(" shall ")[2]
    return " ".join(re.findall(r"\w+", re.sub(UNIVERSAL, " ", after, flags=re.IGNORECASE)))


def mostly_quoted(text: str) -> bool:
    """More than half of its words stand in quotes, where they are names and not read."""
    return words_in(unquoted(text)) * 2 < words_in(text)


def is_failure_case(text: str) -> bool:
    """`If …, then …`, alone or inside a longer condition."""
    if is_chinese(text):
        return chinese.is_failure_case(unquoted(text))
    before = unquoted(text).partition(" shall ")[0].strip()
    return bool(re.search(r"(?:^|,\s*)(?:and\s+)?(?:if|unless)\b", before, re.IGNORECASE))


def has_trigger(text: str) -> bool:
    """A condition anywhere, or a word that makes the sentence hold for every case."""
    plain = unquoted(text)
    return bool(re.search(rf"\b{CONDITION}", plain, re.IGNORECASE) or re.search(UNIVERSAL, plain, re.IGNORECASE))


def second_idea(text: str) -> str | None:
    """The words that start a second requirement in the same text; None when it is one."""
    plain = unquoted(text).strip()
    if is_chinese(text):
        return chinese.second_idea(plain)
    if len(re.findall(r"\bshall\b", plain, re.IGNORECASE)) > 1:
        return say("a second `shall`")
    sentences = [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z])", plain) if s]
    extra = next((s for s in sentences[1:] if re.search(MODAL, s, re.IGNORECASE)), None)
    if extra:
        return say("a second sentence, “{short}”", short=_short(extra))
    response = re.split(r"\bshall\b", plain, maxsplit=1, flags=re.IGNORECASE)[-1]
    clause = re.search(r"\b(?:and|but)\s+(?:it|they|the \w+(?: \w+)?)\s+(?:should|must|will|may|can)\b", response)
    if clause:
        return say("a second clause, “{short}”", short=_short(response[clause.start() :]))
    act = SECOND_ACT.search(response)
    if act is not None and BARE_ANSWER.fullmatch(response[: act.start()]):  # "answer 201 and store it": the first act
        act = SECOND_ACT.search(response, act.end())
    if act is None or re.search(r"\b(?:along )?with (?:it|them)\b", response[act.end() :]):  # goes with the first act
        return None
    return say("a second act, “{short}”", short=_short(response[act.start() :]))


def vague(text: str) -> list[Vague]:
    """The words of the list that stand in a text, each once. What stands in quotes or backticks is a name."""
    plain = unquoted(text)
    precise = {kind for kind, number in NUMBERS.items() if re.search(number, plain, re.IGNORECASE)}
    found = {}
    for match in _pattern().finditer(plain):
        word = " ".join(match[0].lower().split())
        because, number = vague_words()[word]
        if number not in precise:
            found[word] = Vague(word=word, because=because)
    return [*found.values(), *vague_in_chinese(plain)]


def vague_in_chinese(plain: str) -> list[Vague]:
    if not re.search(f"[{HAN}]", plain):
        return []
    precise = {kind for kind, number in CHINESE_NUMBERS.items() if re.search(number, plain, re.IGNORECASE)}
    found = {}
    for pattern, (because, number) in vague_patterns().items():
        match = re.search(pattern, plain)
        if match and number not in precise:
            found[match[0]] = Vague(word=match[0], because=because)
    return [one for word, one in found.items() if not any(word != other and word in other for other in found)]


@cache
def vague_patterns() -> dict[str, tuple[str, str]]:
    """Pattern of a Chinese word → (why it is vague, the kind of number that makes it precise)."""
    return _listed("vague_chinese.toml")


@cache
def vague_words() -> dict[str, tuple[str, str]]:
    """word → (why it is vague, the kind of number that makes it precise)."""
    return _listed("vague_words.toml")


def _listed(file: str) -> dict[str, tuple[str, str]]:
    groups = tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    return {word: (g["because"], g["number"]) for g in groups.values() for word in g["words"]}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(vague_words(), key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    return re.compile(rf"(?<![\w-])(?<!how )(?<!most )(?<!least )(?:{either})(?![\w-])", re.IGNORECASE)


def unquoted(text: str) -> str:
    """The text on one line, without what stands in quotes, backticks or brackets-as-names."""
    flat = " ".join(text.split())
    return re.sub(r"`[^`]*`|\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|(?<!\w)'[^']*'(?!\w)", "“…”", flat)


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"

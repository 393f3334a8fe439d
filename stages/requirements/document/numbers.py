"""Which limits and measures does a sentence say?"""

import re

from stages.requirements.document import chinese, english_words
from stages.requirements.document.patterns import Pattern
from stages.requirements.document.units import Unit

CLOCK = Pattern(r"\b\d{1,2}:\d\d\b|\b\d{1,2}\s?(?:am|pm)\b|\d+\s*月\s*\d+\s*日", re.IGNORECASE)
COUNTED = Pattern(r"(?<![\w.:-])\d[\d.,]*\s+[a-z]{3,}s\b", re.IGNORECASE)
MILLISECONDS = Pattern(
    r"(?<![\w.])(?:(?P<number>\d[\d.,]*)\s*(?P<unit>ms|milliseconds?|毫秒|s|sec|seconds?|秒(?!钟))|"
    r"(?P<word>half a|a|one|two|three|five) (?P<of>seconds?))(?![a-z])",
    re.IGNORECASE,
)
PERCENTILE = Pattern(
    r"(?P<percent>\d[\d.]*)\s*[%％]|(?P<part>\d+|nineteen) (?:of|"
    r"in|out of) (?P<whole>\d+|twenty)|(?P<nth>\d+)(?:th|st|nd|"
    r"rd)[- ]percentile|p(?P<p>\d\d)\b",
    re.IGNORECASE,
)
HALF, WHOLE = 50, 100  # per cent
WORDS = {"half a": 0.5, "a": 1, "one": 1, "two": 2, "three": 3, "five": 5, "nineteen": 19, "twenty": 20}


def numbers(unit: Unit) -> tuple[str, ...]:
    """As they stand, with their units: "28 days", "0.20 EUR", "95 %"."""
    said = CLOCK.sub(" ", unit.said)
    patterns = (chinese.MEASURE,) if unit.chinese else (english_words.MEASURE, COUNTED)
    found = [
        (m.start(), m[0].strip()) for pattern in patterns for m in pattern.finditer(said) if re.search(r"\d", m[0])
    ]
    return tuple(dict.fromkeys(text for _, text in sorted(found)))


def milliseconds(said: str) -> float | None:
    """The one time that answers are limited to; None where there is none, or more than one."""
    found = list(MILLISECONDS.finditer(said))
    if len(found) != 1:
        return None
    number = _number(found[0]["number"] or found[0]["word"])
    return number if (found[0]["unit"] or "").lower().startswith(("ms", "milli", "毫")) else number * 1000


def percentile(said: str) -> float | None:
    """95 in "95 % of requests", 95 in "19 of 20 cases"."""
    for match in PERCENTILE.finditer(said):
        if match["part"]:
            value = 100 * _number(match["part"]) / (_number(match["whole"]) or 1)
        else:
            value = float(match["percent"] or match["nth"] or match["p"])
        if HALF <= value < WHOLE:
            return value
    return None


def _number(text: str) -> float:
    low = text.lower().strip()
    return float(WORDS[low]) if low in WORDS else float(low.replace(",", "").rstrip(".") or 0)

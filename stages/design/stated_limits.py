"""Which bounds does the text of a requirement state: characters of a field, values of a number, things on a page?

Read is what can be read without a guess: "of 1 to 80 characters", "at most 100 accounts", "if a title has more than 200
characters, then … 422". What a sentence says of a bound in other words is not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"\d{1,3}(?:[,_ ]\d{3})+(?!\d)|\d+"
RANGE = re.compile(
    rf"(?P<least>{NUMBER}) ?(?:to|-|–|~|and|至|到) ?(?P<most>{NUMBER}) ?(?:个|位)?(?P<unit>[^\W\d_]+)", re.IGNORECASE
)
ONE = re.compile(
    rf"(?P<how>at most|at least|up to|no more than|not more than|no fewer than|no less than|more than|longer than|over|"
    r"fewer than|less than|shorter than|under|最多|至多|不超过|至少|不少于|超过|多于|少于|不足) ?"
    rf"(?P<number>{NUMBER}) ?(?:个|位|条)?(?P<unit>[^\W\d_]+)",
    re.IGNORECASE,
)
MOST = re.compile(r"at most|up to|(?:no|not) more than|最多|至多|不超过")
LEAST = re.compile(r"at least|no (?:fewer|less) than|至少|不少于")
# Beyond them something is refused: only a sentence that refuses says with them what is taken.
ABOVE = re.compile(r"(?:more|longer) than|over|超过|多于")
BELOW = re.compile(r"(?:fewer|less|shorter) than|under|少于|不足")
REFUSES = re.compile(
    r"^(?:if|when|where)\b.*,.*\b(?:4\d\d|refuse\w*|reject\w*)\b|^(?:如果|若|当).*(?:4\d\d|拒绝)",
    re.IGNORECASE | re.DOTALL,
)
CHARACTERS = re.compile(r"characters?|chars?|letters?|字符|字|个字", re.IGNORECASE)
BY_DEFAULT = re.compile(r"\bdefault\b|默认", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One bound of a sentence: "a title has more than 200 characters" takes 200 at most."""

    before: str  # what the sentence says since its last bound: "a title has"
    unit: str  # the word behind the number, in lower case
    said: str  # as it stands: "more than 200 characters"
    least: int | None = None
    most: int | None = None
    after: str = ""  # what follows, up to the next bound

    @property
    def of_text(self) -> bool:
        """Does it bound the length of a text?"""
        return CHARACTERS.fullmatch(self.unit) is not None


def stated(text: str) -> Iterator[Stated]:
    """The bounds that a requirement states, in its order; none that holds by default alone."""
    flat = " ".join(text.split())
    found = sorted([*RANGE.finditer(flat), *_beside(flat)], key=re.Match.start)
    for number, one in enumerate(found):
        start = found[number - 1].end() if number else 0
        end = found[number + 1].start() if number + 1 < len(found) else len(flat)
        least, most = _bounds(one, refuses=REFUSES.search(flat) is not None)
        before, after = flat[start : one.start()], flat[one.end() : end]
        if (least, most) != (None, None) and not BY_DEFAULT.search(before + after):
            yield Stated(
                before=before, unit=one["unit"].lower(), said=one[0].strip(), least=least, most=most, after=after
            )


def _beside(flat: str) -> Iterator[re.Match[str]]:
    """Single bounds that are no end of a range."""
    ranges = [(one.start(), one.end()) for one in RANGE.finditer(flat)]
    for one in ONE.finditer(flat):
        if not any(start < one.end() and one.start() < end for start, end in ranges):
            yield one


def _bounds(one: re.Match[str], *, refuses: bool) -> tuple[int | None, int | None]:
    parts = one.groupdict()
    if "least" in parts:
        return _number(parts["least"]), _number(parts["most"])
    how, number = parts["how"].lower(), _number(parts["number"])
    if MOST.fullmatch(how) or (refuses and ABOVE.fullmatch(how)):
        return None, number
    return (number, None) if LEAST.fullmatch(how) or (refuses and BELOW.fullmatch(how)) else (None, None)


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))

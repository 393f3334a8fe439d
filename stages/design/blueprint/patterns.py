"""Which text fits a pattern, another one for each number? Patterns of characters, classes, counts and groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as ops  # type: ignore[attr-defined]  # Python's own parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from runner.said import say

DIGITS = frozenset(range(ord("0"), ord("9") + 1))
PRINTED = range(33, 127)
WIDEST = 9  # digits of a number that an example holds


class Unfit(ValueError):
    """A pattern of which no example can be made here."""


@dataclass(frozen=True, slots=True)
class Slot:
    """So many characters, each one of these."""

    allowed: frozenset[int]
    width: int


def template_of(pattern: str, most: int) -> tuple[str, int]:
    """The inside of an f-string that fits for each `number`, and how many it tells apart. Raises `Unfit`."""
    slots = list(_slots(_parsed(pattern), most))
    numbered = max((slot.width for slot in slots if slot.allowed >= DIGITS), default=0)
    width = min(numbered, WIDEST)
    texts, used = [], False
    for slot in slots:
        if slot.allowed >= DIGITS and slot.width == numbered and not used:
            texts.append("0" * (numbered - width) + f"{{number % {10**width}:0{width}}}")
            used = True
        else:
            texts.append(_escaped(chr(_plainest(slot.allowed)) * slot.width))
    return "".join(texts), 10**width if used else 1


def _parsed(pattern: str) -> Any:
    try:
        return parser.parse(pattern.removeprefix("^").removesuffix("$"))
    except re.error as error:
        raise Unfit(say("the pattern is none that Python reads: {error}", error=error)) from error


def _slots(parsed: Any, most: int) -> Iterator[Slot]:
    for op, argument in parsed:
        if op is ops.LITERAL:
            yield Slot(frozenset({argument}), 1)
        elif op is ops.ANY:
            yield Slot(frozenset(PRINTED), 1)
        elif op is ops.IN:
            yield Slot(_class(argument), 1)
        elif op is ops.SUBPATTERN:
            yield from _slots(argument[-1], most)
        elif op is ops.BRANCH:
            yield from _slots(argument[1][0], most)
        elif op is ops.MAX_REPEAT:
            yield from _repeated(argument, most)
        else:
            raise Unfit(say("the pattern may hold characters, classes, counts and groups only"))


def _repeated(argument: Any, most: int) -> Iterator[Slot]:
    fewest, highest, inner = argument
    once = list(_slots(inner, most))
    if len(once) == 1 and once[0].width == 1:
        widest = min(highest if isinstance(highest, int) else most, most)
        yield Slot(once[0].allowed, max(fewest, min(widest, WIDEST) if fewest <= 1 < widest else fewest))
        return
    for _ in range(fewest):
        yield from once


def _class(items: Any) -> frozenset[int]:
    codes: set[int] = set()
    negated = False
    for op, argument in items:
        if op is ops.NEGATE:
            negated = True
        elif op is ops.LITERAL:
            codes.add(argument)
        elif op is ops.RANGE:
            codes |= set(range(argument[0], argument[1] + 1))
        elif op is ops.CATEGORY and argument in {ops.CATEGORY_DIGIT, ops.CATEGORY_WORD}:
            codes |= DIGITS | (set() if argument is ops.CATEGORY_DIGIT else {ord("a")})
        else:
            raise Unfit(say("the pattern may hold characters, classes, counts and groups only"))
    return frozenset(PRINTED) - codes if negated else frozenset(codes)


def _plainest(allowed: frozenset[int]) -> int:
    """A letter where there may be one."""
    if not allowed:
        raise Unfit(say("a class of the pattern allows no character"))
    letters = [code for code in allowed if chr(code).isascii() and chr(code).isalnum()]
    return min(letters or allowed)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("{", "{{").replace("}", "}}")

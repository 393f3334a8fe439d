"""Does a condition of GitHub Actions hold on an event? True, False, or None where only GitHub knows; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.*-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>()\[\],]))"
)
CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}
ENDS: Mapping[str, bool] = {"success": True, "always": True, "failure": False, "cancelled": False}


@dataclass(frozen=True, slots=True)
class _Open:
    """A value that is not known here."""


OPEN = _Open()


def holds(condition: object, event: str) -> bool | None:
    """`if:` of a job or step, while everything before it went well. Nothing said holds."""
    if condition is None or condition == "":
        return True
    whole = re.fullmatch(r"\s*\$\{\{(.*)\}\}\s*", str(condition), re.DOTALL)
    text = whole[1] if whole else str(condition)
    if "${{" in text:  # put together as a text
        return None
    try:
        value = _Reader(text, {"github.event_name": event, **_refs(event)}).whole()
    except (ValueError, IndexError):
        return None
    return None if isinstance(value, _Open) else _true(value)


def asks_for_the_end(condition: object) -> bool:
    """It also holds after something failed or was skipped: `always()`, `failure()`, `!cancelled()`."""
    return bool(re.search(r"\b(always|failure|cancelled)\s*\(", str(condition)))


def _refs(event: str) -> dict[str, object]:
    """A pull request is on no branch of its own repository."""
    return {"github.ref_type": "branch"} if event == "pull_request" else {}


def _true(value: object) -> bool:
    return value not in (None, False, 0, "")


class _Reader:
    """Recursive descent over the tokens of an expression."""

    def __init__(self, text: str, known: Mapping[str, object]) -> None:
        self.tokens, self.at, self.known = list(_tokens(text)), 0, known

    def whole(self) -> object:
        value = self._or()
        if self.at != len(self.tokens):
            raise ValueError("something is left")
        return value

    def _sign(self, *signs: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at] in signs:
            self.at += 1
            return self.tokens[self.at - 1]
        return ""

    def _or(self) -> object:
        value = self._and()
        while self._sign("||"):
            value = _either(value, self._and(), stops=True)
        return value

    def _and(self) -> object:
        value = self._compared()
        while self._sign("&&"):
            value = _either(value, self._compared(), stops=False)
        return value

    def _compared(self) -> object:
        left = self._not()
        while sign := self._sign("==", "!=", "<", ">", "<=", ">="):
            right = self._not()
            known = not isinstance(left, _Open) and not isinstance(right, _Open) and sign in {"==", "!="}
            left = (_same(left, right) == (sign == "==")) if known else OPEN
        return left

    def _not(self) -> object:
        if self._sign("!"):
            value = self._not()
            return value if isinstance(value, _Open) else not _true(value)
        return self._one()

    def _one(self) -> object:
        if self._sign("("):
            value = self._or()
            if not self._sign(")"):
                raise ValueError("no )")
            return value
        token = self.tokens[self.at]
        self.at += 1
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if re.fullmatch(r"-?\d+(\.\d+)?", token):
            return float(token)
        return self._call(token) if self._sign("(") else self._named(token)

    def _call(self, name: str) -> object:
        while not self._sign(")"):
            self._or()
            self._sign(",")
        return ENDS.get(name.lower(), OPEN)

    def _named(self, name: str) -> object:
        while self._sign("["):
            self._or()
            self._sign("]")
            name += "[]"
        return CONSTANTS[name.lower()] if name.lower() in CONSTANTS else self.known.get(name.lower(), OPEN)


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError("no token")
        found.append(match[0].strip())
        at = match.end()
    return found


def _either(left: object, right: object, *, stops: bool) -> object:
    """`||` stops at the first true one, `&&` at the first false one; an open one may still be decided by the other."""
    if not isinstance(left, _Open):
        return left if _true(left) is stops else right
    return right if not isinstance(right, _Open) and _true(right) is stops else OPEN


def _same(left: object, right: object) -> bool:
    return (
        str(left).lower() == str(right).lower() if isinstance(left, str) and isinstance(right, str) else left == right
    )

"""Which texts of a service are secret, and how does a record read without them?"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import quote

from runner.discovery.env_files import hidden_env_files
from runner.discovery.target import Target
from runner.reading.env_text import assigned_in, unread_in
from runner.reading.walk import folders_above
from runner.said import Said
from runner.vocabulary.secrets import may_be_secret

T = TypeVar("T")
BLANK = "…"
IN_URL = re.compile(r"://[^/\s:@]*:([^@\s/]+)@")
RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w+/=~-]{20,}")
PLACEHOLDER = re.compile(r"\{\w+\}")
PLAIN = re.compile(r"[A-Za-z_.-]+|\d+")
SHORT, LONG, LINE = 6, 16, 16  # letters


class Secrecy:
    """Blanks what a service's settings hide, and what came up during a run, in texts, bytes and frozen records.

    `came_up` may still grow: tokens and passwords of the callers that are signed in.
    """

    def __init__(self, target: Target, came_up: Sequence[str] = ()) -> None:
        self._settings, self._came_up = (target.secret, *secrets_of(target)), came_up
        self._known, self._pattern = -1, re.compile("")

    def text(self, text: str) -> str:
        return self._secrets().sub(BLANK, text)

    def content(self, content: bytes) -> bytes:
        """Blanked where it is text; anything else is left as it is."""
        try:
            return self.text(content.decode()).encode()
        except UnicodeDecodeError:
            return content

    def record(self, thing: T) -> T:
        """The same frozen record with each of its texts blanked, at any depth."""
        cleared: T = self._cleared(thing)
        return cleared

    def _cleared(self, thing: Any) -> Any:
        if isinstance(thing, Said):
            return thing.with_each(self.text)
        if type(thing) is str:
            return self.text(thing)
        if type(thing) is bytes:
            return self.content(thing)
        if type(thing) is tuple:
            return tuple(self._cleared(one) for one in thing)
        if is_dataclass(thing) and not isinstance(thing, type):
            return replace(thing, **{field.name: self._cleared(getattr(thing, field.name)) for field in fields(thing)})
        return thing

    def _secrets(self) -> re.Pattern[str]:
        """One pattern for all that is known by now, the longest first."""
        if len(self._came_up) != self._known:
            self._known = len(self._came_up)
            told = {one for one in (*self._settings, *self._came_up[: self._known]) if _is_worth_hiding(one)}
            forms = sorted({form for one in told for form in _forms(one)}, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, forms)) or r"(?!)")
        return self._pattern


def secrets_of(target: Target) -> tuple[str, ...]:
    """The secret values in `gonogo.toml` and in env files, the service's and those above it, without examples."""
    pairs = [*target.config.env.items(), *target.config.production.items(), *target.config.limits.items()]
    pairs += [("advisories", target.config.deployment.advisories or "")]
    for file in hidden_env_files(target.root, folders_above(target.root)):
        text = file.read_text(encoding="utf-8", errors="replace")
        pairs += [*((one.name, one.value) for one in assigned_in(text)), *unread_in(text)]
    return tuple(dict.fromkeys(secret for name, value in pairs for secret in _in_setting(name, value)))


def _in_setting(name: str, value: str) -> Iterator[str]:
    literal = [part for part in PLACEHOLDER.split(value) if part]
    named = literal if may_be_secret(name) else []
    passwords = [] if PLACEHOLDER.search(value) else IN_URL.findall(value)
    for secret in [*named, *passwords, *(part for part in literal if RANDOM.fullmatch(part))]:
        yield from (one for one in (secret, *_lines(secret)) if _is_worth_hiding(one))


def _lines(secret: str) -> list[str]:
    """Of a key of several lines, each line that is key and not frame."""
    lines = secret.replace("\\n", "\n").splitlines()
    return [line for line in lines if len(line) >= LINE and "-----" not in line] if len(lines) > 1 else []


def _is_worth_hiding(secret: str) -> bool:
    """A plain word or number stands in many sentences and guards nothing: `postgres`, `tenant_id`, `true`, `8000`."""
    return len(secret) >= (LONG if PLAIN.fullmatch(secret) else SHORT)


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, and as it reads in JSON, in a Python literal and in an address."""
    forms = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    return tuple(dict.fromkeys((*forms, quote(secret, safe=""))))

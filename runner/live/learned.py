"""Which variables does the service demand that nothing names? Asked by importing it, again and again."""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.discovery.invented import as_it_stands
from runner.discovery.settings import given, spelt
from runner.discovery.target import Target
from runner.errors import ProbeError
from runner.live.workshop import Workshop
from runner.vocabulary.secrets import is_secret
from runner.vocabulary.variables import meaning_of

GUEST = Path(__file__).parents[1] / "guest" / "settings_asked.py"
BOOT = 'import logging.config, runpy, sys; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name="__main__")'
ROUNDS = 8  # one variable at a time is refused by code such as `os.environ["X"]`
SECRET, SECRET_LENGTH = "{secret}", 64
SHORT, LONG = "gonogo", SECRET  # what stands for any text, and for one that must be longer
LENGTHS = range(8, 1025)  # of secrets
SECONDS = 30.0  # of one import


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A variable that is not set, or whose value was refused: its default where that is a text, and what would fit."""

    name: str
    value: str | None
    required: bool
    kind: str
    wanted: str
    refused: str


def learned(
    target: Target,
    workshop: Workshop,
    examples: Mapping[str, str],
    told: Callable[[Mapping[str, str]], dict[str, str]],
    beside: Mapping[str, str],
) -> dict[str, str]:
    """Variable → what stands for it, beside those of `[env]`; empty where the app imports without more.

    `told` makes the environment of a process from such variables. An import that fails is asked what it lacked, given
    something of its kind, and tried again. What carries the database's address, Redis', mail's or a secret is named
    wherever the service's own code asks for it, by whatever helper. `beside`: what is given with `[env]`, as in
    production. What the team wrote itself stays.
    """
    found: dict[str, str] = {}
    own = target.config.env | dict(beside)
    moved = any(meaning_of(name).startswith("{database_") and "{database_" not in value for name, value in own.items())
    for _ in range(ROUNDS if target.app else 0):
        answer = _imported(target, workshop, told(own | found))
        more: dict[str, str] = {}
        for asked in (Asked(**one) for one in answer.get("asked", ())):
            value = _value(asked, examples.get(asked.name.upper(), ""), imported=answer["imported"])
            free = asked.name not in target.written and "{" not in own.get(asked.name, "{")
            spelt_out = free and asked.refused.startswith("said: ")
            ours = (
                asked.name not in own or (asked.name not in target.written and own[asked.name] == SECRET) or spelt_out
            )
            new = value is not None and ours and found.get(asked.name) != value
            if value is not None and new and not (moved and "{database_" in value):
                more[asked.name] = value
        if not more and not answer["imported"]:  # its own code may want a longer one
            more = {name: LONG for name, value in found.items() if value == SHORT}
        found |= more
        if not more or answer["imported"]:
            break
    return found


def _value(asked: Asked, example: str, *, imported: bool) -> str | None:
    secret = is_secret(asked.name) and asked.kind in {"", "str"}
    if asked.refused and secret:
        return _secret_of(_length_in(asked.refused))
    if meaning := meaning_of(asked.name):
        return spelt(meaning, example or asked.value or "")
    if imported or not asked.required:
        return None
    if asked.wanted:
        return as_it_stands(asked.wanted)
    if asked.refused and asked.kind == "str":
        return LONG
    return given(asked.name, ast.Name(asked.kind) if asked.kind else None, example)


def _length_in(refusal: str) -> int:
    """The characters that a text must have, as its refusal says; 0 where it says none."""
    return next((int(number) for number in re.findall(r"\b\d+\b", refusal) if int(number) in LENGTHS), 0)


def _secret_of(length: int) -> str:
    """A secret with so many characters; of a length that nobody said, the usual one."""
    whole, rest = divmod(length, SECRET_LENGTH)
    return SECRET * whole + (f"{{secret:.{rest}}}" if rest else "") or SECRET


def _imported(target: Target, workshop: Workshop, env: Mapping[str, str]) -> dict[str, Any]:
    answer = workshop.scratch("asked") / "answer.json"
    argv = [str(target.python), "-c", BOOT, str(GUEST), str(answer), str(target.app)]
    argv += [target.path] if target.path else []
    try:
        workshop.runner.run(argv, cwd=target.root, env=dict(env), timeout=SECONDS)
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    except (OSError, ProbeError, json.JSONDecodeError):  # who asks the app next says why
        return {"imported": True, "asked": ()}
    return found

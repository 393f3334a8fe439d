"""The program that reads a team's file of checks, behind the run's fence: it describes them, or has one judge.

argv: REQUEST ANSWER. The request is pickled by gonogo: `path` and `text` of the file, and for a verdict the `id` of the
check and its `evidence`. The answer is JSON, in the shapes of `runner.team.answers`.
"""

import inspect
import json
import os
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from runner import model
from runner.model import Check, Evidence, Verdict, checks_in

MODULE = "gonogo_own_checks"


def main() -> None:
    request, answer = map(Path, sys.argv[1:3])
    asked = pickle.loads(request.read_bytes())  # noqa: S301 - gonogo wrote it
    answer.write_text(json.dumps(answered(asked)), encoding="utf-8")
    os._exit(0)  # whatever the file has started


def answered(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request; problem with the file or with the check is an answer too."""
    begun: int | None = None
    try:
        found = checks_in(load(asked["path"], asked["text"]))
        if "id" not in asked:
            return {"checks": [described(check) for check in found]}
        check = next(one for one in found if one.id == asked["id"])
        begun = begins(check)
        return told(check.judge(**asked["evidence"]))
    except BaseException as error:  # noqa: BLE001 - somebody else's code: it may also raise SystemExit
        return {"problem": said(error), "line": line_of(error, asked["path"]) or begun}


def load(path: str, text: str) -> ModuleType:
    module = ModuleType(MODULE)
    module.__file__ = path
    sys.modules[MODULE] = module
    exec(compile(text, path, "exec", dont_inherit=True), vars(module))  # noqa: S102 - that is what this program is for
    return module


def described(check: Check[...]) -> dict[str, Any]:
    words = {name: getattr(check, name) for name in ("id", "step", "claim", "why", "fix")}
    return words | {"line": begins(check), "needs": {name: named(kind) for name, kind in check.needs.items()}}


def begins(check: Check[...]) -> int:
    """The line of its mark."""
    judge = inspect.unwrap(check.judge)
    return judge.__code__.co_firstlineno if inspect.isfunction(judge) else 1


def named(kind: type[Evidence]) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def told(verdict: object) -> dict[str, Any]:
    if not isinstance(verdict, Verdict):
        raise TypeError(f"it returned {type(verdict).__name__}, not a verdict: passed(…), failed(…) or unknown(…)")
    return {
        "outcome": verdict.outcome.value,
        "message": verdict.message,
        "places": [place.as_json() for place in verdict.places],
        "again": list(verdict.again),
        "shares": [share.as_json() for share in verdict.shares],
        "looked": verdict.looked,
        "absent": verdict.absent,
    }


def said(problem: BaseException) -> str:
    """The exception in a line; a rule of ours that the file breaks in our own words."""
    words = " ".join(str(problem).split())
    step = problem.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    ours = step is not None and step.tb_frame.f_code.co_filename in {model.__file__, __file__}
    return words if ours and words and isinstance(problem, TypeError) else f"{type(problem).__name__}: {words}"


def line_of(problem: BaseException, path: str) -> int | None:
    """The last line of the file that the exception went through."""
    found = problem.lineno if isinstance(problem, SyntaxError) and problem.filename == path else None
    step = problem.__traceback__
    while step is not None:
        found = step.tb_lineno if step.tb_frame.f_code.co_filename == path else found
        step = step.tb_next
    return found

"""Reports into files, and our commands in the words of whoever typed one."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rich.text import Text

from runner.errors import WorkflowError
from workflow.ledger import Run
from workflow.report import as_json, as_junit, as_markdown

WRITERS: Mapping[str, Callable[[Run], str]] = {"json": as_json, "junit": as_junit, "markdown": as_markdown}
Told = TypeVar("Told", str, Text)
TASK = re.compile(r"\binvoke ([a-z][a-z.]*)")
TAKES_SERVICE = re.compile(r"stage\.[a-z]+|pipeline|status|show|explain|web|load|adopt")


def write_reports(run: Run, wanted: Mapping[str, str]) -> None:
    """Write each report that has a file name; `-` is standard output."""
    for kind, name in wanted.items():
        if name == "-":
            sys.stdout.write(WRITERS[kind](run))
        elif name:
            _write(Path(name), WRITERS[kind](run))


def refuse_lost_reports(wanted: Mapping[str, str]) -> None:
    """Say before a run starts that one of its reports has no place. Raises `WorkflowError`; makes nothing.

    A folder that is not there yet is made when the report is written, as pytest and coverage do.
    """
    for kind, name in wanted.items():
        path = Path(name)
        if name in {"", "-"}:
            continue
        if path.is_dir():
            raise WorkflowError(f"{path} is a folder. Name a file in it: --{kind} {shlex.quote(str(path / 'FILE'))}")
        there = path if path.exists() else next(one for one in path.absolute().parents if one.exists())
        if not path.exists() and not there.is_dir():
            raise WorkflowError(f"{there} is a file, so no report can be written below it: --{kind} FILE")
        if not os.access(there, os.W_OK):
            raise WorkflowError(f"{path} can't be written by this user. Name another file: --{kind} FILE")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkflowError(f"The report can't be written to {path}: {error.strerror}.") from error


def spoken(told: Told) -> Told:
    """`invoke …` as this person types it: `./inv …` or `gonogo …`, and with the service that was named."""
    if isinstance(told, str):
        return TASK.sub(_typed, told)
    lines, done = Text("", end=told.end, no_wrap=told.no_wrap), 0
    for found in TASK.finditer(told.plain):
        lines.append_text(told[done : found.start()])
        style = next((span.style for span in told.spans if span.start <= found.start() < span.end), told.style)
        lines.append(_typed(found), style)
        done = found.end()
    return lines.append_text(told[done:])


def _typed(found: re.Match[str]) -> str:
    word = {"-c": "./inv", "gonogo": "gonogo"}.get(Path(sys.argv[0]).name, "invoke")
    named = named_service(sys.argv[1:])
    service = f" --service {shlex.quote(named)}" if named and TAKES_SERVICE.fullmatch(found[1]) else ""
    return f"{word} {found[1]}{service}"


def named_service(words: Sequence[str]) -> str:
    """The service's folder as it was typed; empty where convention chose it."""
    for number, word in enumerate(words):
        if word.startswith("--service="):
            return word.partition("=")[2]
        if word in {"--service", "-s"} and number + 1 < len(words):
            return words[number + 1]
    return ""

"""Reports into files, and our commands in the words of whoever typed one."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from rich.text import Text

from runner.errors import WorkflowError
from workflow.ledger import Run
from workflow.report import as_json, as_junit, as_markdown

WRITERS: Mapping[str, Callable[[Run], str]] = {"json": as_json, "junit": as_junit, "markdown": as_markdown}
Told = TypeVar("Told", str, Text)


def write_reports(run: Run, wanted: Mapping[str, str]) -> None:
    """Write each report that has a file name; `-` is standard output."""
    for kind, name in wanted.items():
        if name == "-":
            sys.stdout.write(WRITERS[kind](run))
        elif name:
            _write(Path(name), WRITERS[kind](run))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkflowError(f"The report can't be written to {path}: {error.strerror}.") from error


def spoken(told: Told) -> Told:
    """`invoke …` as this person types it: `./inv …` or `gonogo …`."""
    word = {"-c": "./inv", "gonogo": "gonogo"}.get(Path(sys.argv[0]).name, "invoke")
    if word == "invoke":
        return told
    if isinstance(told, str):
        return told.replace("invoke ", f"{word} ")
    lines = Text("", end=told.end)
    for piece in told.split("invoke ", include_separator=True, allow_blank=True):
        if piece.plain.endswith("invoke "):
            piece.right_crop(len("invoke "))
            piece.append(f"{word} ")
        lines.append_text(piece)
    return lines

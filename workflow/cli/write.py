"""Reports into files, and our commands in the words of whoever typed one."""

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from runner.errors import WorkflowError
from runner.said import ENGLISH, reader, say, speaking
from stages.catalogue import Catalogue
from workflow.called import OURS, Called
from workflow.ledger import Run
from workflow.report import as_annotations, as_json, as_junit, as_markdown, as_sarif
from workflow.settings import read_settings

FOR_PEOPLE = frozenset(("markdown", "html"))
Writer = Callable[[Run, Catalogue, Called], str]
WRITERS: Mapping[str, Writer] = {
    "json": as_json,
    "junit": as_junit,
    "sarif": as_sarif,
    "markdown": as_markdown,
}


def write_reports(
    run: Run, catalogue: Catalogue, wanted: Mapping[str, str], called: Called, content: Callable[[str], bytes]
) -> None:
    """Write each report that has a file name; `-` is standard output. `content`: a document by its hash."""
    writers: dict[str, Writer] = {**WRITERS, "html": partial(_as_html, content=content)}
    for kind, name in wanted.items():
        if name == "-":
            sys.stdout.write(_made(kind, writers[kind], run, catalogue, called))
        elif name:
            _write(Path(name), _made(kind, writers[kind], run, catalogue, called))


def _as_html(run: Run, catalogue: Catalogue, called: Called, *, content: Callable[[str], bytes]) -> str:
    from workflow.report import as_html

    return as_html(run, catalogue, called, content=content)


def _made(kind: str, writer: Writer, run: Run, catalogue: Catalogue, called: Called) -> str:
    """What programs read is English, whoever asks for it."""
    with speaking(reader() if kind in FOR_PEOPLE else ENGLISH):
        return writer(run, catalogue, called)


def tell_github(run: Run, catalogue: Catalogue, called: Called, page: Console) -> None:
    """In a job of GitHub Actions: annotations beside the lines, and the report as the job's summary."""
    settings = read_settings()
    if settings.annotates:
        with speaking(ENGLISH):
            page.out(as_annotations(run, catalogue, called), end="", highlight=False)
    if settings.summary:
        with suppress(OSError), Path(settings.summary).open("a", encoding="utf-8") as file:
            file.write(as_markdown(run, catalogue, called))


def refuse_lost_reports(wanted: Mapping[str, str]) -> None:
    """Say before a run starts that one of its reports has no place. Raises `WorkflowError`; makes nothing.

    A folder that is not there yet is made when the report is written, as pytest and coverage do.
    """
    for kind, name in wanted.items():
        path = Path(name)
        if name in {"", "-"}:
            continue
        if path.is_dir():
            raise WorkflowError(
                say(
                    "{path} is a folder. Name a file in it: --{kind} {file}",
                    path=path,
                    kind=kind,
                    file=shlex.quote(str(path / "FILE")),
                )
            )
        there = path if path.exists() else next(one for one in path.absolute().parents if one.exists())
        if not path.exists() and not there.is_dir():
            raise WorkflowError(
                say("{there} is a file, so no report can be written below it: --{kind} FILE", there=there, kind=kind)
            )
        if not os.access(there, os.W_OK):
            raise WorkflowError(
                say("{path} can't be written by this user. Name another file: --{kind} FILE", path=path, kind=kind)
            )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkflowError(
            say("The report can't be written to {path}: {why}.", path=path, why=error.strerror)
        ) from error


def spoken(told: Text, called: Called) -> Text:
    """Our commands in a styled line, as this person types them."""
    plain = called.text(told.plain)
    if plain == told.plain:
        return told
    line, done = Text("", end=told.end, no_wrap=told.no_wrap), 0
    for found in OURS.finditer(told.plain):
        line.append_text(told[done : found.start()])
        style = next((span.style for span in told.spans if span.start <= found.start() < span.end), told.style)
        line.append(called.typed(found), style)
        done = found.end()
    line.append_text(told[done:])
    return line if line.plain == plain else Text(plain, told.style, end=told.end, no_wrap=told.no_wrap)

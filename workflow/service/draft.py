"""A specification drafted from a business document: read, judge, write, over no file unasked."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runner.errors import WorkflowError
from runner.reading.documents import NotReadable, read_document
from runner.reading.word import read_word
from runner.said import say
from runner.specification_text import parse
from stages.requirements.document.across import Elsewhere, compared, in_document, in_specification, speak_of_others
from stages.requirements.document.draft import Draft, as_yaml, draft
from stages.requirements.document.judged import Document, read
from stages.requirements.document.units import plain
from workflow.service.people import Actor, maker_at, may_make

TEXTS = (".md", ".markdown", ".txt", ".text", ".docx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    document: Document
    draft: Draft
    compared: tuple[tuple[str, int], ...] = ()  # file → how many of its duties the document was compared with
    apart: frozenset[str] = frozenset()  # those files that speak of another product


def draft_from(path: str, into: str = "", actor: Actor | None = None, against: Sequence[str] = ()) -> Drafted:
    """Read a document and write the specification where `into` names a file. Raises `WorkflowError`.

    `against`: specifications and other documents that it shall neither repeat nor contradict.
    `actor`: who asks, by default who is at this machine.
    """
    if into:
        may_make(actor or maker_at(Path(into).absolute().parent), say("write {into}", into=into))
    file = Path(path)
    text = _text(file)
    document = read(text)
    if not document.sentences:
        raise WorkflowError(say("{file} holds no sentence. Which file is the business document?", file=file))
    others = [(one, tuple(_agreed(one))) for one in against]
    agreed = [duty for _, duties in others for duty in duties]
    apart = speak_of_others(document, agreed)
    if others:
        document = compared(document, agreed)
    title = _title(text) or file.stem
    named = _named(file, into)
    found = draft(
        document, name=re.sub(r"[^\w-]+", "-", file.stem).strip("-").lower() or "service", path=named, title=title
    )
    if into:
        _write(Path(into), as_yaml(found))
    counted = tuple((one, len(duties)) for one, duties in others)
    return Drafted(document=document, draft=found, compared=counted, apart=apart)


def _agreed(path: str) -> Iterator[Elsewhere]:
    """The duties of a specification or of a document."""
    file = Path(path)
    if file.suffix.lower() not in {".yaml", ".yml"}:
        yield from in_document(read(_text(file)), path)
        return
    _is_there(file)
    problems, parsed = parse(path, file.read_text(encoding="utf-8", errors="replace"))
    if parsed is None:
        raise WorkflowError(
            say(
                "{file} is no specification that can be read: {note}. `invoke stage.requirements` says more.",
                file=file,
                note=problems[0].note,
            )
        )
    yield from in_specification(parsed, path)


def as_json(document: Document) -> str:
    """Every sentence with its kind and defects, and the pairs that contradict."""
    sentences = [
        {
            "text": one.unit.text,
            "obliges": one.obliges,
            "kind": one.kind,
            "defects": [
                {"class": found.defect, "span": found.span} | ({"of": found.other} if found.other else {})
                for found in one.found
            ],
        }
        for one in document.sentences
    ]
    told = {"sentences": sentences, "contradictions": [list(pair) for pair in document.contradictions]}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def write_json(file: str, document: Document, actor: Actor | None = None) -> None:
    may_make(actor or maker_at(Path(file).absolute().parent), say("write {file}", file=file))
    try:
        Path(file).write_text(as_json(document), encoding="utf-8")
    except OSError as error:
        raise WorkflowError(say("{file} can't be written: {strerror}.", file=file, strerror=error.strerror)) from error


def _is_there(file: Path) -> None:
    if file.is_dir():
        raise WorkflowError(
            say(
                "{file} is a folder. Name a document in it, such as {example}.", file=file, example=_a_document_of(file)
            )
        )
    if not file.is_file():
        raise WorkflowError(say("There is no file {file}.", file=file))


def _a_document_of(folder: Path) -> Path:
    """The first that can be read there; a usual name where there is none."""
    found: list[Path] = []
    with suppress(OSError):
        found = sorted(one for one in folder.iterdir() if one.suffix.lower() in TEXTS and one.is_file())
    return next(iter(found), folder / "requirements.md")


def _text(file: Path) -> str:
    _is_there(file)
    if file.suffix.lower() not in TEXTS:
        raise WorkflowError(
            say("{file} is neither Markdown, plain text nor .docx. Save it as one of these.", file=file)
        )
    try:
        return read_word(file) if file.suffix.lower() == ".docx" else read_document(file)
    except NotReadable as error:
        raise WorkflowError(say("{file}: {error}.", file=file, error=error)) from error


def _title(text: str) -> str:
    return next((plain(line.lstrip("# ")) for line in text.splitlines() if line.strip()), "")


def _named(file: Path, into: str) -> str:
    """The document as the specification names it: from its own folder, where it lies below that."""
    folder = Path(into).resolve().parent if into else Path.cwd()
    whole = file.resolve()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else file.name


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise WorkflowError(
            say("{path} is there already; it is left alone. Name another file: --into FILE", path=path)
        ) from error
    except OSError as error:
        raise WorkflowError(say("{path} can't be written: {strerror}.", path=path, strerror=error.strerror)) from error

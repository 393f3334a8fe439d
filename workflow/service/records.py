"""`decide`: the records that a service lacks and its architecture document, over nothing that people wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from runner.discovery.secrecy import Secrecy
from runner.discovery.target import Target
from runner.engine import Shelf
from runner.errors import NotThere, ProbeError, WorkflowError
from runner.evidence.agreed.architecture import PLACES
from runner.evidence.agreed.decisions import Decisions
from runner.evidence.agreed.specification import Spec
from runner.evidence.code.interpreter import Interpreter, normal
from runner.evidence.code.lock_file import LockFile
from runner.evidence.contract.routes import Routes
from runner.evidence.release.layout import Layout
from runner.evidence.release.parts_seen import PartsSeen
from runner.model import Evidence
from runner.said import say
from stages.design.architecture_document import architecture_document
from stages.design.deciding.records import Made, Situation, missing_records
from workflow.service.people import Actor, maker_at, may_make
from workflow.service.rooms import new_workshop

E = TypeVar("E", bound=Evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was written, and what was left alone."""

    folder: str
    records: tuple[Made, ...]
    kept: int  # records that were there
    document: str
    renewed: tuple[str, ...] = ()  # parts of the document
    edited: tuple[str, ...] = ()  # parts that people have changed
    own: bool = False  # the document has no part of ours: it is the team's
    problem: str = ""  # why there is no document


def write_decisions(
    target: Target, listen: Callable[[str], None], today: date, *, actor: Actor | None = None
) -> Decided:
    """Look, and write what is missing. Raises `WorkflowError` where something can't be read or written.

    `actor`: who asks; default: who types here.
    """
    may_make(actor or maker_at(target.root), say("write decisions of {name}", name=target.name))
    listen(
        say(
            "Looking at {name}: its specification, records, lock, settings, compose file and contract …",
            name=target.name,
        )
    )
    with new_workshop() as workshop:
        shelf = Shelf(target, workshop)
        secrecy = Secrecy(target, workshop.secrets)
        try:
            decisions = _must(shelf, Decisions)
            made = missing_records(_situation(shelf, decisions, today))
            folder = decisions.folder or "docs/decisions"
            for one in made:
                _write_new(target, f"{folder}/{one.name}", secrecy.text(one.text))
            return _documented(target, shelf, secrecy, folder, made, len(decisions.records))
        except WorkflowError as error:
            raise WorkflowError(secrecy.text(str(error))) from error


def _situation(shelf: Shelf, decisions: Decisions, today: date) -> Situation:
    spec, lock, python = _seen(shelf, Spec), _seen(shelf, LockFile), _seen(shelf, Interpreter)
    pins = {normal(pin.name): pin.version for pin in lock.pins if pin.version} if lock else {}
    return Situation(
        today=today,
        spec=spec.content if spec else None,
        records=decisions.records,
        seen=_must(shelf, PartsSeen),
        python=python.python if python else "",
        locked=pins,
    )


def _documented(target: Target, shelf: Shelf, secrecy: Secrecy, folder: str, made: list[Made], kept: int) -> Decided:
    """The document, made or renewed, with the records that have just been written."""
    path = next((one for one in PLACES if (target.root / one).is_file()), PLACES[0])
    told = Decided(folder=folder, records=tuple(made), kept=kept, document=path)
    fresh = Shelf(target, shelf.workshop)
    try:
        layout, routes, decisions = _must(fresh, Layout), _must(fresh, Routes), _must(fresh, Decisions)
    except ProbeError as error:
        return Decided(folder=folder, records=told.records, kept=kept, document=path, problem=str(error))
    file = target.root / path
    there = file.read_text(encoding="utf-8") if file.is_file() else None
    found = architecture_document(layout, decisions, routes, there, secrecy.text)
    if there is None:
        _write_new(target, path, found.text)
    elif found.renewed:
        _write(target, path, found.text)
    own = there is not None and not found.renewed and not found.edited and "<!-- gonogo:" not in there
    return Decided(
        folder=folder,
        records=told.records,
        kept=kept,
        document=path,
        renewed=found.renewed,
        edited=found.edited,
        own=own,
    )


def _seen(shelf: Shelf, kind: type[E]) -> E | None:
    """The evidence, None where the service has no such thing. Raises any other problem."""
    try:
        return _must(shelf, kind)
    except NotThere:
        return None


def _must(shelf: Shelf, kind: type[E]) -> E:
    kept = shelf.get(kind)
    if kept.problem is not None:
        raise kept.problem
    assert isinstance(kept.evidence, kind)
    return kept.evidence


def _write_new(target: Target, path: str, text: str) -> None:
    file = target.root / path
    if not file.resolve().is_relative_to(target.root.resolve()):
        raise WorkflowError(say("{path} leads out of the service's folder; nothing is written there.", path=path))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise WorkflowError(say("{path} is there already; it is left alone.", path=path)) from error
    except OSError as error:
        raise WorkflowError(say("{path} can't be written: {strerror}.", path=path, strerror=error.strerror)) from error


def _write(target: Target, path: str, text: str) -> None:
    file = target.root / path
    if file.is_symlink() or not file.resolve().is_relative_to(target.root.resolve()):
        raise WorkflowError(say("{path} leads out of the service's folder; nothing is written there.", path=path))
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkflowError(say("{path} can't be written: {strerror}.", path=path, strerror=error.strerror)) from error

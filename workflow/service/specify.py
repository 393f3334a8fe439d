"""The specification, changed in a form: the patch is shown first, then the file that developers edit is written."""

import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.model import Place
from runner.reading.documents import NotReadable, read_document
from runner.reading.round_trip import Change, edited
from runner.said import say
from runner.specification import Acceptance, Quality, Question, Requirement, Specification
from runner.specification_text import parse
from workflow.service.people import Actor, may_run


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationText:
    """The file as it is now; `content` is None where it is not valid, and `problems` say why."""

    path: str
    text: str
    content: Specification | None
    problems: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that nobody has written yet."""

    path: str
    before: str
    after: str
    problems: tuple[str, ...] = ()  # why it would not be valid

    @property
    def patch(self) -> str:
        lines = self.before.splitlines(keepends=True), self.after.splitlines(keepends=True)
        return "".join(difflib.unified_diff(*lines, f"a/{self.path}", f"b/{self.path}"))


def read_specification_text(target: Target) -> SpecificationText:
    """Raises `WorkflowError` where there is none, where it can't be read, or where it lies outside of the service."""
    file = _file(target)
    if not file.is_file():
        raise WorkflowError(
            say("There is no {spec} yet. `invoke adopt` proposes one from what the service serves.", spec=target.spec)
        )
    try:
        text = read_document(file)
    except NotReadable as error:
        raise WorkflowError(say("{spec}: {error}.", spec=target.spec, error=error)) from error
    problems, content = parse(target.spec, text)
    return SpecificationText(path=target.spec, text=text, content=content, problems=problems)


def propose(spec: SpecificationText, changes: Sequence[Change]) -> Proposal:
    """The file with these changes. Raises `WorkflowError` where it can't be changed there."""
    try:
        after = edited(spec.text, changes) if changes else spec.text
    except NotReadable as error:
        raise WorkflowError(say("{path} {error}. Change it in an editor.", path=spec.path, error=error)) from error
    problems, _ = parse(spec.path, after)
    return Proposal(path=spec.path, before=spec.text, after=after, problems=tuple(one.note for one in problems))


def write_specification(target: Target, proposal: Proposal, actor: Actor) -> None:
    """Write what was shown, whole or not at all. Raises `WorkflowError` for a viewer, or where the file has changed."""
    may_run(actor, say("change {spec}", spec=target.spec), target)
    if proposal.problems:
        raise WorkflowError(say("Nothing was written: {problem}.", problem=proposal.problems[0]))
    file = _file(target)
    try:
        if read_document(file) != proposal.before:
            raise WorkflowError(
                say("{path} has changed meanwhile. Nothing was written: look at the patch again.", path=proposal.path)
            )
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(proposal.after)
        shutil.copymode(file, name)
        Path(name).replace(file)
    except (OSError, NotReadable) as error:
        raise WorkflowError(say("{path} can't be written: {error}.", path=proposal.path, error=error)) from error


def _file(target: Target) -> Path:
    """Where it really lies. Raises `WorkflowError` where a link or a path leads out of the service's folder."""
    file = (target.root / target.spec).resolve()
    if not file.is_relative_to(target.root.resolve()):
        raise WorkflowError(
            say("{spec} leads out of the service's folder. Name one inside of it in gonogo.toml.", spec=target.spec)
        )
    return file


def requirement_changes(content: Specification, wanted: Requirement) -> list[Change]:
    """What makes one requirement, by its id, what is wanted; one that is not there yet is appended."""
    place = next((n for n, one in enumerate(content.requirements) if one.id == wanted.id), None)
    if place is None:
        told = wanted.model_dump(mode="json", exclude_defaults=True)
        return [_appended("requirements", len(content.requirements), told)]
    old, at = content.requirements[place], ("requirements", place)
    found = [
        Change(where=(*at, key), value=getattr(wanted, key))
        for key in ("title", "text", "priority")
        if getattr(wanted, key) != getattr(old, key)
    ]
    return [*found, *_criteria(old, wanted, at)]


def _criteria(old: Requirement, wanted: Requirement, at: tuple[int | str, ...]) -> Iterator[Change]:
    known = {one.id: n for n, one in enumerate(old.acceptance)}
    new = [one.model_dump(mode="json", exclude_defaults=True) for one in wanted.acceptance if one.id not in known]
    for one in wanted.acceptance:
        if one.id in known and one.text != old.acceptance[known[one.id]].text:
            yield Change(where=(*at, "acceptance", known[one.id], "text"), value=one.text)
    if new and not old.acceptance:
        yield Change(where=(*at, "acceptance"), value=new)
    elif new:
        yield from (Change(where=(*at, "acceptance", len(known) + n), value=one) for n, one in enumerate(new))


def next_criterion(requirement: Requirement, text: str) -> Acceptance:
    """A new criterion, numbered as the others are: AC-POST-001-3."""
    numbers = [re.fullmatch(r"(.*[-._])(\d+)", one.id) for one in requirement.acceptance]
    known = [(found[1], int(found[2])) for found in numbers if found]
    stem, last = known[-1] if known else (f"AC-{requirement.id.removeprefix('REQ-')}-", 0)
    return Acceptance(id=f"{stem}{max([last, *(n for s, n in known if s == stem)]) + 1}", text=text)


def answer_changes(content: Specification, id: str, answer: str) -> list[Change]:
    """What answers a question."""
    place = next(n for n, one in enumerate(content.questions) if one.id == id)
    old: Question = content.questions[place]
    wanted = {"answer": answer, "status": "answered"}
    return [Change(where=("questions", place, k), value=v) for k, v in wanted.items() if getattr(old, k) != v]


def need_changes(content: Specification, wanted: Quality) -> list[Change]:
    """What makes one quality need, by its id, what is wanted; one that is not there yet is appended."""
    place = next((n for n, one in enumerate(content.quality) if one.id == wanted.id), None)
    if place is None:
        told = {key: _plain(value) for key, value in wanted.model_dump(exclude_defaults=True).items()}
        if wanted.load:
            told["load"] = {key: _plain(value) for key, value in wanted.load.model_dump().items()}
        return [_appended("quality", len(content.quality), told)]
    old, at = content.quality[place], ("quality", place)
    found = [
        Change(where=(*at, key), value=_plain(getattr(wanted, key)))
        for key in ("text", "metric", "endpoint", "percentile", "limit", "unit")
        if getattr(wanted, key) != getattr(old, key)
    ]
    if wanted.load == old.load or wanted.load is None:
        return found
    if old.load is None:
        return [*found, Change(where=(*at, "load"), value=wanted.load.model_dump())]
    pairs = ((key, _plain(getattr(wanted.load, key)), getattr(old.load, key)) for key in ("users", "seconds"))
    return [*found, *(Change(where=(*at, "load", key), value=new) for key, new, before in pairs if new != before)]


def question_changes(content: Specification, asked: Question) -> list[Change]:
    """What asks one more question."""
    return [_appended("questions", len(content.questions), asked.model_dump(mode="json", exclude_defaults=True))]


def _appended(key: str, count: int, told: dict[str, Any]) -> Change:
    """One more entry of a list; the list itself where the file has none, or an empty one."""
    return Change(where=(key, count), value=told) if count else Change(where=(key,), value=[told])


def next_id(ids: Iterable[str], otherwise: str) -> str:
    """The id behind the last one, numbered as the others are: QN-2 behind QN-1; `otherwise` where there is none."""
    known = tuple(ids)
    found = [(one, re.fullmatch(r"(.*?)(\d+)", one)) for one in known]
    last = next((match for _, match in reversed(found) if match), None)
    if last is None:
        return otherwise
    stem, width = last[1], len(last[2])
    numbers = [int(match[2]) for _, match in found if match and match[1] == stem]
    return f"{stem}{max(numbers) + 1:0{width}}"


def _plain(value: object) -> object:
    """250 and not 250.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value

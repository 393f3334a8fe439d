"""A team's checks in files of the service. They never run in gonogo's own process: it may be a stranger's service."""

import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from runner.discovery.config import NAME
from runner.discovery.target import Target
from runner.errors import ProbeError, WorkflowError
from runner.live.workshop import Workshop
from runner.model import Check, Evidence, Outcome, Stage, Verdict, in_file, unknown
from runner.processes.process import clean_environment
from runner.processes.ran import TookTooLong, how_it_ended
from runner.reading.documents import NotReadable, read_document
from runner.said import say
from runner.team.answers import Answer, Described, Descriptions, Problem, Told, evidence_named, plain
from runner.team.unread import unread
from runner.team.verdicts import lawful

A = TypeVar("A", bound=Answer)
WITHIN = 20.0  # seconds, to read a file or to judge
ROOT = Path(__file__).parents[2]
BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from runner.team.child import main; main()"
OTHERWISE = say("Correct it, or take the file out of {name}, [checks] files", name=NAME)
NO_PACKAGES = say(". It is read by gonogo's own Python, which has neither the service's code nor its packages")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFile:
    """A file as it was read: its path from the service's folder, and its text."""

    path: str
    text: str


def files_of(target: Target) -> tuple[CheckFile, ...]:
    """The files that `gonogo.toml` names. Raises `WorkflowError` for one that is not there or no text."""
    return tuple(_read(target.root, path) for path in target.config.checks.files)


def _read(root: Path, path: str) -> CheckFile:
    named = say("{root}, key `checks.files`, names {path}", root=root / NAME, path=path)
    if not (root / path).is_file():
        raise WorkflowError(
            say("{named}, which is not there. Write it (see gonogo's docs/own-checks.md), or take it out.", named=named)
        )
    try:
        return CheckFile(path=path, text=read_document(root / path))
    except NotReadable as error:
        raise WorkflowError(say("{named}: {error}.", named=named, error=error)) from error


def describe(file: CheckFile, workshop: Workshop) -> tuple[Check[...], ...]:
    """The file's checks, which can't judge before they are `seated`. Raises `WorkflowError` for a file with a fault.

    Where nothing would keep the file's code from the machine it is not run: then each check is UNKNOWN, and says why.
    """
    try:
        workshop.fence.refuse()
    except ProbeError as refused:
        return unread(file.path, file.text, str(refused))
    try:
        told = _ask(file, workshop, Descriptions)
    except ProbeError as error:
        raise WorkflowError(say("{error}. {otherwise}.", error=error, otherwise=OTHERWISE)) from error
    if not told.checks:
        raise WorkflowError(
            say(
                "{path} has no check: no function marked with @check. {otherwise}.", path=file.path, otherwise=OTHERWISE
            )
        )
    return tuple(_check(file, one) for one in told.checks)


def _check(file: CheckFile, told: Described) -> Check[...]:
    where = f"{file.path}:{told.line}"
    needs = {name: _kind(where, told.id, named) for name, named in told.needs.items()}
    judge = FileJudge(file=file, id=told.id, line=told.line)
    return Check(told.id, told.step, told.claim, told.why, told.fix, needs, judge, where)


def _kind(where: str, id: str, named: str) -> type[Evidence]:
    if kind := evidence_named(named):
        return kind
    raise WorkflowError(
        say(
            "{where}: {id} needs `{rpartition}`, which is no evidence of gonogo's. Take kinds "
            "from runner.evidence: what a team collects itself can't be judged yet.",
            where=where,
            id=id,
            rpartition=plain(named).rpartition(":")[2],
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileJudge:
    """Asks the file for one check's verdict, in a process behind the fence of the workshop's run."""

    file: CheckFile
    id: str
    line: int
    workshop: Workshop | None = None

    def __call__(self, /, **evidence: Evidence) -> Verdict:
        assert self.workshop is not None, "seated() comes first"
        try:
            told = _ask(self.file, self.workshop, Told, id=self.id, evidence=evidence)
            verdict = lawful(self.id, f"{self.file.path}:{self.line}", told.verdict())
        except (ProbeError, ValueError) as error:
            verdict = unknown(str(error))
        here = () if verdict.outcome is not Outcome.UNKNOWN or verdict.places else (in_file(self.file.path, self.line),)
        return replace(verdict, places=verdict.places or here)


def seated(stages: Iterable[Stage], workshop: Workshop) -> tuple[Stage, ...]:
    """The stages with the checks of files ready to judge, behind the workshop's fence."""
    return tuple(replace(stage, checks=tuple(_seated(stage.checks, workshop))) for stage in stages)


def _seated(checks: Sequence[Check[...]], workshop: Workshop) -> Iterator[Check[...]]:
    for check in checks:
        judge = check.judge
        yield replace(check, judge=replace(judge, workshop=workshop)) if isinstance(judge, FileJudge) else check


def _ask(file: CheckFile, workshop: Workshop, shape: type[A], **more: object) -> A:
    """The child's answer. Raises `ProbeError` for problem that it tells, for none, and for one of another shape."""
    folder = workshop.scratch("checks")
    request, answer = folder / "request", folder / "answer"
    request.write_bytes(pickle.dumps({"path": file.path, "text": file.text, **more}))
    argv = [sys.executable, "-IB", "-c", BOOT, str(ROOT), str(request), str(answer)]
    try:
        ran = workshop.runner.run(argv, cwd=folder, env=clean_environment(), timeout=WITHIN)
    except TookTooLong as late:
        raise ProbeError(
            say("{path} did not answer within {within} s and was ended", path=file.path, within=f"{WITHIN:.0f}")
        ) from late
    request.unlink(missing_ok=True)
    if answer.is_symlink() or not answer.is_file():
        said = say(": {plain}", plain=plain(ran.last_words)[:200]) if ran.code and ran.err.strip() else ""
        raise ProbeError(
            say(
                "{path} ended its process ({how_it_ended}) and gave no answer{said}",
                path=file.path,
                how_it_ended=how_it_ended(ran.code),
                said=said,
            )
        )
    return _read_answer(file, answer, shape)


def _read_answer(file: CheckFile, answer: Path, shape: type[A]) -> A:
    try:
        text = read_document(answer)
    except NotReadable as error:
        raise ProbeError(
            say("{path} gave an answer that can't be read: {error}", path=file.path, error=error)
        ) from error
    if problem_told := _parsed(text, Problem):
        raise ProbeError(_located(file.path, problem_told))
    if told := _parsed(text, shape):
        return told
    raise ProbeError(
        say(
            "{path} gave an answer that is none: see what its checks return, and what it does on import", path=file.path
        )
    )


def _parsed(text: str, shape: type[A]) -> A | None:
    try:
        return shape.model_validate_json(text)
    except ValidationError:
        return None


def _located(path: str, told: Problem) -> str:
    hint = NO_PACKAGES if told.problem.startswith(("ModuleNotFoundError", "ImportError")) else ""
    return say(
        "{path}{line}: {problem}{hint}",
        path=path,
        line=f":{told.line}" if told.line else "",
        problem=told.problem.rstrip("."),
        hint=hint,
    )

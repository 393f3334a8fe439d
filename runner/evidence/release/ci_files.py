"""Are there tests at all, and does anything run them when code is pushed?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Self

from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError
from runner.evidence.release.workflows import ELSEWHERE, Workflow, read_workflow, runs_elsewhere, steps_of
from runner.evidence.suite.ci_tests import CHANGES, CiRun, Step, runs_of
from runner.evidence.suite.suite_files import test_names, tests_beside, tests_of
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.documents import NotReadable, read_document, text_of, yaml_in
from runner.reading.walk import folders_above
from runner.said import say, together

CI = (".github/workflows/*.yml", ".github/workflows/*.yaml", *ELSEWHERE)
# What other CI systems call the list of commands of a job.
SCRIPTS = frozenset(("script", "before_script", "after_script", "run", "command", "commands", "bash", "sh", "build"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFile:
    path: str  # relative to the service, or to the repository's root above it
    runs_tests: bool | None  # None: it can't be told
    why: str = ""  # why it runs none, or why it can't be told
    paths: tuple[str, ...] = ()  # the only tests that it runs; none: all


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsAndCi(Evidence):
    """The files with tests, and what runs them."""

    __test__ = False  # it is no test of ours

    files: tuple[str, ...]
    functions: int
    ci: tuple[CiFile, ...]
    judged: int = 0  # test functions in the files that CI runs

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        try:
            found = tests_of(probe)
        except (NotThere, ProbeError):
            found = tests_beside(probe.root, probe.target.sources)
        named = {shown(probe.root, path): count_tests(text_of(path)) for path in found}
        ci = tuple(ci_files(probe.root, list(named)))
        return cls(files=tuple(named), functions=sum(named.values()), ci=ci, judged=run_by(ci, named))


def count_tests(text: str) -> int:
    return len(test_names(text))


def run_by(ci: tuple[CiFile, ...], functions: Mapping[str, int]) -> int:
    """How many test functions are in the files that CI names; all of them where a command names none."""
    running = [one for one in ci if one.runs_tests]
    wanted = [path for one in running for path in one.paths]
    if any(not one.paths for one in running):
        return sum(functions.values())
    return sum(number for file, number in functions.items() if any(_below(file, path) for path in wanted))


def _below(file: str, path: str) -> bool:
    """Is a file, as the service names it, in the folder that a command names, from wherever it is run?"""
    parts, wanted = PurePosixPath(file).parts, PurePosixPath(path.rstrip("/")).parts
    return any(parts[: len(wanted[n:])] == wanted[n:] for n in range(len(wanted))) or path in (".", "./")


def ci_files(root: Path, tests: Sequence[str] = ()) -> Iterator[CiFile]:
    """In the service's folder, and in the folders above it up to the repository's root. `tests`: its test files."""
    for folder in (root, *folders_above(root)):
        for path in sorted(found for pattern in CI for found in folder.glob(pattern)):
            yield _judged(path.relative_to(folder).as_posix(), _runs(path, folder, root, tests), tests)


def _judged(path: str, runs: Sequence[CiRun], tests: Sequence[str]) -> CiFile:
    counting = [run for run in runs if run.counts]
    if counting:
        files = tuple(dict.fromkeys(file for run in counting for file in run.files))
        left_out = together(dict.fromkeys(word for run in counting for word in run.narrowed), "; ")
        whole = not files or set(files) >= set(tests)
        return CiFile(path=path, runs_tests=True, why=left_out, paths=() if whole else files)
    if unsure := next((run.unsure for run in runs if run.unsure and not run.problem), ""):
        return CiFile(path=path, runs_tests=None, why=unsure)
    problem = next((run.problem for run in runs if run.problem), say("no command of it runs tests"))
    return CiFile(path=path, runs_tests=False, why=problem)


def _runs(path: Path, top: Path, root: Path, tests: Sequence[str]) -> list[CiRun]:
    """What of a CI's file runs the tests: of a workflow by its steps, of any other file by its scripts."""
    try:
        text = read_document(path)
    except NotReadable as error:
        return [_dark(path.name, str(error))]
    if path.parent.name == "workflows":
        workflow = read_workflow(path.name, text)
        if workflow.unreadable:
            return [_dark(path.name, workflow.unreadable)]
        runs = [*runs_of(steps_of(workflow), top, root, tests), *runs_elsewhere(workflow)]
        idle = say("it runs on {events} alone", events=together(workflow.events))
        return [run if _starts(workflow, run) else replace(run, problem=run.problem or idle) for run in runs]
    steps = [
        Step(path=path.name, workflow=path.name, job=str(n), line=1, run=one) for n, one in enumerate(scripts_in(text))
    ]
    return runs_of(steps, top, root, tests)


def _dark(name: str, why: str) -> CiRun:
    return CiRun(path=name, workflow=name, job="", line=1, command="", unsure=say("what it runs: {why}", why=why))


def _starts(workflow: Workflow, run: CiRun) -> bool:
    """Does a change start it: by itself, or where another workflow calls this one?"""
    return bool({*CHANGES, "workflow_call"} & set(workflow.events)) and bool(run.events or run.unsure)


def scripts_in(text: str) -> list[str]:
    """The scripts that a file of another CI holds: of a job that may fail, or that nobody starts, none."""
    try:
        loaded = yaml_in(text).value
    except NotReadable:
        loaded = text
    if isinstance(loaded, dict):
        return list(_scripts(loaded))
    return re.findall(
        r"^\s*(?:sh|bat)\s*\(?\s*(?:script:\s*)?[\"']{1,3}(.*?)[\"']{1,3}", text, re.MULTILINE | re.DOTALL
    )


def _scripts(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("allow_failure") is True or node.get("when") in ("never", "manual") or node.get("if") is False:
            return
        for key, value in node.items():
            if str(key) in SCRIPTS and isinstance(value, str | list):
                lines = value if isinstance(value, list) else [value]
                yield "\n".join(one for one in lines if isinstance(one, str))
                yield from (script for one in lines if isinstance(one, dict) for script in _scripts(one))
            else:
                yield from _scripts(value)
    elif isinstance(node, list):
        for one in node:
            yield from _scripts(one)

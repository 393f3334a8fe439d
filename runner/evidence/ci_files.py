"""Are there tests at all, and does anything run them when code is pushed?"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.documents import NotReadable, read_document, yaml_in
from runner.errors import NotThere
from runner.evidence.ci_tests import CiRun, Step, runs_of
from runner.evidence.suite import tests_of
from runner.evidence.workflows import read_workflow, steps_of
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.syntax import tree_of
from runner.target import folders_above

CI = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitlab-ci.yml",
    ".forgejo/workflows/*.y*ml",
    ".gitea/workflows/*.y*ml",
    ".circleci/config.yml",
    ".woodpecker.y*ml",
    ".woodpecker/*.y*ml",
    ".drone.yml",
    ".travis.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "buildspec.yml",
    "Jenkinsfile",
)
# What other CI systems call the list of commands of a job.
SCRIPTS = frozenset(("script", "before_script", "after_script", "run", "command", "commands", "bash", "sh", "build"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFile:
    path: str  # relative to the service, or to the repository's root above it
    runs_tests: bool  # for sure, and their failure counts
    unsure: str = ""  # what is not known of it: whether a variable, or a target elsewhere, runs them


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsAndCi(Evidence):
    """The files with tests, and what runs them."""

    __test__ = False  # it is no test of ours

    files: tuple[str, ...]
    functions: int
    ci: tuple[CiFile, ...]

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        try:
            found = tests_of(probe)
        except NotThere:
            found = []
        return cls(
            files=tuple(path.relative_to(probe.root).as_posix() for path in found),
            functions=sum(count_tests(path.read_text(encoding="utf-8", errors="replace")) for path in found),
            ci=tuple(ci_files(probe.root)),
        )


def count_tests(text: str) -> int:
    try:
        tree = tree_of(text)
    except SyntaxError:
        return 0
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return sum(isinstance(node, kinds) and node.name.startswith("test") for node in ast.walk(tree))


def ci_files(root: Path) -> Iterator[CiFile]:
    """In the service's folder, and in the folders above it up to the repository's root."""
    for folder in (root, *folders_above(root)):
        for path in sorted(found for pattern in CI for found in folder.glob(pattern)):
            runs = _runs(path, folder, root)
            unsure = next((run.unsure for run in runs if run.unsure and not run.trouble), "")
            counts = any(run.counts for run in runs)
            yield CiFile(path=path.relative_to(folder).as_posix(), runs_tests=counts, unsure="" if counts else unsure)


def _runs(path: Path, top: Path, root: Path) -> list[CiRun]:
    """What of a CI's file runs the tests: of a workflow by its steps, of any other file by its scripts."""
    try:
        text = read_document(path)
    except NotReadable:
        return []
    if path.parent.name == "workflows":
        return runs_of(steps_of(read_workflow(path.name, text)), top, root, ())
    steps = [
        Step(path=path.name, workflow=path.name, job=str(n), line=1, run=one) for n, one in enumerate(scripts_in(text))
    ]
    return runs_of(steps, top, root, ())


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

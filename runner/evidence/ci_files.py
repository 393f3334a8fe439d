"""Are there tests at all, and does anything run them when code is pushed?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from runner.documents import NotReadable, yaml_texts
from runner.errors import NotThere
from runner.evidence.ci_commands import Read, TestRun, runs_in
from runner.evidence.suite import test_names, tests_of
from runner.model import Evidence
from runner.probe import TargetProbe
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
PUSHED = frozenset({"push", "pull_request", "pull_request_target", "merge_group", "schedule"})
SCRIPTS = frozenset({"run", "script", "before_script", "commands", "command", "bash", "install"})
NEVER = frozenset({"false", "${{ false }}", "${{false}}"})


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
    def collect(cls, probe: TargetProbe) -> Self:
        try:
            found = tests_of(probe)
        except NotThere:
            found = []
        named = {path.relative_to(probe.root).as_posix(): count_tests(_text(path)) for path in found}
        ci = tuple(ci_files(probe.root))
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


def ci_files(root: Path) -> Iterator[CiFile]:
    """In the service's folder, and in the folders above it up to the repository's root."""
    for folder in (root, *folders_above(root)):

        def read(name: str, folder: Path = folder) -> str | None:
            found = next((p for p in (root / name, folder / name) if p.is_file()), None)
            return _text(found) if found else None

        for path in sorted(found for pattern in CI for found in folder.glob(pattern)):
            yield _judged(path.relative_to(folder).as_posix(), _text(path), read)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _judged(path: str, text: str, read: Read) -> CiFile:
    if path == "Jenkinsfile":
        return CiFile(path=path, runs_tests=None, why="Groovy is not read")
    try:
        whole = yaml_texts(text)
    except NotReadable as error:
        return CiFile(path=path, runs_tests=None, why=str(error))
    if "workflows/" in path and not PUSHED & _events(whole):
        return CiFile(path=path, runs_tests=False, why="no push and no pull request starts it")
    runs = [run for script in _scripts(whole) for run in runs_in(script, read)]
    whole_ones = [run for run in runs if not run.chosen] or runs
    if not whole_ones:
        return CiFile(path=path, runs_tests=False, why="no command of it runs tests")
    every = any(not run.paths for run in whole_ones)
    paths = () if every else tuple(dict.fromkeys(p for run in whole_ones for p in run.paths))
    return CiFile(path=path, runs_tests=True, why=_choice(whole_ones), paths=paths)


def _choice(runs: list[TestRun]) -> str:
    return "; ".join(dict.fromkeys(run.chosen for run in runs if run.chosen))


def _events(workflow: object) -> set[str]:
    """What starts a workflow of GitHub, or of one of its likes."""
    on = workflow.get("on") if isinstance(workflow, dict) else None
    return set(on) if isinstance(on, dict | list) else {str(on)}


def _scripts(node: Any) -> Iterator[str]:
    """Every text that a step runs. What is switched off, or may fail, is left out."""
    if isinstance(node, list):
        for one in node:
            yield from _scripts(one)
    if not isinstance(node, dict) or _switched_off(node):
        return
    for key, value in node.items():
        if key in SCRIPTS and isinstance(value, str):
            yield value
        elif key in SCRIPTS and isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield "\n".join(value)
        elif isinstance(value, dict | list):
            yield from _scripts(value)


def _switched_off(node: Mapping[str, Any]) -> bool:
    """A job or a step that never runs, or whose failure says nothing."""
    off = str(node.get("if", "")).strip().lower() in NEVER or node.get("when") in ("manual", "never")
    return off or str(node.get("continue-on-error", "")).lower() == "true" or str(node.get("allow_failure")) == "true"

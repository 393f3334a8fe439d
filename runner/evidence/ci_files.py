"""Are there tests at all, and does anything run them when code is pushed?"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.errors import NotThere
from runner.evidence.ci_settings import RUNS_TESTS
from runner.evidence.suite import tests_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFile:
    path: str  # relative to the service, or to the repository's root above it
    runs_tests: bool


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
            text = "\n".join(_uncommented(path.read_text(encoding="utf-8", errors="replace")))
            yield CiFile(path=path.relative_to(folder).as_posix(), runs_tests=bool(RUNS_TESTS.search(text)))


def _uncommented(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if not line.lstrip().startswith("#"))

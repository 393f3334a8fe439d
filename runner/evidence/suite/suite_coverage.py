"""How much of the service's code do its tests run? Counted by our own settings, over the files that lie on the disk."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.discovery.code_files import python_files
from runner.evidence.suite.suite_files import IS_TEST
from runner.probe import Probe
from runner.reading.syntax import parsed
from runner.said import say

# Lines that can't run. The service's own list (`# pragma: no cover`, `exclude_also`, `omit`) is not read.
EXCLUDED = (
    "if TYPE_CHECKING:",
    "raise NotImplementedError",
    "@(typing\\.)?overload",
    "if __name__ == .__main__.:",
    "^\\s*\\.\\.\\.\\s*$",
)


NOT_COVERED = {"migrations", "alembic"}  # other proofs run these


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How much of one file the tests ran."""

    path: str
    statements: int
    missing: tuple[int, ...]

    @property
    def percent(self) -> float:
        return 100 * (self.statements - len(self.missing)) / self.statements if self.statements else 100.0


def coverage_words(probe: Probe, tools: Mapping[str, str], data: Path) -> list[str]:
    if "coverage" not in tools:
        return []
    threads = "thread, greenlet" if "greenlet" in tools else "thread"
    excluded = "".join(f"\n    {line}" for line in EXCLUDED)
    named = [source.removesuffix(".py") for source in probe.target.sources]  # a file by its module's name
    settings = data / "coveragerc"
    settings.write_text(
        f"[run]\ndata_file = {data / 'data'}\nconcurrency = {threads}\nsource ={_lines(named)}\n"
        f"omit =\n    */test_*.py\n    */*_test.py\n    */conftest.py\n    {probe.root}/tests/*\n"
        f"    {probe.root}/*/tests/*\n    {probe.root}/*/migrations/*\n    {probe.root}/*/alembic/*\n"
        f"    {probe.root}/migrations/*\n    {probe.root}/alembic/*\n"
        f"[report]\nexclude_lines ={excluded}\n",
        encoding="utf-8",
    )
    return ["coverage", "run", f"--rcfile={settings}", "-m"]


def _lines(words: Sequence[str]) -> str:
    return "".join(f"\n    {word}" for word in words or ["."])


def read_coverage(probe: Probe, tools: Mapping[str, str], data: Path) -> tuple[tuple[Covered, ...], str]:
    """What the tests ran, worst file first; else nothing and the reason."""
    if "coverage" not in tools:
        return (), say("the service has no coverage: {python} -m pip install coverage", python=probe.target.python)
    out = data / "coverage.json"
    argv = [str(probe.target.python), "-m", "coverage", "json", f"--rcfile={data / 'coveragerc'}", "-o", str(out)]
    ran = probe.run([*argv, "-q"], said="coverage json", timeout=60)
    if not out.exists():
        return (), say("coverage gave no report: {last_words}", last_words=ran.last_words)
    return coverage_in(json.loads(out.read_text(encoding="utf-8"))), ""


def source_lines(probe: Probe) -> dict[str, tuple[int, ...]]:
    """Each file of the service's sources with the lines of its statements, as it lies on the disk."""
    found = {}
    for source in probe.target.sources or (".",):
        for path in python_files(probe.root / source):
            name = path.relative_to(probe.root).as_posix()
            lines = statement_lines(path.read_text(encoding="utf-8", errors="replace"))
            if lines and not NOT_COVERED & set(Path(name).parts[:-1]) and not IS_TEST.fullmatch(path.name):
                found[name] = lines
    return found


def statement_lines(text: str) -> tuple[int, ...]:
    """The lines on which a statement begins, docstrings left out; none for what is not Python."""
    tree = parsed(text)
    if tree is None:
        return ()
    texts = (ast.Expr, ast.Constant)
    statements = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    return tuple(
        sorted(
            {one.lineno for one in statements if not (isinstance(one, texts[0]) and isinstance(one.value, texts[1]))}
        )
    )


def with_unimported(covered: Sequence[Covered], sources: Mapping[str, tuple[int, ...]]) -> tuple[Covered, ...]:
    """Files that coverage does not speak of are files of which no line ran: it looks only into packages."""
    known = {one.path for one in covered}
    absent = [Covered(path=p, statements=len(n), missing=n) for p, n in sources.items() if p not in known]
    return tuple(sorted([*covered, *absent], key=lambda one: (one.percent, one.path))) if covered else ()


def coverage_in(report: Mapping[str, Any]) -> tuple[Covered, ...]:
    found = [
        Covered(path=path, statements=one["summary"]["num_statements"], missing=tuple(one["missing_lines"]))
        for path, one in report["files"].items()
    ]
    return tuple(sorted(found, key=lambda one: (one.percent, one.path)))

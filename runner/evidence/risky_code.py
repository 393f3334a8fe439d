"""Which lines of the service's code are known to be unsafe? ruff's security rules, and SQL that is put together."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.errors import ProbeError
from runner.evidence.built_sql import built_statements
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.syntax import tree_of
from runner.target import SKIPPED

SQL_RULE = "S608"
# Each is wrong nearly wherever it stands. Rules that mostly cry wolf (assert, bind to all, random) are left out.
RULES = {
    SQL_RULE: "SQL built from strings",
    "S102": "exec",
    "S113": "a request without timeout",
    "S201": "a debugger left on",
    "S202": "an archive unpacked without a filter",
    "S301": "pickle reads what others may write",
    "S307": "eval",
    "S323": "TLS certificates are not verified",
    "S324": "MD5 or SHA-1 for something that must hold",
    "S501": "TLS certificates are not verified",
    "S502": "an old TLS version",
    "S504": "an old TLS version",
    "S506": "YAML that may build any object",
    "S602": "a shell command from strings",
    "S604": "a shell command from strings",
    "S605": "a shell command from strings",
    "S612": "a log configuration that others may send",
    "S701": "templates without escaping",
}
DATABASES = re.compile(r"^\s*(?:from|import) (?:sqlalchemy|sqlmodel|psycopg|asyncpg|sqlite3|aiosqlite|databases)", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    rule: str
    path: str
    line: int
    what: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyCode(Evidence):
    """Unsafe constructs in the service's code."""

    files: int
    sql: tuple[Risk, ...]
    others: tuple[Risk, ...]
    silenced: tuple[tuple[str, str], ...] = ()  # (rule, place) of what a comment of the service's accepts

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        if not probe.target.sources:
            raise ProbeError('no folder with code found: name it in gonogo.toml, [service] sources = ["…"]')
        files = sorted(
            path
            for source in probe.target.sources
            for path in probe.inside(source).rglob("*.py")
            if not SKIPPED & set(path.relative_to(probe.root).parts)
        )
        if not files:
            named = ", ".join(probe.target.sources)
            raise ProbeError(f"there is no Python file in {named}: name the code in gonogo.toml, [service] sources")
        every = list(_by_ruff(probe))
        found = [risk for risk in every if not _accepted(probe, risk)]
        seen = {(risk.path, risk.line) for risk in found}
        built = [risk for path in files for risk in built_sql(path, probe.root) if (risk.path, risk.line) not in seen]
        risks = sorted([*found, *built], key=lambda risk: (risk.path, risk.line))
        return cls(
            files=len(files),
            sql=tuple(risk for risk in risks if risk.rule == SQL_RULE),
            others=tuple(risk for risk in risks if risk.rule != SQL_RULE),
            silenced=tuple((risk.rule, f"{risk.path}:{risk.line}") for risk in every if risk not in found),
        )


def _by_ruff(probe: TargetProbe) -> Iterator[Risk]:
    words = [
        "check",
        "--isolated",
        "--no-cache",
        "--ignore-noqa",
        "--select",
        ",".join(RULES),
        "--output-format",
        "json",
        "--exit-zero",
    ]
    ran = probe.tool("ruff", *words, *probe.target.sources)
    try:
        answers = json.loads(ran.out)
    except json.JSONDecodeError as error:
        raise ProbeError(f"ruff could not look at the code: {ran.last_words}") from error
    for answer in answers:
        path = Path(answer["filename"]).resolve().relative_to(probe.root.resolve()).as_posix()
        line, code = answer["location"]["row"], answer["code"] or ""
        if code not in RULES:
            raise ProbeError(f"ruff cannot read {path}:{line}: {answer['message']}")
        text = (probe.root / path).read_text(encoding="utf-8", errors="replace").splitlines()
        yield Risk(rule=code, path=path, line=line, what=RULES[code], code=text[line - 1].strip()[:120])


def _accepted(probe: TargetProbe, risk: Risk) -> bool:
    """Does a comment on this line name the rule? `# noqa` alone, or for the whole file, accepts nothing."""
    lines = (probe.root / risk.path).read_text(encoding="utf-8", errors="replace").splitlines()
    return bool(re.search(rf"#\s*noqa:[^#]*\b{risk.rule}\b", lines[risk.line - 1]))


def built_sql(path: Path, root: Path) -> Iterator[Risk]:
    """Statements put together from values where they are executed: `text(f"… {value}")`. `# noqa` accepts a line."""
    source = path.read_text(encoding="utf-8", errors="replace")
    lines = source.splitlines() if DATABASES.search(source) else []
    for node in built_statements(_tree(path, source)) if lines else ():
        if "noqa" not in "".join(lines[node.lineno - 1 : node.end_lineno]):
            where = path.relative_to(root).as_posix()
            code = lines[node.lineno - 1].strip()[:120]
            yield Risk(rule=SQL_RULE, path=where, line=node.lineno, what=RULES[SQL_RULE], code=code)


def _tree(path: Path, source: str) -> ast.Module:
    try:
        return tree_of(source)
    except SyntaxError as error:
        raise ProbeError(f"{path.name} line {error.lineno} is not Python that can be read: {error.msg}") from error

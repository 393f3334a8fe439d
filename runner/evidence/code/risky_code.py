"""Which lines of the service's code are known to be unsafe? ruff's security rules, and what they leave out."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.code_files import own_files
from runner.errors import ProbeError
from runner.evidence.code.built_sql import building, built_statements, plain_lines
from runner.evidence.code.code_names import Module
from runner.evidence.code.endless_waits import Helper, endless_waits, helpers_of, limits_all
from runner.evidence.code.fast_hashes import digesting, fast_hashes, knows_slow
from runner.evidence.code.made_keys import made_keys
from runner.evidence.code.unsafe_constructs import ENTITIES, FAST, GUESSED, PROXIES, UNSIGNED, constructs
from runner.model import Evidence
from runner.probe import Probe
from runner.processes.ran import Ran
from runner.reading.syntax import comments_in, tree_of
from runner.said import say, together
from runner.vocabulary.folders import SKIPPED

SQL_RULE = "S608"
# Each is wrong nearly wherever it stands. Rules that mostly cry wolf (assert, bind to all, random) are left out.
RULES = {
    SQL_RULE: say("SQL built from strings"),
    "S102": "exec",
    "S113": say("a request without timeout"),
    "S201": say("a debugger left on"),
    "S202": say("an archive unpacked without a filter"),
    "S301": say("pickle reads what others may write"),
    "S302": say("marshal reads what others may write"),
    "S304": say("a cipher that is broken"),
    "S305": say("a cipher mode that is broken"),
    "S306": say("a temporary file that others may make first"),
    "S307": "eval",
    "S323": say("TLS certificates are not verified"),
    "S324": say("MD5 or SHA-1 for something that must hold"),
    "S501": say("TLS certificates are not verified"),
    "S502": say("an old TLS version"),
    "S504": say("an old TLS version"),
    "S505": say("a key that is too short"),
    "S506": say("YAML that may build any object"),
    "S507": say("keys of SSH servers are not verified"),
    "S602": say("a shell command from strings"),
    "S604": say("a shell command from strings"),
    "S605": say("a shell command from strings"),
    "S612": say("a log configuration that others may send"),
    "S701": say("templates without escaping"),
    "S702": say("templates without escaping"),
}
WHATS = RULES | {
    PROXIES: say("every caller is a trusted proxy, and says itself who it is"),
    ENTITIES: say("XML that may read files and addresses"),
    UNSIGNED: say("a token whose signature nobody checks"),
    GUESSED: say("a secret that can be guessed, made by `random`"),
    FAST: say("a password hashed by what is fast to guess"),
}
BATCH = 400  # files that ruff is given at once
DATABASES = re.compile(r"^\s*(?:from|import) (?:sqlalchemy|sqlmodel|psycopg|asyncpg|sqlite3|aiosqlite|databases)", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    rule: str
    path: str
    line: int
    what: str
    code: str = ""
    end: int = 0  # its last line
    ruff: bool = True  # ruff finds it as well


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyCode(Evidence):
    """Unsafe constructs in the service's code."""

    files: int
    sql: tuple[Risk, ...]
    others: tuple[Risk, ...]
    keys: tuple[Risk, ...] = ()  # that sign, and that each process makes for itself
    there: int = 0  # files that the service may consist of
    silenced: tuple[tuple[str, str], ...] = ()  # (rule, place) of what a comment of the service's accepts

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        if not probe.target.sources:
            raise ProbeError('no folder with code found: name it in gonogo.toml, [service] sources = ["…"]')
        files = sorted(
            path
            for source in probe.target.sources
            for path in _below(probe.inside(source))
            if not SKIPPED & set(path.relative_to(probe.root).parts)
        )
        if not files:
            named = together(probe.target.sources)
            raise ProbeError(
                say("there is no Python file in {named}: name the code in gonogo.toml, [service] sources", named=named)
            )
        every = sorted(_all(probe, files), key=lambda risk: (risk.path, risk.line))
        accepted = [risk for risk in every if _accepted(probe, risk)]
        risks = [risk for risk in every if risk not in accepted]
        return cls(
            files=len(files),
            keys=tuple(risk for path in files for risk in _keys(path, probe.root)),
            there=max(len(files), len(own_files(probe.root, probe.target.named_sources))),
            sql=tuple(risk for risk in risks if risk.rule == SQL_RULE),
            others=tuple(risk for risk in risks if risk.rule != SQL_RULE),
            silenced=tuple((risk.rule, f"{risk.path}:{risk.line}") for risk in accepted),
        )


def _below(source: Path) -> Iterable[Path]:
    return [source] if source.is_file() else source.rglob("*.py")


def _all(probe: Probe, files: Sequence[Path]) -> Iterator[Risk]:
    """What ruff finds, and what only we do, whatever a comment says of it."""
    told = list(_by_ruff(probe, files))
    plain = {path: _plain(probe.root / path) for path in {one.path for one in told if one.rule == SQL_RULE}}
    found = [one for one in told if one.rule != SQL_RULE or one.line not in plain[one.path]]
    yield from found
    seen = {(risk.path, risk.line, risk.rule == SQL_RULE) for risk in found}
    helpers = frozenset(name for path in files for name in _building(path))
    modules = {path: _module(path, probe.root) for path in files}
    limited, slow = any(map(limits_all, modules.values())), any(map(knows_slow, modules.values()))
    digests = frozenset[str]().union(*map(digesting, modules.values()))
    waiting = frozenset[Helper]().union(*map(helpers_of, modules.values()))
    for path in files:
        waits = () if limited else _waits(path, probe.root, modules[path], waiting)
        hashed = () if slow else _hashed(path, probe.root, modules[path], digests)
        for risk in (*built_sql(path, probe.root, helpers), *unsafe(path, probe.root), *waits, *hashed):
            if (place := (risk.path, risk.line, risk.rule == SQL_RULE)) not in seen:
                seen.add(place)
                yield risk


def _by_ruff(probe: Probe, files: Sequence[Path]) -> Iterator[Risk]:
    """Each file by its name: so neither a .gitignore nor the service's own settings keep one out."""
    words = [
        "check",
        "--isolated",
        "--no-cache",
        "--ignore-noqa",
        "--no-respect-gitignore",
        "--select",
        ",".join(RULES),
        "--output-format",
        "json",
        "--exit-zero",
    ]
    names = [path.relative_to(probe.root).as_posix() for path in files]
    for start in range(0, len(names), BATCH):
        yield from _told(probe, probe.tool("ruff", *words, "--", *names[start : start + BATCH]))


def _told(probe: Probe, ran: Ran) -> Iterator[Risk]:
    try:
        answers = json.loads(ran.out)
    except json.JSONDecodeError as error:
        raise ProbeError(say("ruff could not look at the code: {last_words}", last_words=ran.last_words)) from error
    for answer in answers:
        path = Path(answer["filename"]).resolve().relative_to(probe.root.resolve()).as_posix()
        line, code = answer["location"]["row"], answer["code"] or ""
        if code not in RULES:
            raise ProbeError(
                say("ruff cannot read {path}:{line}: {answer}", path=path, line=line, answer=answer["message"])
            )
        text = (probe.root / path).read_text(encoding="utf-8", errors="replace").splitlines()
        said = text[line - 1].strip()[:120]
        yield Risk(rule=code, path=path, line=line, what=RULES[code], code=said, end=answer["end_location"]["row"])


def _accepted(probe: Probe, risk: Risk) -> bool:
    """Does a comment beside it name the rule? `# noqa` alone, or for the whole file, accepts nothing."""
    comments = comments_in((probe.root / risk.path).read_text(encoding="utf-8", errors="replace"))
    beside = (comments.get(line, "") for line in range(risk.line, max(risk.line, risk.end) + 1))
    return any(re.match(rf"#(?:.*#)?\s*noqa:[^#]*\b{risk.rule}\b", comment) for comment in beside)


def built_sql(path: Path, root: Path, helpers: frozenset[str] = frozenset()) -> Iterator[Risk]:
    """Statements put together from values where they are executed, or by one of the `helpers` that is imported."""
    source = path.read_text(encoding="utf-8", errors="replace")
    if not DATABASES.search(source):
        return
    tree = _tree(path, source)
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    imported = {one.asname or one.name for node in imports for one in node.names if one.name in helpers}
    for node in built_statements(tree, frozenset(imported)):
        yield _ours(SQL_RULE, path, root, source, (node.lineno, node.end_lineno or node.lineno))


def _building(path: Path) -> frozenset[str]:
    """Its functions that return SQL put together from what they are given."""
    source = path.read_text(encoding="utf-8", errors="replace")
    return building(_tree(path, source)) if "return" in source else frozenset()


def _plain(path: Path) -> frozenset[int]:
    """The lines of statements that are put together of the code's own texts: ruff takes each f-string for one."""
    return plain_lines(_tree(path, path.read_text(encoding="utf-8", errors="replace")))


def unsafe(path: Path, root: Path) -> Iterator[Risk]:
    """What ruff has no rule for, or misses behind another name."""
    source = path.read_text(encoding="utf-8", errors="replace")
    for one in constructs(_module(path, root)):
        yield _ours(one.rule, path, root, source, (one.line, one.end))


def _waits(path: Path, root: Path, module: Module, helpers: frozenset[Helper]) -> Iterator[Risk]:
    """Calls of other machines that may never end."""
    source = path.read_text(encoding="utf-8", errors="replace")
    for one in endless_waits(module, helpers):
        yield _ours(one.rule, path, root, source, (one.line, one.end))


def _hashed(path: Path, root: Path, module: Module, helpers: frozenset[str]) -> Iterator[Risk]:
    """Passwords that become a digest, in a service that names no slow hash anywhere."""
    source = path.read_text(encoding="utf-8", errors="replace")
    for one in fast_hashes(module, helpers):
        yield _ours(FAST, path, root, source, (one.lineno, one.end_lineno or one.lineno))


def _module(path: Path, root: Path) -> Module:
    where = path.relative_to(root)
    name = ".".join(where.with_suffix("").parts).removesuffix(".__init__")
    return Module(name, where.as_posix(), _tree(path, path.read_text(encoding="utf-8", errors="replace")))


def _keys(path: Path, root: Path) -> Iterator[Risk]:
    source = path.read_text(encoding="utf-8", errors="replace")
    where = path.relative_to(root)
    if "secrets" in source or "urandom" in source or "uuid4" in source or "Fernet" in source:
        module = _module(path, root)
        for name, value in made_keys(module):
            what = say("{name} is made anew by each process", name=name)
            code = source.splitlines()[value.lineno - 1].strip()[:120]
            yield Risk(rule="", path=where.as_posix(), line=value.lineno, what=what, code=code, ruff=False)


def _ours(rule: str, path: Path, root: Path, source: str, lines: tuple[int, int]) -> Risk:
    where, (line, end) = path.relative_to(root).as_posix(), lines
    code = source.splitlines()[line - 1].strip()[:120]
    return Risk(rule=rule, path=where, line=line, what=WHATS[rule], code=code, end=end, ruff=False)


def _tree(path: Path, source: str) -> ast.Module:
    try:
        return tree_of(source)
    except SyntaxError as error:
        raise ProbeError(
            say(
                "{name} line {lineno} is not Python that can be read: {msg}",
                name=path.name,
                lineno=error.lineno,
                msg=error.msg,
            )
        ) from error

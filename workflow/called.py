"""How was gonogo called, and how does one type it again?

Runner, stages and ledger say the neutral `invoke TASK`; a `Called` puts what works where the text is read in its place.
"""

import os
import re
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from workflow.settings import ROOT, read_settings

INV = "inv"
INI = "alembic.ini"
TASK = (
    r"(?:stage\.[a-z]+|ledger\.verify|pipeline|status|decisions|trace|web|sample|adopt|update|doctor"
    r"|load(?= --|[`.,;]|$)|new(?= (?:NAME|my-shop)\b)|requirements\.draft(?= DOCUMENT\b)"
    r"|(?:why|waive)(?= (?:CHECK|[A-Z]{2,6}\d+)\b)"
    r"|explain(?= (?:all|[A-Z]{2,6}\d+)\b)|show(?= (?:latest|\d+)\b))"
)
# Nothing that is part of a longer word or path; `./inv`, as some texts have it, means the same.
OURS = re.compile(rf"(?<![\w./'\"-])(?:invoke|\./inv) ({TASK})(?![\w(])( --service\b)?")
BARE = re.compile(r"(?<![\w./'\"-])\./inv(?![\w./-])")
TAKES_SERVICE = re.compile(
    r"stage\.[a-z]+|pipeline|status|show|explain|why|trace|web|load|adopt|update|ledger\.verify|waive|decisions"
)
SQL = ("select", "insert", "update", "delete", "explain", "with", "alter", "create", "begin", "show")
# What asks a server or a process, wherever it is typed; the others are theirs when they stand beside one of these.
ANYWHERE = frozenset(("curl", "kill"))
BESIDE = frozenset(("grep", "seq", "wait"))
# What gonogo brings itself; other programs are the service's own.
TOOLS = frozenset(
    ("detect-secrets", "hadolint", "locust", "openapi-spec-validator", "pip-audit", "ruff", "squawk", "uv", "zizmor")
)


class Served(Protocol):
    """What is asked of a target here: importing it would slow down `--list`."""

    @property
    def root(self) -> Path: ...
    @property
    def python(self) -> Path: ...
    @property
    def alembic(self) -> str | None: ...
    @property
    def alembic_folder(self) -> str: ...


@runtime_checkable
class Changeable(Protocol):
    """A text that is told, and changed, in the language of its reader: `runner.said.Said`."""

    def then(self, change: Callable[[str], str]) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The words that start gonogo, as a shell takes them from the reader's folder; by default the neutral one.

    `service`: its folder as it is to be named; empty where the reader's folder leads to it. `folder`: where it lies,
    seen from the reader's folder; empty where that is it. `programs`: where its environment has them, seen from its
    folder; empty where nothing is known of it. `alembic`: its configuration, and the folder that Alembic runs in.
    """

    word: str = "invoke"
    service: str = ""
    folder: str = ""
    programs: str = ""
    alembic: tuple[str, str] = (INI, ".")

    def text(self, told: str) -> str:
        """Our own commands in a text, as they are typed. What is typed right already stays."""
        if self == NEUTRAL:
            return told
        if isinstance(told, Changeable):
            return told.then(self.text)
        return BARE.sub(lambda _: self.word, OURS.sub(self.typed, told))

    def typed(self, found: re.Match[str]) -> str:
        """One match of `OURS` in the reader's words."""
        named = self.service and not found[2] and TAKES_SERVICE.fullmatch(found[1])
        service = f" --service {shlex.quote(self.service)}" if named else found[2] or ""
        return f"{self.word} {found[1]}{service}"

    def command(self, line: str) -> str:
        """A command of the service's folder, so that it does the same where the reader is.

        SQL is for psql, wherever that is; programs are named so that this shell finds them.
        """
        if self == NEUTRAL or is_sql(line):
            return line
        from runner.reading.shell import programs_of, renamed, without_remark  # noqa: PLC0415 - what names no command needs no grammar

        found = renamed(line, self.program) if self.programs else line
        named = set(programs_of(line))
        if not self.folder or (named & ANYWHERE and named <= ANYWHERE | BESIDE):
            return found
        body, remark = without_remark(found)
        end = "\n" if "\n" in body else ""  # the end of a here-document stands alone
        return f"(cd {shlex.quote(self.folder)} && {body}{end}){remark}"

    def program(self, name: str) -> str:
        """A program as the shell finds it: by its name, else in gonogo's environment or in the service's."""
        own = Path(sysconfig.get_path("scripts")) / name
        if name in TOOLS:
            return name if shutil.which(name) or not own.is_file() else shlex.quote(str(own))
        theirs = Path(self.folder or ".") / self.programs / name
        if not theirs.is_file():
            return name
        found = shutil.which(name)
        near = found is not None and _same(Path(found).parent, theirs.parent)
        config, folder = self.alembic if name == "alembic" else (INI, ".")
        word = name if near else shlex.quote(_from(folder, f"{self.programs}/{name}"))
        told = _from(folder, config)
        asked = f"{word} -c {shlex.quote(told)}" if name == "alembic" and told != INI else word
        return asked if folder == "." else f"env -C {shlex.quote(folder)} {asked}"

    def at(self, root: Path) -> "Called":
        """The same, with the place of the service that was chosen."""
        here = _here()
        if here == root:
            return self
        below = here is not None and root.is_relative_to(here)
        return replace(self, folder=self.service or str(root.relative_to(here) if here and below else root))

    def with_programs(self, target: Served) -> "Called":
        """The same, with the programs of the service's own environment."""
        place = target.python.parent
        programs = str(place.relative_to(target.root) if place.is_relative_to(target.root) else place)
        return replace(self, programs=programs, alembic=(target.alembic or INI, target.alembic_folder))

    def of(self, root: Path) -> "Called":
        """The same for another service, which the reader's folder does not lead to."""
        return replace(self, service=str(root), folder=str(root))


NEUTRAL = Called()


def called_by(service: str = "") -> Called:
    """How this process was called; `service` as it was typed, empty where convention chose it."""
    return Called(word=_word(sys.argv[0]), service=service)


def called_anywhere(root: Path) -> Called:
    """How this process is called by a reader who may stand in any folder: whole paths, and the service by its own."""
    return Called(word=_word(sys.argv[0], anywhere=True), service=str(root), folder=str(root))


def is_sql(line: str) -> bool:
    """For psql rather than for a shell."""
    return line.lstrip().lower().startswith((*SQL, "\\"))


def _word(program: str, *, anywhere: bool = False) -> str:
    name = Path(program).name
    if name == "gonogo":
        return _typed(program, anywhere=anywhere)
    if name in {"invoke", INV}:
        here = None if anywhere else _here()
        above = here is not None and here.is_relative_to(ROOT)  # where invoke looks for tasks.py by itself
        return _typed(program, anywhere=anywhere) + ("" if above else f" --search-root {shlex.quote(str(ROOT))}")
    return _own_script("" if anywhere else read_settings().called, anywhere=anywhere)


def _typed(program: str, *, anywhere: bool) -> str:
    """A program's name where the shell finds it by that, else its path."""
    name = Path(program).name
    found = shutil.which(name)
    if found and _same(found, program):
        return name
    return shlex.quote(str(Path(program).absolute()) if anywhere else program)


def _own_script(typed: str, *, anywhere: bool) -> str:
    """`inv` by the path that was typed, else by one that leads to it; without a checkout the installed command."""
    script = ROOT / INV
    if not script.is_file():
        return "gonogo"
    if typed and _same(typed, script):
        return shlex.quote(typed)
    return f"./{INV}" if _here() == ROOT and not anywhere else shlex.quote(str(script))


def _from(folder: str, path: str) -> str:
    """A path of the service's folder, from another folder in it."""
    return path if folder == "." or Path(path).is_absolute() else os.path.relpath(path, folder)


def _same(one: str | Path, other: str | Path) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


def _here() -> Path | None:
    try:
        return Path.cwd().resolve()
    except OSError:
        return None

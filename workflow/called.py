"""How was gonogo called, and how does one type it again?

Runner, stages and ledger say the neutral `invoke TASK`; a `Called` puts what works where the text is read in its place.
"""

import re
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from workflow.settings import ROOT, read_settings

INV = "inv"
TASK = (
    r"(?:stage\.[a-z]+|pipeline|status|web|sample|adopt|doctor|load(?= --|[`.,;]|$)"
    r"|explain(?= (?:all|[A-Z]{2}\d+)\b)|show(?= (?:latest|\d+)\b))"
)
# Nothing that is part of a longer word or path; `./inv`, as some texts have it, means the same.
OURS = re.compile(rf"(?<![\w./'\"-])(?:invoke|\./inv) ({TASK})(?![\w(])( --service\b)?")
BARE = re.compile(r"(?<![\w./'\"-])\./inv(?![\w./-])")
TAKES_SERVICE = re.compile(r"stage\.[a-z]+|pipeline|status|show|explain|web|load|adopt")
SQL = ("select", "insert", "update", "delete", "explain", "with", "alter", "create", "begin", "show")
ANYWHERE = ("curl", "kill")  # what asks a server or a process
REMARK = re.compile(r"\s+#\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The words that start gonogo, as a shell takes them from the reader's folder; by default the neutral one.

    `service`: its folder as it is to be named; empty where the reader's folder leads to it. `folder`: where it lies,
    seen from the reader's folder; empty where that is it.
    """

    word: str = "invoke"
    service: str = ""
    folder: str = ""

    def text(self, told: str) -> str:
        """Our own commands in a text, as they are typed. What is typed right already stays."""
        if self == NEUTRAL:
            return told
        return BARE.sub(lambda _: self.word, OURS.sub(self.typed, told))

    def typed(self, found: re.Match[str]) -> str:
        """One match of `OURS` in the reader's words."""
        named = self.service and not found[2] and TAKES_SERVICE.fullmatch(found[1])
        service = f" --service {shlex.quote(self.service)}" if named else found[2] or ""
        return f"{self.word} {found[1]}{service}"

    def command(self, line: str) -> str:
        """A command of the service's folder, so that it does the same where the reader is."""
        if not self.folder or is_sql(line) or line.split(maxsplit=1)[:1] in [[word] for word in ANYWHERE]:
            return line
        body, remark = _without_remark(line)
        end = "\n" if "\n" in body else ""  # the end of a here-document stands alone
        return f"(cd {shlex.quote(self.folder)} && {body}{end}){remark}"

    def at(self, root: Path) -> "Called":
        """The same, with the place of the service that was chosen."""
        here = _here()
        if here == root:
            return self
        below = here is not None and root.is_relative_to(here)
        return replace(self, folder=self.service or str(root.relative_to(here) if here and below else root))

    def of(self, root: Path) -> "Called":
        """The same for another service, which the reader's folder does not lead to."""
        return replace(self, service=str(root), folder=str(root))


NEUTRAL = Called()


def called_by(service: str = "") -> Called:
    """How this process was called; `service` as it was typed, empty where convention chose it."""
    return Called(word=_word(sys.argv[0]), service=service)


def is_sql(line: str) -> bool:
    """For psql rather than for a shell."""
    return line.lstrip().lower().startswith((*SQL, "\\"))


def _word(program: str) -> str:
    name = Path(program).name
    if name == "gonogo":
        return _typed(program)
    if name in {"invoke", INV}:
        here = _here()
        above = here is not None and here.is_relative_to(ROOT)  # where invoke looks for tasks.py by itself
        return _typed(program) + ("" if above else f" --search-root {shlex.quote(str(ROOT))}")
    return _own_script(read_settings().called)


def _typed(program: str) -> str:
    """A program's name where the shell finds it by that, else its path."""
    name = Path(program).name
    found = shutil.which(name)
    return name if found and _same(found, program) else shlex.quote(program)


def _own_script(typed: str) -> str:
    """`inv` by the path that was typed, else by one that leads to it; without a checkout the installed command."""
    script = ROOT / INV
    if not script.is_file():
        return "gonogo"
    if typed and _same(typed, script):
        return shlex.quote(typed)
    return f"./{INV}" if _here() == ROOT else shlex.quote(str(script))


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


def _without_remark(line: str) -> tuple[str, str]:
    """A command and the remark behind it, which no quote holds."""
    for found in REMARK.finditer(line):
        before = line[: found.start()]
        if before.count("'") % 2 == before.count('"') % 2 == 0 and "\n" not in line:
            return before, line[found.start() :]
    return line, ""

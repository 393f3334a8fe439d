"""Which commands of the repository dump the database, and would anybody hear that one failed? The shell is parsed."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from runner.evidence.release.copied_tables import is_backup, tables_copied
from runner.model import Evidence
from runner.probe import Probe
from runner.reading.documents import NotReadable, text_of, yaml_in
from runner.reading.shell import SHELLS, Command, Read, script_of
from runner.reading.syntax import parsed
from runner.reading.walk import files_below
from runner.said import say
from runner.vocabulary.folders import SKIPPED

DUMPS = ("pg_dumpall", "pg_dump", "pg_basebackup", "mysqldump", "mariadb-dump")
LARGEST = 200_000  # bytes of a file that is read
COMPOSE = re.compile(r"(?:docker-)?compose[\w.-]*\.ya?ml")
RECIPE = re.compile(
    r"^\t[@+-]*(.*(?:\\\n.*)*)", re.MULTILINE
)  # a line of a Makefile that runs, with those it goes on in
IGNORED = re.compile(r"^\t[@+]*-", re.MULTILINE)
SHAPE = frozenset({"-s", "--schema-only"})  # what has no rows is no backup
LOOKS = re.compile(r"\$\?|\$\{?PIPESTATUS|\btrap\b[^\n]*\bERR\b")  # at how the command before it ended
CALLS = frozenset({"subprocess.run", "subprocess.call", "subprocess.Popen", "os.system"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A command that dumps the database."""

    path: str
    line: int
    command: str
    lost: str = ""  # how its failure is lost, as `| gzip, without pipefail`
    unsure: str = ""  # why that can't be told
    copied: tuple[str, ...] = ()  # the tables that it writes out one by one, with COPY
    by_name: bool = True  # … each of them is named, none by a variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups(Evidence):
    """Commands that dump the database."""

    files: int  # that were read for one
    dumps: tuple[Dump, ...] = ()

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        files = [path for path in files_below(probe.root, SKIPPED | {"tests", "test"}) if _may(path)]
        dumps = [
            dump
            for path in files
            for dump in dumps_in(path.relative_to(probe.root).as_posix(), _text(path), reader(probe.root, path))
        ]
        return cls(files=len(files), dumps=tuple(sorted(dumps, key=lambda one: (one.path, one.line))))


def _may(path: Path) -> bool:
    """A script, a Makefile, a compose file, or Python: what may run a command."""
    known = path.suffix in {".sh", ".bash", ".py", ".mk"} or path.name in {"Makefile", "makefile", "crontab"}
    known = known or bool(COMPOSE.fullmatch(path.name))
    return (known or not path.suffix) and path.is_file() and path.stat().st_size <= LARGEST


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def reader(root: Path, script: Path) -> Read:
    """Gives the text of a file as a script names it: from the service's folder, or from its own; None for none."""

    def read(name: str) -> str | None:
        places = [(folder / name).resolve() for folder in (root, script.parent)]
        inside = (one for one in places if one.is_relative_to(root.resolve()) and one.is_file())
        return next((text_of(one) for one in inside), None)

    return read


def dumps_in(path: str, text: str, read: Read = lambda _: None) -> Iterator[Dump]:
    """Those of a file, by what kind it is."""
    if not any(name in text for name in (*DUMPS, "psql")):
        return
    if "psql" in text and not any(name in text for name in DUMPS) and not is_backup(path, text):
        return
    name = path.rpartition("/")[2]
    if name.endswith(".py"):
        yield from _in_python(path, text)
    elif name.endswith((".sh", ".bash")) or re.match(r"#!.*\b(?:ba|da|z|k)?sh\b", text):
        yield from _in_shell(path, text, read=read)
    elif name.lower() == "makefile" or name.endswith(".mk"):
        for found in RECIPE.finditer(text):
            before = text.count("\n", 0, found.start())
            how = say("make goes on: the line begins with `-`") if IGNORED.match(found[0]) else ""
            yield from _in_shell(path, found[1].replace("$$", "$"), before, how, read)
    elif COMPOSE.fullmatch(name):
        yield from _in_compose(path, text)


def _in_shell(path: str, text: str, before: int = 0, lost: str = "", read: Read = lambda _: None) -> Iterator[Dump]:
    """`before`: the lines of the file above it. One that stands last is the script's own status."""
    script = script_of(text)
    for command in script.commands:
        inner = _handed_on(command)
        if inner and any(name in inner for name in (*DUMPS, "psql")):
            how = lost or command.lost
            yield from _in_shell(path, inner, before + command.line - 1, how, read)
        elif (copied := tables_copied(command, read)) and command.runs is not False:
            yield Dump(
                path=path,
                line=before + command.line,
                command=command.text[:160],
                lost=copied.goes_on or lost or command.lost,
                copied=copied.tables,
                by_name=copied.sure,
            )
        elif (dump := _dump(command)) and command.runs is not False and not SHAPE & set(command.argv):
            problem = script.problem or (say("the script looks at its status by itself") if LOOKS.search(text) else "")
            how = "" if problem else lost or command.lost
            yield Dump(path=path, line=before + command.line, command=dump, lost=how, unsure=problem)


def _handed_on(command: Command) -> str:
    """The script of `sh -c '…'`, also behind `docker exec db`."""
    words = command.argv
    for place, word in enumerate(words[:-2]):
        if word.rpartition("/")[2] in SHELLS and words[place + 1].startswith("-") and "c" in words[place + 1]:
            return words[place + 2]
    return ""


def _dump(command: Command) -> str:
    """The command, where its program or one that another program runs is such a one: `docker exec db pg_dump`."""
    programs = [word.rpartition("/")[2] for word in command.argv]
    runs = programs[:1] if command.name in {"echo", "printf", "which", "command", "apk", "apt-get", "apt"} else programs
    return command.text[:160] if any(name in DUMPS for name in runs) else ""


def _in_compose(path: str, text: str) -> Iterator[Dump]:
    try:
        document = yaml_in(text)
    except NotReadable as error:
        yield Dump(path=path, line=1, command=next(n for n in DUMPS if n in text), unsure=str(error))
        return
    services = document.value.get("services") if isinstance(document.value, Mapping) else None
    for name, one in services.items() if isinstance(services, Mapping) else ():
        for key in ("entrypoint", "command"):
            said = one.get(key) if isinstance(one, Mapping) else None
            words = [str(word) for word in said] if isinstance(said, list) else [str(said or "")]
            script = next((word for word in words if any(dump in word for dump in (*DUMPS, "psql"))), "")
            if script:
                line = document.line("services", str(name), key)
                yield from (replace(dump, line=line) for dump in _in_shell(path, script.replace("$$", "$")))


def _in_python(path: str, text: str) -> Iterator[Dump]:
    """`subprocess.run(["pg_dump", …])` whose answer nobody looks at."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) not in CALLS or not call.args:
            continue
        words = [
            one.value for one in ast.walk(call.args[0]) if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if any(name in word.split() for word in words for name in DUMPS) and not SHAPE & set(words):
            checked = any(k.arg == "check" and getattr(k.value, "value", True) for k in call.keywords)
            lost = (
                "" if checked or isinstance(node, ast.Assign) else say("nobody looks at how it ended: no `check=True`")
            )
            yield Dump(path=path, line=call.lineno, command=ast.unparse(call)[:160], lost=lost)

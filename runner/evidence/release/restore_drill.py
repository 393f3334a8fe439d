"""Does a backup hold what the database holds? Its script is run, what it wrote is restored, and rows are compared."""

import bz2
import gzip
import io
import lzma
import re
import shlex
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from runner.errors import NotThere, ProbeError
from runner.evidence.database.seeded import seeded_database
from runner.evidence.release.backups import Backups, Dump
from runner.model import Evidence
from runner.postgres.catalog import Filler
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.processes.fence import Kind
from runner.processes.ran import Ran
from runner.reading.shell import SHELLS
from runner.reading.walk import files_below
from runner.said import say

GUEST = Path(__file__).parents[2] / "guest" / "pg_tool.py"
PROGRAMS = ("pg_dump", "pg_dumpall", "pg_restore", "psql")
CONTAINERS = ("docker", "docker-compose", "podman")
PATIENCE = 120  # seconds for a script, and for a restoration
VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
# What an unset variable of a script is, by its name; the first that fits.
NAMED: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"URL|DSN|URI|CONN", re.IGNORECASE), "{url}"),
    (re.compile(r"HOST|SERVER", re.IGNORECASE), "127.0.0.1"),
    (re.compile(r"PORT", re.IGNORECASE), "{port}"),
    (re.compile(r"PASS|PWD", re.IGNORECASE), "trusted"),
    (re.compile(r"DIR|PATH|DEST|FOLDER|ROOT|OUT", re.IGNORECASE), "{out}"),
    (re.compile(r"FILE|DUMP|ARCHIVE", re.IGNORECASE), "{out}/backup"),
    (re.compile(r"USER|OWNER|ROLE", re.IGNORECASE), "postgres"),
    (re.compile(r"CONTAINER|SERVICE|COMPOSE", re.IGNORECASE), "db"),
    (re.compile(r"DB|DATABASE|NAME", re.IGNORECASE), "{name}"),
    (re.compile(r"DAYS|KEEP|RETENTION", re.IGNORECASE), "7"),
)
# `$1`, the variable that it becomes, and whether something is below it.
ARGUMENT = re.compile(r"(?:\b([A-Za-z_]\w*)=[\"']?)?\$(?:\{([1-9])(?!\d)[^}]*\}|([1-9]))([\"']?/)?")
# An absolute path that is the machine's own, and none that a backup is written to.
SYSTEMS = "bin|sbin|usr|etc|dev|proc|sys|lib|lib64|run"
ABSOLUTE = re.compile(rf"(?<![\w./}}*~])/(?!(?:{SYSTEMS})\b)(?=[\w.-])")
# A script that is handed over as a text has no file of its own.
OWN_PLACE = re.compile(r"\$\{BASH_SOURCE\[0\](?::-\$0)?\}|\$\{?BASH_SOURCE\b\}?")
OF_OTHERS = re.compile(r"^(?:CREATE|ALTER|DROP) DATABASE .*|^\\connect .*", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of one script's backup."""

    path: str
    line: int
    command: str
    problem: str = ""  # why its backup could not be made, or not be read
    error: str = ""  # with which its restoration ended
    lost: tuple[str, ...] = ()  # `posts: 0 of 30 rows`

    @property
    def looked_at(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreDrill(Evidence):
    """Backups, made and restored."""

    dumps: int  # commands that dump the database
    restored: tuple[Restored, ...] = ()
    tables: int = 0
    filled: int = 0  # that had rows when the backup was made

    @classmethod
    def collect(cls, probe: Probe, backups: Backups) -> Self:
        if not backups.dumps:
            looked = say("{files} scripts, Makefiles, compose files and Python files", files=backups.files)
            raise NotThere("no command of the repository dumps the database", looked=looked)
        database = seeded_database(probe)
        if database.programs is None:
            raise ProbeError("the server that is used here is not PostgreSQL of our own: no backup of it can be made")
        _fill(database)
        before = digests(database)
        first = {one.path: one for one in reversed(backups.dumps)}
        drill = _Drill(probe, database, before)
        found = [
            table_by_table([dump for dump in backups.dumps if dump.path == path], before)
            or drill.of(path, one.line, one.command)
            for path, one in sorted(first.items())
        ]
        return cls(
            dumps=len(first),
            restored=tuple(found),
            tables=len(before),
            filled=sum(rows > 0 for rows, _ in before.values()),
        )


Digests = Mapping[str, tuple[int, str]]


def digests(database: Database) -> Digests:
    """Table → how many rows, and what they say. Raises `PostgresError`."""
    with Watch(database) as watch:
        counts, prints = watch.counts(), watch.look().tables
    return {table: (counts[table], print) for table, print in prints.items()}


def _fill(database: Database) -> None:
    """A row for each table that has none."""
    empty = {table for table, (rows, _) in digests(database).items() if not rows}
    if empty:
        Filler(database).fill()


def compared(before: Digests, after: Digests) -> tuple[str, ...]:
    """What of the rows is not there again, a sentence's end each."""
    lost = []
    for table, (rows, digest) in before.items():
        if table not in after:
            lost.append(say("{table} is not there", table=table))
        elif after[table][0] != rows:
            lost.append(say("{table} has {left} of {rows} rows", table=table, left=after[table][0], rows=rows))
        elif after[table][1] != digest:
            lost.append(say("{table} has other rows", table=table))
    return tuple(lost)


def table_by_table(dumps: Sequence[Dump], before: Digests) -> Restored | None:
    """Of a script that copies tables one by one: which of those with rows it never names. None for another one."""
    if not all(dump.copied for dump in dumps):
        return None
    copied = {name.removeprefix("public.").lower() for dump in dumps for name in dump.copied}
    lost = sorted(table for table, (rows, _) in before.items() if rows and table.removeprefix("public.") not in copied)
    seen = Restored(path=dumps[0].path, line=dumps[0].line, command=dumps[0].command)
    if lost and all(dump.by_name for dump in dumps):
        return replace(seen, lost=tuple(say("{table} is never copied", table=table) for table in lost))
    return replace(seen, problem=say("it copies tables one by one, and what COPY writes is not restored here"))


class _Drill:
    """Runs the scripts, each in a folder of its own."""

    def __init__(self, probe: Probe, database: Database, before: Digests) -> None:
        self.probe, self.database, self.before = probe, database, before

    def of(self, path: str, line: int, command: str) -> Restored:
        seen = Restored(path=path, line=line, command=command)
        text = self.probe.inside(path).read_text(encoding="utf-8", errors="replace")
        shell = shell_of(path, text)
        if why := self._not_run(shell, command):
            return replace(seen, problem=why)
        out, began = self.probe.workshop.scratch("backup"), time.time()
        ran, files = self._ran(shell, path, text, out, began)
        if not files and (words := arguments_of(text, self._fill(out))):
            ran, files = self._ran(shell, path, text, out, began, *words)
        ended = say("ended with {code}: {last_words}", code=ran.code, last_words=ran.last_words) if ran.code else ""
        if not files:
            return replace(
                seen,
                problem=say("run here, it {ended}", ended=ended or say("wrote no file that can be read as a dump")),
            )
        error, lost = min(map(self._restored, files), key=lambda one: (bool(one[0]), len(one[1])))
        if ended and (error or lost):
            return replace(seen, problem=say("run here, it {ended}", ended=ended))
        return replace(seen, error=error, lost=lost)  # what failed behind a whole dump is an upload, or a mail

    def _ran(self, shell: str, path: str, text: str, out: Path, began: float, *words: str) -> tuple[Ran, list[bytes]]:
        """A run of the script with these arguments, and the dumps that it wrote."""
        argv = [shell, "-c", rewritten(text, out), str(self.probe.root / path), *words]
        given = "".join(f" {shlex.quote(word)}" for word in words)
        said = f"{shell} {shlex.quote(path)}{given}  # what it writes led into {out.name}"
        ran = self.probe.run(argv, env=self._environment(text, out), timeout=PATIENCE, said=said)
        return ran, [*self._written(out, began), *([ran.out.encode()] if "PostgreSQL database dump" in ran.out else [])]

    def _not_run(self, shell: str, command: str) -> str:
        """Why a script is not run."""
        if self.probe.workshop.fence.kind is Kind.NONE:
            return say("without a fence no script is run that may reach a real backup")
        if "pg_dumpall" in command or "basebackup" in command:
            return say("it copies a whole server, which is not restored here")
        return "" if shell else say("it is no shell script that can be run by itself")

    def _environment(self, text: str, out: Path) -> dict[str, str]:
        """The service's own, with the tools of the server, and a value for each variable that nobody sets."""
        env = {name: re.sub(r"^postgresql\+\w+:", "postgresql:", value) for name, value in self._own().items()}
        fill = self._fill(out)
        for name in asked_for(text) - set(env):
            value = next((value for pattern, value in NAMED if pattern.search(name)), "")
            env |= {name: value.format(**fill)} if value else {}
        return env | {"PATH": f"{self._tools()}:{env['PATH']}", "HOME": str(out)}

    def _fill(self, out: Path) -> dict[str, str]:
        named = {"url": self.database.url(None), "port": str(self.database.port), "name": self.database.name}
        return {**named, "out": str(out)}

    def _own(self) -> dict[str, str]:
        return self.probe.environment.of(self.database)

    def _tools(self) -> Path:
        """A folder with PostgreSQL's programs, and what stands for a container's, all led to the run's database."""
        folder = self.probe.workshop.scratch("tools")
        assert self.database.programs is not None
        real = {name: self.database.programs / name for name in PROGRAMS if (self.database.programs / name).exists()}
        for name, program in (*real.items(), *((one, Path(one)) for one in CONTAINERS)):
            words = [str(self.probe.target.python), "-S", str(GUEST), str(program), self.database.url(None)]
            (folder / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
            (folder / name).chmod(0o755)
        return folder

    def _written(self, out: Path, began: float) -> Iterator[bytes]:
        """The dumps that the script wrote: into its folder of backups, or beside itself."""
        view = self.probe.workshop.fence.view
        for folder in (out, self.probe.root):
            for path in files_below(view(folder), frozenset({".git", ".venv", "node_modules"})):
                if path.is_file() and path.stat().st_size and path.stat().st_mtime >= began - 1:
                    yield from filter(None, [dump_in(path.read_bytes())])

    def _restored(self, dump: bytes) -> tuple[str, tuple[str, ...]]:
        """With what restoring ended, and what is not there again."""
        target = self.probe.servers.new_database()
        place = self.probe.workshop.scratch("restore") / "dump"
        place.write_bytes(dump)
        assert target.programs is not None
        address = ["-d", target.url(None)]
        if is_archive(dump):
            words = [str(target.programs / "pg_restore"), *address, "--no-owner", "--exit-on-error", str(place)]
        else:
            text = OF_OTHERS.sub("", dump.decode(errors="replace"))
            place.write_text(text, encoding="utf-8")
            words = [str(target.programs / "psql"), *address, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(place)]
        said = f"{Path(words[0]).name} … {place.name}"
        ran = self.probe.run(words, env=self._own(), timeout=PATIENCE, said=said)
        try:
            return _error(ran) if ran.code else "", compared(self.before, digests(target))
        except PostgresError as error:
            return str(error), ()


def arguments_of(text: str, fill: Mapping[str, str]) -> tuple[str, ...]:
    """A value for each of the script's arguments: by its variable's name, else a folder or a file."""
    meant: dict[int, str] = {}
    for name, braced, bare, below in ARGUMENT.findall(text):
        usual = "{out}" if below else "{out}/backup"
        named = next((value for pattern, value in NAMED if name and pattern.search(name)), usual)
        meant.setdefault(int(braced or bare), named.format(**fill))
    return tuple(meant.get(number, fill["out"]) for number in range(1, max(meant, default=0) + 1))


def asked_for(text: str) -> set[str]:
    """The variables that a script takes from outside: `NAME=${NAME:-shop}` asks for it as well."""
    given = re.findall(r"^\s*(?:export |local |readonly )?(\w+)=(.*)", text, re.MULTILINE)
    own = {name for name, value in given if name not in VARIABLE.findall(value)}
    return set(VARIABLE.findall(text)) - own


def _error(ran: Ran) -> str:
    """What psql or pg_restore stumbled over, without its own name and the file's."""
    found = re.search(r"\b(?:ERROR|FATAL|error): .*", ran.err)
    return found[0].strip() if found else ran.last_words


def shell_of(path: str, text: str) -> str:
    """The shell that runs a script; empty where it is none."""
    first = text.partition("\n")[0].removeprefix("#!").split() if text.startswith("#!") else []
    named = [word.rpartition("/")[2] for word in first if not word.startswith("-")]
    program = next((word for word in named if word != "env"), "")
    if program in SHELLS:
        return program if program in {"sh", "bash", "dash"} else "bash"
    return "bash" if path.endswith((".sh", ".bash")) else ""


def rewritten(text: str, out: Path) -> str:
    """The script, with what it writes outside of the machine's own folders led into `out`."""
    head, line, rest = text.partition("\n") if text.startswith("#!") else ("", "", text)
    return head + line + OWN_PLACE.sub("$0", ABSOLUTE.sub(lambda _: f"{out}/", rest))


def dump_in(content: bytes) -> bytes:
    """A dump of PostgreSQL's, unpacked; empty where it is none."""
    for magic, unpack in ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress), (b"\xfd7zXZ", lzma.decompress)):
        if content.startswith(magic):
            try:
                content = unpack(content)
            except (OSError, EOFError, lzma.LZMAError):
                return b""
    if is_archive(content) or b"PostgreSQL database dump" in content:
        return content
    return b""


def is_archive(content: bytes) -> bool:
    """Is it one that pg_restore reads: its own format, or a tar with a table of contents?"""
    if content.startswith(b"PGDMP"):
        return True
    if content[257:262] != b"ustar":
        return False
    with tarfile.open(fileobj=io.BytesIO(content)) as found:
        return "toc.dat" in found.getnames()

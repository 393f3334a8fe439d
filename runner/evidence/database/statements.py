"""Which statements does the service send? Read from PostgreSQL's own log, so that no driver and no ORM can hide one."""

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from runner.evidence.code.sql_script import statements_in
from runner.live.postgres import Postgres
from runner.postgres.database import Database
from runner.postgres.driver import sql

PREFIX = "gonogo|%d|"  # log_line_prefix: which database
LINE = re.compile(r"^gonogo\|(?P<database>[^|]*)\|(?P<level>[A-Z]+):\s+(?P<text>.*)$", re.DOTALL)
DURATION = re.compile(r"duration: (?P<ms>[\d.]+) ms  (?:statement|execute [^:]*): (?P<text>.*)", re.DOTALL)
PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
# A quoted name, which stays; then values: texts of every spelling, numbers, parameters.
LEXEME = re.compile(
    r"""
      (?P<name> "(?:[^"]|"")*" )
    | \b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | (?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    | \b\d+(?:\.\d+)?\b | \$\d+
    """,
    re.DOTALL | re.VERBOSE,
)
LIST = re.compile(r"\((?:\s*\?(?:::[\w \[\]\.]+)?\s*,)+\s*\?(?:::[\w \[\]\.]+)?\s*\)")
CHATTER = re.compile(
    r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET|SHOW|DISCARD|DEALLOCATE|START TRANSACTION|"
    r"SELECT 1\s*;?\s*$|SELECT current_schema|SELECT pg_catalog\.|;?\s*$)|\b(FROM|JOIN)\s+(pg_catalog\.)?pg_\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One execution, with the parameters it had."""

    text: str
    ms: float
    parameters: dict[str, str] = field(default_factory=dict)  # "1" → "'42'" as SQL writes it

    @property
    def shape(self) -> str:
        """The statement without its values: executions of one piece of code have one shape."""
        return shape_of(self.text)

    @property
    def reads(self) -> bool:
        return bool(re.match(r"\s*(SELECT|WITH)\b", self.text, re.IGNORECASE))

    @property
    def searches(self) -> bool:
        """Does it look for rows: to read them, to change them or to delete them?"""
        return bool(re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)\b", self.text, re.IGNORECASE))

    @property
    def filled(self) -> str:
        """With the values in their places: what can be pasted into psql."""
        return re.sub(r"\$(\d+)", lambda found: self.parameters.get(found[1], found[0]), self.text)


def shape_of(text: str) -> str:
    """Values become ?, lists of values one ?, white space and comments one space. Names stay, with their numbers."""
    plain = "; ".join(statements_in(text))
    flat = " ".join(LEXEME.sub(lambda found: found["name"] or "?", plain).split())
    return LIST.sub("(?)", flat)


class StatementLog:
    """The log of one database, from now on. Connections that are opened later are heard."""

    def __init__(self, server: Postgres, database: Database) -> None:
        self._log, self._name = server.process.log, database.name
        admin = replace(database, name="postgres")
        admin.rows(f"ALTER SYSTEM SET log_line_prefix = '{PREFIX}'")
        admin.rows("SELECT pg_reload_conf()")
        with admin.connect() as connection:
            for setting in ("log_min_duration_statement = 0", "log_parameter_max_length = -1"):
                word = sql.SQL("ALTER DATABASE {} SET " + setting).format(sql.Identifier(database.name))
                connection.execute(word)
        self._database = database
        self.mark()

    def mark(self) -> None:
        """What was said so far does not count."""
        self._offset = self._log.stat().st_size if self._log.exists() else 0

    def since(self, *, settle: float = 0.05) -> tuple[Statement, ...]:
        """The data statements since the last mark, in order; the next call starts from here."""
        time.sleep(settle)  # what a response left to do after it was sent
        with self._log.open("rb") as stream:
            stream.seek(self._offset)
            text = stream.read()
        self._offset += len(text)
        return tuple(one for one in read_log(text.decode(errors="replace"), self._name) if not CHATTER.search(one.text))


def read_log(text: str, database: str) -> Iterable[Statement]:
    """The executed statements of one database in a server's log."""
    waiting: tuple[str, float] | None = None
    for entry in _entries(text):
        found = LINE.match(entry)
        if not found or found["database"] != database:
            continue
        if found["level"] == "DETAIL" and waiting:
            yield Statement(text=waiting[0], ms=waiting[1], parameters=dict(PARAMETER.findall(found["text"])))
            waiting = None
            continue
        if found["level"] == "LOG":
            if waiting:
                yield Statement(text=waiting[0], ms=waiting[1])
            said = DURATION.match(found["text"])
            waiting = (said["text"], float(said["ms"])) if said else None
    if waiting:
        yield Statement(text=waiting[0], ms=waiting[1])


def _entries(text: str) -> Iterable[str]:
    """A line that starts with a tab belongs to the one before it."""
    entry = ""
    for line in text.splitlines():
        if line.startswith("\t"):
            entry += "\n" + line[1:]
            continue
        if entry:
            yield entry
        entry = line
    if entry:
        yield entry

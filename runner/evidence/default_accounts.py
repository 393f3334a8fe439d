"""Does a new production database hold an account whose password everybody knows? Looked for in the rows, then tried."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from psycopg import sql

from runner.errors import NotThere
from runner.evidence.production_refusals import shown_files
from runner.evidence.visit import Visit, visit
from runner.live.postgres import Database
from runner.model import Evidence
from runner.probe import TargetProbe
from runner.target import python_files, shown

COMMON = ("admin", "password", "admin123", "changeme", "changethis", "123456", "secret", "test", "root", "demo")
WRITTEN = re.compile(
    r"""\b\w*(?:password|passwd|pwd)\w*\b["']?\s*(?::\s*[\w\[\]. |]+)?\s*[:=]\s*["']?([^\s"'#,(){}$<]{3,64})""",
    re.IGNORECASE,
)
MOST_ACCOUNTS, MOST_WRITTEN = 2, 12
MOST_STARTS = 12  # of a service that answers 429 after a few tries: each new one has forgotten them
SUCCESS, TOO_MANY = range(200, 300), 429
# Tables with a column for a password, and the column that people sign in with.
ACCOUNTS = """
SELECT c.table_schema AS schema, c.table_name AS name, (
    SELECT n.column_name FROM information_schema.columns n
    WHERE n.table_schema = c.table_schema AND n.table_name = c.table_name
      AND n.column_name IN ('email', 'username', 'login', 'user_name', 'email_address', 'name')
    ORDER BY n.column_name = 'name', n.column_name LIMIT 1) AS login
FROM information_schema.columns c
WHERE c.column_name ~* '(password|passwd|pwd)' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A password that stands in the repository, or in everybody's list (no path)."""

    password: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An account that a known password signs in to."""

    account: str
    by: Written
    curl: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAccounts(Evidence):
    """Accounts that are there before anybody signed up."""

    login: str
    accounts: tuple[str, ...]
    tries: int
    opened: tuple[Opened, ...]
    slowed: bool  # the service answered 429 before all were tried

    @classmethod
    def collect(cls, probe: TargetProbe) -> Self:
        door, login = Door(), ""
        for _ in range(MOST_STARTS):
            with visit(probe, production=True) as here:
                if here.people.login is None:
                    raise NotThere("no operation signs people in")
                if door.accounts is None:
                    door.stand_before(tuple(accounts_in(here.database))[:MOST_ACCOUNTS], probe.root)
                door.knock(here)
                login = here.people.login.endpoint
            if not door.left:
                break
        accounts = door.accounts or ()
        probe.note(f"{len(accounts)} accounts in a new database, {door.tries} known passwords tried on them")
        return cls(login=login, accounts=accounts, tries=door.tries, opened=tuple(door.opened), slowed=bool(door.left))


class Door:
    """What is still to be tried, across the starts of a service that slows guessing down."""

    def __init__(self) -> None:
        self.accounts: tuple[str, ...] | None = None  # None: nobody has looked yet
        self.left: list[tuple[str, Written]] = []
        self.opened: list[Opened] = []
        self.tries = 0

    def stand_before(self, accounts: tuple[str, ...], root: Path) -> None:
        self.accounts = accounts
        known = known_passwords(root) if accounts else []
        for account in accounts:
            usual = [Written(password=one) for one in (account.partition("@")[0], *COMMON)]
            self.left += [(account, one) for one in [*known, *usual]]

    def knock(self, here: Visit) -> None:
        """Try one after the other, until nothing is left or the service answers 429."""
        while self.left:
            account, one = self.left[0]
            answer = here.people.try_password(account, one.password)
            if answer.status_code == TOO_MANY:
                return
            self.tries += 1
            self.left.pop(0)
            if answer.status_code in SUCCESS:
                curl = here.people.login_request(account, one.password).curl()
                self.opened.append(Opened(account=account, by=one, curl=curl))
                self.left = [other for other in self.left if other[0] != account]


def accounts_in(database: Database) -> Iterator[str]:
    """What the rows of every table with passwords say that one signs in with."""
    for table in database.rows(ACCOUNTS):
        if table["login"] is None:
            continue
        column, name = sql.Identifier(table["login"]), sql.Identifier(table["schema"], table["name"])
        with database.connect() as connection:
            query = sql.SQL("SELECT {}::text AS login FROM {} ORDER BY 1 LIMIT {}").format(column, name, MOST_ACCOUNTS)
            yield from (row["login"] for row in connection.execute(query) if row["login"])


def known_passwords(root: Path) -> list[Written]:
    """Passwords that anybody can read in the code, the example settings and the compose files."""
    found: dict[str, Written] = {}
    for path in [*shown_files(root), *python_files(root)]:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            for value in WRITTEN.findall(line):
                found.setdefault(value, Written(password=value, path=shown(root, path), line=number))
    plain = [
        one for one in found.values() if not re.fullmatch(r"(?:str|None|True|False|SecretStr|\w+\.\w+)", one.password)
    ]
    return plain[:MOST_WRITTEN]

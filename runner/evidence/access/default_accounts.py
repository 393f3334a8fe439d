"""Does a new production database hold an account whose password everybody knows? Looked for in the rows, then tried."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner.discovery.code_files import python_files
from runner.discovery.usual_places import shown
from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.access.accounts_in_code import accounts_in as in_code
from runner.evidence.access.accounts_in_code import passwords_in
from runner.evidence.access.kept_passwords import hashes_in
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.release.production_refusals import shown_files
from runner.http.issued import ELSEWHERE
from runner.model import Evidence
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.postgres.tables import Table, tables_of
from runner.probe import Probe
from runner.reading.syntax import comments_in
from runner.said import say
from runner.vocabulary.people import known_by
from runner.vocabulary.secrets import is_password

COMMON = ("admin", "password", "admin123", "changeme", "changethis", "123456", "secret", "test", "root", "demo")
WRITTEN = re.compile(
    r"""\b\w*(?:password|passwd|pwd)\w*\b["']?\s*(?::\s*[\w\[\]. |]+)?\s*(?:==|[:=])\s*["']?([^\s"'#,(){}$<]{3,64})""",
    re.IGNORECASE,
)
TOLD = re.compile(r"""\bpassword\b[^\n`"'=:]{0,20}[`"']([^\s`"']{3,64})[`"']""", re.IGNORECASE)  # in a sentence
NAMED = re.compile(
    r"""([\w.+-]+@[\w-]+\.[\w.-]*\w)|\b\w*(?:user(?:_?name)?|login)\b["']?\s*(?:==|[:=])\s*["']([\w.@+-]{3,64})["']""",
    re.IGNORECASE,
)
PLAIN = re.compile(r"str|None|True|False|SecretStr|\w+\.\w+")  # no password, but code
# What people sign in with, the surest first.

NEAR = 5  # lines between a name and its password
MOST_ACCOUNTS, MOST_WRITTEN, MOST_NAMED = 3, 16, 12
MOST_STARTS = 12  # of a service that answers 429 after a few tries: each new one has forgotten them
SUCCESS = range(200, 300)
REFUSED = (400, 401, 404, 422)  # a wrong password, or one that nobody may have


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
    slowed: bool  # the service stopped answering as it answers a wrong password, before all were tried
    more: int = 0  # accounts beyond those that were tried
    tables: int = 0  # in the new database
    written: int = 0  # names that stand beside a password in the code or a document, without a row of their own
    written_tried: int = 0
    unnamed: tuple[str, ...] = ()  # tables with passwords and rows, of which nobody knows what one signs in with

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        passwords, login = PasswordTries(), ""
        unnamed: tuple[str, ...] = ()
        tables = 0
        for _ in range(MOST_STARTS):
            with visit(probe, contract, agreed, production=True) as here:
                if here.people.by_issuer:
                    raise NotThere(ELSEWHERE, looked="a token of the run's own issuer, which is let in")
                if here.people.login is None:
                    looked = say(
                        "the {operations} operations of the contract", operations=len(here.requests.operations)
                    )
                    raise NotThere("no operation signs people in", looked=looked, absent=Thing.CALLERS)
                if passwords.accounts is None:
                    unnamed = tuple(dict.fromkeys(unnamed_in(here.database)))
                    tables = len(tables_of(here.database))
                    passwords.prepare(tuple(accounts_in(here.database)), probe.root)
                passwords.try_all(here)
                login = here.people.login.endpoint
            if not passwords.left:
                break
        accounts = (passwords.accounts or ())[:MOST_ACCOUNTS]
        more = len(passwords.accounts or ()) - len(accounts)
        probe.note(
            say(
                "{accounts} accounts in a new database, {tries} known passwords tried on them",
                accounts=len(accounts),
                tries=passwords.tries,
            )
        )
        return cls(
            login=login,
            accounts=accounts,
            tries=passwords.tries,
            opened=tuple(passwords.opened),
            slowed=bool(passwords.left),
            more=more,
            tables=tables,
            written=passwords.written,
            written_tried=passwords.written - passwords.dropped,
            unnamed=unnamed,
        )


class PasswordTries:
    """What is still to be tried, across the starts of a service that slows guessing down."""

    def __init__(self) -> None:
        self.accounts: tuple[str, ...] | None = None  # None: nobody has looked yet
        self.left: list[tuple[str, Written]] = []
        self.opened: list[Opened] = []
        self.tries = 0
        self.written = self.dropped = 0  # names beside a password in the code, and those that could not be tried
        self.refusal = 0  # the status of the first wrong password: another one is no longer an answer to it

    def prepare(self, accounts: tuple[str, ...], root: Path) -> None:
        self.accounts = accounts
        known = known_passwords(root) if accounts else []
        for account in accounts[:MOST_ACCOUNTS]:
            usual = [Written(password=one) for one in (account.partition("@")[0], *COMMON)]
            self.left += [(account, one) for one in [*known, *usual]]
        beside = [(name, one) for name, one in written_accounts(root) if name not in accounts][:MOST_NAMED]
        self.written = len(beside)
        self.left += beside

    def try_all(self, here: Visit) -> None:
        """Try one after the other, until nothing is left or the service answers otherwise: 429, or a locked account.

        Raises `ProbeError` where none signs in, and even a new account with the right password can't.
        """
        blind = self._blind(here)
        while self.left:
            account, one = self.left[0]
            answer = here.people.try_any_way(account, one.password)
            self.refusal = self.refusal or answer.status_code
            if answer.status_code not in {*SUCCESS, *REFUSED, self.refusal}:
                return
            self.tries += 1
            self.left.pop(0)
            if answer.status_code in SUCCESS:
                curl = here.people.login_request(account, one.password).curl()
                self.opened.append(Opened(account=account, by=one, curl=curl))
                self.left = [other for other in self.left if other[0] != account]
        if blind and not self.opened:
            if self.accounts:
                raise blind
            self.dropped = self.written

    def _blind(self, here: Visit) -> ProbeError | None:
        """Why refusals would say nothing: nobody could be signed in with the right password."""
        if self.left:
            try:
                here.fresh(here.roles[0])
            except ProbeError as error:
                return error
        return None


def accounts_in(database: Database) -> Iterator[str]:
    """What the rows of every table with passwords say that one signs in with."""
    for table, login in _with_passwords(database):
        if not login:
            continue
        with database.connect() as connection:
            query = sql.SQL("SELECT {}::text AS login FROM {} ORDER BY 1").format(sql.Identifier(login), table.place)
            yield from (row["login"] for row in connection.execute(query) if row["login"])


def unnamed_in(database: Database) -> Iterator[str]:
    """Tables with passwords and rows that have no column by which people usually sign in, or none for passwords."""
    tables = _with_passwords(database)
    known = {(table.schema, table.name) for table, _ in tables}
    yield from (one.table for one in hashes_in(database) if (one.schema, one.table) not in known)
    for table in (table for table, login in tables if not login):
        with database.connect() as connection:
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(table.place)).fetchone():
                yield table.name


def _with_passwords(database: Database) -> list[tuple[Table, str]]:
    """Tables with a column for a password, and the column that people sign in with; empty where none is known."""
    return [
        (table, next(iter(known_by(table.columns)), ""))
        for table in tables_of(database)
        if any(is_password(name) for name in table.columns)
    ]


def written_accounts(root: Path) -> list[tuple[str, Written]]:
    """Names that stand beside a password in the code, the settings or a document: a back door needs no row."""
    found: dict[tuple[str, str], Written] = {}
    for path in _own_code(root):
        for name, given in in_code(path):
            written = Written(password=given.value, path=shown(root, path), line=given.line)
            found.setdefault((name, given.value), written)
    for path in [*shown_files(root), *sorted(root.glob("*.md")), *_own_code(root)]:
        lines = _prose(path)
        names = [(n, mail or name) for n, line in enumerate(lines) for mail, name in NAMED.findall(line)]
        for number, line in enumerate(lines) if names else ():
            near = [name for n, name in names if abs(n - number) <= NEAR]
            for value in [*WRITTEN.findall(line), *TOLD.findall(line)]:
                for name in near:
                    one = Written(password=value, path=shown(root, path), line=number + 1)
                    found.setdefault((name, value), one)
    return [(name, one) for (name, _), one in found.items() if not PLAIN.fullmatch(one.password)]


def _prose(path: Path) -> list[str]:
    """The lines of a document or of settings; of code its comments, as what it does is read from its syntax tree."""
    text = path.read_text(errors="replace")
    if path.suffix != ".py":
        return text.splitlines()
    comments = comments_in(text)
    return [comments.get(number, "") for number in range(1, max(comments, default=0) + 1)]


def _own_code(root: Path) -> list[Path]:
    """Without tests, whose accounts are made up."""
    files = [path for path in python_files(root) if not path.name.startswith(("test_", "conftest"))]
    return [path for path in files if not {"tests", "test"} & set(path.relative_to(root).parts)]


def known_passwords(root: Path) -> list[Written]:
    """Passwords that anybody can read in the example settings, the compose files, the README and the code."""
    found: dict[str, Written] = {}
    for path in _own_code(root):
        for one in passwords_in(path):
            found.setdefault(one.value, Written(password=one.value, path=shown(root, path), line=one.line))
    for path in [*shown_files(root), *sorted(root.glob("*.md")), *_own_code(root)]:
        for number, line in enumerate(_prose(path), start=1):
            for value in [*WRITTEN.findall(line), *TOLD.findall(line)]:
                found.setdefault(value, Written(password=value, path=shown(root, path), line=number))
    return [one for one in found.values() if not PLAIN.fullmatch(one.password)][:MOST_WRITTEN]

"""Does a service keep its data in a database that is no PostgreSQL? By its drivers, and by its own words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runner.said import say

# Module of a driver → database, the scheme that SQLAlchemy knows it by.
DRIVERS = {
    "aiomysql": ("MySQL", "mysql+aiomysql"),
    "asyncmy": ("MySQL", "mysql+asyncmy"),
    "pymysql": ("MySQL", "mysql+pymysql"),
    "MySQLdb": ("MySQL", "mysql"),
    "mysql": ("MySQL", "mysql+mysqlconnector"),
    "oracledb": ("Oracle", "oracle+oracledb"),
    "cx_Oracle": ("Oracle", "oracle"),
    "pyodbc": ("SQL Server", "mssql+pyodbc"),
    "aioodbc": ("SQL Server", "mssql+aioodbc"),
    "pymssql": ("SQL Server", "mssql+pymssql"),
    "aiosqlite": ("SQLite", "sqlite+aiosqlite"),
}
BUILT_IN = ("sqlite3", "sqlite")  # Python brings this driver; SQLAlchemy's name for it
IN_MEMORY = ":///:memory:"  # a file would be somebody's
NOWHERE = "://gonogo:gonogo@127.0.0.1:1/nowhere"  # nobody listens there


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDatabase:
    name: str
    driver: str
    scheme: str

    @property
    def is_file(self) -> bool:
        """Is it SQLite, so that the run gives the service a file of its own?"""
        return self.scheme.startswith("sqlite")

    @property
    def url(self) -> str:
        """An address that can be parsed, so that the service can be imported, and that leads nowhere."""
        return f"{self.scheme}{IN_MEMORY if self.is_file else NOWHERE}"

    @property
    def why_not(self) -> str:
        return say(
            "this service keeps its data in {name} ({driver} is installed, and no driver for "
            "PostgreSQL); gonogo starts PostgreSQL alone, so what needs the database was not "
            "looked at",
            name=self.name,
            driver=self.driver,
        )


def other_database(library: Path, texts: Iterable[str]) -> OtherDatabase | None:
    """By a driver in the service's environment (`lib/python…/site-packages`) whose scheme its code speaks of."""
    there = [name for name in DRIVERS if any(library.glob(f"lib/python*/site-packages/{name}"))]
    said = {scheme for text in texts for scheme in re.findall(r"\b((?:mysql|oracle|mssql|sqlite)(?:\+\w+)?):", text)}
    for name in there:
        database, scheme = DRIVERS[name]
        fitting = sorted(one for one in said if one.partition("+")[0] == scheme.partition("+")[0])
        if fitting:
            return OtherDatabase(name=database, driver=name, scheme=scheme if scheme in said else fitting[0])
    driver, scheme = BUILT_IN
    if scheme in said and any(library.glob("lib/python*/site-packages/sqlalchemy")):
        return OtherDatabase(name="SQLite", driver=driver, scheme=scheme)
    return None

"""A row put right into the database, for what no operation of the service makes: seeds, jobs and webhooks do."""

import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from runner.evidence.accounts.planted_account import demanded, holds_people
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Shape, Table, read_shape
from runner.http.objects import Row
from runner.http.shown_ids import NAMES
from runner.http.things import subject
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.sqlite_file import NotAsked
from runner.vocabulary.people import names_owner
from runner.words import ones

SOMEBODY = re.compile(
    r"user|owner|author|creator|member|customer|account|person|people|client|patient|employee|student|buyer|seller"
    r"|tenant|organi[sz]ation|compan|workspace|_by$|_by_id$|e?mail",
    re.IGNORECASE,
)


class PlantedObjects:
    """Called for one row of what a word names; None where no table goes by it, or the table takes none."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._numbers = itertools.count(700)

    @cached_property
    def shape(self) -> Shape:
        with suppress(NotAsked):
            return read_shape(self.database)
        return Shape()

    def __call__(self, word: str, name: str, above: Mapping[str, Any], owner: Any) -> Row | None:
        """`above`: the objects that it stands under, by the names of their ids; `owner`: the id of an account."""
        table = self.table_of(word, above)
        column = self._column(table, name) if table else ""
        if table is None or not column or holds_people(table):
            return None
        parents, owners = dict(self._parents(table, above)), self._owners(table) if owner is not None else ()
        given = {**dict.fromkeys(owners, owner), **parents}
        with suppress(PostgresError):  # an owner or a parent that is none there
            planter = Planter(self.database, self.shape, self._numbers)
            planter.plant([one for one in demanded(self.shape, table) if one != table.name and self._is_empty(one)])
            row = planter.one(table, given)
            if row is not None and row.get(column) is not None:
                whose = bool(owners) or any(self._is_owned(table, name, row, owner) for name in parents)
                return Row(value=_plain(row[column]), owned=whose, remove=lambda: self._remove(table, row))
        return None

    def is_shared(self, word: str) -> bool:
        """Does nothing in its table, nor in those that it refers to, say whose one is? Not where there is no table."""
        first = self.table_of(word, {})
        found = [first] if first else []
        for table in found:
            if holds_people(table) or self._owners(table) or any(SOMEBODY.search(one.name) for one in table.columns):
                return False
            targets = (self.shape.table(str(key.target)) for key in table.of_kind("foreign key"))
            found += [one for one in targets if one is not None and one not in found]
        return bool(found)

    def table_of(self, word: str, above: Mapping[str, Any]) -> Table | None:
        """The one that is called so, `carts` or `shop_carts`; of several, the one that refers to what is above it."""
        called = [one for one in self.shape.tables if set(ones(word)) & set(ones(_bare(one)))]
        ended = [one for one in self.shape.tables if any(_bare(one).endswith(f"_{form}") for form in _forms(word))]
        for found in (called, ended):
            under = [one for one in found if any(True for _ in self._parents(one, above))] if above else found
            if len(under or found) == 1:
                return (under or found)[0]
        return None

    def _column(self, table: Table, name: str) -> str:
        """That the path speaks of: `slug`, else the key."""
        last = re.split(r"_|(?<=[a-z])(?=[A-Z])", name)[-1].lower()
        key = table.key[0] if len(table.key) == 1 else ""
        wished = (name, last if last in NAMES else key, key)
        return next((one for one in wished if one and table.column(one)), "")

    def _parents(self, table: Table, above: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """Its columns that refer to what it stands under, and what they hold."""
        for key in table.of_kind("foreign key"):
            for name, value in above.items():
                targets = set(ones(str(key.target).rpartition(".")[2]))
                if len(key.columns) == 1 and (key.columns[0] == name or set(ones(subject(name))) & targets):
                    yield key.columns[0], value

    def _owners(self, table: Table) -> tuple[str, ...]:
        """Its columns that say whose it is."""
        people = {one.name for one in self.shape.tables if holds_people(one)}
        refers = {k.columns[0] for k in table.of_kind("foreign key") if len(k.columns) == 1 and k.target in people}
        keyed = {name for key in table.of_kind("foreign key") for name in key.columns}
        named = {one.name for one in table.columns if one.name not in keyed and names_owner(one.name)}
        return tuple(sorted(refers | named))

    def _is_owned(self, table: Table, column: str, row: Mapping[str, Any], owner: Any) -> bool:
        """Is what it stands under the owner's?"""
        key = next(one for one in table.of_kind("foreign key") if one.columns == (column,))
        parent = self.shape.table(str(key.target))
        owners = self._owners(parent) if parent and owner is not None else ()
        if parent is None or not owners:
            return False
        look = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(_place(parent), sql.Identifier(key.target_columns[0]))
        with self.database.connect() as connection:
            found = connection.execute(look, [row[column]]).fetchone() or {}
        return any(str(found.get(one)) == str(owner) for one in owners)

    def _is_empty(self, table: str) -> bool:
        one = self.shape.table(table)
        with self.database.connect() as connection:
            look = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(_place(one)) if one else None
            return look is not None and connection.execute(look).fetchone() is None

    def _remove(self, table: Table, row: Mapping[str, Any]) -> None:
        if not table.key:
            return
        same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in table.key)
        with suppress(PostgresError), self.database.connect() as connection:
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE {}").format(_place(table), same), [row[name] for name in table.key]
            )


def _bare(table: Table) -> str:
    return table.name.rpartition(".")[2].strip('"')


def _forms(word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ones(word), *(f"{one}s" for one in ones(word)))))


def _place(table: Table) -> sql.Identifier:
    return sql.Identifier(*table.name.split("."))


def _plain(value: Any) -> Any:
    """As JSON takes it."""
    return str(value) if isinstance(value, uuid.UUID) or not isinstance(value, str | int) else value

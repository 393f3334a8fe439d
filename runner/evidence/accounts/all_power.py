"""All power that the tables of a service know, given to one account: its roles, and what these are permitted."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from runner.evidence.accounts.planted_account import demanded
from runner.evidence.accounts.planted_role import LABELS, TEXTS, PlantedRole
from runner.evidence.database.planting import Planter
from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.vocabulary.roles import KIND, PERMITTED, PERMITTING, most
from runner.words import ones

MOST_ROWS = 500
ADMIN = "admin"  # what a role is called that has to be made, where the code names none
BY = re.compile(r"_by(?:_id)?$|^(?:grant|assign|creat|invit)", re.IGNORECASE)  # who gave it, not who has it
THING = re.compile(r"(?:resource|module|object|entity|subject|domain|model)(?:_?(?:name|type|code))?", re.IGNORECASE)
DEED = re.compile(r"(?:action|operation|verb|ability)(?:_?(?:name|type|code))?", re.IGNORECASE)
CODE = re.compile(r"(?:perm(?:ission)?s?|authority|privilege)(?:_?(?:code|key|str|string|tag|flag))?", re.IGNORECASE)
BELONGS = re.compile(r"member|user|profile|staff|employee|participant|collaborator|assignment", re.IGNORECASE)
Row = Mapping[str, Any]


class AllPower:
    """`roles`, `permissions`: those that the code names; `row`: the account's, in the table of people."""

    def __init__(
        self,
        database: Database,
        shape: Shape,
        people: Table,
        row: Row,
        roles: Sequence[str],
        permissions: Sequence[str],
    ) -> None:
        self.database, self.shape, self.people, self.row = database, shape, people, row
        self.roles, self.permissions = tuple(roles), tuple(permissions)
        self._planter = Planter(database, shape, itertools.count(9000))
        self._filled = set[str]()  # roles that were given, and tables that have the permissions of the code

    def give(self) -> Iterator[str]:
        """What was given, as people read it: `users.role = admin`, `role_permissions = 12 rows`."""
        yield from self._named_roles(self.people, self.row)
        yield from self._listed(self.people, self.row)
        for key in _references(self.people):
            if self._is_of_roles(key):
                yield from self._referred(key)
        for link in self.shape.tables:
            yield from self._linked(link)

    def _linked(self, link: Table) -> Iterator[str]:
        """What a table of its own says of the account: its role, its place in a team, what it is permitted."""
        keys = _references(link)
        whose = next((one for one in keys if one.target == self.people.name and not BY.search(one.columns[0])), None)
        if whose is None or link is self.people:
            return
        person = {whose.columns[0]: self.row.get(whose.target_columns[0])}
        for which in keys:
            if self._is_of_roles(which):
                role = self._mightiest(which)
                if role and self._link(link, {**person, which.columns[0]: role[which.target_columns[0]]}):
                    yield f"{link.name} = {self._called(which, role)}"
                    yield from self._permitted(which, role)
            elif PERMITTED.search(_bare(str(which.target))):
                yield from self._all_linked(link, which, person)
        yield from self._place_in(link, person)
        yield from self._texts(link, person)

    def _place_in(self, link: Table, person: Row) -> Iterator[str]:
        """The mightiest role in what the account belongs to."""
        if not any(KIND.fullmatch(one.name) and not _is_key(link, one) for one in link.columns):
            return
        if BELONGS.search(_bare(link.name)):
            self._link(link, person)
        for one in list(self._found(link, person)):
            yield from self._named_roles(link, one)

    def _named_roles(self, table: Table, row: Row) -> Iterator[str]:
        """The mightiest role in each column that holds one."""
        known = PlantedRole(self.database, self.shape, table, "", self.roles)
        for column in table.columns:
            role = most(known.allowed(column) or self.roles) if KIND.fullmatch(column.name) else ""
            if role and not _is_key(table, column) and self._set(table, row, column, role, known.several(column)):
                yield f"{table.name}.{column.name} = {role}"

    def _referred(self, key: Constraint) -> Iterator[str]:
        role = self._mightiest(key)
        column = self.people.column(key.columns[0])
        if role and column and self._set(self.people, self.row, column, role[key.target_columns[0]]):
            yield f"{self.people.name}.{column.name} = {self._called(key, role)}"
            yield from self._permitted(key, role)

    def _mightiest(self, key: Constraint) -> Row:
        """The role with the most power, by all that it is called; one that is made where there is none."""
        table = self.shape.table(str(key.target))
        if table is None:
            return {}
        labels = _labels(table, self.shape)
        rows = {" ".join(str(row[one]) for one in labels if row[one]): row for row in self._found(table, {})}
        best = most(rows) if labels else ""
        if best or rows:
            return rows[best] if best else {}
        named = most(self.roles) or ADMIN
        return self._made(table, dict.fromkeys(labels, named))

    def _permitted(self, key: Constraint, role: Row) -> Iterator[str]:
        """All that a role can be permitted: by a list of its own, by rows that name it, and through tables between."""
        table = self.shape.table(str(key.target))
        if table is None or table.name in self._filled:
            return
        self._filled.add(table.name)
        yield from self._listed(table, role)
        for link in self.shape.tables:
            keys = _references(link)
            whose = next((one for one in keys if one.target == table.name and not BY.search(one.columns[0])), None)
            if whose is None or link.name in (table.name, self.people.name):
                continue
            mine = {whose.columns[0]: role[whose.target_columns[0]]}
            others = [one for one in keys if one.target not in (table.name, self.people.name)]
            if len(others) == 1 and (_only_links(link, keys) or PERMITTED.search(_bare(str(others[0].target)))):
                yield from self._all_linked(link, others[0], mine)
            yield from self._texts(link, mine)

    def _all_linked(self, link: Table, which: Constraint, mine: Row) -> Iterator[str]:
        """A row for each permission that there is, or that the code names."""
        table = self.shape.table(str(which.target))
        if table is None:
            return
        if (PERMITTED.search(_bare(table.name)) or _code_of(table, self.shape)) and table.name not in self._filled:
            self._filled.add(table.name)
            self._name_all(table)
        rows = list(self._found(table, {}))
        new = [self._link(link, {**mine, which.columns[0]: row[which.target_columns[0]]}) for row in rows]
        if any(new):
            yield f"{link.name} = {sum(new)} rows"

    def _name_all(self, table: Table) -> None:
        """A row for each permission that the code names and nobody has stored: of permissions, or of menus with one."""
        code_of = _code_of(table, self.shape)
        labels = list(dict.fromkeys([*code_of, *_labels(table, self.shape)]))
        thing, deed = _text_like(table, THING), _text_like(table, DEED)
        rows = list(self._found(table, {}))
        stored = {str(row[one]) for row in rows for one in code_of or labels}
        pairs = {(str(row[thing]), str(row[deed])) for row in rows} if thing and deed else set()
        for code in self.permissions:
            of, _, what = code.replace(".", ":").rpartition(":")
            pair = {thing: of, deed: what} if thing and deed and of else {}
            if code not in stored and tuple(pair.values()) not in pairs and (labels or pair):
                self._made(table, {**dict.fromkeys(labels, code), **pair})

    def _listed(self, table: Table, row: Row) -> Iterator[str]:
        """Where a column holds all permissions of a row: those of the code, and what stands for every one."""
        lists = [one for one in table.columns if PERMITTING.fullmatch(one.name) and _holds_many(one)]
        for column in lists if self.permissions else ():
            if self._set(table, row, column, [*self.permissions], _many(column)):
                yield f"{table.name}.{column.name} = {len(self.permissions)} permissions"

    def _texts(self, link: Table, mine: Row) -> Iterator[str]:
        """Where one row names one permission."""
        referring = {name for key in _references(link) for name in key.columns}
        for column in link.columns:
            if not PERMITTED.search(column.name) or column.name in referring or not _is_text(column, self.shape):
                continue
            known = PlantedRole(self.database, self.shape, link, "", ()).allowed(column) or self.permissions
            new = [self._link(link, {**mine, column.name: one}) for one in known]
            if any(new):
                yield f"{link.name}.{column.name} = {sum(new)} permissions"

    def _link(self, link: Table, given: Row) -> bool:
        """One more row, unless it is there."""
        if any(True for _ in self._found(link, given)):
            return True
        return bool(self._made(link, given))

    def _made(self, table: Table, given: Row) -> Row:
        with suppress(PostgresError):  # a value that no column of it takes
            empty = [one for one in demanded(self.shape, table) if one != table.name and not self._has_rows(one)]
            self._planter.plant(empty)
            return self._planter.one(table, dict(given)) or {}
        return {}

    def _has_rows(self, name: str) -> bool:
        table = self.shape.table(name)
        return table is None or any(True for _ in self._found(table, {}))

    def _found(self, table: Table, given: Row) -> Iterator[Row]:
        where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in given)
        look = sql.SQL("SELECT * FROM {} WHERE {} LIMIT {}").format(
            _place(table), where if given else sql.SQL("TRUE"), sql.Literal(MOST_ROWS)
        )
        with suppress(PostgresError), self.database.connect() as connection:  # a value of another type
            yield from connection.execute(look, list(given.values())).fetchall()

    def _set(self, table: Table, row: Row, column: Column, value: Any, place: sql.Composable | None = None) -> bool:
        """False where the column does not take it, or nothing tells this row from others."""
        keys = table.key or tuple(one.name for one in table.columns if row.get(one.name) is not None)
        same = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in keys)
        change = sql.SQL("UPDATE {} SET {} = {} WHERE {}").format(
            _place(table), sql.Identifier(column.name), place or sql.Placeholder(), same
        )
        with suppress(PostgresError), self.database.connect() as connection:
            return connection.execute(change, [value, *(row[name] for name in keys)]).rowcount > 0
        return False

    def _is_of_roles(self, key: Constraint) -> bool:
        return bool(KIND.search(next(iter(ones(_bare(str(key.target)))), "")))

    def _called(self, key: Constraint, role: Row) -> str:
        table = self.shape.table(str(key.target))
        return next((str(role[one]) for one in _labels(table, self.shape) if role.get(one)), "") if table else ""


def _references(table: Table) -> list[Constraint]:
    return [key for key in table.of_kind("foreign key") if len(key.columns) == 1]


def _only_links(link: Table, keys: Sequence[Constraint]) -> bool:
    """Has it nothing of its own but its key, moments and who did it?"""
    referring = {name for key in keys for name in key.columns}
    own = [one for one in link.columns if one.name not in referring and one.name not in link.key]
    return all(one.type.startswith("timestamp") or BY.search(one.name) for one in own)


def _labels(table: Table, shape: Shape) -> list[str]:
    """The columns that say what a role or a permission is called."""
    texts = [one.name for one in table.columns if _is_text(one, shape)]
    word = next(iter(ones(_bare(table.name))), "").rpartition("_")[2]
    wished = (*LABELS, *(f"{word}_{one}" for one in LABELS), "codename", word)
    return [name for name in wished if name in texts]


def _code_of(table: Table, shape: Shape) -> list[str]:
    """The column in which each row of another thing names a permission: `menus.perms`."""
    codes = [one.name for one in table.columns if CODE.fullmatch(one.name) and not _is_key(table, one)]
    return [one for one in codes if (column := table.column(one)) and _is_text(column, shape)][:1]


def _text_like(table: Table, name: re.Pattern[str]) -> str:
    return next((one.name for one in table.columns if name.fullmatch(one.name)), "")


def _is_text(column: Column, shape: Shape) -> bool:
    return column.type.startswith(TEXTS) or any(e.kind == "enum type" and e.name == column.type for e in shape.extras)


def _is_key(table: Table, column: Column) -> bool:
    return any(column.name in key.columns for key in table.of_kind("foreign key"))


def _holds_many(column: Column) -> bool:
    return column.type.endswith("[]") or column.type.startswith("json")


def _many(column: Column) -> sql.Composable:
    if column.type.startswith("json"):
        return sql.SQL("to_{}(%s::text[])").format(sql.SQL(column.type))
    return sql.SQL("%s::{}").format(sql.SQL(column.type))


def _bare(name: str) -> str:
    return name.rpartition(".")[2].strip('"')


def _place(table: Table) -> sql.Identifier:
    return sql.Identifier(*table.name.split("."))

"""Are columns of a schema without foreign keys told to refer by their names, and only there?"""

from collections.abc import Iterator

import pytest

from runner.evidence.accounts.raised_account import raised
from runner.evidence.database.named_keys import with_named_keys
from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.live.workshop import Workshop

TABLES = """
CREATE TABLE sys_user (user_id bigserial PRIMARY KEY, user_name varchar(30) NOT NULL, password varchar(100));
CREATE TABLE sys_role (role_id bigserial PRIMARY KEY, role_name varchar(30) NOT NULL, role_key varchar(100) NOT NULL);
CREATE TABLE sys_user_role (user_id bigint NOT NULL, role_id bigint NOT NULL, PRIMARY KEY (user_id, role_id));
INSERT INTO sys_user (user_name) VALUES ('ann');
"""


def table(name: str, columns: str, key: str = "id", kind: str = "bigint") -> Table:
    made = tuple(Column(name=one, type=kind, nullable=False) for one in columns.split())
    return Table(
        name=name,
        columns=made,
        constraints=(Constraint(name=f"{name}_pkey", kind="primary key", columns=(key,), definition=""),),
    )


def told(*tables: Table) -> dict[str, str]:
    shape = with_named_keys(Shape(tables=tables, extras=()))
    return {
        f"{one.name}.{key.columns[0]}": f"{key.target}.{key.target_columns[0]}"
        for one in shape.tables
        for key in one.of_kind("foreign key")
    }


ROLES = table("sys_role", "role_id", "role_id")


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ((ROLES, table("link", "id role_id")), {"link.role_id": "sys_role.role_id"}),
        ((table("roles", "id"), table("link", "id role_id")), {"link.role_id": "roles.id"}),
        ((table("sys_role", "id"), table("link", "id role_id")), {"link.role_id": "sys_role.id"}),
        ((ROLES, table("link", "id role_id", kind="uuid")), {}),  # of another type
        ((ROLES, table("old_role", "role_id", "role_id"), table("link", "id role_id")), {}),  # one of two
        ((table("roles", "id"), table("link", "id role")), {}),
    ],
)
def test_a_column_refers_to_the_table_that_it_is_called_after(tables: tuple[Table, ...], found: dict[str, str]) -> None:
    assert told(*tables) == found


def test_where_the_database_knows_any_nothing_is_told_by_names() -> None:
    key = Constraint(name="k", kind="foreign key", columns=("id",), definition="", target="x", target_columns=("id",))
    own = Table(name="own", columns=(), constraints=(key,))
    assert told(ROLES, table("link", "id role_id"), own) == {"own.id": "x.id"}


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


def test_an_account_gets_its_role_without_a_foreign_key(workshop: Workshop) -> None:
    database = workshop.new_database()
    database.rows(TABLES)
    assert raised(database, ["ann"], ["common"]) == ("sys_user_role = common",)
    (row,) = database.rows(
        "SELECT u.user_name, r.role_key FROM sys_user_role NATURAL JOIN sys_user u NATURAL JOIN sys_role r"
    )
    assert (row["user_name"], row["role_key"]) == ("ann", "common")

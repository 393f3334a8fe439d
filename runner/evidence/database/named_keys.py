"""To what do columns refer where a schema has no foreign keys at all, as many teams have it? Told by their names."""

from collections.abc import Iterator
from dataclasses import replace

from runner.evidence.database.schema import Column, Constraint, Shape, Table
from runner.words import ones


def with_named_keys(shape: Shape) -> Shape:
    """With a foreign key for each column that is called as one; as it is where the database knows any itself.

    `role_id` refers to the table whose key is called so, else to `roles` or `sys_role` whose key is `id`. Not where
    several tables may be meant.
    """
    if any(table.of_kind("foreign key") for table in shape.tables):
        return shape
    keyed = {table.name: column for table in shape.tables if (column := _key(table))}
    tables = (
        replace(one, constraints=(*one.constraints, *_references(one, shape.tables, keyed))) for one in shape.tables
    )
    return replace(shape, tables=tuple(tables))


def _references(table: Table, tables: tuple[Table, ...], keyed: dict[str, Column]) -> Iterator[Constraint]:
    own = keyed.get(table.name)
    for column in table.columns:
        if own is not None and column.name == own.name:
            continue
        meant = [one.name for one in tables if one.name in keyed and _means(column, one, keyed[one.name])]
        if len(meant) == 1:
            yield Constraint(
                name=f"{table.name}.{column.name}",
                kind="foreign key",
                columns=(column.name,),
                definition="",
                target=meant[0],
                target_columns=(keyed[meant[0]].name,),
            )


def _key(table: Table) -> Column | None:
    return table.column(table.key[0]) if len(table.key) == 1 else None


def _means(column: Column, table: Table, key: Column) -> bool:
    if column.type != key.type:
        return False
    if key.name != "id":
        return column.name == key.name
    thing = column.name.removesuffix("_id")
    called = ones(table.name.rpartition(".")[2].strip('"'))
    return thing != column.name and any(one == thing or one.endswith(f"_{thing}") for one in called)

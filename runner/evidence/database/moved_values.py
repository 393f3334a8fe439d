"""Do values that a revision moves into another column come back when it is taken back?"""

from collections.abc import Iterator, Mapping

from runner.evidence.database.schema import Column, Shape
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.said import say

MOST = 200  # different values of a column that are compared
BEGINNING = 8  # characters of a text that was cut, by which it is known
FEWEST = 2  # one value alone may be anybody's default
COMMON = ("smallint", "integer", "bigint", "boolean")  # 1, 2, 3 are equal by chance, but under the same name

Values = Mapping[str, frozenset[str]]  # "table.column" → its different values, as text


def values_in(database: Database, shape: Shape) -> Values:
    """The different values of each column; none for one that has too many to compare."""
    found: dict[str, frozenset[str]] = {}
    with database.connect() as connection:
        for table in shape.tables:
            name = sql.SQL(".").join(sql.Identifier(part) for part in table.name.split("."))
            for column in table.columns:
                query = sql.SQL("SELECT DISTINCT {0}::text AS v FROM {1} WHERE {0} IS NOT NULL LIMIT {2}").format(
                    sql.Identifier(column.name), name, sql.Literal(MOST + 1)
                )
                held = frozenset(str(row["v"]) for row in connection.execute(query).fetchall())
                found[f"{table.name}.{column.name}"] = held if len(held) <= MOST else frozenset()
    return found


def not_given_back(before: Shape, after: Shape, held: tuple[Values, Values, Values], revision: str) -> Iterator[str]:
    """Columns whose values stood in a new column while the revision was applied, and are gone after its downgrade.

    `held`: before the upgrade, after it, and after the downgrade.
    """
    old, applied, back = held
    for name, column in _columns(before):
        values = old.get(name, frozenset())
        if len(values) < FEWEST or values <= applied.get(name, frozenset()) or values & back.get(name, frozenset()):
            continue
        new = (other for other, c in _columns(after) if other not in old and _may_hold(c, column))
        taken = next((other for other in new if _are_in(values, applied.get(other, frozenset()))), "")
        if taken:
            yield say(
                "{revision} down: the {number} values of {name}, which its upgrade moves to {taken}, do not come back",
                revision=revision,
                number=len(values),
                name=name,
                taken=taken,
            )


def _are_in(values: frozenset[str], others: frozenset[str]) -> bool:
    """Does each of these values stand among the others, whole or as the beginning that fits into a shorter column?"""
    cut = tuple(one for one in others if len(one) >= BEGINNING)
    return all(value in others or any(value.startswith(one) for one in cut) for value in values)


def _may_hold(one: Column, other: Column) -> bool:
    """May equal values in both columns be the same ones?"""
    return one.name == other.name or not other.type.startswith(COMMON)


def _columns(shape: Shape) -> Iterator[tuple[str, Column]]:
    for table in shape.tables:
        yield from ((f"{table.name}.{column.name}", column) for column in table.columns)

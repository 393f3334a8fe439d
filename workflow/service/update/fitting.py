"""Which statements make rows fit into stricter tables, when a release is taken back and must not stop at them? Pure."""

from collections.abc import Iterator

from workflow.service.update.steps import AMONG, BETWEEN, SIZED, Changed, Fills, narrower, tighter


def fitting(one: Changed, fills: Fills) -> Iterator[str]:
    """SQL for PostgreSQL and SQLite: what is too long is cut, a number comes to the nearest limit, a value that is gone
    becomes another one."""
    about = {old.name for old, new in one.altered if narrower(old.type, new.type)}
    for constraint in one.constraints_new:
        before = one.old.constraints.get(constraint.name)
        if constraint.kind != "check" or not before or not tighter(before.sql, constraint.sql):
            continue
        among, between = AMONG.fullmatch(constraint.sql), BETWEEN.fullmatch(constraint.sql)
        if among:
            about.discard(among[1])
            yield _set(one, among[1], _value(fills.get((one.name, among[1]), ""), among[2]), f"NOT IN ({among[2]})")
        elif between and between[1].startswith("length("):
            column = between[1].removeprefix("length(").removesuffix(")")
            about.discard(column)
            yield _cut(one, column, between[3])
            if fill := fills.get((one.name, column)):
                yield _set(one, column, fill, f"< {between[2]}", between[1])
        elif between:
            yield _set(one, between[1], between[2], f"< {between[2]}")
            yield _set(one, between[1], between[3], f"> {between[3]}")
    for _, new in one.altered:
        sized = SIZED.fullmatch(new.type)
        if new.name in about and sized:
            yield _cut(one, new.name, sized[1])


def _set(one: Changed, column: str, value: str, where: str, measured: str = "") -> str:
    return " ".join(("UPDATE", one.name, "SET", column, "=", value, "WHERE", measured or column, where))


def _cut(one: Changed, column: str, length: str) -> str:
    return _set(one, column, f"substr({column}, 1, {length})", f"> {length}", f"length({column})")


def _value(fill: str, values: str) -> str:
    """What rows get by default where that is one of them, else the first."""
    known = values.split(", ")
    return fill if fill in known else known[0]

"""Which columns got a wider type that PostgreSQL takes without looking at a single row?"""

import re
from collections.abc import Iterator, Sequence

from runner.evidence.database.schema import Shape

NAME = r'(?:"[^"]+"|\w+)'
RETYPED = re.compile(rf"\balter\s+(?:column\s+)?({NAME})\s+(?:set\s+data\s+)?type\b", re.IGNORECASE)
ADDED = re.compile(rf"\badd\s+constraint\s+({NAME})\s+check\b", re.IGNORECASE)
DROPPED = re.compile(rf"\bdrop\s+constraint\s+(?:if\s+exists\s+)?({NAME})", re.IGNORECASE)
TABLE = re.compile(rf"\b(?:on|table)\s+(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?({NAME}(?:\.{NAME})*)", re.IGNORECASE)
TYPE = re.compile(r"(?P<name>[a-z][a-z ]*?)(?:\((?P<sizes>[\d,]+)\))?(?P<zone> with(?:out)? time zone)?")
# What a type may become with its bytes as they are, beside a wider one of its own kind.
SAME_BYTES = {"character varying": {"text"}, "text": {"character varying"}, "cidr": {"inet"}}
SIZED = {"character varying", "bit varying", "numeric", "timestamp", "time", "interval"}


def only_widened(before: Shape, after: Shape, statements: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """(table, column) whose type grew so that neither rows nor indexes are written anew, and no CHECK is run again.

    `statements`: what was said from one shape to the other, in order; a CHECK that was dropped before, and is added
    after, is not run.
    """
    return tuple(_found(before, after, statements))


def _found(before: Shape, after: Shape, statements: Sequence[str]) -> Iterator[tuple[str, str]]:
    for table in before.tables:
        now = after.table(table.name)
        for column in table.columns:
            other = now.column(column.name) if now else None
            if not now or not other or not widens(column.type, other.type):
                continue
            said = _until_retyped(statements, table.name, column.name)
            gone, made = ({name for one in said for name in how.findall(one)} for how in (DROPPED, ADDED))
            old = {one.name for one in table.of_kind("check") if column.name in one.columns}
            new = {one.name for one in now.of_kind("check") if column.name in one.columns}
            if not (old - gone) and not (new & made if said else new):
                yield table.name, column.name


def _until_retyped(statements: Sequence[str], table: str, column: str) -> list[str]:
    """What was said of a table before a column of it got another type; nothing where that was never said plainly."""
    about = [one for one in statements if table_of(one).removeprefix("public.") == table]
    for place, one in enumerate(about):
        if column in {name.strip('"') for name in RETYPED.findall(one)}:
            return about[:place]
    return []


def table_of(statement: str) -> str:
    """With its schema, without quotes: `shop.orders` of `ALTER TABLE IF EXISTS ONLY "shop"."orders" …`."""
    found = TABLE.search(statement)
    return found[1].replace('"', "") if found else ""


def widens(old: str, new: str) -> bool:
    """Types as PostgreSQL writes them: `character varying(80)` and `text`."""
    first, second = TYPE.fullmatch(old), TYPE.fullmatch(new)
    if first is None or second is None or old == new or first["zone"] != second["zone"]:
        return False
    if second["sizes"] is None:
        return second["name"] in SAME_BYTES.get(first["name"], ()) or (
            first["name"] == second["name"] and first["name"] in SIZED
        )
    if first["sizes"] is None or first["name"] != second["name"] or first["name"] not in SIZED:
        return False
    was, is_ = ([int(one) for one in found["sizes"].split(",")] for found in (first, second))
    return is_[0] >= was[0] and is_[1:] == was[1:]  # another scale writes every number anew

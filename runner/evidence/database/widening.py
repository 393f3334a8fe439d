"""Which columns got a wider type that PostgreSQL takes without looking at a single row?"""

import re
from collections.abc import Iterator

from runner.evidence.database.schema import Shape

TYPE = re.compile(r"(?P<name>[a-z][a-z ]*?)(?:\((?P<sizes>[\d,]+)\))?(?P<zone> with(?:out)? time zone)?")
# What a type may become with its bytes as they are, beside a wider one of its own kind.
SAME_BYTES = {"character varying": {"text"}, "text": {"character varying"}, "cidr": {"inet"}}
SIZED = {"character varying", "bit varying", "numeric", "timestamp", "time", "interval"}


def only_widened(before: Shape, after: Shape) -> tuple[tuple[str, str], ...]:
    """(table, column) whose type grew so that neither rows nor indexes are written anew, and no CHECK is run again."""
    return tuple(_found(before, after))


def _found(before: Shape, after: Shape) -> Iterator[tuple[str, str]]:
    for table in before.tables:
        now = after.table(table.name)
        checked = {
            name for one in (*table.of_kind("check"), *(now.of_kind("check") if now else ())) for name in one.columns
        }
        for column in table.columns:
            other = now.column(column.name) if now else None
            if other and column.name not in checked and widens(column.type, other.type):
                yield table.name, column.name


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

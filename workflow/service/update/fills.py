"""Which value do rows that are there get in a column that they had not, or could leave empty? Pure."""

from collections.abc import Iterator, Mapping

from runner.specification import Specification
from stages.design.blueprint.fields import FIRST_DAY, Field
from stages.design.blueprint.making import made_of
from stages.design.blueprint.resources import Made

UNSAYABLE = frozenset('"\\:')  # in SQL that stands in Python, and for SQLAlchemy


def fills_of(content: Specification) -> Mapping[tuple[str, str], str]:
    """SQL by table and column; none for a reference, for what must be unique, or for what is compared with another."""
    return {(made.plural, column): sql for made in made_of(content) for column, sql in _fills(made)}


def _fills(made: Made) -> Iterator[tuple[str, str]]:
    if made.states:
        yield "state", f"'{made.first_state}'"
    for one in made.fields:
        value = "" if one.kind.unique or one.name in {made.begins, made.ends} else _fill(one)
        if value and not UNSAYABLE & set(value):
            yield one.column, value


def _fill(one: Field) -> str:
    low, high = one.bounds
    match one.type:
        case "text":
            plain = str(one.json_example) if one.kind.pattern else "-" * low
            return _quoted(plain)
        case "email":
            return _quoted("unknown@example.com")
        case "integer" | "money":
            return str(0 if low <= 0 <= high else low)
        case "choice":
            return _quoted(one.values[0])
    return {"boolean": "false", "date": _quoted(FIRST_DAY), "datetime": "CURRENT_TIMESTAMP"}.get(one.type, "")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

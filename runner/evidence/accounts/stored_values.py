"""Which values does the database take in its columns? By its enumerations, checks and lengths. Not evidence itself."""

import re
from collections.abc import Iterator

from runner.evidence.database.schema import Column, Constraint, Shape
from runner.http.plainer import Stored
from runner.http.references import Schema

TEXT = r"'((?:[^']|'')*)'"
MATCHES = re.compile(rf"[^!]~\*? {TEXT}")
BOUND = re.compile(r"(?P<of>[^<>=!]*)(?P<how>>=|<=|>|<|=) \(?'?(?P<number>-?\d+(?:\.\d+)?)'?\)?(?!\w)")
WORDS = {">=": "minimum", "<=": "maximum", ">": "exclusiveMinimum", "<": "exclusiveMaximum"}
LENGTHS = {">=": ("minLength", 0), ">": ("minLength", 1), "<=": ("maxLength", 0), "<": ("maxLength", -1)}
BEHIND = re.compile(r"^CHECK \(\((\w+) (>=|>|<=|<) (\w+)\)\)$")
SIZED = re.compile(r"^character(?: varying)?\((\d+)\)$")


def stored_values(shape: Shape) -> Iterator[Stored]:
    """What each column takes, as far as that is told, and which of two columns lies behind the other."""
    enums = {one.name: one.definition.split(", ") for one in shape.extras if one.kind == "enum type"}
    for table in shape.tables:
        for column in table.columns:
            checks = [one for one in table.of_kind("check") if tuple(one.columns) == (column.name,)]
            asks: Schema = {}
            for found in (_typed(column, enums), *map(_checked, checks)):
                asks = {**asks, **found}
            if asks:
                yield Stored(table=table.name, column=column.name, asks=asks)
        for one in table.of_kind("check"):
            if pair := BEHIND.match(one.definition):
                first, second = (pair[1], pair[3]) if ">" in pair[2] else (pair[3], pair[1])
                yield Stored(table=table.name, column=first, behind=second)


def _typed(column: Column, enums: dict[str, list[str]]) -> Schema:
    labels = enums.get(column.type.rpartition(".")[2].strip('"'))
    sized = SIZED.match(column.type)
    return {"enum": labels} if labels else {"maxLength": int(sized[1])} if sized else {}


def _checked(check: Constraint) -> Schema:
    """What a check of one column asks for, as PostgreSQL prints it: brackets and types around everything."""
    if found := MATCHES.search(check.definition):
        return {"pattern": found[1].replace("''", "'")}
    if "ANY" in check.definition and (texts := re.findall(TEXT, check.definition)):
        return {"enum": [text.replace("''", "'") for text in texts]}
    asks: dict[str, int | float] = {}
    for found in BOUND.finditer(check.definition):
        number = float(found["number"]) if "." in found["number"] else int(found["number"])
        if "length(" in found["of"]:
            words = [LENGTHS[found["how"]]] if found["how"] != "=" else [("minLength", 0), ("maxLength", 0)]
            asks |= {word: int(number) + step for word, step in words}
        elif found["how"] in WORDS:
            asks[WORDS[found["how"]]] = number
    return asks

"""Which roles does a service know, where nobody wrote them down? What its contract and its database allow as a role."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.evidence.contract.contract import Contract
from runner.evidence.database.schema import Schema
from runner.vocabulary.roles import FIELD, MIGHTY

PROMOTED = re.compile(r"UPDATE\s+\"?([\w.]+)\"?\s+SET\s+\"?(\w+)\"?\s*=\s*[^,]*\{role\}", re.IGNORECASE)


def in_contract(contract: Contract) -> tuple[str, ...]:
    """The values that a field called `role` may have, as the contract lists them; the longest list wins."""
    return max(_listed(contract, contract.document), key=len, default=())


def in_database(schema: Schema, promote: str | None) -> tuple[str, ...]:
    """The values of the column that the promoting statement sets: of its enum type or of a check."""
    found = PROMOTED.search(promote or "")
    table = schema.table(found[1]) if found else None
    column = table.column(found[2]) if table and found else None
    if table is None or column is None:
        return ()
    for extra in schema.shape.extras:
        if extra.kind == "enum type" and extra.name == column.type.rpartition(".")[2].strip('"'):
            return tuple(extra.definition.split(", "))
    checks = (one.definition for one in table.of_kind("check") if one.columns == (column.name,))
    return next((values for text in checks if (values := tuple(re.findall(r"'([^']+)'", text)))), ())


def least_first(roles: Iterable[str], first: str = "") -> tuple[str, ...]:
    """The role that a new account has, then the others as they are listed, those with mighty names last."""
    return tuple(sorted(roles, key=lambda role: 0 if role == first else 2 if MIGHTY.search(role) else 1))


def _listed(contract: Contract, node: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(node, Mapping):
        for name, one in node.get("properties", {}).items() if isinstance(node.get("properties"), Mapping) else ():
            if FIELD.search(name) and isinstance(one, Mapping):
                yield _values(contract, one)
        for value in node.values():
            yield from _listed(contract, value)
    elif isinstance(node, list):
        for value in node:
            yield from _listed(contract, value)


def _values(contract: Contract, schema: Mapping[str, Any], depth: int = 4) -> tuple[str, ...]:
    found = contract.resolve(schema)
    if isinstance(found.get("enum"), list):
        return tuple(value for value in found["enum"] if isinstance(value, str))
    branches = [*found.get("anyOf", ()), *found.get("oneOf", ()), *([found["items"]] if "items" in found else [])]
    inner = (_values(contract, branch, depth - 1) for branch in branches if depth)
    return max(inner, key=len, default=())
